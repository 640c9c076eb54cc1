package staking

import (
	"errors"
	"time"
)

// ErrNothingDue: no step of the epoch is due, or somebody else did it.
var ErrNothingDue = errors.New("no step of the epoch is due")

// Epochs is what the chain says about committees at one moment. It is not changed after it was made.
type Epochs struct {
	// Current takes writes from the moment its epoch began.
	Current *Committee
	// Previous is the committee before, nil in the first epoch of a network.
	Previous *Committee
	// Next is nil until it is selected.
	Next *Committee
	// Changing says that members with a quorum of shards have not yet said that they have all their shards.
	Changing bool
	// Start and End of the current epoch as scheduled. It ends when somebody pushes the chain after End.
	Start, End time.Time
}

// Readers returns the committee that serves a blob which has been certified since an epoch: while shards move, the blobs of
// before are with the committee of before (whitepaper 4.5). It is nil for an epoch that has not begun.
func (e *Epochs) Readers(certified uint32) *Committee {
	switch current := e.Current.Epoch(); {
	case certified > current:
		return nil
	case certified < current && e.Changing && e.Previous != nil:
		return e.Previous
	default:
		return e.Current
	}
}

// Of returns the committee of an epoch, nil when it is not one of the three that are known.
func (e *Epochs) Of(epoch uint32) *Committee {
	for _, c := range [...]*Committee{e.Current, e.Previous, e.Next} {
		if c != nil && c.Epoch() == epoch {
			return c
		}
	}
	return nil
}
