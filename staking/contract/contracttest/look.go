package contracttest

import (
	"context"

	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Look simulates a program with a View, and reads it. The program may begin with calls.
func Look[T any](c *Chain, build func(d *contract.Deployment, b *ptb.Builder) view.View[T]) T {
	c.TB.Helper()
	v, err := TryLook(c, build)
	if err != nil {
		c.TB.Fatal(err)
	}
	return v
}

// TryLook is Look where it may fail, as Try does.
func TryLook[T any](c *Chain, build func(d *contract.Deployment, b *ptb.Builder) view.View[T]) (T, error) {
	c.TB.Helper()
	var none T
	b := ptb.NewBuilder()
	v := build(c.Deployment, b)
	program, err := b.Program()
	if err != nil {
		c.TB.Fatal(err)
	}
	data := &ptb.TransactionData{Kind: ptb.TransactionKind{Programmable: &program}, Sender: Key(0).Address(), Expiration: ptb.Never()}
	s, err := c.Simulate(context.Background(), data, ledger.Simulation{Unchecked: true})
	if err != nil {
		return none, err
	}
	if err := c.failure(s.Transaction.Effects.Failure); err != nil {
		return none, err
	}
	returned := make(view.Returned, len(s.Returned))
	for i, results := range s.Returned {
		for _, r := range results {
			returned[i] = append(returned[i], r.Contents)
		}
	}
	return v.Read(returned)
}

// Bytes simulates a call that gives a vector of bytes.
func (c *Chain) Bytes(call func(b *ptb.Builder) ptb.Argument) []byte {
	c.TB.Helper()
	return Look(c, func(_ *contract.Deployment, b *ptb.Builder) view.View[[]byte] {
		return view.Of[[]byte]("bytes", call(b))
	})
}
