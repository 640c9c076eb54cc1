package endpoint_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/internal/leaktest"
	"github.com/floe-network/floe/staking/devchain/rpc/endpoint"
	"github.com/floe-network/floe/staking/devchain/rpc/gate"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

var errOurs = errors.New("an error of a service")

// chain answers as the tests tell it.
type chain struct {
	v2.UnimplementedLedgerServiceServer
	v2.UnimplementedSubscriptionServiceServer
	hold  chan struct{}           // GetObject of version 1 waits for it
	held  chan struct{}           // and says that it does
	pause func() <-chan time.Time // between messages of a subscription
	ended chan error              // of subscriptions
	piece []byte                  // what a subscription sends each time
}

func (c *chain) GetObject(ctx context.Context, r *v2.GetObjectRequest) (*v2.GetObjectResponse, error) {
	switch r.GetVersion() {
	case 1:
		c.held <- struct{}{}
		select {
		case <-c.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	case 2:
		panic("a mistake")
	case 3:
		return nil, errOurs
	case 4:
		return &v2.GetObjectResponse{Object: &v2.Object{Contents: &v2.Bcs{Value: make([]byte, 2<<10)}}}, nil
	}
	return &v2.GetObjectResponse{Object: &v2.Object{ObjectId: r.ObjectId}}, nil
}

func (c *chain) SubscribeCheckpoints(_ *v2.SubscribeCheckpointsRequest, stream grpc.ServerStreamingServer[v2.SubscribeCheckpointsResponse]) (err error) {
	defer func() { c.ended <- err }()
	for n := uint64(0); ; n++ {
		if err := stream.Send(&v2.SubscribeCheckpointsResponse{Cursor: &n, Checkpoint: &v2.Checkpoint{Summary: &v2.CheckpointSummary{VersionSpecificData: c.piece}}}); err != nil {
			return err
		}
		select {
		case <-c.pause():
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
}

type setup struct {
	chain  *chain
	addr   string
	close  func()
	limits endpoint.Limits
}

func serve(t *testing.T, change func(*endpoint.Limits)) *setup {
	t.Helper()
	closed := make(chan time.Time)
	close(closed)
	c := &chain{hold: make(chan struct{}), held: make(chan struct{}, 10), ended: make(chan error, 10)}
	c.pause = func() <-chan time.Time { return closed }
	g, err := gate.New(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	limits := endpoint.DefaultLimits()
	limits.RequestBytes, limits.ResponseBytes = 1<<10, 1<<10
	if change != nil {
		change(&limits)
	}
	e, err := endpoint.New(endpoint.Config{
		Gate: g, Limits: limits, Log: slog.New(slog.DiscardHandler), Greeting: "hello\n",
		Status: func(err error) error {
			if errors.Is(err, errOurs) {
				return status.Error(codes.NotFound, err.Error())
			}
			return err
		},
		Headers: func() metadata.MD { return metadata.Pairs("x-chain", "here") },
	}, func(r grpc.ServiceRegistrar) {
		v2.RegisterLedgerServiceServer(r, c)
		v2.RegisterSubscriptionServiceServer(r, c)
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- e.Serve(l) }()
	s := &setup{chain: c, addr: l.Addr().String(), limits: limits}
	ended := false
	s.close = func() {
		if ended {
			return
		}
		ended = true
		if err := e.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	}
	t.Cleanup(s.close)
	return s
}

func dial(t *testing.T, s *setup, more ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(s.addr, append(more, grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestCalls(t *testing.T) {
	s := serve(t, nil)
	client := v2.NewLedgerServiceClient(dial(t, s))
	var headers metadata.MD
	answer, err := client.GetObject(t.Context(), &v2.GetObjectRequest{ObjectId: proto.String("x")}, grpc.Header(&headers))
	if err != nil || answer.Object.GetObjectId() != "x" {
		t.Fatalf("got %v, %v", answer, err)
	}
	if got := headers.Get("x-chain"); len(got) != 1 || got[0] != "here" {
		t.Errorf("headers %v", headers)
	}
	for _, c := range []struct {
		request *v2.GetObjectRequest
		want    codes.Code
	}{
		{&v2.GetObjectRequest{Version: proto.Uint64(2)}, codes.Internal},
		{&v2.GetObjectRequest{Version: proto.Uint64(3)}, codes.NotFound},
		{&v2.GetObjectRequest{Version: proto.Uint64(4)}, codes.ResourceExhausted}, // a message that is too long to be sent
		{&v2.GetObjectRequest{ObjectId: proto.String(strings.Repeat("x", s.limits.RequestBytes))}, codes.ResourceExhausted},
	} {
		if _, err := client.GetObject(t.Context(), c.request); status.Code(err) != c.want {
			t.Errorf("version %d: %v, want %s", c.request.GetVersion(), err, c.want)
		}
	}
	if _, err := client.GetEpoch(t.Context(), &v2.GetEpochRequest{}); status.Code(err) != codes.Unimplemented {
		t.Errorf("a call that is not implemented: %v", err)
	}
}

func TestCallsHaveATime(t *testing.T) {
	s := serve(t, func(l *endpoint.Limits) { l.CallTime = 20 * time.Millisecond; l.Calls = 1 })
	client := v2.NewLedgerServiceClient(dial(t, s))
	if _, err := client.GetObject(t.Context(), &v2.GetObjectRequest{Version: proto.Uint64(1)}); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("got %v", err)
	}
}

func TestCallsWaitForTheirTurn(t *testing.T) {
	s := serve(t, func(l *endpoint.Limits) { l.Calls = 1 })
	client := v2.NewLedgerServiceClient(dial(t, s))
	first := make(chan error)
	go func() {
		_, err := client.GetObject(t.Context(), &v2.GetObjectRequest{Version: proto.Uint64(1)})
		first <- err
	}()
	<-s.chain.held
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := client.GetObject(ctx, &v2.GetObjectRequest{}); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("the second: %v", err)
	}
	close(s.chain.hold)
	if err := <-first; err != nil {
		t.Errorf("the first: %v", err)
	}
}

func TestTooManyRequests(t *testing.T) {
	s := serve(t, func(l *endpoint.Limits) { l.Requests, l.Streams = 2, 1 })
	s.chain.pause = func() <-chan time.Time { return nil }
	conn := dial(t, s)
	subscribe := func() (grpc.ServerStreamingClient[v2.SubscribeCheckpointsResponse], error) {
		stream, err := v2.NewSubscriptionServiceClient(conn).SubscribeCheckpoints(t.Context(), &v2.SubscribeCheckpointsRequest{})
		if err != nil {
			return nil, err
		}
		_, err = stream.Recv()
		return stream, err
	}
	if _, err := subscribe(); err != nil {
		t.Fatal(err)
	}
	if _, err := subscribe(); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("a second subscription: %v", err)
	}
	held := make(chan error)
	go func() {
		_, err := v2.NewLedgerServiceClient(conn).GetObject(t.Context(), &v2.GetObjectRequest{Version: proto.Uint64(1)})
		held <- err
	}()
	<-s.chain.held
	if _, err := v2.NewLedgerServiceClient(conn).GetObject(t.Context(), &v2.GetObjectRequest{}); status.Code(err) != codes.Unavailable {
		t.Errorf("a third request: %v", err)
	}
	close(s.chain.hold)
	if err := <-held; err != nil {
		t.Error(err)
	}
}

// TestQuietSubscription: a subscription on which nothing happens for longer than a client has to take a message, and to send
// its request, is not dropped, nor for pings.
func TestQuietSubscription(t *testing.T) {
	s := serve(t, func(l *endpoint.Limits) { l.WriteTime, l.RequestTime = 400*time.Millisecond, 400*time.Millisecond })
	s.chain.pause = func() <-chan time.Time { return time.After(2 * s.limits.WriteTime) } // this is the quiet that is tested
	conn := dial(t, s, grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, PermitWithoutStream: true}))
	stream, err := v2.NewSubscriptionServiceClient(conn).SubscribeCheckpoints(t.Context(), &v2.SubscribeCheckpointsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	body := grpcWebSubscription(t, s)
	for n := range uint64(2) {
		if got, err := stream.Recv(); err != nil || got.GetCursor() != n {
			t.Fatalf("message %d: %v, %v", n, got, err)
		}
		readFrame(t, body)
	}
}

// grpcWebSubscription begins a subscription over HTTP/1.1.
func grpcWebSubscription(t *testing.T, s *setup) io.Reader {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	request := "POST /sui.rpc.v2.SubscriptionService/SubscribeCheckpoints HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/grpc-web+proto\r\nContent-Length: 5\r\n\r\n\x00\x00\x00\x00\x00"
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("status %d", response.StatusCode)
	}
	return response.Body // it ends with the connection
}

func readFrame(t *testing.T, r io.Reader) []byte {
	t.Helper()
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, binary.BigEndian.Uint32(head[1:]))
	if _, err := io.ReadFull(r, b); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSlowReaders: a client that takes nothing loses its subscription, over both protocols, and others do not notice.
func TestSlowReaders(t *testing.T) {
	for name, subscribe := range map[string]func(*testing.T, *setup){
		"gRPC": func(t *testing.T, s *setup) {
			conn := dial(t, s, grpc.WithStaticStreamWindowSize(1<<16), grpc.WithStaticConnWindowSize(1<<16))
			if _, err := v2.NewSubscriptionServiceClient(conn).SubscribeCheckpoints(t.Context(), &v2.SubscribeCheckpointsRequest{}); err != nil {
				t.Fatal(err)
			}
		},
		"grpc-web": func(t *testing.T, s *setup) { grpcWebSubscription(t, s) },
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(l *endpoint.Limits) { l.WriteTime, l.ResponseBytes = 300*time.Millisecond, 4<<20 })
			s.chain.piece = make([]byte, 1<<20)
			subscribe(t, s)
			if err := <-s.chain.ended; err == nil {
				t.Error("the subscription ended without an error")
			}
			if _, err := v2.NewLedgerServiceClient(dial(t, s)).GetObject(t.Context(), &v2.GetObjectRequest{}); err != nil {
				t.Errorf("another client: %v", err)
			}
		})
	}
}

// TestSlowSenders: a request that does not come is given up.
func TestSlowSenders(t *testing.T) {
	s := serve(t, func(l *endpoint.Limits) { l.RequestTime, l.HeaderTime = 30*time.Millisecond, 30*time.Millisecond })
	for name, begin := range map[string]string{
		"headers": "POST /sui.rpc.v2.LedgerService/GetObject HTTP/1.1\r\nHost: localhost\r\n",
		"body": "POST /sui.rpc.v2.LedgerService/GetObject HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/grpc-web\r\n" +
			"Content-Length: 5\r\n\r\n\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, begin); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(conn); err != nil { // the server ends it
				t.Error(err)
			}
		})
	}
}

// TestEndlessBodies: what follows a message is not taken into memory.
func TestEndlessBodies(t *testing.T) {
	s := serve(t, nil)
	transport := &http.Transport{Protocols: &http.Protocols{}}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	sent := &counter{}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.addr+"/sui.rpc.v2.LedgerService/GetObject", io.MultiReader(bytes.NewReader(make([]byte, 5)), sent))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/grpc")
	if response, err := (&http.Client{Transport: transport}).Do(r); err == nil {
		response.Body.Close()
	}
	if sent.n > 1<<20 {
		t.Errorf("the server took %d bytes", sent.n)
	}
}

// counter is a body of zeros without end.
type counter struct{ n int }

func (c *counter) Read(b []byte) (int, error) {
	clear(b)
	c.n += len(b)
	if c.n > 64<<20 {
		return 0, io.EOF
	}
	return len(b), nil
}

func TestOtherRequests(t *testing.T) {
	s := serve(t, nil)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	for _, c := range []struct {
		method, path, host, contentType string
		want                            int
	}{
		{http.MethodGet, "/", "", "", http.StatusOK},
		{http.MethodGet, "/other", "", "", http.StatusUnsupportedMediaType},
		{http.MethodPost, "/", "", "application/json", http.StatusUnsupportedMediaType},
		{http.MethodPost, "/sui.rpc.v2.LedgerService/GetObject", "", "application/grpc", http.StatusUnsupportedMediaType}, // over HTTP/1.1
		{http.MethodGet, "/", "evil.example", "", http.StatusForbidden},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, "http://"+s.addr+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = c.host
		r.Header.Set("Content-Type", c.contentType)
		response, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != c.want {
			t.Errorf("%s %s: status %d, want %d", c.method, c.path, response.StatusCode, c.want)
		}
	}
	conn := dial(t, s, grpc.WithAuthority("evil.example:9000"))
	if _, err := v2.NewLedgerServiceClient(conn).GetObject(t.Context(), &v2.GetObjectRequest{}); status.Code(err) != codes.PermissionDenied {
		t.Errorf("gRPC for another host: %v", err)
	}
}

func TestHealthAndReflection(t *testing.T) {
	s := serve(t, func(l *endpoint.Limits) { l.ResponseBytes = 1 << 20 })
	conn := dial(t, s)
	answer, err := grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	if err != nil || answer.Status != grpc_health_v1.HealthCheckResponse_SERVING {
		t.Errorf("health %v, %v", answer, err)
	}
	stream, err := grpc_reflection_v1.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range []*grpc_reflection_v1.ServerReflectionRequest{
		{MessageRequest: &grpc_reflection_v1.ServerReflectionRequest_ListServices{}},
		{MessageRequest: &grpc_reflection_v1.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: "sui.rpc.v2.LedgerService"}},
	} {
		if err := stream.Send(request); err != nil {
			t.Fatal(err)
		}
		answer, err := stream.Recv()
		if err != nil || answer.GetErrorResponse() != nil {
			t.Fatalf("reflection: %v, %v", answer, err)
		}
	}
	if err := stream.CloseSend(); err != nil {
		t.Error(err)
	}
	if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
		t.Errorf("the end of reflection: %v", err)
	}
}

// TestCloseLetsCallsEnd: who has asked before the endpoint closes gets an answer.
func TestCloseLetsCallsEnd(t *testing.T) {
	s := serve(t, nil)
	answered := make(chan error)
	client := v2.NewLedgerServiceClient(dial(t, s))
	go func() {
		_, err := client.GetObject(t.Context(), &v2.GetObjectRequest{Version: proto.Uint64(1)})
		answered <- err
	}()
	<-s.chain.held
	closed := make(chan struct{})
	go func() {
		s.close()
		close(closed)
	}()
	for { // until the endpoint takes no more
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			break
		}
		conn.Close()
	}
	close(s.chain.hold)
	if err := <-answered; err != nil {
		t.Errorf("the call ended with %v", err)
	}
	<-closed
}

// TestClose: subscriptions end with the endpoint, over both protocols.
func TestClose(t *testing.T) {
	s := serve(t, nil)
	s.chain.pause = func() <-chan time.Time { return nil }
	conn := dial(t, s)
	stream, err := v2.NewSubscriptionServiceClient(conn).SubscribeCheckpoints(t.Context(), &v2.SubscribeCheckpointsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	web := grpcWebSubscription(t, s)
	readFrame(t, web)
	s.close()
	if _, err := stream.Recv(); status.Code(err) != codes.Unavailable {
		t.Errorf("the subscription ended with %v", err)
	}
	if _, err := io.ReadAll(web); err != nil {
		t.Errorf("the subscription over grpc-web ended with %v", err)
	}
}

func TestIncompleteConfig(t *testing.T) {
	if _, err := endpoint.New(endpoint.Config{}, func(grpc.ServiceRegistrar) {}); err == nil {
		t.Error("an endpoint without a gate")
	}
}
