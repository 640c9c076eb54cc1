// Package endpoint serves gRPC and grpc-web on one port, over HTTP/1.1 and HTTP/2 without TLS, to clients that nobody
// trusts: with bounds on everything that they can make it hold, and behind a gate that keeps foreign web pages out.
package endpoint

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/net/netutil"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection"

	"github.com/floe-network/floe/staking/devchain/rpc/gate"
	"github.com/floe-network/floe/staking/devchain/rpc/grpcweb"
)

// Config is what an Endpoint needs.
type Config struct {
	Gate   *gate.Gate
	Limits Limits
	// Status makes the gRPC status of an error that a service returned.
	Status func(error) error
	// Headers makes the headers of an answer.
	Headers func() metadata.MD
	// Log is told of panics and of what the HTTP server has to say.
	Log *slog.Logger
	// Greeting is what people see who open the address in a browser.
	Greeting string
}

// Endpoint is a server. It must be closed.
type Endpoint struct {
	config Config
	grpc   *grpc.Server
	health *health.Server
	http   *http.Server
	cancel context.CancelFunc // of all requests
	open   context.Context    // of subscriptions, done when the endpoint begins to close
	closes context.CancelFunc

	requests chan struct{} // one for each request that is there
	calls    chan struct{}
	streams  chan struct{}
}

// New makes an Endpoint of the services that register adds, of gRPC's health service and of server reflection.
func New(config Config, register func(grpc.ServiceRegistrar)) (*Endpoint, error) {
	if config.Gate == nil || config.Status == nil || config.Headers == nil || config.Log == nil {
		return nil, errors.New("endpoint: gate, status, headers and log are needed")
	}
	l := config.Limits
	e := &Endpoint{
		config: config, health: health.NewServer(),
		requests: make(chan struct{}, l.Requests), calls: make(chan struct{}, l.Calls), streams: make(chan struct{}, l.Streams),
	}
	e.grpc = grpc.NewServer(
		grpc.MaxRecvMsgSize(l.RequestBytes), grpc.MaxSendMsgSize(l.ResponseBytes),
		grpc.UnaryInterceptor(e.call), grpc.StreamInterceptor(e.stream),
	)
	register(e.grpc)
	grpc_health_v1.RegisterHealthServer(e.grpc, e.health)
	reflection.Register(e.grpc)

	ctx, cancel := context.WithCancel(context.Background())
	e.cancel = cancel
	e.open, e.closes = context.WithCancel(ctx)
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	e.http = &http.Server{
		Handler: config.Gate.Handler(http.HandlerFunc(e.serve)), Protocols: protocols,
		ReadHeaderTimeout: l.HeaderTime, IdleTimeout: l.IdleTime, MaxHeaderBytes: l.HeaderBytes,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: l.PerConnection, SendPingTimeout: l.PingAfter, PingTimeout: l.PingTime, WriteByteTimeout: l.WriteTime,
			MaxReceiveBufferPerConnection: 2 * l.RequestBytes, MaxReceiveBufferPerStream: l.RequestBytes,
		},
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(config.Log.Handler(), slog.LevelDebug), // clients that break off, mostly
	}
	return e, nil
}

// Serve answers on a listener, which it closes in the end, until Close.
func (e *Endpoint) Serve(l net.Listener) error {
	err := e.http.Serve(netutil.LimitListener(l, e.config.Limits.Connections))
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve gRPC on %s: %w", l.Addr(), err)
}

// Close ends all subscriptions at once, lets calls that are being answered come to their end for a bounded time, and returns
// when nothing runs any more.
func (e *Endpoint) Close() error {
	e.health.Shutdown()
	e.closes()
	ctx, cancel := context.WithTimeout(context.Background(), e.config.Limits.CloseTime)
	defer cancel()
	err := e.http.Shutdown(ctx)
	e.cancel()
	if err != nil {
		err = e.http.Close()
	}
	e.grpc.Stop()
	return err
}

// serve hands a request to the one that speaks its protocol.
func (e *Endpoint) serve(w http.ResponseWriter, r *http.Request) {
	select {
	case e.requests <- struct{}{}:
		defer func() { <-e.requests }()
	default:
		http.Error(w, "too many requests at the same time; try again", http.StatusServiceUnavailable)
		return
	}
	limits := e.config.Limits
	w = &patient{ResponseWriter: w, control: http.NewResponseController(w), limit: limits.WriteTime}
	switch {
	case grpcweb.Is(r):
		e.withBody(w, r)
		grpcweb.Handler(e.grpc, limits.RequestBytes).ServeHTTP(w, r)
	case r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc"):
		e.withBody(w, r)
		r.Body = http.MaxBytesReader(w, r.Body, int64(limits.RequestBytes)+1<<10) // with its frame; the server says itself when it is too long
		e.grpc.ServeHTTP(w, r)
	case r.Method == http.MethodGet && r.URL.Path == "/":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(e.config.Greeting)) // the reader is gone otherwise
	default:
		http.Error(w, "this server speaks gRPC (over HTTP/2) and grpc-web", http.StatusUnsupportedMediaType)
	}
}

// withBody gives a request a time by which it must have arrived. When it has, the time is lifted: over HTTP/1.1 the server
// goes on reading, to notice when the client leaves.
func (e *Endpoint) withBody(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(time.Now().Add(e.config.Limits.RequestTime)); err != nil { // net/http's writers can
		e.config.Log.Error("no time limit for a request", "error", err)
	}
	r.Body = &timed{ReadCloser: r.Body, control: control}
}
