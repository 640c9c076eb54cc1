package contract

import (
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Stake stakes a coin with a node. It gives a StakedWal.
func (d *Deployment) Stake(b *ptb.Builder, principal ptb.Argument, node ptb.Address) ptb.Argument {
	return d.Floe(b, "staking", "stake", d.Objects.Staking.Write(b), principal, b.Pure(node), d.Objects.Clock.Read(b))
}

// StakeOwn stakes a coin as own capital of a node. It gives a StakedWal.
func (d *Deployment) StakeOwn(b *ptb.Builder, nodeCap, principal ptb.Argument) ptb.Argument {
	return d.Floe(b, "staking", "stake_own", d.Objects.Staking.Write(b), nodeCap, principal, d.Objects.Clock.Read(b))
}

// Unstake asks that a StakedWal leave.
func (d *Deployment) Unstake(b *ptb.Builder, staked ptb.Argument) {
	d.Floe(b, "staking", "unstake", d.Objects.Staking.Write(b), staked, d.Objects.Clock.Read(b))
}

// CancelStake takes back a StakedWal that never counted. It gives a coin.
func (d *Deployment) CancelStake(b *ptb.Builder, staked ptb.Argument) ptb.Argument {
	return d.Floe(b, "staking", "cancel_stake", d.Objects.Staking.Write(b), staked, d.Objects.Clock.Read(b))
}

// Redeem pays a StakedWal that has left. It gives a coin; gains for which the pool has no cash go to the sender as a DueWal.
func (d *Deployment) Redeem(b *ptb.Builder, staked ptb.Argument) ptb.Argument {
	return d.Floe(b, "staking", "redeem", d.Objects.Staking.Write(b), staked)
}

// SplitStake takes part of the principal of a StakedWal out of it; both keep 1 WAL at least. It gives a StakedWal.
func (d *Deployment) SplitStake(b *ptb.Builder, staked ptb.Argument, amount uint64) ptb.Argument {
	return d.Floe(b, "staked_wal", "split", staked, b.U64(amount))
}

// JoinStake adds a StakedWal that agrees in all but the principal.
func (d *Deployment) JoinStake(b *ptb.Builder, staked, other ptb.Argument) {
	d.Floe(b, "staked_wal", "join", staked, other)
}

// CollectDue pays what there is on a DueWal. It gives a coin.
func (d *Deployment) CollectDue(b *ptb.Builder, due ptb.Argument) ptb.Argument {
	return d.Floe(b, "staking", "collect_due", d.Objects.Staking.Write(b), due)
}

// DestroyDue removes a DueWal that is paid.
func (d *Deployment) DestroyDue(b *ptb.Builder, due ptb.Argument) {
	d.Floe(b, "due_wal", "destroy_paid", due)
}

// PayDebt pays debts of a node's pool; what is not needed stays in the coin.
func (d *Deployment) PayDebt(b *ptb.Builder, node ptb.Address, payment ptb.Argument) {
	d.Floe(b, "staking", "pay_debt", d.Objects.Staking.Write(b), b.Pure(node), payment)
}

// CollectClaim pays what one node has coming of a claim on another to its payout address.
func (d *Deployment) CollectClaim(b *ptb.Builder, debtor ptb.Address, claim uint64, payee ptb.Address) {
	d.Floe(b, "staking", "collect_claim", d.Objects.Staking.Write(b), b.Pure(debtor), b.U64(claim), b.Pure(payee))
}

// CollectCommission pays a node's commission to its payout address.
func (d *Deployment) CollectCommission(b *ptb.Builder, node ptb.Address) {
	d.Floe(b, "staking", "collect_commission", d.Objects.Staking.Write(b), b.Pure(node))
}

// Settle brings a node's pool to the present epoch, and offers it to the active set.
func (d *Deployment) Settle(b *ptb.Builder, node ptb.Address) {
	d.Floe(b, "staking", "settle", d.Objects.Staking.Write(b), b.Pure(node))
}

// BurnPenalties takes the penalties that were paid out of existence.
func (d *Deployment) BurnPenalties(b *ptb.Builder) {
	d.Floe(b, "staking", "burn", d.Objects.Staking.Write(b), d.Objects.Treasury.Write(b))
}

// Push does the next thing that is due in the course of the epoch. It gives how much of it, a u64.
func (d *Deployment) Push(b *ptb.Builder) ptb.Argument {
	return d.Floe(b, "staking", "push", d.Objects.Staking.Write(b), d.Objects.System.Write(b), d.Objects.Clock.Read(b))
}

// StartChallenge begins the epoch's challenge. It must be the last command but for transfers: Sui lets none but those follow
// a call that takes randomness.
func (d *Deployment) StartChallenge(b *ptb.Builder) {
	d.Floe(b, "staking", "start_challenge", d.Objects.Staking.Write(b), d.Objects.Ledger.Read(b), d.Objects.Random.Read(b), d.Objects.Clock.Read(b))
}

// SubmitAuditCertificate brings a quorum's certificate that a node passed its audit.
func (d *Deployment) SubmitAuditCertificate(b *ptb.Builder, node ptb.Address, c Certificate) {
	args := append([]ptb.Argument{d.Objects.Staking.Write(b), d.Objects.System.Read(b), b.Pure(node)}, c.arguments(b)...)
	d.Floe(b, "staking", "submit_audit_certificate", append(args, d.Objects.Clock.Read(b))...)
}
