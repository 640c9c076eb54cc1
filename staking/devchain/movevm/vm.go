// Package movevm runs Move bytecode as Sui networks do: same values, same failures. It checks at run time what the
// bytecode verifier of a network proves beforehand (types, abilities, references), so that code nobody has verified can
// do no more than fail. Natives come from outside; the objects of a chain are none of its business.
package movevm

import (
	"context"
	"maps"

	"github.com/floe-network/floe/staking/devchain/movevm/linker"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
)

// NativeID names a native function.
type NativeID struct {
	Address  types.Address
	Module   string
	Function string
}

// Native is a function that Move code calls and Go implements. It owns args, and gives away what it returns. Types of
// arguments and results are those that its Move declaration says; the machine checks both. An error made by
// status.Abort is an abort of the native.
//
// What a native works on besides its arguments it has from its closure: a VM is cheap, so that a transaction has its
// own, with natives bound to the transaction.
type Native func(ctx *Context, typeArgs []*types.Type, args []values.Value) ([]values.Value, error)

// Natives are native functions by name.
type Natives map[NativeID]Native

// Merge joins tables; of two natives with one name the later stays.
func Merge(tables ...Natives) Natives {
	size := 0
	for _, t := range tables {
		size += len(t)
	}
	all := make(Natives, size)
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

// VM runs functions of the modules of a Linker. It is safe for concurrent use as far as its natives are.
type VM struct {
	linker  *linker.Linker
	natives Natives
	limits  Limits
}

// New makes a VM. The table of natives must not change afterwards.
func New(l *linker.Linker, natives Natives, limits Limits) *VM {
	return &VM{linker: l, natives: natives, limits: limits}
}

// Linker has the modules and the types.
func (vm *VM) Linker() *linker.Linker { return vm.linker }

// Native finds a native function.
func (vm *VM) Native(f *linker.Function) (Native, bool) {
	n, ok := vm.natives[NativeID{f.Module.ID.Address, f.Module.ID.Name, f.Name}]
	return n, ok
}

// Call runs a function to its end. It owns args. Whether the caller may call the function at all (visibility, entry) is
// the caller's question. The error is a *status.Error, with a location where code was running; ctx is looked at now
// and then.
//
// References among args point into Cells or other places that outlive the call; so may references among the results.
// After an error other than InvalidArguments these places count as borrowed for ever: what they hold was left in the
// middle of a change and is to be thrown away.
func (vm *VM) Call(ctx context.Context, meter *Meter, f *linker.Function, typeArgs []*types.Type, args []values.Value) ([]values.Value, error) {
	inst, err := vm.linker.Instance(f, typeArgs)
	if err != nil {
		return nil, err
	}
	m := &machine{vm: vm, ctx: ctx, meter: meter, stack: make([]values.Value, 0, initialStack)}
	if err := m.start(inst, args); err != nil {
		return nil, err
	}
	if err := m.run(); err != nil {
		return nil, err
	}
	for _, v := range m.stack {
		v.Release() // the caller holds them now, and no machine counts for it
	}
	return m.stack, nil
}

// Context is what a native sees of the machine that calls it. It is valid during the call only.
type Context struct {
	m      *machine
	callee *linker.Function
}

// Context ends when the call is to be given up.
func (c *Context) Context() context.Context { return c.m.ctx }

// Charge takes gas for work that grows with the arguments; calling a native costs some already.
func (c *Context) Charge(units uint64) error { return c.m.meter.Charge(units) }

// Linker finds functions and datatypes.
func (c *Context) Linker() *linker.Linker { return c.m.vm.linker }

// Universe makes types.
func (c *Context) Universe() *types.Universe { return c.m.vm.linker.Universe() }

// Callee is the native itself.
func (c *Context) Callee() *linker.Function { return c.callee }

// Unmarshal reads a value of type t from exactly b, and charges for it. As in Sui, a type can be too large to be read or
// written: status.TooManyTypeNodes.
func (c *Context) Unmarshal(b []byte, t *types.Type) (values.Value, error) {
	if err := c.Charge(uint64(len(b)) / bytesPerUnit); err != nil {
		return values.Value{}, err
	}
	if err := c.checkLayout(t); err != nil {
		return values.Value{}, err
	}
	return values.Unmarshal(b, t)
}

// checkLayout fails when values of t cannot be read or written, because the layout does not resolve or is too large.
func (c *Context) checkLayout(t *types.Type) error {
	l, err := c.Universe().Layout(t)
	if err != nil {
		return err
	}
	if most := c.m.vm.limits.LayoutNodes; l.Nodes > most {
		return status.New(status.TooManyTypeNodes, "%s is made of more than %d types", t, most)
	}
	return nil
}

// Marshal is the BCS of v, charged for and bounded by the machine's limit on BCS.
func (c *Context) Marshal(v values.Value) ([]byte, error) {
	t := values.TypeOf(v)
	if t == nil {
		return nil, status.New(status.TypeMismatch, "the BCS of %s", values.Describe(v))
	}
	if err := c.checkLayout(t); err != nil {
		return nil, err
	}
	b, err := values.Marshal(v, c.m.vm.limits.BCSBytes)
	if err != nil {
		return nil, err
	}
	return b, c.Charge(uint64(len(b)) / bytesPerUnit)
}

// Meter counts gas. Units are of this machine only: an instruction is one, and so are a few dozen bytes touched.
type Meter struct{ left uint64 }

// NewMeter makes a Meter with some units.
func NewMeter(units uint64) *Meter { return &Meter{units} }

// Left is what remains.
func (m *Meter) Left() uint64 { return m.left }

// Charge takes units, or fails with status.OutOfGas and takes all there are.
func (m *Meter) Charge(units uint64) error {
	if units > m.left {
		m.left = 0
		return status.New(status.OutOfGas, "the gas is used up")
	}
	m.left -= units
	return nil
}
