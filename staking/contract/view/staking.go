package view

import (
	"fmt"

	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// staking adds a call that looks at Staking.
func staking(d *contract.Deployment, b *ptb.Builder, function string, args ...ptb.Argument) ptb.Argument {
	return d.Floe(b, "staking", function, append([]ptb.Argument{d.Objects.Staking.Read(b)}, args...)...)
}

// SystemID is the System of the network that Staking belongs to.
func SystemID(d *contract.Deployment, b *ptb.Builder) View[ptb.Address] {
	return Of[ptb.Address]("staking::system_id", staking(d, b, "system_id"))
}

// StakingEpoch is the present epoch as Staking has it, which is that of the System.
func StakingEpoch(d *contract.Deployment, b *ptb.Builder) View[uint32] {
	return Of[uint32]("staking::epoch", staking(d, b, "epoch"))
}

// Span is scheduled times.
type Span struct {
	StartMS, EndMS uint64
}

// EpochSpan is the span of the present epoch; in epoch 0 both times are the start of the first.
func EpochSpan(d *contract.Deployment, b *ptb.Builder) View[Span] {
	return several[Span]("staking::epoch_span", 2, staking(d, b, "epoch_span"))
}

// Action is what a push does.
type Action uint8

// The actions.
const (
	Nothing Action = iota
	ExpireTransfers
	ForceChange
	SettleNodes
	FreezeStake
	SelectCommittee
	BeginEpoch
)

func (a Action) String() string {
	names := [...]string{"nothing", "let transfers expire", "force the change of epoch", "settle nodes", "freeze stake", "select the next committee", "begin the next epoch"}
	if int(a) < len(names) {
		return names[a]
	}
	return fmt.Sprintf("action %d", uint8(a))
}

// Due is what a push does next, and from when on.
type Due struct {
	Action Action
	AtMS   uint64
}

// NextAction is what a push does next.
func NextAction(d *contract.Deployment, b *ptb.Builder) View[Due] {
	return several[Due]("staking::next_action", 2, staking(d, b, "next_action"))
}

// Timing is the course of an epoch.
func Timing(d *contract.Deployment, b *ptb.Builder) View[object.Timing] {
	return Of[object.Timing]("staking::timing", staking(d, b, "timing"))
}

// Economics has the rates and numbers of nodes that never change.
func Economics(d *contract.Deployment, b *ptb.Builder) View[object.Economics] {
	return Of[object.Economics]("staking::economics", staking(d, b, "economics"))
}

// Penalties are those of the present epoch.
func Penalties(d *contract.Deployment, b *ptb.Builder) View[object.Penalties] {
	return Of[object.Penalties]("staking::penalties", staking(d, b, "penalties"))
}

// ShardSize is how many encoded bytes a shard has room for.
func ShardSize(d *contract.Deployment, b *ptb.Builder) View[uint64] {
	return Of[uint64]("staking::shard_size", staking(d, b, "shard_size"))
}

// Roster is the present committee with stake and shards.
func Roster(d *contract.Deployment, b *ptb.Builder) View[object.Roster] {
	return Of[object.Roster]("staking::roster", staking(d, b, "roster"))
}

// RosterOf is the committee of an epoch: the one before, the present one and, once it is selected, the next; nil for others.
func RosterOf(d *contract.Deployment, b *ptb.Builder, epoch uint32) View[*object.Roster] {
	return optional[object.Roster]("staking::roster_of", staking(d, b, "roster_of", b.Pure(epoch)))
}

// ShardsOf are the shards of a node, ascending.
func ShardsOf(d *contract.Deployment, b *ptb.Builder, node ptb.Address) View[[]uint16] {
	return Of[[]uint16]("staking::shards_of", staking(d, b, "shards_of", b.Pure(node)))
}

// Transfers are the handing over of shards, and the state of all shards.
func Transfers(d *contract.Deployment, b *ptb.Builder) View[object.Transfers] {
	return Of[object.Transfers]("staking::transfers", staking(d, b, "transfers"))
}

// Challenge is the challenge of the present epoch.
func Challenge(d *contract.Deployment, b *ptb.Builder) View[object.Challenge] {
	return Of[object.Challenge]("staking::challenge", staking(d, b, "challenge"))
}

// Governance has the proposals of the present epoch.
func Governance(d *contract.Deployment, b *ptb.Builder) View[object.Governance] {
	return Of[object.Governance]("staking::governance", staking(d, b, "governance"))
}

// NodeInfo is what a node says of itself.
func NodeInfo(d *contract.Deployment, b *ptb.Builder, node ptb.Address) View[object.NodeInfo] {
	return Of[object.NodeInfo]("staking::node_info", staking(d, b, "node_info", b.Pure(node)))
}

// Pool is a node's pool as it was last settled: settle it before, in the same program, for what it now is.
func Pool(d *contract.Deployment, b *ptb.Builder, node ptb.Address) View[object.Pool] {
	return Of[object.Pool]("staking::pool", staking(d, b, "pool", b.Pure(node)))
}

// Redeemable is what a StakedWal would be paid if it left, or redeems, now; the pool says how present that is.
func Redeemable(d *contract.Deployment, b *ptb.Builder, staked ptb.Argument) View[uint64] {
	return Of[uint64]("staking::redeemable", staking(d, b, "redeemable", staked))
}

// NextStake is the stake of a node that counts in the next epoch; zero when its pool is closed.
func NextStake(d *contract.Deployment, b *ptb.Builder, node ptb.Address) View[uint64] {
	return Of[uint64]("pool::next_stake", d.Floe(b, "pool", "next_stake", Pool(d, b, node).Call(), Economics(d, b).Call()))
}

// Closed says whether the pool of a node takes no stake and gets no shards.
func Closed(d *contract.Deployment, b *ptb.Builder, node ptb.Address) View[bool] {
	return Of[bool]("pool::is_closed", d.Floe(b, "pool", "is_closed", Pool(d, b, node).Call(), Economics(d, b).Call()))
}

// Claimable is what one node can collect of a claim on another.
func Claimable(d *contract.Deployment, b *ptb.Builder, debtor ptb.Address, claim uint64, payee ptb.Address) View[uint64] {
	return Of[uint64]("pool::claimable", d.Floe(b, "pool", "claimable", Pool(d, b, debtor).Call(), b.U64(claim), b.Pure(payee)))
}

// DefaultTiming is what the contracts suggest.
func DefaultTiming(d *contract.Deployment, b *ptb.Builder) View[object.Timing] {
	return Of[object.Timing]("params::default_timing", d.Floe(b, "params", "default_timing"))
}

// DefaultEconomics is what the contracts suggest.
func DefaultEconomics(d *contract.Deployment, b *ptb.Builder) View[object.Economics] {
	return Of[object.Economics]("params::default_economics", d.Floe(b, "params", "default_economics"))
}

// DefaultPenalties are what the contracts suggest.
func DefaultPenalties(d *contract.Deployment, b *ptb.Builder) View[object.Penalties] {
	return Of[object.Penalties]("params::default_penalties", d.Floe(b, "params", "default_penalties"))
}
