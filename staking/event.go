package staking

import (
	"errors"
	"fmt"
	"time"

	"github.com/floe-network/floe/codec"
)

// ErrPruned: the chain has given up the history that a cursor points to. Errors that are it may be a *PrunedError.
var ErrPruned = errors.New("the chain no longer has this part of its history")

// Cursor is a place in the chain's history: the number of the next checkpoint to look at. The zero Cursor is the beginning.
type Cursor uint64

// PrunedError says where the history begins that is left.
type PrunedError struct {
	// From was asked for; First is the oldest that can be had.
	From, First Cursor
}

// Error implements error.
func (e *PrunedError) Error() string {
	return fmt.Sprintf("%v: it begins at %d, %d was asked for", ErrPruned, e.First, e.From)
}

// Unwrap returns ErrPruned.
func (e *PrunedError) Unwrap() error { return ErrPruned }

// Batch has the events of some checkpoints in order. Batches follow each other without gaps.
type Batch struct {
	// Next is the cursor behind the batch.
	Next Cursor
	// Time of the last of the checkpoints, by the chain's clock.
	Time time.Time
	// Events may be none: then the batch says how far the chain is.
	Events []Event
}

// Event is something that the chain told about blobs or epochs. Whoever follows events may see one more than once, and must
// come to the same.
type Event interface{ event() }

// BlobRegistered: somebody paid for storage, the deposit and the write.
type BlobRegistered struct{ Registration }

// BlobCertified: the chain has seen a quorum's certificate, or a certified blob was extended.
type BlobCertified struct {
	Epoch    uint32
	Blob     codec.BlobID
	Kind     BlobKind
	Object   ObjectID
	End      uint32
	Extended bool
}

// BlobDeleted: the owner of a deletable object gave it up before its end.
type BlobDeleted struct {
	Epoch     uint32
	Blob      codec.BlobID
	Object    ObjectID
	End       uint32
	Certified bool // it was
}

// BlobBarred: an id is barred for all.
type BlobBarred struct {
	Epoch uint32
	Blob  codec.BlobID
	Why   Bar
}

// EpochStarted: another committee takes writes.
type EpochStarted struct{ Epoch uint32 }

// EpochReady: members with a quorum of shards have their shards, or the time for that is over.
type EpochReady struct{ Epoch uint32 }

func (BlobRegistered) event() {}
func (BlobCertified) event()  {}
func (BlobDeleted) event()    {}
func (BlobBarred) event()     {}
func (EpochStarted) event()   {}
func (EpochReady) event()     {}
