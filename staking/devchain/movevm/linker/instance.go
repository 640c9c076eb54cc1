package linker

import (
	"sync/atomic"

	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
)

// Instance is a function with type arguments, ready to run. All its types are closed.
type Instance struct {
	Function *Function
	TypeArgs []*types.Type
	Params   []*types.Type
	Results  []*types.Type
	Locals   []*types.Type // parameters first
	Code     []Instruction // nil for natives
}

// Instruction has its operand resolved. Of the opcodes for generic datatypes and functions only the plain siblings
// remain, since types are resolved here.
type Instruction struct {
	Op    bytecode.Opcode
	Index uint16 // local, jump target, field number or variant
	// Int is a literal, or the count of VecPack and VecUnpack.
	Int uint64
	// Type is the struct or enum that the instruction is about, or the vector type (not the element type).
	Type   *types.Type
	Value  *values.Value // of LdConst, LdU128 and LdU256; to be copied
	Callee *Callee
	Jumps  *Jumps
	// Failure is why an instruction with the opcode Fails cannot be executed.
	Failure error
}

// Fails stands in for an instruction that does not resolve, such as one about a type whose values would lie too deep in
// each other. As in the Move VM, that matters only when it is executed.
const Fails bytecode.Opcode = 0

// Callee is a function with type arguments that resolves to its Instance when it is first called, since a generic
// function may call ever new instances of itself.
type Callee struct {
	function *Function
	args     []*types.Type
	resolved atomic.Pointer[Instance]
}

// Jumps has a target for each variant of an enum.
type Jumps struct {
	Enum    *types.Datatype
	Targets []uint16
}

// Resolve has the Instance of a callee.
func (l *Linker) Resolve(c *Callee) (*Instance, error) {
	if inst := c.resolved.Load(); inst != nil {
		return inst, nil
	}
	inst, err := l.Instance(c.function, c.args)
	if err != nil {
		return nil, err
	}
	c.resolved.Store(inst)
	return inst, nil
}

// Instance makes a function with closed type arguments ready to run.
func (l *Linker) Instance(f *Function, args []*types.Type) (*Instance, error) {
	if len(args) != len(f.TypeParams) {
		return nil, status.New(status.InvalidArguments, "%s takes %d type arguments, not %d", f, len(f.TypeParams), len(args))
	}
	for i, a := range args {
		if a.IsOpen() || a.IsReference() {
			return nil, status.New(status.InvalidArguments, "type argument %d of %s is %s", i, f, a)
		}
		if !a.Abilities().Has(f.TypeParams[i]) {
			return nil, status.New(status.ConstraintNotMet, "type argument %d of %s is %s and lacks some of %s", i, f, a, f.TypeParams[i])
		}
	}
	k := instanceKey{f, argsKey(args)}
	l.mu.RLock()
	inst := l.insts[k]
	l.mu.RUnlock()
	if inst != nil {
		return inst, nil
	}
	inst, err := l.build(f, args)
	if err != nil {
		return nil, status.New(status.CodeOf(err), "%s: %w", f, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if first := l.insts[k]; first != nil {
		return first, nil
	}
	if l.size+len(inst.Code) > maxInstructions {
		return nil, status.New(status.TooManyTypeNodes, "instances of more than %d instructions; link the packages anew", maxInstructions)
	}
	l.size += len(inst.Code)
	l.insts[k] = inst
	return inst, nil
}

func (l *Linker) build(f *Function, args []*types.Type) (*Instance, error) {
	u := l.universe
	inst := &Instance{Function: f, TypeArgs: args}
	var err error
	if inst.Params, err = u.SubstituteAll(f.Params, args); err != nil {
		return nil, err
	}
	if inst.Results, err = u.SubstituteAll(f.Results, args); err != nil {
		return nil, err
	}
	if f.Native {
		return inst, nil
	}
	locals, err := u.SubstituteAll(f.locals, args)
	if err != nil {
		return nil, err
	}
	inst.Locals = append(append(make([]*types.Type, 0, len(inst.Params)+len(locals)), inst.Params...), locals...)
	b := builder{Linker: l, m: f.Module, args: args, def: f.def}
	inst.Code = make([]Instruction, len(f.def.Code))
	for i, in := range f.def.Code {
		if inst.Code[i], err = b.instruction(in); err != nil {
			inst.Code[i] = Instruction{Op: Fails, Failure: status.New(status.CodeOf(err), "%s: %w", in.Op, err)}
		}
	}
	return inst, nil
}

// builder resolves the instructions of one instance.
type builder struct {
	*Linker
	m    *Module
	args []*types.Type
	def  *bytecode.FunctionDef
}

// plain maps the opcodes of generic datatypes and functions to their siblings.
var plain = map[bytecode.Opcode]bytecode.Opcode{
	bytecode.MutBorrowFieldGeneric:      bytecode.MutBorrowField,
	bytecode.ImmBorrowFieldGeneric:      bytecode.ImmBorrowField,
	bytecode.CallGeneric:                bytecode.Call,
	bytecode.PackGeneric:                bytecode.Pack,
	bytecode.UnpackGeneric:              bytecode.Unpack,
	bytecode.PackVariantGeneric:         bytecode.PackVariant,
	bytecode.UnpackVariantGeneric:       bytecode.UnpackVariant,
	bytecode.UnpackVariantGenericImmRef: bytecode.UnpackVariantImmRef,
	bytecode.UnpackVariantGenericMutRef: bytecode.UnpackVariantMutRef,
}

func (b *builder) instruction(in bytecode.Instruction) (Instruction, error) {
	code := b.m.Code
	out := Instruction{Op: in.Op, Index: in.Index, Int: in.Int}
	if op, generic := plain[in.Op]; generic {
		out.Op = op
	}
	var err error
	switch in.Op {
	case bytecode.LdConst:
		out.Value, err = b.constant(code.Constants[in.Index])
	case bytecode.LdU128:
		v := values.U128Of([16]byte(in.Wide[:16]))
		out.Value = &v
	case bytecode.LdU256:
		v := values.U256(*in.Wide)
		out.Value = &v
	case bytecode.MutBorrowField, bytecode.ImmBorrowField:
		h := code.Fields[in.Index]
		out.Index = h.Field
		out.Type, err = b.datatype(code.Structs[h.Struct].Handle, nil)
	case bytecode.MutBorrowFieldGeneric, bytecode.ImmBorrowFieldGeneric:
		inst := code.FieldInstances[in.Index]
		h := code.Fields[inst.Of]
		out.Index = h.Field
		out.Type, err = b.datatype(code.Structs[h.Struct].Handle, b.m.sigs[inst.Args])
	case bytecode.Pack, bytecode.Unpack:
		out.Type, err = b.datatype(code.Structs[in.Index].Handle, nil)
	case bytecode.PackGeneric, bytecode.UnpackGeneric:
		inst := code.StructInstances[in.Index]
		out.Type, err = b.datatype(code.Structs[inst.Of].Handle, b.m.sigs[inst.Args])
	case bytecode.PackVariant, bytecode.UnpackVariant, bytecode.UnpackVariantImmRef, bytecode.UnpackVariantMutRef:
		h := code.Variants[in.Index]
		out.Index = h.Variant
		out.Type, err = b.datatype(code.Enums[h.Enum].Handle, nil)
	case bytecode.PackVariantGeneric, bytecode.UnpackVariantGeneric, bytecode.UnpackVariantGenericImmRef,
		bytecode.UnpackVariantGenericMutRef:
		h := code.VariantInstances[in.Index]
		inst := code.EnumInstances[h.Enum]
		out.Index = h.Variant
		out.Type, err = b.datatype(code.Enums[inst.Of].Handle, b.m.sigs[inst.Args])
	case bytecode.Call:
		out.Callee = &Callee{function: b.m.functions[in.Index]}
	case bytecode.CallGeneric:
		inst := code.FunctionInstances[in.Index]
		out.Callee = &Callee{function: b.m.functions[inst.Of]}
		if out.Callee.args, err = b.universe.SubstituteAll(b.m.sigs[inst.Args], b.args); err == nil {
			err = checkNodes(1 + nodes(b.args) + nodes(out.Callee.args))
		}
	case bytecode.VecPack, bytecode.VecLen, bytecode.VecImmBorrow, bytecode.VecMutBorrow, bytecode.VecPushBack,
		bytecode.VecPopBack, bytecode.VecUnpack, bytecode.VecSwap:
		out.Type, err = b.vector(b.m.sigs[in.Index][0])
	case bytecode.VariantSwitch:
		t := b.def.Jumps[in.Index]
		out.Jumps = &Jumps{Enum: b.m.datatypes[code.Enums[t.Enum].Handle], Targets: t.Targets}
	}
	return out, err
}

// datatype is a closed instance of a datatype with its layout.
func (b *builder) datatype(handle uint16, args []*types.Type) (*types.Type, error) {
	if err := checkNodes(1 + nodes(args) + nodes(b.args)); err != nil {
		return nil, err
	}
	args, err := b.universe.SubstituteAll(args, b.args)
	if err != nil {
		return nil, err
	}
	t, err := b.universe.Instance(b.m.datatypes[handle], args)
	if err != nil {
		return nil, err
	}
	_, err = b.universe.Layout(t)
	return t, err
}

// vector is the closed type of vectors of an element type. As in the Move VM, only the elements count for the bound on
// the depth of values.
func (b *builder) vector(elem *types.Type) (*types.Type, error) {
	if err := checkNodes(elem.Nodes() + nodes(b.args)); err != nil {
		return nil, err
	}
	elem, err := b.universe.Substitute(elem, b.args)
	if err != nil {
		return nil, err
	}
	if _, err := b.universe.Layout(elem); err != nil {
		return nil, err
	}
	return b.universe.VectorOf(elem)
}

func (b *builder) constant(c bytecode.Constant) (*values.Value, error) {
	t, err := b.typeOf(b.m, c.Type)
	if err != nil {
		return nil, err
	}
	if _, err := b.universe.Layout(t); err != nil {
		return nil, err
	}
	v, err := values.Unmarshal(c.Data, t)
	if err != nil {
		return nil, status.New(status.ConstantInvalid, "%w", err)
	}
	return &v, nil
}
