package request

import (
	"context"
	"errors"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
)

// guard ends a stream when its context ends or a phase takes too long, so that a read or write that hangs on the other side
// returns at once.
type guard struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	stop   func() bool
}

// newGuard begins the first phase. The guard must be ended.
func newGuard(parent context.Context, s network.Stream, first time.Duration) *guard {
	ctx, cancel := context.WithCancelCause(parent)
	return &guard{
		ctx:    ctx,
		cancel: cancel,
		timer:  time.AfterFunc(first, func() { cancel(ErrTimeout) }),
		stop:   context.AfterFunc(ctx, func() { abort(s) }),
	}
}

// phase begins the next phase: d from now.
func (g *guard) phase(d time.Duration) { g.timer.Reset(d) }

// timedOut reports whether a phase took too long.
func (g *guard) timedOut() bool { return errors.Is(context.Cause(g.ctx), ErrTimeout) }

// end lets the stream be.
func (g *guard) end() {
	g.timer.Stop()
	g.stop()
	g.cancel(nil)
}

// abort resets a stream. The deadline comes first: it frees a write that waits for the connection, where a reset queues
// behind it.
func abort(s network.Stream) {
	// Streams without deadlines are freed by the reset alone; of a stream that is gone already there is nothing to report.
	_ = s.SetDeadline(time.Unix(0, 1))
	_ = s.Reset()
}

// travel is how long a body of n bytes may take.
func travel(n int64) time.Duration {
	return baseTimeout + time.Duration(n)*time.Second/minRate
}
