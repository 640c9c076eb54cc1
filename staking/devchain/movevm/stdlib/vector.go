package stdlib

import (
	"github.com/floe-network/floe/staking/devchain/movevm"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
)

// vectorNatives serve calls from outside: the compiler makes instructions of all calls in code.
var vectorNatives = map[string]movevm.Native{
	"empty": onVector(func(t *types.Type, _ []values.Value) (values.Value, error) { return values.Vector(t, nil) }),
	"length": onVector(func(t *types.Type, args []values.Value) (values.Value, error) {
		n, err := args[0].VectorLen(t)
		return values.U64(uint64(n)), err
	}),
	"borrow":     element(false),
	"borrow_mut": element(true),
	"push_back": onVector(func(t *types.Type, args []values.Value) (values.Value, error) {
		return values.Value{}, args[0].PushBack(t, args[1])
	}),
	"pop_back": onVector(func(t *types.Type, args []values.Value) (values.Value, error) {
		v, err := args[0].PopBack(t)
		if err == nil && values.Borrowed(v) {
			err = status.New(status.BorrowedValue, "%s leaves its vector while references into it live", values.Describe(v))
		}
		return v, err
	}),
	"destroy_empty": onVector(func(_ *types.Type, args []values.Value) (values.Value, error) {
		if n := args[0].Len(); n > 0 {
			return values.Value{}, status.Vector(status.VectorUnpackParity, "%d elements where none are wanted", n)
		}
		return values.Value{}, nil
	}),
	"swap": onVector(func(t *types.Type, args []values.Value) (values.Value, error) {
		i, err := args[1].AsUint64()
		if err != nil {
			return values.Value{}, err
		}
		j, err := args[2].AsUint64()
		if err != nil {
			return values.Value{}, err
		}
		return values.Value{}, args[0].Swap(t, i, j)
	}),
}

func element(mutable bool) movevm.Native {
	return onVector(func(t *types.Type, args []values.Value) (values.Value, error) {
		i, err := args[1].AsUint64()
		if err != nil {
			return values.Value{}, err
		}
		return args[0].Element(t, i, mutable)
	})
}

// onVector makes a native of a function that gets the type of the vector and has at most one result.
func onVector(f func(t *types.Type, args []values.Value) (values.Value, error)) movevm.Native {
	return func(ctx *movevm.Context, typeArgs []*types.Type, args []values.Value) ([]values.Value, error) {
		if len(typeArgs) != 1 {
			return nil, status.New(status.NativeFailed, "a vector native wants one type")
		}
		t, err := ctx.Universe().VectorOf(typeArgs[0])
		if err != nil {
			return nil, err
		}
		if _, err := ctx.Universe().Layout(t); err != nil {
			return nil, err
		}
		v, err := f(t, args)
		if err != nil || v.IsNone() {
			return nil, err
		}
		return []values.Value{v}, nil
	}
}
