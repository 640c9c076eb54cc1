package staking

import "github.com/floe-network/floe/codec"

// Registration is a blob object when it was registered: paid for, and not yet certified.
type Registration struct {
	Blob codec.BlobID
	// Size in bytes, before encoding.
	Size uint64
	// Kind has the object only of deletable blobs.
	Kind BlobKind
	// Object is the blob object, for both kinds.
	Object ObjectID
	// Epoch of the registration, and End: the first epoch for which nothing is paid.
	Epoch, End uint32
}

// BlobState is what the chain says about a blob id at one moment.
type BlobState struct {
	// Size in bytes, before encoding. Zero fields mean that the id was never certified.
	Size uint64
	// Index in the sequence of certified ids.
	Index uint64
	// Certified is the epoch since which the blob has been certified and stored without a gap.
	Certified uint32
	// End is the first epoch in which no certified object keeps the blob, 0 when none keeps it now.
	End uint32
	// Barred blobs are not to be stored or served by anybody, whatever was paid.
	Barred Bar
}

// Stored reports whether nodes must have the blob.
func (s BlobState) Stored() bool { return s.End != 0 && s.Barred == NotBarred }

// Bar says why a blob id is barred.
type Bar uint8

// The reasons.
const (
	NotBarred Bar = iota
	// Inconsistent: a validity quorum of shards saw a proof that the blob was encoded wrongly.
	Inconsistent
	// Denied: a validity quorum of shards has it on their deny lists.
	Denied
)

// String names the reason, for people.
func (b Bar) String() string {
	switch b {
	case Inconsistent:
		return "encoded inconsistently"
	case Denied:
		return "denied by the network"
	default:
		return "not barred"
	}
}
