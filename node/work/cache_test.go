package work

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
)

func TestCache(t *testing.T) {
	c := NewCache[string, int](10)
	c.Add("a", 1, 4)
	c.Add("b", 2, 4)
	if v, ok := c.Get("a"); !ok || v != 1 {
		t.Errorf("a: %d, %t", v, ok)
	}
	c.Add("c", 3, 4) // b was used longest ago
	if _, ok := c.Get("b"); ok {
		t.Error("b is still there")
	}
	for k, want := range map[string]int{"a": 1, "c": 3} {
		if v, ok := c.Get(k); !ok || v != want {
			t.Errorf("%s: %d, %t", k, v, ok)
		}
	}
	c.Add("huge", 4, 11)
	if _, ok := c.Get("huge"); ok || len(c.items) != 2 {
		t.Error("a value larger than the cache changed it")
	}
	c.Add("a", 5, 10) // replaces a, drops c
	if v, ok := c.Get("a"); !ok || v != 5 || c.size != 10 || len(c.items) != 1 {
		t.Errorf("a: %d, %t; size %d, %d items", v, ok, c.size, len(c.items))
	}
	c.Remove("a")
	c.Remove("a")
	if c.size != 0 || len(c.items) != 0 || c.order.Len() != 0 {
		t.Errorf("empty cache: size %d, %d items", c.size, len(c.items))
	}
}

func TestFlightShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := NewFlight[string, int]()
		hold := make(chan struct{})
		var runs int
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				v, err := f.Do(context.Background(), "k", func() (int, error) { runs++; <-hold; return 42, nil })
				if v != 42 || err != nil {
					t.Errorf("%d, %v", v, err)
				}
			})
		}
		synctest.Wait()
		close(hold)
		wg.Wait()
		if runs != 1 {
			t.Errorf("%d runs", runs)
		}
		if v, err := f.Do(context.Background(), "k", func() (int, error) { return 1, nil }); v != 1 || err != nil {
			t.Errorf("afterwards: %d, %v", v, err)
		}
	})
}

// The first caller's cancellation is not the others'.
func TestFlightGoesOnWithoutTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := NewFlight[string, int]()
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := f.Do(ctx, "k", func() (int, error) { <-ctx.Done(); return 0, ctx.Err() })
			if !errors.Is(err, context.Canceled) {
				t.Errorf("first: %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			v, err := f.Do(context.Background(), "k", func() (int, error) { return 7, nil })
			if v != 7 || err != nil {
				t.Errorf("second: %d, %v", v, err)
			}
		})
		own, stop := context.WithCancel(context.Background())
		wg.Go(func() {
			if _, err := f.Do(own, "k", func() (int, error) { return 0, nil }); !errors.Is(err, context.Canceled) {
				t.Errorf("third: %v", err)
			}
		})
		synctest.Wait()
		stop()
		synctest.Wait()
		cancel()
		wg.Wait()
	})
}

func TestFlightPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := NewFlight[string, int]()
		hold := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_, _ = f.Do(context.Background(), "k", func() (int, error) { <-hold; panic("x") })
		})
		synctest.Wait()
		wg.Go(func() {
			if _, err := f.Do(context.Background(), "k", func() (int, error) { return 0, nil }); !errors.Is(err, errAbandoned) {
				t.Errorf("waiter: %v", err)
			}
		})
		synctest.Wait()
		close(hold)
		wg.Wait()
	})
}
