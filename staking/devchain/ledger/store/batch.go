package store

import (
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Batch is what is to be committed, seen together with what is there already. It is not safe for concurrent use.
type Batch struct {
	db *DB
	b  *pebble.Batch
	// What was read or written, nil for what is not there.
	objects  map[ptb.Address]*Object
	numbers  map[ptb.Digest]uint64
	balances map[string]uint64
	pending  map[uint64]*Transaction
}

// Batch begins a Batch. One may be open at a time. It must be committed or discarded.
func (s *DB) Batch() *Batch {
	return &Batch{db: s, b: s.disk.Batch(), objects: make(map[ptb.Address]*Object), numbers: make(map[ptb.Digest]uint64),
		balances: make(map[string]uint64), pending: make(map[uint64]*Transaction)}
}

// Commit writes everything and returns when it is on disk. It fails with ErrBroken, and with ErrCorrupt once damage was found.
func (b *Batch) Commit() error { return b.db.disk.Commit(b.b) }

// Discard forgets everything.
func (b *Batch) Discard() error { return b.b.Close() }

// Bytes is the size of what is to be committed.
func (b *Batch) Bytes() int { return b.b.Len() }

func (b *Batch) set(key, value []byte) error { return b.b.Set(key, value, nil) }

// Find is the present version of an object or package, nil when there is none.
func (b *Batch) Find(id ptb.Address) (*Object, error) {
	if o, seen := b.objects[id]; seen {
		return o, nil
	}
	o, err := b.db.Object(id)
	if err == nil {
		b.objects[id] = o
	}
	return o, err
}

// Object is the present version of a Move object, nil when there is none.
func (b *Batch) Object(id types.Address) (*effects.Object, error) {
	o, err := b.Find(id)
	if o == nil || err != nil {
		return nil, err
	}
	return o.Move, nil
}

// Package is a package, nil when there is none.
func (b *Batch) Package(id types.Address) (*effects.PublishedPackage, error) {
	o, err := b.Find(id)
	if o == nil || err != nil {
		return nil, err
	}
	return o.Package, nil
}

// Put makes a version of an object or package the present one.
func (b *Batch) Put(o *Object) error {
	id := o.ID()
	before, err := b.Find(id)
	if err != nil {
		return err
	}
	if err := b.index(before, o); err != nil {
		return err
	}
	b.objects[id] = o
	version := number(o.Version())
	return errors.Join(b.set(key(tableObject, id[:]), version), b.set(key(tableVersion, id[:], version), o.encode()))
}

// Remove says that an object is not there any more. Its versions are.
func (b *Batch) Remove(id ptb.Address) error {
	before, err := b.Find(id)
	if err != nil {
		return err
	}
	if err := b.index(before, nil); err != nil {
		return err
	}
	b.objects[id] = nil
	return b.b.Delete(key(tableObject, id[:]), nil)
}

// Forget drops an old version of an object.
func (b *Batch) Forget(id ptb.Address, version uint64) error {
	return b.b.Delete(key(tableVersion, id[:], number(version)), nil)
}

// Executed is the transaction of a digest, nil when there is none.
func (b *Batch) Executed(digest ptb.Digest) (*Transaction, error) {
	n, seen := b.numbers[digest]
	if seen {
		return b.pending[n], nil
	}
	n, found, err := b.db.NumberOf(digest)
	if !found || err != nil {
		return nil, err
	}
	return b.db.Transaction(n)
}

// AddTransaction adds a transaction.
func (b *Batch) AddTransaction(t *Transaction) error {
	b.numbers[t.Digest] = t.Number
	b.pending[t.Number] = t
	return errors.Join(b.set(key(tableDigest, t.Digest[:]), number(t.Number)), b.set(key(tableTransaction, number(t.Number)), t.encode()))
}

// SetHead says where the chain stands.
func (b *Batch) SetHead(h *Head) error { return b.set([]byte{tableHead}, h.encode()) }

// SetParameters says what the chain began with.
func (b *Batch) SetParameters(p []byte) error { return b.set([]byte{tableParameters}, p) }

// SetEpoch stores an Epoch.
func (b *Batch) SetEpoch(e *Epoch) error { return b.set(key(tableEpoch, number(e.Number)), e.encode()) }

// AddCheckpoint adds a checkpoint.
func (b *Batch) AddCheckpoint(c *Checkpoint) error {
	certified, err := c.Encode()
	if err != nil {
		return err
	}
	contents, err := c.Contents.Encode()
	if err != nil {
		return err
	}
	sequence := number(c.Summary.Sequence)
	record := appendBytes(appendBytes(appendNumber(append([]byte(nil), c.Digest[:]...), c.First), certified), contents)
	last := c.First + uint64(len(c.Contents.Transactions)) - 1
	return errors.Join(b.set(key(tableCheckpoint, sequence), record), b.set(key(tableSequence, c.Digest[:]), sequence),
		b.set(key(tableSealed, number(last)), slices.Concat(sequence, number(c.Summary.Timestamp), number(c.First))))
}

// Prune drops a checkpoint with its transactions, and the versions of objects that these replaced or ended.
func (b *Batch) Prune(sequence uint64) error {
	c, err := b.db.Checkpoint(sequence)
	if err != nil {
		return err
	}
	if c == nil {
		return fmt.Errorf("%w: checkpoint %d is missing", ErrCorrupt, sequence)
	}
	last := c.First + uint64(len(c.Contents.Transactions)) - 1
	for n := c.First; n <= last; n++ {
		t, err := b.db.Transaction(n)
		if err != nil {
			return err
		}
		if t == nil {
			return fmt.Errorf("%w: transaction %d is missing", ErrCorrupt, n)
		}
		for _, change := range t.Effects.Changed {
			if change.Before == nil {
				continue
			}
			if err := b.Forget(change.ID, change.Before.Version); err != nil {
				return err
			}
		}
		if err := errors.Join(b.b.Delete(key(tableDigest, t.Digest[:]), nil), b.b.Delete(key(tableTransaction, number(n)), nil)); err != nil {
			return err
		}
	}
	return errors.Join(b.b.Delete(key(tableCheckpoint, number(sequence)), nil), b.b.Delete(key(tableSequence, c.Digest[:]), nil),
		b.b.Delete(key(tableSealed, number(last)), nil))
}
