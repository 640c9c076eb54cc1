package movevm_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm"
	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// names finds table entries of the handwritten module by what they mean.
type names struct{ m *bytecode.Module }

// function handle by name.
func (n names) function(name string) uint16 {
	return uint16(slices.IndexFunc(n.m.Functions, func(h bytecode.FunctionHandle) bool {
		return h.Module == n.m.Self && n.m.Identifiers[h.Name] == name
	}))
}

// structure is a struct definition by name.
func (n names) structure(name string) uint16 {
	return uint16(slices.IndexFunc(n.m.Structs, func(d bytecode.StructDef) bool {
		return n.m.Identifiers[n.m.Datatypes[d.Handle].Name] == name
	}))
}

// handle of a datatype by name.
func (n names) handle(name string) uint16 {
	return uint16(slices.IndexFunc(n.m.Datatypes, func(h bytecode.DatatypeHandle) bool {
		return n.m.Identifiers[h.Name] == name
	}))
}

// signature adds a list of types.
func (n names) signature(tokens ...bytecode.Token) uint16 {
	n.m.Signatures = append(n.m.Signatures, tokens)
	return uint16(len(n.m.Signatures) - 1)
}

func (n names) field(structure string) uint16 {
	n.m.Fields = append(n.m.Fields, bytecode.FieldHandle{Struct: n.structure(structure)})
	return uint16(len(n.m.Fields) - 1)
}

// Types and instructions of hostile functions.
var (
	tU8     = bytecode.Token{Kind: types.U8}
	tU64    = bytecode.Token{Kind: types.U64}
	tSigner = bytecode.Token{Kind: types.Signer}
)

func vectorOf(t bytecode.Token) bytecode.Token {
	return bytecode.Token{Kind: types.Vector, Args: []bytecode.Token{t}}
}

func refTo(t bytecode.Token, mutable bool) bytecode.Token {
	k := types.Reference
	if mutable {
		k = types.MutReference
	}
	return bytecode.Token{Kind: k, Args: []bytecode.Token{t}}
}

func op(o bytecode.Opcode, index ...uint16) bytecode.Instruction {
	in := bytecode.Instruction{Op: o}
	if len(index) > 0 {
		in.Index = index[0]
	}
	return in
}

func lit(o bytecode.Opcode, x uint64) bytecode.Instruction {
	return bytecode.Instruction{Op: o, Int: x}
}

func counted(o bytecode.Opcode, index uint16, n uint64) bytecode.Instruction {
	return bytecode.Instruction{Op: o, Index: index, Int: n}
}

// u8x and u64x push a number.
func u8x(x uint64) bytecode.Instruction  { return lit(bytecode.LdU8, x) }
func u64x(x uint64) bytecode.Instruction { return lit(bytecode.LdU64, x) }

// TestHostileCode runs code that a verifier would refuse. Locals 0 and up have the types given; the code stands in place
// of a function without parameters and results.
func TestHostileCode(t *testing.T) {
	type build func(n names) (locals []bytecode.Token, code []bytecode.Instruction)
	ret := op(bytecode.Ret)
	hot := func(n names) []bytecode.Instruction {
		return []bytecode.Instruction{u64x(1), op(bytecode.Pack, n.structure("Hot"))}
	}
	tHot := func(n names) bytecode.Token { return bytecode.Token{Kind: types.Struct, Index: n.handle("Hot")} }
	cat := slices.Concat[[]bytecode.Instruction]
	list := func(in ...bytecode.Instruction) []bytecode.Instruction { return in }
	for _, c := range []struct {
		name  string
		want  status.Code
		build build
	}{
		{"pop of nothing", status.StackUnderflow, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, list(op(bytecode.Pop), ret)
		}},
		{"add of one", status.StackUnderflow, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, list(u8x(1), op(bytecode.Add), op(bytecode.Pop), ret)
		}},
		{"operands left", status.StackUnbalanced, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, list(u8x(1), ret)
		}},
		{"operands of the caller", status.StackUnderflow, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			patchCode(n, "sha3", list(op(bytecode.Pop), u8x(1), ret))
			return nil, list(u8x(1), op(bytecode.Call, n.function("sha3")), op(bytecode.Pop), ret)
		}},
		{"sum of two types", status.TypeMismatch, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, list(u8x(1), u64x(1), op(bytecode.Add), op(bytecode.Pop), ret)
		}},
		{"sum of bools", status.TypeMismatch, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, list(op(bytecode.LdTrue), op(bytecode.LdTrue), op(bytecode.Add), op(bytecode.Pop), ret)
		}},
		{"branch on a number", status.TypeMismatch, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, list(u8x(1), op(bytecode.BrTrue, 2), ret)
		}},
		{"abort with a u8", status.TypeMismatch, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, list(u8x(1), op(bytecode.Abort))
		}},
		{"shift by a u64", status.TypeMismatch, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, list(u64x(1), u64x(1), op(bytecode.Shl), op(bytecode.Pop), ret)
		}},
		{"cast of a bool", status.TypeMismatch, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, list(op(bytecode.LdTrue), op(bytecode.CastU8), op(bytecode.Pop), ret)
		}},
		{"store of another type", status.TypeMismatch, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tU64}, list(u8x(1), op(bytecode.StLoc, 0), ret)
		}},
		{"comparison of two types", status.TypeMismatch, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, list(u8x(1), u64x(1), op(bytecode.Eq), op(bytecode.Pop), ret)
		}},
		{"argument of another type", status.TypeMismatch, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, list(u8x(1), op(bytecode.Call, n.function("fail_if")), ret)
		}},
		{"read of an empty local", status.ValueUnavailable, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tU64}, list(op(bytecode.CopyLoc, 0), op(bytecode.Pop), ret)
		}},
		{"second move", status.ValueUnavailable, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tU64}, list(u64x(1), op(bytecode.StLoc, 0), op(bytecode.MoveLoc, 0), op(bytecode.Pop),
				op(bytecode.MoveLoc, 0), op(bytecode.Pop), ret)
		}},
		{"borrow of an empty local", status.ValueUnavailable, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tU64}, list(op(bytecode.ImmBorrowLoc, 0), op(bytecode.Pop), ret)
		}},
		{"drop without drop", status.AbilityMissing, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, cat(hot(n), list(op(bytecode.Pop), ret))
		}},
		{"copy without copy", status.AbilityMissing, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tHot(n)}, cat(hot(n), list(op(bytecode.StLoc, 0), op(bytecode.CopyLoc, 0), op(bytecode.Pop), ret))
		}},
		{"return without drop", status.AbilityMissing, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tHot(n)}, cat(hot(n), list(op(bytecode.StLoc, 0), ret))
		}},
		{"overwrite without drop", status.AbilityMissing, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tHot(n)}, cat(hot(n), list(op(bytecode.StLoc, 0)), hot(n), list(op(bytecode.StLoc, 0), ret))
		}},
		{"read through a reference without copy", status.AbilityMissing, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tHot(n)}, cat(hot(n), list(op(bytecode.StLoc, 0), op(bytecode.ImmBorrowLoc, 0),
				op(bytecode.ReadRef), op(bytecode.Pop), ret))
		}},
		{"write through a reference without drop", status.AbilityMissing, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tHot(n)}, cat(hot(n), list(op(bytecode.StLoc, 0)), hot(n), list(op(bytecode.MutBorrowLoc, 0),
				op(bytecode.WriteRef), ret))
		}},
		{"comparison without drop", status.AbilityMissing, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, cat(hot(n), hot(n), list(op(bytecode.Eq), op(bytecode.Pop), ret))
		}},
		{"generic call without ability", status.ConstraintNotMet, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			n.m.FunctionInstances = append(n.m.FunctionInstances, bytecode.Instance{Of: n.function("show"), Args: n.signature(tHot(n))})
			return nil, cat(hot(n), list(op(bytecode.CallGeneric, uint16(len(n.m.FunctionInstances)-1)), op(bytecode.Pop), ret))
		}},
		{"write through an immutable reference", status.ReferenceNotMutable, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tU64}, list(u64x(1), op(bytecode.StLoc, 0), u64x(2), op(bytecode.ImmBorrowLoc, 0), op(bytecode.WriteRef), ret)
		}},
		{"mutable field of an immutable reference", status.ReferenceNotMutable, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tHot(n)}, cat(hot(n), list(op(bytecode.StLoc, 0), op(bytecode.ImmBorrowLoc, 0),
				op(bytecode.MutBorrowField, n.field("Hot")), op(bytecode.Pop), ret))
		}},
		{"freeze of the frozen", status.TypeMismatch, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tU64}, list(u64x(1), op(bytecode.StLoc, 0), op(bytecode.ImmBorrowLoc, 0), op(bytecode.FreezeRef), op(bytecode.Pop), ret)
		}},
		{"push through an immutable reference", status.ReferenceNotMutable, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			sig := n.signature(tU8)
			return []bytecode.Token{vectorOf(tU8)}, list(counted(bytecode.VecPack, sig, 0), op(bytecode.StLoc, 0),
				op(bytecode.ImmBorrowLoc, 0), u8x(1), op(bytecode.VecPushBack, sig), ret)
		}},
		{"write of another type", status.TypeMismatch, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tU64}, list(u64x(1), op(bytecode.StLoc, 0), u8x(2), op(bytecode.MutBorrowLoc, 0), op(bytecode.WriteRef), ret)
		}},
		{"reference to a reference", status.InvalidSignature, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tU64, refTo(tU64, false)}, list(u64x(1), op(bytecode.StLoc, 0), op(bytecode.ImmBorrowLoc, 0),
				op(bytecode.StLoc, 1), op(bytecode.ImmBorrowLoc, 1), op(bytecode.Pop), ret)
		}},
		{"mutable reference in an immutable place", status.TypeMismatch, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tU64, refTo(tU64, false)}, list(u64x(1), op(bytecode.StLoc, 0), op(bytecode.MutBorrowLoc, 0), op(bytecode.StLoc, 1), ret)
		}},
		{"field of a number", status.TypeMismatch, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tU64}, list(u64x(1), op(bytecode.StLoc, 0), op(bytecode.ImmBorrowLoc, 0),
				op(bytecode.ImmBorrowField, n.field("Hot")), op(bytecode.Pop), ret)
		}},
		{"unpack of a number", status.TypeMismatch, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, list(u64x(1), op(bytecode.Unpack, n.structure("Hot")), op(bytecode.Pop), ret)
		}},
		{"pack of another type", status.TypeMismatch, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, list(u8x(1), op(bytecode.Pack, n.structure("Hot")), op(bytecode.Unpack, n.structure("Hot")), op(bytecode.Pop), ret)
		}},
		{"move while borrowed", status.BorrowedValue, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tU64}, list(u64x(1), op(bytecode.StLoc, 0), op(bytecode.ImmBorrowLoc, 0), op(bytecode.MoveLoc, 0),
				op(bytecode.Pop), op(bytecode.Pop), ret)
		}},
		{"overwrite while borrowed", status.BorrowedValue, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tU64}, list(u64x(1), op(bytecode.StLoc, 0), op(bytecode.ImmBorrowLoc, 0), u64x(2), op(bytecode.StLoc, 0),
				op(bytecode.Pop), ret)
		}},
		{"return of a reference to a local", status.BorrowedValue, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			i := patchCode(n, "sha3", list(u64x(1), op(bytecode.StLoc, 0), op(bytecode.ImmBorrowLoc, 0), ret))
			n.m.FunctionDefs[i].Locals = n.signature(tU64)
			n.m.Functions[n.m.FunctionDefs[i].Handle].Results = n.signature(refTo(tU64, false))
			return nil, list(op(bytecode.Call, n.function("sha3")), op(bytecode.Pop), ret)
		}},
		{"pop of a borrowed element", status.BorrowedValue, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			sig := n.signature(tHot(n))
			return []bytecode.Token{vectorOf(tHot(n))}, cat(hot(n), list(counted(bytecode.VecPack, sig, 1), op(bytecode.StLoc, 0),
				op(bytecode.ImmBorrowLoc, 0), u64x(0), op(bytecode.VecImmBorrow, sig), op(bytecode.ImmBorrowField, n.field("Hot")),
				op(bytecode.MutBorrowLoc, 0), op(bytecode.VecPopBack, sig), op(bytecode.Unpack, n.structure("Hot")), op(bytecode.Pop),
				op(bytecode.Pop), ret))
		}},
		{"overwrite of a borrowed inside", status.BorrowedValue, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			sig := n.signature(tU8)
			return []bytecode.Token{vectorOf(tU8)}, list(u8x(1), counted(bytecode.VecPack, sig, 1), op(bytecode.StLoc, 0),
				op(bytecode.ImmBorrowLoc, 0), u64x(0), op(bytecode.VecImmBorrow, sig), counted(bytecode.VecPack, sig, 0),
				op(bytecode.MutBorrowLoc, 0), op(bytecode.WriteRef), op(bytecode.Pop), ret)
		}},
		{"element that is gone", status.ReferenceInvalid, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			sig := n.signature(tU8)
			return []bytecode.Token{vectorOf(tU8)}, list(u8x(1), counted(bytecode.VecPack, sig, 1), op(bytecode.StLoc, 0),
				op(bytecode.ImmBorrowLoc, 0), u64x(0), op(bytecode.VecImmBorrow, sig), op(bytecode.MutBorrowLoc, 0),
				op(bytecode.VecPopBack, sig), op(bytecode.Pop), op(bytecode.ReadRef), op(bytecode.Pop), ret)
		}},
		{"vector of another type", status.TypeMismatch, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			sig, other := n.signature(tU8), n.signature(tU64)
			return []bytecode.Token{vectorOf(tU8)}, list(counted(bytecode.VecPack, sig, 0), op(bytecode.StLoc, 0),
				op(bytecode.ImmBorrowLoc, 0), op(bytecode.VecLen, other), op(bytecode.Pop), ret)
		}},
		{"more elements than operands", status.StackUnderflow, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, list(counted(bytecode.VecPack, n.signature(tU8), 1<<60), op(bytecode.Pop), ret)
		}},
		{"switch on a struct", status.TypeMismatch, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			i := slices.IndexFunc(n.m.FunctionDefs, func(d bytecode.FunctionDef) bool { return names{n.m}.function("hot_potato") == d.Handle })
			variants := len(n.m.Enums[0].Variants)
			n.m.FunctionDefs[i].Jumps = []bytecode.JumpTable{{Targets: make([]uint16, variants)}}
			return []bytecode.Token{tU64}, list(u64x(1), op(bytecode.StLoc, 0), op(bytecode.ImmBorrowLoc, 0), op(bytecode.VariantSwitch, 0))
		}},
		{"stack that grows for ever", status.ExecutionStackOverflow, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, list(u8x(1), op(bytecode.Branch, 0))
		}},
		{"loop without end", status.OutOfGas, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, list(op(bytecode.Branch, 0))
		}},
		{"calls without end", status.CallStackOverflow, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			return nil, list(op(bytecode.Call, n.function("hot_potato")), ret)
		}},
		{"ever larger vector", status.MemoryLimitExceeded, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			sig := n.signature(vectorOf(tU8))
			bytes := n.signature(tU8)
			return []bytecode.Token{vectorOf(vectorOf(tU8))}, list(counted(bytecode.VecPack, sig, 0), op(bytecode.StLoc, 0),
				op(bytecode.MutBorrowLoc, 0), counted(bytecode.VecPack, bytes, 0), op(bytecode.VecPushBack, sig), op(bytecode.Branch, 2))
		}},
		{"constant that is no value", status.ConstantInvalid, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			n.m.Constants = append(n.m.Constants, bytecode.Constant{Type: bytecode.Token{Kind: types.Bool}, Data: []byte{2}})
			return nil, list(op(bytecode.LdConst, uint16(len(n.m.Constants)-1)), op(bytecode.Pop), ret)
		}},
		{"type of too many nodes", status.VMMaxTypeNodesReached, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			pair := bytecode.Token{Kind: types.Struct, Index: n.handle("Pair"), Args: []bytecode.Token{tU8, tU8}}
			for range 8 {
				pair.Args = []bytecode.Token{pair, pair}
				pair = bytecode.Token{Kind: types.Struct, Index: n.handle("Pair"), Args: pair.Args}
			}
			return []bytecode.Token{pair}, list(ret)
		}},
		{"ever new instances", status.VMMaxTypeNodesReached, func(n names) ([]bytecode.Token, []bytecode.Instruction) {
			parameter := bytecode.Token{Kind: types.Parameter}
			of := func(t bytecode.Token) uint16 {
				n.m.FunctionInstances = append(n.m.FunctionInstances, bytecode.Instance{Of: n.function("show"), Args: n.signature(t)})
				return uint16(len(n.m.FunctionInstances) - 1)
			}
			patchCode(n, "show", list(op(bytecode.MoveLoc, 0), counted(bytecode.VecPack, n.signature(parameter), 1),
				op(bytecode.CallGeneric, of(vectorOf(parameter))), ret))
			return nil, list(u8x(1), op(bytecode.CallGeneric, of(tU8)), op(bytecode.Pop), ret)
		}},
		{"signer out of nothing", status.ValueUnavailable, func(names) ([]bytecode.Token, []bytecode.Instruction) {
			return []bytecode.Token{tSigner}, list(op(bytecode.MoveLoc, 0), op(bytecode.Pop), ret)
		}},
	} {
		all := load(t)
		patch(t, all, "hot_potato", func(m *bytecode.Module, d *bytecode.FunctionDef) {
			n := names{m}
			locals, code := c.build(n)
			d.Code, d.Locals = code, n.signature(locals...)
		})
		limits := movevm.DefaultLimits()
		limits.MemoryBytes = 1 << 18
		_, err := run(link(all), "hot_potato", limits, 1<<17)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// patchCode changes the code of another function, and has its number.
func patchCode(n names, name string, code []bytecode.Instruction) int {
	h := n.function(name)
	i := slices.IndexFunc(n.m.FunctionDefs, func(d bytecode.FunctionDef) bool { return d.Handle == h })
	n.m.FunctionDefs[i].Code = code
	return i
}
