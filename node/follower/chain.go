package follower

import (
	"context"

	"github.com/floe-network/floe/codec"
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
	// BlobState returns what the chain says about a blob at present, no older than the events that a handler was given before.
	BlobState(ctx context.Context, id codec.BlobID) (staking.BlobState, error)
}
