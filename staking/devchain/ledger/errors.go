package ledger

import (
	"errors"
	"fmt"

	"github.com/floe-network/floe/staking/devchain/ledger/store"
)

// Errors that callers ask for. Transactions that are refused are *transaction.Refusal, which wraps transaction.ErrRefused;
// what the store says is wrong with the directory is among the errors of package store.
var (
	// ErrNotFound says that there is no such thing.
	ErrNotFound = errors.New("not found")
	// ErrPruned says that there was, or may have been, such a thing, and it is not kept any more.
	ErrPruned = errors.New("not kept any more")
	// ErrBusy says that too many transactions wait. Trying again later helps.
	ErrBusy = errors.New("too many transactions wait")
	// ErrClosed says that the ledger was closed.
	ErrClosed = store.ErrClosed
	// ErrGenesis says that a directory has the chain of another genesis.
	ErrGenesis = errors.New("the directory has another chain")
	// ErrClock says that the clock was to go back, or further than it can.
	ErrClock = errors.New("the clock of the chain cannot be set so")
)

// missing says that a number in a sequence is not there.
func missing(what string, n uint64) error {
	return fmt.Errorf("%w: %s %d is missing", store.ErrCorrupt, what, n)
}
