// Package render shows Move values as JSON, as Sui's API does: addresses, ids and UIDs are strings; u8 to u32 numbers, and wider
// integers strings; strings and URLs strings; vectors of bytes base64 and other vectors arrays; balances strings; options their
// value or null; structs objects; enums objects that name their variant.
package render

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// variantKey is the name under which an enum's object has its variant.
const variantKey = "@variant"

// MostNodes bounds a rendering: a value that is made of more is not rendered. A node takes some 150 bytes of memory, a hundred
// times what it may take in BCS, so that this is 15 MB.
const MostNodes = 100_000

// ErrTooBig says that a value is made of more than MostNodes.
var ErrTooBig = errors.New("the value is too big to be shown as JSON")

// JSON renders a value of a type whose layout is resolved. contents is its BCS, of which memory is bounded by a multiple.
func JSON(t *types.Type, contents []byte) (*structpb.Value, error) {
	v, err := values.Unmarshal(contents, t)
	if err != nil {
		return nil, err
	}
	r := renderer{left: MostNodes}
	return r.value(t, v)
}

type renderer struct{ left int }

func (r *renderer) value(t *types.Type, v values.Value) (*structpb.Value, error) {
	if r.left--; r.left < 0 {
		return nil, ErrTooBig
	}
	switch t.Kind() {
	case types.Bool:
		b, err := v.AsBool()
		return structpb.NewBoolValue(b), err
	case types.U8, types.U16, types.U32:
		n, err := v.AsUint64()
		return structpb.NewNumberValue(float64(n)), err
	case types.U64:
		n, err := v.AsUint64()
		return structpb.NewStringValue(strconv.FormatUint(n, 10)), err
	case types.U128:
		lo, hi, err := v.AsU128()
		n := new(big.Int).SetUint64(hi)
		return structpb.NewStringValue(n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(lo)).String()), err
	case types.U256:
		le, err := v.AsU256()
		slices.Reverse(le[:])
		return structpb.NewStringValue(new(big.Int).SetBytes(le[:]).String()), err
	case types.AddressKind, types.Signer:
		a, err := v.AsAddress()
		return structpb.NewStringValue(a.String()), err
	case types.Vector:
		return r.vector(t, v)
	case types.Struct:
		return r.structure(t, v)
	case types.Enum:
		return r.variant(t, v)
	default:
		return nil, fmt.Errorf("a value of type %s cannot be shown", t)
	}
}

func (r *renderer) vector(t *types.Type, v values.Value) (*structpb.Value, error) {
	if t.Elem().Kind() == types.U8 {
		b, err := v.AsBytes()
		return structpb.NewStringValue(base64.StdEncoding.EncodeToString(b)), err
	}
	list := &structpb.ListValue{}
	for i := range v.Len() {
		element, err := r.at(t.Elem(), v, i)
		if err != nil {
			return nil, err
		}
		list.Values = append(list.Values, element)
	}
	return structpb.NewListValue(list), nil
}

// at renders the i-th element or field of v.
func (r *renderer) at(t *types.Type, v values.Value, i int) (*structpb.Value, error) {
	inner, err := v.At(i)
	if err != nil {
		return nil, err
	}
	return r.value(t, inner)
}

func (r *renderer) structure(t *types.Type, v values.Value) (*structpb.Value, error) {
	fields := t.Layout().Variants[0]
	switch {
	case is(t, 1, "string", "String"), is(t, 1, "ascii", "String"):
		return text(v)
	case is(t, 2, "object", "UID"), is(t, 2, "object", "ID"), is(t, 2, "url", "Url"), is(t, 2, "balance", "Balance"):
		if len(fields) == 1 { // what else they have is in that field
			return r.at(fields[0], v, 0)
		}
	case is(t, 1, "option", "Option"):
		return r.option(fields, v)
	}
	out, err := r.fields(t.Datatype().Variants[0].Fields, fields, v)
	return structpb.NewStructValue(out), err
}

// text renders a string, whose only field has its bytes.
func text(v values.Value) (*structpb.Value, error) {
	inner, err := v.At(0)
	if err != nil {
		return nil, err
	}
	b, err := inner.AsBytes()
	return structpb.NewStringValue(strings.ToValidUTF8(string(b), "\ufffd")), err
}

// option renders a vector of at most one element as that element or null.
func (r *renderer) option(fields []*types.Type, v values.Value) (*structpb.Value, error) {
	vector, err := v.At(0)
	if err != nil {
		return nil, err
	}
	if fields[0].Elem().Kind() == types.U8 {
		b, err := vector.AsBytes()
		if err != nil || len(b) == 0 {
			return structpb.NewNullValue(), err
		}
		return structpb.NewNumberValue(float64(b[0])), nil
	}
	if vector.Len() == 0 {
		return structpb.NewNullValue(), nil
	}
	return r.at(fields[0].Elem(), vector, 0)
}

func (r *renderer) variant(t *types.Type, v values.Value) (*structpb.Value, error) {
	tag := int(v.Tag())
	variants := t.Layout().Variants
	if tag >= len(variants) {
		return nil, fmt.Errorf("variant %d of %s is none", tag, t)
	}
	declared := t.Datatype().Variants[tag]
	out, err := r.fields(declared.Fields, variants[tag], v)
	if err != nil {
		return nil, err
	}
	out.Fields[variantKey] = structpb.NewStringValue(declared.Name)
	return structpb.NewStructValue(out), nil
}

// fields renders what a struct or variant has, by the names of the declaration.
func (r *renderer) fields(declared []types.Field, layout []*types.Type, v values.Value) (*structpb.Struct, error) {
	out := &structpb.Struct{Fields: make(map[string]*structpb.Value, len(declared))}
	for i := range layout {
		value, err := r.at(layout[i], v, i)
		if err != nil {
			return nil, err
		}
		out.Fields[declared[i].Name] = value
	}
	return out, nil
}

func is(t *types.Type, address byte, module, name string) bool {
	d := t.Datatype()
	return d != nil && d.Name == name && d.Module.Name == module && d.Module.Address == ptb.ShortAddress(address)
}
