package event

import (
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// EpochChangeStart: an epoch began.
type EpochChangeStart struct {
	Epoch uint32
}

// EpochChangeDone: members with a quorum of shards have all their shards, or the recovery deadline passed.
type EpochChangeDone struct {
	Epoch uint32
}

// EpochParametersSelected: the next committee is known.
type EpochParametersSelected struct {
	NextEpoch uint32
}

// ShardsReceived: shards are in the hands of their owner.
type ShardsReceived struct {
	Epoch  uint32
	Shards []uint16
}

// ShardRecoveryStart: shards are to be recovered.
type ShardRecoveryStart struct {
	Epoch  uint32
	Shards []uint16
}

// ContractUpgraded: package floe was upgraded.
type ContractUpgraded struct {
	Epoch     uint32
	PackageID ptb.Address
	Version   uint64
}

// ContractUpgradeProposed: a package has its first vote.
type ContractUpgradeProposed struct {
	Epoch         uint32
	PackageDigest []byte // 32 bytes
}

// ContractUpgradeQuorumReached: a quorum voted for a package.
type ContractUpgradeQuorumReached struct {
	Epoch         uint32
	PackageDigest []byte
}

// ProtocolVersionUpdated: a quorum set the protocol version from an epoch on.
type ProtocolVersionUpdated struct {
	Epoch           uint32
	StartEpoch      uint32
	ProtocolVersion uint64
}

// TransferAttested: a receiver has the shards of a record.
type TransferAttested struct {
	Epoch    uint32
	Sender   ptb.Address
	Receiver ptb.Address
	Shards   []uint16
}

// TransferFailed: a receiver says that it does not get the shards of a record.
type TransferFailed struct {
	Epoch    uint32
	Sender   ptb.Address
	Receiver ptb.Address
	Shards   []uint16
}

// EpochChangeForced: the recovery deadline passed before members with a quorum had all their shards.
type EpochChangeForced struct {
	Epoch uint32
	Ready uint16 // shards of the members that miss none
}

// StakeFrozen: the stake that the next committee is made of is known.
type StakeFrozen struct {
	NextEpoch  uint32
	Candidates uint64 // nodes in the active set
}

// ChallengeStarted: the epoch's challenge began.
type ChallengeStarted struct {
	Epoch uint32
	Seed  []byte
	Blobs uint64 // blob ids that were certified before
}

// AuditCertified: a quorum confirmed that a node passed its audit.
type AuditCertified struct {
	Epoch  uint32
	NodeID ptb.Address
}

// Reported: a member reported on the challenges.
type Reported struct {
	Epoch        uint32
	NodeID       ptb.Address
	ChallengedBy []byte // bitmaps over the committee, as all three
	Challenged   []byte
	Passed       []byte
}

// EpochClosed: an epoch is over, with what it brought its members.
type EpochClosed struct {
	Epoch uint32
	Pot   uint64 // FROST to distribute
	Used  uint64 // encoded bytes reserved in the epoch
	Lines []object.Line
}

// PenaltiesProposed: a member wants other penalties.
type PenaltiesProposed struct {
	Epoch     uint32
	NodeID    ptb.Address
	Proposal  uint64
	Penalties object.Penalties
}

// PenaltiesVoted: a member voted for a proposal, or for none.
type PenaltiesVoted struct {
	Epoch    uint32
	NodeID   ptb.Address
	Proposal *uint64 `bcs:"optional"` // none for what is
	Stake    uint64
}

// PenaltiesAdopted: the next epoch has other penalties.
type PenaltiesAdopted struct {
	NextEpoch uint32
	Penalties object.Penalties
}

// PauseVoted: a member voted on the pause.
type PauseVoted struct {
	Epoch  uint32
	NodeID ptb.Address
	Paused bool
}

// EmergencyUpgradeCapBurned: nobody can upgrade without votes any more.
type EmergencyUpgradeCapBurned struct {
	Manager ptb.Address
}

// NetworkStarted: a network exists.
type NetworkStarted struct {
	System       ptb.Address
	Ledger       ptb.Address
	Staking      ptb.Address
	NShards      uint16
	FirstStartMS uint64
}
