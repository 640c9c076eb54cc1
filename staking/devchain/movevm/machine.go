package movevm

import (
	"context"
	"errors"

	"github.com/floe-network/floe/staking/devchain/movevm/linker"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
)

// machine runs one Call.
//
// It owns all references there are: they live on the stack and in locals only. It counts them per container (in values)
// and per local (in borrows), so that a local is not moved or overwritten while references into it live, and a value is
// not taken out of a vector or destroyed while references into it live.
type machine struct {
	vm      *VM
	ctx     context.Context
	meter   *Meter
	stack   []values.Value
	frames  []frame
	floor   int     // height of the stack below the running function's operands
	borrows []int32 // living references by local, of all frames
	memory  uint64  // bytes of living values
	steps   int
}

// frame is a function that runs or waits.
type frame struct {
	inst   *linker.Instance
	next   int // instruction
	locals values.Locals
	places []values.Value // the locals
	root   int            // number of the first local among all
	floor  int            // of the stack, for this function
}

// start enters the first function.
func (m *machine) start(inst *linker.Instance, args []values.Value) error {
	if len(args) != len(inst.Params) {
		return status.New(status.InvalidArguments, "%s takes %d arguments, not %d", inst.Function, len(inst.Params), len(args))
	}
	for i, v := range args {
		if !values.Matches(v, inst.Params[i]) {
			return status.New(status.InvalidArguments, "argument %d of %s is %s, not %s", i, inst.Function, values.Describe(v),
				inst.Params[i])
		}
	}
	for _, v := range args {
		v.Retain()
		if err := m.grow(values.Size(v)); err != nil {
			return err
		}
		if err := m.push(v); err != nil {
			return err
		}
	}
	return m.enter(inst)
}

// enter calls a function whose arguments are on the stack.
func (m *machine) enter(inst *linker.Instance) error {
	if err := m.meter.Charge(callUnits); err != nil {
		return err
	}
	floor := len(m.stack) - len(inst.Params)
	if floor < m.floor {
		return status.New(status.StackUnderflow, "too few arguments for %s", inst.Function)
	}
	args := m.stack[floor:]
	for i, v := range args {
		if !values.Matches(v, inst.Params[i]) {
			return status.New(status.TypeMismatch, "argument %d of %s is %s, not %s", i, inst.Function, values.Describe(v),
				inst.Params[i])
		}
	}
	if inst.Function.Native {
		return m.native(inst, floor)
	}
	if len(m.frames) > m.vm.limits.CallDepth {
		return status.New(status.CallStackOverflow, "more than %d functions wait for each other", m.vm.limits.CallDepth)
	}
	if err := m.grow(frameBytes(inst)); err != nil {
		return err
	}
	f := frame{inst: inst, locals: values.NewLocals(len(inst.Locals)), root: len(m.borrows), floor: floor}
	f.places = f.locals.Places()
	copy(f.places, args)
	m.truncate(floor)
	for range inst.Locals {
		m.borrows = append(m.borrows, 0)
	}
	m.frames = append(m.frames, f)
	m.floor = floor
	return nil
}

// frameBytes is the memory of a function's locals without what they hold elsewhere.
func frameBytes(inst *linker.Instance) uint64 {
	return values.ContainerBytes + uint64(len(inst.Locals))*values.PlaceBytes
}

// native calls a native function whose arguments lie on the stack from floor on. What fails in it, fails at it.
func (m *machine) native(inst *linker.Instance, floor int) error {
	err := m.callNative(inst, floor)
	if err == nil {
		return nil
	}
	id := inst.Function.Module.ID
	return located(err, &status.Location{Address: id.Address, Module: id.Name, Function: inst.Function.Name})
}

func (m *machine) callNative(inst *linker.Instance, floor int) error {
	n, ok := m.vm.Native(inst.Function)
	if !ok {
		return status.New(status.MissingDependency, "there is no native %s", inst.Function)
	}
	args := append([]values.Value(nil), m.stack[floor:]...)
	m.truncate(floor)
	var refs []values.Value // the native may do with args what it likes
	for _, v := range args {
		if v.IsReference() {
			refs = append(refs, v)
		} else {
			m.shrink(values.Size(v))
		}
	}
	results, err := n(&Context{m: m, callee: inst.Function}, inst.TypeArgs, args)
	if err != nil {
		return err
	}
	if len(results) != len(inst.Results) {
		return status.New(status.NativeFailed, "%s returned %d values", inst.Function, len(results))
	}
	for i, v := range results {
		if !values.Matches(v, inst.Results[i]) {
			return status.New(status.NativeFailed, "result %d of %s is %s", i, inst.Function, values.Describe(v))
		}
		m.retain(v)
		if err := m.grow(values.Size(v)); err != nil {
			return err
		}
		if err := m.push(v); err != nil {
			return err
		}
	}
	for _, v := range refs {
		m.release(v)
	}
	return nil
}

// located gives an error its place, where it has none yet, and makes it a *status.Error.
func located(err error, at *status.Location) error {
	var e *status.Error
	if !errors.As(err, &e) {
		e = status.New(status.NativeFailed, "%w", err)
	}
	if e.At == nil {
		// A copy: some errors belong to code that several machines run.
		placed := *e
		placed.At = at
		e = &placed
	}
	return e
}

// run executes instructions until the first function returns.
func (m *machine) run() error {
	for len(m.frames) > 0 {
		f := &m.frames[len(m.frames)-1]
		at := f.next
		if err := m.step(f); err != nil {
			return located(err, &status.Location{
				Address: f.inst.Function.Module.ID.Address, Module: f.inst.Function.Module.ID.Name, Function: f.inst.Function.Name,
				Instruction: at,
			})
		}
	}
	return nil
}

// leave returns from the running function, whose results are on the stack.
func (m *machine) leave(f *frame) error {
	results := m.stack[f.floor:]
	if len(results) != len(f.inst.Results) {
		return status.New(status.StackUnbalanced, "%d operands at the return of %d results", len(results), len(f.inst.Results))
	}
	for i, v := range results {
		if !values.Matches(v, f.inst.Results[i]) {
			return status.New(status.TypeMismatch, "result %d is %s, not %s", i, values.Describe(v), f.inst.Results[i])
		}
	}
	for i, v := range f.places {
		if v.IsReference() {
			m.release(v)
		} else if !v.IsNone() {
			if !f.inst.Locals[i].Abilities().Has(types.Drop) {
				return status.New(status.AbilityMissing, "local %d of type %s is left at the return", i, f.inst.Locals[i])
			}
			m.shrink(values.Size(v))
		}
		f.places[i] = values.Value{}
	}
	for i, n := range m.borrows[f.root:] {
		if n != 0 {
			return status.New(status.BorrowedValue, "a reference to local %d outlives the function", i)
		}
	}
	m.shrink(frameBytes(f.inst))
	m.borrows = m.borrows[:f.root]
	m.frames[len(m.frames)-1] = frame{}
	m.frames = m.frames[:len(m.frames)-1]
	m.floor = 0
	if len(m.frames) > 0 {
		m.floor = m.frames[len(m.frames)-1].floor
	}
	return nil
}

func (m *machine) push(v values.Value) error {
	if len(m.stack) >= m.vm.limits.Stack {
		return status.New(status.ExecutionStackOverflow, "more than %d operands", m.vm.limits.Stack)
	}
	m.stack = append(m.stack, v)
	return nil
}

func (m *machine) pop() (values.Value, error) {
	top := len(m.stack) - 1
	if top < m.floor {
		return values.Value{}, status.New(status.StackUnderflow, "an operand is missing")
	}
	v := m.stack[top]
	m.stack[top] = values.Value{} // what it pointed to may be garbage now
	m.stack = m.stack[:top]
	return v, nil
}

// truncate lowers the stack and forgets what was above.
func (m *machine) truncate(height int) {
	clear(m.stack[height:])
	m.stack = m.stack[:height]
}

// popSome takes the n topmost operands, the lowest first.
func (m *machine) popSome(n int) ([]values.Value, error) {
	low := len(m.stack) - n
	if low < m.floor {
		return nil, status.New(status.StackUnderflow, "%d operands are wanted", n)
	}
	out := append(make([]values.Value, 0, n), m.stack[low:]...)
	m.truncate(low)
	return out, nil
}

// retain counts a reference that came into being.
func (m *machine) retain(v values.Value) {
	v.Retain()
	if n := m.rootOf(v); n != nil {
		*n++
	}
}

// release counts a reference that ended.
func (m *machine) release(v values.Value) {
	v.Release()
	if n := m.rootOf(v); n != nil {
		*n--
	}
}

// rootOf has the count of references into the local that v points into, nil where there is none.
func (m *machine) rootOf(v values.Value) *int32 {
	if r := v.Root(); r != 0 && uint64(r) <= uint64(len(m.borrows)) {
		return &m.borrows[r-1]
	}
	return nil
}

// alone says whether v is the only living reference into the local that it points into.
func (m *machine) alone(v values.Value) bool {
	n := m.rootOf(v)
	return n != nil && *n == 1
}

// drop ends a value that no instruction consumes.
func (m *machine) drop(v values.Value) error {
	if v.IsReference() {
		m.release(v)
		return nil
	}
	if t := values.TypeOf(v); !t.Abilities().Has(types.Drop) {
		return status.New(status.AbilityMissing, "%s is dropped", t)
	}
	if values.Borrowed(v) {
		return status.New(status.BorrowedValue, "%s is destroyed while references into it live", values.Describe(v))
	}
	m.shrink(values.Size(v))
	return nil
}

// duplicate copies a value that no instruction consumes, and charges for its size.
func (m *machine) duplicate(v values.Value) (values.Value, error) {
	if v.IsReference() {
		m.retain(v)
		return v, nil
	}
	if t := values.TypeOf(v); !t.Abilities().Has(types.Copy) {
		return values.Value{}, status.New(status.AbilityMissing, "%s is copied", t)
	}
	size := values.Size(v)
	if size > 0 {
		if err := m.grow(size); err != nil {
			return values.Value{}, err
		}
		v = values.Copy(v)
	}
	return v, nil
}

// grow accounts for memory that is about to be taken, and charges for it.
func (m *machine) grow(bytes uint64) error {
	if m.memory+bytes > m.vm.limits.MemoryBytes {
		return status.New(status.MemoryLimitExceeded, "values of more than %d bytes", m.vm.limits.MemoryBytes)
	}
	m.memory += bytes
	return m.meter.Charge(bytes / bytesPerUnit)
}

// shrink accounts for memory that is no longer needed. Values that came in through references from outside were never
// counted.
func (m *machine) shrink(bytes uint64) { m.memory -= min(bytes, m.memory) }
