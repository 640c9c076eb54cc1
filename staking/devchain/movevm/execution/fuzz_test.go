package execution_test

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/internal/testchain"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
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

// callable are functions that random transactions call. Letters stand for sorts of values: N numbers, T things, X boxes, P
// potatoes, C and L structs, B blobs, R things to be received, S texts, I ids, K the clock, D randomness, G coins, O pins.
var callable = []struct{ name, params, results string }{
	{"new", "N", "T"}, {"pinned", "", "O"}, {"pin", "", ""}, {"share", "T", ""}, {"freeze_it", "T", ""}, {"two", "", "TT"}, {"value", "T", "N"},
	{"set", "TN", ""}, {"set_both", "TT", ""}, {"set_from", "TT", ""}, {"set_and_take", "TT", ""}, {"delete", "T", ""}, {"wrap", "T", "X"},
	{"unwrap", "X", "T"}, {"crush", "X", ""}, {"borrow", "T", "N"}, {"potato", "", "P"}, {"potato_for", "T", "P"}, {"eat", "P", ""},
	{"copy_only", "N", "C"}, {"read_copy", "C", "N"}, {"use_copy", "C", "N"}, {"plain", "N", "L"}, {"plain_value", "L", "N"}, {"increase", "N", ""},
	{"expect", "NN", ""}, {"fail", "N", ""}, {"divide", "NN", "N"}, {"add_field", "TNN", ""}, {"set_field", "TNN", ""}, {"remove_field", "TN", "N"},
	{"receive", "TR", "T"}, {"receive_and_delete", "TR", ""}, {"drop_receiving", "R", ""}, {"look_at_receiving", "R", "I"}, {"emit", "N", ""},
	{"blob", "N", "B"}, {"text", "S", ""}, {"ascii_text", "S", ""}, {"id_of", "I", ""}, {"time", "K", "N"}, {"spend", "G", ""}, {"context", "", "INN"},
	{"chance", "D", ""}, {"entered", "T", ""}, {"entered_by_value", "T", ""}, {"eat_privately", "P", ""}, {"for_friends", "", ""}, {"secret", "", ""},
	{"init", "N", ""}, {"object_of", "T", ""},
}

// hand is what a random transaction has to play with: arguments by the sort of their value.
type hand map[byte][]ptb.Argument

// random builds a transaction of choices. Most of what it does fits together.
func (w *world) random(d *dice, sent types.Address) *testchain.Builder {
	b := w.By(w.alice)
	b.Gas.Budget = uint64(1+d.roll(50)) * 10_000_000
	h := hand{'G': {ptb.GasCoin()}, 'T': {b.Owned(w.thing), b.Shared(w.shared, d.roll(4) != 0)}, 'K': {b.Shared(testchain.Clock, false)},
		'R': {b.Receiving(sent)}, 'S': {b.Bytes([]byte("text")[:d.roll(5)])}, 'I': {b.Address(w.bob.Address)}}
	if d.roll(4) == 0 {
		h['D'] = []ptb.Argument{b.Shared(testchain.Random, false)}
	}
	for _, n := range []uint64{0, 1, 7, 1 << 40} {
		h['N'] = append(h['N'], b.U64(n))
	}
	b.Pure(append([]byte(nil), (*d)[:min(len(*d), 3)]...))
	anything := func() ptb.Argument {
		if d.roll(2) == 0 {
			return ptb.Input(uint16(d.roll(len(b.Inputs) + 1)))
		}
		return ptb.Nested(uint16(d.roll(len(b.Commands)+1)), uint16(d.roll(3)))
	}
	pick := func(sort byte) ptb.Argument {
		if list := h[sort]; len(list) > 0 && d.roll(12) != 1 {
			return list[len(list)-1-d.roll(min(len(list), 4))]
		}
		return anything()
	}
	picks := func(sort byte, n int) (list []ptb.Argument) {
		for range n {
			list = append(list, pick(sort))
		}
		return list
	}
	gain := func(sorts string) {
		for i := range sorts {
			h[sorts[i]] = append(h[sorts[i]], b.Nested(uint16(i)))
		}
	}
	thing := ptb.TypeTag{Kind: ptb.Struct, Struct: &ptb.StructTag{Address: w.rules, Module: "rules", Name: "Thing"}}
	for range 1 + d.roll(8) {
		switch d.roll(12) {
		case 0:
			b.Add(ptb.Command{SplitCoins: &ptb.SplitCoins{Coin: pick('G'), Amounts: picks('N', 1+d.roll(2))}})
			gain("GG"[:len(b.Commands[len(b.Commands)-1].SplitCoins.Amounts)])
		case 1:
			b.Add(ptb.Command{MergeCoins: &ptb.MergeCoins{Target: ptb.GasCoin(), Coins: picks('G', 1)}})
		case 2:
			b.Add(ptb.Command{MakeMoveVec: &ptb.MakeMoveVec{Type: &thing, Elements: picks('T', d.roll(3))}})
			b.Call(w.rules, "rules", "destroy", nil, b.Nested(0))
		case 3:
			b.Add(ptb.Command{TransferObjects: &ptb.TransferObjects{Objects: picks("TXBG"[d.roll(4)], 1), Recipient: pick('I')}})
		case 4:
			if d.roll(20) == 1 {
				b.Publish([][]byte{code(w, "up1")}, systemPackages[:1+d.roll(2)])
				gain("X")
			}
		default:
			f := callable[d.roll(len(callable))]
			c := &ptb.MoveCall{Package: w.rules, Module: "rules", Function: f.name}
			for i := range f.params {
				c.Arguments = append(c.Arguments, pick(f.params[i]))
			}
			switch f.name {
			case "object_of":
				c.TypeArguments = []ptb.TypeTag{thing}
			case "spend":
				c.TypeArguments = []ptb.TypeTag{testchain.SUI}
			}
			b.Add(ptb.Command{MoveCall: c})
			gain(f.results)
		}
	}
	// What is left is transferred or used up, mostly.
	for _, sort := range []byte("TXBG") {
		for _, a := range h[sort] {
			if a.NestedResult != nil && d.roll(8) != 1 {
				b.Transfer(w.alice.Address, a)
			}
		}
	}
	for _, a := range h['P'] {
		if d.roll(8) != 1 {
			b.Call(w.rules, "rules", "eat", nil, a)
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
