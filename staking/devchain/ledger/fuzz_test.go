package ledger_test

import (
	"context"
	"errors"
	"testing"

	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// FuzzExecute executes and simulates transactions made of any bytes. Those that can be read get a payment and a signature
// that are right, so that more of them come further. Whatever is not refused is on the chain, and SUI is conserved.
func FuzzExecute(f *testing.F) {
	h := newHistory(f, 3)
	h.publish()
	alice := key(0)
	for range 40 {
		coins := h.coins(alice.Address())
		encoded, err := h.data(alice, coins[0].Ref(), h.build(alice, coins)).Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(encoded)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h.chain = &chain{h.Ledger, t}
		data, err := ptb.DecodeTransaction(b)
		if err == nil {
			data.Sender = alice.Address()
			data.Gas = ptb.GasData{Payment: []ptb.ObjectRef{h.coins(alice.Address())[0].Ref()}, Owner: alice.Address(), Price: h.GasPrice(), Budget: budget}
			if b, err = data.Encode(); err != nil {
				t.Fatal(err)
			}
			for _, how := range []ledger.Simulation{{}, {Unchecked: true}, {SelectGas: true}} {
				trial := *data
				if how.SelectGas {
					trial.Gas = ptb.GasData{}
				}
				if _, err := h.Simulate(context.Background(), &trial, how); err != nil && !errors.Is(err, transaction.ErrRefused) {
					t.Fatal(err)
				}
			}
		}
		tx, err := h.Execute(context.Background(), b, [][]byte{alice.Sign(b)})
		if err != nil {
			if !errors.Is(err, transaction.ErrRefused) {
				t.Fatal(err)
			}
			return
		}
		if got, err := h.Transaction(ptb.TransactionDigest(b)); err != nil || got.EffectsDigest != tx.EffectsDigest {
			t.Fatalf("%+v (%v), answered was %+v", got, err, tx)
		}
		h.burnt += tx.Effects.Gas.Computation + tx.Effects.Gas.NonRefundable
		h.check()
		if len(h.coins(alice.Address())) == 0 {
			h.burnt += h.refill(alice)
		}
	})
}

// refill gives an account SUI of account 1, and says what was burnt.
func (h *history) refill(k interface{ Address() ptb.Address }) uint64 {
	g := h.pay(key(1), k.Address(), 2_000_000_000).Effects.Gas
	return g.Computation + g.NonRefundable
}
