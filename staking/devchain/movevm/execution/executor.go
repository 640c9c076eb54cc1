// Package execution executes transactions by Sui's rules: it runs their commands in the Move interpreter, charges gas, and says
// what became of objects. It changes nothing itself: the caller stores what an Outcome has.
package execution

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/floe-network/floe/staking/devchain/movevm"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/framework"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/stdlib"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/typing"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Epoch has what all transactions of an epoch of the chain have in common.
type Epoch struct {
	Number            uint64
	StartMs           uint64 // since 1970
	ReferenceGasPrice uint64 // MIST for a computation unit
}

// Executor executes transactions on a Store. It keeps packages linked between transactions. It is safe for concurrent use
// as far as the Store is.
type Executor struct {
	store  Store
	limits transaction.Limits
	loader *packages.Loader
	std    movevm.Natives // which no transaction changes
}

// New makes an Executor.
func New(store Store, limits transaction.Limits) *Executor {
	return &Executor{store: store, limits: limits, loader: packages.NewLoader(published{store}), std: stdlib.Natives(io.Discard)}
}

// On is the Executor on another state of the same chain. Both keep packages linked in common, which they take from the
// Store of the first.
func (x *Executor) On(store Store) *Executor {
	other := *x
	other.store = store
	return &other
}

// View is what transactions see that publish nothing: packages, linked, and types.
func (x *Executor) View() *packages.View { return x.loader.View() }

// Check says whether Execute would refuse a transaction, with the same errors.
func (x *Executor) Check(ctx context.Context, epoch Epoch, tx *transaction.Transaction) error {
	e, err := x.begin(ctx, epoch, tx)
	if err != nil {
		return err
	}
	if _, _, _, err = e.state(e.budget()); errors.Is(err, transaction.ErrRefused) {
		return err
	}
	return nil
}

// Execute executes a transaction on the present state of the Store, which it does not change. A transaction that fails has
// an Outcome too. The error is ErrRefused when the transaction is none that can be executed on this state, the context's
// error, or the Store's.
func (x *Executor) Execute(ctx context.Context, epoch Epoch, tx *transaction.Transaction) (*effects.Outcome, error) {
	e, err := x.begin(ctx, epoch, tx)
	if err != nil {
		return nil, err
	}
	out, err := e.execute()
	if err != nil {
		return nil, outside(err)
	}
	return out, nil
}

// begin finds what a transaction names.
func (x *Executor) begin(ctx context.Context, epoch Epoch, tx *transaction.Transaction) (*execution, error) {
	if err := x.limits.Check(tx); err != nil {
		return nil, err
	}
	e := &execution{Executor: x, ctx: ctx, epoch: epoch, tx: tx, view: x.loader.View()}
	for _, c := range tx.Commands {
		if c.Publish != nil || c.Upgrade != nil {
			e.view = x.loader.Apart()
		}
	}
	e.store = &resident{store: x.store, view: e.view, seen: make(map[types.Address]*effects.Object), digests: make(map[types.Address]ptb.Digest)}
	if err := e.load(); err != nil {
		return nil, outside(err)
	}
	return e, nil
}

// outside makes an error of the Store what it was.
func outside(err error) error {
	var s *storeError
	if errors.As(err, &s) {
		return s.error
	}
	return err
}

// execution is the execution of one transaction.
type execution struct {
	*Executor
	ctx   context.Context
	epoch Epoch
	tx    *transaction.Transaction
	view  *packages.View
	store *resident

	inputs       []loaded // gas coins first, then the objects among the inputs
	versions     []uint64 // of objects that may be received
	dependencies []ptb.Digest
	readShared   []ptb.ObjectRef
}

// loaded is an object that is an input.
type loaded struct {
	object  *effects.Object
	inside  *objects.Object
	typ     *types.Type
	mutable bool
	number  int // of the input, below zero for gas coins
}

const gasInput = -1

// load finds and checks what the transaction names.
func (e *execution) load() error {
	if g := e.tx.Gas; g != nil {
		for _, r := range g.Payment {
			o, err := e.referenced(&r)
			if err != nil {
				return err
			}
			if o.Owner != (objects.Owner{Kind: objects.ByAddress, Address: g.Owner}) || o.Type != effects.GasCoinType {
				return transaction.RefuseObject(transaction.Gas, o.ID, "object %s, a %s %s, cannot pay gas for %s", o.ID, o.Type, o.Owner, g.Owner)
			}
			if err := e.input(o, true, gasInput); err != nil {
				return err
			}
		}
	}
	for i, in := range e.tx.Inputs {
		if in.Object == nil {
			continue
		}
		if err := e.object(i, in.Object); err != nil {
			return err
		}
	}
	named := make(map[types.Address]bool)
	for i := range e.tx.Commands {
		e.tx.Commands[i].Packages(func(id types.Address) { named[id] = true })
	}
	for id := range named {
		p, err := e.Executor.store.Package(id)
		if err != nil {
			return &storeError{err}
		}
		if p == nil {
			return transaction.RefuseObject(transaction.PackageMissing, id, "there is no package %s", id)
		}
		e.dependencies = append(e.dependencies, p.PreviousTransaction)
	}
	return nil
}

func (e *execution) object(i int, a *ptb.ObjectArg) error {
	switch {
	case a.Shared != nil:
		o, err := e.store.object(a.Shared.ID)
		if err != nil {
			return err
		}
		if o == nil {
			return transaction.RefuseObject(transaction.ObjectMissing, a.Shared.ID, "there is no object %s", a.Shared.ID)
		}
		if o.Owner.Kind != objects.Shared || o.SharedAt != a.Shared.InitialVersion {
			return transaction.RefuseObject(transaction.ObjectOwner, o.ID, "object %s is %s since version %d, not shared since %d", o.ID, o.Owner,
				o.SharedAt, a.Shared.InitialVersion)
		}
		if !a.Shared.Mutable {
			d, err := e.store.digest(o)
			if err != nil {
				return err
			}
			e.readShared = append(e.readShared, ptb.ObjectRef{ID: o.ID, Version: o.Version, Digest: d})
		}
		return e.input(o, a.Shared.Mutable, i)
	case a.Receiving != nil:
		o, err := e.referenced(a.Receiving)
		if err != nil {
			return err
		}
		if o.Owner.Kind != objects.ByAddress {
			return transaction.RefuseObject(transaction.ObjectOwner, o.ID, "object %s is %s and cannot be received", o.ID, o.Owner)
		}
		e.versions = append(e.versions, o.Version)
		e.dependencies = append(e.dependencies, o.PreviousTransaction)
		return nil
	default:
		o, err := e.referenced(a.ImmOrOwned)
		if err != nil {
			return err
		}
		if !e.usable(o.Owner) {
			return transaction.RefuseObject(transaction.ObjectOwner, o.ID, "object %s is %s, not by the sender", o.ID, o.Owner)
		}
		return e.input(o, o.Owner.Kind != objects.Immutable, i)
	}
}

// usable says whether the sender may use an object of an owner by its version: his own, immutable ones, and for looking those
// of other accounts.
func (e *execution) usable(o objects.Owner) bool {
	return o.Kind == objects.Immutable || o.Kind == objects.ByAddress && (o.Address == e.tx.Sender || e.tx.Mode == transaction.Inspection)
}

// referenced finds an object of which the transaction names the version.
func (e *execution) referenced(r *ptb.ObjectRef) (*effects.Object, error) {
	o, err := e.store.object(r.ID)
	if err != nil {
		return nil, err
	}
	if o == nil {
		return nil, transaction.RefuseObject(transaction.ObjectMissing, r.ID, "there is no object %s", r.ID)
	}
	if o.Version != r.Version {
		return nil, &transaction.Refusal{Reason: transaction.ObjectVersion, Object: r.ID, Current: o.Version,
			Err: fmt.Errorf("object %s is at version %d, not %d", r.ID, o.Version, r.Version)}
	}
	d, err := e.store.digest(o)
	if err != nil {
		return nil, err
	}
	if d != r.Digest {
		return nil, transaction.RefuseObject(transaction.ObjectDigest, r.ID, "object %s has the digest %x, not %x", r.ID, d, r.Digest)
	}
	return o, nil
}

func (e *execution) input(o *effects.Object, mutable bool, number int) error {
	in, t, err := e.store.inside(o)
	if err != nil {
		return err
	}
	e.inputs = append(e.inputs, loaded{o, in, t, mutable, number})
	e.dependencies = append(e.dependencies, o.PreviousTransaction)
	return nil
}

// attempt is what a try to execute the commands came to.
type attempt struct {
	results   *objects.Results
	events    []effects.Event
	published []*effects.PublishedPackage
	returned  [][]effects.Value
	units     uint64 // of the interpreter
	withheld  uint64 // what was taken from the gas coin before, in MIST
}

// state makes a state with the inputs, gas coins merged, and finds the inputs in it.
func (e *execution) state(budget uint64) (*objects.State, *objects.Input, []slot, error) {
	limits := e.limits.Objects
	if e.tx.Mode == transaction.System {
		limits = e.limits.SystemObjects
	}
	state := objects.New(e.store, limits)
	for _, v := range e.versions {
		state.Saw(v)
	}
	slots := make([]slot, len(e.tx.Inputs))
	for i, in := range e.tx.Inputs {
		if in.Pure != nil {
			slots[i].pure = *in.Pure
			if slots[i].pure == nil {
				slots[i].pure = []byte{}
			}
		} else {
			slots[i].receiving = in.Object.Receiving
		}
	}
	var coins []*objects.Input
	for _, l := range e.inputs {
		in, err := state.Input(l.inside, l.typ, l.mutable, values.Unmarshal)
		if err != nil {
			return nil, nil, nil, err
		}
		if l.number == gasInput {
			coins = append(coins, in)
		} else {
			slots[l.number].object = in
		}
	}
	if len(coins) == 0 {
		return state, nil, slots, nil
	}
	gas, err := smash(state, coins, budget)
	return state, gas, slots, err
}

func (e *execution) budget() uint64 {
	if e.tx.Gas == nil {
		return 0
	}
	return e.tx.Gas.Budget
}

// try executes the commands. The attempt is there even when they fail.
func (e *execution) try() (attempt, error) {
	a := attempt{withheld: e.budget()}
	state, gas, slots, err := e.state(a.withheld)
	if err != nil {
		return a, err
	}
	facts := e.facts()
	r := newRun(e.ctx, e.Executor, e.tx, facts, e.view, state, allowance(e.limits, e.tx))
	r.gas, r.inputs = gas, slots
	err = e.commands(r)
	a.units = allowance(e.limits, e.tx) - r.meter.Left()
	a.returned = r.returned
	if err != nil {
		return a, err
	}
	if a.results, err = state.Finish(); err != nil {
		return a, err
	}
	a.events, a.published = r.events, r.published
	return a, nil
}

func (e *execution) facts() *framework.Transaction {
	f := &framework.Transaction{Sender: e.tx.Sender, Digest: e.tx.Digest, Epoch: e.epoch.Number, EpochStartMs: e.epoch.StartMs,
		ReferenceGasPrice: e.epoch.ReferenceGasPrice, GasPrice: e.epoch.ReferenceGasPrice}
	if g := e.tx.Gas; g != nil {
		f.GasPrice, f.GasBudget = g.Price, g.Budget
		if g.Owner != e.tx.Sender {
			f.Sponsor = &g.Owner
		}
	}
	return f
}

// commands checks and runs the commands.
func (e *execution) commands(r *run) error {
	var gasCoin *types.Type
	if r.gas != nil {
		gasCoin = r.gas.Type
	}
	inputs := make([]typing.Input, len(r.inputs))
	for i, s := range r.inputs {
		in := &inputs[i]
		in.Pure, in.Receiving = s.pure, s.receiving
		if s.object != nil {
			in.Type, in.ReadOnly = s.object.Type, !s.object.Mutable
			in.Shared = s.object.Mutable && s.object.Object.Owner.Kind == objects.Shared
		}
	}
	steps, err := typing.Check(e.view, e.tx.Mode, gasCoin, inputs, e.tx.Commands)
	if err != nil {
		return err
	}
	for i := range steps {
		if err := r.command(&steps[i]); err != nil {
			return effects.At(i, e.failure(err, i))
		}
	}
	return nil
}

// failure makes a Failure of what went wrong, unless it is not the transaction's fault.
func (e *execution) failure(err error, command int) error {
	var f *effects.Failure
	var s *storeError
	switch {
	case errors.As(err, &s), errors.Is(err, transaction.ErrRefused), errors.Is(err, status.Canceled):
		return err
	case errors.As(err, &f):
		return f
	}
	f = &effects.Failure{Kind: effects.KindOf(status.CodeOf(err)), Command: command, Cause: err}
	var size *objects.SizeError
	var owner *objects.OwnershipError
	switch {
	case errors.As(err, &size):
		f.Kind, f.Size, f.Max = effects.MoveObjectTooBig, uint64(size.Size), uint64(size.Max)
		if size.Object == (objects.ID{}) {
			f.Kind = effects.WrittenObjectsTooLarge
		}
	case errors.As(err, &owner):
		f.Kind, f.Object = effects.SharedObjectOperationNotAllowed, owner.Object
		if owner.Circular {
			f.Kind = effects.CircularObjectOwnership
		}
	}
	return f
}

// execute tries to execute the commands, and charges for it.
func (e *execution) execute() (*effects.Outcome, error) {
	a, err := e.try()
	var failure *effects.Failure
	if err != nil && !errors.As(e.failure(err, effects.NoCommand), &failure) {
		return nil, err
	}
	price := e.epoch.ReferenceGasPrice
	if e.tx.Gas != nil {
		price = e.tx.Gas.Price
	}
	used := effects.GasUsed{Computation: computationUnits(a.units) * price}
	if e.tx.Mode == transaction.System {
		used = effects.GasUsed{}
	}
	if g := e.tx.Gas; g != nil && used.Computation >= g.Budget {
		used.Computation = g.Budget
		if failure == nil {
			failure = effects.Fail(effects.InsufficientGas, "the computation costs %d MIST", computationUnits(a.units)*price)
		}
	}
	if failure == nil {
		out, err := e.settle(a, used, nil)
		if err == nil || !errors.As(err, &failure) {
			return out, err
		}
	}
	return e.abandon(used, failure, a.returned)
}

// abandon is the Outcome of a failure: nothing happened but that gas is paid.
func (e *execution) abandon(used effects.GasUsed, failure *effects.Failure, returned [][]effects.Value) (*effects.Outcome, error) {
	state, _, _, err := e.state(0)
	if err != nil {
		return nil, err
	}
	a := attempt{returned: returned}
	if a.results, err = state.Finish(); err != nil {
		return nil, err
	}
	out, err := e.settle(a, used, failure)
	var more *effects.Failure
	if !errors.As(err, &more) {
		return out, err
	}
	// Not even storing the inputs again can be paid for: all of the budget goes, and storage is as it was.
	used.Computation = e.budget()
	return e.unpaid(a, used, failure)
}
