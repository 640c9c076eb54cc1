package contracttest_test

import (
	"testing"

	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/contracttest"
	"github.com/floe-network/floe/staking/contract/event"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// TestDues has a pool whose cash goes into its debts while those who leave have gained: they are owed.
func TestDues(t *testing.T) {
	config := contracttest.Config(shards)
	config.Prices.Storage = contracttest.Frost
	config.Penalties.RecoverySender = 1000 * contracttest.Frost
	n := contracttest.New(t, 4, config)
	d, node := n.Deployment, n.Nodes[0]
	// An epoch's space, sold out: 1,024 WAL a shard.
	sell := func() {
		n.Send(n.User, func(b *ptb.Builder) {
			coin := d.MintWAL(b, 10_240*contracttest.Frost)
			b.Transfer(n.User.Address(), d.ReserveSpace(b, shards<<30, 1, coin), coin)
		})
	}
	sell()
	late := contracttest.Made[object.StakedWal](n.Send(n.User, func(b *ptb.Builder) {
		b.Transfer(n.User.Address(), d.Stake(b, d.MintWAL(b, 4000*contracttest.Frost), node.ID))
	}))
	n.NextEpoch()
	rich := pool(n, node.ID)
	if rich.Cash < 1500*contracttest.Frost || rich.Equity() != 5000*contracttest.Frost+rich.Cash {
		t.Fatalf("cash %d, equity %d", rich.Cash, rich.Equity())
	}

	// It loses shards, which costs more than the cash it has, and the first staker leaves.
	n.AttestAll()
	lost := contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[[]uint16] { return view.ShardsOf(d, b, node.ID) })
	lost = lost[:rich.Cash/(1000*contracttest.Frost)+1]
	n.Send(node.Key, func(b *ptb.Builder) {
		d.RequestShardRecovery(b, n.Owned(b, node.Cap), lost)
		d.ShardsRecovered(b, n.Owned(b, node.Cap), lost)
	})
	n.Send(n.User, func(b *ptb.Builder) { d.Unstake(b, n.Owned(b, node.Stake)) })
	checkPool(t, n, node.ID, true)
	n.NextEpoch()
	n.AttestAll() // or the one who leaves could still have to pay for a transfer
	before := n.Balance(n.User.Address())
	result := n.Send(n.User, func(b *ptb.Builder) { b.Transfer(n.User.Address(), d.Redeem(b, n.Owned(b, node.Stake))) })
	redeemed := contracttest.Event[event.Redeemed](result)
	due := contracttest.Made[object.DueWal](result)
	if got := n.Balance(n.User.Address()) - before; got != redeemed.Paid || redeemed.Paid < 1000*contracttest.Frost || redeemed.Due == 0 {
		t.Errorf("%+v, %d were paid", redeemed, got)
	}
	if v := contracttest.Get[object.DueWal](n.Chain, due); v.Amount != redeemed.Due || v.NodeID != node.ID {
		t.Errorf("%+v", v)
	}
	collect := func(b *ptb.Builder) {
		paper := n.Owned(b, due)
		b.Transfer(n.User.Address(), d.CollectDue(b, paper))
		d.DestroyDue(b, paper)
	}
	n.Refused(n.User, "due_wal", "ENotPaid", collect)

	// The next reward pays it, before the debts.
	sell()
	n.NextEpoch()
	before = n.Balance(n.User.Address())
	n.Send(n.User, collect)
	if got := n.Balance(n.User.Address()) - before; got != redeemed.Due {
		t.Errorf("%d of %d were paid", got, redeemed.Due)
	}
	checkPool(t, n, node.ID, false)
	if s := contracttest.Get[object.StakedWal](n.Chain, late); s.Principal != 4000*contracttest.Frost {
		t.Errorf("%+v", s)
	}
}

// checkPool compares what Go computes of a pool with what the contracts do.
func checkPool(t *testing.T, n *contracttest.Network, node ptb.Address, owes bool) {
	t.Helper()
	ask := func(function string) uint64 {
		return contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[uint64] {
			d.Settle(b, node)
			return view.Of[uint64](function, d.Floe(b, "pool", function, view.Pool(d, b, node).Call()))
		})
	}
	debt := contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[object.Uint128] {
		d.Settle(b, node)
		return view.Of[object.Uint128]("debt", d.Floe(b, "pool", "debt", view.Pool(d, b, node).Call()))
	})
	p := pool(n, node)
	if p.Equity() != ask("equity") || p.Own() != ask("own_principal") || p.Debts.Owed().Cmp(debt.Big()) != 0 || (debt.Low > 0) != owes {
		t.Errorf("equity %d and %d, own %d and %d, debt %s and %s", p.Equity(), ask("equity"), p.Own(), ask("own_principal"), p.Debts.Owed(), debt)
	}
}
