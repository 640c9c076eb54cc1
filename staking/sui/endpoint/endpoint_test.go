package endpoint_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/internal/fakenode"
	"github.com/floe-network/floe/staking/sui/ptb"
)

const (
	// long is a limit that no test comes to.
	long = time.Minute
	// short is for what never answers.
	short = 200 * time.Millisecond
)

var chain = ptb.Digest{1}

const getEpoch = "/sui.rpc.v2.LedgerService/GetEpoch"

// epoch answers with a number.
func epoch(n uint64) func(*v2.GetEpochRequest) (*v2.GetEpochResponse, error) {
	return func(*v2.GetEpochRequest) (*v2.GetEpochResponse, error) {
		return &v2.GetEpochResponse{Epoch: &v2.Epoch{Epoch: proto.Uint64(n)}}, nil
	}
}

func fails(c codes.Code) func(*v2.GetEpochRequest) (*v2.GetEpochResponse, error) {
	return func(*v2.GetEpochRequest) (*v2.GetEpochResponse, error) { return nil, status.Error(c, "because") }
}

func open(t *testing.T, id ptb.Digest, addresses ...string) *endpoint.Set {
	t.Helper()
	s, err := endpoint.Open(addresses, id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// ask asks for the number of the epoch.
func ask(t *testing.T, s *endpoint.Set, limit time.Duration) (uint64, error) {
	t.Helper()
	var n uint64
	err := s.Do(t.Context(), limit, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		a, err := v2.NewLedgerServiceClient(conn).GetEpoch(ctx, &v2.GetEpochRequest{})
		n = a.GetEpoch().GetEpoch()
		return err
	})
	return n, err
}

// deaf accepts connections and says nothing.
func deaf(t *testing.T) string { return listen(t, "") }

// listen answers whatever comes with the same bytes.
func listen(t *testing.T, text string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
			if _, err := c.Write([]byte(text)); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return "http://" + l.Addr().String()
}

// untrusted has a certificate that nobody signed.
func untrusted(t *testing.T) string {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that clients give up
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

// absent is an address where nobody listens.
func absent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

// Whatever is wrong with the first endpoint, the second answers.
func TestAnotherAnswers(t *testing.T) {
	node := func(n *fakenode.Node) func(*testing.T) string {
		n.Chain = chain
		return func(t *testing.T) string { return n.Start(t) }
	}
	huge := func(*v2.GetEpochRequest) (*v2.GetEpochResponse, error) {
		return &v2.GetEpochResponse{Epoch: &v2.Epoch{SystemState: &v2.SystemState{ProtocolVersion: proto.Uint64(1),
			Validators: &v2.ValidatorSet{ActiveValidators: []*v2.Validator{{Name: proto.String(strings.Repeat("x", 5<<20))}}}}}}, nil
	}
	many := func(*v2.GetEpochRequest) (*v2.GetEpochResponse, error) {
		members := make([]*v2.ValidatorCommitteeMember, 1<<20) // each takes two bytes
		for i := range members {
			members[i] = &v2.ValidatorCommitteeMember{}
		}
		return &v2.GetEpochResponse{Epoch: &v2.Epoch{Committee: &v2.ValidatorCommittee{Members: members}}}, nil
	}
	other := func(context.Context) (*v2.GetServiceInfoResponse, error) {
		return &v2.GetServiceInfoResponse{ChainId: proto.String(ptb.Digest{9}.String())}, nil
	}
	nonsense := func(context.Context) (*v2.GetServiceInfoResponse, error) {
		return &v2.GetServiceInfoResponse{ChainId: proto.String("0OIl")}, nil
	}
	for name, first := range map[string]func(*testing.T) string{
		"absent":            absent,
		"deaf":              deaf,
		"another protocol":  func(t *testing.T) string { return listen(t, "HTTP/1.1 200 OK\r\n\r\n") },
		"a foreign host":    untrusted,
		"noise":             func(t *testing.T) string { return listen(t, strings.Repeat("\x00\xff", 1<<16)) },
		"unavailable":       node(&fakenode.Node{Epoch: fails(codes.Unavailable)}),
		"internal":          node(&fakenode.Node{Epoch: fails(codes.Internal)}),
		"not implemented":   node(&fakenode.Node{}),
		"unauthenticated":   node(&fakenode.Node{Epoch: fails(codes.Unauthenticated)}),
		"busy":              node(&fakenode.Node{Epoch: fails(codes.ResourceExhausted)}),
		"a huge message":    node(&fakenode.Node{Epoch: huge}),
		"too many parts":    node(&fakenode.Node{Epoch: many}),
		"another chain":     node(&fakenode.Node{Info: other, Epoch: epoch(66)}),
		"a chain that none": node(&fakenode.Node{Info: nonsense, Epoch: epoch(66)}),
	} {
		t.Run(name, func(t *testing.T) {
			second := &fakenode.Node{Chain: chain, Epoch: epoch(7)}
			s := open(t, chain, first(t), second.Start(t))
			limit := long
			if name == "deaf" {
				limit = short
			}
			if n, err := ask(t, s, limit); err != nil || n != 7 {
				t.Fatalf("epoch %d, %v", n, err)
			}
			// The one that failed is not asked again at once.
			if n, err := ask(t, s, long); err != nil || n != 7 || second.Calls(getEpoch) != 2 {
				t.Errorf("epoch %d, %v", n, err)
			}
		})
	}
}

// What an endpoint says about the question is the answer.
func TestAnswersAreFinal(t *testing.T) {
	for _, c := range []codes.Code{codes.NotFound, codes.InvalidArgument, codes.FailedPrecondition, codes.Aborted, codes.OutOfRange} {
		second := &fakenode.Node{Chain: chain, Epoch: epoch(7)}
		s := open(t, chain, (&fakenode.Node{Chain: chain, Epoch: fails(c)}).Start(t), second.Start(t))
		if _, err := ask(t, s, long); status.Code(err) != c {
			t.Errorf("%s: %v", c, err)
		}
		if second.Calls(getEpoch) != 0 {
			t.Errorf("%s: the second was asked", c)
		}
	}
}

func TestGarbageOfTheCaller(t *testing.T) {
	s := open(t, chain, (&fakenode.Node{Chain: chain}).Start(t), (&fakenode.Node{Chain: chain}).Start(t))
	for want, calls := range map[error]int{endpoint.ErrGarbage: 2, context.DeadlineExceeded: 2, net.ErrClosed: 1} {
		n := 0
		err := s.Do(t.Context(), long, func(context.Context, grpc.ClientConnInterface) error { n++; return want })
		if n != calls || !errors.Is(err, want) || errors.Is(err, endpoint.ErrUnreachable) != (calls == 2) {
			t.Errorf("%v: %d calls, %v", want, n, err)
		}
	}
}

func TestNobodyAnswers(t *testing.T) {
	a, b := absent(t), (&fakenode.Node{Chain: ptb.Digest{2}}).Start(t)
	_, err := ask(t, open(t, chain, a, b), long)
	if !errors.Is(err, endpoint.ErrUnreachable) || !errors.Is(err, endpoint.ErrWrongChain) || status.Code(err) != codes.Unavailable {
		t.Errorf("got %v", err)
	}
	for _, part := range []string{a, b} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not name %s", err, part)
		}
	}
}

// A host is who it says, or is not talked to.
func TestCertificates(t *testing.T) {
	if _, err := ask(t, open(t, chain, untrusted(t)), long); !errors.Is(err, endpoint.ErrUnreachable) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v", err)
	}
}

func TestTheCallerGivesUp(t *testing.T) {
	s := open(t, chain, deaf(t), deaf(t))
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("no longer wanted")
	cancel(why)
	if err := s.Do(ctx, long, func(context.Context, grpc.ClientConnInterface) error { return nil }); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

// Where no chain is given, all endpoints are of that of the first.
func TestChainOfTheFirst(t *testing.T) {
	first := &fakenode.Node{Chain: ptb.Digest{3}, Epoch: epoch(1)}
	second := &fakenode.Node{Chain: ptb.Digest{4}, Epoch: epoch(2)}
	s := open(t, ptb.Digest{}, first.Start(t), second.Start(t))
	if id, err := s.Chain(t.Context()); err != nil || id != first.Chain {
		t.Errorf("chain %s, %v", id, err)
	}
	if s.Len() != 2 {
		t.Errorf("%d endpoints", s.Len())
	}
	singles := s.Singles()
	if n, err := ask(t, singles[0], long); err != nil || n != 1 {
		t.Errorf("epoch %d, %v", n, err)
	}
	if _, err := ask(t, singles[1], long); !errors.Is(err, endpoint.ErrWrongChain) {
		t.Errorf("another chain: %v", err)
	}
}

// An endpoint that failed may come back as one of another chain.
func TestAnotherChainLater(t *testing.T) {
	var started atomic.Int32
	s := open(t, chain, (&fakenode.Node{Epoch: fails(codes.Unavailable), Info: func(context.Context) (*v2.GetServiceInfoResponse, error) {
		return &v2.GetServiceInfoResponse{ChainId: proto.String(ptb.Digest{byte(started.Add(1))}.String())}, nil
	}}).Start(t))
	if _, err := ask(t, s, long); status.Code(err) != codes.Unavailable {
		t.Errorf("at first: %v", err)
	}
	if _, err := ask(t, s, long); !errors.Is(err, endpoint.ErrWrongChain) {
		t.Errorf("then: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for _, good := range []string{"https://fullnode.example", "https://fullnode.example/", "https://fullnode.example:9000", "http://10.0.0.1:9000",
		"127.0.0.1:9000", "localhost:9000", "[::1]:9000", "http://[::1]:9000"} {
		s, err := endpoint.Open([]string{good}, chain)
		if err != nil {
			t.Errorf("%s: %v", good, err)
			continue
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range [][]string{nil, {""}, {"fullnode.example"}, {"fullnode.example:443"}, {"10.0.0.1:9000"}, {"ftp://a.example"}, {"http://a.example"},
		{"https://a.example/path"}, {"https://a.example?key=1"}, {"https://user:secret@a.example"}, {"https://:443"}, {"https://a b"},
		{"https://a.example", "https://a.example:443"}, make([]string, 17)} {
		if _, err := endpoint.Open(bad, chain); !errors.Is(err, endpoint.ErrAddress) {
			t.Errorf("%q: %v", bad, err)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q has a password", err)
		}
	}
}
