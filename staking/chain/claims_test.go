package chain_test

import (
	"testing"

	"github.com/floe-network/floe/staking/chain"
	"github.com/floe-network/floe/staking/chain/chaintest"
)

// Shards that move and do not arrive cost both sides; what the others get of that they collect, once it is paid.
func TestClaimsOnOtherNodesAreCollected(t *testing.T) {
	w := chaintest.Start(t, 5, chaintest.Config(10))
	c := w.Chain()
	ctx := t.Context()
	staker := w.Account(c, 20)
	if err := staker.MintWAL(ctx, 10*chaintest.Stake); err != nil {
		t.Fatal(err)
	}
	if _, err := staker.Stake(ctx, w.Nodes[0], 4*chaintest.Stake, false); err != nil {
		t.Fatal(err)
	}
	w.EndEpoch(ctx, c)
	epochs, err := c.Refresh(ctx)
	if err != nil || epochs.Current.Epoch() != 2 || !epochs.Changing {
		t.Fatalf("%+v, %v: shards are to move", epochs, err)
	}
	// Nobody attests: from the sync deadline on both sides owe.
	w.Push(epochs.End.Sub(epochs.Start) / 2)
	debtor, err := c.Node(ctx, w.Nodes[0])
	if err != nil || debtor.Pool.Debts.Owed().Sign() <= 0 {
		t.Fatalf("the receiver owes %v, %v", debtor.Pool.Debts.Owed(), err)
	}
	var operators []*chain.Operator
	for i, id := range w.Nodes {
		operators = append(operators, &chain.Operator{Account: w.Account(c, 1+i), Node: id})
	}
	collect := func() (sum uint64) {
		t.Helper()
		for _, o := range operators {
			_, before, err := o.Balances(ctx)
			if err != nil {
				t.Fatal(err)
			}
			got, err := o.Collect(ctx)
			if err != nil {
				t.Fatal(err)
			}
			_, after, err := o.Balances(ctx)
			if err != nil || after-before != got {
				t.Errorf("node %s has %d FROST more, collected %d, %v", o.Node, after-before, got, err)
			}
			sum += got
		}
		return sum
	}
	if sum := collect(); sum != 0 {
		t.Errorf("%d FROST were collected before anybody paid", sum)
	}
	for _, id := range w.Nodes {
		if err := staker.PayDebt(ctx, id, chaintest.Stake/10); err != nil {
			t.Fatal(err)
		}
	}
	if debtor, err = c.Node(ctx, w.Nodes[0]); err != nil || debtor.Pool.Debts.Owed().Sign() != 0 {
		t.Errorf("after payment it owes %v, %v", debtor.Pool.Debts.Owed(), err)
	}
	if sum := collect(); sum == 0 {
		t.Error("nothing was collected")
	}
	if sum := collect(); sum != 0 {
		t.Errorf("%d FROST were collected twice", sum)
	}
}
