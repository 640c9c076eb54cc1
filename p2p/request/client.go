package request

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/multiformats/go-multistream"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request/pb"
	"github.com/floe-network/floe/staking"
)

// ClientOptions are the optional parts of a Client.
type ClientOptions struct {
	// Metrics counts requests and bytes; nil: nothing is counted.
	Metrics prometheus.Registerer
}

// Client sends requests. Every method takes one stream, is safe for concurrent use, and ends at once when its context
// does. Its error is one of: the context's; an *Error, when the peer answered with a status; ErrTransport; ErrBadAnswer;
// codec.ErrInvalid for arguments out of range. How many requests run at once is for the caller to bound.
type Client struct {
	host    host.Host
	network string
	params  codec.Params
	metrics *metrics
	connect time.Duration
}

// NewClient returns a client for a network and its number of shards. It dials over h, which must know or find addresses.
func NewClient(h host.Host, network string, params codec.Params, opts ClientOptions) (*Client, error) {
	if err := checkArguments(h, network, params); err != nil {
		return nil, fmt.Errorf("request client: %w", err)
	}
	m, err := newMetrics(opts.Metrics, "client")
	if err != nil {
		return nil, fmt.Errorf("request client: %w", err)
	}
	return &Client{host: h, network: network, params: params, metrics: m, connect: connectTimeout}, nil
}

func checkArguments(h host.Host, network string, params codec.Params) error {
	if h == nil {
		return errors.New("no host")
	}
	if params.Shards() == 0 {
		return errors.New("no parameters of the code")
	}
	return staking.CheckNetworkName(network)
}

// expect is what the header of a success must say. With limit, offset is 0 and any total up to length is right.
type expect struct {
	total, offset, length int64
	limit                 bool
}

// exactly expects a whole body of n bytes.
func exactly(n int64) expect { return expect{total: n, length: n} }

// atMost expects a whole body of up to n bytes.
func atMost(n int64) expect { return expect{length: n, limit: true} }

// check returns the length of the body that a header announces.
func (e expect) check(h *pb.Header) (int64, error) {
	total, offset, length := h.GetTotal(), h.GetOffset(), h.GetLength()
	if e.limit {
		if offset != 0 || length != total || length > uint64(e.length) {
			return 0, fmt.Errorf("%w: %d bytes at %d of %d, expected at most %d", ErrBadAnswer, length, offset, total, e.length)
		}
		return int64(length), nil
	}
	if total != uint64(e.total) || offset != uint64(e.offset) || length != uint64(e.length) {
		return 0, fmt.Errorf("%w: %d bytes at %d of %d, expected %d at %d of %d",
			ErrBadAnswer, length, offset, total, e.length, e.offset, e.total)
	}
	return e.length, nil
}

// get sends a request without a body and gives the body of the answer to parse.
func (c *Client) get(ctx context.Context, p peer.ID, spec *Spec, req *pb.Request, want expect, parse func([]byte) error) error {
	return c.do(ctx, p, spec, &call{request: req, want: want, parse: parse})
}

// put sends a request with a body in parts.
func (c *Client) put(ctx context.Context, p peer.ID, spec *Spec, req *pb.Request, parts [][]byte) error {
	return c.do(ctx, p, spec, &call{request: req, parts: parts})
}

// call is one request of a Client.
type call struct {
	request *pb.Request
	parts   [][]byte
	want    expect
	parse   func([]byte) error
}

// size returns the length of the body that is sent.
func (r *call) size() int64 {
	var n int64
	for _, part := range r.parts {
		n += int64(len(part))
	}
	return n
}

func (c *Client) do(ctx context.Context, p peer.ID, spec *Spec, r *call) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s to %s: %w", spec.Name, p, context.Cause(ctx))
	}
	defer c.metrics.begin(spec.Name)()
	begin := time.Now()
	received, err := c.exchange(ctx, p, spec, r)
	if ctx.Err() != nil && err != nil && !errors.As(err, new(*Error)) && !errors.Is(err, ErrBadAnswer) {
		err = context.Cause(ctx)
	}
	c.metrics.observe(spec.Name, outcome(err), time.Since(begin), received, r.size())
	if err != nil {
		return fmt.Errorf("%s to %s: %w", spec.Name, p, err)
	}
	return nil
}

// exchange opens a stream, sends the request and takes the answer. It returns the bytes of the answer's body.
func (c *Client) exchange(ctx context.Context, p peer.ID, spec *Spec, r *call) (int64, error) {
	s, err := c.open(ctx, p, spec)
	if err != nil {
		return 0, err
	}
	size := r.size()
	g := newGuard(ctx, s, spec.Timeout+travel(size))
	n, err := talk(s, g, r)
	g.end()
	if err != nil {
		abort(s)
		if g.timedOut() && errors.Is(err, ErrTransport) {
			err = fmt.Errorf("%w: %w", ErrTransport, ErrTimeout)
		}
		return n, err
	}
	// The answer is complete; what closing could still report changes nothing.
	_ = s.Close()
	return n, nil
}

// open opens a stream of the request's protocol.
func (c *Client) open(ctx context.Context, p peer.ID, spec *Spec) (network.Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, c.connect)
	defer cancel()
	if spec.Relayed > 0 {
		ctx = network.WithAllowLimitedConn(ctx, spec.Name)
	}
	s, err := c.host.NewStream(ctx, p, spec.ProtocolID(c.network))
	if err != nil && spec.Relayed == 0 && c.host.Network().Connectedness(p) == network.Limited {
		return nil, &Error{Status: DirectConnectionNeeded, Message: "there is only a relayed connection"}
	}
	if err != nil {
		return nil, connectionError(err)
	}
	return s, nil
}

// connectionError classes an error of a stream or of opening one.
func connectionError(err error) error {
	var unsupported multistream.ErrNotSupported[protocol.ID]
	var reset *network.StreamError
	switch {
	case errors.As(err, &unsupported),
		errors.As(err, &reset) && reset.Remote && reset.ErrorCode == network.StreamProtocolNegotiationFailed:
		return &Error{Status: Unsupported, Message: "the peer does not speak the protocol"}
	case errors.As(err, &reset) && reset.Remote && reset.ErrorCode == network.StreamResourceLimitExceeded:
		return &Error{Status: Busy, RetryAfter: busyRetry}
	case errors.As(err, &reset) && reset.Remote && reset.ErrorCode == network.StreamRateLimited:
		return &Error{Status: RateLimited, RetryAfter: busyRetry}
	default:
		return fmt.Errorf("%w: %w", ErrTransport, err)
	}
}

// talk sends the request and takes the answer, each in its phase of the guard.
func talk(s network.Stream, g *guard, r *call) (int64, error) {
	message, err := appendMessage(nil, r.request)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", codec.ErrInvalid, err)
	}
	in := bufio.NewReaderSize(s, headerLimit)
	var h pb.Header
	var sendErr error
	if len(r.parts) == 0 {
		// A server that refuses before it reads makes sending fail and has answered all the same.
		sendErr = send(s, message)
		err = readMessage(in, &h, headerLimit)
	} else {
		sent := make(chan error, 1)
		go func() { sent <- send(s, append([][]byte{message}, r.parts...)...) }()
		err = readMessage(in, &h, headerLimit)
		// Whatever came ends the put: a server may refuse the body, or have it already, before it has read it.
		select {
		case sendErr = <-sent:
		default:
			abort(s)
			<-sent
		}
	}
	switch {
	case errors.Is(err, errMalformed):
		return 0, badAnswer(fmt.Errorf("header: %w", err))
	case err != nil && sendErr != nil:
		return 0, connectionError(errors.Join(sendErr, err))
	case err != nil:
		return 0, connectionError(err)
	case h.GetStatus() == pb.Status_STATUS_UNSPECIFIED:
		return 0, badAnswer(errors.New("header without a status"))
	case h.GetStatus() != pb.Status_STATUS_OK && h.GetLength() != 0:
		return 0, badAnswer(fmt.Errorf("a refusal with a body of %d bytes", h.GetLength()))
	case h.GetStatus() != pb.Status_STATUS_OK:
		return 0, remoteError(&h)
	}
	length, err := r.want.check(&h)
	if err != nil || len(r.parts) > 0 {
		return 0, err
	}
	g.phase(travel(length))
	body, err := readBody(in, length)
	if err != nil {
		return 0, connectionError(err)
	}
	g.phase(closeTimeout)
	// Only bytes after the body are wrong. A stream that is not closed in time, or reset, has given all that it promised.
	if _, err := in.ReadByte(); err == nil {
		return length, badAnswer(fmt.Errorf("bytes after the body of %d", length))
	}
	return length, r.parse(body)
}

// send writes the parts and ends the sending side.
func send(s network.Stream, parts ...[]byte) error {
	for _, part := range parts {
		if _, err := s.Write(part); err != nil {
			return err
		}
	}
	return s.CloseWrite()
}

// badAnswer marks an error in what the peer answered; nil stays nil.
func badAnswer(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrBadAnswer, err)
}

// mismatch marks an answer that fails against its commitment, which is all that a peer is punished for.
func mismatch(err error) error {
	if errors.Is(err, codec.ErrVerify) {
		return badAnswer(err)
	}
	return fmt.Errorf("%w: %w: %w", ErrBadAnswer, codec.ErrVerify, err)
}
