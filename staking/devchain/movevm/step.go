package movevm

import (
	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/linker"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
)

// binary maps opcodes to operations on two integers of a type.
var binary = [...]values.Op{bytecode.Add: values.Add, bytecode.Sub: values.Sub, bytecode.Mul: values.Mul,
	bytecode.Div: values.Div, bytecode.Mod: values.Mod, bytecode.BitOr: values.BitOr, bytecode.BitAnd: values.BitAnd,
	bytecode.Xor: values.BitXor}

// casts maps opcodes to the kinds of integers they make.
var casts = [...]types.Kind{bytecode.CastU8: types.U8, bytecode.CastU16: types.U16, bytecode.CastU32: types.U32,
	bytecode.CastU64: types.U64, bytecode.CastU128: types.U128, bytecode.CastU256: types.U256}

// step executes one instruction of the running function.
func (m *machine) step(f *frame) error {
	if err := m.meter.Charge(1); err != nil {
		return err
	}
	if m.steps++; m.steps%checkEvery == 0 {
		if err := m.ctx.Err(); err != nil {
			return status.New(status.Canceled, "%w", err)
		}
	}
	// The structure of the code was checked: it does not run over its end, nor do jumps and tables.
	in := &f.inst.Code[f.next]
	f.next++
	switch in.Op {
	case bytecode.Nop:
		return nil
	case linker.Fails:
		return in.Failure
	case bytecode.Pop:
		v, err := m.pop()
		if err != nil {
			return err
		}
		return m.drop(v)
	case bytecode.Ret:
		return m.leave(f)
	case bytecode.BrTrue, bytecode.BrFalse:
		return m.branch(f, in)
	case bytecode.Branch:
		f.next = int(in.Index)
		return nil
	case bytecode.VariantSwitch:
		return m.variantSwitch(f, in)
	case bytecode.Abort:
		v, err := m.popU64()
		if err != nil {
			return err
		}
		return status.Abort(v)
	case bytecode.Call:
		inst, err := m.vm.linker.Resolve(in.Callee)
		if err != nil {
			return err
		}
		return m.enter(inst)
	case bytecode.LdU8:
		return m.push(values.U8(uint8(in.Int)))
	case bytecode.LdU16:
		return m.push(values.U16(uint16(in.Int)))
	case bytecode.LdU32:
		return m.push(values.U32(uint32(in.Int)))
	case bytecode.LdU64:
		return m.push(values.U64(in.Int))
	case bytecode.LdTrue:
		return m.push(values.Bool(true))
	case bytecode.LdFalse:
		return m.push(values.Bool(false))
	case bytecode.LdU128, bytecode.LdU256, bytecode.LdConst:
		v, err := m.duplicate(*in.Value)
		if err != nil {
			return err
		}
		return m.push(v)
	case bytecode.CopyLoc, bytecode.MoveLoc, bytecode.StLoc, bytecode.MutBorrowLoc, bytecode.ImmBorrowLoc:
		return m.local(f, in)
	case bytecode.MutBorrowField, bytecode.ImmBorrowField, bytecode.ReadRef, bytecode.WriteRef, bytecode.FreezeRef:
		return m.reference(in)
	case bytecode.Pack, bytecode.PackVariant, bytecode.Unpack, bytecode.UnpackVariant, bytecode.UnpackVariantImmRef,
		bytecode.UnpackVariantMutRef:
		return m.composite(in)
	case bytecode.Add, bytecode.Sub, bytecode.Mul, bytecode.Div, bytecode.Mod, bytecode.BitOr, bytecode.BitAnd,
		bytecode.Xor, bytecode.Shl, bytecode.Shr, bytecode.Lt, bytecode.Gt, bytecode.Le, bytecode.Ge, bytecode.Or, bytecode.And,
		bytecode.Eq, bytecode.Neq:
		return m.pair(in)
	case bytecode.Not:
		b, err := m.popBool()
		if err != nil {
			return err
		}
		return m.push(values.Bool(!b))
	case bytecode.CastU8, bytecode.CastU16, bytecode.CastU32, bytecode.CastU64, bytecode.CastU128, bytecode.CastU256:
		v, err := m.pop()
		if err != nil {
			return err
		}
		if v, err = values.Cast(v, casts[in.Op]); err != nil {
			return err
		}
		return m.push(v)
	default:
		return m.vector(in)
	}
}

func (m *machine) popU64() (uint64, error) {
	v, err := m.pop()
	if err != nil {
		return 0, err
	}
	if v.Kind() != types.U64 {
		return 0, status.New(status.TypeMismatch, "%s where u64 is wanted", values.Describe(v))
	}
	return v.AsUint64()
}

func (m *machine) popBool() (bool, error) {
	v, err := m.pop()
	if err != nil {
		return false, err
	}
	return v.AsBool()
}

func (m *machine) branch(f *frame, in *linker.Instruction) error {
	b, err := m.popBool()
	if err != nil {
		return err
	}
	if b == (in.Op == bytecode.BrTrue) {
		f.next = int(in.Index)
	}
	return nil
}

func (m *machine) variantSwitch(f *frame, in *linker.Instruction) error {
	ref, err := m.pop()
	if err != nil {
		return err
	}
	v, err := ref.Peek()
	if err != nil {
		return err
	}
	if v.Kind() != types.Enum || values.TypeOf(v).Datatype() != in.Jumps.Enum {
		return status.New(status.TypeMismatch, "a switch on %s", values.Describe(ref))
	}
	f.next = int(in.Jumps.Targets[v.Tag()])
	m.release(ref)
	return nil
}

func (m *machine) local(f *frame, in *linker.Instruction) error {
	i := int(in.Index)
	if in.Op == bytecode.StLoc {
		return m.store(f, i)
	}
	v := f.places[i]
	if v.IsNone() {
		return status.New(status.ValueUnavailable, "local %d holds nothing", i)
	}
	switch in.Op {
	case bytecode.CopyLoc:
		v, err := m.duplicate(v)
		if err != nil {
			return err
		}
		return m.push(v)
	case bytecode.MoveLoc:
		if m.borrows[f.root+i] != 0 {
			return status.New(status.BorrowedValue, "local %d is moved while references into it live", i)
		}
		f.places[i] = values.Value{}
		return m.push(v)
	default:
		if v.IsReference() {
			return status.New(status.InvalidSignature, "a reference to local %d, which is a reference", i)
		}
		ref := f.locals.Borrow(uint64(i), in.Op == bytecode.MutBorrowLoc, values.Root(f.root+i+1))
		m.retain(ref)
		return m.push(ref)
	}
}

func (m *machine) store(f *frame, i int) error {
	v, err := m.pop()
	if err != nil {
		return err
	}
	if !values.Matches(v, f.inst.Locals[i]) {
		return status.New(status.TypeMismatch, "%s stored in local %d of type %s", values.Describe(v), i, f.inst.Locals[i])
	}
	if m.borrows[f.root+i] != 0 {
		return status.New(status.BorrowedValue, "local %d is overwritten while references into it live", i)
	}
	if old := f.places[i]; !old.IsNone() {
		if err := m.drop(old); err != nil {
			return err
		}
	}
	f.places[i] = v
	return nil
}

func (m *machine) reference(in *linker.Instruction) error {
	ref, err := m.pop()
	if err != nil {
		return err
	}
	switch in.Op {
	case bytecode.ReadRef:
		v, err := ref.Peek()
		if err != nil {
			return err
		}
		if v, err = m.duplicate(v); err != nil {
			return err
		}
		m.release(ref)
		return m.push(v)
	case bytecode.WriteRef:
		v, err := m.pop()
		if err != nil {
			return err
		}
		old, err := ref.Replace(v)
		if err != nil {
			return err
		}
		m.release(ref)
		return m.drop(old)
	case bytecode.FreezeRef:
		if ref, err = ref.Freeze(); err != nil {
			return err
		}
		return m.push(ref)
	default:
		inner, err := ref.Field(in.Type, int(in.Index), in.Op == bytecode.MutBorrowField)
		if err != nil {
			return err
		}
		m.retain(inner)
		m.release(ref)
		return m.push(inner)
	}
}

// composite makes structs and variants, and takes them apart.
func (m *machine) composite(in *linker.Instruction) error {
	switch in.Op {
	case bytecode.Pack, bytecode.PackVariant:
		var tag uint16
		if in.Op == bytecode.PackVariant {
			tag = in.Index
		}
		n := len(in.Type.Layout().Variants[tag])
		fields, err := m.popSome(n)
		if err != nil {
			return err
		}
		var v values.Value
		if in.Op == bytecode.Pack {
			v, err = values.StructOf(in.Type, fields)
		} else {
			v, err = values.Variant(in.Type, tag, fields)
		}
		if err != nil {
			return err
		}
		if err := m.grow(values.ContainerBytes + uint64(n)*values.PlaceBytes); err != nil {
			return err
		}
		return m.push(v)
	case bytecode.Unpack, bytecode.UnpackVariant:
		v, err := m.pop()
		if err != nil {
			return err
		}
		if values.TypeOf(v) != in.Type {
			return status.New(status.TypeMismatch, "%s taken apart as %s", values.Describe(v), in.Type)
		}
		if in.Op == bytecode.UnpackVariant && v.Tag() != in.Index {
			return status.New(status.VariantTagMismatch, "%s is of variant %d, not %d", in.Type, v.Tag(), in.Index)
		}
		fields, err := v.Unpack()
		if err != nil {
			return err
		}
		m.shrink(values.ContainerBytes + uint64(len(fields))*values.PlaceBytes)
		return m.pushAll(fields)
	default:
		ref, err := m.pop()
		if err != nil {
			return err
		}
		refs, err := ref.VariantFields(in.Type, in.Index, in.Op == bytecode.UnpackVariantMutRef)
		if err != nil {
			return err
		}
		for _, r := range refs {
			m.retain(r)
		}
		m.release(ref)
		return m.pushAll(refs)
	}
}

func (m *machine) pushAll(list []values.Value) error {
	for _, v := range list {
		if err := m.push(v); err != nil {
			return err
		}
	}
	return nil
}

// pair executes what takes two operands and gives one.
func (m *machine) pair(in *linker.Instruction) error {
	b, err := m.pop()
	if err != nil {
		return err
	}
	a, err := m.pop()
	if err != nil {
		return err
	}
	var r values.Value
	switch in.Op {
	case bytecode.Shl, bytecode.Shr:
		r, err = values.Shift(a, b, in.Op == bytecode.Shl)
	case bytecode.Lt, bytecode.Ge:
		r, err = less(a, b, in.Op == bytecode.Ge)
	case bytecode.Gt, bytecode.Le:
		r, err = less(b, a, in.Op == bytecode.Le)
	case bytecode.Or, bytecode.And:
		r, err = logic(in.Op, a, b)
	case bytecode.Eq, bytecode.Neq:
		r, err = m.equal(a, b, in.Op == bytecode.Neq)
	default:
		r, err = values.Binary(binary[in.Op], a, b)
	}
	if err != nil {
		return err
	}
	return m.push(r)
}

func less(a, b values.Value, negate bool) (values.Value, error) {
	l, err := values.Less(a, b)
	return values.Bool(l != negate), err
}

func logic(op bytecode.Opcode, a, b values.Value) (values.Value, error) {
	x, err := a.AsBool()
	if err != nil {
		return a, err
	}
	y, err := b.AsBool()
	if op == bytecode.Or {
		return values.Bool(x || y), err
	}
	return values.Bool(x && y), err
}

// equal compares two operands and ends them.
func (m *machine) equal(a, b values.Value, negate bool) (values.Value, error) {
	same, err := values.Equal(a, b)
	if err != nil {
		return a, err
	}
	size := values.Size(a)
	if a.IsReference() {
		target, err := a.Peek()
		if err != nil {
			return a, err
		}
		size = values.Size(target)
	}
	for _, step := range []error{m.meter.Charge(size / bytesPerUnit), m.drop(a), m.drop(b)} {
		if step != nil {
			return a, step
		}
	}
	return values.Bool(same != negate), nil
}
