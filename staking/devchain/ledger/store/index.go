package store

import (
	"encoding/binary"
	"strings"

	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// framework is how types of Sui's framework begin.
var framework = ptb.ShortAddress(2).String() + "::"

// instance is the type argument of a type that is name<T> of the framework.
func instance(t, name string) (arg string, ok bool) {
	arg, ok = strings.CutPrefix(t, framework+name+"<")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(arg, ">")
}

// Coin is the currency and the amount of a coin; not ok for other objects.
func Coin(o *Object) (coinType string, amount uint64, ok bool) {
	if o == nil || o.Move == nil {
		return "", 0, false
	}
	coinType, ok = instance(o.Move.Type, "coin::Coin")
	if !ok || len(o.Move.Contents) != len(ptb.Address{})+8 {
		return "", 0, false
	}
	return coinType, binary.LittleEndian.Uint64(o.Move.Contents[len(ptb.Address{}):]), true
}

// indexKeys are the keys without values that stand for an object.
func indexKeys(o *Object) [][]byte {
	if o == nil || o.Move == nil {
		return nil
	}
	m := o.Move
	switch m.Owner.Kind {
	case objects.ByAddress:
		k := append(key(tableOwned, m.Owner.Address[:], []byte(m.Type)), 0)
		if _, amount, ok := Coin(o); ok {
			k = binary.BigEndian.AppendUint64(k, ^amount)
		}
		return [][]byte{append(k, m.ID[:]...)}
	case objects.ByObject:
		if strings.HasPrefix(m.Type, framework+"dynamic_field::Field<") {
			return [][]byte{key(tableField, m.Owner.Address[:], m.ID[:])}
		}
	}
	return nil
}

// nameKeys are the keys under which an object's id is found.
func nameKeys(o *Object) [][]byte {
	switch {
	case o == nil:
		return nil
	case o.Package != nil:
		return [][]byte{key(tablePackage, o.Package.Original[:], number(o.Package.Version))}
	}
	if t, ok := instance(o.Move.Type, "coin::CoinMetadata"); ok {
		return [][]byte{key(tableMetadata, []byte(t))}
	}
	if t, ok := instance(o.Move.Type, "coin::TreasuryCap"); ok {
		return [][]byte{key(tableTreasury, []byte(t))}
	}
	return nil
}

// index changes the indexes for an object that was and is another, nil for none.
func (b *Batch) index(before, now *Object) error {
	for _, k := range append(indexKeys(before), nameKeys(before)...) {
		if err := b.b.Delete(k, nil); err != nil {
			return err
		}
	}
	for _, k := range indexKeys(now) {
		if err := b.set(k, nil); err != nil {
			return err
		}
	}
	for _, k := range nameKeys(now) {
		id := now.ID()
		if err := b.set(k, id[:]); err != nil {
			return err
		}
	}
	if err := b.credit(before, false); err != nil {
		return err
	}
	return b.credit(now, true)
}

// credit adds the amount of a coin to the balance of its owner, or takes it away.
func (b *Batch) credit(o *Object, add bool) error {
	coinType, amount, ok := Coin(o)
	if !ok || amount == 0 || o.Move.Owner.Kind != objects.ByAddress {
		return nil
	}
	k := key(tableBalance, o.Move.Owner.Address[:], []byte(coinType))
	sum, seen := b.balances[string(k)]
	if !seen {
		var err error
		if sum, _, err = b.db.number(k); err != nil {
			return err
		}
	}
	// Objects of one transaction come one after the other: in between a sum may be beyond 64 bits, and wraps there and back.
	if add {
		sum += amount
	} else {
		sum -= amount
	}
	b.balances[string(k)] = sum
	if sum == 0 {
		return b.b.Delete(k, nil)
	}
	return b.set(k, number(sum))
}
