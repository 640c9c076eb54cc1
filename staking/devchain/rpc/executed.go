package rpc

import (
	"bytes"
	"cmp"
	"slices"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/rpc/mask"
	"github.com/floe-network/floe/staking/devchain/rpc/message"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// finder finds the version of an object that a transaction had or left; nil where it is not kept any more.
type finder func(objectRef) (*store.Object, error)

// executed makes the message of a transaction that was executed, or that was simulated, with what is wanted of it. data is
// its TransactionData, nil for what t.Data says.
func (a *api) executed(t *store.Transaction, data *ptb.TransactionData, find finder, want *mask.Mask) (*v2.ExecutedTransaction, error) {
	m, err := a.assemble(t, data, find, want)
	if err != nil {
		return nil, err
	}
	if want.Has("objects") {
		set := make(objectSet)
		if err := set.add(t.Effects, find); err != nil {
			return nil, err
		}
		if m.Objects, err = a.set(set, want.Sub("objects")); err != nil {
			return nil, err
		}
	}
	want.Prune(m)
	return m, nil
}

// assemble is executed without the objects, which in a checkpoint stand elsewhere, and with more than is wanted.
func (a *api) assemble(t *store.Transaction, data *ptb.TransactionData, find finder, want *mask.Mask) (*v2.ExecutedTransaction, error) {
	m := &v2.ExecutedTransaction{Digest: proto.String(t.Digest.String()), Signatures: message.Signatures(t.Signatures)}
	if t.Sealed {
		m.Checkpoint, m.Timestamp = &t.Checkpoint, message.Timestamp(t.Timestamp)
	}
	if want.Has("transaction") {
		if err := describe(m, t, data); err != nil {
			return nil, wrapped(err, "transaction %s", t.Digest)
		}
	}
	if want.Has("effects") {
		types := map[ptb.Address]string{}
		if wantsTypes(want.Sub("effects")) {
			var err error
			if types, err = typesOf(t.Effects, find); err != nil {
				return nil, err
			}
		}
		m.Effects = message.Effects(t.Effects, t.Effects.AppendBCS(nil), func(id ptb.Address) string { return types[id] })
	}
	if want.Has("events") {
		a.events(m, t, want.Has("events", "events", "json"))
	}
	if want.Has("balance_changes") {
		for i := range t.Balances {
			c := &t.Balances[i]
			m.BalanceChanges = append(m.BalanceChanges, message.BalanceChange(c.Owner, c.CoinType, c.Amount.String()))
		}
	}
	return m, nil
}

// wantsTypes says whether types of objects are wanted, which effects do not have.
func wantsTypes(effects *mask.Mask) bool {
	return effects.Has("changed_objects", "object_type") || effects.Has("gas_object", "object_type") ||
		effects.Has("unchanged_consensus_objects", "object_type")
}

func describe(m *v2.ExecutedTransaction, t *store.Transaction, data *ptb.TransactionData) error {
	encoded := t.Data
	var err error
	if data == nil {
		data, err = ptb.DecodeAnyTransaction(encoded)
	} else {
		encoded, err = data.Encode()
	}
	if err != nil {
		return err
	}
	m.Transaction = message.Transaction(data, encoded)
	return nil
}

func (a *api) events(m *v2.ExecutedTransaction, t *store.Transaction, json bool) {
	m.Events = message.Events(t.Events)
	if !json {
		return
	}
	for i, e := range m.Events.GetEvents() {
		e.Json = a.json(e.GetEventType(), t.Events[i].Contents)
	}
}

// refs names what a transaction read and wrote, each version once: what it left, or else what it had.
func refs(e *effects.Effects, visit func(objectRef) error) error {
	for i := range e.Changed {
		c := &e.Changed[i]
		if c.Before != nil {
			if err := visit(objectRef{c.ID, c.Before.Version}); err != nil {
				return err
			}
		}
		if c.After == nil {
			continue
		}
		version := e.Version
		if c.Package {
			version = c.After.Version
		}
		if err := visit(objectRef{c.ID, version}); err != nil {
			return err
		}
	}
	for _, r := range e.ReadShared {
		if err := visit(objectRef{r.ID, r.Version}); err != nil {
			return err
		}
	}
	return nil
}

// typesOf has the types of the objects in effects.
func typesOf(e *effects.Effects, find finder) (map[ptb.Address]string, error) {
	types := make(map[ptb.Address]string)
	err := refs(e, func(r objectRef) error {
		if types[r.id] != "" { // an object never changes its type
			return nil
		}
		o, err := find(r)
		if o != nil {
			types[r.id] = o.Type()
		}
		return err
	})
	return types, err
}

// objectSet has objects, each version once.
type objectSet map[objectRef]*store.Object

func (s objectSet) add(e *effects.Effects, find finder) error {
	return refs(e, func(r objectRef) error {
		if s[r] != nil {
			return nil
		}
		o, err := find(r)
		if o != nil {
			s[r] = o
		}
		return err
	})
}

// set makes the message of objects, in order.
func (a *api) set(s objectSet, want *mask.Mask) (*v2.ObjectSet, error) {
	keys := make([]objectRef, 0, len(s))
	for r := range s {
		keys = append(keys, r)
	}
	slices.SortFunc(keys, func(x, y objectRef) int {
		return cmp.Or(bytes.Compare(x.id[:], y.id[:]), cmp.Compare(x.version, y.version))
	})
	m := &v2.ObjectSet{}
	size := 0
	for _, r := range keys {
		o, err := a.object(s[r], want.Sub("objects"))
		if err != nil {
			return nil, err
		}
		if size += proto.Size(o); size > a.limits.ResponseBytes {
			return nil, tooBig("the set of objects", a.limits.ResponseBytes)
		}
		m.Objects = append(m.Objects, o)
	}
	return m, nil
}
