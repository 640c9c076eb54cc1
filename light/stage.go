package light

import (
	"context"
	"time"

	"github.com/floe-network/floe/staking/bls"
)

// work is what a stage does with one member, in a goroutine of its own. It returns the member's confirmation if it got one.
type work func(ctx context.Context, t *target) (*bls.Signature, error)

// stage lets do run for each of the members in parallel and waits for them. A member with which it fails is out of this
// round. Once those that still work could be spared, because the others are a quorum, they get a time: the grace, or what
// their bytes take at a fraction of the pace of the others, whichever is longer. Then they are left behind.
func (w *writer) stage(ctx context.Context, phase Phase, todo []*target, size func(*target) int64, do work) {
	type done struct {
		t   *target
		sig *bls.Signature
		err error
	}
	start := time.Now()
	results := make(chan done, len(todo))
	waiting := make(map[*target]context.CancelCauseFunc, len(todo))
	for _, t := range todo {
		tctx, cancel := context.WithCancelCause(ctx)
		waiting[t] = cancel
		go func() {
			sig, err := do(tctx, t)
			results <- done{t, sig, err}
		}()
	}
	var spareAt time.Time // when those that still work became dispensable
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for open := len(todo); open > 0; {
		select {
		case d := <-results:
			open--
			waiting[d.t](nil)
			delete(waiting, d.t)
			took := time.Since(start)
			d.t.report.Took += took
			if d.err != nil {
				w.fail(d.t, d.err)
			} else if d.sig != nil {
				w.confirmedBy(d.t, d.sig)
			} else if n := size(d.t); phase == PhaseStore && n >= largeBody {
				w.paces.add(float64(n) / max(took.Seconds(), 1e-6))
			}
			w.report(phase, d.t)
		case <-timer.C:
		}
		if spareAt.IsZero() && w.com.Quorum(w.alive()-weight(waiting)) {
			spareAt = time.Now()
		}
		if spareAt.IsZero() {
			continue
		}
		next := time.Hour
		for t, cancel := range waiting {
			patience := max(time.Until(spareAt.Add(w.c.grace)), time.Until(start.Add(w.c.grace+transferTime(size(t), w.pace()))))
			if patience <= 0 {
				cancel(errBehind)
				continue
			}
			next = min(next, patience)
		}
		timer.Reset(next)
	}
}

// pace is the slowest rate, in bytes a second, that a member is waited for although it could be spared.
func (w *writer) pace() int64 {
	return min(max(int64(w.paces.median()/stragglerFactor), floorRate), stragglerRate)
}
