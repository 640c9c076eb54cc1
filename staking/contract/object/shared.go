package object

import (
	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// System is the root of what is stored and paid. Its state is a dynamic field named by the version.
type System struct {
	ID      ptb.Address
	Version uint64
}

// Ledger is the root of the sequence of blobs. Its state is a dynamic field named by the version.
type Ledger struct {
	ID      ptb.Address
	Version uint64
}

// Staking is the root of nodes, stake and epochs. Its state is a dynamic field named by the version.
type Staking struct {
	ID      ptb.Address
	Version uint64
	System  ptb.Address
}

// UpgradeManager holds the right to upgrade, and the votes on it.
type UpgradeManager struct {
	ID       ptb.Address
	Cap      UpgradeCap
	Upgrades Ballot
	Pauses   Ballot
}

// Ballot has the last vote of every member in an epoch.
type Ballot struct {
	Epoch   uint32
	Choices [][]byte // by member; empty before it votes
}

// LightNodes has the parameters of light nodes, and the table of them by peer key.
type LightNodes struct {
	ID             ptb.Address
	System         ptb.Address
	Bond           uint64
	BlamesPerEpoch uint64
	LeaveMS        uint64 // from leaving to the return of the bond
	Registrations  uint64
	Nodes          Table
}

// LightNode is an entry of the table of light nodes.
type LightNode struct {
	Payout ptb.Address
	Bond   uint64
	Nonce  uint64  // of its next call
	Epoch  uint32  // of its last blame
	Blames uint64  // in that epoch
	DueMS  *uint64 `bcs:"optional"` // when the bond can be returned, once it is leaving
}

// Bounty is money for symbols of a blob.
type Bounty struct {
	ID             ptb.Address
	BlobID         codec.BlobID
	Poster         ptb.Address
	ReceiptKey     []byte // ed25519
	Price          uint64 // of a symbol
	Deposit        uint64 // for a committed symbol
	DeadlineMS     uint64
	ClosedMS       *uint64 `bcs:"optional"`
	Funds          uint64
	Remaining      uint64 // symbols that can still be paid for
	Reserved       uint64 // different symbols that are committed to
	Deposits       uint64
	Wanted         Wanted
	Commitments    Table
	NextCommitment uint64
	Receipts       PayoutQueue
	List           PayoutQueue
}

// Wanted is what a Bounty asks for, with marks on the symbols: words of 64 bits for each row, then for each column.
type Wanted struct {
	N                      uint16
	Rows, Columns          []uint16
	Paid, Reserved, Queued [][]uint64
}

// PayoutQueue is the table of what is to be paid, by number, from First to before End.
type PayoutQueue struct {
	Payouts    Table
	First, End uint64
}

// Commitment is an entry of the table of a Bounty's commitments.
type Commitment struct {
	Depositor ptb.Address
	Symbols   []uint32
	Hashes    [][]byte // empty where the symbol was revealed
	Left      uint64
}
