package contracttest

import (
	"errors"
	"slices"

	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/event"
	"github.com/floe-network/floe/staking/contract/genesis"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Result is an executed transaction.
type Result struct {
	*store.Transaction
	chain *Chain
}

// Created are the ids of the objects of a type that a transaction made and that are still there.
func Created[T object.Known](r *Result) []ptb.Address {
	r.chain.TB.Helper()
	tag := contract.TypeOf[T](r.chain.Deployment).String()
	var list []ptb.Address
	for _, made := range r.Made() {
		if made.Type != nil && made.Type.String() == tag {
			list = append(list, made.Ref.ID)
		}
	}
	return list
}

// Made is the one object of a type that a transaction made.
func Made[T object.Known](r *Result) ptb.Address {
	r.chain.TB.Helper()
	list := Created[T](r)
	if len(list) != 1 {
		var none T
		r.chain.TB.Fatalf("%d objects %T were made", len(list), none)
	}
	return list[0]
}

// Made is everything that the transaction made.
func (r *Result) Made() []genesis.Created {
	r.chain.TB.Helper()
	var list []genesis.Created
	for _, change := range r.Effects.Changed {
		if change.Operation != effects.IDCreated {
			continue
		}
		o, err := r.chain.Ledger.Object(change.ID, 0)
		if errors.Is(err, ledger.ErrNotFound) {
			continue
		}
		if err != nil {
			r.chain.TB.Fatal(err)
		}
		made := genesis.Created{Ref: o.Ref()}
		if o.Move != nil {
			tag, err := ptb.ParseStructTag(o.Move.Type)
			if err != nil {
				r.chain.TB.Fatal(err)
			}
			made.Type = &tag
			if o.Owner().Kind == objects.Shared {
				made.SharedAt = o.Move.SharedAt
			}
		}
		list = append(list, made)
	}
	return list
}

// Decoded are the events of the contracts.
func (r *Result) Decoded() []any {
	r.chain.TB.Helper()
	var list []any
	for _, e := range r.Events {
		v, err := event.Decode(r.chain.Deployment, *e.Type.Struct, e.Contents)
		if errors.Is(err, event.ErrUnknown) && e.Type.Struct.Address == ptb.ShortAddress(2) {
			continue
		}
		if err != nil {
			r.chain.TB.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

// Event is the one event of a type.
func Event[T any](r *Result) T {
	r.chain.TB.Helper()
	i := slices.IndexFunc(r.Decoded(), func(v any) bool { _, is := v.(T); return is })
	if i < 0 {
		var none T
		r.chain.TB.Fatalf("there is no %T", none)
	}
	return r.Decoded()[i].(T)
}
