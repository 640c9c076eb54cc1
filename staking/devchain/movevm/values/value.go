// Package values has the values of running Move code: integers, addresses, vectors, structs, enum variants, and
// references into them, with what can be done with them that needs no code: arithmetic, copying, comparing, BCS.
//
// A value that holds others points to its Container, which exactly one place owns; moving the value moves the pointer.
// A reference is a Container and the number of a place in it, so that it survives growth and sees every write; locals
// are a Container as well. Places that hold nothing have the zero Value.
package values

import (
	"encoding/binary"
	"fmt"

	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// Value is a Move value. The zero Value is an empty place. Copying a Value moves it: for a second one, use Copy.
type Value struct {
	kind    types.Kind
	mutable bool // of a reference
	// lo and hi are an integer of up to 128 bits; lo is the place that a reference points to and hi its Root.
	lo, hi uint64
	wide   *[32]byte  // u256 in little-endian order, address, signer; never written
	box    *Container // vector, struct, enum; the target's of a reference
}

// Container owns the places of a vector, a struct, an enum variant, or of locals.
type Container struct {
	typ     *types.Type // nil for locals
	tag     uint16      // of an enum variant
	borrows int32       // references that point into it and are alive
	items   []Value
	bytes   []byte // the elements of a vector<u8>, instead of items
}

// Kind of the value. References are types.Reference or types.MutReference.
func (v Value) Kind() types.Kind { return v.kind }

// IsNone says whether v is an empty place.
func (v Value) IsNone() bool { return v.kind == types.None }

// IsReference says whether v is a reference.
func (v Value) IsReference() bool { return v.kind == types.Reference }

// IsMutable says whether v is a reference that can be written through.
func (v Value) IsMutable() bool { return v.mutable }

// Bool makes a bool.
func Bool(b bool) Value {
	v := Value{kind: types.Bool}
	if b {
		v.lo = 1
	}
	return v
}

// U8 makes a u8.
func U8(x uint8) Value { return Value{kind: types.U8, lo: uint64(x)} }

// U16 makes a u16.
func U16(x uint16) Value { return Value{kind: types.U16, lo: uint64(x)} }

// U32 makes a u32.
func U32(x uint32) Value { return Value{kind: types.U32, lo: uint64(x)} }

// U64 makes a u64.
func U64(x uint64) Value { return Value{kind: types.U64, lo: x} }

// U128 makes a u128 of its halves.
func U128(lo, hi uint64) Value { return Value{kind: types.U128, lo: lo, hi: hi} }

// U128Of makes a u128 of 16 bytes in little-endian order.
func U128Of(le [16]byte) Value {
	return U128(binary.LittleEndian.Uint64(le[:8]), binary.LittleEndian.Uint64(le[8:]))
}

// U256 makes a u256 of 32 bytes in little-endian order.
func U256(le [32]byte) Value { return Value{kind: types.U256, wide: &le} }

// Address makes an address.
func Address(a types.Address) Value {
	w := [32]byte(a)
	return Value{kind: types.AddressKind, wide: &w}
}

// Signer makes a signer.
func Signer(a types.Address) Value {
	w := [32]byte(a)
	return Value{kind: types.Signer, wide: &w}
}

// Bytes makes a vector<u8>. The caller gives the slice away.
func Bytes(b []byte) Value {
	return Value{kind: types.Vector, box: &Container{typ: types.BytesType, bytes: b}}
}

// Vector makes a vector of type t (a vector type, not the element type) with elements of its element type. The caller
// gives the slice away.
func Vector(t *types.Type, elements []Value) (Value, error) {
	if t.Kind() != types.Vector {
		return Value{}, status.New(status.TypeMismatch, "a vector of type %s", t)
	}
	c := &Container{typ: t}
	if t == types.BytesType {
		c.bytes = make([]byte, len(elements))
	}
	for i, e := range elements {
		if !Matches(e, t.Elem()) {
			return Value{}, status.New(status.TypeMismatch, "element %d of %s is %s", i, t, Describe(e))
		}
		if c.bytes != nil {
			c.bytes[i] = byte(e.lo)
		}
	}
	if c.bytes == nil {
		c.items = elements
	}
	return Value{kind: types.Vector, box: c}, nil
}

// StructOf makes a struct of type t, whose layout the Universe has resolved. The caller gives the slice away.
func StructOf(t *types.Type, fields []Value) (Value, error) {
	if t.Kind() != types.Struct {
		return Value{}, status.New(status.TypeMismatch, "a struct of type %s", t)
	}
	return pack(t, 0, fields)
}

// Variant makes an enum value of type t, whose layout the Universe has resolved. The caller gives the slice away.
func Variant(t *types.Type, tag uint16, fields []Value) (Value, error) {
	if t.Kind() != types.Enum {
		return Value{}, status.New(status.TypeMismatch, "an enum of type %s", t)
	}
	return pack(t, tag, fields)
}

func pack(t *types.Type, tag uint16, fields []Value) (Value, error) {
	l := t.Layout()
	if l == nil || int(tag) >= len(l.Variants) {
		return Value{}, status.New(status.InvariantViolated, "variant %d of %s, whose layout was not resolved or lacks it", tag, t)
	}
	want := l.Variants[tag]
	if len(fields) != len(want) {
		return Value{}, status.New(status.TypeMismatch, "%d fields for %s, which has %d", len(fields), t, len(want))
	}
	for i, f := range fields {
		if !Matches(f, want[i]) {
			return Value{}, status.New(status.TypeMismatch, "field %d of %s is %s, not %s", i, t, Describe(f), want[i])
		}
	}
	return Value{kind: t.Kind(), box: &Container{typ: t, tag: tag, items: fields}}, nil
}

// Matches says whether v is a value of type t. For a reference it compares the type of what it points to.
func Matches(v Value, t *types.Type) bool {
	switch v.kind {
	case types.None:
		return false
	case types.Reference:
		if !t.IsReference() || v.mutable != (t.Kind() == types.MutReference) {
			return false
		}
		target, err := v.Peek()
		return err == nil && Matches(target, t.Elem())
	case types.Vector, types.Struct, types.Enum:
		return v.box.typ == t
	default:
		return v.kind == t.Kind()
	}
}

// TypeOf is the type of a value that is no reference; nil for a reference and for an empty place.
func TypeOf(v Value) *types.Type {
	switch v.kind {
	case types.None, types.Reference:
		return nil
	case types.Vector, types.Struct, types.Enum:
		return v.box.typ
	default:
		return types.OfKind(v.kind)
	}
}

// Describe names the type of v for messages.
func Describe(v Value) string {
	if v.kind == types.Reference {
		target, err := v.Peek()
		switch {
		case err != nil:
			return "a reference to nothing"
		case v.mutable:
			return "&mut " + Describe(target)
		default:
			return "&" + Describe(target)
		}
	}
	if t := TypeOf(v); t != nil {
		return t.String()
	}
	return "nothing"
}

func (v Value) mismatch(want string) error {
	return status.New(status.TypeMismatch, "%s where %s is wanted", Describe(v), want)
}

// AsBool is the value of a bool.
func (v Value) AsBool() (bool, error) {
	if v.kind != types.Bool {
		return false, v.mismatch("bool")
	}
	return v.lo == 1, nil
}

// AsUint64 is the value of a u8, u16, u32 or u64.
func (v Value) AsUint64() (uint64, error) {
	if v.kind < types.U8 || v.kind > types.U64 {
		return 0, v.mismatch("an integer of at most 64 bits")
	}
	return v.lo, nil
}

// AsU128 has the halves of a u128.
func (v Value) AsU128() (lo, hi uint64, err error) {
	if v.kind != types.U128 {
		return 0, 0, v.mismatch("u128")
	}
	return v.lo, v.hi, nil
}

// AsU256 has the 32 bytes of a u256 in little-endian order.
func (v Value) AsU256() ([32]byte, error) {
	if v.kind != types.U256 {
		return [32]byte{}, v.mismatch("u256")
	}
	return *v.wide, nil
}

// AsAddress is the value of an address or a signer.
func (v Value) AsAddress() (types.Address, error) {
	if v.kind != types.AddressKind && v.kind != types.Signer {
		return types.Address{}, v.mismatch("address")
	}
	return *v.wide, nil
}

// AsBytes has the elements of a vector<u8>. The caller must not change them, and must copy what it keeps.
func (v Value) AsBytes() ([]byte, error) {
	if v.kind != types.Vector || v.box.typ != types.BytesType {
		return nil, v.mismatch("vector<u8>")
	}
	return v.box.bytes, nil
}

// Len is the number of elements of a vector and of fields of a struct or variant; 0 for others.
func (v Value) Len() int {
	switch v.kind {
	case types.Vector, types.Struct, types.Enum:
		return v.box.len()
	default:
		return 0
	}
}

// Tag is the number of an enum value's variant; 0 for others.
func (v Value) Tag() uint16 {
	if v.kind != types.Enum {
		return 0
	}
	return v.box.tag
}

// At has the i-th element of a vector or field of a struct or variant, which keeps owning it: the caller reads it or
// copies it.
func (v Value) At(i int) (Value, error) {
	switch v.kind {
	case types.Vector, types.Struct, types.Enum:
		if i >= 0 && i < v.box.len() {
			return v.box.get(uint64(i)), nil
		}
		return Value{}, status.New(status.IndexOutOfBounds, "place %d of %s with %d", i, Describe(v), v.box.len())
	default:
		return Value{}, v.mismatch("something with parts")
	}
}

// Unpack takes the fields out of a struct or variant. The caller owns them and must not use v again.
func (v Value) Unpack() ([]Value, error) {
	if v.kind != types.Struct && v.kind != types.Enum {
		return nil, v.mismatch("a struct or an enum")
	}
	if v.box.borrows != 0 {
		return nil, borrowed(v)
	}
	items := v.box.items
	v.box.items = nil
	return items, nil
}

func borrowed(v Value) error {
	return status.New(status.BorrowedValue, "%s is taken apart, moved or destroyed while references into it live", Describe(v))
}

func (c *Container) len() int {
	if c.typ == types.BytesType {
		return len(c.bytes)
	}
	return len(c.items)
}

// get reads a place that is in range.
func (c *Container) get(i uint64) Value {
	if c.typ == types.BytesType {
		return U8(c.bytes[i])
	}
	return c.items[i]
}

// set writes a place that is in range with a value of its type.
func (c *Container) set(i uint64, v Value) {
	if c.typ == types.BytesType {
		c.bytes[i] = byte(v.lo)
		return
	}
	c.items[i] = v
}

// String renders the value for debugging, cut short at a few hundred bytes.
func (v Value) String() string {
	const most = 300
	s := v.render(0)
	if len(s) > most {
		s = s[:most] + "..."
	}
	return s
}

func (v Value) render(depth int) string {
	const deepest, widest = 4, 16
	switch v.kind {
	case types.None:
		return "nothing"
	case types.Bool:
		return fmt.Sprint(v.lo == 1)
	case types.U8, types.U16, types.U32, types.U64:
		return fmt.Sprintf("%d%s", v.lo, v.kind)
	case types.U128, types.U256:
		return v.big().String() + v.kind.String()
	case types.AddressKind, types.Signer:
		return fmt.Sprintf("0x%x", v.wide[:])
	case types.Reference:
		target, err := v.Peek()
		if err != nil || depth >= deepest {
			return "&..."
		}
		return "&" + target.render(depth+1)
	}
	if v.box.typ == types.BytesType {
		return fmt.Sprintf("0x%x", v.box.bytes[:min(len(v.box.bytes), 64)])
	}
	s := fmt.Sprintf("%s#%d[", v.kind, v.box.tag)
	for i, item := range v.box.items {
		if i >= widest || depth >= deepest {
			return s + "...]"
		}
		s += item.render(depth+1) + " "
	}
	return s + "]"
}

// limbs of a u256, least significant first.
func (v Value) limbs() [4]uint64 {
	var l [4]uint64
	if v.kind == types.U256 {
		for i := range l {
			l[i] = binary.LittleEndian.Uint64(v.wide[8*i:])
		}
		return l
	}
	return [4]uint64{v.lo, v.hi}
}

func fromLimbs(l [4]uint64) Value {
	var w [32]byte
	for i, x := range l {
		binary.LittleEndian.PutUint64(w[8*i:], x)
	}
	return Value{kind: types.U256, wide: &w}
}
