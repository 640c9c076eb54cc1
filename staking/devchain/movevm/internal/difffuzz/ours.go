package difffuzz

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/floe-network/floe/staking/devchain/movevm"
	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/linker"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/stdlib"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// gas is ample: the real VM's runner has no limit either, and generated loops are short.
const gas = 1 << 32

// memory is a source of modules.
type memory map[types.ModuleID][]byte

func (m memory) Module(id types.ModuleID) ([]byte, error) {
	if b, ok := m[id]; ok {
		return b, nil
	}
	return nil, linker.ErrNoModule
}

// Machine runs tests of compiled modules in this interpreter.
type Machine struct {
	vm      *movevm.VM
	modules map[string]types.ModuleID
}

// NewMachine reads compiled modules. Each must come out as it went in.
func NewMachine(modules [][]byte) (*Machine, error) {
	source := make(memory)
	m := &Machine{modules: make(map[string]types.ModuleID)}
	for _, b := range modules {
		code, err := bytecode.Read(b)
		if err != nil {
			return nil, err
		}
		if string(code.Bytes()) != string(b) {
			return nil, fmt.Errorf("module %s is not written as it was read", code.SelfID())
		}
		source[code.SelfID()] = b
		m.modules[code.SelfID().Name] = code.SelfID()
	}
	l := linker.New(source, types.DefaultLimits(), linker.Options{TestOnly: true})
	m.vm = movevm.New(l, stdlib.Natives(io.Discard), movevm.DefaultLimits())
	return m, nil
}

// Run runs a test. The function in which it failed is the second result, without module.
func (m *Machine) Run(ctx context.Context, module, test string) (Outcome, string, error) {
	f, err := m.vm.Linker().Function(m.modules[module], test)
	if err != nil {
		return Outcome{}, "", err
	}
	_, err = m.vm.Call(ctx, movevm.NewMeter(gas), f, nil, nil)
	if err == nil {
		return Outcome{Kind: "passed"}, "", nil
	}
	var e *status.Error
	if !errors.As(err, &e) || e.At == nil {
		return Outcome{}, "", err
	}
	o := Outcome{Kind: e.Code.String(), Module: e.At.Module}
	if e.Code == status.Aborted || e.Code == status.VectorOperationError {
		o.Sub = e.Sub
	}
	return o, e.At.Function, nil
}
