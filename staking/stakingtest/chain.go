package stakingtest

import (
	"context"
	"sync"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
)

// Chain is a chain that tells what a test wants. It has no goroutines of its own and is safe for concurrent use.
type Chain struct {
	mu      sync.Mutex
	epochs  *staking.Epochs
	first   staking.Cursor // of what is left of the history
	batches []staking.Batch
	blobs   map[codec.BlobID]staking.BlobState
	fails   error
	delay   time.Duration
	quiet   bool
	handled staking.Cursor
	changed chan struct{} // closed with every change
}

// Heartbeat is how often a Chain without news says so.
const Heartbeat = 5 * time.Second

// NewChain returns a chain without history. epochs may be nil: unknown.
func NewChain(epochs *staking.Epochs) *Chain {
	return &Chain{epochs: epochs, blobs: make(map[codec.BlobID]staking.BlobState), changed: make(chan struct{})}
}

// Registered is the event of a registration that makes a blob of size bytes permanent from an epoch to its end. The object
// has the blob's id.
func Registered(id codec.BlobID, size uint64, epoch, end uint32) staking.BlobRegistered {
	return staking.BlobRegistered{Registration: staking.Registration{Blob: id, Size: size, Object: staking.ObjectID(id), Epoch: epoch, End: end}}
}

// change lets fn change the chain and wakes who waits.
func (c *Chain) change(fn func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fn()
	close(c.changed)
	c.changed = make(chan struct{})
}

// SetEpochs changes what Epochs returns.
func (c *Chain) SetEpochs(e *staking.Epochs) { c.change(func() { c.epochs = e }) }

// SetBlob changes the present word about a blob.
func (c *Chain) SetBlob(id codec.BlobID, s staking.BlobState) { c.change(func() { c.blobs[id] = s }) }

// Fail lets Follow and BlobState fail with err, also where they wait, until it is called with nil.
func (c *Chain) Fail(err error) { c.change(func() { c.fails = err }) }

// Slow lets every batch and every answer take some time.
func (c *Chain) Slow(d time.Duration) { c.change(func() { c.delay = d }) }

// Quiet stops, or starts, the empty batches between events.
func (c *Chain) Quiet(quiet bool) { c.change(func() { c.quiet = quiet }) }

// Emit appends a batch and returns the cursor behind it.
func (c *Chain) Emit(events ...staking.Event) (next staking.Cursor) {
	c.change(func() {
		next = c.first + staking.Cursor(len(c.batches)) + 1
		c.batches = append(c.batches, staking.Batch{Next: next, Time: time.Now(), Events: events})
	})
	return next
}

// Prune forgets all batches.
func (c *Chain) Prune() {
	c.change(func() {
		c.first += staking.Cursor(len(c.batches))
		c.batches = nil
	})
}

// Epochs returns what was set last.
func (c *Chain) Epochs() *staking.Epochs {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.epochs
}

// Follow hands over one batch after another, then empty ones; *staking.PrunedError when from is forgotten.
func (c *Chain) Follow(ctx context.Context, from staking.Cursor, handle func(context.Context, staking.Batch) error) error {
	for {
		b, changed, err := c.next(from)
		if err != nil {
			return err
		}
		if b == nil {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-changed:
			case <-time.After(Heartbeat):
				if c.beats() {
					b = &staking.Batch{Next: from, Time: time.Now()}
				}
			}
			if b == nil {
				continue
			}
		}
		if err := c.wait(ctx); err != nil {
			return err
		}
		if err := handle(ctx, *b); err != nil {
			return err
		}
		from = b.Next
		c.change(func() { c.handled = max(c.handled, from) })
	}
}

// next returns the batch behind a cursor, nil when there is none yet, and what is closed when that may have changed.
func (c *Chain) next(from staking.Cursor) (*staking.Batch, <-chan struct{}, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.fails != nil:
		return nil, nil, c.fails
	case from < c.first:
		return nil, nil, &staking.PrunedError{From: from, First: c.first}
	case from >= c.first+staking.Cursor(len(c.batches)):
		return nil, c.changed, nil
	default:
		return &c.batches[from-c.first], nil, nil
	}
}

func (c *Chain) beats() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.quiet && c.fails == nil
}

func (c *Chain) wait(ctx context.Context) error {
	c.mu.Lock()
	d := c.delay
	c.mu.Unlock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// BlobState returns what was set, else that the id was never certified.
func (c *Chain) BlobState(ctx context.Context, id codec.BlobID) (staking.BlobState, error) {
	if err := c.wait(ctx); err != nil {
		return staking.BlobState{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.blobs[id], c.fails
}

// Handled waits until a follower has handled everything before a cursor.
func (c *Chain) Handled(ctx context.Context, cursor staking.Cursor) error {
	for {
		c.mu.Lock()
		handled, changed := c.handled, c.changed
		c.mu.Unlock()
		if handled >= cursor {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}
