package light

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
)

// Limits bound what a client uses. Zero fields take their defaults.
type Limits struct {
	// InFlight bounds the bodies under way in bytes, over all operations. Default 128 MiB.
	InFlight int64
	// Streams bounds the requests under way to one node. Default 8.
	Streams int
	// Grace is how long members that could be spared are waited for once the others are done. Default 5 s.
	Grace time.Duration
}

func (l Limits) withDefaults() (Limits, error) {
	if l.InFlight < 0 || l.Streams < 0 || l.Grace < 0 {
		return l, fmt.Errorf("%w: limits of a client must not be negative", codec.ErrInvalid)
	}
	if l.InFlight == 0 {
		l.InFlight = defaultInFlight
	}
	if l.Streams == 0 {
		l.Streams = defaultStreams
	}
	if l.Grace == 0 {
		l.Grace = defaultGrace
	}
	return l, nil
}

// Config is what a client is made of.
type Config struct {
	// Chain knows committees and blobs. The client has it refresh the committees when nodes or the chain speak of an epoch that
	// it does not know; nobody else has to.
	Chain Chain
	// Network carries the requests, Connector finds the peers. They must outlive the client.
	Network   Network
	Connector Connector
	// Codec has the committee's number of shards.
	Codec  *codec.Codec
	Limits Limits
}

// Client puts and gets blobs. It is safe for concurrent use; operations share its limits and what it learns about peers.
type Client struct {
	chain Chain
	net   Network
	codec *codec.Codec
	grace time.Duration

	connector Connector
	limits    *limiter
	book      *book
	// verify holds a token for each sliver or signature that is verified at the moment: it costs CPU and an expanded
	// sliver's memory, so there is one per processor.
	verify chan struct{}

	ctx     context.Context
	cancel  context.CancelCauseFunc
	mu      sync.Mutex // guards closed against ops.Add
	closed  bool
	ops     sync.WaitGroup
	closers []func() error // of what the client owns, see Open
}

// NewClient returns a client. Close it when done.
func NewClient(cfg Config) (*Client, error) {
	if cfg.Chain == nil || cfg.Network == nil || cfg.Connector == nil || cfg.Codec == nil {
		return nil, fmt.Errorf("%w: a client needs a chain, a network, a connector and a codec", codec.ErrInvalid)
	}
	limits, err := cfg.Limits.withDefaults()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	return &Client{
		chain: cfg.Chain, net: cfg.Network, codec: cfg.Codec, grace: limits.Grace,
		connector: cfg.Connector, limits: newLimiter(limits.InFlight, limits.Streams), book: newBook(),
		verify: make(chan struct{}, runtime.GOMAXPROCS(0)),
		ctx:    ctx, cancel: cancel,
	}, nil
}

// Close ends all operations and waits for them. Then it closes what Open made.
func (c *Client) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	c.mu.Unlock()
	c.cancel(ErrClosed)
	c.ops.Wait()
	return closeAll(c.closers)
}

// begin starts an operation: its context ends with the caller's and with the client. The caller must call end once.
func (c *Client) begin(ctx context.Context) (opCtx context.Context, end func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, nil, ErrClosed
	}
	opCtx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(c.ctx, func() { cancel(ErrClosed) })
	c.ops.Add(1)
	return opCtx, func() {
		stop()
		cancel(nil)
		c.ops.Done()
	}, nil
}

// verifying waits for a processor. The caller must call done once.
func (c *Client) verifying(ctx context.Context) (done func(), err error) {
	select {
	case c.verify <- struct{}{}:
		return func() { <-c.verify }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// verifySliver checks a sliver that came from p against metadata that matches the blob id.
func (c *Client) verifySliver(ctx context.Context, p peer.ID, m *codec.Metadata, s *codec.Sliver) error {
	done, err := c.verifying(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := c.codec.VerifySliver(m, s); err != nil {
		c.book.lied(p)
		return err
	}
	return nil
}

// once sends one request to a peer: it waits for the limits and connects. n is the size of the body in bytes, 0 for a small
// one. The peer's record is kept here.
func (c *Client) once(ctx context.Context, p peer.ID, n int64, send func(context.Context) error) error {
	release, err := c.limits.acquire(ctx, p, n, nil)
	if err != nil {
		return err
	}
	defer release()
	return c.admitted(ctx, p, n, send)
}

// admitted is once for a request that holds its limits already.
func (c *Client) admitted(ctx context.Context, p peer.ID, n int64, send func(context.Context) error) error {
	if err := c.connect(ctx, p); err != nil {
		return err
	}
	start := time.Now()
	err := send(ctx)
	if err == nil {
		c.book.delivered(p, n, time.Since(start))
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	switch causeOf(err) {
	case CauseUnreachable, CauseSilent:
		c.book.failed(p)
	case CauseLied:
		c.book.lied(p)
	default:
	}
	return err
}

// connect connects a peer, unless it is connected.
func (c *Client) connect(ctx context.Context, p peer.ID) error {
	err := c.connector.Connect(ctx, p)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	default:
		c.book.failed(p)
	}
	return fmt.Errorf("%w: %w", errConnect, err)
}

// retried is once, tried again while that makes sense. For a peer that may be gone altogether, connect comes first: trying
// that again at once is of no use.
func (c *Client) retried(ctx context.Context, p peer.ID, n int64, send func(context.Context) error) error {
	pause := retryPause
	for try := 1; ; try++ {
		err := c.once(ctx, p, n, send)
		if err == nil || ctx.Err() != nil {
			return err
		}
		again, wait := advice(err)
		if !again || try == requestTries {
			return err
		}
		if err := sleep(ctx, max(wait, pause)); err != nil {
			return err
		}
		pause *= 2
	}
}

// sleep waits and returns the cause if the context ends before.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// transferTime is what n bytes take at a rate in bytes a second.
func transferTime(n, rate int64) time.Duration {
	return time.Duration(float64(n) / float64(rate) * float64(time.Second))
}

// MemberReport is what came of one member in an operation.
type MemberReport struct {
	// Member is the index in the committee.
	Member int            `json:"member"`
	NodeID staking.NodeID `json:"node_id"`
	Peer   peer.ID        `json:"peer_id"`
	// Shards is how many the member holds.
	Shards int `json:"shards"`
	// Done: a put got the member's verified confirmation, a get got everything that it asked the member for.
	Done bool `json:"done"`
	// Slivers and Bytes were moved. Held is how many slivers of a put the member had before.
	Slivers int   `json:"slivers"`
	Held    int   `json:"held,omitempty"`
	Bytes   int64 `json:"bytes"`
	// Took is the time from the first request to the last answer.
	Took time.Duration `json:"took_ns"`
	// Cause and Problem say why Done is false.
	Cause   Cause  `json:"cause"`
	Problem string `json:"problem,omitempty"`
}

// fail notes why the member is not done.
func (r *MemberReport) fail(err error) {
	r.Done, r.Cause, r.Problem = false, causeOf(err), clip(err.Error())
}

// newReport starts the report on member i.
func newReport(com *staking.Committee, i int) MemberReport {
	m := com.Member(i)
	return MemberReport{Member: i, NodeID: m.NodeID, Peer: m.PeerID, Shards: len(m.Shards)}
}

// ended returns why an operation must stop although nothing else went wrong: its context, or nil.
func ended(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	cause := context.Cause(ctx)
	if errors.Is(cause, ctx.Err()) {
		return cause
	}
	return fmt.Errorf("%w: %w", ctx.Err(), cause)
}
