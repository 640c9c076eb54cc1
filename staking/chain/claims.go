package chain

import (
	"context"
	"fmt"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/contract/event"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// claim is something that another node's pool has paid for this one.
type claim struct {
	debtor ptb.Address
	number uint64
	amount uint64 // FROST
}

// claims are what the pools of a committee's members have for this node, out of their latest claims.
func (o *Operator) claims(ctx context.Context, com *staking.Committee) ([]claim, error) {
	d, b := o.Contracts(), ptb.NewBuilder()
	var debtors []ptb.Address
	var pools []view.View[object.Pool]
	for i := range com.Size() {
		if id := com.Member(i).NodeID; id != o.Node {
			d.Settle(b, ptb.Address(id))
			debtors = append(debtors, ptb.Address(id))
			pools = append(pools, view.Pool(d, b, ptb.Address(id)))
		}
	}
	returned, err := simulate(ctx, o.client, b)
	if err != nil {
		return nil, err
	}
	var asked []claim
	for i, v := range pools {
		pool, err := v.Read(returned)
		if err != nil {
			return nil, err
		}
		for n := pool.Debts.Next - min(pool.Debts.Next, claimsOfPool); n < pool.Debts.Next && len(asked) < claimsAtOnce; n++ {
			asked = append(asked, claim{debtor: debtors[i], number: n})
		}
	}
	if len(asked) == 0 {
		return nil, nil
	}
	b = ptb.NewBuilder()
	var amounts []view.View[uint64]
	for _, c := range asked {
		amounts = append(amounts, view.Claimable(d, b, c.debtor, c.number, ptb.Address(o.Node)))
	}
	if returned, err = simulate(ctx, o.client, b); err != nil {
		return nil, err
	}
	var due []claim
	for i, v := range amounts {
		amount, err := v.Read(returned)
		if err != nil {
			return nil, err
		}
		if amount > 0 {
			asked[i].amount = amount
			due = append(due, asked[i])
		}
	}
	return due, nil
}

// collectClaims has paid out what other nodes owe this one for failed transfers and lost shards, as far as their pools have
// the cash, when it is worth the gas. It returns FROST.
func (o *Operator) collectClaims(ctx context.Context) (uint64, error) {
	epochs := o.Epochs()
	if epochs == nil {
		return 0, nil
	}
	due, err := o.claims(ctx, epochs.Current)
	if err != nil {
		return 0, fmt.Errorf("claims on other nodes: %w", err)
	}
	var sum uint64
	for _, c := range due {
		sum += c.amount
	}
	if sum < leastEarnings {
		return 0, nil
	}
	done, err := o.send(ctx, func(_ context.Context, c *call) error {
		for _, x := range due {
			c.Settle(c.Builder, x.debtor)
			c.CollectClaim(c.Builder, x.debtor, x.number, ptb.Address(o.Node))
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	list, err := allTold[event.NodePaid](o.Account, done)
	sum = 0
	for _, paid := range list {
		sum += paid.Amount
	}
	return sum, err
}
