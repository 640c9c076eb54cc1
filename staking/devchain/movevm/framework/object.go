package framework

import (
	"errors"
	"slices"
	"strings"

	"github.com/floe-network/floe/staking/devchain/movevm"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Abort codes of Sui's natives.
const (
	abortFieldAbsent      = 1 // dynamic_field
	abortFieldWrongType   = 2
	abortSharedNonNew     = 0 // transfer
	abortReceiveWrongType = 2
	abortReceiveAbsent    = 3
	abortAddress          = 0 // address
)

// onType makes sure that a native about objects has its one type argument, which the linker has checked to have
// the ability key.
func onType(typeArgs []*types.Type) (*types.Type, error) {
	if len(typeArgs) != 1 {
		return nil, status.New(status.NativeFailed, "%d type arguments where one is wanted", len(typeArgs))
	}
	return typeArgs[0], nil
}

func borrowUID(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	return one(args[0].Field(nil, 0, false))
}

func (n *natives) deleteID(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	id, err := args[0].AsAddress()
	if err != nil {
		return nil, err
	}
	return nil, n.state.DeleteID(id)
}

func (n *natives) recordNewID(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	id, err := args[0].AsAddress()
	if err != nil {
		return nil, err
	}
	return nil, n.state.NewID(id)
}

func (n *natives) fieldID(ctx *movevm.Context, typeArgs []*types.Type, args []values.Value) ([]values.Value, error) {
	t, err := onType(typeArgs)
	if err != nil {
		return nil, err
	}
	parent, err := args[0].AsAddress()
	if err != nil {
		return nil, err
	}
	name, err := ctx.Marshal(args[1])
	if err != nil {
		return nil, err
	}
	tag, err := objects.AppendTypeTag(nil, t, n.names)
	if err != nil {
		return nil, err
	}
	if err := ctx.Charge(hashUnits + uint64(len(name)+len(tag))/bytesPerUnit); err != nil {
		return nil, err
	}
	return one(values.Address(ptb.FieldID(parent, tag, name)), nil)
}

func (n *natives) addChild(ctx *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	parent, err := args[0].AsAddress()
	if err != nil {
		return nil, err
	}
	if err := ctx.Charge(storeUnits); err != nil {
		return nil, err
	}
	return nil, n.state.AddChild(parent, args[1])
}

func (n *natives) borrowChild(mutable bool) movevm.Native {
	return func(ctx *movevm.Context, typeArgs []*types.Type, args []values.Value) ([]values.Value, error) {
		t, err := onType(typeArgs)
		if err != nil {
			return nil, err
		}
		uid, err := args[0].Peek()
		if err != nil {
			return nil, err
		}
		parent, err := objects.UID(uid)
		if err != nil {
			return nil, err
		}
		id, err := args[1].AsAddress()
		if err != nil {
			return nil, err
		}
		if err := ctx.Charge(storeUnits); err != nil {
			return nil, err
		}
		v, err := n.state.BorrowChild(parent, id, t, mutable, ctx.Unmarshal)
		return one(v, aborts(err, abortFieldAbsent, abortFieldWrongType))
	}
}

func (n *natives) removeChild(ctx *movevm.Context, typeArgs []*types.Type, args []values.Value) ([]values.Value, error) {
	t, err := onType(typeArgs)
	if err != nil {
		return nil, err
	}
	parent, id, err := n.lookUp(ctx, args)
	if err != nil {
		return nil, err
	}
	v, err := n.state.RemoveChild(parent, id, t, ctx.Unmarshal)
	return one(v, aborts(err, abortFieldAbsent, abortFieldWrongType))
}

func (n *natives) hasChild(ctx *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	parent, id, err := n.lookUp(ctx, args)
	if err != nil {
		return nil, err
	}
	has, err := n.state.HasChild(parent, id)
	return one(values.Bool(has), err)
}

func (n *natives) hasChildOfType(ctx *movevm.Context, typeArgs []*types.Type, args []values.Value) ([]values.Value, error) {
	t, err := onType(typeArgs)
	if err != nil {
		return nil, err
	}
	parent, id, err := n.lookUp(ctx, args)
	if err != nil {
		return nil, err
	}
	has, err := n.state.HasChildOfType(parent, id, t)
	return one(values.Bool(has), err)
}

// lookUp charges for looking a child up and reads the ids of its parent and of itself.
func (n *natives) lookUp(ctx *movevm.Context, args []values.Value) (parent, id objects.ID, err error) {
	if parent, err = args[0].AsAddress(); err != nil {
		return parent, id, err
	}
	if id, err = args[1].AsAddress(); err != nil {
		return parent, id, err
	}
	return parent, id, ctx.Charge(storeUnits)
}

// aborts makes aborts of what can be wrong with an object that code asks for.
func aborts(err error, absent, wrongType uint64) error {
	switch {
	case errors.Is(err, objects.ErrAbsent):
		return status.Abort(absent)
	case errors.Is(err, objects.ErrWrongType):
		return status.Abort(wrongType)
	default:
		return err
	}
}

func (n *natives) transfer(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	to, err := args[1].AsAddress()
	if err != nil {
		return nil, err
	}
	_, err = n.state.Transfer(args[0], objects.Owner{Kind: objects.ByAddress, Address: to})
	return nil, err
}

func (n *natives) freeze(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	_, err := n.state.Transfer(args[0], objects.Owner{Kind: objects.Immutable})
	return nil, err
}

func (n *natives) share(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	handed, err := n.state.Transfer(args[0], objects.Owner{Kind: objects.Shared})
	if err == nil && handed == objects.Changed {
		err = status.Abort(abortSharedNonNew)
	}
	return nil, err
}

func (n *natives) receive(ctx *movevm.Context, typeArgs []*types.Type, args []values.Value) ([]values.Value, error) {
	t, err := onType(typeArgs)
	if err != nil {
		return nil, err
	}
	parent, err := args[0].AsAddress()
	if err != nil {
		return nil, err
	}
	inner, err := args[1].At(0)
	if err != nil {
		return nil, err
	}
	id, err := inner.AsAddress()
	if err != nil {
		return nil, err
	}
	version, err := args[2].AsUint64()
	if err != nil {
		return nil, err
	}
	if err := ctx.Charge(storeUnits); err != nil {
		return nil, err
	}
	v, err := n.state.Receive(parent, id, version, t, ctx.Unmarshal)
	return one(v, aborts(err, abortReceiveAbsent, abortReceiveWrongType))
}

func (n *natives) emit(ctx *movevm.Context, typeArgs []*types.Type, args []values.Value) ([]values.Value, error) {
	t, err := onType(typeArgs)
	if err != nil {
		return nil, err
	}
	b, err := ctx.Marshal(args[0])
	if err != nil {
		return nil, err
	}
	return nil, n.state.Emit(t, b)
}

func isOneTimeWitness(_ *movevm.Context, typeArgs []*types.Type, _ []values.Value) ([]values.Value, error) {
	t, err := onType(typeArgs)
	if err != nil {
		return nil, err
	}
	return one(values.Bool(IsWitness(t)), nil)
}

// IsWitness says whether a type is that of a one-time witness: a struct without type parameters that is named like its
// module in capitals and holds one bool, which the compiler puts into structs without fields.
func IsWitness(t *types.Type) bool {
	d := t.Datatype()
	if d == nil || d.IsEnum || len(d.Params) > 0 || d.Name != strings.ToUpper(d.Module.Name) {
		return false
	}
	fields := d.Variants[0].Fields
	return len(fields) == 1 && fields[0].Type == types.BoolType
}

func addressToNumber(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	a, err := args[0].AsAddress()
	slices.Reverse(a[:])
	return one(values.U256(a), err)
}

func numberToAddress(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	n, err := args[0].AsU256()
	slices.Reverse(n[:])
	return one(values.Address(n), err)
}

func bytesToAddress(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	b, err := args[0].AsBytes()
	if err != nil {
		return nil, err
	}
	if len(b) != len(types.Address{}) {
		return nil, status.Abort(abortAddress)
	}
	return one(values.Address(types.Address(b)), nil)
}
