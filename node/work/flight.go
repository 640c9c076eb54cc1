package work

import (
	"context"
	"errors"
	"sync"
)

// errAbandoned is what waiters get when the work they waited for ended in a panic.
var errAbandoned = errors.New("the request doing this work failed")

// Flight lets concurrent callers with the same key share one piece of work. It runs in the goroutine and with the context
// of the first of them.
type Flight[K comparable, V any] struct {
	mu    sync.Mutex
	calls map[K]*call[V]
}

type call[V any] struct {
	done  chan struct{} // closed when value and err are set
	value V
	err   error
}

// NewFlight makes a Flight with nothing under way.
func NewFlight[K comparable, V any]() *Flight[K, V] {
	return &Flight[K, V]{calls: make(map[K]*call[V])}
}

// Do runs work, or waits for the one who runs it already. When that one's context ended and ctx did not, Do starts over.
func (f *Flight[K, V]) Do(ctx context.Context, key K, work func() (V, error)) (V, error) {
	for {
		f.mu.Lock()
		c, running := f.calls[key]
		if !running {
			c = &call[V]{done: make(chan struct{}), err: errAbandoned}
			f.calls[key] = c
			f.mu.Unlock()
			return f.run(key, c, work)
		}
		f.mu.Unlock()
		select {
		case <-c.done:
		case <-ctx.Done():
			var none V
			return none, ctx.Err()
		}
		if ctx.Err() == nil && (errors.Is(c.err, context.Canceled) || errors.Is(c.err, context.DeadlineExceeded)) {
			continue
		}
		return c.value, c.err
	}
}

func (f *Flight[K, V]) run(key K, c *call[V], work func() (V, error)) (V, error) {
	defer func() {
		f.mu.Lock()
		delete(f.calls, key)
		f.mu.Unlock()
		close(c.done)
	}()
	c.value, c.err = work()
	return c.value, c.err
}
