package objects

import (
	"errors"

	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
)

// What can be wrong with a dynamic field or an object to be received that code asks for.
var (
	ErrAbsent    = errors.New("there is no such object")
	ErrWrongType = errors.New("the object is of another type")
)

// Decoder reads a value of a type from BCS.
type Decoder func(b []byte, t *types.Type) (values.Value, error)

// child is a dynamic field, or the object that one refers to, while it is open.
type child struct {
	parent ID
	typ    *types.Type
	cell   values.Cell // empty once it was removed
	stored *Object     // as the store had it, nil for a new one
}

func (c *child) present() bool { return !c.cell.Peek().IsNone() }

// HasChild says whether parent owns an object of that id.
func (s *State) HasChild(parent, id ID) (bool, error) {
	if c := s.children[id]; c != nil {
		return c.present(), nil
	}
	o, err := s.fetch(parent, id)
	return o != nil, err
}

// HasChildOfType says whether parent owns an object of that id and type.
func (s *State) HasChildOfType(parent, id ID, t *types.Type) (bool, error) {
	if c := s.children[id]; c != nil {
		return c.present() && c.typ == t, nil
	}
	o, err := s.fetch(parent, id)
	return o != nil && o.Type == t.String(), err
}

// BorrowChild makes a reference to the object of that id and type that parent owns, or fails with ErrAbsent or
// ErrWrongType.
func (s *State) BorrowChild(parent, id ID, t *types.Type, mutable bool, decode Decoder) (values.Value, error) {
	c, err := s.open(parent, id, t, decode)
	if err != nil {
		return values.Value{}, err
	}
	return c.cell.Borrow(mutable), nil
}

// RemoveChild takes the object of that id and type from parent, or fails with ErrAbsent or ErrWrongType.
func (s *State) RemoveChild(parent, id ID, t *types.Type, decode Decoder) (values.Value, error) {
	c, err := s.open(parent, id, t, decode)
	if err != nil {
		return values.Value{}, err
	}
	v, err := c.cell.Take()
	if err != nil {
		return values.Value{}, err
	}
	// It may have grown since it came.
	s.fieldBytes -= min(values.Size(v), s.fieldBytes)
	return v, nil
}

// AddChild gives an object to parent.
func (s *State) AddChild(parent ID, object values.Value) error {
	id, err := IDOf(object)
	if err != nil {
		return err
	}
	if err := s.roomToOpen(); err != nil {
		return err
	}
	if err := s.hold(object, &s.fieldBytes); err != nil {
		return err
	}
	c := s.children[id]
	switch {
	case c == nil:
		c = &child{}
		s.children[id] = c
	case c.present():
		return status.New(status.InvariantViolated, "object %s is added to %s while %s has it", id, parent, c.parent)
	}
	c.parent, c.typ, c.cell = parent, values.TypeOf(object), values.NewCell(object)
	return nil
}

// Receive takes an object that was sent to the address of parent, or fails with ErrAbsent or ErrWrongType.
func (s *State) Receive(parent, id ID, version uint64, t *types.Type, decode Decoder) (values.Value, error) {
	if s.store == nil {
		return values.Value{}, ErrAbsent
	}
	o, err := s.store.Receivable(parent, id, version)
	if err != nil {
		return values.Value{}, err
	}
	if o == nil {
		return values.Value{}, ErrAbsent
	}
	if o.Type != t.String() {
		return values.Value{}, ErrWrongType
	}
	if s.received[id] != nil {
		return values.Value{}, status.New(status.InvariantViolated, "object %s is received twice", id)
	}
	v, err := decode(o.Contents, t)
	if err != nil {
		return values.Value{}, err
	}
	s.received[id] = o
	return v, nil
}

// fetch asks the store for a child, once.
func (s *State) fetch(parent, id ID) (*Object, error) {
	if o, ok := s.cached[id]; ok {
		return o, nil
	}
	if len(s.cached) >= s.limits.CachedObjects {
		return nil, status.New(status.MemoryLimitExceeded, "more than %d dynamic fields looked up in a transaction", s.limits.CachedObjects)
	}
	var o *Object
	if s.store != nil {
		var err error
		if o, err = s.store.Child(parent, id); err != nil {
			return nil, err
		}
	}
	s.cached[id] = o
	return o, nil
}

// open finds a child that is there, reading it from the store if need be.
func (s *State) open(parent, id ID, t *types.Type, decode Decoder) (*child, error) {
	if c := s.children[id]; c != nil {
		switch {
		case c.typ != t:
			return nil, ErrWrongType
		case !c.present():
			return nil, ErrAbsent
		}
		return c, nil
	}
	o, err := s.fetch(parent, id)
	if err != nil {
		return nil, err
	}
	if o == nil {
		return nil, ErrAbsent
	}
	if o.Type != t.String() {
		return nil, ErrWrongType
	}
	if err := s.roomToOpen(); err != nil {
		return nil, err
	}
	v, err := decode(o.Contents, t)
	if err != nil {
		return nil, err
	}
	if err := s.hold(v, &s.fieldBytes); err != nil {
		return nil, err
	}
	c := &child{parent: parent, typ: t, cell: values.NewCell(v), stored: o}
	s.children[id] = c
	return c, nil
}

func (s *State) roomToOpen() error {
	if len(s.children) >= s.limits.OpenObjects {
		return status.New(status.MemoryLimitExceeded, "more than %d dynamic fields used in a transaction", s.limits.OpenObjects)
	}
	return nil
}
