package event

import (
	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// BlobRegistered: a blob was registered.
type BlobRegistered struct {
	Epoch        uint32
	BlobID       codec.BlobID
	Size         uint64 // before encoding
	EncodingType uint8
	EndEpoch     uint32 // the first in which it is not stored any more
	Deletable    bool
	ObjectID     ptb.Address
}

// BlobCertified: a blob was certified, or extended.
type BlobCertified struct {
	Epoch       uint32
	BlobID      codec.BlobID
	EndEpoch    uint32
	Deletable   bool
	ObjectID    ptb.Address
	IsExtension bool // it was certified before
}

// BlobDeleted: a blob was deleted before its end.
type BlobDeleted struct {
	Epoch        uint32
	BlobID       codec.BlobID
	EndEpoch     uint32
	ObjectID     ptb.Address
	WasCertified bool
}

// InvalidBlobID: nodes found the encoding of a blob inconsistent: its id is barred.
type InvalidBlobID struct {
	Epoch  uint32
	BlobID codec.BlobID
}

// RegisterDenyListUpdate: a node replaced its deny list.
type RegisterDenyListUpdate struct {
	Epoch          uint32
	Root           codec.Digest
	SequenceNumber uint64 // from 1
	NodeID         ptb.Address
}

// DenyListUpdate: a quorum has seen the deny list of a node.
type DenyListUpdate struct {
	Epoch          uint32
	Root           codec.Digest
	SequenceNumber uint64
	NodeID         ptb.Address
}

// DenyListBlobDeleted: a blob is denied for all: its id is barred.
type DenyListBlobDeleted struct {
	Epoch  uint32
	BlobID codec.BlobID
}

// PricesUpdated: an epoch has these prices.
type PricesUpdated struct {
	Epoch        uint32
	StoragePrice uint64 // FROST for a MiB of encoded data and epoch
	WritePrice   uint64 // FROST for a MiB of encoded data
}

// StorageReserved: storage was bought.
type StorageReserved struct {
	Epoch     uint32
	StorageID ptb.Address
	EndEpoch  uint32
	Size      uint64 // encoded
}

// PauseSet: a quorum paused reserving and registering, or ended the pause.
type PauseSet struct {
	Epoch  uint32
	Paused bool
}

// BlobSequenced: a blob id has an index in the sequence of certified ids.
type BlobSequenced struct {
	Epoch  uint32
	Index  uint64
	BlobID codec.BlobID
	Size   uint64 // before encoding
}

// DepositSettled: the deposit of a blob was divided.
type DepositSettled struct {
	Epoch    uint32
	ObjectID ptb.Address
	Refunded uint64
	Burned   uint64 // to be burned
}

// DepositsBurned: deposits were taken out of existence.
type DepositsBurned struct {
	Amount uint64
}

// BlobBurned: a blob object was given up; the blob stays stored.
type BlobBurned struct {
	ObjectID ptb.Address
	BlobID   codec.BlobID
}

// BlobShared: a blob was shared.
type BlobShared struct {
	SharedBlobID ptb.Address
	ObjectID     ptb.Address
	BlobID       codec.BlobID
}

// BlobFunded: a shared blob has more funds.
type BlobFunded struct {
	SharedBlobID ptb.Address
	Amount       uint64
}
