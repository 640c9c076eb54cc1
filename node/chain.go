package node

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
)

// Chain is what a node follows. It is safe for concurrent use.
type Chain interface {
	// Epochs returns the present committees, nil while they are unknown. It never blocks. Network and number of shards are the
	// same ever after. They are no older than the events that a handler was given.
	Epochs() *staking.Epochs
	// Follow gives batches to handle, in order, from a cursor on, until ctx ends or handle fails; it returns that error. While
	// the chain is heard a batch comes at least every half minute, if need be an empty one. A *staking.PrunedError says that
	// the history begins later.
	Follow(ctx context.Context, from staking.Cursor, handle func(context.Context, staking.Batch) error) error
	// Blob returns what the chain says about a blob at present, no older than the events that a handler was given before.
	Blob(ctx context.Context, id codec.BlobID) (staking.BlobState, error)
}

// view is how fresh the node's picture of the chain is.
type view struct {
	mu      sync.Mutex
	seen    time.Time // of the latest checkpoint, by the chain's clock; at first when the node was started
	problem string    // why the chain is not followed now
}

// heard notes a batch.
func (v *view) heard(at time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if at.After(v.seen) {
		v.seen = at
	}
	v.problem = ""
}

// failed notes why the chain is not followed.
func (v *view) failed(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.problem = err.Error()
}

// state returns how old the picture is, and why it grows older.
func (v *view) state() (lag time.Duration, problem string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return max(time.Since(v.seen), 0), v.problem
}

// certain says why the current epoch may not be the one of e any more, nil when it is. Before its scheduled end an epoch
// cannot be over; afterwards it goes on until somebody ends it, which a node that does not see the chain does not learn.
func (v *view) certain(e *staking.Epochs) error {
	lag, _ := v.state()
	if time.Now().Before(e.End) || lag < maxLag {
		return nil
	}
	return request.Errorf(request.WrongEpoch, "epoch %d was to end at %s, and the node has not seen the chain for %s",
		e.Current.Epoch(), e.End.UTC().Format(time.RFC3339), lag.Round(time.Second))
}

// errEnded is for a Chain that breaks its promise.
var errEnded = errors.New("the chain's events ended without a reason")

// epochs returns the function that tells a node of the committees.
func (c *Config) epochs() func() *staking.Epochs {
	if c.Chain != nil {
		return c.Chain.Epochs
	}
	return func() *staking.Epochs {
		com := c.Committee()
		if com == nil {
			return nil
		}
		return &staking.Epochs{Current: com}
	}
}
