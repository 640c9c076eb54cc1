package objects

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// world has types of objects: Thing {id: UID, value: u64}, Blob {id: UID, bytes: vector<u8>}, Case {id: UID, inner: Thing},
// Nest {id: UID, more: vector<Shape>} with an enum Shape of nothing or of a Thing, and an event Ping {number: u64}.
type world struct {
	t                                    *testing.T
	u                                    *types.Universe
	uid, thing, blob, holder, nest, ping *types.Type
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, u: types.NewUniverse(types.DefaultLimits())}
	framework := types.ModuleID{Address: ptb.ShortAddress(2), Name: "object"}
	module := types.ModuleID{Address: ptb.ShortAddress(9), Name: "m"}
	id := w.declare(framework, "ID", types.Copy|types.Drop|types.Store, [][]*types.Type{{types.AddressType}})
	w.uid = w.declare(framework, "UID", types.Store, [][]*types.Type{{id}})
	object := types.Key | types.Store
	w.thing = w.declare(module, "Thing", object, [][]*types.Type{{w.uid, types.U64Type}})
	w.blob = w.declare(module, "Blob", object, [][]*types.Type{{w.uid, types.BytesType}})
	w.holder = w.declare(module, "Case", object, [][]*types.Type{{w.uid, w.thing}})
	shape := w.declare(module, "Shape", types.Store, [][]*types.Type{{}, {w.thing}})
	shapes, err := w.u.VectorOf(shape)
	if err != nil {
		t.Fatal(err)
	}
	w.nest = w.declare(module, "Nest", object, [][]*types.Type{{w.uid, shapes}})
	w.ping = w.declare(module, "Ping", types.Copy|types.Drop, [][]*types.Type{{types.U64Type}})
	return w
}

// declare makes a struct, or an enum when there are several variants.
func (w *world) declare(m types.ModuleID, name string, a types.Abilities, variants [][]*types.Type) *types.Type {
	w.t.Helper()
	d := &types.Datatype{Module: m, Name: name, Abilities: a, IsEnum: len(variants) > 1}
	for _, fields := range variants {
		var v types.Variant
		for _, f := range fields {
			v.Fields = append(v.Fields, types.Field{Type: f})
		}
		d.Variants = append(d.Variants, v)
	}
	t, err := w.u.Instance(d, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.u.Layout(t); err != nil {
		w.t.Fatal(err)
	}
	return t
}

// id number n, from 100 on lest it be that of a system object.
func id(n int) ID {
	var a ID
	binary.BigEndian.PutUint64(a[24:], uint64(n)+100)
	return a
}

func number(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

// value reads an object of its id and the BCS of its other fields.
func (w *world) value(t *types.Type, id ID, rest ...byte) values.Value {
	w.t.Helper()
	v, err := values.Unmarshal(append(id[:], rest...), t)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) thingOf(n int) values.Value { return w.value(w.thing, id(n), number(7)...) }

// stored makes a Thing as a store has it.
func (w *world) stored(n int, version uint64, owner Owner) *Object {
	i := id(n)
	return &Object{ID: i, Version: version, Owner: owner, Type: w.thing.String(), Contents: append(i[:], number(7)...)}
}

// shelf is a Store of objects by their ids.
type shelf map[ID]*Object

func (s shelf) Child(parent, id ID) (*Object, error) {
	if o := s[id]; o != nil && o.Owner == (Owner{ByObject, parent}) {
		return o, nil
	}
	return nil, nil
}

func (s shelf) Receivable(parent, id ID, version uint64) (*Object, error) {
	if o := s[id]; o != nil && o.Owner == (Owner{ByAddress, parent}) && o.Version == version {
		return o, nil
	}
	return nil, nil
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// wrong makes sure that an error is of a kind.
func (w *world) wrong(err, kind error) {
	w.t.Helper()
	if !errors.Is(err, kind) {
		w.t.Fatalf("error %v, want %v", err, kind)
	}
}

func (w *world) input(s *State, o *Object, mutable bool) *Input {
	w.t.Helper()
	in, err := s.Input(o, w.thing, mutable, values.Unmarshal)
	w.check(err)
	return in
}

func (w *world) take(c values.Cell) values.Value {
	w.t.Helper()
	v, err := c.Take()
	w.check(err)
	return v
}

func (w *world) transfer(s *State, v values.Value, o Owner) {
	w.t.Helper()
	_, err := s.Transfer(v, o)
	w.check(err)
}

func (w *world) finish(s *State) *Results {
	w.t.Helper()
	r, err := s.Finish()
	w.check(err)
	return r
}

// written finds a write; there must be one.
func (w *world) written(r *Results, n int) Written {
	w.t.Helper()
	for _, x := range r.Written {
		if x.ID == id(n) {
			return x
		}
	}
	w.t.Fatalf("object %d is not written: %+v", n, r)
	return Written{}
}

func (w *world) removed(r *Results, n int) Removed {
	w.t.Helper()
	for _, x := range r.Removed {
		if x.ID == id(n) {
			return x
		}
	}
	w.t.Fatalf("object %d is not removed: %+v", n, r)
	return Removed{}
}

func alice() Owner { return Owner{ByAddress, ptb.ShortAddress(0xa)} }

func TestInputsThatMayChangeAreWritten(t *testing.T) {
	w := newWorld(t)
	s := New(nil, DefaultLimits())
	owned, kept := w.stored(1, 5, alice()), w.stored(2, 9, Owner{Kind: Shared})
	kept.SharedAt = 3
	frozen := w.stored(3, 2, Owner{Kind: Immutable})
	in := w.input(s, owned, true)
	w.input(s, kept, true)
	w.input(s, frozen, false)
	value, err := in.Cell.Borrow(true).Field(nil, 1, true)
	w.check(err)
	_, err = value.Replace(values.U64(8))
	w.check(err)
	r := w.finish(s)
	if r.Version != 10 || len(r.Written) != 2 || len(r.Removed) != 0 {
		t.Fatalf("results %+v", r)
	}
	one, two := w.written(r, 1), w.written(r, 2)
	if one.Change != Mutated || one.Version != 10 || one.Owner != alice() || one.Before != owned || !bytes.Equal(one.Contents[32:], number(8)) {
		t.Errorf("owned input: %+v", one)
	}
	if two.Change != Mutated || two.SharedAt != 3 || !bytes.Equal(two.Contents, kept.Contents) {
		t.Errorf("shared input: %+v", two)
	}
}

func TestInputsAreCheckedWhenTheyComeIn(t *testing.T) {
	w := newWorld(t)
	s := New(nil, DefaultLimits())
	w.input(s, w.stored(1, 5, alice()), true)
	_, err := s.Input(w.stored(1, 5, alice()), w.thing, true, values.Unmarshal)
	w.wrong(err, status.InvalidArguments)
	_, err = s.Input(w.stored(2, 5, Owner{Kind: Immutable}), w.thing, true, values.Unmarshal)
	w.wrong(err, status.InvalidArguments)
	broken := w.stored(3, 5, alice())
	broken.Contents = broken.Contents[:30]
	_, err = s.Input(broken, w.thing, true, values.Unmarshal)
	w.wrong(err, status.FailedDeserialize)
}

func TestOwnersOfNewObjects(t *testing.T) {
	w := newWorld(t)
	s := New(nil, DefaultLimits())
	for n, owner := range []Owner{alice(), {Kind: Shared}, {Kind: Immutable}} {
		w.check(s.NewID(id(n)))
		handed, err := s.Transfer(w.thingOf(n), owner)
		w.check(err)
		if handed != OfNew {
			t.Errorf("object %d: handed %d", n, handed)
		}
	}
	r := w.finish(s)
	for n, owner := range []Owner{alice(), {Kind: Shared}, {Kind: Immutable}} {
		x := w.written(r, n)
		if x.Change != Created || x.Owner != owner || x.Before != nil || (x.SharedAt == 1) != (owner.Kind == Shared) {
			t.Errorf("object %d: %+v", n, x)
		}
	}
}

func TestWhatBecomesOfInputsTakenByValue(t *testing.T) {
	w := newWorld(t)
	s := New(nil, DefaultLimits())
	in := map[int]*Input{}
	for n := range 5 {
		in[n] = w.input(s, w.stored(n, uint64(n+1), alice()), true)
	}
	bob := Owner{ByAddress, ptb.ShortAddress(0xb)}
	handed, err := s.Transfer(w.take(in[0].Cell), bob)
	w.check(err)
	if handed != Changed {
		t.Errorf("to another owner: handed %d", handed)
	}
	if handed, err = s.Transfer(w.take(in[1].Cell), alice()); err != nil || handed != Unchanged {
		t.Errorf("to the same owner: handed %d, %v", handed, err)
	}
	w.take(in[2].Cell)
	w.check(s.DeleteID(id(2)))
	inner := w.take(in[3].Cell)
	w.check(s.NewID(id(50)))
	outer, err := values.StructOf(w.holder, []values.Value{w.uidOf(50), inner})
	w.check(err)
	w.transfer(s, outer, bob)
	w.check(s.AddChild(id(50), w.take(in[4].Cell)))
	r := w.finish(s)
	if r.Version != 6 {
		t.Errorf("version %d", r.Version)
	}
	if x := w.written(r, 0); x.Change != Mutated || x.Owner != bob {
		t.Errorf("transferred: %+v", x)
	}
	if x := w.removed(r, 2); x.Removal != Deleted || x.Before.Version != 3 {
		t.Errorf("deleted: %+v", x)
	}
	if x := w.removed(r, 3); x.Removal != Wrapped || x.Before.Version != 4 {
		t.Errorf("wrapped: %+v", x)
	}
	if x := w.written(r, 4); x.Change != Mutated || x.Owner != (Owner{ByObject, id(50)}) {
		t.Errorf("made a field: %+v", x)
	}
	if x := w.written(r, 50); x.Change != Created {
		t.Errorf("around another: %+v", x)
	}
	if len(r.Written) != 4 || len(r.Removed) != 2 {
		t.Errorf("results %+v", r)
	}
}

func (w *world) uidOf(n int) values.Value {
	w.t.Helper()
	i := id(n)
	v, err := values.Unmarshal(i[:], w.uid)
	w.check(err)
	return v
}

func TestUnwrapping(t *testing.T) {
	w := newWorld(t)
	s := New(nil, DefaultLimits())
	// Two Things that were inside another object until now: neither inputs nor new.
	w.transfer(s, w.thingOf(1), alice())
	w.check(s.DeleteID(id(2)))
	r := w.finish(s)
	if x := w.written(r, 1); x.Change != Unwrapped || x.Before != nil {
		t.Errorf("unwrapped: %+v", x)
	}
	if x := w.removed(r, 2); x.Removal != UnwrappedThenDeleted || x.Before != nil {
		t.Errorf("unwrapped and deleted: %+v", x)
	}
}

func TestNewObjectsThatEndLeaveNothing(t *testing.T) {
	w := newWorld(t)
	s := New(nil, DefaultLimits())
	w.check(s.NewID(id(1)))
	w.check(s.DeleteID(id(1)))
	w.check(s.NewID(id(2))) // inside something that lives on
	if r := w.finish(s); len(r.Written) != 0 || len(r.Removed) != 0 {
		t.Errorf("results %+v", r)
	}
}

func TestSharedInputsMustStay(t *testing.T) {
	w := newWorld(t)
	begin := func() (*State, *Input) {
		s := New(nil, DefaultLimits())
		return s, w.input(s, w.stored(1, 5, Owner{Kind: Shared}), true)
	}
	s, in := begin()
	w.transfer(s, w.take(in.Cell), Owner{Kind: Shared})
	if x := w.written(w.finish(s), 1); x.Change != Mutated {
		t.Errorf("shared again: %+v", x)
	}
	s, in = begin()
	w.take(in.Cell)
	w.check(s.DeleteID(id(1)))
	if x := w.removed(w.finish(s), 1); x.Removal != Deleted {
		t.Errorf("deleted: %+v", x)
	}
	for _, owner := range []Owner{alice(), {Kind: Immutable}} {
		s, in = begin()
		w.transfer(s, w.take(in.Cell), owner)
		_, err := s.Finish()
		w.wrong(err, status.InvalidArguments)
	}
	s, in = begin()
	w.take(in.Cell) // wrapped
	_, err := s.Finish()
	w.wrong(err, status.InvalidArguments)
	s, in = begin()
	w.check(s.AddChild(id(9), w.take(in.Cell)))
	_, err = s.Finish()
	w.wrong(err, status.InvalidArguments)
}

func TestInputsForReadingAreNotTaken(t *testing.T) {
	w := newWorld(t)
	s := New(nil, DefaultLimits())
	in := w.input(s, w.stored(1, 5, Owner{Kind: Immutable}), false)
	w.transfer(s, w.take(in.Cell), alice())
	_, err := s.Finish()
	w.wrong(err, status.InvalidArguments)
}

func TestAbandonOnlyRaisesVersions(t *testing.T) {
	w := newWorld(t)
	s := New(shelf{id(7): w.stored(7, 1, Owner{ByObject, id(1)})}, DefaultLimits())
	in := w.input(s, w.stored(1, 5, alice()), true)
	w.input(s, w.stored(2, 8, Owner{Kind: Shared}), false)
	w.check(s.NewID(id(3)))
	w.transfer(s, w.thingOf(3), alice())
	w.transfer(s, w.take(in.Cell), Owner{Kind: Immutable})
	w.check(s.Emit(w.ping, number(1)))
	_, err := s.RemoveChild(id(1), id(7), w.thing, values.Unmarshal)
	w.check(err)
	r := s.Abandon()
	if len(r.Written) != 1 || len(r.Removed) != 0 || len(r.Events) != 0 || r.Version != 9 {
		t.Fatalf("results %+v", r)
	}
	if x := w.written(r, 1); x.Owner != alice() || x.Version != 9 || !bytes.Equal(x.Contents, x.Before.Contents) {
		t.Errorf("input: %+v", x)
	}
}

func TestChildren(t *testing.T) {
	w := newWorld(t)
	parent := Owner{ByObject, id(1)}
	store := shelf{}
	for n := 10; n < 16; n++ {
		store[id(n)] = w.stored(n, 4, parent)
	}
	s := New(store, DefaultLimits())
	w.input(s, w.stored(1, 5, alice()), true)
	has := func(n int, want bool) {
		t.Helper()
		if got, err := s.HasChild(id(1), id(n)); err != nil || got != want {
			t.Errorf("child %d: %v, %v", n, got, err)
		}
	}
	has(10, true)
	has(99, false)
	if got, err := s.HasChild(id(2), id(11)); err != nil || got {
		t.Errorf("child of another parent: %v, %v", got, err)
	}
	if got, err := s.HasChildOfType(id(1), id(10), w.thing); err != nil || !got {
		t.Errorf("its type: %v, %v", got, err)
	}
	if got, err := s.HasChildOfType(id(1), id(10), w.blob); err != nil || got {
		t.Errorf("another type: %v, %v", got, err)
	}
	s = New(store, DefaultLimits())
	w.input(s, w.stored(1, 5, alice()), true)
	_, err := s.BorrowChild(id(1), id(99), w.thing, false, values.Unmarshal)
	w.wrong(err, ErrAbsent)
	_, err = s.BorrowChild(id(1), id(10), w.blob, false, values.Unmarshal)
	w.wrong(err, ErrWrongType)
	// 10 is read, 11 changed, 12 removed and handed on, 13 removed and ended, 14 moved to another parent, 15 wrapped.
	_, err = s.BorrowChild(id(1), id(10), w.thing, true, values.Unmarshal)
	w.check(err)
	ref, err := s.BorrowChild(id(1), id(11), w.thing, true, values.Unmarshal)
	w.check(err)
	field, err := ref.Field(nil, 1, true)
	w.check(err)
	_, err = field.Replace(values.U64(8))
	w.check(err)
	removed := map[int]values.Value{}
	for n := 12; n < 16; n++ {
		removed[n], err = s.RemoveChild(id(1), id(n), w.thing, values.Unmarshal)
		w.check(err)
		has(n, false)
		_, err = s.RemoveChild(id(1), id(n), w.thing, values.Unmarshal)
		w.wrong(err, ErrAbsent)
	}
	w.transfer(s, removed[12], alice())
	w.check(s.DeleteID(id(13)))
	w.check(s.AddChild(id(2), removed[14]))
	has(14, true)
	w.wrong(s.AddChild(id(1), w.thingOf(14)), status.InvariantViolated)
	r := w.finish(s)
	if len(r.Written) != 4 || len(r.Removed) != 2 {
		t.Fatalf("results %+v", r)
	}
	if x := w.written(r, 11); x.Change != Mutated || x.Owner != parent || x.Version != 6 || x.Before.Version != 4 {
		t.Errorf("changed: %+v", x)
	}
	if x := w.written(r, 12); x.Change != Mutated || x.Owner != alice() {
		t.Errorf("handed on: %+v", x)
	}
	if x := w.removed(r, 13); x.Removal != Deleted {
		t.Errorf("ended: %+v", x)
	}
	if x := w.written(r, 14); x.Change != Mutated || x.Owner != (Owner{ByObject, id(2)}) {
		t.Errorf("moved: %+v", x)
	}
	if x := w.removed(r, 15); x.Removal != Wrapped {
		t.Errorf("wrapped: %+v", x)
	}
}

// A dynamic field that is removed and added again has the same id, which ends and is made in one transaction.
func TestFieldsThatComeBack(t *testing.T) {
	w := newWorld(t)
	parent := Owner{ByObject, id(1)}
	s := New(shelf{id(10): w.stored(10, 4, parent), id(11): w.stored(11, 4, parent)}, DefaultLimits())
	for n, value := range map[int]uint64{10: 7, 11: 8} {
		_, err := s.RemoveChild(id(1), id(n), w.thing, values.Unmarshal)
		w.check(err)
		w.check(s.DeleteID(id(n)))
		w.check(s.NewID(id(n)))
		w.check(s.AddChild(id(1), w.value(w.thing, id(n), number(value)...)))
	}
	r := w.finish(s)
	if len(r.Written) != 1 || len(r.Removed) != 0 {
		t.Fatalf("results %+v", r)
	}
	if x := w.written(r, 11); x.Change != Mutated {
		t.Errorf("with another value: %+v", x)
	}
}

func TestReceiving(t *testing.T) {
	w := newWorld(t)
	to := Owner{ByAddress, id(1)}
	s := New(shelf{id(10): w.stored(10, 8, to), id(11): w.stored(11, 3, to)}, DefaultLimits())
	w.input(s, w.stored(1, 5, alice()), true)
	for name, get := range map[string]func() (values.Value, error){
		"absent":          func() (values.Value, error) { return s.Receive(id(1), id(12), 8, w.thing, values.Unmarshal) },
		"another version": func() (values.Value, error) { return s.Receive(id(1), id(10), 7, w.thing, values.Unmarshal) },
		"another owner":   func() (values.Value, error) { return s.Receive(id(2), id(10), 8, w.thing, values.Unmarshal) },
	} {
		if _, err := get(); !errors.Is(err, ErrAbsent) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := s.Receive(id(1), id(10), 8, w.blob, values.Unmarshal)
	w.wrong(err, ErrWrongType)
	v, err := s.Receive(id(1), id(10), 8, w.thing, values.Unmarshal)
	w.check(err)
	_, err = s.Receive(id(1), id(10), 8, w.thing, values.Unmarshal)
	w.wrong(err, status.InvariantViolated)
	w.transfer(s, v, alice())
	_, err = s.Receive(id(1), id(11), 3, w.thing, values.Unmarshal)
	w.check(err)
	r := w.finish(s)
	if x := w.written(r, 10); r.Version != 9 || x.Change != Mutated || x.Before.Version != 8 {
		t.Errorf("received: %+v at %d", x, r.Version)
	}
	if x := w.removed(r, 11); x.Removal != Wrapped {
		t.Errorf("received and wrapped: %+v", x)
	}
	if _, err := New(nil, DefaultLimits()).Receive(id(1), id(10), 8, w.thing, values.Unmarshal); !errors.Is(err, ErrAbsent) {
		t.Errorf("without store: %v", err)
	}
}

func TestCirclesOfOwnersAreRefused(t *testing.T) {
	w := newWorld(t)
	s := New(nil, DefaultLimits())
	for n := range 3 {
		w.check(s.NewID(id(n)))
		w.check(s.AddChild(id((n+1)%3), w.thingOf(n)))
	}
	_, err := s.Finish()
	w.wrong(err, status.InvalidArguments)
}

func TestAnObjectIsInOnePlace(t *testing.T) {
	w := newWorld(t)
	s := New(nil, DefaultLimits())
	w.check(s.NewID(id(1)))
	w.check(s.AddChild(id(2), w.thingOf(1)))
	w.transfer(s, w.thingOf(1), alice())
	_, err := s.Finish()
	w.wrong(err, status.InvariantViolated)
	s = New(nil, DefaultLimits())
	w.check(s.DeleteID(id(1)))
	w.transfer(s, w.thingOf(1), alice())
	_, err = s.Finish()
	w.wrong(err, status.InvariantViolated)
}

func TestObjectsInsideOthersAreFound(t *testing.T) {
	w := newWorld(t)
	inner, deep := id(2), id(4)
	ids := map[ID]struct{}{}
	w.check(WrappedIDs(w.value(w.holder, id(1), append(inner[:], number(7)...)...), ids))
	rest := append([]byte{2, 0, 1}, deep[:]...)
	w.check(WrappedIDs(w.value(w.nest, id(3), append(rest, number(7)...)...), ids))
	w.check(WrappedIDs(w.thingOf(5), ids))
	if _, ok := ids[inner]; !ok || len(ids) != 2 {
		t.Errorf("ids %v", ids)
	}
	if _, ok := ids[deep]; !ok {
		t.Errorf("ids %v", ids)
	}
}

func TestSystemObjectsAreNewWhereverTheyComeFrom(t *testing.T) {
	w := newWorld(t)
	s := New(nil, DefaultLimits())
	clock := ptb.ShortAddress(6)
	handed, err := s.Transfer(w.value(w.thing, clock, number(0)...), Owner{Kind: Shared})
	if err != nil || handed != OfNew {
		t.Fatalf("handed %d, %v", handed, err)
	}
	if r := w.finish(s); len(r.Written) != 1 || r.Written[0].Change != Created {
		t.Errorf("results %+v", r)
	}
}

// One test for each limit: as many as it says are allowed, and not one more.
func TestLimits(t *testing.T) {
	w := newWorld(t)
	limits := DefaultLimits()
	s := New(shelf{}, limits)
	full := func(name string, n int, do func(i int) error) {
		t.Helper()
		for i := range n {
			if err := do(i); err != nil {
				t.Fatalf("%s: number %d: %v", name, i, err)
			}
		}
		if err := do(n); !errors.Is(err, status.MemoryLimitExceeded) {
			t.Errorf("%s: one more than %d: %v", name, n, err)
		}
	}
	full("new ids", 2048, func(i int) error { return s.NewID(id(i)) })
	full("deleted ids", 2048, func(i int) error { return s.DeleteID(id(i + 10_000)) })
	full("transfers", 2048, func(i int) error {
		_, err := s.Transfer(w.thingOf(i), alice())
		return err
	})
	full("looked up fields", 1000, func(i int) error {
		_, err := s.HasChild(id(1), id(i))
		return err
	})
	full("open fields", 1000, func(i int) error { return s.AddChild(id(1), w.thingOf(i)) })
	full("events", 1024, func(int) error { return s.Emit(w.ping, number(1)) })

	s = New(shelf{}, limits)
	tag, err := AppendTypeTag(nil, w.ping, OriginalIDs{})
	w.check(err)
	most := limits.EventBytes - len(tag)
	w.check(s.Emit(w.ping, make([]byte, most)))
	w.wrong(s.Emit(w.ping, make([]byte, most+1)), status.MemoryLimitExceeded)
	full("bytes of events", 255, func(int) error { return s.Emit(w.ping, make([]byte, most)) })

	bytesOf := func(n int) func(i int) values.Value {
		return func(i int) values.Value {
			b := binary.AppendUvarint(nil, uint64(n-35))
			return w.value(w.blob, id(i), append(b, make([]byte, n-35)...)...) // 32 of the id, 3 of the length
		}
	}
	s = New(shelf{}, limits)
	w.transfer(s, bytesOf(250<<10)(1), alice())
	w.finish(s)
	s = New(shelf{}, limits)
	w.transfer(s, bytesOf(250<<10+1)(1), alice())
	_, err = s.Finish()
	w.wrong(err, status.MemoryLimitExceeded)
	for objects, want := range map[int]error{20: nil, 21: status.MemoryLimitExceeded} {
		s = New(shelf{}, limits)
		for i := range objects {
			w.transfer(s, bytesOf(250_000)(i), alice())
		}
		if _, err := s.Finish(); !errors.Is(err, want) {
			t.Errorf("%d bytes written: %v", objects*250_000, err)
		}
	}
}

// Values that code gives away no longer count against the limit of the machine, so that they count here.
func TestMemoryIsLimited(t *testing.T) {
	w := newWorld(t)
	store := shelf{}
	for n := range 20 {
		store[id(n)] = w.stored(n, 1, Owner{ByObject, id(50)})
	}
	limits := DefaultLimits()
	limits.HeldBytes = 10 * values.Size(w.thingOf(1))
	for name, do := range map[string]func(s *State, n int) error{
		"inputs": func(s *State, n int) error {
			_, err := s.Input(w.stored(n, 1, alice()), w.thing, true, values.Unmarshal)
			return err
		},
		"transfers": func(s *State, n int) error {
			_, err := s.Transfer(w.thingOf(n), alice())
			return err
		},
		"added fields": func(s *State, n int) error { return s.AddChild(id(50), w.thingOf(n+100)) },
		"stored fields": func(s *State, n int) error {
			_, err := s.BorrowChild(id(50), id(n), w.thing, false, values.Unmarshal)
			return err
		},
	} {
		s := New(store, limits)
		for n := range 10 {
			w.check(do(s, n))
		}
		if err := do(s, 10); !errors.Is(err, status.MemoryLimitExceeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := New(store, limits)
	for n := range 20 { // what is taken out gives its room back
		_, err := s.RemoveChild(id(50), id(n), w.thing, values.Unmarshal)
		w.check(err)
	}
}

func TestOpeningStoredFieldsIsLimited(t *testing.T) {
	w := newWorld(t)
	store := shelf{}
	for n := range 3 {
		store[id(n)] = w.stored(n, 1, Owner{ByObject, id(50)})
	}
	limits := DefaultLimits()
	limits.OpenObjects = 2
	s := New(store, limits)
	for n := range 3 {
		_, err := s.BorrowChild(id(50), id(n), w.thing, false, values.Unmarshal)
		if n < 2 {
			w.check(err)
		} else {
			w.wrong(err, status.MemoryLimitExceeded)
		}
	}
}

func TestSystemLimitsAreHigher(t *testing.T) {
	user, system := DefaultLimits(), SystemLimits()
	if system.NewIDs != 16*user.NewIDs || system.CachedObjects != 16_000 || system.Events != user.Events || system.ObjectBytes != user.ObjectBytes {
		t.Errorf("limits %+v", system)
	}
}

// broken is a Store that fails.
type broken struct{ error }

func (b broken) Child(_, _ ID) (*Object, error)                { return nil, b.error }
func (b broken) Receivable(_, _ ID, _ uint64) (*Object, error) { return nil, b.error }

func TestErrorsOfTheStoreComeThrough(t *testing.T) {
	w := newWorld(t)
	want := errors.New("disk on fire")
	s := New(broken{want}, DefaultLimits())
	_, err := s.HasChild(id(1), id(2))
	w.wrong(err, want)
	_, err = s.HasChildOfType(id(1), id(2), w.thing)
	w.wrong(err, want)
	_, err = s.BorrowChild(id(1), id(2), w.thing, true, values.Unmarshal)
	w.wrong(err, want)
	_, err = s.Receive(id(1), id(2), 3, w.thing, values.Unmarshal)
	w.wrong(err, want)
}

func TestDerivedIDs(t *testing.T) {
	// blake2b-256 of 0xf1, 32 zeros and eight zeros; of 0xf0, 32 zeros, one as u64, the byte 1 and the tag of u8.
	if got := FreshID([32]byte{}, 0); got == FreshID([32]byte{}, 1) || got == FreshID([32]byte{1}, 0) {
		t.Errorf("fresh ids meet: %s", got)
	}
	w := newWorld(t)
	tag := func(typ *types.Type) string {
		b, err := AppendTypeTag(nil, typ, OriginalIDs{})
		w.check(err)
		return hex.EncodeToString(b)
	}
	nested, err := w.u.VectorOf(types.BytesType)
	w.check(err)
	for want, typ := range map[string]*types.Type{
		"00": types.BoolType, "01": types.U8Type, "02": types.U64Type, "03": types.U128Type, "04": types.AddressType,
		"05": types.SignerType, "08": types.U16Type, "09": types.U32Type, "0a": types.U256Type, "060601": nested,
		"07" + hex.EncodeToString(w.thing.Datatype().Module.Address[:]) + "016d" + "055468696e67" + "00": w.thing,
	} {
		if got := tag(typ); got != want {
			t.Errorf("%s: tag %s, want %s", typ, got, want)
		}
	}
	ref, err := w.u.ReferenceTo(w.thing, false)
	w.check(err)
	_, err = AppendTypeTag(nil, ref, OriginalIDs{})
	w.wrong(err, status.InvalidSignature)
	b, err := AppendTypeTag(nil, w.thing, upgraded{})
	w.check(err)
	if b[32] != 0x77 {
		t.Errorf("tag by defining id: %x", b)
	}
	if a, b := ptb.FieldID(id(1), []byte{1}, []byte{5}), ptb.FieldID(id(1), []byte{2}, []byte{5}); a == b {
		t.Error("names of different types have one id")
	}
}

type upgraded struct{}

func (upgraded) DefiningID(types.ModuleID, string) types.Address { return ptb.ShortAddress(0x77) }

func TestStepsShareFields(t *testing.T) {
	w := newWorld(t)
	s := New(nil, SystemLimits())
	w.check(s.NewID(id(1)))
	w.check(s.NewID(id(2)))
	w.check(s.AddChild(id(1), w.thingOf(2)))
	w.transfer(s, w.thingOf(1), alice())
	w.transfer(s, w.thingOf(3), Owner{Kind: Immutable})
	w.check(s.DeleteID(id(9)))
	w.check(s.DeleteID(id(8)))
	w.check(s.Emit(w.ping, number(1)))
	step := s.EndStep()
	if len(step.Handed) != 2 || !step.Handed[0].New || step.Handed[1].New || step.Handed[1].ID != id(3) || step.Events != 1 {
		t.Errorf("step %+v", step)
	}
	if len(step.Deleted) != 2 || step.Deleted[0] != id(9) || step.Deleted[1] != id(8) {
		t.Errorf("deleted %v", step.Deleted)
	}
	if got, err := s.HasChild(id(1), id(2)); err != nil || !got {
		t.Errorf("the field is there: %v, %v", got, err)
	}
	for i := range s.Children() {
		if i != id(2) {
			t.Errorf("child %s", i)
		}
	}
	s.SetOwner(id(1), alice())
	if handed, err := s.Transfer(w.thingOf(1), alice()); err != nil || handed != Unchanged {
		t.Errorf("handed %d, %v", handed, err)
	}
	if step := s.EndStep(); len(step.Handed) != 1 || step.Events != 0 || len(step.Deleted) != 0 {
		t.Errorf("step %+v", step)
	}
}

func TestWordsForOwners(t *testing.T) {
	if s := (Owner{Kind: Immutable}).String(); s != "immutable" {
		t.Error(s)
	}
	if s := (Owner{ByObject, ptb.ShortAddress(5)}).String(); s != "a field of "+ptb.ShortAddress(5).String() {
		t.Error(s)
	}
}
