package event

import (
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// CommissionChanged: a node changed its commission, from the epoch after next.
type CommissionChanged struct {
	Epoch        uint32
	NodeID       ptb.Address
	CommissionBP uint64
}

// NodePaid: a node was paid its commission, or a claim on another.
type NodePaid struct {
	Epoch  uint32
	NodeID ptb.Address
	Amount uint64
	Debtor *ptb.Address `bcs:"optional"` // none for commission
}

// PenaltiesBurned: penalties were taken out of existence.
type PenaltiesBurned struct {
	Amount uint64
}

// NodeUpdated: a node registered, or changed what it says of itself.
type NodeUpdated struct {
	Epoch  uint32
	NodeID ptb.Address
	Info   object.NodeInfo
}

// PoolSettled: a pool was settled to an epoch.
type PoolSettled struct {
	NodeID ptb.Address
	Epoch  uint32
	Equity uint64
	Shares object.Uint128
	Debt   object.Uint128
}

// Staked: a stake was made.
type Staked struct {
	NodeID          ptb.Address
	StakeID         ptb.Address
	Amount          uint64
	ActivationEpoch uint32
	Own             bool
}

// StakeCancelled: a stake that never counted was taken back.
type StakeCancelled struct {
	NodeID  ptb.Address
	StakeID ptb.Address
	Amount  uint64
}

// LeaveRequested: a stake leaves at the start of an epoch.
type LeaveRequested struct {
	NodeID     ptb.Address
	StakeID    ptb.Address
	Amount     uint64
	LeaveEpoch uint32
}

// Redeemed: a stake that left was paid.
type Redeemed struct {
	NodeID    ptb.Address
	StakeID   ptb.Address
	Principal uint64
	Paid      uint64
	Due       uint64 // as a DueWal
}

// PenaltyCharged: the pool of a node owes Burn + Shared more, as part of a claim.
type PenaltyCharged struct {
	NodeID ptb.Address
	Claim  uint64
	Epoch  uint32
	Burn   uint64
	Shared uint64
}

// ClaimPaid: a node paid a part of a claim.
type ClaimPaid struct {
	NodeID ptb.Address // the debtor
	Claim  uint64
	Amount uint64
}

// ClaimWrittenOff: a part of a claim is lost, because floors keep it from being collected.
type ClaimWrittenOff struct {
	NodeID ptb.Address
	Claim  uint64
	Amount object.Uint128
}

// ClaimCollected: a beneficiary took its part of a claim.
type ClaimCollected struct {
	NodeID ptb.Address
	Claim  uint64
	Payee  ptb.Address
	Amount uint64
}
