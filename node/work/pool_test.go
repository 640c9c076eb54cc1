package work

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/p2p/request"
)

func TestPoolTakesPeersInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(1, 100)
		hold := make(chan struct{})
		var wg sync.WaitGroup
		run := func(from peer.ID, work func()) {
			wg.Go(func() {
				if err := p.Do(context.Background(), from, func() error { work(); return nil }); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // it runs or waits in the queue
		}
		var order []string // written by one at a time: the pool has one slot
		run("a", func() { <-hold })
		for i := range 4 {
			run("a", func() { order = append(order, fmt.Sprint("a", i)) })
		}
		run("b", func() { order = append(order, "b0") })
		run("c", func() { order = append(order, "c0") })
		run("b", func() { order = append(order, "b1") })
		close(hold)
		wg.Wait()
		if want := []string{"a0", "b0", "c0", "a1", "b1", "a2", "a3"}; !slices.Equal(order, want) {
			t.Errorf("order %v, want %v", order, want)
		}
		if p.free != 1 || len(p.queue) != 0 || len(p.turns) != 0 {
			t.Errorf("pool at rest: %d free, %d in queues, %d turns", p.free, len(p.queue), len(p.turns))
		}
	})
}

func TestPoolBoundsAPeersQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(1, 2)
		hold := make(chan struct{})
		var wg sync.WaitGroup
		for range 3 { // one runs, two wait
			wg.Go(func() {
				if err := p.Do(context.Background(), "a", func() error { <-hold; return nil }); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		err := p.Do(context.Background(), "a", func() error { return nil })
		var busy *request.Error
		if !errors.As(err, &busy) || busy.Status != request.Busy || busy.RetryAfter <= 0 {
			t.Errorf("fourth piece: %v", err)
		}
		wg.Go(func() {
			if err := p.Do(context.Background(), "b", func() error { return nil }); err != nil {
				t.Errorf("another peer: %v", err)
			}
		})
		synctest.Wait()
		close(hold)
		wg.Wait()
	})
}

func TestPoolCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(1, 10)
		hold := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() { _ = p.Do(context.Background(), "a", func() error { <-hold; return nil }) })
		synctest.Wait()
		ctx, cancel := context.WithCancel(context.Background())
		wg.Go(func() {
			err := p.Do(ctx, "b", func() error { t.Error("cancelled work ran"); return nil })
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		if err := p.Do(ctx, "b", func() error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before: %v", err)
		}
		close(hold)
		wg.Wait()
		if p.free != 1 || len(p.turns) != 0 {
			t.Errorf("a slot was lost: %d free, %d turns", p.free, len(p.turns))
		}
	})
}

// Errors, panics and cancellations at any moment give the slot back, and no more than the slots run at once.
func TestPoolStress(t *testing.T) {
	const slots = 3
	p := NewPool(slots, 1000)
	var running, most atomic.Int32
	var wg sync.WaitGroup
	for i := range 300 {
		wg.Go(func() {
			defer func() { _ = recover() }()
			ctx, cancel := context.WithCancel(context.Background())
			if i%3 == 0 {
				go cancel()
			}
			defer cancel()
			_ = p.Do(ctx, peer.ID(fmt.Sprint(i%7)), func() error {
				n := running.Add(1)
				defer running.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				if i%5 == 0 {
					panic("work failed")
				}
				return nil
			})
		})
	}
	wg.Wait()
	if most.Load() > slots {
		t.Errorf("%d at once, slots %d", most.Load(), slots)
	}
	if p.free != slots || len(p.queue) != 0 || len(p.turns) != 0 {
		t.Errorf("pool at rest: %d free, %d in queues, %d turns", p.free, len(p.queue), len(p.turns))
	}
}
