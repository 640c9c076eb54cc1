// Package stdlib has the natives of Move's standard library that need nothing but their arguments: bcs, hash, string,
// type_name, vector, debug and unit_test.
package stdlib

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha3"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/floe-network/floe/staking/devchain/movevm"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// abortBadSlice is the abort code of the string natives for places that are none. Their callers in std::string check
// before, with codes of their own.
const abortBadSlice = 1

// abortNotSerializable is what bcs::to_bytes aborts with for types that are too large or too deep.
const abortNotSerializable = 453

// bytesPerUnit of gas: hashing and searching cost about this much of the time of an instruction.
const bytesPerUnit = 16

// Natives is the table. What std::debug prints goes to debug.
func Natives(debug io.Writer) movevm.Natives {
	table := movevm.Natives{}
	add := func(module, function string, n movevm.Native) {
		table[movevm.NativeID{Address: ptb.ShortAddress(1), Module: module, Function: function}] = n
	}
	add("bcs", "to_bytes", toBytes)
	add("hash", "sha2_256", hash(func(b []byte) []byte { d := sha256.Sum256(b); return d[:] }))
	add("hash", "sha3_256", hash(func(b []byte) []byte { d := sha3.Sum256(b); return d[:] }))
	add("string", "internal_check_utf8", checkUTF8)
	add("string", "internal_is_char_boundary", isCharBoundary)
	add("string", "internal_sub_string", subString)
	add("string", "internal_index_of", indexOf)
	// A linker knows modules by their original ids only. Where a datatype came with an upgrade, who knows the ids of
	// upgraded packages replaces the natives about defining ids.
	for _, name := range []string{"get", "get_with_original_ids", "with_defining_ids", "with_original_ids"} {
		add("type_name", name, typeName)
	}
	add("type_name", "defining_id", datatypeID)
	add("type_name", "original_id", datatypeID)
	add("debug", "print", func(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
		_, err := fmt.Fprintf(debug, "[debug] %s\n", args[0])
		return nil, err
	})
	add("debug", "print_stack_trace", nothing)
	// Called by every module compiled for unit tests.
	add("unit_test", "poison", nothing)
	add("unit_test", "destroy", nothing)
	for name, n := range vectorNatives {
		add("vector", name, n)
	}
	return table
}

// nothing ends its arguments.
func nothing(*movevm.Context, []*types.Type, []values.Value) ([]values.Value, error) { return nil, nil }

// target is what a reference argument points to.
func target(v values.Value) (values.Value, error) { return v.Peek() }

// targetBytes are the bytes that a &vector<u8> points to.
func targetBytes(v values.Value) ([]byte, error) {
	inner, err := target(v)
	if err != nil {
		return nil, err
	}
	return inner.AsBytes()
}

func toBytes(ctx *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	v, err := target(args[0])
	if err != nil {
		return nil, err
	}
	b, err := ctx.Marshal(v)
	if errors.Is(err, status.TooManyTypeNodes) || errors.Is(err, status.VMMaxValueDepthReached) {
		return nil, status.Abort(abortNotSerializable)
	}
	if err != nil {
		return nil, err
	}
	return []values.Value{values.Bytes(b)}, nil
}

func hash(sum func([]byte) []byte) movevm.Native {
	return func(ctx *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
		b, err := args[0].AsBytes()
		if err != nil {
			return nil, err
		}
		if err := ctx.Charge(uint64(len(b)) / bytesPerUnit); err != nil {
			return nil, err
		}
		return []values.Value{values.Bytes(sum(b))}, nil
	}
}

func checkUTF8(ctx *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	b, err := targetBytes(args[0])
	if err != nil {
		return nil, err
	}
	return []values.Value{values.Bool(utf8.Valid(b))}, ctx.Charge(uint64(len(b)) / bytesPerUnit)
}

// onBoundary says whether i is between two characters of s, or at an end.
func onBoundary(s []byte, i uint64) bool {
	return i == uint64(len(s)) || i < uint64(len(s)) && utf8.RuneStart(s[i])
}

func isCharBoundary(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	b, err := targetBytes(args[0])
	if err != nil {
		return nil, err
	}
	i, err := args[1].AsUint64()
	return []values.Value{values.Bool(onBoundary(b, i))}, err
}

func subString(ctx *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	b, err := targetBytes(args[0])
	if err != nil {
		return nil, err
	}
	i, err := args[1].AsUint64()
	if err != nil {
		return nil, err
	}
	j, err := args[2].AsUint64()
	if err != nil {
		return nil, err
	}
	if i > j || !onBoundary(b, i) || !onBoundary(b, j) {
		return nil, status.Abort(abortBadSlice)
	}
	return []values.Value{values.Bytes(bytes.Clone(b[i:j]))}, ctx.Charge((j - i) / bytesPerUnit)
}

// indexOf is the place of the first occurrence, or the length where there is none.
func indexOf(ctx *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	s, err := targetBytes(args[0])
	if err != nil {
		return nil, err
	}
	part, err := targetBytes(args[1])
	if err != nil {
		return nil, err
	}
	i := bytes.Index(s, part)
	if i < 0 {
		i = len(s)
	}
	return []values.Value{values.U64(uint64(i))}, ctx.Charge(uint64(len(s)+len(part)) / bytesPerUnit)
}

// typeName makes a TypeName, which holds an ascii::String, which holds the bytes.
func typeName(ctx *movevm.Context, typeArgs []*types.Type, _ []values.Value) ([]values.Value, error) {
	if len(typeArgs) != 1 {
		return nil, status.New(status.NativeFailed, "type_name wants one type")
	}
	name := typeArgs[0].Format(func(a types.Address) string { return fmt.Sprintf("%x", a[:]) })
	if err := ctx.Charge(uint64(len(name)) / bytesPerUnit); err != nil {
		return nil, err
	}
	v := values.Bytes([]byte(name))
	outer, err := nest(ctx.Universe(), ctx.Callee().Results[0], v)
	return []values.Value{outer}, err
}

// nest wraps v into structs of one field until it is of type t.
func nest(u *types.Universe, t *types.Type, v values.Value) (values.Value, error) {
	if values.Matches(v, t) {
		return v, nil
	}
	l, err := u.Layout(t)
	if err != nil {
		return v, err
	}
	if t.Kind() != types.Struct || len(l.Variants[0]) != 1 {
		return v, status.New(status.NativeFailed, "%s cannot hold %s alone", t, values.Describe(v))
	}
	inner, err := nest(u, l.Variants[0][0], v)
	if err != nil {
		return v, err
	}
	return values.StructOf(t, []values.Value{inner})
}

// abortNoDatatype is what the natives about ids of packages abort with for types that are in no package.
const abortNoDatatype = 0

func datatypeID(_ *movevm.Context, typeArgs []*types.Type, _ []values.Value) ([]values.Value, error) {
	if len(typeArgs) != 1 || typeArgs[0].Datatype() == nil {
		return nil, status.Abort(abortNoDatatype)
	}
	return []values.Value{values.Address(typeArgs[0].Datatype().Module.Address)}, nil
}
