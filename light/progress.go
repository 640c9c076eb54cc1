package light

import (
	"fmt"

	"github.com/floe-network/floe/codec"
)

// Phase is a step of an operation.
type Phase uint8

// The phases, in the order in which a put (the first four) and a get (the last three) go through them. A put that has to
// try again goes back to PhaseContact.
const (
	PhaseEncode   Phase = iota // the source is hashed
	PhaseContact               // members are connected, asked what they have and given the metadata
	PhaseStore                 // slivers are sent
	PhaseConfirm               // confirmations are collected
	PhaseMetadata              // the blob's metadata is fetched
	PhaseFetch                 // slivers are fetched and verified
	PhaseDecode                // the blob is decoded and checked
)

var phaseNames = [...]string{"encode", "contact", "store", "confirm", "metadata", "fetch", "decode"}

// String returns the phase's name in lower case.
func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return fmt.Sprintf("phase(%d)", uint8(p))
}

// MarshalText implements encoding.TextMarshaler.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Event tells how far an operation is. Counters are cumulative within a phase, so that a lost event loses nothing.
type Event struct {
	Phase Phase `json:"phase"`
	// Blob is zero until the id is known.
	Blob codec.BlobID `json:"blob"`
	// Done and Total count what the phase is about: slivers when storing and fetching, members when contacting, shards when
	// confirming, bytes of the source when encoding. Total is 0 where it is not known.
	Done  int64 `json:"done"`
	Total int64 `json:"total"`
	// Bytes is how many bytes of bodies the phase has moved.
	Bytes int64 `json:"bytes"`
	// Member is set in an event about one member: it is done with the operation, or was given up.
	Member *MemberReport `json:"member,omitempty"`
}

// events is where an operation's events go. A full or nil channel loses them; the work never waits.
type events chan<- Event

func (e events) send(ev Event) {
	select {
	case e <- ev:
	default:
	}
}
