package execution

import (
	"fmt"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Store is the state of a chain. What it returns is not changed. An error ends the execution and is the caller's again.
type Store interface {
	// Object is the present version of a Move object, dynamic fields included; nil when there is none, and for packages.
	Object(id types.Address) (*effects.Object, error)
	// Package is a package, nil when there is none.
	Package(id types.Address) (*effects.PublishedPackage, error)
}

// published gives packages as their Loader wants them.
type published struct{ Store }

func (s published) Package(id types.Address) (*packages.Package, error) {
	p, err := s.Store.Package(id)
	if err != nil {
		return nil, &storeError{err}
	}
	if p == nil {
		return nil, nil
	}
	return p.Package, nil
}

// resident gives code the objects of a chain, as objects.Store, and remembers them.
type resident struct {
	store Store
	view  *packages.View
	seen  map[types.Address]*effects.Object
	// digests of objects that were seen, which are asked for when they come in and when they go out
	digests map[types.Address]ptb.Digest
}

func (r *resident) digest(o *effects.Object) (ptb.Digest, error) {
	if d, ok := r.digests[o.ID]; ok {
		return d, nil
	}
	d, err := o.Digest()
	r.digests[o.ID] = d
	return d, err
}

func (r *resident) object(id types.Address) (*effects.Object, error) {
	if o, ok := r.seen[id]; ok {
		return o, nil
	}
	o, err := r.store.Object(id)
	if err != nil {
		return nil, &storeError{err}
	}
	r.seen[id] = o
	return o, nil
}

// storeError marks what is the caller's fault, not the transaction's.
type storeError struct{ error }

func (e *storeError) Unwrap() error { return e.error }

// inside is an object with its type as code spells it.
func (r *resident) inside(o *effects.Object) (*objects.Object, *types.Type, error) {
	t, err := r.view.TypeOf(o.Type)
	if err != nil {
		return nil, nil, fmt.Errorf("object %s: %w", o.ID, err)
	}
	in := o.Object
	in.Type = t.String()
	return &in, t, nil
}

func (r *resident) Child(parent, id objects.ID) (*objects.Object, error) {
	o, err := r.object(id)
	if err != nil || o == nil || o.Owner != (objects.Owner{Kind: objects.ByObject, Address: parent}) {
		return nil, err
	}
	in, _, err := r.inside(o)
	return in, err
}

func (r *resident) Receivable(parent, id objects.ID, version uint64) (*objects.Object, error) {
	o, err := r.object(id)
	if err != nil || o == nil || o.Version != version || o.Owner != (objects.Owner{Kind: objects.ByAddress, Address: parent}) {
		return nil, err
	}
	in, _, err := r.inside(o)
	return in, err
}
