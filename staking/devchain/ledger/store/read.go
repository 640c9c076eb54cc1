package store

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/floe-network/floe/staking/devchain/checkpoint"
	"github.com/floe-network/floe/staking/devchain/ledger/store/disk"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Reader reads a chain. What it returns is the caller's. It fails with ErrCorrupt and ErrClosed.
type Reader struct{ v disk.View }

// number reads a value that is a number.
func (r Reader) number(key []byte) (n uint64, found bool, err error) {
	v, err := r.v.Get(key)
	if v == nil || err != nil {
		return 0, false, err
	}
	if len(v) != 8 {
		return 0, false, fmt.Errorf("%w: %x is %x", ErrCorrupt, key, v)
	}
	return binary.BigEndian.Uint64(v), true, nil
}

// address reads a value that is an address.
func (r Reader) address(key []byte) (a ptb.Address, found bool, err error) {
	v, err := r.v.Get(key)
	if v == nil || err != nil {
		return a, false, err
	}
	if len(v) != len(a) {
		return a, false, fmt.Errorf("%w: %x is %x", ErrCorrupt, key, v)
	}
	return ptb.Address(v), true, nil
}

func key(table byte, parts ...[]byte) []byte {
	return append([]byte{table}, bytes.Join(parts, nil)...)
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// after is the key that follows all keys with a prefix, whose last byte is below 0xff.
func after(prefix []byte) []byte {
	b := bytes.Clone(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i]++; b[i] != 0 {
			return b[:i+1]
		}
	}
	return nil
}

// Version is the present version of an object; not found when there is none.
func (r Reader) Version(id ptb.Address) (version uint64, found bool, err error) {
	return r.number(key(tableObject, id[:]))
}

// Object is the present version of an object or package, nil when there is none.
func (r Reader) Object(id ptb.Address) (*Object, error) {
	before := uint64(0)
	for {
		version, found, err := r.Version(id)
		if !found || err != nil {
			return nil, err
		}
		o, err := r.ObjectAt(id, version)
		if o != nil || err != nil {
			return o, err
		}
		if version == before {
			return nil, fmt.Errorf("%w: object %s has no version %d", ErrCorrupt, id, version)
		}
		before = version // which may have been replaced and dropped since it was read
	}
}

// ObjectAt is a version of an object or package, nil when there is none, any more or at all.
func (r Reader) ObjectAt(id ptb.Address, version uint64) (*Object, error) {
	v, err := r.v.Get(key(tableVersion, id[:], number(version)))
	if v == nil || err != nil {
		return nil, err
	}
	return decodeObject(id, version, v)
}

// NumberOf is the number of a transaction.
func (r Reader) NumberOf(digest ptb.Digest) (n uint64, found bool, err error) {
	return r.number(key(tableDigest, digest[:]))
}

// Transaction is a transaction by number, nil when there is none.
func (r Reader) Transaction(n uint64) (*Transaction, error) {
	v, err := r.v.Get(key(tableTransaction, number(n)))
	if v == nil || err != nil {
		return nil, err
	}
	t, err := decodeTransaction(n, v)
	if err != nil {
		return nil, err
	}
	if there, err := r.seal(t); !there || err != nil {
		return nil, err
	}
	return t, nil
}

// seal fills in the checkpoint of a transaction. It is not there any more when only a later checkpoint is.
func (r Reader) seal(t *Transaction) (there bool, err error) {
	there = true
	err = r.v.Each(key(tableSealed, number(t.Number)), []byte{tableSealed + 1}, func(_, v []byte) (bool, error) {
		if len(v) != 3*8 {
			return false, fmt.Errorf("%w: checkpoint of transaction %d", ErrCorrupt, t.Number)
		}
		t.Sealed = true
		t.Checkpoint, t.Timestamp = binary.BigEndian.Uint64(v), binary.BigEndian.Uint64(v[8:])
		there = binary.BigEndian.Uint64(v[16:]) <= t.Number
		return false, nil
	})
	return there, err
}

// Checkpoint is a sealed checkpoint.
type Checkpoint struct {
	checkpoint.Certified
	Digest   ptb.Digest
	Contents checkpoint.Contents
	// First is the number of its first transaction; the others follow.
	First uint64
}

// Checkpoint is a checkpoint by sequence number, nil when there is none.
func (r Reader) Checkpoint(sequence uint64) (*Checkpoint, error) {
	v, err := r.v.Get(key(tableCheckpoint, number(sequence)))
	if v == nil || err != nil {
		return nil, err
	}
	d := decoder{b: v}
	c := &Checkpoint{Digest: d.wide(), First: d.number()}
	certified, contents := d.bytes(), d.bytes()
	if err := d.end("checkpoint %d", sequence); err != nil {
		return nil, err
	}
	s, err := checkpoint.DecodeCertified(certified)
	if err != nil {
		return nil, fmt.Errorf("%w: checkpoint %d: %w", ErrCorrupt, sequence, err)
	}
	list, err := checkpoint.DecodeContents(contents)
	if err != nil {
		return nil, fmt.Errorf("%w: checkpoint %d: %w", ErrCorrupt, sequence, err)
	}
	c.Certified, c.Contents = *s, *list
	return c, nil
}

// Sequence is the sequence number of a checkpoint.
func (r Reader) Sequence(digest ptb.Digest) (n uint64, found bool, err error) {
	return r.number(key(tableSequence, digest[:]))
}

// Balance is how much of a currency an account has in coins.
func (r Reader) Balance(owner ptb.Address, coinType string) (uint64, error) {
	n, _, err := r.number(key(tableBalance, owner[:], []byte(coinType)))
	return n, err
}

// Package is the id of a version of a package.
func (r Reader) Package(original ptb.Address, version uint64) (id ptb.Address, found bool, err error) {
	return r.address(key(tablePackage, original[:], number(version)))
}

// CoinMetadata is the id of the CoinMetadata of a currency.
func (r Reader) CoinMetadata(coinType string) (id ptb.Address, found bool, err error) {
	return r.address(key(tableMetadata, []byte(coinType)))
}

// Treasury is the id of the TreasuryCap of a currency.
func (r Reader) Treasury(coinType string) (id ptb.Address, found bool, err error) {
	return r.address(key(tableTreasury, []byte(coinType)))
}
