package values

import (
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// Root says whose value a reference points into: 1 + the number of a local among all locals of a running machine, or 0
// for places that no local owns. The machine counts references by Root to keep borrowed locals in place.
type Root uint64

// Cell is one place outside the locals of any function, such as an object that a transaction holds.
type Cell struct{ c *Container }

// NewCell puts v into a new place.
func NewCell(v Value) Cell { return Cell{&Container{items: []Value{v}}} }

// Borrow makes a reference to the place.
func (c Cell) Borrow(mutable bool) Value {
	return Value{kind: types.Reference, mutable: mutable, box: c.c}
}

// Peek has the value, which the place keeps: the caller reads it or copies it.
func (c Cell) Peek() Value { return c.c.items[0] }

// Take moves the value out and leaves the place empty.
func (c Cell) Take() (Value, error) {
	v := c.c.items[0]
	if v.IsNone() {
		return v, status.New(status.ValueUnavailable, "the place is empty")
	}
	if c.c.borrows != 0 || Borrowed(v) {
		return Value{}, borrowed(v)
	}
	c.c.items[0] = Value{}
	return v, nil
}

// Put moves v into the empty place.
func (c Cell) Put(v Value) error {
	if !c.c.items[0].IsNone() {
		return status.New(status.InvariantViolated, "the place is taken")
	}
	c.c.items[0] = v
	return nil
}

// Locals are the places of a function's parameters and local variables.
type Locals struct{ c *Container }

// NewLocals makes n empty places.
func NewLocals(n int) Locals { return Locals{&Container{items: make([]Value, n)}} }

// Places are the locals themselves. The machine writes them directly.
func (l Locals) Places() []Value { return l.c.items }

// Borrow makes a reference to a local with a number in range.
func (l Locals) Borrow(i uint64, mutable bool, root Root) Value {
	return Value{kind: types.Reference, mutable: mutable, lo: i, hi: uint64(root), box: l.c}
}

// Root of a reference, 0 for all other values.
func (v Value) Root() Root {
	if v.kind != types.Reference {
		return 0
	}
	return Root(v.hi)
}

// Retain counts a reference that came into being, Release one that ended. Values that are no references are ignored.
// Only the machine, which owns all references, calls them.
func (v Value) Retain() {
	if v.kind == types.Reference {
		v.box.borrows++
	}
}

// Release undoes Retain.
func (v Value) Release() {
	if v.kind == types.Reference {
		v.box.borrows--
	}
}

// Peek has the value that a reference points to, which stays where it is: the caller reads it or copies it.
func (v Value) Peek() (Value, error) {
	if v.kind != types.Reference {
		return Value{}, v.mismatch("a reference")
	}
	if v.lo >= uint64(v.box.len()) {
		return Value{}, status.New(status.ReferenceInvalid, "the reference's target is gone")
	}
	target := v.box.get(v.lo)
	if target.kind == types.None {
		return Value{}, status.New(status.ReferenceInvalid, "the reference's target was moved away")
	}
	return target, nil
}

// Replace writes a value of the same type through a mutable reference and returns the old one.
func (v Value) Replace(x Value) (Value, error) {
	old, err := v.Peek()
	if err != nil {
		return Value{}, err
	}
	if !v.mutable {
		return Value{}, status.New(status.ReferenceNotMutable, "a write to %s", Describe(v))
	}
	if old.kind == types.Reference || !Matches(x, TypeOf(old)) {
		return Value{}, status.New(status.TypeMismatch, "a write of %s to %s", Describe(x), Describe(v))
	}
	v.box.set(v.lo, x)
	return old, nil
}

// Freeze makes a mutable reference immutable.
func (v Value) Freeze() (Value, error) {
	if v.kind != types.Reference || !v.mutable {
		return Value{}, v.mismatch("a mutable reference")
	}
	v.mutable = false
	return v, nil
}

// target resolves a reference to something with places, of a type or of any when t is nil.
func (v Value) target(t *types.Type, mutable bool) (*Container, error) {
	inner, err := v.Peek()
	if err != nil {
		return nil, err
	}
	if inner.box == nil || inner.kind == types.Reference || t != nil && inner.box.typ != t {
		return nil, status.New(status.TypeMismatch, "%s where a reference to %s is wanted", Describe(v), t)
	}
	if mutable && !v.mutable {
		return nil, status.New(status.ReferenceNotMutable, "%s where a mutable one is wanted", Describe(v))
	}
	return inner.box, nil
}

// Field makes a reference to a field of the struct of type t that v points to. A nil t allows any struct.
func (v Value) Field(t *types.Type, i int, mutable bool) (Value, error) {
	c, err := v.target(t, mutable)
	if err != nil {
		return Value{}, err
	}
	if c.typ.Kind() != types.Struct || i < 0 || i >= len(c.items) {
		return Value{}, status.New(status.IndexOutOfBounds, "field %d of %s", i, c.typ)
	}
	return Value{kind: types.Reference, mutable: mutable, lo: uint64(i), hi: v.hi, box: c}, nil
}

// VariantFields makes references to all fields of the enum value of type t and variant tag that v points to.
func (v Value) VariantFields(t *types.Type, tag uint16, mutable bool) ([]Value, error) {
	c, err := v.target(t, mutable)
	if err != nil {
		return nil, err
	}
	if c.typ.Kind() != types.Enum {
		return nil, v.mismatch("a reference to an enum")
	}
	if c.tag != tag {
		return nil, tagMismatch(c, tag)
	}
	refs := make([]Value, len(c.items))
	for i := range refs {
		refs[i] = Value{kind: types.Reference, mutable: mutable, lo: uint64(i), hi: v.hi, box: c}
	}
	return refs, nil
}

func tagMismatch(c *Container, want uint16) error {
	return status.New(status.VariantTagMismatch, "%s is of variant %d, not %d", c.typ, c.tag, want)
}

// Element makes a reference to an element of the vector of type t that v points to.
func (v Value) Element(t *types.Type, i uint64, mutable bool) (Value, error) {
	c, err := v.target(t, mutable)
	if err != nil {
		return Value{}, err
	}
	if n := c.len(); i >= uint64(n) {
		return Value{}, status.Vector(status.VectorIndexOutOfBounds, "element %d of %d", i, n)
	}
	return Value{kind: types.Reference, mutable: mutable, lo: i, hi: v.hi, box: c}, nil
}

// VectorLen is the length of the vector of type t that v points to.
func (v Value) VectorLen(t *types.Type) (int, error) {
	c, err := v.target(t, false)
	if err != nil {
		return 0, err
	}
	return c.len(), nil
}

// PushBack appends to the vector of type t that v points to.
func (v Value) PushBack(t *types.Type, x Value) error {
	c, err := v.target(t, true)
	if err != nil {
		return err
	}
	if !Matches(x, t.Elem()) {
		return status.New(status.TypeMismatch, "%s pushed to %s", Describe(x), t)
	}
	if t == types.BytesType {
		c.bytes = append(c.bytes, byte(x.lo))
		return nil
	}
	c.items = append(c.items, x)
	return nil
}

// PopBack removes the last element of the vector of type t that v points to.
func (v Value) PopBack(t *types.Type) (Value, error) {
	c, err := v.target(t, true)
	if err != nil {
		return Value{}, err
	}
	n := c.len()
	if n == 0 {
		return Value{}, status.Vector(status.VectorPopEmpty, "pop from an empty vector")
	}
	x := c.get(uint64(n - 1))
	if t == types.BytesType {
		c.bytes = c.bytes[:n-1]
		return x, nil
	}
	c.items[n-1] = Value{}
	c.items = c.items[:n-1]
	return x, nil
}

// Swap exchanges two elements of the vector of type t that v points to.
func (v Value) Swap(t *types.Type, i, j uint64) error {
	c, err := v.target(t, true)
	if err != nil {
		return err
	}
	if n := uint64(c.len()); i >= n || j >= n {
		return status.Vector(status.VectorIndexOutOfBounds, "swap of elements %d and %d of %d", i, j, n)
	}
	if t == types.BytesType {
		c.bytes[i], c.bytes[j] = c.bytes[j], c.bytes[i]
	} else {
		c.items[i], c.items[j] = c.items[j], c.items[i]
	}
	return nil
}

// Elements takes the elements out of a vector of type t. The caller owns them and must not use v again.
func (v Value) Elements(t *types.Type) ([]Value, error) {
	if v.kind != types.Vector || v.box.typ != t {
		return nil, v.mismatch(t.String())
	}
	if v.box.borrows != 0 {
		return nil, borrowed(v)
	}
	items := v.box.items
	if t == types.BytesType {
		items = make([]Value, len(v.box.bytes))
		for i, b := range v.box.bytes {
			items[i] = U8(b)
		}
	}
	v.box.items, v.box.bytes = nil, nil
	return items, nil
}

// Borrowed says whether references point into v or into anything inside it. It visits the whole value.
func Borrowed(v Value) bool {
	switch v.kind {
	case types.Vector, types.Struct, types.Enum:
		if v.box.borrows != 0 {
			return true
		}
		for _, item := range v.box.items {
			if item.box != nil && Borrowed(item) {
				return true
			}
		}
	}
	return false
}
