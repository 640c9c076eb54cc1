package execution_test

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/internal/testchain"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// dice makes choices of bytes, and zeros when they are used up.
type dice []byte

func (d *dice) roll(n int) int {
	if len(*d) == 0 || n <= 0 {
		return 0
	}
	x := int((*d)[0])
	*d = (*d)[1:]
	return x % n
}

// callable are functions that random transactions call, with the number of their arguments.
var callable = []struct {
	name string
	args int
}{
	{"new", 1}, {"pinned", 0}, {"pin", 0}, {"share", 1}, {"freeze_it", 1}, {"two", 0}, {"value", 1}, {"set", 2}, {"set_both", 2},
	{"set_from", 2}, {"set_and_take", 2}, {"delete", 1}, {"wrap", 1}, {"unwrap", 1}, {"crush", 1}, {"borrow", 1}, {"potato", 0},
	{"potato_for", 1}, {"eat", 1}, {"copy_only", 1}, {"read_copy", 1}, {"use_copy", 1}, {"plain", 1}, {"plain_value", 1}, {"increase", 1},
	{"expect", 2}, {"fail", 1}, {"divide", 2}, {"add_field", 3}, {"set_field", 3}, {"remove_field", 2}, {"receive", 2},
	{"receive_and_delete", 2}, {"drop_receiving", 1}, {"look_at_receiving", 1}, {"destroy", 1}, {"emit", 1}, {"blob", 1}, {"add_up", 1},
	{"text", 1}, {"ascii_text", 1}, {"maybe", 1}, {"texts", 1}, {"id_of", 1}, {"object_of", 1}, {"any", 1}, {"time", 1}, {"spend", 1},
	{"context", 0}, {"chance", 1}, {"entered", 1}, {"entered_by_value", 1}, {"eat_privately", 1}, {"for_friends", 0}, {"secret", 0}, {"init", 1},
}

// random builds a transaction of choices. Many fit together, some do not.
func (w *world) random(d *dice, sent types.Address) *testchain.Builder {
	b := w.By(w.alice)
	b.Gas.Budget = uint64(1+d.roll(50)) * 1_000_000
	numbers := []uint64{0, 1, 2, 7, 100, 1 << 40}
	for range 1 + d.roll(6) {
		switch d.roll(10) {
		case 0:
			b.Owned(w.thing)
		case 1:
			b.Shared(w.shared, d.roll(2) == 0)
		case 2:
			b.Receiving(sent)
		case 3:
			b.Shared(testchain.Clock, d.roll(8) == 1)
		case 4:
			b.Shared(testchain.Random, false)
		case 5:
			b.Bytes([]byte("text")[:d.roll(5)])
		case 6:
			b.Address(w.bob.Address)
		case 7:
			n := d.roll(4)
			b.Pure(append([]byte(nil), (*d)[:min(n, len(*d))]...))
		default:
			b.U64(numbers[d.roll(len(numbers))])
		}
	}
	argument := func() transaction.Argument {
		switch d.roll(8) {
		case 0:
			return transaction.GasCoin()
		case 1, 2, 3:
			return transaction.Input(uint16(d.roll(len(b.Inputs) + 1)))
		case 4:
			return transaction.Nested(uint16(d.roll(len(b.Commands)+1)), uint16(d.roll(3)))
		default:
			return transaction.Result(uint16(max(0, len(b.Commands)-1-d.roll(3))))
		}
	}
	some := func(n int) (list []transaction.Argument) {
		for range n {
			list = append(list, argument())
		}
		return list
	}
	tags := []packages.TypeTag{{Kind: types.U64}, {Kind: types.AddressKind}, testchain.SUI,
		{Kind: types.Struct, Struct: &packages.StructTag{Address: w.rules, Module: "rules", Name: "Thing"}},
		{Kind: types.Struct, Struct: &packages.StructTag{Address: w.rules, Module: "rules", Name: "Nothing"}}}
	for range 1 + d.roll(8) {
		switch d.roll(14) {
		case 0:
			b.Add(transaction.Command{TransferObjects: &transaction.TransferObjects{Objects: some(1 + d.roll(3)), Recipient: argument()}})
		case 1:
			b.Add(transaction.Command{SplitCoins: &transaction.SplitCoins{Coin: argument(), Amounts: some(1 + d.roll(3))}})
		case 2:
			b.Add(transaction.Command{MergeCoins: &transaction.MergeCoins{Target: argument(), Coins: some(1 + d.roll(3))}})
		case 3:
			c := &transaction.MakeMoveVec{Elements: some(d.roll(4))}
			if d.roll(2) == 0 || len(c.Elements) == 0 {
				c.Type = &tags[d.roll(len(tags))]
			}
			b.Add(transaction.Command{MakeMoveVec: c})
		case 4:
			b.Transfer(w.alice.Address, some(1+d.roll(2))...)
		case 5:
			if d.roll(20) == 1 {
				b.Publish([][]byte{code(w, "up1")}, []types.Address{testchain.Stdlib, testchain.Framework}[:1+d.roll(2)])
			}
		default:
			f := callable[d.roll(len(callable))]
			c := &transaction.MoveCall{Package: w.rules, Module: "rules", Function: f.name, Arguments: some(f.args)}
			if f.name == "object_of" || f.name == "any" || f.name == "spend" || d.roll(30) == 1 {
				c.TypeArguments = []packages.TypeTag{tags[d.roll(len(tags))]}
			}
			b.Add(transaction.Command{MoveCall: c})
		}
	}
	return b
}

// FuzzTransactions executes transactions of all sorts of commands and arguments: refused, or an Outcome that holds together;
// a failure changes nothing but versions and the gas coin.
func FuzzTransactions(f *testing.F) {
	var once sync.Once // the world needs a testing.T, and all runs share one
	var w *world
	var sent types.Address
	var initial map[types.Address]effects.Object
	for i := range 64 {
		seed := make([]byte, 256)
		x := uint64(i) * 0x9e3779b97f4a7c15
		for j := 0; j < len(seed); j += 8 {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
			binary.LittleEndian.PutUint64(seed[j:], x)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		once.Do(func() {
			w = newWorld(t)
			sent = w.sent(w.thing)
			initial = snapshot(w)
		})
		d := dice(data)
		tx := w.random(&d, sent).Transaction
		out, err := w.Executor.Execute(context.Background(), w.Epoch, &tx)
		if errors.Is(err, transaction.ErrRefused) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		again, err := w.Executor.Execute(context.Background(), w.Epoch, &tx)
		if err != nil || again.Effects.Digest() != out.Effects.Digest() {
			t.Fatalf("executed twice: %v, then %v (%v)", out.Effects, again.Effects, err)
		}
		if f := out.Effects.Failure; f != nil && (f.Kind == effects.InvariantViolation || f.Kind == effects.VMInvariantViolation ||
			f.Kind == effects.VMVerificationError) {
			t.Fatalf("verified code fails with %v", f)
		}
		balanced(t, w, initial, out)
	})
}

// balanced checks that no SUI was made: coins before are coins after and gas. It also checks the effects against the store.
func balanced(t *testing.T, w *world, initial map[types.Address]effects.Object, out *effects.Outcome) {
	t.Helper()
	var was, is uint64
	coin := func(o *effects.Object) uint64 {
		if len(o.Contents) != 40 || o.Type != w.Object(w.alice.Coin).Type {
			return 0
		}
		return binary.LittleEndian.Uint64(o.Contents[32:])
	}
	for _, c := range out.Effects.Changed {
		if before, ok := initial[c.ID]; ok {
			was += coin(&before)
			if c.Before == nil || c.Before.Version != before.Version {
				t.Fatalf("object %s was there at version %d, effects say %+v", c.ID, before.Version, c.Before)
			}
		}
	}
	for _, o := range out.Objects {
		is += coin(o)
	}
	g := out.Effects.Gas
	if was+g.Rebate != is+g.Computation+g.Storage {
		t.Fatalf("%d MIST became %d with gas %+v; %v", was, is, g, out.Effects.Failure)
	}
	if f := out.Effects.Failure; f == nil {
		return
	}
	if len(out.Events) != 0 || len(out.Packages) != 0 || len(out.Removed) != 0 {
		t.Fatalf("a failure did something: %+v", out)
	}
	for _, o := range out.Objects {
		before := initial[o.ID]
		if o.ID != w.alice.Coin && (string(before.Contents) != string(o.Contents) || before.Owner != o.Owner) {
			t.Fatalf("a failure changed object %s", o.ID)
		}
	}
}
