package ledger_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// unpaid is a transaction of account 0 that sends MIST out of the gas coin, with no gas.
func unpaid(t *testing.T, c *chain, amount uint64) *ptb.TransactionData {
	t.Helper()
	b := ptb.NewBuilder()
	b.Transfer(key(1).Address(), b.Split(ptb.GasCoin(), amount))
	data := c.data(key(0), ptb.ObjectRef{}, b)
	data.Gas = ptb.GasData{}
	return data
}

func TestSimulateIsWhatHappens(t *testing.T) {
	c := open(t, t.TempDir(), parameters(2), ledger.Options{})
	before := c.Head()
	s, err := c.Simulate(context.Background(), unpaid(t, c, 1_000), ledger.Simulation{SelectGas: true})
	if err != nil {
		t.Fatal(err)
	}
	if c.Head() != before {
		t.Error("the chain has changed")
	}
	if n := len(s.Data.Gas.Payment); n != 1 || s.Data.Gas.Payment[0] != c.coins(key(0).Address())[0].Ref() {
		t.Errorf("paid with %+v", s.Data.Gas.Payment)
	}
	used := s.Transaction.Effects.Gas
	if b := s.Data.Gas.Budget; b < used.Computation || int64(b) < used.Net() || b > 2*used.Computation+used.Storage {
		t.Errorf("a budget of %d for %+v", b, used)
	}
	tx, err := c.send(key(0), s.Data)
	if err != nil {
		t.Fatal(err)
	}
	if tx.EffectsDigest != s.Transaction.EffectsDigest || !reflect.DeepEqual(tx.Balances, s.Transaction.Balances) {
		t.Errorf("executed %+v, simulated %+v", tx, s.Transaction)
	}
	for _, o := range s.After {
		if got, err := c.Object(o.ID(), o.Version()); err != nil || got.Digest != o.Digest {
			t.Errorf("object %s is %+v (%v)", o.ID(), got, err)
		}
	}
}

func TestSimulateWithoutGas(t *testing.T) {
	c := open(t, t.TempDir(), parameters(2), ledger.Options{})
	data := unpaid(t, c, 1_000)
	data.Sender = ptb.ShortAddress(0x99) // who has nothing
	s, err := c.Simulate(context.Background(), data, ledger.Simulation{})
	if err != nil || s.Transaction.Effects.Failure != nil {
		t.Fatalf("%+v, %v", s, err)
	}
	if len(s.Data.Gas.Payment) != 0 || s.Data.Gas.Price != c.GasPrice() || s.Data.Gas.Owner != data.Sender {
		t.Errorf("gas %+v", s.Data.Gas)
	}
	if len(s.After) != 2 || len(s.Before) != 1 {
		t.Errorf("%d objects for %d", len(s.After), len(s.Before))
	}
	var refusal *transaction.Refusal
	if _, err := c.Simulate(context.Background(), data, ledger.Simulation{SelectGas: true}); !errors.As(err, &refusal) || refusal.Reason != transaction.Gas {
		t.Errorf("without coins: %v", err)
	}
}

func TestSimulateSelectsSeveralCoins(t *testing.T) {
	c := open(t, t.TempDir(), parameters(2), ledger.Options{})
	all := c.coins(key(0).Address())
	data := unpaid(t, c, 60_000_000_000) // more than either coin
	data.Gas.Budget = 65_000_000_000
	s, err := c.Simulate(context.Background(), data, ledger.Simulation{SelectGas: true})
	if err != nil {
		t.Fatal(err)
	}
	if want := []ptb.ObjectRef{all[0].Ref(), all[1].Ref()}; !reflect.DeepEqual(s.Data.Gas.Payment, want) {
		t.Errorf("paid with %v, want %v", s.Data.Gas.Payment, want)
	}
	// A coin that the transaction uses does not pay.
	b := ptb.NewBuilder()
	b.Transfer(key(1).Address(), b.Owned(all[0].Ref()))
	data = c.data(key(0), ptb.ObjectRef{}, b)
	data.Gas = ptb.GasData{}
	if s, err = c.Simulate(context.Background(), data, ledger.Simulation{SelectGas: true}); err != nil {
		t.Fatal(err)
	}
	if want := []ptb.ObjectRef{all[1].Ref()}; !reflect.DeepEqual(s.Data.Gas.Payment, want) {
		t.Errorf("paid with %v, want %v", s.Data.Gas.Payment, want)
	}
}

func TestSimulateUnchecked(t *testing.T) {
	c := open(t, t.TempDir(), parameters(1), ledger.Options{})
	coin := c.coins(key(0).Address())[1]
	b := ptb.NewBuilder()
	sui := ptb.FrameworkTag("sui", "SUI")
	b.Call(ptb.ShortAddress(2), "coin", "balance", []ptb.TypeTag{sui}, b.Owned(coin.Ref())) // returns a reference
	data := c.data(key(0), ptb.ObjectRef{}, b)
	data.Gas = ptb.GasData{}
	s, err := c.Simulate(context.Background(), data, ledger.Simulation{Unchecked: true})
	if err != nil || s.Transaction.Effects.Failure != nil {
		t.Fatalf("%+v, %v", s, err)
	}
	if len(s.Returned) != 1 || len(s.Returned[0]) != 1 || s.Returned[0][0].Type.String() != ptb.FrameworkTag("balance", "Balance", sui).String() {
		t.Errorf("returned %+v", s.Returned)
	}
	if s, err = c.Simulate(context.Background(), data, ledger.Simulation{}); err != nil || s.Transaction.Effects.Failure == nil {
		t.Errorf("by the rules: %+v, %v", s, err)
	}
}

func TestSimulateFailure(t *testing.T) {
	c := open(t, t.TempDir(), parameters(1), ledger.Options{})
	b := ptb.NewBuilder()
	b.Call(ptb.ShortAddress(2), "coin", "nothing", nil)
	data := c.data(key(0), ptb.ObjectRef{}, b)
	data.Gas = ptb.GasData{}
	s, err := c.Simulate(context.Background(), data, ledger.Simulation{SelectGas: true})
	if err != nil || s.Transaction.Effects.Failure == nil {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := c.Simulate(context.Background(), ptb.SystemTransaction(ptb.TransactionKind{}), ledger.Simulation{}); !errors.Is(err, transaction.ErrRefused) {
		t.Errorf("a transaction of the chain: %v", err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Simulate(ended, data, ledger.Simulation{}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}
