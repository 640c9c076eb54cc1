package event

import (
	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// BountyPosted: a bounty can be earned.
type BountyPosted struct {
	BountyID   ptb.Address
	BlobID     codec.BlobID
	Poster     ptb.Address
	Rows       []uint16
	Columns    []uint16
	Price      uint64
	MaxSymbols uint64
	ReceiptKey []byte
	DeadlineMS uint64
}

// BountyClosed: the dispute window of a bounty began.
type BountyClosed struct {
	BountyID ptb.Address
	RevealMS uint64 // commitments before, reveals from then on
	EndMS    uint64
}

// SymbolsCommitted: a helper committed to symbols.
type SymbolsCommitted struct {
	BountyID   ptb.Address
	Commitment uint64
	Symbols    []uint32
}

// SymbolRevealed: a symbol was revealed: the transaction's inputs have it.
type SymbolRevealed struct {
	BountyID ptb.Address
	Symbol   uint32
	Payout   ptb.Address
}

// SymbolsPaid: a helper was paid for so many symbols.
type SymbolsPaid struct {
	BountyID ptb.Address
	Payout   ptb.Address
	Symbols  uint64
	Amount   uint64 // FROST
}

// BountyFinished: a bounty is no more.
type BountyFinished struct {
	BountyID ptb.Address
	Refund   uint64 // to the poster
	Burned   uint64 // deposits of what was not revealed
}

// LightNodeRegistered: a light node registered.
type LightNodeRegistered struct {
	PeerKey []byte
	Payout  ptb.Address
	Bond    uint64
	Nonce   uint64 // of its first call
}

// LightNodePayoutSet: a light node is paid elsewhere.
type LightNodePayoutSet struct {
	PeerKey []byte
	Payout  ptb.Address
}

// LightNodeLeaving: a light node is leaving.
type LightNodeLeaving struct {
	PeerKey []byte
	DueMS   uint64 // when the bond can be returned
}

// LightNodeLeft: a light node got its bond back.
type LightNodeLeft struct {
	PeerKey []byte
	Payout  ptb.Address
	Bond    uint64
}

// StorageNodeBlamed: a light node says that a storage node did not give it a symbol.
type StorageNodeBlamed struct {
	Epoch   uint32
	PeerKey []byte
	NodeID  ptb.Address
	BlobID  codec.BlobID
	Row     uint16
	Column  uint16
}
