package ptb

import (
	"fmt"

	"github.com/floe-network/floe/staking/sui/bcs"
)

var errSystem = fmt.Errorf("%w: a transaction of a kind that only the chain itself makes", bcs.ErrUnsupported)

// TransactionKind is what a transaction does. All but Programmable are made by the chain itself.
type TransactionKind struct {
	Programmable             *Program
	ChangeEpoch              *ChangeEpoch
	Genesis                  *Genesis
	ConsensusCommitPrologue  *ConsensusCommitPrologue
	AuthenticatorStateUpdate *bcs.Unsupported
	EndOfEpoch               *[]EndOfEpochKind
	RandomnessStateUpdate    *RandomnessStateUpdate
	PrologueV2               *PrologueV2
	PrologueV3               *PrologueV3
	PrologueV4               *PrologueV4
	ProgrammableSystem       *Program
}

// IsBcsEnum marks an enum.
func (TransactionKind) IsBcsEnum() {}

// ChangeEpoch begins an epoch. Amounts are in MIST and of the epoch that ends.
type ChangeEpoch struct {
	Epoch                   uint64 // that begins
	ProtocolVersion         uint64
	StorageCharge           uint64
	ComputationCharge       uint64
	StorageRebate           uint64
	NonRefundableStorageFee uint64
	StartTimestamp          uint64 // milliseconds since 1970
	SystemPackages          []SystemPackage
}

// SystemPackage is a package of the framework that comes with an epoch.
type SystemPackage struct {
	Version      uint64
	Modules      [][]byte
	Dependencies []Address
}

// EndOfEpochKind is a step of the end of an epoch.
type EndOfEpochKind struct {
	ChangeEpoch                   *ChangeEpoch
	AuthenticatorStateCreate      *bcs.Unsupported
	AuthenticatorStateExpire      *AuthenticatorStateExpire
	RandomnessStateCreate         *bcs.Unsupported
	DenyListStateCreate           *bcs.Unsupported
	BridgeStateCreate             *bcs.Unsupported
	BridgeCommitteeInit           *bcs.Unsupported
	StoreExecutionObservations    *bcs.Unsupported
	AccumulatorRootCreate         *bcs.Unsupported
	CoinRegistryCreate            *bcs.Unsupported
	DisplayRegistryCreate         *bcs.Unsupported
	AddressAliasStateCreate       *bcs.Unsupported
	WriteAccumulatorStorageCharge *bcs.Unsupported
	ForwardingRegistryCreate      *bcs.Unsupported
}

// IsBcsEnum marks an enum.
func (EndOfEpochKind) IsBcsEnum() {}

// AuthenticatorStateExpire removes keys of identity providers that are older than an epoch.
type AuthenticatorStateExpire struct {
	MinEpoch       uint64
	InitialVersion uint64 // at which the object that has them was shared
}

// ConsensusCommitPrologue sets the clock before the transactions of a commit.
type ConsensusCommitPrologue struct {
	Epoch, Round uint64
	Timestamp    uint64 // milliseconds since 1970
}

// PrologueV2 is ConsensusCommitPrologueV2.
type PrologueV2 struct {
	Epoch, Round uint64
	Timestamp    uint64 // milliseconds since 1970
	Commit       Digest
}

// PrologueV3 is ConsensusCommitPrologueV3.
type PrologueV3 struct {
	Epoch, Round uint64
	SubDAGIndex  *uint64 `bcs:"optional"`
	Timestamp    uint64  // milliseconds since 1970
	Commit       Digest
	Assignments  VersionAssignments
}

// PrologueV4 is ConsensusCommitPrologueV4.
type PrologueV4 struct {
	Epoch, Round    uint64
	SubDAGIndex     *uint64 `bcs:"optional"`
	Timestamp       uint64  // milliseconds since 1970
	Commit          Digest
	Assignments     VersionAssignments
	AdditionalState Digest
}

// VersionAssignments are the versions that consensus gave to the shared objects of transactions that it cancelled.
type VersionAssignments struct {
	Cancelled   *[]CancelledTransaction
	CancelledV2 *[]CancelledTransactionV2
}

// IsBcsEnum marks an enum.
func (VersionAssignments) IsBcsEnum() {}

// NoAssignments makes the VersionAssignments of a commit without cancelled transactions.
func NoAssignments() VersionAssignments {
	return VersionAssignments{CancelledV2: &[]CancelledTransactionV2{}}
}

// CancelledTransaction has the versions of the objects of a transaction.
type CancelledTransaction struct {
	Transaction Digest
	Versions    []AssignedVersion
}

// AssignedVersion is a version of an object.
type AssignedVersion struct {
	Object  Address
	Version uint64
}

// CancelledTransactionV2 has the versions of the objects of a transaction.
type CancelledTransactionV2 struct {
	Transaction Digest
	Versions    []AssignedVersionV2
}

// AssignedVersionV2 is a version of an object that is in the care of consensus since a version.
type AssignedVersionV2 struct {
	Object  Address
	Start   uint64
	Version uint64
}

// RandomnessStateUpdate gives the chain the random bytes of a round.
type RandomnessStateUpdate struct {
	Epoch, Round   uint64
	Bytes          []byte
	InitialVersion uint64 // at which the object of randomness was shared
}

// Genesis has the objects that are there before any transaction.
type Genesis struct {
	Objects []GenesisObject
}

// GenesisObject is an object of a genesis.
type GenesisObject struct {
	Raw *RawObject
}

// IsBcsEnum marks an enum.
func (GenesisObject) IsBcsEnum() {}

// RawObject is the data of an object and who owns it.
type RawObject struct {
	Data  ObjectData
	Owner Owner
}

// ObjectData is a Move value or a package.
type ObjectData struct {
	Move    *MoveObject
	Package *MovePackage
}

// IsBcsEnum marks an enum.
func (ObjectData) IsBcsEnum() {}

// MoveObject is a Move value that is an object.
type MoveObject struct {
	Type           ObjectType
	PublicTransfer bool // the type has the ability store
	Version        uint64
	Contents       []byte // BCS, the id first
}

// ObjectType is the type of an object, with short forms for coins.
type ObjectType struct {
	Other     *StructTag
	GasCoin   *struct{}
	StakedSui *struct{}
	Coin      *TypeTag
}

// IsBcsEnum marks an enum.
func (ObjectType) IsBcsEnum() {}

// Owner says who owns an object.
type Owner struct {
	Address   *Address
	Object    *Address // the parent of a dynamic field
	Shared    *uint64  // the version at which it was shared
	Immutable *struct{}
	Consensus *ConsensusOwner
}

// IsBcsEnum marks an enum.
func (Owner) IsBcsEnum() {}

// ConsensusOwner is an address whose object is sequenced by consensus since a version.
type ConsensusOwner struct {
	StartVersion uint64
	Owner        Address
}

// MovePackage is a package as an object. Modules and Linkage are in ascending order of the BCS of what they begin with,
// where shorter names come first.
type MovePackage struct {
	ID      Address
	Version uint64
	Modules []NamedModule
	Origins []TypeOrigin
	Linkage []Link
}

// NamedModule is a module in the binary format.
type NamedModule struct {
	Name string
	Code []byte
}

// TypeOrigin is the package that first had a datatype.
type TypeOrigin struct {
	Module, Datatype string
	Package          Address
}

// Link is the version of a dependency that a package uses.
type Link struct {
	Original Address
	Package  Address
	Version  uint64
}
