package light

import (
	"fmt"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
)

// Phase is a step of an operation.
type Phase uint8

// The phases, in the order in which operations go through them: an upload that is paid for from PhaseEncode to PhaseCertify
// (one that is not, without those that are about money), a get from PhaseState on. An upload that has to try again goes back
// to PhaseContact.
const (
	PhaseEncode   Phase = iota // the source is hashed
	PhaseQuote                 // the account's objects and the prices are looked up
	PhaseRegister              // storage is bought and the blob registered
	PhaseContact               // members are connected, asked what they have and given the metadata
	PhaseStore                 // slivers are sent
	PhaseConfirm               // confirmations are collected
	PhaseCertify               // the certificate goes to the chain
	PhaseExtend                // an object gets more epochs
	PhaseState                 // the chain is asked about the blob
	PhaseMetadata              // the blob's metadata is fetched
	PhaseFetch                 // slivers are fetched and verified
	PhaseDecode                // the blob is decoded and checked
)

var phaseNames = [...]string{
	"encode", "quote", "register", "contact", "store", "confirm", "certify", "extend", "state", "metadata", "fetch", "decode",
}

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
	// Done and Total count what the phase is about: slivers when storing and fetching, shards of the members when contacting
	// and confirming. Total is 0 where it is not known, or where there are bytes only.
	Done  int64 `json:"done"`
	Total int64 `json:"total"`
	// Bytes of BytesTotal are behind us: of the source when encoding, of sliver bodies when storing and fetching. BytesTotal
	// is 0 in phases that move few bytes.
	Bytes      int64 `json:"bytes"`
	BytesTotal int64 `json:"bytes_total"`
	// Object is the blob object that the phase is about, and Frost what it costs (PhaseQuote, PhaseRegister and PhaseExtend) or
	// brings back (PhaseCertify), once that is known. A second event of the phase, with Done 1, says that it is done.
	Object staking.ObjectID `json:"object,omitzero"`
	Frost  uint64           `json:"frost,omitempty"`
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
