package transaction_test

import (
	"errors"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Each limit of a transaction's form: what it allows, and that it allows no more.
func TestLimits(t *testing.T) {
	limits := transaction.DefaultLimits()
	u64 := ptb.TypeTag{Kind: ptb.U64}
	object := func(i int) ptb.CallArg {
		return ptb.CallArg{Object: &ptb.ObjectArg{ImmOrOwned: &ptb.ObjectRef{ID: types.Address{1, byte(i >> 8), byte(i)}}}}
	}
	call := func(change func(*ptb.MoveCall)) func(int, *transaction.Transaction) {
		return func(_ int, tx *transaction.Transaction) {
			c := &ptb.MoveCall{Module: "m", Function: "f"}
			change(c)
			tx.Commands = []ptb.Command{{MoveCall: c}}
		}
	}
	for _, c := range []struct {
		name string
		most int
		fill func(n int, tx *transaction.Transaction)
	}{
		{"bytes", 128 << 10, func(n int, tx *transaction.Transaction) { tx.Size = n }},
		{"input objects", 2048, func(n int, tx *transaction.Transaction) {
			for i := range n - 2 { // the gas coin is one, and the package another
				tx.Inputs = append(tx.Inputs, object(i))
			}
			call(func(*ptb.MoveCall) {})(0, tx)
		}},
		{"objects to be received", 2048, func(n int, tx *transaction.Transaction) {
			for i := range n - 1 {
				o := object(i)
				o.Object.Receiving, o.Object.ImmOrOwned = o.Object.ImmOrOwned, nil
				tx.Inputs = append(tx.Inputs, o)
			}
		}},
		{"gas coins", 255, func(n int, tx *transaction.Transaction) {
			for i := range n - 1 {
				tx.Gas.Payment = append(tx.Gas.Payment, *object(i).Object.ImmOrOwned)
			}
		}},
		{"pure bytes", 16383, func(n int, tx *transaction.Transaction) {
			b := make([]byte, n)
			tx.Inputs = []ptb.CallArg{{Pure: &b}}
		}},
		{"commands", 1023, func(n int, tx *transaction.Transaction) {
			tx.Commands = make([]ptb.Command, n)
			for i := range tx.Commands {
				tx.Commands[i].MakeMoveVec = &ptb.MakeMoveVec{Type: &u64}
			}
		}},
		{"publications", 5, func(n int, tx *transaction.Transaction) {
			for range n {
				tx.Commands = append(tx.Commands, ptb.Command{Publish: &ptb.Publish{Modules: make([][]byte, 1)}})
			}
		}},
		{"arguments", 511, func(n int, tx *transaction.Transaction) {
			call(func(c *ptb.MoveCall) {
				for range n {
					c.Arguments = append(c.Arguments, ptb.GasCoin())
				}
			})(n, tx)
		}},
		{"elements of a vector", 511, func(n int, tx *transaction.Transaction) {
			v := &ptb.MakeMoveVec{}
			for range n {
				v.Elements = append(v.Elements, ptb.GasCoin())
			}
			tx.Commands = []ptb.Command{{MakeMoveVec: v}}
		}},
		{"type arguments", 15, func(n int, tx *transaction.Transaction) {
			call(func(c *ptb.MoveCall) {
				for range n {
					c.TypeArguments = append(c.TypeArguments, u64)
				}
			})(n, tx)
		}},
		{"depth of a type argument", 15, func(n int, tx *transaction.Transaction) {
			call(func(c *ptb.MoveCall) {
				tag := u64
				for range n - 1 {
					inner := tag
					tag = ptb.TypeTag{Kind: ptb.Vector, Elem: &inner}
				}
				c.TypeArguments = []ptb.TypeTag{tag}
			})(n, tx)
		}},
		{"modules", 63, func(n int, tx *transaction.Transaction) {
			tx.Commands = []ptb.Command{{Publish: &ptb.Publish{Modules: make([][]byte, n)}}}
		}},
		{"dependencies", 31, func(n int, tx *transaction.Transaction) {
			tx.Commands = []ptb.Command{{Upgrade: &ptb.Upgrade{Modules: make([][]byte, 1), Ticket: ptb.GasCoin(),
				Dependencies: make([]types.Address, n)}}}
		}},
		{"budget", 50_000_000_000_000, func(n int, tx *transaction.Transaction) { tx.Gas.Budget = uint64(n) }},
		{"price", 49_999_999_999, func(n int, tx *transaction.Transaction) {
			tx.Gas.Price, tx.Gas.Budget = uint64(n), limits.Budget
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for n := c.most; n <= c.most+1; n++ {
				tx := &transaction.Transaction{Gas: &ptb.GasData{Payment: make([]ptb.ObjectRef, 1), Price: 1, Budget: 1000}}
				c.fill(n, tx)
				if err := limits.Check(tx); (err == nil) != (n == c.most) || err != nil && !errors.Is(err, transaction.ErrRefused) {
					t.Errorf("%d: %v", n, err)
				}
			}
		})
	}
	t.Run("least budget", func(t *testing.T) {
		for budget, fine := range map[uint64]bool{999: false, 1000: true} {
			tx := &transaction.Transaction{Gas: &ptb.GasData{Payment: make([]ptb.ObjectRef, 1), Price: 1, Budget: budget}}
			if err := limits.Check(tx); (err == nil) != fine {
				t.Errorf("%d: %v", budget, err)
			}
		}
	})
}
