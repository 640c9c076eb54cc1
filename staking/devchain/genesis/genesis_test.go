package genesis_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

var parameters = genesis.Parameters{Seed: [32]byte{1}, GasPrice: 750, Accounts: []genesis.Account{
	{Address: ptb.ShortAddress(0xaa), Coins: []uint64{5, 7}}, {Address: ptb.ShortAddress(0xbb), Coins: []uint64{9}}}}

func state(t *testing.T, p genesis.Parameters) *genesis.State {
	t.Helper()
	s, err := genesis.New(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestState looks at what a chain begins with.
func TestState(t *testing.T) {
	s := state(t, parameters)
	coins := make(map[ptb.Address][]uint64)
	total, there := uint64(0), make(map[ptb.Address]*store.Object)
	for _, o := range s.Objects {
		there[o.ID()] = o
		if _, amount, ok := store.Coin(o); ok {
			owner := o.Owner().Address
			coins[owner] = append(coins[owner], amount)
			total += amount
		}
		if o.Move != nil && (o.Version() != 1 || o.PreviousTransaction() != s.Transaction.Digest || o.StorageRebate() != 0) {
			t.Errorf("object %s is %+v", o.ID(), o.Move)
		}
	}
	if total != genesis.Supply {
		t.Errorf("%d MIST", total)
	}
	faucet := genesis.FaucetKey(parameters.Seed).Address()
	if len(coins[parameters.Accounts[0].Address]) != 2 || len(coins[parameters.Accounts[1].Address]) != 1 ||
		!reflect.DeepEqual(coins[faucet], []uint64{genesis.Supply - 21}) || len(coins) != 3 {
		t.Errorf("coins %v", coins)
	}
	for _, id := range []byte{1, 2} {
		if o := there[ptb.ShortAddress(id)]; o == nil || o.Package == nil || o.Package.Version != 1 {
			t.Errorf("package %d is %+v", id, o)
		}
	}
	for _, id := range []byte{6, 8} {
		if o := there[ptb.ShortAddress(id)]; o == nil || o.Owner().Kind != objects.Shared || o.Move.SharedAt != 1 {
			t.Errorf("object %d is %+v", id, o)
		}
	}
}

// TestTransaction reads the transaction of a genesis: it has what is there, and its effects say that it made that.
func TestTransaction(t *testing.T) {
	s := state(t, parameters)
	data, err := ptb.DecodeAnyTransaction(s.Transaction.Data)
	if err != nil || data.Kind.Genesis == nil {
		t.Fatalf("%+v, %v", data, err)
	}
	if n := len(data.Kind.Genesis.Objects); n != len(s.Objects) || n != len(s.Transaction.Effects.Changed) {
		t.Errorf("%d objects in the transaction, %d changed, %d are there", n, len(s.Transaction.Effects.Changed), len(s.Objects))
	}
	for i, g := range data.Kind.Genesis.Objects {
		want, err := s.Objects[i].AppendBCS(nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := bcs.Marshal(g.Raw)
		if err != nil || string(got) != string(want[:len(got)]) {
			t.Errorf("object %d of the transaction is another (%v)", i, err)
		}
	}
	made := make(map[ptb.Address]ptb.Digest)
	for _, c := range s.Transaction.Effects.Changed {
		made[c.ID] = c.After.Digest
	}
	for _, o := range s.Objects {
		if made[o.ID()] != o.Digest {
			t.Errorf("object %s has the digest %s, in the effects %s", o.ID(), o.Digest, made[o.ID()])
		}
	}
	if s.Transaction.Digest != ptb.TransactionDigest(s.Transaction.Data) || s.Transaction.Effects.Transaction != s.Transaction.Digest {
		t.Error("digests of something else")
	}
}

// The same parameters make the same state, others another.
func TestDeterminism(t *testing.T) {
	first := state(t, parameters)
	if again := state(t, parameters); again.Transaction.EffectsDigest != first.Transaction.EffectsDigest {
		t.Error("the same parameters make another genesis")
	}
	other := parameters
	other.Seed[0]++
	if again := state(t, other); again.Transaction.Digest == first.Transaction.Digest {
		t.Error("another seed makes the same genesis")
	}
}

func TestParameters(t *testing.T) {
	b, err := parameters.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := genesis.Decode(b); err != nil || !reflect.DeepEqual(got, parameters) {
		t.Errorf("%+v (%v), want %+v", got, err, parameters)
	}
	if _, err := genesis.Decode(b[:len(b)-1]); !errors.Is(err, bcs.ErrMalformed) {
		t.Errorf("cut: %v", err)
	}
	for name, p := range map[string]genesis.Parameters{
		"a coin of nothing": {Accounts: []genesis.Account{{Coins: []uint64{0}}}},
		"all there is":      {Accounts: []genesis.Account{{Coins: []uint64{genesis.Supply}}}},
		"a high gas price":  {GasPrice: 1 << 50},
	} {
		if err := p.Check(); !errors.Is(err, genesis.ErrParameters) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := parameters.Check(); err != nil {
		t.Error(err)
	}
}
