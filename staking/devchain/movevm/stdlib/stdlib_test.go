package stdlib_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm"
	"github.com/floe-network/floe/staking/devchain/movevm/internal/fixture"
	"github.com/floe-network/floe/staking/devchain/movevm/linker"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/stdlib"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// caller calls functions of the standard library.
type caller struct {
	t  *testing.T
	vm *movevm.VM
}

func newCaller(t *testing.T, debug io.Writer) caller {
	t.Helper()
	all, err := fixture.Load("../testdata")
	if err != nil {
		t.Fatal(err)
	}
	l := linker.New(all, types.DefaultLimits(), linker.Options{TestOnly: true})
	return caller{t, movevm.New(l, stdlib.Natives(debug), movevm.DefaultLimits())}
}

func (c caller) call(module, function string, typeArgs []*types.Type, args ...values.Value) ([]values.Value, error) {
	c.t.Helper()
	f, err := c.vm.Linker().Function(types.ModuleID{Address: ptb.ShortAddress(1), Name: module}, function)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.vm.Call(context.Background(), movevm.NewMeter(1<<20), f, typeArgs, args)
}

// TestVectorFromOutside calls the vector functions as a transaction would; inside code they are instructions.
func TestVectorFromOutside(t *testing.T) {
	c := newCaller(t, io.Discard)
	of := []*types.Type{types.U16Type}
	empty, err := c.call("vector", "empty", of)
	if err != nil {
		t.Fatal(err)
	}
	cell := values.NewCell(empty[0])
	for x := range uint16(3) {
		if _, err := c.call("vector", "push_back", of, cell.Borrow(true), values.U16(x)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.call("vector", "swap", of, cell.Borrow(true), values.U64(0), values.U64(2)); err != nil {
		t.Fatal(err)
	}
	ref, err := c.call("vector", "borrow_mut", of, cell.Borrow(true), values.U64(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ref[0].Replace(values.U16(9)); err != nil {
		t.Fatal(err)
	}
	n, err := c.call("vector", "length", of, cell.Borrow(false))
	if err != nil || n[0].String() != "3u64" {
		t.Errorf("length %v, %v", n, err)
	}
	got := ""
	for range 3 {
		x, err := c.call("vector", "pop_back", of, cell.Borrow(true))
		if err != nil {
			t.Fatal(err)
		}
		got += x[0].String() + " "
	}
	if got != "0u16 9u16 2u16 " {
		t.Errorf("popped %s", got)
	}
	v, err := cell.Take()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.call("vector", "destroy_empty", of, v); err != nil {
		t.Error(err)
	}
	for _, wrong := range []struct {
		function string
		args     []values.Value
		sub      uint64
	}{
		{"borrow", []values.Value{values.NewCell(values.Bytes([]byte("ab"))).Borrow(false), values.U64(2)}, status.VectorIndexOutOfBounds},
		{"pop_back", []values.Value{values.NewCell(values.Bytes(nil)).Borrow(true)}, status.VectorPopEmpty},
		{"destroy_empty", []values.Value{values.Bytes([]byte("a"))}, status.VectorUnpackParity},
		{"swap", []values.Value{values.NewCell(values.Bytes(nil)).Borrow(true), values.U64(0), values.U64(0)}, status.VectorIndexOutOfBounds},
	} {
		_, err := c.call("vector", wrong.function, []*types.Type{types.U8Type}, wrong.args...)
		var e *status.Error
		if !errors.As(err, &e) || e.Code != status.VectorOperationError || e.Sub != wrong.sub {
			t.Errorf("%s: %v", wrong.function, err)
		}
	}
}

func TestDebugPrints(t *testing.T) {
	var out strings.Builder
	c := newCaller(t, &out)
	if _, err := c.call("debug", "print", []*types.Type{types.U64Type}, values.NewCell(values.U64(7)).Borrow(false)); err != nil {
		t.Fatal(err)
	}
	if out.String() != "[debug] &7u64\n" {
		t.Errorf("printed %q", out.String())
	}
}

func TestHashOfMuchIsPaidFor(t *testing.T) {
	c := newCaller(t, io.Discard)
	_, err := c.call("hash", "sha2_256", nil, values.Bytes(make([]byte, 60<<20)))
	if !errors.Is(err, status.OutOfGas) {
		t.Error(err)
	}
}
