package execution_test

import (
	"errors"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/internal/testchain"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// want is how a transaction must end. The zero want is success.
type want struct {
	kind    effects.FailureKind
	command int
	// of a CommandArgumentError
	problem effects.ArgumentProblem
	index   uint16
}

func argument(command int, index uint16, p effects.ArgumentProblem) *want {
	return &want{effects.CommandArgumentError, command, p, index}
}

func failure(command int, k effects.FailureKind) *want { return &want{kind: k, command: command} }

func (w *want) check(t *testing.T, got *effects.Failure) {
	t.Helper()
	switch {
	case w == nil && got == nil:
	case w == nil:
		t.Errorf("failed: %v", got)
	case got == nil:
		t.Errorf("succeeded, want %v of command %d", w.kind, w.command)
	case got.Kind != w.kind || got.Command != w.command || got.Argument != w.problem || w.kind == effects.CommandArgumentError && got.Index != w.index:
		t.Errorf("got %v (argument %d: %v), want %v of command %d, argument %d: %v", got, got.Index, got.Argument, w.kind, w.command, w.index, w.problem)
	}
}

// scene is a transaction of alice on a fresh world, with short names.
type scene struct {
	*world
	*testchain.Builder
}

func (s scene) call(function string, args ...ptb.Argument) ptb.Argument {
	return s.Call(s.rules, "rules", function, nil, args...)
}

func (s scene) vec(tag *ptb.TypeTag, args ...ptb.Argument) ptb.Argument {
	return s.Add(ptb.Command{MakeMoveVec: &ptb.MakeMoveVec{Type: tag, Elements: args}})
}

func (s scene) rulesTag(name string) *ptb.TypeTag {
	return &ptb.TypeTag{Kind: ptb.Struct, Struct: &ptb.StructTag{Address: s.rules, Module: "rules", Name: name}}
}

func (s scene) keep(a ...ptb.Argument) { s.Transfer(s.alice.Address, a...) }

// The rules of Sui for arguments, results and functions, each with a transaction that keeps it or breaks it.
func TestRules(t *testing.T) {
	gas, u64 := ptb.GasCoin, ptb.TypeTag{Kind: ptb.U64}
	const (
		byValue  = effects.InvalidObjectByValue
		byMutRef = effects.InvalidObjectByMutRef
		usage    = effects.InvalidValueUsage
		mismatch = effects.TypeMismatch
		notBytes = effects.InvalidUsageOfPureArg
		badBytes = effects.InvalidBCSBytes
		entry    = effects.InvalidArgumentToPrivateEntryFunction
	)
	for _, c := range []struct {
		name  string
		build func(s scene)
		want  *want
	}{
		// Where arguments come from.
		{"result of a command", func(s scene) { s.keep(s.call("new", s.U64(1))) }, nil},
		{"nested results", func(s scene) { s.call("two"); s.keep(s.Nested(0), s.Nested(1)) }, nil},
		{"result of two", func(s scene) { s.keep(s.call("two")) }, argument(1, 0, effects.InvalidResultArity)},
		{"result of none", func(s scene) { s.call("expect", s.call("spin", s.U64(1)), s.U64(1)) }, argument(1, 0, effects.InvalidResultArity)},
		{"input that is not there", func(s scene) { s.call("spin", ptb.Input(9)) }, argument(0, 0, effects.IndexOutOfBounds)},
		{"result of a later command", func(s scene) { s.call("spin", ptb.Result(0)) }, argument(0, 0, effects.IndexOutOfBounds)},
		{"nested result of a later command", func(s scene) { s.call("spin", ptb.Nested(3, 0)) }, argument(0, 0, effects.IndexOutOfBounds)},
		{"nested result that is not there", func(s scene) { s.call("potato"); s.call("eat", s.Nested(1)) }, argument(1, 0, effects.SecondaryIndexOutOfBounds)},
		{"too few arguments", func(s scene) { s.call("expect", s.U64(1)) }, failure(0, effects.ArityMismatch)},
		{"too many arguments", func(s scene) { s.call("spin", s.U64(1), s.U64(1)) }, failure(0, effects.ArityMismatch)},

		// Values, references, moves.
		{"owned by reference", func(s scene) { s.call("value", s.Owned(s.thing)) }, nil},
		{"owned by mutable reference", func(s scene) { s.call("set", s.Owned(s.thing), s.U64(9)) }, nil},
		{"owned by value", func(s scene) { s.call("delete", s.Owned(s.thing)) }, nil},
		{"shared by mutable reference", func(s scene) { s.call("set", s.Shared(s.shared, true), s.U64(9)) }, nil},
		{"shared and read-only by reference", func(s scene) { s.call("value", s.Shared(s.shared, false)) }, nil},
		{"shared and read-only by mutable reference", func(s scene) { s.call("set", s.Shared(s.shared, false), s.U64(9)) }, argument(0, 0, byMutRef)},
		{"shared and read-only by value", func(s scene) { s.call("delete", s.Shared(s.shared, false)) }, argument(0, 0, byValue)},
		{"shared by value and deleted", func(s scene) { s.call("delete", s.Shared(s.shared, true)) }, nil},
		{"shared by value and shared again", func(s scene) { s.call("share", s.Shared(s.shared, true)) }, nil},
		{"shared and transferred", func(s scene) { s.keep(s.Shared(s.shared, true)) }, failure(effects.NoCommand, effects.SharedObjectOperationNotAllowed)},
		{"shared and frozen", func(s scene) { s.call("freeze_it", s.Shared(s.shared, true)) }, failure(effects.NoCommand, effects.SharedObjectOperationNotAllowed)},
		{"shared and wrapped", func(s scene) { s.keep(s.call("wrap", s.Shared(s.shared, true))) }, failure(effects.NoCommand, effects.SharedObjectOperationNotAllowed)},
		{"use after move", func(s scene) { a := s.Owned(s.thing); s.call("delete", a); s.call("value", a) }, argument(1, 0, usage)},
		{"result used twice", func(s scene) { a := s.call("new", s.U64(1)); s.keep(a); s.keep(a) }, argument(2, 0, usage)},
		{"one mutable reference", func(s scene) { a, b := s.Owned(s.thing), s.Shared(s.shared, true); s.call("set_both", a, b) }, nil},
		{"two mutable references", func(s scene) { a := s.Owned(s.thing); s.call("set_both", a, a) }, argument(0, 1, usage)},
		{"mutable and immutable reference", func(s scene) { a := s.Owned(s.thing); s.call("set_from", a, a) }, argument(0, 1, usage)},
		{"two immutable references", func(s scene) { a := s.Owned(s.thing); s.call("read_both", a, a) }, nil},
		{"reference and value", func(s scene) { a := s.Owned(s.thing); s.call("set_and_take", a, a) }, argument(0, 1, usage)},
		{"wrong type", func(s scene) { s.call("value", s.call("potato")) }, argument(1, 0, mismatch)},
		{"object where a number is wanted", func(s scene) { s.call("spin", s.Owned(s.thing)) }, argument(0, 0, mismatch)},

		// Results that must be used.
		{"unused object", func(s scene) { s.call("new", s.U64(1)) }, failure(effects.NoCommand, effects.UnusedValueWithoutDrop)},
		{"unused potato", func(s scene) { s.call("potato") }, failure(effects.NoCommand, effects.UnusedValueWithoutDrop)},
		{"unused droppable", func(s scene) { s.call("plain", s.U64(1)) }, nil},
		{"copy without drop, unused", func(s scene) { s.call("copy_only", s.U64(1)) }, failure(effects.NoCommand, effects.UnusedValueWithoutDrop)},
		{"copy without drop, by value at last", func(s scene) {
			a := s.call("copy_only", s.U64(1))
			s.call("read_copy", a)
			s.call("use_copy", a)
			s.call("use_copy", a)
		}, nil},
		{"copy without drop, by reference at last", func(s scene) {
			a := s.call("copy_only", s.U64(1))
			s.call("use_copy", a)
			s.call("read_copy", a)
		}, failure(effects.NoCommand, effects.UnusedValueWithoutDrop)},
		{"unused coins", func(s scene) { s.Split(gas(), 1) }, failure(effects.NoCommand, effects.UnusedValueWithoutDrop)},

		// Bytes.
		{"string", func(s scene) { s.call("text", s.Bytes([]byte("größe"))) }, nil},
		{"string that is no UTF-8", func(s scene) { s.call("text", s.Bytes([]byte{0xff})) }, argument(0, 0, badBytes)},
		{"ASCII", func(s scene) { s.call("ascii_text", s.Bytes([]byte("abc"))) }, nil},
		{"ASCII that is none", func(s scene) { s.call("ascii_text", s.Bytes([]byte("größe"))) }, argument(0, 0, badBytes)},
		{"option", func(s scene) { s.call("maybe", s.Pure([]byte{1, 7})) }, nil},
		{"option of two", func(s scene) { s.call("maybe", s.Pure([]byte{2, 7, 7})) }, argument(0, 0, badBytes)},
		{"vector of options of strings", func(s scene) { s.call("texts", s.Pure([]byte{2, 0, 1, 1, 'a'})) }, nil},
		{"vector of options of what is no string", func(s scene) { s.call("texts", s.Pure([]byte{1, 1, 1, 0xff})) }, argument(0, 0, badBytes)},
		{"id", func(s scene) { s.call("id_of", s.Address(s.thing)) }, nil},
		{"short bytes", func(s scene) { s.call("spin", s.Pure([]byte{1})) }, argument(0, 0, badBytes)},
		{"long bytes", func(s scene) { s.call("spin", s.Pure(make([]byte, 9))) }, argument(0, 0, badBytes)},
		{"struct of bytes", func(s scene) { s.call("plain_value", s.U64(1)) }, argument(0, 0, notBytes)},
		{"object of bytes", func(s scene) { s.call("delete", s.Pure(make([]byte, 40))) }, argument(0, 0, notBytes)},
		{"coin of bytes", func(s scene) { s.keep(s.Split(s.Pure(make([]byte, 40)), 1)) }, argument(0, 0, mismatch)},
		{"bytes as two types", func(s scene) {
			a := s.Pure(make([]byte, 32))
			s.call("id_of", a)
			s.Call(s.rules, "rules", "droppable", []ptb.TypeTag{{Kind: ptb.U256}}, a)
		}, nil},
		{"bytes that code changes", func(s scene) {
			a := s.U64(4)
			s.call("expect", a, s.U64(4))
			s.call("increase", a)
			s.call("increase", a)
			s.call("expect", a, s.U64(6))
		}, nil},
		{"bytes of another type after code changed them", func(s scene) {
			a := s.U64(0)
			s.call("increase", a)
			s.call("maybe", a)
		}, argument(1, 0, mismatch)},

		// Functions.
		{"no such function", func(s scene) { s.call("nothing") }, failure(0, effects.FunctionNotFound)},
		{"no such module", func(s scene) { s.Call(s.rules, "nothing", "new", nil) }, failure(0, effects.FunctionNotFound)},
		{"private function", func(s scene) { s.call("secret") }, failure(0, effects.NonEntryFunctionInvoked)},
		{"function of the package", func(s scene) { s.call("for_friends") }, failure(0, effects.NonEntryFunctionInvoked)},
		{"init", func(s scene) { s.call("init", s.Pure([]byte{1})) }, argument(0, 0, notBytes)},
		{"function that returns a reference", func(s scene) { s.call("borrow", s.Owned(s.thing)) }, failure(0, effects.InvalidPublicFunctionReturnType)},
		{"transfer of another module's type", func(s scene) {
			s.Call(testchain.Framework, "transfer", "transfer", []ptb.TypeTag{*s.rulesTag("Thing")}, s.Owned(s.thing), s.Address(s.bob.Address))
		}, failure(0, effects.NonEntryFunctionInvoked)},
		{"public transfer", func(s scene) {
			s.Call(testchain.Framework, "transfer", "public_transfer", []ptb.TypeTag{*s.rulesTag("Thing")}, s.Owned(s.thing), s.Address(s.bob.Address))
		}, nil},
		{"event of nobody", func(s scene) {
			s.Call(testchain.Framework, "event", "emit", []ptb.TypeTag{*s.rulesTag("Plain")}, s.call("plain", s.U64(1)))
		}, failure(1, effects.NonEntryFunctionInvoked)},
		{"type argument missing", func(s scene) { s.call("object_of", s.Owned(s.thing)) }, failure(0, effects.TypeArityMismatch)},
		{"type argument", func(s scene) {
			s.Call(s.rules, "rules", "object_of", []ptb.TypeTag{*s.rulesTag("Thing")}, s.Owned(s.thing))
		}, nil},
		{"type argument without the ability", func(s scene) {
			s.Call(s.rules, "rules", "object_of", []ptb.TypeTag{u64}, s.U64(1))
		}, failure(0, effects.TypeArgumentError)},
		{"type argument that is no type", func(s scene) {
			s.Call(s.rules, "rules", "object_of", []ptb.TypeTag{*s.rulesTag("Nothing")}, s.U64(1))
		}, failure(0, effects.TypeArgumentError)},
		{"abort", func(s scene) { s.call("fail", s.U64(77)) }, failure(0, effects.MoveAbort)},
		{"division by zero", func(s scene) { s.call("divide", s.U64(1), s.U64(0)) }, failure(0, effects.MovePrimitiveRuntimeError)},
		{"abort of a later command", func(s scene) { s.keep(s.call("new", s.U64(1))); s.call("fail", s.U64(1)) }, failure(2, effects.MoveAbort)},

		// Entry functions that are not public take nothing that other code has a claim on.
		{"entry", func(s scene) { s.call("entered", s.Owned(s.thing)) }, nil},
		{"entry with a result", func(s scene) { s.call("entered_by_value", s.call("new", s.U64(1))) }, nil},
		{"entry beside a potato", func(s scene) {
			a := s.Owned(s.thing)
			p := s.call("potato_for", a)
			s.call("entered", a)
			s.call("eat", p)
		}, argument(1, 0, entry)},
		{"entry after the potato", func(s scene) {
			a := s.Owned(s.thing)
			s.call("eat", s.call("potato_for", a))
			s.call("entered", a)
		}, nil},
		{"entry beside somebody else's potato", func(s scene) {
			p := s.call("potato_for", s.Shared(s.shared, true))
			s.call("entered", s.Owned(s.thing))
			s.call("eat", p)
		}, nil},
		{"entry that takes the last potato", func(s scene) { s.call("eat_privately", s.call("potato")) }, nil},
		{"entry after a shared object was taken", func(s scene) {
			a := s.Shared(s.shared, true)
			s.call("entered_by_value", s.call("unwrap", s.call("wrap", a)))
		}, argument(2, 0, entry)},
		{"entry that takes a shared object", func(s scene) { s.call("entered_by_value", s.Shared(s.shared, true)) }, nil},

		// The gas coin.
		{"split off gas", func(s scene) { s.keep(s.Split(gas(), 5)) }, nil},
		{"gas by mutable reference", func(s scene) {
			s.Call(s.rules, "rules", "spend", []ptb.TypeTag{testchain.SUI}, gas())
		}, nil},
		{"gas transferred", func(s scene) { s.Transfer(s.bob.Address, gas()) }, nil},
		{"gas by value", func(s scene) {
			s.Call(testchain.Framework, "transfer", "public_transfer", []ptb.TypeTag{s.coinTag()}, gas(), s.Address(s.bob.Address))
		}, argument(0, 0, effects.InvalidGasCoinUsage)},
		{"gas merged away", func(s scene) { s.Merge(s.Owned(s.Coin(s.alice.Address, 5)), gas()) }, argument(0, 1, effects.InvalidGasCoinUsage)},
		{"gas in a vector", func(s scene) { s.vec(nil, gas()) }, argument(0, 0, effects.InvalidGasCoinUsage)},
		{"merge into gas", func(s scene) { s.Merge(gas(), s.Owned(s.Coin(s.alice.Address, 5))) }, nil},
		{"merge with itself", func(s scene) { a := s.Owned(s.Coin(s.alice.Address, 5)); s.Merge(a, a) }, argument(0, 1, usage)},

		// Coins.
		{"split too much", func(s scene) { s.keep(s.Split(s.Owned(s.Coin(s.alice.Address, 5)), 3, 3)) }, argument(1, 0, effects.InvalidResultArity)},
		{"split more than there is", func(s scene) {
			s.Split(s.Owned(s.Coin(s.alice.Address, 5)), 3, 3)
			s.keep(s.Nested(0), s.Nested(1))
		}, failure(0, effects.InsufficientCoinBalance)},
		{"merge beyond 64 bits", func(s scene) {
			s.Merge(s.Owned(s.Coin(s.alice.Address, 1<<63)), s.Owned(s.Coin(s.alice.Address, 1<<63)))
		}, failure(0, effects.CoinBalanceOverflow)},
		{"split what is no coin", func(s scene) { s.keep(s.Split(s.Owned(s.thing), 1)) }, argument(0, 0, mismatch)},
		{"merge what is no coin", func(s scene) { s.Merge(gas(), s.Owned(s.thing)) }, argument(0, 1, mismatch)},

		// Transfers.
		{"transfer of bytes", func(s scene) { s.keep(s.U64(1)) }, argument(0, 0, effects.InvalidTransferObject)},
		{"transfer of an object without store", func(s scene) { s.keep(s.call("pinned")) }, argument(1, 0, effects.InvalidTransferObject)},
		{"transfer to what is no address", func(s scene) {
			s.Add(ptb.Command{TransferObjects: &ptb.TransferObjects{Objects: []ptb.Argument{s.Owned(s.thing)}, Recipient: s.U64(1)}})
		}, argument(0, 1, badBytes)},

		// Vectors.
		{"vector of objects", func(s scene) { s.call("destroy", s.vec(nil, s.Owned(s.thing), s.call("new", s.U64(2)))) }, nil},
		{"empty vector of objects", func(s scene) { s.call("destroy", s.vec(s.rulesTag("Thing"))) }, nil},
		{"vector of numbers", func(s scene) {
			s.call("expect", s.call("add_up", s.vec(&u64, s.U64(2), s.U64(3))), s.U64(5))
		}, nil},
		{"vector of two types", func(s scene) { s.keep(s.vec(nil, s.Owned(s.thing), s.Owned(s.Coin(s.alice.Address, 5)))) }, argument(0, 1, mismatch)},
		{"vector of bytes without a type", func(s scene) { s.keep(s.vec(nil, s.U64(1))) }, argument(0, 0, effects.InvalidMakeMoveVecNonObjectArgument)},

		// Objects to be received.
		{"receive", func(s scene) { s.keep(s.call("receive", s.Owned(s.thing), s.Receiving(s.sent(s.thing)))) }, nil},
		{"receive by another object", func(s scene) {
			s.keep(s.call("receive", s.Owned(s.thing), s.Receiving(s.sent(s.shared))))
		}, failure(0, effects.MoveAbort)},
		{"receive twice", func(s scene) {
			a, r := s.Owned(s.thing), s.Receiving(s.sent(s.thing))
			s.call("receive_and_delete", a, r)
			s.call("receive_and_delete", a, r)
		}, argument(1, 1, usage)},
		{"receive nothing", func(s scene) { s.call("drop_receiving", s.Receiving(s.sent(s.thing))) }, nil},
		{"look at what could be received", func(s scene) {
			r := s.Receiving(s.sent(s.thing))
			s.call("look_at_receiving", r)
			s.call("drop_receiving", r)
		}, nil},
		{"receiving where a number is wanted", func(s scene) { s.call("spin", s.Receiving(s.sent(s.thing))) }, argument(0, 0, mismatch)},

		// System objects.
		{"clock", func(s scene) { s.call("time", s.Shared(testchain.Clock, false)) }, nil},
		{"randomness", func(s scene) { s.call("chance", s.Shared(testchain.Random, false)); s.keep(s.Owned(s.thing)) }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			s := scene{world: w}
			// Objects that the scene makes must be there before the transaction is begun.
			s.Builder = w.By(w.alice)
			c.build(s)
			before := snapshot(w)
			out, err := s.Run()
			if err != nil {
				t.Fatal(err)
			}
			c.want.check(t, out.Effects.Failure)
			consistent(t, w, out)
			if out.Effects.Failure != nil {
				unchanged(t, w, before, &s.Transaction)
			}
		})
	}
}

func (s scene) coinTag() ptb.TypeTag {
	return ptb.TypeTag{Kind: ptb.Struct, Struct: &ptb.StructTag{Address: testchain.Framework, Module: "coin", Name: "Coin",
		Params: []ptb.TypeTag{testchain.SUI}}}
}

// sent sends a Thing to an object.
func (w *world) sent(to types.Address) types.Address {
	b := w.By(w.bob)
	b.Transfer(to, b.Call(w.rules, "rules", "new", nil, b.U64(1)))
	return testchain.Created(w, b.MustRun(), "::rules::Thing")
}

// snapshot is all that a store has.
func snapshot(w *world) map[types.Address]effects.Object {
	all := make(map[types.Address]effects.Object)
	for _, o := range w.Store.Objects() {
		all[o.ID] = *o
	}
	return all
}

// unchanged checks that a failed transaction did nothing but pay gas, and that what it might have changed has a new version.
func unchanged(t *testing.T, w *world, before map[types.Address]effects.Object, tx *transaction.Transaction) {
	t.Helper()
	after := snapshot(w)
	if len(after) != len(before) {
		t.Errorf("%d objects became %d", len(before), len(after))
	}
	mutable := map[types.Address]bool{tx.Gas.Payment[0].ID: true}
	for _, in := range tx.Inputs {
		switch o := in.Object; {
		case o == nil:
		case o.ImmOrOwned != nil:
			mutable[o.ImmOrOwned.ID] = true
		case o.Shared != nil && o.Shared.Mutable:
			mutable[o.Shared.ID] = true
		}
	}
	for id, was := range before {
		is := after[id]
		same := string(is.Contents) == string(was.Contents) && is.Owner == was.Owner && is.SharedAt == was.SharedAt
		if !same && id != tx.Gas.Payment[0].ID {
			t.Errorf("object %s changed", id)
		}
		if later := is.Version > was.Version; later != mutable[id] {
			t.Errorf("object %s: version %d became %d", id, was.Version, is.Version)
		}
	}
}

// consistent checks what holds for the effects of any transaction.
func consistent(t *testing.T, w *world, out *effects.Outcome) {
	t.Helper()
	fx := &out.Effects
	for i, c := range fx.Changed {
		if i > 0 && string(fx.Changed[i-1].ID[:]) >= string(c.ID[:]) {
			t.Errorf("changes are not in order at %d", i)
		}
		if c.Package {
			continue
		}
		o, err := w.Store.Object(c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if (o == nil) != (c.After == nil) {
			t.Errorf("object %s: stored %v, effects %v", c.ID, o, c.After)
			continue
		}
		if o == nil {
			continue
		}
		d, err := o.Digest()
		if err != nil {
			t.Fatal(err)
		}
		if d != c.After.Digest || o.Version != fx.Version || c.After.Version != fx.Version || o.PreviousTransaction != fx.Transaction {
			t.Errorf("object %s is not what the effects say", c.ID)
		}
		if c.Before != nil && c.Before.Version >= fx.Version {
			t.Errorf("object %s: version %d after %d", c.ID, fx.Version, c.Before.Version)
		}
		if (c.Operation == effects.IDCreated) && c.Before != nil {
			t.Errorf("object %s was made and was there before", c.ID)
		}
	}
	if g := fx.GasObject; g < 0 || fx.Changed[g].After == nil {
		t.Errorf("no gas object")
	}
}

// What makes a transaction none that can be executed.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(s scene)
	}{
		{"old version of an object", func(s scene) { a := s.Ref(s.thing); a.Version--; s.Inputs = owned(a) }},
		{"wrong digest", func(s scene) { a := s.Ref(s.thing); a.Digest[0]++; s.Inputs = owned(a) }},
		{"no such object", func(s scene) { s.Inputs = owned(ptb.ObjectRef{}) }},
		{"object of another account", func(s scene) { s.Owned(s.make(s.bob, 1)) }},
		{"shared object as an owned one", func(s scene) { s.Owned(s.shared) }},
		{"dynamic field as an owned object", func(s scene) { s.Owned(s.field()) }},
		{"owned object as a shared one", func(s scene) { s.Shared(s.thing, true) }},
		{"shared at another version", func(s scene) {
			s.Shared(s.shared, true)
			s.Inputs[0].Object.Shared.InitialVersion++
		}},
		{"object twice", func(s scene) { s.Owned(s.thing); s.Owned(s.thing) }},
		{"gas coin as an input", func(s scene) { s.Owned(s.alice.Coin) }},
		{"gas coin of another account", func(s scene) { s.Gas.Payment = []ptb.ObjectRef{s.Ref(s.bob.Coin)} }},
		{"gas coin that is no coin", func(s scene) { s.Gas.Payment = []ptb.ObjectRef{s.Ref(s.thing)} }},
		{"no gas coin", func(s scene) { s.Gas.Payment = nil }},
		{"budget beyond the coin", func(s scene) {
			s.Gas.Payment = []ptb.ObjectRef{s.Ref(s.Coin(s.alice.Address, testchain.Budget-1))}
		}},
		{"no such package", func(s scene) { s.Call(types.Address{1}, "m", "f", nil) }},
		{"no such package in a type", func(s scene) {
			s.vec(&ptb.TypeTag{Kind: ptb.Struct, Struct: &ptb.StructTag{Address: types.Address{1}, Module: "m", Name: "N"}})
		}},
		{"clock to be changed", func(s scene) { s.Shared(testchain.Clock, true) }},
		{"randomness to be changed", func(s scene) { s.Shared(testchain.Random, true) }},
		{"command after randomness", func(s scene) { s.call("chance", s.Shared(testchain.Random, false)); s.call("spin", s.U64(1)) }},
		{"empty command", func(s scene) { s.Add(ptb.Command{}) }},
		{"two commands in one", func(s scene) {
			s.Add(ptb.Command{MergeCoins: &ptb.MergeCoins{}, SplitCoins: &ptb.SplitCoins{}})
		}},
		{"empty argument", func(s scene) { s.call("spin", ptb.Argument{}) }},
		{"empty input", func(s scene) { s.Inputs = []ptb.CallArg{{}} }},
		{"empty object", func(s scene) { s.Inputs = []ptb.CallArg{{Object: &ptb.ObjectArg{}}} }},
		{"empty type", func(s scene) { s.vec(&ptb.TypeTag{}) }},
		{"type of no struct", func(s scene) { s.vec(&ptb.TypeTag{Kind: ptb.Struct}) }},
		{"transfer of nothing", func(s scene) { s.keep() }},
		{"split into nothing", func(s scene) { s.Split(ptb.GasCoin()) }},
		{"merge of nothing", func(s scene) { s.Merge(ptb.GasCoin()) }},
		{"vector of nothing", func(s scene) { s.vec(nil) }},
		{"package of nothing", func(s scene) { s.Publish(nil, nil) }},
		{"name that is none", func(s scene) { s.Call(s.rules, "rules", "no name", nil) }},
		{"receiving a shared object", func(s scene) { s.Receiving(s.shared) }},
		{"price of nothing", func(s scene) { s.Gas.Price = 0 }},
		{"system transaction with gas", func(s scene) { s.Mode = transaction.System }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			s := scene{w, w.By(w.alice)}
			c.build(s)
			if out, err := s.Try(); !errors.Is(err, transaction.ErrRefused) {
				t.Errorf("got %v, %v", out, err)
			}
		})
	}
}

func owned(r ptb.ObjectRef) []ptb.CallArg {
	return []ptb.CallArg{{Object: &ptb.ObjectArg{ImmOrOwned: &r}}}
}

// field gives the shared Thing a dynamic field and finds it.
func (w *world) field() types.Address {
	b := w.By(w.bob)
	b.Call(w.rules, "rules", "add_field", nil, b.Shared(w.shared, true), b.U64(1), b.U64(2))
	return testchain.Created(w, b.MustRun(), "::dynamic_field::Field<u64,u64>")
}
