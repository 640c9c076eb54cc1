package codec

import "errors"

// Every error of this package wraps one of these, or what a context, a source, an output or a callback returned.
var (
	// ErrInvalid: bytes, text or arguments that are malformed or out of range.
	ErrInvalid = errors.New("invalid")
	// ErrTooLarge: a blob over the limit for the number of shards.
	ErrTooLarge = errors.New("blob too large")
	// ErrVerify: well-formed data that does not match its commitment. Whoever sent it made it up or damaged it.
	ErrVerify = errors.New("does not match its commitment")
	// ErrNotEnough: too few slivers or symbols to decode.
	ErrNotEnough = errors.New("not enough to decode")
	// ErrInconsistent: every part matches the metadata, but together they are not an encoding of one blob. The writer did it,
	// not the node that served it.
	ErrInconsistent = errors.New("inconsistent blob")
	// ErrSourceChanged: the source of an encoding gave different bytes in a later pass.
	ErrSourceChanged = errors.New("source changed while it was encoded")
)
