package follower

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/registry"
	"github.com/floe-network/floe/staking"
)

// ErrStale: the chain has not been heard for so long that the epoch may be another.
var ErrStale = errors.New("the chain has not been heard lately")

// errEnded is for a Chain that breaks its promise.
var errEnded = errors.New("the chain's events ended without a reason")

// Holdings is what a node holds. It is safe for concurrent use.
type Holdings interface {
	// Release is called for a blob after something was heard that keeps it.
	Release(ctx context.Context, id codec.BlobID) error
	// ListMetadata returns up to limit blobs of which something is held, in order, those after the given one or, when it is
	// nil, from the first.
	ListMetadata(ctx context.Context, after *codec.BlobID, limit int) ([]codec.BlobID, error)
	// Pending reports whether a blob came ahead of its registration, so that the chain need not know it.
	Pending(id codec.BlobID) bool
}

// Config is what a Follower is made of; all of it is required.
type Config struct {
	Chain    Chain
	Registry *registry.Registry
	Holdings Holdings
	// Changed is called after something was heard; it must not block.
	Changed func()
	// Contradictions counts what was left out because it cannot be.
	Contradictions prometheus.Counter
	Logger         *slog.Logger
}

// Follower follows one chain. It is safe for concurrent use.
type Follower struct {
	cfg    Config
	asking chan struct{} // there may be something to ask

	mu      sync.Mutex
	seen    time.Time // of the latest checkpoint, by the chain's clock; at first when the follower was made
	problem string    // why the chain is not followed now
}

// New makes a Follower, which does nothing before Run.
func New(cfg Config) *Follower {
	return &Follower{cfg: cfg, asking: make(chan struct{}, 1), seen: time.Now()}
}

// Run follows the chain until ctx ends.
func (f *Follower) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { f.ask(ctx) })
	f.follow(ctx)
	wg.Wait()
}

// State returns how old the node's picture of the chain is, and what is wrong; empty when nothing is.
func (f *Follower) State() (lag time.Duration, problem string) {
	f.mu.Lock()
	lag, problem = max(time.Since(f.seen), 0), f.problem
	f.mu.Unlock()
	if problem == "" && f.cfg.Registry.Position().Gap {
		problem = "events were missed; the chain is asked about every blob, and none is removed meanwhile"
	}
	return lag, problem
}

// Certain returns ErrStale when the current epoch may not be the one of e any more. Before its scheduled end an epoch cannot
// be over; afterwards it goes on until somebody ends it, which a node that does not see the chain does not learn.
func (f *Follower) Certain(e *staking.Epochs) error {
	lag, _ := f.State()
	if time.Now().Before(e.End) || lag < maxLag {
		return nil
	}
	return fmt.Errorf("%w: epoch %d was to end at %s, and the latest checkpoint seen is %s old", ErrStale,
		e.Current.Epoch(), e.End.UTC().Format(time.RFC3339), lag.Round(time.Second))
}

// heard notes a batch.
func (f *Follower) heard(at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at.After(f.seen) {
		f.seen = at
	}
	f.problem = ""
}

// fails notes why the chain is not followed; empty when it is about to be.
func (f *Follower) fails(problem string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.problem = problem
}

// follow keeps up with the chain until ctx ends.
func (f *Follower) follow(ctx context.Context) {
	wait := minBackoff
	var gap loss
	for {
		from := f.cfg.Registry.Position().Cursor
		err := f.cfg.Chain.Follow(ctx, from, f.hear)
		if ctx.Err() != nil {
			return
		}
		if f.cfg.Registry.Position().Cursor > from {
			wait = minBackoff
		}
		if first, sure := gap.heard(err); sure {
			f.cfg.Logger.Warn("the chain's history since the node was last connected is gone; every blob that is here is asked about", "from", from, "first", first)
			if err = f.cfg.Registry.Lose(ctx, first); err == nil {
				gap, wait = loss{}, minBackoff
				f.fails("")
				wake(f.asking)
				continue
			}
		}
		if err == nil {
			err = errEnded
		}
		f.fails(err.Error())
		f.cfg.Logger.Warn("the chain is not followed; what is here is served", "retry", wait, "err", err)
		if !sleep(ctx, wait) {
			return
		}
		wait = min(2*wait, maxBackoff)
	}
}

// loss is what was heard in a row about the beginning of the chain's history.
type loss struct {
	times int
	first staking.Cursor
}

// heard takes an error of Chain.Follow, and returns the earliest beginning that was named when all of the last few errors
// named one: what a single endpoint says, which may be new or lie, is not yet true of the chain.
func (l *loss) heard(err error) (first staking.Cursor, sure bool) {
	var pruned *staking.PrunedError
	if !errors.As(err, &pruned) || pruned.First <= pruned.From {
		*l = loss{}
		return 0, false
	}
	if l.times == 0 || pruned.First < l.first {
		l.first = pruned.First
	}
	l.times++
	return l.first, l.times >= lossTries
}

// hear is the handler of batches.
func (f *Follower) hear(ctx context.Context, b staking.Batch) error {
	var limit uint32
	if e := f.cfg.Chain.Epochs(); e != nil {
		limit = e.Current.Epoch()
	}
	out, err := f.cfg.Registry.Apply(ctx, b, limit)
	if err != nil {
		return err
	}
	for _, err := range out.Contradictions {
		f.contradicted(err)
	}
	for _, id := range out.Kept {
		if err := f.cfg.Holdings.Release(ctx, id); err != nil {
			f.cfg.Logger.Error("a registered blob is still accounted for as unconfirmed", "blob", id, "err", err)
		}
	}
	f.heard(b.Time)
	if len(b.Events) > 0 {
		f.cfg.Changed()
		wake(f.asking)
	}
	return nil
}

// contradicted reports what was left out.
func (f *Follower) contradicted(err error) {
	f.cfg.Contradictions.Inc()
	f.cfg.Logger.Error("what the chain says cannot be; it is left out", "err", err)
}

// wake lets the owner of a channel of capacity 1 look again.
func wake(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// sleep waits; false when ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
