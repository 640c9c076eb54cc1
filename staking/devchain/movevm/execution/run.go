package execution

import (
	"context"
	"errors"
	"math/bits"

	"github.com/floe-network/floe/staking/devchain/movevm"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/framework"
	"github.com/floe-network/floe/staking/devchain/movevm/linker"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/typing"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// run executes the commands of a transaction whose types are known.
type run struct {
	ctx     context.Context
	limits  transaction.Limits
	tx      *transaction.Transaction
	view    *packages.View
	state   *objects.State
	facts   *framework.Transaction
	std     movevm.Natives
	natives movevm.Natives // nil until code runs
	meter   *movevm.Meter

	gas     *objects.Input
	inputs  []slot
	results [][]values.Cell

	events    []effects.Event
	published []*effects.PublishedPackage
	returned  [][]effects.Value
}

// slot is an input.
type slot struct {
	object    *objects.Input
	pure      []byte
	receiving *ptb.ObjectRef
	changed   *values.Cell // of bytes to which code had a mutable reference
}

func newRun(ctx context.Context, x *Executor, tx *transaction.Transaction, facts *framework.Transaction, view *packages.View, state *objects.State,
	units uint64) *run {
	return &run{ctx: ctx, limits: x.limits, tx: tx, view: view, state: state, facts: facts, meter: movevm.NewMeter(units), std: x.std}
}

// machine makes a VM for the modules of a linker.
func (r *run) machine(l *linker.Linker) *movevm.VM {
	if r.natives == nil {
		r.natives = movevm.Merge(r.std, framework.Natives(r.state, r.facts, r.view))
	}
	return movevm.New(l, r.natives, movevm.DefaultLimits())
}

// command executes a command.
func (r *run) command(s *typing.Step) error {
	args := make([]values.Value, len(s.Args))
	for i, a := range s.Args {
		var err error
		if args[i], err = r.argument(a); err != nil {
			return err
		}
	}
	if err := r.meter.Charge(1); err != nil {
		return err
	}
	var results []values.Value
	var err error
	switch {
	case s.MoveCall != nil:
		results, err = r.moveCall(s, args)
	case s.TransferObjects != nil:
		err = r.transferObjects(args)
	case s.SplitCoins != nil:
		results, err = r.splitCoins(s, args)
	case s.MergeCoins != nil:
		err = r.mergeCoins(args)
	case s.MakeMoveVec != nil:
		var v values.Value
		v, err = values.Vector(s.Results[0], args)
		results = []values.Value{v}
	case s.Publish != nil:
		results, err = r.publish(s.Publish)
	default:
		results, err = r.upgrade(s.Upgrade, s.Results[0], args[0])
	}
	if err != nil {
		return err
	}
	if err := r.look(s, results); err != nil {
		return err
	}
	cells := make([]values.Cell, len(results))
	for i, v := range results {
		cells[i] = values.NewCell(v)
	}
	r.results = append(r.results, cells)
	return nil
}

// argument takes, copies or borrows a value.
func (r *run) argument(a typing.Argument) (values.Value, error) {
	cell, err := r.cell(a)
	if err != nil {
		return values.Value{}, err
	}
	switch {
	case a.Use == typing.Borrowed || a.Use == typing.Changed:
		return cell.Borrow(a.Use == typing.Changed), nil
	case a.Use == typing.Moved && !r.isPure(a.At):
		return cell.Take()
	default:
		return values.Copy(cell.Peek()), nil
	}
}

func (r *run) isPure(p typing.Place) bool {
	return p.Kind == typing.AtInput && r.inputs[p.I].pure != nil
}

func (r *run) cell(a typing.Argument) (values.Cell, error) {
	switch a.At.Kind {
	case typing.AtGas:
		return r.gas.Cell, nil
	case typing.AtResult:
		return r.results[a.At.I][a.At.J], nil
	}
	s := &r.inputs[a.At.I]
	if s.object != nil {
		return s.object.Cell, nil
	}
	if s.changed != nil {
		return *s.changed, nil
	}
	v, err := s.read(a.Type)
	if err != nil {
		return values.Cell{}, err
	}
	cell := values.NewCell(v)
	if a.Use == typing.Changed {
		s.changed = &cell
	}
	return cell, nil
}

// read makes a value of an input's bytes.
func (s *slot) read(t *types.Type) (values.Value, error) {
	if s.receiving == nil {
		return values.Unmarshal(s.pure, t)
	}
	id, err := values.StructOf(t.Layout().Variants[0][0], []values.Value{values.Address(s.receiving.ID)})
	if err != nil {
		return values.Value{}, err
	}
	return values.StructOf(t, []values.Value{id, values.U64(s.receiving.Version)})
}

func (r *run) moveCall(s *typing.Step, args []values.Value) ([]values.Value, error) {
	results, err := r.call(s.Linker, s.Package, s.Function, s.TypeArgs, args, s.Context)
	if err != nil || r.tx.Mode != transaction.Inspection {
		return results, err
	}
	for i, v := range results {
		if !v.IsReference() {
			continue
		}
		target, err := v.Peek()
		if err != nil {
			return nil, err
		}
		results[i] = values.Copy(target)
	}
	return results, nil
}

// call calls a function of a package and attributes its events.
func (r *run) call(l *linker.Linker, p *packages.Package, f *linker.Function, typeArgs []*types.Type, args []values.Value,
	context *types.Type) ([]values.Value, error) {
	if context != nil {
		if _, err := r.view.Universe().Layout(context.Elem()); err != nil {
			return nil, err
		}
		v, err := r.facts.Context(context.Elem())
		if err != nil {
			return nil, err
		}
		args = append(args, values.NewCell(v).Borrow(context.Kind() == types.MutReference))
	}
	results, err := r.machine(l).Call(r.ctx, r.meter, f, typeArgs, args)
	if err != nil {
		return nil, r.located(err, l, p)
	}
	for _, e := range r.state.Events()[len(r.events):] {
		r.events = append(r.events, effects.Event{Package: p.ID, Module: f.Module.ID.Name, Sender: r.tx.Sender, Type: r.view.Tag(e.Type),
			Contents: e.Contents})
	}
	return results, nil
}

// located makes a Failure of an error of code, with the place where it happened.
func (r *run) located(err error, l *linker.Linker, p *packages.Package) error {
	var e *status.Error
	var s *storeError
	if !errors.As(err, &e) || e.Code == status.Canceled || errors.As(err, &s) {
		return err
	}
	f := &effects.Failure{Kind: effects.KindOf(e.Code), Command: effects.NoCommand, Code: e.Sub, Cause: err}
	if e.At == nil {
		return f
	}
	f.Location = &effects.Location{Package: e.At.Address, Module: e.At.Module, FunctionName: e.At.Function, Instruction: uint16(e.At.Instruction)}
	if e.At.Address == p.Original {
		f.Location.Package = p.ID
	} else if d, ok := p.Dependency(e.At.Address); ok {
		f.Location.Package = d.ID
	}
	m, err := l.Module(types.ModuleID{Address: e.At.Address, Name: e.At.Module})
	if err != nil {
		return err
	}
	for i, d := range m.Code.FunctionDefs {
		if m.Code.Identifiers[m.Code.Functions[d.Handle].Name] == e.At.Function {
			f.Location.Function = uint16(i)
		}
	}
	return f
}

func (r *run) transferObjects(args []values.Value) error {
	last := len(args) - 1
	to, err := args[last].AsAddress()
	if err != nil {
		return err
	}
	for _, o := range args[:last] {
		if _, err := r.state.Transfer(o, objects.Owner{Kind: objects.ByAddress, Address: to}); err != nil {
			return err
		}
	}
	return nil
}

// balanceOf borrows the amount of a coin: its second field is a balance, which has one field.
func balanceOf(coin values.Value) (values.Value, error) {
	balance, err := coin.Field(nil, 1, true)
	if err != nil {
		return values.Value{}, err
	}
	return balance.Field(nil, 0, true)
}

// amount reads the balance of a coin.
func amount(coin values.Value) (uint64, error) {
	balance, err := coin.At(1)
	if err != nil {
		return 0, err
	}
	value, err := balance.At(0)
	if err != nil {
		return 0, err
	}
	return value.AsUint64()
}

// setAmount writes the balance of a coin through a reference.
func setAmount(coin values.Value, to uint64) error {
	balance, err := balanceOf(coin)
	if err != nil {
		return err
	}
	_, err = balance.Replace(values.U64(to))
	return err
}

func (r *run) splitCoins(s *typing.Step, args []values.Value) ([]values.Value, error) {
	coin, err := args[0].Peek()
	if err != nil {
		return nil, err
	}
	have, err := amount(coin)
	if err != nil {
		return nil, err
	}
	left := have
	amounts := make([]uint64, len(args)-1)
	for i, a := range args[1:] {
		if amounts[i], err = a.AsUint64(); err != nil {
			return nil, err
		}
		if amounts[i] > left {
			return nil, effects.Fail(effects.InsufficientCoinBalance, "amount %d and those before it are more than %d", i, have)
		}
		left -= amounts[i]
	}
	if err := setAmount(args[0], left); err != nil {
		return nil, err
	}
	out := make([]values.Value, len(amounts))
	for i, n := range amounts {
		if out[i], err = r.newObject(s.Results[i], func(fields []*types.Type) ([]values.Value, error) {
			balance, err := values.StructOf(fields[0], []values.Value{values.U64(n)})
			return []values.Value{balance}, err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// newObject makes an object with an id of its own. The other fields are made for their types.
func (r *run) newObject(t *types.Type, rest func(fields []*types.Type) ([]values.Value, error)) (values.Value, error) {
	id := r.facts.FreshID()
	if err := r.state.NewID(id); err != nil {
		return values.Value{}, err
	}
	fields := t.Layout().Variants[0]
	inner, err := values.StructOf(fields[0].Layout().Variants[0][0], []values.Value{values.Address(id)})
	if err != nil {
		return values.Value{}, err
	}
	uid, err := values.StructOf(fields[0], []values.Value{inner})
	if err != nil {
		return values.Value{}, err
	}
	others, err := rest(fields[1:])
	if err != nil {
		return values.Value{}, err
	}
	return values.StructOf(t, append([]values.Value{uid}, others...))
}

func (r *run) mergeCoins(args []values.Value) error {
	target, err := args[0].Peek()
	if err != nil {
		return err
	}
	sum, err := amount(target)
	if err != nil {
		return err
	}
	for _, c := range args[1:] {
		n, err := amount(c)
		if err != nil {
			return err
		}
		id, err := objects.IDOf(c)
		if err != nil {
			return err
		}
		if err := r.state.DeleteID(id); err != nil {
			return err
		}
		var carry uint64
		if sum, carry = bits.Add64(sum, n, 0); carry != 0 {
			return effects.Fail(effects.CoinBalanceOverflow, "the coins are worth more than 2^64-1 together")
		}
	}
	return setAmount(args[0], sum)
}

// look keeps what a command returned, for those who want to know.
func (r *run) look(s *typing.Step, results []values.Value) error {
	if r.tx.Mode != transaction.Inspection && !r.tx.Report {
		return nil
	}
	list := make([]effects.Value, len(results))
	for i, v := range results {
		// A report must not make a transaction fail that would not: what is too long has no contents in it.
		b, err := values.Marshal(v, r.limits.Objects.ObjectBytes)
		if err != nil && r.tx.Mode == transaction.Inspection {
			return err
		}
		list[i] = effects.Value{Type: r.view.Tag(s.Results[i]), Contents: b}
	}
	r.returned = append(r.returned, list)
	return nil
}
