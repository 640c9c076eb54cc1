package execution

import (
	"bytes"
	"slices"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// settle charges for storage and makes the Outcome. It fails with a Failure when the gas does not suffice or the effects
// are too large.
func (e *execution) settle(a attempt, used effects.GasUsed, failure *effects.Failure) (*effects.Outcome, error) {
	out := &effects.Outcome{Events: a.events, Packages: a.published, Returned: a.returned}
	metered := e.tx.Mode != transaction.System
	var freed uint64
	for i := range a.results.Written {
		o, err := e.written(&a.results.Written[i])
		if err != nil {
			return nil, err
		}
		if metered {
			size, err := o.MeteredSize()
			if err != nil {
				return nil, err
			}
			o.StorageRebate = storageCost(size)
			used.Storage += o.StorageRebate
		}
		freed += e.storedRebate(a.results.Written[i].Before)
		out.Objects = append(out.Objects, o)
	}
	for _, p := range a.published {
		if metered {
			p.StorageRebate = storageCost(p.MeteredSize())
			used.Storage += p.StorageRebate
		}
	}
	for _, r := range a.results.Removed {
		freed += e.storedRebate(r.Before)
	}
	if metered {
		used.Rebate, used.NonRefundable = rebate(freed)
	}
	if g := e.tx.Gas; g != nil && used.Storage > used.Rebate && g.Budget-used.Computation < used.Storage-used.Rebate {
		return nil, effects.Fail(effects.InsufficientGas, "storage costs %d MIST, %d come back and %d are left", used.Storage, used.Rebate,
			g.Budget-used.Computation)
	}
	return e.finish(out, a, used, failure)
}

// unpaid is the Outcome of a failure whose storage cannot be paid.
func (e *execution) unpaid(a attempt, used effects.GasUsed, failure *effects.Failure) (*effects.Outcome, error) {
	out := &effects.Outcome{Returned: a.returned}
	for i := range a.results.Written {
		o, err := e.written(&a.results.Written[i])
		if err != nil {
			return nil, err
		}
		o.StorageRebate = e.storedRebate(a.results.Written[i].Before)
		out.Objects = append(out.Objects, o)
	}
	return e.finish(out, a, used, failure)
}

// written is an object as it will be stored.
func (e *execution) written(w *objects.Written) (*effects.Object, error) {
	o := &effects.Object{Object: w.Object, PublicTransfer: w.Layout.Abilities().Has(types.Store), PreviousTransaction: e.tx.Digest}
	o.Type = e.view.Tag(w.Layout).String()
	return o, nil
}

// storedRebate is what comes back for an object that was there before.
func (e *execution) storedRebate(before *objects.Object) uint64 {
	if before == nil {
		return 0
	}
	return e.store.seen[before.ID].StorageRebate
}

// finish charges the gas coin and makes the effects.
func (e *execution) finish(out *effects.Outcome, a attempt, used effects.GasUsed, failure *effects.Failure) (*effects.Outcome, error) {
	if g := e.tx.Gas; g != nil && len(g.Payment) > 0 {
		i := slices.IndexFunc(out.Objects, func(o *effects.Object) bool { return o.ID == g.Payment[0].ID })
		if i < 0 {
			return nil, effects.Fail(effects.InvariantViolation, "the gas coin is gone")
		}
		contents := bytes.Clone(out.Objects[i].Contents)
		if err := credit(contents, a.withheld, used.Net()); err != nil {
			return nil, err
		}
		out.Objects[i].Contents = contents
	}
	fx := &out.Effects
	*fx = effects.Effects{Failure: failure, Epoch: e.epoch.Number, Gas: used, Transaction: e.tx.Digest, GasObject: -1,
		EventsDigest: effects.EventsDigest(out.Events), Dependencies: effects.Dependencies(slices.Clone(e.dependencies)), Version: a.results.Version,
		ReadShared: e.readShared}
	if err := e.changes(out, a.results); err != nil {
		return nil, err
	}
	if n := len(fx.AppendBCS(nil)); n > e.limits.EffectsBytes && e.tx.Mode != transaction.System && failure == nil {
		f := effects.Fail(effects.EffectsTooLarge, "effects of %d bytes", n)
		f.Size, f.Max = uint64(n), uint64(e.limits.EffectsBytes)
		return nil, f
	}
	return out, nil
}

// changes fills in what became of objects.
func (e *execution) changes(out *effects.Outcome, results *objects.Results) error {
	fx := &out.Effects
	for i, o := range out.Objects {
		w := &results.Written[i]
		c := effects.ObjectChange{ID: o.ID}
		if w.Change == objects.Created {
			c.Operation = effects.IDCreated
		}
		d, err := o.Digest()
		if err != nil {
			return err
		}
		c.After = &effects.ObjectState{Version: o.Version, Digest: d, Owner: o.Owner, SharedAt: o.SharedAt}
		if c.Before, err = e.stateBefore(w.Before); err != nil {
			return err
		}
		fx.Changed = append(fx.Changed, c)
	}
	for _, r := range results.Removed {
		c := effects.ObjectChange{ID: r.ID, Operation: effects.IDDeleted}
		if r.Removal == objects.Wrapped {
			c.Operation = effects.IDUnchanged
		}
		var err error
		if c.Before, err = e.stateBefore(r.Before); err != nil {
			return err
		}
		fx.Changed = append(fx.Changed, c)
		out.Removed = append(out.Removed, r.ID)
	}
	for _, p := range out.Packages {
		fx.Changed = append(fx.Changed, effects.ObjectChange{ID: p.ID, Package: true, Operation: effects.IDCreated,
			After: &effects.ObjectState{Version: p.Version, Digest: p.Digest(), Owner: objects.Owner{Kind: objects.Immutable}}})
	}
	effects.SortChanges(fx.Changed)
	if g := e.tx.Gas; g != nil && len(g.Payment) > 0 {
		fx.GasObject = slices.IndexFunc(fx.Changed, func(c effects.ObjectChange) bool { return c.ID == g.Payment[0].ID })
	}
	return nil
}

func (e *execution) stateBefore(before *objects.Object) (*effects.ObjectState, error) {
	if before == nil {
		return nil, nil
	}
	o := e.store.seen[before.ID]
	d, err := e.store.digest(o)
	return &effects.ObjectState{Version: o.Version, Digest: d, Owner: o.Owner, SharedAt: o.SharedAt}, err
}
