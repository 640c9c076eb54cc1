package values

import (
	"bytes"

	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// The functions in this file visit whole values. The types bound how deep they go: the layout of a type has a depth,
// and no value is made of a type without layout.

// Sizes of values in memory, in bytes, for the account of memory.
const (
	PlaceBytes     = 72 // one Value, and the 32 bytes that a u256 or an address points to
	ContainerBytes = 80 // a Container without its places
)

// Copy makes a second value. Containers are copied with all they hold; a reference is copied as such.
func Copy(v Value) Value {
	switch v.kind {
	case types.Vector, types.Struct, types.Enum:
		c := &Container{typ: v.box.typ, tag: v.box.tag}
		if c.typ == types.BytesType {
			c.bytes = bytes.Clone(v.box.bytes)
		} else if len(v.box.items) > 0 {
			c.items = make([]Value, len(v.box.items))
			for i, item := range v.box.items {
				c.items[i] = Copy(item)
			}
		}
		return Value{kind: v.kind, box: c}
	default:
		return v
	}
}

// Size is the memory that v takes beyond the place that holds it, in bytes. A reference takes none.
func Size(v Value) uint64 {
	switch v.kind {
	case types.Vector, types.Struct, types.Enum:
		size := uint64(ContainerBytes + len(v.box.bytes) + PlaceBytes*len(v.box.items))
		for _, item := range v.box.items {
			size += Size(item)
		}
		return size
	default:
		return 0
	}
}

// Equal compares two values of one type, or what two references of one type point to.
func Equal(a, b Value) (bool, error) {
	if a.kind == types.Reference && b.kind == types.Reference {
		x, err := a.Peek()
		if err != nil {
			return false, err
		}
		y, err := b.Peek()
		if err != nil {
			return false, err
		}
		if x.kind == types.Reference || y.kind == types.Reference {
			return false, status.New(status.InvalidSignature, "a reference to a reference")
		}
		return Equal(x, y)
	}
	if a.kind != b.kind || a.kind == types.None {
		return false, status.New(status.TypeMismatch, "%s compared with %s", Describe(a), Describe(b))
	}
	switch a.kind {
	case types.U256, types.AddressKind, types.Signer:
		return *a.wide == *b.wide, nil
	case types.Vector, types.Struct, types.Enum:
		if a.box.typ != b.box.typ {
			return false, status.New(status.TypeMismatch, "%s compared with %s", Describe(a), Describe(b))
		}
		if a.box.tag != b.box.tag || len(a.box.items) != len(b.box.items) || !bytes.Equal(a.box.bytes, b.box.bytes) {
			return false, nil
		}
		for i := range a.box.items {
			if same, err := Equal(a.box.items[i], b.box.items[i]); !same || err != nil {
				return false, err
			}
		}
		return true, nil
	default:
		return a.lo == b.lo && a.hi == b.hi, nil
	}
}
