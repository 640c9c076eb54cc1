// Package endpoint calls full nodes over gRPC: connections with bounds on time and size, a check that each endpoint is of
// the right chain, and others in place of one that fails.
package endpoint

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	"github.com/floe-network/floe/staking/sui/ptb"
)

// Set is one or more endpoints of a chain. It may be used by several goroutines.
type Set struct {
	list  []*endpoint // in the order of preference
	chain *chain
}

// endpoint is one full node.
type endpoint struct {
	address address
	conn    *grpc.ClientConn

	mu      sync.Mutex
	trusted bool      // it said that it is of the right chain
	failed  time.Time // the last time that it did
}

// chain is what all endpoints must be of.
type chain struct {
	mu sync.Mutex
	id ptb.Digest // zero until one said it
}

// Open makes a Set without calling anybody. Endpoints are asked in the order given. They must be of the chain whose
// genesis checkpoint has the digest; where it is zero, of the same as the first that answers. It fails with ErrAddress.
func Open(addresses []string, id ptb.Digest) (*Set, error) {
	if len(addresses) == 0 || len(addresses) > maxEndpoints {
		return nil, fmt.Errorf("%w: %d endpoints, want 1 to %d", ErrAddress, len(addresses), maxEndpoints)
	}
	s := &Set{chain: &chain{id: id}}
	for _, text := range addresses {
		a, err := parse(text)
		if err == nil && s.has(a) {
			err = fmt.Errorf("%w: %q is there twice", ErrAddress, text)
		}
		if err == nil {
			err = s.add(a)
		}
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

func (s *Set) has(a address) bool {
	return slices.ContainsFunc(s.list, func(e *endpoint) bool { return e.address.target == a.target })
}

func (s *Set) add(a address) error {
	security := credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12})
	if a.plain {
		security = insecure.NewCredentials()
	}
	conn, err := grpc.NewClient(a.target,
		grpc.WithTransportCredentials(security),
		grpc.WithMaxHeaderListSize(maxHeader),
		grpc.WithConnectParams(grpc.ConnectParams{MinConnectTimeout: CallLimit,
			Backoff: backoff.Config{BaseDelay: firstRetry, MaxDelay: lastRetry, Multiplier: 2, Jitter: 0.2}}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: keepaliveInterval, Timeout: keepaliveTimeout}),
		grpc.WithDisableServiceConfig(), // names in DNS could bring retries and limits of others
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxReceive), grpc.MaxCallSendMsgSize(maxSend), grpc.ForceCodecV2(newCodec())))
	if err != nil {
		return fmt.Errorf("%w: %q: %w", ErrAddress, a.text, err)
	}
	s.list = append(s.list, &endpoint{address: a, conn: conn})
	return nil
}

// Close ends all connections, also those of Singles.
func (s *Set) Close() error {
	var errs []error
	for _, e := range s.list {
		errs = append(errs, e.conn.Close())
	}
	return errors.Join(errs...)
}

// Len is the number of endpoints.
func (s *Set) Len() int { return len(s.list) }

// Singles are a Set of each endpoint alone, which share its connection, in the order in which they are asked now: those that
// failed lately come last.
func (s *Set) Singles() []*Set {
	var list []*Set
	for _, e := range s.order() {
		list = append(list, &Set{list: []*endpoint{e}, chain: s.chain})
	}
	return list
}

// Chain is the digest of the genesis checkpoint of the chain that the endpoints are of. It asks when it does not know.
func (s *Set) Chain(ctx context.Context) (ptb.Digest, error) {
	err := s.Do(ctx, CallLimit, func(context.Context, grpc.ClientConnInterface) error { return nil })
	if err != nil {
		return ptb.Digest{}, err
	}
	s.chain.mu.Lock()
	defer s.chain.mu.Unlock()
	return s.chain.id, nil
}

// Do lets call ask endpoints, for at most limit each, until one gives an answer, which may be an error such as NotFound.
// An endpoint does not give one when it is not there, is too slow, is of another chain, fails in itself, or says what call
// finds to be ErrGarbage. It fails with call's error, with ctx's, or with ErrUnreachable and why each endpoint failed.
func (s *Set) Do(ctx context.Context, limit time.Duration, call func(context.Context, grpc.ClientConnInterface) error) error {
	var failures []error
	for _, e := range s.order() {
		err := e.try(ctx, limit, s.chain, call)
		switch {
		case err == nil || !isFailure(err):
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
		e.fail()
		failures = append(failures, fmt.Errorf("%s: %w", e.address.text, err))
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, errors.Join(failures...))
}

// order has the endpoints that failed just now after the others.
func (s *Set) order() []*endpoint {
	var good, bad []*endpoint
	for _, e := range s.list {
		if e.failedLately() {
			bad = append(bad, e)
		} else {
			good = append(good, e)
		}
	}
	return append(good, bad...)
}

func (e *endpoint) failedLately() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !e.failed.IsZero() && time.Since(e.failed) < penalty
}

func (e *endpoint) fail() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failed = time.Now()
	e.trusted = false // when it comes back it may be another
}

func (e *endpoint) try(ctx context.Context, limit time.Duration, c *chain, call func(context.Context, grpc.ClientConnInterface) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := e.verify(ctx, c); err != nil {
		return err
	}
	return call(ctx, e.conn)
}

// verify asks an endpoint once which chain it is of.
func (e *endpoint) verify(ctx context.Context, c *chain) error {
	e.mu.Lock()
	trusted := e.trusted
	e.mu.Unlock()
	if trusted {
		return nil
	}
	info, err := v2.NewLedgerServiceClient(e.conn).GetServiceInfo(ctx, &v2.GetServiceInfoRequest{})
	if err != nil {
		return err
	}
	id, err := ptb.ParseDigest(info.GetChainId())
	if err != nil {
		return fmt.Errorf("%w: the id of its chain: %w", ErrGarbage, err)
	}
	c.mu.Lock()
	if c.id == (ptb.Digest{}) {
		c.id = id
	}
	want := c.id
	c.mu.Unlock()
	if id != want {
		return fmt.Errorf("%w: of %s, want %s", ErrWrongChain, id, want)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.trusted = true
	return nil
}

// isFailure says whether another endpoint could do better.
func isFailure(err error) bool {
	if errors.Is(err, ErrGarbage) || errors.Is(err, ErrWrongChain) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	s, ok := status.FromError(err)
	if !ok {
		return false
	}
	switch s.Code() {
	case codes.Canceled, codes.Unknown, codes.DeadlineExceeded, codes.PermissionDenied, codes.ResourceExhausted, codes.Unimplemented,
		codes.Internal, codes.Unavailable, codes.DataLoss, codes.Unauthenticated:
		return true
	default:
		return false
	}
}
