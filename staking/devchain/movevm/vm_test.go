package movevm_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm"
	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/internal/fixture"
	"github.com/floe-network/floe/staking/devchain/movevm/linker"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/stdlib"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// plenty of gas for any test that ends.
const plenty = 1 << 24

func load(t testing.TB) fixture.Modules {
	t.Helper()
	all, err := fixture.Load("testdata")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func link(all fixture.Modules) *linker.Linker {
	return linker.New(all, types.DefaultLimits(), linker.Options{TestOnly: true})
}

// run calls a function of the handwritten module without arguments.
func run(l *linker.Linker, name string, limits movevm.Limits, gas uint64) ([]values.Value, error) {
	f, err := l.Function(fixture.Handwritten, name)
	if err != nil {
		return nil, err
	}
	vm := movevm.New(l, stdlib.Natives(io.Discard), limits)
	return vm.Call(context.Background(), movevm.NewMeter(gas), f, nil, nil)
}

// TestOutcomes runs the handwritten programs and expects of each what the real VM said.
func TestOutcomes(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "outcomes.json"))
	if err != nil {
		t.Fatal(err)
	}
	var outcomes map[string]struct {
		Kind   string
		Sub    uint64
		Module string
	}
	if err := json.Unmarshal(text, &outcomes); err != nil {
		t.Fatal(err)
	}
	l := link(load(t))
	for name, want := range outcomes {
		_, test, _ := strings.Cut(name, "::")
		_, err := run(l, test, movevm.DefaultLimits(), plenty)
		if want.Kind == "passed" {
			if err != nil {
				t.Errorf("%s: %v, want no error", name, err)
			}
			continue
		}
		var e *status.Error
		if !errors.As(err, &e) || e.At == nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if e.Code.String() != want.Kind || e.Sub != want.Sub || e.At.Module != want.Module {
			t.Errorf("%s: %v, want %+v", name, err, want)
		}
	}
}

func TestLimits(t *testing.T) {
	l := link(load(t))
	limits := movevm.DefaultLimits()
	with := func(edit func(*movevm.Limits)) movevm.Limits {
		lim := limits
		edit(&lim)
		return lim
	}
	for _, c := range []struct {
		name, function string
		limits         movevm.Limits
		gas            uint64
		want           status.Code
	}{
		{"gas", "grow_while_in_vector", limits, 500, status.OutOfGas},
		{"no gas", "hot_potato", limits, 0, status.OutOfGas},
		{"calls", "recursion_within_bounds", with(func(l *movevm.Limits) { l.CallDepth = 100 }), plenty, status.CallStackOverflow},
		{"stack", "recursion_within_bounds", with(func(l *movevm.Limits) { l.Stack = 100 }), plenty, status.ExecutionStackOverflow},
		{"memory", "grow_while_in_vector", with(func(l *movevm.Limits) { l.MemoryBytes = 1000 }), plenty, status.MemoryLimitExceeded},
		{"bcs", "grow_while_in_vector", with(func(l *movevm.Limits) { l.BCSBytes = 100 }), plenty, status.MemoryLimitExceeded},
	} {
		if _, err := run(l, c.function, c.limits, c.gas); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// TestMemoryIsGivenBack runs a loop that makes and drops far more than it ever holds.
func TestMemoryIsGivenBack(t *testing.T) {
	limits := movevm.DefaultLimits()
	limits.MemoryBytes = 12_000 // grow_while_in_vector holds about 3 KB
	_, err := run(link(load(t)), "grow_while_in_vector", limits, plenty)
	if !errors.Is(err, status.Aborted) {
		t.Error(err)
	}
}

func TestCancellation(t *testing.T) {
	all := load(t)
	patch(t, all, "hot_potato", func(_ *bytecode.Module, d *bytecode.FunctionDef) {
		d.Code = []bytecode.Instruction{{Op: bytecode.Branch}}
	})
	l := link(all)
	f, err := l.Function(fixture.Handwritten, "hot_potato")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = movevm.New(l, nil, movevm.DefaultLimits()).Call(ctx, movevm.NewMeter(plenty), f, nil, nil)
	if !errors.Is(err, status.Canceled) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// patch changes a function of the handwritten module.
func patch(t testing.TB, all fixture.Modules, name string, edit func(m *bytecode.Module, d *bytecode.FunctionDef)) {
	t.Helper()
	m, err := bytecode.Read(all[fixture.Handwritten])
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(m.FunctionDefs, func(d bytecode.FunctionDef) bool {
		return m.Identifiers[m.Functions[d.Handle].Name] == name
	})
	if i < 0 {
		t.Fatalf("no function %s", name)
	}
	edit(m, &m.FunctionDefs[i])
	all[fixture.Handwritten] = m.Bytes()
}

// TestArguments covers what callers from outside can do wrong.
func TestArguments(t *testing.T) {
	l := link(load(t))
	u := l.Universe()
	vm := movevm.New(l, stdlib.Natives(io.Discard), movevm.DefaultLimits())
	call := func(name string, typeArgs []*types.Type, args ...values.Value) ([]values.Value, error) {
		f, err := l.Function(fixture.Handwritten, name)
		if err != nil {
			return nil, err
		}
		return vm.Call(context.Background(), movevm.NewMeter(plenty), f, typeArgs, args)
	}
	a, b := values.NewCell(values.U64(1)), values.NewCell(values.U64(2))
	ref, err := u.ReferenceTo(types.U64Type, false)
	if err != nil {
		t.Fatal(err)
	}
	param, err := u.ParameterOf(0)
	if err != nil {
		t.Fatal(err)
	}
	one := []*types.Type{types.U64Type}
	for _, c := range []struct {
		name     string
		typeArgs []*types.Type
		args     []values.Value
		want     status.Code
	}{
		{"right", one, []values.Value{a.Borrow(true), b.Borrow(true)}, 0},
		{"immutable", one, []values.Value{a.Borrow(true), b.Borrow(false)}, status.InvalidArguments},
		{"by value", one, []values.Value{a.Borrow(true), values.U64(1)}, status.InvalidArguments},
		{"other type", []*types.Type{types.U8Type}, []values.Value{a.Borrow(true), b.Borrow(true)}, status.InvalidArguments},
		{"too few", one, []values.Value{a.Borrow(true)}, status.InvalidArguments},
		{"no type", nil, []values.Value{a.Borrow(true), b.Borrow(true)}, status.InvalidArguments},
		{"reference as type", []*types.Type{ref}, nil, status.InvalidArguments},
		{"open type", []*types.Type{param}, nil, status.InvalidArguments},
		{"type without copy", []*types.Type{types.SignerType}, nil, status.ConstraintNotMet},
		{"nothing", one, []values.Value{a.Borrow(true), {}}, status.InvalidArguments},
	} {
		_, err := call("swap", c.typeArgs, c.args...)
		if status.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if a.Peek().String() != "2u64" || b.Peek().String() != "1u64" {
		t.Errorf("swapped to %v and %v", a.Peek(), b.Peek())
	}
	if v, err := a.Take(); err != nil || v.String() != "2u64" {
		t.Errorf("took %v, %v", v, err)
	}
	if _, err := a.Take(); !errors.Is(err, status.ValueUnavailable) {
		t.Errorf("took twice: %v", err)
	}
	if _, err := call("absent", nil); !errors.Is(err, status.MissingDependency) {
		t.Errorf("absent function: %v", err)
	}
}

// TestReferenceResult has a function return a reference into a place outside.
func TestReferenceResult(t *testing.T) {
	l := link(load(t))
	u := l.Universe()
	box, err := l.Datatype(fixture.Handwritten, "Box")
	if err != nil {
		t.Fatal(err)
	}
	boxOfU8, err := u.Instance(box, []*types.Type{types.U8Type})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Layout(boxOfU8); err != nil {
		t.Fatal(err)
	}
	v, err := values.StructOf(boxOfU8, []values.Value{values.U8(3)})
	if err != nil {
		t.Fatal(err)
	}
	cell := values.NewCell(v)
	f, err := l.Function(fixture.Handwritten, "pick")
	if err != nil {
		t.Fatal(err)
	}
	vm := movevm.New(l, nil, movevm.DefaultLimits())
	out, err := vm.Call(context.Background(), movevm.NewMeter(plenty), f, []*types.Type{types.U8Type}, []values.Value{cell.Borrow(true)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out[0].Replace(values.U8(9)); err != nil {
		t.Fatal(err)
	}
	if inner, err := cell.Peek().At(0); err != nil || inner.String() != "9u8" {
		t.Errorf("%v, %v", inner, err)
	}
	if _, err := cell.Take(); err != nil {
		t.Errorf("borrowed after the call: %v", err)
	}
}

func TestNativesThatMisbehave(t *testing.T) {
	all := load(t)
	one := errors.New("trouble")
	for _, c := range []struct {
		name   string
		native movevm.Native
		want   status.Code
	}{
		{"none", nil, status.MissingDependency},
		{"wrong type", returning(values.U64(1)), status.NativeFailed},
		{"too many", returning(values.Bytes(nil), values.Bytes(nil)), status.NativeFailed},
		{"nothing", returning(), status.NativeFailed},
		{"empty place", returning(values.Value{}), status.NativeFailed},
		{"foreign error", func(*movevm.Context, []*types.Type, []values.Value) ([]values.Value, error) { return nil, one }, status.NativeFailed},
		{"abort", func(*movevm.Context, []*types.Type, []values.Value) ([]values.Value, error) {
			return nil, status.Abort(5)
		}, status.Aborted},
		{"gas", func(ctx *movevm.Context, _ []*types.Type, _ []values.Value) ([]values.Value, error) {
			return nil, ctx.Charge(1 << 40)
		}, status.OutOfGas},
	} {
		natives := stdlib.Natives(io.Discard)
		id := movevm.NativeID{Address: ptb.ShortAddress(1), Module: "hash", Function: "sha2_256"}
		if delete(natives, id); c.native != nil {
			natives[id] = c.native
		}
		l := link(all)
		f, err := l.Function(fixture.Handwritten, "sha2")
		if err != nil {
			t.Fatal(err)
		}
		_, err = movevm.New(l, natives, movevm.DefaultLimits()).Call(context.Background(), movevm.NewMeter(plenty), f, nil, nil)
		var e *status.Error
		if !errors.As(err, &e) || e.Code != c.want || e.At == nil || e.At.Module != "hash" || e.At.Function != "sha2_256" {
			t.Errorf("%s: %v, want %v in hash::sha2_256", c.name, err, c.want)
		}
		if c.name == "foreign error" && !errors.Is(err, one) {
			t.Errorf("the cause is lost: %v", err)
		}
	}
}

// TestNativeThatClearsItsArguments leaves the count of references right all the same.
func TestNativeThatClearsItsArguments(t *testing.T) {
	natives := stdlib.Natives(io.Discard)
	natives[movevm.NativeID{Address: ptb.ShortAddress(1), Module: "bcs", Function: "to_bytes"}] =
		func(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
			clear(args)
			return []values.Value{values.Bytes([]byte{1})}, nil
		}
	l := link(load(t))
	f, err := l.Function(types.ModuleID{Address: ptb.ShortAddress(1), Name: "bcs"}, "to_bytes")
	if err != nil {
		t.Fatal(err)
	}
	cell := values.NewCell(values.U8(1))
	vm := movevm.New(l, natives, movevm.DefaultLimits())
	if _, err := vm.Call(context.Background(), movevm.NewMeter(plenty), f, []*types.Type{types.U8Type}, []values.Value{cell.Borrow(false)}); err != nil {
		t.Fatal(err)
	}
	if _, err := cell.Take(); err != nil {
		t.Errorf("the place is borrowed still: %v", err)
	}
}

func returning(vs ...values.Value) movevm.Native {
	return func(*movevm.Context, []*types.Type, []values.Value) ([]values.Value, error) { return vs, nil }
}
