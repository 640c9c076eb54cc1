package chaintest

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2" // the messages that are passed on
)

// Answer is what a full node says to a call. Message may be changed, or replaced by another of the same type.
type Answer struct {
	Method  string // as SimulateTransaction
	Request proto.Message
	Message proto.Message
}

// Lie makes of a true answer what is said instead, or the error that is. It is called by several goroutines.
type Lie func(context.Context, *Answer) error

// Proxy is a full node that passes calls on to the chain's, and may lie, stand still in the past or be away. It is for tests
// of what bad endpoints do.
type Proxy struct {
	tb       testing.TB
	conn     *grpc.ClientConn
	address  string
	mu       sync.Mutex
	server   *grpc.Server
	done     chan error
	lie      Lie
	hold     func(method string) error
	past     map[string]proto.Message // the last answer to each request
	frozen   bool
	answered map[string]int
}

// Proxy starts one, which tells the truth.
func (w *World) Proxy() *Proxy {
	w.tb.Helper()
	conn, err := grpc.NewClient("passthrough:///"+strings.TrimPrefix(w.Endpoint, "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		w.tb.Fatal(err)
	}
	p := &Proxy{tb: w.tb, conn: conn, address: "127.0.0.1:0", past: make(map[string]proto.Message), answered: make(map[string]int)}
	p.Run()
	w.tb.Cleanup(func() {
		p.Stop()
		if err := conn.Close(); err != nil {
			w.tb.Error(err)
		}
	})
	return p
}

// Endpoint is its address, also while it is away.
func (p *Proxy) Endpoint() string { return "http://" + p.address }

// Run serves, again after a Stop and at the same address.
func (p *Proxy) Run() {
	p.tb.Helper()
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", p.address)
	if err != nil {
		p.tb.Fatal(err)
	}
	server, done := grpc.NewServer(grpc.UnknownServiceHandler(p.serve)), make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.address, p.server, p.done = listener.Addr().String(), server, done
}

// Stop ends serving: nobody is there any more.
func (p *Proxy) Stop() {
	p.mu.Lock()
	server, done := p.server, p.done
	p.server = nil
	p.mu.Unlock()
	if server == nil {
		return
	}
	server.Stop()
	if err := <-done; err != nil {
		p.tb.Error(err)
	}
}

// Say has it tell a Lie from now on; nil for the truth.
func (p *Proxy) Say(lie Lie) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lie = lie
}

// Hold has it ask, before it passes a call on, whether it should; nil passes all.
func (p *Proxy) Hold(hold func(method string) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hold = hold
}

// Freeze has it repeat its last answers where it gave one to the same request, as if it had not heard of what happened since.
// Subscriptions go on.
func (p *Proxy) Freeze(frozen bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frozen = frozen
}

// Answered counts the answers to calls of a method.
func (p *Proxy) Answered(method string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answered[method]
}

// serve passes a call on.
func (p *Proxy) serve(_ any, in grpc.ServerStream) error {
	full, _ := grpc.MethodFromServerStream(in)
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(strings.ReplaceAll(strings.TrimPrefix(full, "/"), "/", ".")))
	method, ok := d.(protoreflect.MethodDescriptor)
	if err != nil || !ok {
		return status.Errorf(codes.Unimplemented, "%s: %v", full, err)
	}
	request, err := empty(method.Input())
	if err != nil {
		return err
	}
	if err := in.RecvMsg(request); err != nil {
		return err
	}
	p.mu.Lock()
	hold := p.hold
	p.mu.Unlock()
	if hold != nil {
		if err := hold(string(method.Name())); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(in.Context())
	defer cancel()
	out, err := p.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, full)
	if err != nil {
		return err
	}
	if err := errors.Join(out.SendMsg(request), out.CloseSend()); err != nil {
		return err
	}
	for {
		answer, err := empty(method.Output())
		if err != nil {
			return err
		}
		if err := out.RecvMsg(answer); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		a := &Answer{string(method.Name()), request, answer}
		if err := p.change(ctx, a, method.IsStreamingServer()); err != nil {
			return err
		}
		if err := in.SendMsg(a.Message); err != nil {
			return err
		}
	}
}

func empty(d protoreflect.MessageDescriptor) (proto.Message, error) {
	t, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		return nil, err
	}
	return t.New().Interface(), nil
}

// change makes of a true answer what is said.
func (p *Proxy) change(ctx context.Context, a *Answer, stream bool) error {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(a.Request)
	if err != nil {
		return err
	}
	key := a.Method + string(b)
	p.mu.Lock()
	p.answered[a.Method]++
	if old := p.past[key]; old != nil && p.frozen && !stream {
		a.Message = proto.Clone(old)
	} else {
		p.past[key] = proto.Clone(a.Message)
	}
	lie := p.lie
	p.mu.Unlock()
	if lie == nil {
		return nil
	}
	return lie(ctx, a)
}
