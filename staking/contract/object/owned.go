package object

import (
	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Storage is a reservation of encoded bytes.
type Storage struct {
	ID          ptb.Address
	StartEpoch  uint32
	EndEpoch    uint32 // the first in which nothing is stored any more
	StorageSize uint64
}

// Blob is a registered blob.
type Blob struct {
	ID              ptb.Address
	RegisteredEpoch uint32
	BlobID          codec.BlobID
	Size            uint64 // before encoding
	EncodingType    uint8
	CertifiedEpoch  *uint32 `bcs:"optional"`
	Storage         Storage
	Deletable       bool
}

// Attribute is a name and a value that a Blob's owner gave it.
type Attribute struct {
	Key, Value string
}

// Attributes is the dynamic field of a Blob that has its attributes.
type Attributes = Field[[]byte, []Attribute]

// AttributesName is the name of the dynamic field of a Blob that has its attributes, a vector of bytes.
const AttributesName = "metadata"

// SharedBlob is a blob that nobody owns, with funds to extend it.
type SharedBlob struct {
	ID    ptb.Address
	Blob  Blob
	Funds uint64
}

// StakedWal is a stake in the hands of its owner.
type StakedWal struct {
	ID              ptb.Address
	NodeID          ptb.Address
	Principal       uint64
	ActivationEpoch uint32  // the first in which it counts
	LeaveEpoch      *uint32 `bcs:"optional"` // at whose start it leaves, once asked
	Own             bool    // the node's own capital
}

// DueWal is what a pool still has to pay to somebody who left it.
type DueWal struct {
	ID     ptb.Address
	NodeID ptb.Address
	Amount uint64
}

// NodeCap is the right to act for a node.
type NodeCap struct {
	ID     ptb.Address
	NodeID ptb.Address
}

// GenesisCap is the right to start the network.
type GenesisCap struct {
	ID ptb.Address
}

// EmergencyUpgradeCap is the right to upgrade without votes.
type EmergencyUpgradeCap struct {
	ID      ptb.Address
	Manager ptb.Address
}

// LightNodesCap is the right to make the one LightNodes of a network.
type LightNodesCap struct {
	ID ptb.Address
}

// UpgradeCap is the framework's right to upgrade a package.
type UpgradeCap struct {
	ID      ptb.Address
	Package ptb.Address
	Version uint64
	Policy  uint8
}

// Coin is a coin of the framework. Its unit is the currency's smallest: FROST of WAL, MIST of SUI.
type Coin struct {
	ID      ptb.Address
	Balance uint64
}

// CoinType spells the type of the coins of a currency.
func CoinType(currency ptb.TypeTag) ptb.TypeTag { return ptb.FrameworkTag("coin", "Coin", currency) }
