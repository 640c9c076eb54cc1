package light

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light/internal/simnet"
)

func TestLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(100, 2)
		ctx := context.Background()
		first, err := l.acquire(ctx, "a", 60, nil)
		if err != nil {
			t.Fatal(err)
		}
		second, err := l.acquire(ctx, "a", 40, nil)
		if err != nil {
			t.Fatal(err)
		}
		expect := func(p peer.ID, n int64) {
			t.Helper()
			short, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			if _, err := l.acquire(short, p, n, nil); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%d bytes from %s: %v", n, p, err)
			}
		}
		expect("a", 0) // no slot
		expect("b", 1) // no bytes
		first()
		var waits []bool
		done := make(chan struct{})
		go func() {
			defer close(done)
			// More than everything is everything: it has to wait for the second.
			release, err := l.acquire(ctx, "b", 1000, func(w bool) { waits = append(waits, w) })
			if err != nil {
				t.Error(err)
				return
			}
			release()
		}()
		synctest.Wait()
		second()
		<-done
		if len(waits) != 2 || !waits[0] || waits[1] {
			t.Errorf("waits %v", waits)
		}
		if len(l.peers) != 0 {
			t.Errorf("%d peers are left", len(l.peers))
		}
	})
}

func TestBook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBook()
		const size = 1 << 20
		for range 10 {
			b.delivered("fast", size, 100*time.Millisecond)
			b.delivered("slow", size, 2*time.Second)
			b.failed("failing")
		}
		b.lied("liar")
		order := []peer.ID{"fast", "slow", "failing", "liar"}
		for i := range order[1:] {
			if x, y := b.cost(order[i], size), b.cost(order[i+1], size); x >= y {
				t.Errorf("%s costs %v, %s %v", order[i], x, order[i+1], y)
			}
		}
		time.Sleep(lieMemory)
		if c := b.cost("liar", size); c > 1 {
			t.Errorf("a lie costs %v after %s", c, lieMemory)
		}
		if c := b.cost("failing", size); c > 1 {
			t.Errorf("failures cost %v after %s", c, lieMemory)
		}
		for i := range 2 * maxRecords {
			b.delivered(peer.ID(fmt.Sprint(i)), 1, time.Second)
			time.Sleep(time.Millisecond)
		}
		if len(b.records) != maxRecords {
			t.Errorf("%d records, at most %d", len(b.records), maxRecords)
		}
		if b.records["fast"] != nil || b.records[peer.ID(fmt.Sprint(2*maxRecords-1))] == nil {
			t.Error("it is not the oldest that made room")
		}
	})
}

func TestNewClientRefuses(t *testing.T) {
	s := simnet.New(t, simnet.Even(4, 1)...)
	good := Config{Chain: nil, Network: s, Connector: s, Codec: s.Codec}
	if _, err := NewClient(good); !errors.Is(err, codec.ErrInvalid) {
		t.Errorf("no chain: %v", err)
	}
	if _, err := Open(context.Background(), OpenConfig{}); !errors.Is(err, codec.ErrInvalid) {
		t.Errorf("no chain: %v", err)
	}
	s.Tell(nil)
	if _, err := Open(context.Background(), OpenConfig{Chain: s}); !errors.Is(err, ErrNoCommittee) {
		t.Errorf("no committee: %v", err)
	}
	if _, err := Open(context.Background(), OpenConfig{Chain: unreachable{s}}); !errors.Is(err, ErrChain) || !errors.Is(err, errNoChain) {
		t.Errorf("no committee, no chain: %v", err)
	}
}
