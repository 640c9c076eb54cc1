package ledger

import (
	"fmt"

	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Object is a version of an object or package, the present one for version 0. It fails with ErrNotFound, and with ErrPruned
// for versions before the present one that are not there.
func (l *Ledger) Object(id ptb.Address, version uint64) (*store.Object, error) {
	if version == 0 {
		o, err := l.db.Object(id)
		if err == nil && o == nil {
			err = fmt.Errorf("%w: object %s", ErrNotFound, id)
		}
		return o, err
	}
	o, err := l.db.ObjectAt(id, version)
	if o != nil || err != nil {
		return o, err
	}
	present, found, err := l.db.Version(id)
	if err != nil {
		return nil, err
	}
	if found && version < present && l.Lowest() > 0 {
		return nil, fmt.Errorf("%w: object %s, version %d", ErrPruned, id, version)
	}
	return nil, fmt.Errorf("%w: object %s, version %d", ErrNotFound, id, version)
}

// Transaction is a transaction by its digest. It fails with ErrNotFound, for pruned ones too.
func (l *Ledger) Transaction(digest ptb.Digest) (*store.Transaction, error) {
	n, found, err := l.db.NumberOf(digest)
	if err != nil {
		return nil, err
	}
	if found {
		t, err := l.db.Transaction(n)
		if t != nil || err != nil {
			return t, err
		}
	}
	return nil, fmt.Errorf("%w: transaction %s", ErrNotFound, digest)
}

// TransactionAt is a transaction by its number among all. It fails with ErrNotFound, for pruned ones too.
func (l *Ledger) TransactionAt(number uint64) (*store.Transaction, error) {
	t, err := l.db.Transaction(number)
	if err == nil && t == nil {
		err = fmt.Errorf("%w: transaction number %d", ErrNotFound, number)
	}
	return t, err
}

// Checkpoint is a sealed checkpoint. It fails with ErrNotFound and ErrPruned.
func (l *Ledger) Checkpoint(sequence uint64) (*store.Checkpoint, error) {
	c, err := l.db.Checkpoint(sequence)
	switch {
	case c != nil || err != nil:
		return c, err
	case sequence < l.Lowest():
		return nil, fmt.Errorf("%w: checkpoint %d; the first is %d", ErrPruned, sequence, l.Lowest())
	default:
		return nil, fmt.Errorf("%w: checkpoint %d", ErrNotFound, sequence)
	}
}

// CheckpointByDigest is a sealed checkpoint. It fails with ErrNotFound, for pruned ones too.
func (l *Ledger) CheckpointByDigest(digest ptb.Digest) (*store.Checkpoint, error) {
	n, found, err := l.db.Sequence(digest)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("%w: checkpoint %s", ErrNotFound, digest)
	}
	return l.Checkpoint(n)
}

// Epoch is an epoch that has begun. It fails with ErrNotFound.
func (l *Ledger) Epoch(n uint64) (*store.Epoch, error) {
	e, err := l.db.Epoch(n)
	if err == nil && e == nil {
		err = fmt.Errorf("%w: epoch %d", ErrNotFound, n)
	}
	return e, err
}

// Snapshot is all that is committed, for several reads of one moment, and for lists. It must be closed.
func (l *Ledger) Snapshot() *store.Snapshot { return l.db.Snapshot() }
