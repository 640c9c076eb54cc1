package values

import (
	"encoding/binary"
	"math/bits"

	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// Marshal is the BCS of a value. A result longer than limit bytes is refused.
func Marshal(v Value, limit int) ([]byte, error) {
	return appendBCS(nil, v, limit)
}

func appendBCS(b []byte, v Value, limit int) ([]byte, error) {
	switch v.kind {
	case types.Bool, types.U8:
		b = append(b, byte(v.lo))
	case types.U16:
		b = binary.LittleEndian.AppendUint16(b, uint16(v.lo))
	case types.U32:
		b = binary.LittleEndian.AppendUint32(b, uint32(v.lo))
	case types.U64:
		b = binary.LittleEndian.AppendUint64(b, v.lo)
	case types.U128:
		b = binary.LittleEndian.AppendUint64(b, v.lo)
		b = binary.LittleEndian.AppendUint64(b, v.hi)
	case types.U256, types.AddressKind, types.Signer:
		b = append(b, v.wide[:]...)
	case types.Vector:
		b = binary.AppendUvarint(b, uint64(v.box.len()))
		if len(b)+len(v.box.bytes) > limit {
			return nil, tooLong(limit)
		}
		b = append(b, v.box.bytes...)
	case types.Enum:
		b = binary.AppendUvarint(b, uint64(v.box.tag))
	case types.Struct:
	default:
		return nil, v.mismatch("a value with a BCS form")
	}
	if len(b) > limit {
		return nil, tooLong(limit)
	}
	if v.box != nil {
		for _, item := range v.box.items {
			var err error
			if b, err = appendBCS(b, item, limit); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

func tooLong(limit int) error {
	return status.New(status.MemoryLimitExceeded, "a BCS form of more than %d bytes", limit)
}

// Unmarshal reads a value of type t, whose layout must be resolved, from exactly b. Only the canonical form is
// accepted. Memory is bounded by a multiple of the length of b: a byte makes at most one vector element, and an
// element at most as many values as its type is deep.
func Unmarshal(b []byte, t *types.Type) (Value, error) {
	if t.Layout() == nil {
		return Value{}, status.New(status.InvariantViolated, "the layout of %s was not resolved", t)
	}
	r := reader{b: b}
	v, err := r.value(t)
	if err == nil && len(r.b) > 0 {
		err = status.New(status.FailedDeserialize, "%d bytes follow the %s", len(r.b), t)
	}
	if err != nil {
		return Value{}, err
	}
	return v, nil
}

// roomAhead is the most elements for which room is made before they are read.
const roomAhead = 256

type reader struct{ b []byte }

func (r *reader) take(n int) ([]byte, error) {
	if n > len(r.b) {
		return nil, status.New(status.FailedDeserialize, "%d bytes where %d are wanted", len(r.b), n)
	}
	head := r.b[:n]
	r.b = r.b[n:]
	return head, nil
}

// uleb reads a canonical ULEB128 of up to 32 bits, as BCS has them.
func (r *reader) uleb() (uint64, error) {
	x, n := binary.Uvarint(r.b)
	if n <= 0 || n > 1 && r.b[n-1] == 0 || bits.Len64(x) > 32 {
		return 0, status.New(status.FailedDeserialize, "no canonical length")
	}
	r.b = r.b[n:]
	return x, nil
}

func (r *reader) value(t *types.Type) (Value, error) {
	switch k := t.Kind(); k {
	case types.Vector:
		return r.vector(t)
	case types.Struct, types.Enum:
		return r.composite(t)
	case types.Signer, types.None, types.Reference, types.MutReference, types.Parameter:
		return Value{}, status.New(status.FailedDeserialize, "no value of type %s can be read", t)
	case types.Bool:
		b, err := r.take(1)
		if err != nil {
			return Value{}, err
		}
		if b[0] > 1 {
			return Value{}, status.New(status.FailedDeserialize, "byte %d as a bool", b[0])
		}
		return Bool(b[0] == 1), nil
	case types.AddressKind, types.U256:
		b, err := r.take(32)
		if err != nil {
			return Value{}, err
		}
		w := [32]byte(b)
		return Value{kind: k, wide: &w}, nil
	default:
		b, err := r.take(int(widths[k] / 8))
		if err != nil {
			return Value{}, err
		}
		v := Value{kind: k}
		for i := len(b) - 1; i >= 0; i-- {
			v.hi = v.hi<<8 | v.lo>>56
			v.lo = v.lo<<8 | uint64(b[i])
		}
		return v, nil
	}
}

func (r *reader) vector(t *types.Type) (Value, error) {
	n, err := r.uleb()
	if err != nil {
		return Value{}, err
	}
	// Every element takes a byte at least: structs without fields do not link.
	if n > uint64(len(r.b)) {
		return Value{}, status.New(status.FailedDeserialize, "%d elements of %s in %d bytes", n, t, len(r.b))
	}
	c := &Container{typ: t}
	if t == types.BytesType {
		b, err := r.take(int(n))
		if err != nil {
			return Value{}, err
		}
		c.bytes = append([]byte(nil), b...)
		return Value{kind: types.Vector, box: c}, nil
	}
	c.items = make([]Value, 0, min(n, roomAhead))
	for range n {
		item, err := r.value(t.Elem())
		if err != nil {
			return Value{}, err
		}
		c.items = append(c.items, item)
	}
	return Value{kind: types.Vector, box: c}, nil
}

func (r *reader) composite(t *types.Type) (Value, error) {
	c := &Container{typ: t}
	variants := t.Layout().Variants
	if t.Kind() == types.Enum {
		tag, err := r.uleb()
		if err != nil {
			return Value{}, err
		}
		if tag >= uint64(len(variants)) {
			return Value{}, status.New(status.FailedDeserialize, "variant %d of %s", tag, t)
		}
		c.tag = uint16(tag)
	}
	fields := variants[c.tag]
	c.items = make([]Value, len(fields))
	for i, f := range fields {
		var err error
		if c.items[i], err = r.value(f); err != nil {
			return Value{}, err
		}
	}
	return Value{kind: t.Kind(), box: c}, nil
}
