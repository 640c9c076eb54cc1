package execution_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/execution"
	"github.com/floe-network/floe/staking/devchain/movevm/internal/testchain"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// named says what became of each object, by the end of its type, in order.
func named(w *world, out *effects.Outcome, before map[types.Address]effects.Object) []string {
	var list []string
	typeOf := func(id types.Address) string {
		for _, o := range out.Objects {
			if o.ID == id {
				return o.Type
			}
		}
		return before[id].Type
	}
	for _, c := range out.Effects.Changed {
		if c.ID == w.alice.Coin {
			continue
		}
		name := typeOf(c.ID)
		if i := strings.Index(name, "<"); i >= 0 {
			name = name[:i]
		}
		name = name[strings.LastIndex(name, ":")+1:]
		what := "mutated"
		switch {
		case c.Before == nil && c.After == nil:
			name, what = "?", "unwrapped and deleted"
		case c.Before == nil && c.Operation == effects.IDCreated:
			what = "created"
		case c.Before == nil:
			what = "unwrapped"
		case c.After == nil && c.Operation == effects.IDDeleted:
			what = "deleted"
		case c.After == nil:
			what = "wrapped"
		}
		if c.After != nil {
			what += ", " + w.owner(c.After.Owner)
		}
		list = append(list, name+" "+what)
	}
	slices.Sort(list)
	return list
}

func (w *world) owner(o objects.Owner) string {
	switch {
	case o.Kind == objects.ByAddress && o.Address == w.alice.Address:
		return "alice's"
	case o.Kind == objects.ByAddress && o.Address == w.bob.Address:
		return "bob's"
	case o.Kind == objects.ByObject:
		return "a field"
	default:
		return o.String()
	}
}

// What Sui documents about the effects of each sort of change.
func TestEffects(t *testing.T) {
	box := func(s scene) types.Address { // a Box that alice has
		b := s.By(s.alice)
		b.Transfer(s.alice.Address, b.Call(s.rules, "rules", "wrap", nil, b.Call(s.rules, "rules", "new", nil, b.U64(1))))
		return testchain.Created(s, b.MustRun(), "::rules::Box")
	}
	for _, c := range []struct {
		name   string
		before func(s scene) types.Address
		run    func(s scene, id types.Address)
		want   []string
	}{
		{"created", nil, func(s scene, _ types.Address) { s.keep(s.call("new", s.U64(1))) }, []string{"Thing created, alice's"}},
		{"created for another", nil, func(s scene, _ types.Address) { s.Transfer(s.bob.Address, s.call("new", s.U64(1))) },
			[]string{"Thing created, bob's"}},
		{"created and shared", nil, func(s scene, _ types.Address) { s.call("share", s.call("new", s.U64(1))) }, []string{"Thing created, shared"}},
		{"created and frozen", nil, func(s scene, _ types.Address) { s.call("freeze_it", s.call("new", s.U64(1))) },
			[]string{"Thing created, immutable"}},
		{"created by code for the sender", nil, func(s scene, _ types.Address) { s.call("pin") }, []string{"Pinned created, alice's"}},
		{"created and deleted", nil, func(s scene, _ types.Address) { s.call("delete", s.call("new", s.U64(1))) }, nil},
		{"created and wrapped", nil, func(s scene, _ types.Address) { s.keep(s.call("wrap", s.call("new", s.U64(1)))) },
			[]string{"Box created, alice's"}},
		{"mutated", nil, func(s scene, _ types.Address) { s.call("set", s.Owned(s.thing), s.U64(1)) }, []string{"Thing mutated, alice's"}},
		{"only read", nil, func(s scene, _ types.Address) { s.call("value", s.Owned(s.thing)) }, []string{"Thing mutated, alice's"}},
		{"unused input", nil, func(s scene, _ types.Address) { s.Owned(s.thing) }, []string{"Thing mutated, alice's"}},
		{"transferred", nil, func(s scene, _ types.Address) { s.Transfer(s.bob.Address, s.Owned(s.thing)) }, []string{"Thing mutated, bob's"}},
		{"deleted", nil, func(s scene, _ types.Address) { s.call("delete", s.Owned(s.thing)) }, []string{"Thing deleted"}},
		{"wrapped", nil, func(s scene, _ types.Address) { s.keep(s.call("wrap", s.Owned(s.thing))) }, []string{"Box created, alice's", "Thing wrapped"}},
		{"unwrapped", box, func(s scene, id types.Address) { s.keep(s.call("unwrap", s.Owned(id))) }, []string{"Box deleted", "Thing unwrapped, alice's"}},
		{"unwrapped and deleted", box, func(s scene, id types.Address) { s.call("crush", s.Owned(id)) }, []string{"? unwrapped and deleted", "Box deleted"}},
		{"wrapped and unwrapped", nil, func(s scene, _ types.Address) { s.keep(s.call("unwrap", s.call("wrap", s.Owned(s.thing)))) },
			[]string{"Thing mutated, alice's"}},
		{"shared, changed", nil, func(s scene, _ types.Address) { s.call("set", s.Shared(s.shared, true), s.U64(1)) }, []string{"Thing mutated, shared"}},
		{"shared, only read", nil, func(s scene, _ types.Address) { s.call("value", s.Shared(s.shared, false)) }, nil},
		{"shared, unused", nil, func(s scene, _ types.Address) { s.Shared(s.shared, true) }, []string{"Thing mutated, shared"}},
		{"shared, deleted", nil, func(s scene, _ types.Address) { s.call("delete", s.Shared(s.shared, true)) }, []string{"Thing deleted"}},
		{"field added", nil, func(s scene, _ types.Address) { s.call("add_field", s.Owned(s.thing), s.U64(1), s.U64(2)) },
			[]string{"Field created, a field", "Thing mutated, alice's"}},
		{"field changed", (scene).fielded, func(s scene, _ types.Address) { s.call("set_field", s.Shared(s.shared, true), s.U64(1), s.U64(3)) },
			[]string{"Field mutated, a field", "Thing mutated, shared"}},
		{"field written as it was", (scene).fielded, func(s scene, _ types.Address) { s.call("set_field", s.Shared(s.shared, true), s.U64(1), s.U64(2)) },
			[]string{"Thing mutated, shared"}},
		{"field removed", (scene).fielded, func(s scene, _ types.Address) { s.call("remove_field", s.Shared(s.shared, true), s.U64(1)) },
			[]string{"Field deleted", "Thing mutated, shared"}},
		{"field removed and added", (scene).fielded, func(s scene, _ types.Address) {
			a := s.Shared(s.shared, true)
			s.call("remove_field", a, s.U64(1))
			s.call("add_field", a, s.U64(1), s.U64(7))
		}, []string{"Field mutated, a field", "Thing mutated, shared"}},
		{"received", func(s scene) types.Address { return s.sent(s.thing) },
			func(s scene, id types.Address) { s.keep(s.call("receive", s.Owned(s.thing), s.Receiving(id))) },
			[]string{"Thing mutated, alice's", "Thing mutated, alice's"}},
		{"received and deleted", func(s scene) types.Address { return s.sent(s.thing) },
			func(s scene, id types.Address) { s.call("receive_and_delete", s.Owned(s.thing), s.Receiving(id)) },
			[]string{"Thing deleted", "Thing mutated, alice's"}},
		{"not received", func(s scene) types.Address { return s.sent(s.thing) },
			func(s scene, id types.Address) { s.call("drop_receiving", s.Receiving(id)) }, nil},
		{"coins split", nil, func(s scene, _ types.Address) { s.keep(s.Split(ptb.GasCoin(), 5)) }, []string{"Coin created, alice's"}},
		{"coins merged", func(s scene) types.Address { return s.Coin(s.alice.Address, 5) },
			func(s scene, id types.Address) { s.Merge(ptb.GasCoin(), s.Owned(id)) }, []string{"Coin deleted"}},
		{"failed", nil, func(s scene, _ types.Address) { s.call("delete", s.Owned(s.thing)); s.call("fail", s.U64(1)) },
			[]string{"Thing mutated, alice's"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			s := scene{world: w}
			var id types.Address
			if c.before != nil {
				id = c.before(s)
			}
			s.Builder = w.By(w.alice)
			c.run(s, id)
			before := snapshot(w)
			out, err := s.Run()
			if err != nil {
				t.Fatal(err)
			}
			if f := out.Effects.Failure; (f != nil) != (c.name == "failed") {
				t.Fatal(f)
			}
			if got := named(w, out, before); !slices.Equal(got, c.want) {
				t.Errorf("got %q\nwant %q", got, c.want)
			}
			consistent(t, w, out)
			latest := uint64(0)
			for _, in := range s.Inputs {
				if in.Object != nil {
					latest = max(latest, before[inputID(in.Object)].Version)
				}
			}
			latest = max(latest, before[w.alice.Coin].Version)
			if out.Effects.Version != latest+1 {
				t.Errorf("version %d after %d", out.Effects.Version, latest)
			}
			for _, o := range out.Objects {
				if was, ok := before[o.ID]; ok && was.Owner.Kind == objects.Shared && o.SharedAt != was.SharedAt {
					t.Errorf("shared since %d becomes %d", was.SharedAt, o.SharedAt)
				}
			}
		})
	}
}

func inputID(o *ptb.ObjectArg) types.Address {
	switch {
	case o.ImmOrOwned != nil:
		return o.ImmOrOwned.ID
	case o.Shared != nil:
		return o.Shared.ID
	default:
		return o.Receiving.ID
	}
}

func (s scene) fielded() types.Address { return s.field() }

// Read-only shared objects are named in the effects with their version.
func TestReadShared(t *testing.T) {
	w := newWorld(t)
	s := scene{w, w.By(w.alice)}
	s.call("value", s.Shared(s.shared, false))
	out := s.MustRun()
	if len(out.Effects.ReadShared) != 1 || out.Effects.ReadShared[0] != w.Ref(w.shared) {
		t.Errorf("got %v", out.Effects.ReadShared)
	}
}

// A transaction depends on those that made its inputs.
func TestDependencies(t *testing.T) {
	w := newWorld(t)
	s := scene{w, w.By(w.alice)}
	s.call("set", s.Owned(s.thing), s.U64(1))
	p, err := w.Store.Package(w.rules)
	if err != nil {
		t.Fatal(err)
	}
	want := map[ptb.Digest]bool{w.Object(w.thing).PreviousTransaction: true, w.Object(w.alice.Coin).PreviousTransaction: true,
		p.PreviousTransaction: true}
	got := s.MustRun().Effects.Dependencies
	for _, d := range got {
		if !want[d] {
			t.Errorf("depends on %x", d)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d dependencies, want %d", len(got), len(want))
	}
}

// Events say which function the transaction called, whoever emitted them, and what they are.
func TestEvents(t *testing.T) {
	w := newWorld(t)
	s := scene{w, w.By(w.alice)}
	s.call("emit", s.U64(2))
	out := s.MustRun()
	if len(out.Events) != 2 {
		t.Fatalf("%d events", len(out.Events))
	}
	e := out.Events[1]
	if e.Package != w.rules || e.Module != "rules" || e.Sender != w.alice.Address || e.Type.String() != w.rules.String()+"::rules::Told" ||
		!bytes.Equal(e.Contents, []byte{1, 0, 0, 0, 0, 0, 0, 0}) {
		t.Errorf("event %+v", e)
	}
	if out.Effects.EventsDigest == nil {
		t.Fatal("no digest of events")
	}
	if i := w.published.Events[0]; i.Package != w.rules || i.Module != "rules" || !bytes.Equal(i.Contents, append([]byte{1}, w.alice.Address[:]...)) {
		t.Errorf("event of init: %+v", i)
	}
	s = scene{w, w.By(w.alice)}
	s.call("emit", s.U64(2))
	s.call("fail", s.U64(1))
	if out, err := s.Run(); err != nil || len(out.Events) != 0 || out.Effects.EventsDigest != nil {
		t.Errorf("a failed transaction has events")
	}
}

// An abort says where it happened, in the version of the package that ran.
func TestAbortLocation(t *testing.T) {
	w := newWorld(t)
	s := scene{w, w.By(w.alice)}
	s.call("expect", s.U64(1), s.U64(2))
	out, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	f := out.Effects.Failure
	if f.Code != 7 || f.Location.Package != w.rules || f.Location.Module != "rules" || f.Location.FunctionName != "expect" || f.Location.Function == 0 {
		t.Errorf("got %v, %+v", f, f.Location)
	}
	s = scene{w, w.By(w.alice)}
	s.call("set_field", s.Owned(s.thing), s.U64(1), s.U64(2))
	if out, err = s.Run(); err != nil {
		t.Fatal(err)
	}
	if f := out.Effects.Failure; f.Code != 1 || f.Location.Package != testchain.Framework || f.Location.Module != "dynamic_field" {
		t.Errorf("got %v", f)
	}
}

// The same transactions on the same state have the same effects, to the byte, whatever ran before.
func TestDeterministic(t *testing.T) {
	run := func() []string {
		w := newWorld(t)
		var list []string
		for i := range 3 {
			s := scene{w, w.By(w.alice)}
			s.call("add_fields", s.Owned(s.thing), s.U64(40))
			s.call("make_many", s.U64(40))
			s.call("emit", s.U64(3))
			if i == 1 {
				s.keep(s.Shared(s.shared, true), s.call("blob", s.U64(1)))
			}
			out, err := s.Run()
			if err != nil {
				t.Fatal(err)
			}
			d := out.Effects.Digest()
			list = append(list, hex.EncodeToString(d[:]))
		}
		return list
	}
	first := run()
	for range 3 {
		if again := run(); !slices.Equal(again, first) {
			t.Errorf("%v, then %v", first, again)
		}
	}
}

var update = flag.Bool("update", false, "rewrite testdata/effects.golden")

// The BCS of effects, events and objects, and so their digests, do not change unnoticed. That the bytes are Sui's was checked
// with Sui's TypeScript library, which reads them and writes the same again.
func TestDigests(t *testing.T) {
	var text strings.Builder
	w := newUpgrades(t)
	record := func(name string, b *testchain.Builder) {
		out, err := b.Run()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "%s effects %x\n", name, out.Effects.AppendBCS(nil))
		for _, e := range out.Events {
			fmt.Fprintf(&text, "%s event %x\n", name, e.AppendBCS(nil))
		}
		for _, p := range out.Packages {
			d := blake2b.Sum256(append([]byte("Object::"), p.AppendBCS(nil)...))
			if d != p.Digest() {
				t.Errorf("digest of package %s", p.ID)
			}
			if p.Original == w.up {
				fmt.Fprintf(&text, "%s object %x\n", name, p.AppendBCS(nil))
			}
		}
		for _, o := range out.Objects {
			b, err := o.AppendBCS(nil)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&text, "%s object %x\n", name, b)
		}
	}
	begin := func() scene { return scene{w.world, w.By(w.alice)} }
	s := begin()
	s.call("set", s.Owned(w.thing), s.U64(1))
	s.call("time", s.Shared(testchain.Clock, false))
	s.call("add_field", s.Shared(w.shared, true), s.U64(1), s.U64(2))
	s.call("emit", s.U64(1))
	s.keep(s.Split(ptb.GasCoin(), 5))
	record("changes", s.Builder)
	s = begin()
	s.keep(s.call("wrap", s.Owned(w.thing)))
	record("wrapped", s.Builder)
	record("upgrade", w.to("up2"))
	for name, build := range map[string]func(s scene){
		"abort":        func(s scene) { s.call("fail", s.U64(77)) },
		"argument":     func(s scene) { s.call("spin", ptb.Nested(3, 0)) },
		"result":       func(s scene) { s.call("two"); s.call("eat", s.Nested(5)) },
		"arithmetic":   func(s scene) { s.call("divide", s.U64(1), s.U64(0)) },
		"unused":       func(s scene) { s.call("potato") },
		"type":         func(s scene) { s.Call(s.rules, "rules", "object_of", []ptb.TypeTag{{Kind: ptb.U64}}, s.U64(1)) },
		"reference":    func(s scene) { s.call("borrow", s.Shared(s.shared, true)) },
		"too big":      func(s scene) { s.keep(s.call("blob", s.U64(260_000))) },
		"shared taken": func(s scene) { s.keep(s.Shared(s.shared, true)) },
	} {
		s := scene{w.world, nil}
		s.world = newWorld(t) // so that the order does not matter
		s.Builder = s.By(s.alice)
		build(s)
		record(name, s.Builder)
	}
	upgrade := newUpgrades(t)
	b := upgrade.to("up2")
	b.Commands[1].Upgrade.Modules = [][]byte{code(t, "up1")}
	record("digest", b)
	lines := strings.SplitAfter(text.String(), "\n")
	slices.Sort(lines)
	got := strings.Join(lines, "")
	golden := filepath.Join("testdata", "effects.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Error("the bytes have changed; if that is right, run the test with -update")
	}
}

// Looking needs no gas, may call anything, and sees what references point to.
func TestInspection(t *testing.T) {
	w := newWorld(t)
	s := scene{w, w.By(w.alice)}
	s.Mode, s.Gas = transaction.Inspection, nil
	s.call("borrow", s.Owned(s.thing))
	s.call("secret")
	s.call("new", s.U64(8))
	s.call("plain_value", s.U64(9))
	s.call("context")
	out, err := s.Try()
	if err != nil || out.Effects.Failure != nil {
		t.Fatal(err, out.Effects.Failure)
	}
	if got := out.Returned[0][0]; got.Type.String() != "u64" || got.Contents[0] != 5 {
		t.Errorf("reference: %+v", got)
	}
	if got := out.Returned[3][0]; got.Contents[0] != 9 {
		t.Errorf("value of bytes: %+v", got)
	}
	if got := out.Returned[4][0].Contents; !bytes.Equal(got, w.alice.Address[:]) {
		t.Errorf("sender: %x", got)
	}
	if out.Effects.Gas.Computation == 0 {
		t.Error("no estimate of gas")
	}
	s = scene{w, w.By(w.alice)}
	s.Mode, s.Gas = transaction.Inspection, nil
	s.call("plain", s.U64(1))
	s.call("fail", s.U64(3))
	if out, err = s.Try(); err != nil || out.Effects.Failure == nil || len(out.Returned) != 1 {
		t.Errorf("a failing inspection: %v, %+v", err, out)
	}
}

// A sponsor pays, and code can see who.
func TestSponsor(t *testing.T) {
	w := newWorld(t)
	s := scene{w, w.By(w.bob)}
	s.Sender = w.alice.Address
	s.call("set", s.Owned(s.thing), s.U64(1))
	s.call("context")
	before, theirs := balance(t, w, w.alice.Coin), balance(t, w, w.bob.Coin)
	s.MustRun()
	if balance(t, w, w.alice.Coin) != before || balance(t, w, w.bob.Coin) >= theirs {
		t.Error("the sender paid")
	}
}

var errDisk = errors.New("the disk is gone")

// broken is a Store that fails after some reads.
type broken struct {
	execution.Store
	left int
}

func (b *broken) Object(id types.Address) (*effects.Object, error) {
	if b.left--; b.left < 0 {
		return nil, errDisk
	}
	return b.Store.Object(id)
}

// A Store that fails, and a context that ends, are no failures of the transaction.
func TestNotTheTransaction(t *testing.T) {
	w := newWorld(t)
	w.field()
	failed := 0
	for left := range 10 {
		s := scene{w, w.By(w.alice)}
		s.call("set_field", s.Shared(s.shared, true), s.U64(1), s.U64(3))
		x := execution.New(&broken{w.Store, left}, transaction.DefaultLimits())
		out, err := x.Execute(context.Background(), w.Epoch, &s.Transaction)
		switch {
		case err == nil && out.Effects.Failure != nil:
			t.Errorf("after %d reads: %v", left, out.Effects.Failure)
		case err != nil && !errors.Is(err, errDisk):
			t.Errorf("after %d reads: %v", left, err)
		case err != nil:
			failed++
		}
	}
	if failed != 3 { // the coin, the Thing, its field
		t.Errorf("%d reads failed", failed)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := scene{w, w.By(w.alice)}
	s.call("spin", s.U64(1_000_000))
	if _, err := w.Executor.Execute(ctx, w.Epoch, &s.Transaction); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
