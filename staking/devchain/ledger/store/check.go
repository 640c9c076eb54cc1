package store

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Check reads everything and compares it: indexes with objects, transactions with checkpoints, objects and transactions with
// their digests. It fails with ErrCorrupt. Memory grows with the number of objects.
func (r Reader) Check() error {
	c := checker{Reader: r, want: make(map[string][]byte), sums: make(map[string]uint64)}
	if err := c.objects(); err != nil {
		return err
	}
	for k, sum := range c.sums {
		if sum > 0 {
			c.want[k] = number(sum)
		}
	}
	for _, table := range [...]byte{tableOwned, tableField, tableBalance, tablePackage, tableMetadata, tableTreasury} {
		if err := c.index(table); err != nil {
			return err
		}
	}
	for k := range c.want {
		return fmt.Errorf("%w: index entry %x is missing", ErrCorrupt, k)
	}
	return c.history()
}

type checker struct {
	Reader
	want map[string][]byte // entries of indexes
	sums map[string]uint64 // of balances, by key
}

// EachObject calls fn for all present objects and packages, by ascending id, until it fails.
func (r Reader) EachObject(fn func(*Object) error) error {
	return r.v.Each([]byte{tableObject}, []byte{tableObject + 1}, func(k, _ []byte) (bool, error) {
		if len(k) != 1+len(ptb.Address{}) {
			return false, fmt.Errorf("%w: object key %x", ErrCorrupt, k)
		}
		o, err := r.Object(ptb.Address(k[1:]))
		if err == nil && o == nil {
			err = fmt.Errorf("%w: object %x is missing", ErrCorrupt, k[1:])
		}
		if err != nil {
			return false, err
		}
		return true, fn(o)
	})
}

// objects checks all present objects, and finds out what the indexes should have.
func (c *checker) objects() error {
	return c.EachObject(func(o *Object) (err error) {
		id := o.ID()
		var digest ptb.Digest
		if o.Package != nil {
			digest = o.Package.Digest()
		} else if digest, err = o.Move.Digest(); err != nil {
			return err
		}
		if digest != o.Digest {
			return fmt.Errorf("%w: object %s has the digest %s, not %s", ErrCorrupt, id, digest, o.Digest)
		}
		for _, k := range indexKeys(o) {
			c.want[string(k)] = []byte{}
		}
		for _, k := range nameKeys(o) {
			c.want[string(k)] = id[:]
		}
		if coinType, amount, ok := Coin(o); ok && o.Move.Owner.Kind == objects.ByAddress {
			c.sums[string(key(tableBalance, o.Move.Owner.Address[:], []byte(coinType)))] += amount
		}
		return nil
	})
}

// index compares a table with what it should have, and forgets that.
func (c *checker) index(table byte) error {
	return c.v.Each([]byte{table}, []byte{table + 1}, func(k, v []byte) (bool, error) {
		want, ok := c.want[string(k)]
		if !ok || !bytes.Equal(want, v) {
			return false, fmt.Errorf("%w: index entry %x is %x, want %x", ErrCorrupt, k, v, want)
		}
		delete(c.want, string(k))
		return true, nil
	})
}

// history checks that all checkpoints and transactions are there that the head says, and no others.
func (c *checker) history() error {
	h, err := c.Head()
	if err != nil || h == nil {
		return err
	}
	next := uint64(0) // number of the transaction that follows
	for sequence := h.Lowest; sequence < h.Sequence; sequence++ {
		cp, err := c.Checkpoint(sequence)
		if err != nil {
			return err
		}
		if cp == nil || sequence > h.Lowest && cp.First != next {
			return fmt.Errorf("%w: checkpoint %d does not begin with transaction %d", ErrCorrupt, sequence, next)
		}
		next = cp.First
		for _, x := range cp.Contents.Transactions {
			if err := c.transaction(next, x.Transaction, x.Effects, sequence); err != nil {
				return err
			}
			next++
		}
		if cp.Summary.Transactions != next {
			return fmt.Errorf("%w: checkpoint %d counts %d transactions, not %d", ErrCorrupt, sequence, cp.Summary.Transactions, next)
		}
	}
	if h.Open != (next < h.Next) || h.Open && h.First != next {
		return fmt.Errorf("%w: transactions %d to %d are in no checkpoint", ErrCorrupt, next, h.Next)
	}
	return c.transactions(h)
}

// transactions checks that there are none before the first checkpoint and after the head.
func (c *checker) transactions(h *Head) error {
	first, err := c.Checkpoint(h.Lowest)
	if err != nil {
		return err
	}
	return c.v.Each([]byte{tableTransaction}, []byte{tableTransaction + 1}, func(k, _ []byte) (bool, error) {
		if len(k) != 9 {
			return false, fmt.Errorf("%w: transaction key %x", ErrCorrupt, k)
		}
		if n := binary.BigEndian.Uint64(k[1:]); n < first.First || n >= h.Next {
			return false, fmt.Errorf("%w: transaction %d is not among %d to %d", ErrCorrupt, n, first.First, h.Next)
		}
		return true, nil
	})
}

// transaction checks a transaction that is in a checkpoint.
func (c *checker) transaction(n uint64, digest, effects ptb.Digest, sequence uint64) error {
	t, err := c.Transaction(n)
	if err != nil {
		return err
	}
	found, _, err := c.NumberOf(digest)
	if err != nil {
		return err
	}
	switch {
	case t == nil || t.Digest != digest || found != n || ptb.TransactionDigest(t.Data) != digest:
		return fmt.Errorf("%w: transaction %d is not %s", ErrCorrupt, n, digest)
	case t.EffectsDigest != effects || t.Effects.Digest() != effects:
		return fmt.Errorf("%w: transaction %s has other effects than checkpoint %d says", ErrCorrupt, digest, sequence)
	case !t.Sealed || t.Checkpoint != sequence:
		return fmt.Errorf("%w: transaction %s is in checkpoint %d, and says %d", ErrCorrupt, digest, sequence, t.Checkpoint)
	}
	return nil
}
