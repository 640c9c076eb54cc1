package objects

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
)

// Input is an object that a transaction was given. Code gets its value, or references to it, from the Cell. A Cell that is
// empty in the end says that code took the object.
type Input struct {
	Object  *Object
	Type    *types.Type
	Mutable bool
	Cell    values.Cell
}

// Input gives an object to the transaction. Objects that it may change are written in the end, changed or not, so that
// each version of them is the input of one transaction.
func (s *State) Input(o *Object, t *types.Type, mutable bool, decode Decoder) (*Input, error) {
	if s.inputs[o.ID] != nil {
		return nil, status.New(status.InvalidArguments, "object %s is an input twice", o.ID)
	}
	if mutable && o.Owner.Kind == Immutable {
		return nil, status.New(status.InvalidArguments, "object %s is immutable", o.ID)
	}
	v, err := decode(o.Contents, t)
	if err != nil {
		return nil, err
	}
	if err := s.hold(v, &s.heldBytes); err != nil {
		return nil, err
	}
	in := &Input{Object: o, Type: t, Mutable: mutable, Cell: values.NewCell(v)}
	s.inputs[o.ID] = in
	return in, nil
}

// Change says what a write did.
type Change uint8

// What a write can do.
const (
	Created   Change = iota // the object is new
	Mutated                 // it was there before, under its id
	Unwrapped               // it was inside another object
)

// Written is an object as the transaction left it.
type Written struct {
	Object
	Change Change
	Layout *types.Type // the type of which Object.Type is the spelling
	Before *Object     // nil unless Mutated
}

// Removal says how an object disappeared.
type Removal uint8

// How objects disappear.
const (
	Deleted              Removal = iota // it ended
	UnwrappedThenDeleted                // it was inside another object, and ended
	Wrapped                             // it is inside another object now
)

// Removed is an object that is no longer there under its id.
type Removed struct {
	ID      ID
	Removal Removal
	Before  *Object // nil for UnwrappedThenDeleted
}

// Results are what a transaction did to objects, both lists by ascending id.
type Results struct {
	Version uint64 // of everything written: one more than the greatest of the inputs
	Written []Written
	Removed []Removed
	Events  []Event
}

// Finish settles what the transaction did. Code must not run on the State afterwards. An error means that the transaction
// fails, as if its code had: nothing happens but what Abandon says.
func (s *State) Finish() (*Results, error) {
	f := &finish{state: s, version: s.version()}
	for _, id := range ascending(s.inputs) {
		if err := f.input(s.inputs[id]); err != nil {
			return nil, err
		}
	}
	for _, id := range ascending(s.children) {
		if err := f.child(id, s.children[id]); err != nil {
			return nil, err
		}
	}
	for _, id := range s.order {
		t := s.handed[id]
		if err := f.write(id, t.owner, values.TypeOf(t.value), t.value); err != nil {
			return nil, err
		}
	}
	for id := range s.received {
		f.gone(id)
	}
	for id := range s.deleted.members {
		f.gone(id)
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	return f.results(), nil
}

// Abandon is what a failed transaction does: inputs that it may change have a new version, and nothing else is different.
func (s *State) Abandon() *Results {
	f := &finish{state: s, version: s.version()}
	for _, in := range s.inputs {
		if in.Mutable {
			f.written = append(f.written, f.unchanged(in))
		}
	}
	r := f.results()
	r.Events = nil
	return r
}

// ascending has the keys of a map in order, so that of several failures always the same one is reported.
func ascending[V any](m map[ID]V) []ID {
	ids := make([]ID, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b ID) int { return bytes.Compare(a[:], b[:]) })
	return ids
}

// Saw makes what the transaction writes later than a version: that of an object that it may receive, received or not.
func (s *State) Saw(version uint64) { s.latest = max(s.latest, version) }

// version of what the transaction writes.
func (s *State) version() uint64 {
	latest := s.latest
	for _, in := range s.inputs {
		latest = max(latest, in.Object.Version)
	}
	for _, o := range s.received {
		latest = max(latest, o.Version)
	}
	return latest + 1
}

// SizeError says that a transaction writes too much. It is wrapped in a status.Error.
type SizeError struct {
	Object    ID // zero for all objects together
	Size, Max int
}

func (e *SizeError) Error() string {
	if e.Object == (ID{}) {
		return fmt.Sprintf("objects of %d bytes written in a transaction, at most %d", e.Size, e.Max)
	}
	return fmt.Sprintf("object %s has %d bytes, at most %d", e.Object, e.Size, e.Max)
}

// OwnershipError says that an object was left with an owner that it cannot have. It is wrapped in a status.Error.
type OwnershipError struct {
	Object   ID
	Circular bool // it owns itself, directly or not; else it was shared, and is not shared again or deleted
}

func (e *OwnershipError) Error() string {
	if e.Circular {
		return fmt.Sprintf("object %s owns itself", e.Object)
	}
	return fmt.Sprintf("shared object %s must be shared again or deleted", e.Object)
}

// finish collects results.
type finish struct {
	state   *State
	version uint64
	bytes   int // of all that is written
	written []Written
	removed []Removed
	done    map[ID]struct{} // what is in the lists
}

// before is the object as it was before the transaction, nil where it was not or was inside another.
func (f *finish) before(id ID) *Object {
	if in := f.state.inputs[id]; in != nil {
		return in.Object
	}
	if o := f.state.received[id]; o != nil {
		return o
	}
	if c := f.state.children[id]; c != nil {
		return c.stored
	}
	return nil
}

func (f *finish) input(in *Input) error {
	id := in.Object.ID
	if v := in.Cell.Peek(); !v.IsNone() {
		if !in.Mutable {
			return f.mark(id)
		}
		return f.write(id, in.Object.Owner, in.Type, v)
	}
	if !in.Mutable {
		return status.New(status.InvalidArguments, "object %s is taken by value, and the transaction may not change it", id)
	}
	if in.Object.Owner.Kind == Shared && !f.state.deleted.has(id) {
		if t := f.state.handed[id]; t == nil || t.owner.Kind != Shared {
			return status.New(status.InvalidArguments, "%w", &OwnershipError{Object: id})
		}
	}
	f.gone(id)
	return nil
}

// isField says whether id is a dynamic field now.
func (s *State) isField(id ID) bool {
	c := s.children[id]
	return c != nil && c.present()
}

func (f *finish) child(id ID, c *child) error {
	if !c.present() {
		if c.stored != nil {
			f.gone(id)
		}
		return nil
	}
	owner := Owner{ByObject, c.parent}
	if c.stored == nil || c.stored.Owner != owner || c.stored.Type != c.typ.String() {
		return f.write(id, owner, c.typ, c.cell.Peek())
	}
	now, err := f.marshal(id, c.cell.Peek())
	if err != nil {
		return err
	}
	if bytes.Equal(now, c.stored.Contents) {
		return f.mark(id)
	}
	return f.put(id, owner, c.typ, now)
}

// gone records an object that is not where it was, unless it is somewhere else.
func (f *finish) gone(id ID) {
	if f.state.handed[id] != nil || f.state.isField(id) || f.mark(id) != nil {
		return
	}
	r := Removed{ID: id, Before: f.before(id), Removal: Wrapped}
	if f.state.deleted.has(id) {
		r.Removal = Deleted
		if r.Before == nil {
			r.Removal = UnwrappedThenDeleted
		}
	}
	f.removed = append(f.removed, r)
}

// mark makes sure that no object is in the results twice.
func (f *finish) mark(id ID) error {
	if _, ok := f.done[id]; ok {
		return status.New(status.InvariantViolated, "object %s is in two places", id)
	}
	if f.done == nil {
		f.done = make(map[ID]struct{})
	}
	f.done[id] = struct{}{}
	return nil
}

func (f *finish) write(id ID, owner Owner, t *types.Type, v values.Value) error {
	contents, err := f.marshal(id, v)
	if err != nil {
		return err
	}
	return f.put(id, owner, t, contents)
}

func (f *finish) marshal(id ID, v values.Value) ([]byte, error) {
	limits := f.state.limits
	b, err := values.Marshal(v, limits.WrittenBytes)
	if err == nil && len(b) > limits.ObjectBytes {
		err = status.New(status.MemoryLimitExceeded, "%w", &SizeError{id, len(b), limits.ObjectBytes})
	}
	return b, err
}

func (f *finish) put(id ID, owner Owner, t *types.Type, contents []byte) error {
	if err := f.mark(id); err != nil {
		return err
	}
	if f.state.deleted.has(id) {
		return status.New(status.InvariantViolated, "object %s is written after its identity ended", id)
	}
	if f.bytes += len(contents); f.bytes > f.state.limits.WrittenBytes {
		return status.New(status.MemoryLimitExceeded, "%w", &SizeError{Size: f.bytes, Max: f.state.limits.WrittenBytes})
	}
	w := Written{
		Object: Object{ID: id, Version: f.version, Owner: owner, Type: t.String(), Contents: contents},
		Layout: t, Before: f.before(id),
	}
	switch {
	case w.Before != nil:
		w.Change = Mutated
	case f.state.newIDs.has(id):
		w.Change = Created
	default:
		w.Change = Unwrapped
	}
	if owner.Kind == Shared {
		w.SharedAt = f.version
		if w.Before != nil && w.Before.Owner.Kind == Shared {
			w.SharedAt = w.Before.SharedAt
		}
	}
	f.written = append(f.written, w)
	return nil
}

func (f *finish) unchanged(in *Input) Written {
	o := *in.Object
	o.Version = f.version
	return Written{Object: o, Change: Mutated, Layout: in.Type, Before: in.Object}
}

// check looks for objects that own each other in a circle.
func (f *finish) check() error {
	parents := make(map[ID]ID)
	for _, w := range f.written {
		if w.Owner.Kind == ByObject {
			parents[w.ID] = w.Owner.Address
		}
	}
	for _, start := range ascending(parents) {
		at, ok := parents[start]
		for n := 0; ok; n++ {
			if at == start || n > len(parents) {
				return status.New(status.InvalidArguments, "%w", &OwnershipError{Object: at, Circular: true})
			}
			at, ok = parents[at]
		}
	}
	return nil
}

func (f *finish) results() *Results {
	slices.SortFunc(f.written, func(a, b Written) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	slices.SortFunc(f.removed, func(a, b Removed) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return &Results{Version: f.version, Written: f.written, Removed: f.removed, Events: f.state.events}
}
