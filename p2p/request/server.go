package request

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request/pb"
)

// ServiceName is the resource manager's name for the streams of a Server.
const ServiceName = "floe.request"

// ServerOptions are the optional parts of a Server.
type ServerOptions struct {
	// Limits are the budgets; zero fields are defaults.
	Limits Limits
	// Metrics counts requests and bytes; nil: nothing is counted.
	Metrics prometheus.Registerer
	// Log gets failures of the backend; nil: slog.Default.
	Log *slog.Logger
}

// Server answers requests from a backend.
type Server struct {
	host    host.Host
	network string
	params  codec.Params
	backend Backend
	budget  *budget
	metrics *metrics
	log     *slog.Logger

	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	started []protocol.ID
	closed  bool
	running sync.WaitGroup
}

// NewServer returns a server for a network and its number of shards. It serves nothing before Start.
func NewServer(h host.Host, network string, params codec.Params, backend Backend, opts ServerOptions) (*Server, error) {
	if err := checkArguments(h, network, params); err != nil {
		return nil, fmt.Errorf("request server: %w", err)
	}
	m, err := newMetrics(opts.Metrics, "server")
	if err != nil {
		return nil, fmt.Errorf("request server: %w", err)
	}
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	limits, err := opts.Limits.resolve(params)
	if err != nil {
		return nil, fmt.Errorf("request server: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Server{
		host: h, network: network, params: params, backend: backend,
		budget:  newBudget(limits),
		metrics: m, log: opts.Log, ctx: ctx, cancel: cancel,
	}, nil
}

// Start begins to serve every protocol that the backend has a part for.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.started != nil {
		return errors.New("request server: started or closed already")
	}
	seen := make(map[protocol.ID]bool)
	for _, spec := range registry {
		id := spec.ProtocolID(s.network)
		if seen[id] || !spec.served(&s.backend) {
			continue
		}
		seen[id] = true
		s.started = append(s.started, id)
		s.host.SetStreamHandler(id, func(st network.Stream) { s.handle(st, spec.Protocol()) })
	}
	return nil
}

// Close stops serving: it resets the streams that are open and waits for their handlers.
func (s *Server) Close() error {
	s.stop()
	s.cancel()
	s.running.Wait()
	return nil
}

// Shutdown takes no more requests and lets those under way finish until ctx ends; then it closes the server. The error is
// the context's when requests had to be cut off.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop()
	finished := make(chan struct{})
	go func() { s.running.Wait(); close(finished) }() // ends before Close does
	var cut error
	select {
	case <-finished:
	case <-ctx.Done():
		cut = ctx.Err()
	}
	return errors.Join(cut, s.Close())
}

// stop lets no more handlers begin.
func (s *Server) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	for _, id := range s.started {
		s.host.RemoveStreamHandler(id)
	}
}

// enter counts a handler, unless the server is closed.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running.Add(1)
	return true
}

// handle serves one stream.
func (s *Server) handle(st network.Stream, protocolName string) {
	if !s.enter() {
		_ = st.ResetWithError(network.StreamShutdown)
		return
	}
	defer s.running.Done()
	if err := st.Scope().SetService(ServiceName); err != nil {
		// The stream is gone in any case; the code tells the caller to come back later.
		_ = st.ResetWithError(network.StreamResourceLimitExceeded)
		return
	}
	begin := time.Now()
	g := newGuard(s.ctx, st, requestTimeout)
	defer g.end()
	x := &exchange{server: s, stream: st, guard: g, protocol: protocolName, name: protocolName}
	err := x.run()
	if err != nil {
		err = x.refuse(err)
	}
	if err == nil {
		// A close that fails leaves a stream that the guard or the connection ends.
		err = st.Close()
	}
	if err != nil {
		abort(st)
	}
	s.metrics.observe(x.name, x.outcome, time.Since(begin), x.received, x.sent)
}

// exchange is one request that is being served.
type exchange struct {
	server   *Server
	stream   network.Stream
	guard    *guard
	protocol string

	// For the metrics: the request's name once it is known, how it ended, and the bytes of bodies.
	name, outcome  string
	received, sent int64
}

// errIO wraps failures of the stream, after which nothing can be answered.
var errIO = errors.New("stream failed")

// run takes one request through all steps. An error that wraps errIO ends the stream; any other is for refuse.
func (x *exchange) run() (err error) {
	s := x.server
	defer func() {
		if r := recover(); r != nil {
			s.log.Error("request handler panicked", "request", x.name, "panic", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", r)
			if x.outcome != "" {
				x.outcome = outcome(Internal)
			}
		}
	}()
	conn := x.stream.Conn()
	from := conn.RemotePeer()
	source := s.budget.source(conn)
	if wait := s.budget.charge(source, requestBytes, requestCost); wait > 0 {
		return &Error{Status: RateLimited, RetryAfter: wait}
	}

	in := bufio.NewReaderSize(x.stream, requestLimit)
	var req pb.Request
	if err := readMessage(in, &req, requestLimit); err != nil {
		if errors.Is(err, errMalformed) {
			return Errorf(Invalid, "request: %v", err)
		}
		return fmt.Errorf("%w: %w", errIO, err)
	}
	spec := find(kindOf(&req))
	if spec == nil || spec.Protocol() != x.protocol || !spec.served(&s.backend) {
		return Errorf(Unsupported, "no such request in protocol %q", x.protocol)
	}
	x.name = spec.Name
	defer s.metrics.begin(spec.Name)()
	limited := conn.Stat().Limited
	if limited && spec.Relayed == 0 {
		return Errorf(DirectConnectionNeeded, "%s is not served over a relayed connection", spec.Name)
	}
	work, err := spec.parse(s.params, &s.backend, &req)
	if err != nil {
		return err
	}
	defer work.release()

	if !s.budget.open(source, spec) {
		return &Error{Status: Busy, Message: "too many requests at once", RetryAfter: busyRetry}
	}
	defer s.budget.close(source, spec)
	x.guard.phase(spec.Timeout + baseTimeout)
	ctx, cancel := context.WithTimeout(x.guard.ctx, spec.Timeout)
	defer cancel()
	e, err := work.admit(ctx, from)
	if errors.Is(err, ErrHeld) && work.length() > 0 {
		return x.answer(spec, answer{})
	}
	if err != nil {
		return err
	}
	if limited && e.body > spec.Relayed {
		return Errorf(DirectConnectionNeeded, "up to %d bytes, a relayed connection takes %d", e.body, spec.Relayed)
	}
	if wait := s.budget.charge(source, e.body, spec.Cost.cpu(s.params, e)-requestCost); wait > 0 {
		return &Error{Status: RateLimited, RetryAfter: wait}
	}
	release, err := x.reserve(ctx, source, e.memory)
	if err != nil {
		return err
	}
	defer release()

	body, err := x.receive(in, work.length())
	if err != nil {
		return err
	}
	x.guard.phase(spec.Timeout + baseTimeout)
	ctx, cancel = context.WithTimeout(x.guard.ctx, spec.Timeout)
	defer cancel()
	a, err := work.serve(ctx, from, body)
	if err != nil {
		return err
	}
	return x.answer(spec, a)
}

// reserve takes memory from the server's budget, waiting a little, and from the host's.
func (x *exchange) reserve(ctx context.Context, src *source, n int64) (func(), error) {
	ctx, cancel := context.WithTimeout(ctx, memoryWait)
	defer cancel()
	busy := &Error{Status: Busy, Message: "no memory free", RetryAfter: busyRetry}
	release, err := x.server.budget.reserve(ctx, src, n)
	if err != nil {
		return nil, busy
	}
	scope := x.stream.Scope()
	if err := scope.ReserveMemory(int(n), network.ReservationPriorityAlways); err != nil {
		release()
		return nil, busy
	}
	return func() {
		scope.ReleaseMemory(int(n))
		release()
	}, nil
}

// receive reads the body of a put, for which memory is reserved.
func (x *exchange) receive(in io.Reader, n int64) ([]byte, error) {
	if n == 0 {
		return nil, nil
	}
	x.guard.phase(travel(n))
	body := make([]byte, n)
	m, err := io.ReadFull(in, body)
	x.received = int64(m)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errIO, err)
	}
	return body, nil
}

// answer sends a success. Until the first bytes of the body are read from the backend, its failure can still be told.
func (x *exchange) answer(spec *Spec, a answer) error {
	buf := make([]byte, headerLimit+min(a.length, sendChunk))
	chunk := buf[headerLimit:]
	if len(chunk) > 0 {
		if _, err := io.ReadFull(a.body, chunk); err != nil {
			return fmt.Errorf("reading the answer to %s: %w", spec.Name, err)
		}
	}
	x.guard.phase(travel(a.length))
	head, err := appendMessage(nil, &pb.Header{
		Status: pb.Status_STATUS_OK, Total: uint64(a.total), Offset: uint64(a.offset), Length: uint64(a.length),
	})
	if err != nil {
		return err
	}
	x.outcome = outcome(nil)
	// Header and first bytes go out together: most answers are one packet.
	out := buf[headerLimit-len(head):]
	copy(out, head)
	for left := a.length; ; {
		if _, err := x.stream.Write(out); err != nil {
			x.outcome = outcome(ErrTransport)
			return fmt.Errorf("%w: %w", errIO, err)
		}
		x.sent += int64(len(chunk))
		if left -= int64(len(chunk)); left == 0 {
			return nil
		}
		chunk = chunk[:min(left, sendChunk)]
		out = chunk
		if _, err := io.ReadFull(a.body, chunk); err != nil {
			x.outcome = outcome(Internal)
			x.server.log.Error("answer broken off", "request", spec.Name, "err", err)
			return fmt.Errorf("%w: %w", errIO, err)
		}
	}
}

// refuse answers with the status of err. It returns an error when nothing could be answered.
func (x *exchange) refuse(err error) error {
	if x.outcome != "" {
		// The header of a success is out already.
		return err
	}
	if errors.Is(err, errIO) {
		x.outcome = outcome(ErrTransport)
		return err
	}
	e := statusError(err)
	if e.Status == Internal {
		x.server.log.Error("request failed", "request", x.name, "peer", x.stream.Conn().RemotePeer(), "err", err)
	}
	x.outcome = outcome(e)
	x.guard.phase(baseTimeout)
	b, err := appendMessage(nil, refusal(e))
	if err != nil {
		return err
	}
	_, err = x.stream.Write(b)
	return err
}

// statusError finds the answer to an error: what it says itself, or the status that Backend promises for it.
func statusError(err error) *Error {
	var e *Error
	var s Status
	switch {
	case errors.As(err, &e) && e.Status.known() && e.Status != OK:
		return e
	case errors.As(err, &s) && s.known() && s != OK:
		return &Error{Status: s}
	case errors.Is(err, codec.ErrVerify):
		return Errorf(VerificationFailed, "%v", err)
	case errors.Is(err, codec.ErrTooLarge):
		return Errorf(TooLarge, "%v", err)
	case errors.Is(err, codec.ErrInvalid):
		return Errorf(Invalid, "%v", err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &Error{Status: Busy, Message: "took too long", RetryAfter: busyRetry}
	default:
		return &Error{Status: Internal}
	}
}
