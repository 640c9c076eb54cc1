package framework_test

import (
	"errors"
	"io"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm"
	"github.com/floe-network/floe/staking/devchain/movevm/framework"
	"github.com/floe-network/floe/staking/devchain/movevm/linker"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/stdlib"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// units of gas for a call in a test.
const units = 50_000_000

// source has the embedded packages, each at the address at which others see it.
type source map[types.ModuleID][]byte

func (s source) Module(id types.ModuleID) ([]byte, error) {
	if code, ok := s[id]; ok {
		return code, nil
	}
	return nil, linker.ErrNoModule
}

// machine runs functions of the embedded packages in one transaction.
type machine struct {
	t        testing.TB
	linker   *linker.Linker
	vm       *movevm.VM
	state    *objects.State
	tx       *framework.Transaction
	packages map[string]types.Address
}

func newMachine(t testing.TB, store objects.Store) *machine {
	t.Helper()
	set, err := move.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, packages: map[string]types.Address{}}
	code := source{}
	for _, p := range set.Packages {
		at := types.Address(p.Placeholder)
		m.packages[p.Name] = at
		for _, mod := range p.Modules {
			linked, err := move.Relink(mod.Bytecode, map[move.Address]move.Address{p.Address: p.Placeholder})
			if err != nil {
				t.Fatal(err)
			}
			code[types.ModuleID{Address: at, Name: mod.Name}] = linked
		}
	}
	m.linker = linker.New(code, types.DefaultLimits(), linker.Options{})
	m.begin(store, objects.DefaultLimits())
	return m
}

// begin starts another transaction.
func (m *machine) begin(store objects.Store, limits objects.Limits) {
	m.state = objects.New(store, limits)
	m.tx = &framework.Transaction{Sender: ptb.ShortAddress(0xa), Digest: [32]byte{1}, Epoch: 3, EpochStartMs: 4, ReferenceGasPrice: 5}
	m.vm = movevm.New(m.linker, movevm.Merge(
		stdlib.Natives(io.Discard), framework.Natives(m.state, m.tx, objects.OriginalIDs{}),
	), movevm.DefaultLimits())
}

func (m *machine) function(pkg, module, name string) *linker.Function {
	m.t.Helper()
	f, err := m.linker.Function(types.ModuleID{Address: m.packages[pkg], Name: module}, name)
	if err != nil {
		m.t.Fatal(err)
	}
	return f
}

// try calls a function, private or not.
func (m *machine) try(pkg, module, name string, typeArgs []*types.Type, args ...values.Value) ([]values.Value, error) {
	m.t.Helper()
	return m.vm.Call(m.t.Context(), movevm.NewMeter(units), m.function(pkg, module, name), typeArgs, args)
}

// call is try for functions that must succeed with one result.
func (m *machine) call(pkg, module, name string, args ...values.Value) values.Value {
	m.t.Helper()
	out, err := m.try(pkg, module, name, nil, args...)
	if err != nil {
		m.t.Fatalf("%s::%s::%s: %v", pkg, module, name, err)
	}
	if len(out) != 1 {
		m.t.Fatalf("%s::%s::%s gives %d results", pkg, module, name, len(out))
	}
	return out[0]
}

// typeOf a datatype without type arguments.
func (m *machine) typeOf(pkg, module, name string) *types.Type {
	m.t.Helper()
	d, err := m.linker.Datatype(types.ModuleID{Address: m.packages[pkg], Name: module}, name)
	if err != nil {
		m.t.Fatal(err)
	}
	t, err := m.linker.Universe().Instance(d, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	if _, err := m.linker.Universe().Layout(t); err != nil {
		m.t.Fatal(err)
	}
	return t
}

// read makes a value of a type from BCS.
func (m *machine) read(t *types.Type, b []byte) values.Value {
	m.t.Helper()
	v, err := values.Unmarshal(b, t)
	if err != nil {
		m.t.Fatal(err)
	}
	return v
}

// aborts makes sure that an error is an abort with a code in a module.
func aborts(t testing.TB, err error, code uint64, module string) {
	t.Helper()
	var e *status.Error
	if !errors.As(err, &e) || e.Code != status.Aborted || e.Sub != code || e.At == nil || e.At.Module != module {
		t.Errorf("%v, want abort %d in %s", err, code, module)
	}
}
