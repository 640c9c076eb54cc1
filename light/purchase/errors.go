package purchase

import (
	"errors"
	"fmt"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light"
	"github.com/floe-network/floe/staking"
)

var (
	// ErrShort: the account owns the blob for fewer epochs than asked. Every such error is a *ShortError.
	ErrShort = errors.New("stored for fewer epochs")
	// ErrOver: the epochs that were paid for ended while the blob was on its way. What was paid is lost.
	ErrOver = errors.New("its epochs ended before the blob was certified")
)

// ShortError says what the account owns already. Nothing was bought.
type ShortError struct {
	Blob codec.BlobID
	// Holding is the object that comes nearest.
	Holding staking.Holding
	// Epoch is the current one, Want the end epoch that was asked for.
	Epoch uint32
	Want  uint64
}

// Error implements error.
func (e *ShortError) Error() string {
	h := &e.Holding
	state := fmt.Sprintf("is certified as object %s", h.Object)
	if h.Certified == 0 {
		state = fmt.Sprintf("was registered in epoch %d as object %s, which is not certified", h.Epoch, h.Object)
		if !h.Refundable(e.Epoch) {
			state += " and has no refund to expect any more"
		}
	}
	return fmt.Sprintf("%s than asked: blob %s %s and ends at epoch %d, not %d. "+
		"Extend it, ask for at most %d epochs, or have another object stored and pay for all of it", ErrShort, e.Blob, state, h.End, e.Want, h.End-e.Epoch)
}

// Is makes errors.Is(err, ErrShort) true.
func (e *ShortError) Is(target error) bool { return target == ErrShort }

// IncompleteError ends a put that the account has an object for. Running it again goes on from there, unless it is ErrOver.
type IncompleteError struct {
	// Phase that failed, light.PhaseContact for all of the upload.
	Phase light.Phase
	// Done has what was done and paid until then.
	Done *Result
	Err  error
}

// Error implements error.
func (e *IncompleteError) Error() string {
	if errors.Is(e.Err, ErrOver) {
		return fmt.Sprintf("%s: object %s was paid until epoch %d. Put it again, for more epochs", e.Err, e.Done.Object, e.Done.End)
	}
	state := "registered and paid"
	if e.Done.Certified != 0 {
		state = "certified"
	}
	return fmt.Sprintf("%s. The blob is %s until epoch %d, as object %s: put it again to go on from there, nothing is paid twice",
		e.Err, state, e.Done.End, e.Done.Object)
}

// Unwrap returns what went wrong.
func (e *IncompleteError) Unwrap() error { return e.Err }
