package request

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/floe-network/floe/codec"
)

// slowServer has a put under way when it returns; end lets the put finish, done gives what its client got.
func slowServer(t *testing.T) (s *Server, end func(), done <-chan error) {
	t.Helper()
	b := newBlob(t, 4, 100)
	n := newNode(t, b, false)
	began, goOn := make(chan struct{}), make(chan struct{})
	n.slow = func(ctx context.Context) {
		close(began)
		select {
		case <-goOn:
		case <-ctx.Done():
		}
	}
	h, ch := newHost(t), newHost(t)
	introduce(ch, h)
	s, err := NewServer(h, testNetwork, b.params, n.backend(), ServerOptions{Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, ch, b.params)
	result := make(chan error, 1)
	go func() {
		ref := SliverRef{Blob: b.id, Pair: 1, Axis: codec.Primary}
		result <- c.PutSliver(context.Background(), h.ID(), b.id, b.sliver(ref))
	}()
	<-began
	return s, func() { close(goOn) }, result
}

func TestShutdownLetsRequestsFinish(t *testing.T) {
	s, end, done := slowServer(t)
	time.AfterFunc(50*time.Millisecond, end) // the shutdown is under way by then, or the test is only weaker
	if err := s.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("the put that was under way: %v", err)
	}
}

func TestShutdownIsBounded(t *testing.T) {
	s, end, done := slowServer(t)
	defer end()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("shutdown: %v", err)
	}
	if err := <-done; err == nil {
		t.Error("a put succeeded that was cut off")
	}
}
