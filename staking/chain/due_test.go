package chain_test

import (
	"context"
	"slices"
	"testing"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/chain"
	"github.com/floe-network/floe/staking/chain/chaintest"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/sui/ptb"
	"github.com/floe-network/floe/staking/sui/wallet"
)

// What a pool owes somebody who left is paid when the pool has it, and its object goes with the last payment.
func TestDues(t *testing.T) {
	const shards, stake = 13, 1_000 * chaintest.Frost
	config := chaintest.Config(shards)
	config.Prices.Storage = chaintest.Frost
	config.Penalties.RecoverySender = 1_000 * chaintest.Frost
	w := chaintest.Start(t, 4, config)
	ctx, c := t.Context(), w.Chain()
	send := func(i int, build func(*contract.Deployment, *ptb.Builder)) {
		t.Helper()
		_, err := wallet.New(c.Client(), chaintest.Key(i), t.TempDir(), 0).Send(ctx, func(context.Context) (ptb.Program, error) {
			b := ptb.NewBuilder()
			build(c.Contracts(), b)
			return b.Program()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	// An epoch's space, sold out, is what nodes earn.
	sell := func() {
		t.Helper()
		send(19, func(d *contract.Deployment, b *ptb.Builder) {
			coin := d.MintWAL(b, shards*1024*chaintest.Frost)
			b.Transfer(chaintest.Key(19).Address(), d.ReserveSpace(b, shards<<30, 1, coin), coin)
		})
	}
	// attest says of all shards that moved that they are there.
	attest := func() {
		t.Helper()
		b := ptb.NewBuilder()
		transfers, roster := view.Transfers(c.Contracts(), b), view.Roster(c.Contracts(), b)
		program, err := b.Program()
		if err != nil {
			t.Fatal(err)
		}
		out, err := c.Client().View(ctx, program)
		if err != nil {
			t.Fatal(err)
		}
		moved, err := transfers.Read(out.Results)
		if err != nil {
			t.Fatal(err)
		}
		members, err := roster.Read(out.Results)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range moved.Records {
			if r.State > object.Failed {
				continue
			}
			number := 1 + slices.Index(w.Nodes, staking.NodeID(members.Members[r.Receiver].NodeID))
			caps, err := w.Account(c, number).Nodes(ctx)
			if err != nil {
				t.Fatal(err)
			}
			send(number, func(d *contract.Deployment, b *ptb.Builder) { d.AttestTransfer(b, b.Owned(caps[0].Ref), uint64(i)) })
		}
	}
	// invest stakes so much with all nodes, so that no shards move, and gives the first stake.
	invest := func(a *chain.Account, frost uint64) (first staking.ObjectID) {
		t.Helper()
		if err := a.MintWAL(ctx, uint64(len(w.Nodes))*frost); err != nil {
			t.Fatal(err)
		}
		for i, node := range w.Nodes {
			id, err := a.Stake(ctx, node, frost, false)
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				first = id
			}
		}
		return first
	}
	a := w.Account(c, 20)
	leaving := invest(a, stake)
	w.EndEpoch(ctx, c)
	// It gains before others come, who share the losses.
	sell()
	invest(w.Account(c, 21), 4*stake)
	w.EndEpoch(ctx, c)
	// It loses its shards, which costs more than it earned, and a staker leaves.
	operator := w.Account(c, 1)
	caps, err := operator.Nodes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	state, err := c.Node(ctx, w.Nodes[0])
	if err != nil || state.Pool.Cash == 0 {
		t.Fatalf("%+v, %v", state, err)
	}
	send(1, func(d *contract.Deployment, b *ptb.Builder) {
		d.RequestShardRecovery(b, b.Owned(caps[0].Ref), state.Shards)
		d.ShardsRecovered(b, b.Owned(caps[0].Ref), state.Shards)
	})
	leaves, err := a.Unstake(ctx, leaving)
	if err != nil {
		t.Fatal(err)
	}
	for e := refresh(t, c); e.Current.Epoch() < leaves; e = refresh(t, c) {
		w.EndEpoch(ctx, c)
		attest()
	}
	redeemed, err := a.Redeem(ctx, leaving)
	if err != nil || redeemed.Due == 0 {
		t.Fatalf("%+v, %v", redeemed, err)
	}
	owed := func(want int) []chain.Owned[object.DueWal] {
		t.Helper()
		list, err := a.Dues(ctx)
		if err != nil || len(list) != want {
			t.Fatalf("%+v, %v: want %d", list, err, want)
		}
		return list
	}
	id := staking.ObjectID(owed(1)[0].Value.ID)
	before := frost(t, a)
	if err := a.CollectDue(ctx, id); err != nil {
		t.Fatal(err)
	}
	owed(1) // there was not all of it
	sell()
	w.EndEpoch(ctx, c)
	if err := a.CollectDue(ctx, id); err != nil {
		t.Fatal(err)
	}
	owed(0)
	if got := frost(t, a) - before; got != redeemed.Due {
		t.Errorf("%d of %d FROST were paid", got, redeemed.Due)
	}
}
