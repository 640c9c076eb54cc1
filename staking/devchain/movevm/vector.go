package movevm

import (
	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/linker"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
)

// elementBytes is the memory of one place in a vector.
func elementBytes(t *types.Type) uint64 {
	if t == types.BytesType {
		return 1
	}
	return values.PlaceBytes
}

// vector executes the vector instructions; in.Type is the vector's type.
func (m *machine) vector(in *linker.Instruction) error {
	switch in.Op {
	case bytecode.VecPack:
		return m.packVector(in)
	case bytecode.VecUnpack:
		return m.unpackVector(in)
	case bytecode.VecLen:
		return m.withReference(func(ref values.Value) error {
			n, err := ref.VectorLen(in.Type)
			if err != nil {
				return err
			}
			return m.push(values.U64(uint64(n)))
		})
	case bytecode.VecImmBorrow, bytecode.VecMutBorrow:
		i, err := m.popU64()
		if err != nil {
			return err
		}
		return m.withReference(func(ref values.Value) error {
			inner, err := ref.Element(in.Type, i, in.Op == bytecode.VecMutBorrow)
			if err != nil {
				return err
			}
			m.retain(inner)
			return m.push(inner)
		})
	case bytecode.VecPushBack:
		v, err := m.pop()
		if err != nil {
			return err
		}
		return m.withReference(func(ref values.Value) error {
			if err := m.grow(elementBytes(in.Type)); err != nil {
				return err
			}
			return ref.PushBack(in.Type, v)
		})
	case bytecode.VecPopBack:
		return m.withReference(func(ref values.Value) error { return m.popBack(in.Type, ref) })
	case bytecode.VecSwap:
		j, err := m.popU64()
		if err != nil {
			return err
		}
		i, err := m.popU64()
		if err != nil {
			return err
		}
		return m.withReference(func(ref values.Value) error { return ref.Swap(in.Type, i, j) })
	default:
		return status.New(status.InvariantViolated, "no way to execute %s", in.Op)
	}
}

// withReference takes a reference from the stack, which ends after use.
func (m *machine) withReference(use func(ref values.Value) error) error {
	ref, err := m.pop()
	if err != nil {
		return err
	}
	if err := use(ref); err != nil {
		return err
	}
	m.release(ref)
	return nil
}

func (m *machine) popBack(t *types.Type, ref values.Value) error {
	v, err := ref.PopBack(t)
	if err != nil {
		return err
	}
	// Where no other reference into the local lives, none can point into the element. Else the whole element is searched.
	if !m.alone(ref) {
		if err := m.meter.Charge(values.Size(v) / bytesPerUnit); err != nil {
			return err
		}
		if values.Borrowed(v) {
			return status.New(status.BorrowedValue, "%s leaves its vector while references into it live", values.Describe(v))
		}
	}
	m.shrink(elementBytes(t))
	return m.push(v)
}

func (m *machine) packVector(in *linker.Instruction) error {
	if in.Int > uint64(len(m.stack)) {
		return status.New(status.StackUnderflow, "%d elements are wanted", in.Int)
	}
	elements, err := m.popSome(int(in.Int))
	if err != nil {
		return err
	}
	v, err := values.Vector(in.Type, elements)
	if err != nil {
		return err
	}
	if err := m.grow(values.ContainerBytes + in.Int*elementBytes(in.Type)); err != nil {
		return err
	}
	return m.push(v)
}

func (m *machine) unpackVector(in *linker.Instruction) error {
	v, err := m.pop()
	if err != nil {
		return err
	}
	if values.TypeOf(v) != in.Type {
		return status.New(status.TypeMismatch, "%s taken apart as %s", values.Describe(v), in.Type)
	}
	if n := uint64(v.Len()); n != in.Int {
		return status.Vector(status.VectorUnpackParity, "%d elements where there are %d", in.Int, n)
	}
	if in.Int > uint64(m.vm.limits.Stack) {
		return status.New(status.ExecutionStackOverflow, "more than %d operands", m.vm.limits.Stack)
	}
	elements, err := v.Elements(in.Type)
	if err != nil {
		return err
	}
	m.shrink(values.ContainerBytes + in.Int*elementBytes(in.Type))
	return m.pushAll(elements)
}
