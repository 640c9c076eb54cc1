// Package store keeps a chain in a directory: objects with their history, transactions, checkpoints, and indexes over them,
// in a Pebble database.
//
// Everything that a Batch has is committed together and is on disk when Commit returns. All numbers in keys are big endian;
// T is the spelling of a type, with full addresses and without spaces.
//
//	key                                   value
//	M                                     version of the format
//	h                                     Head
//	g                                     what the chain began with
//	o, id                                 present version of an object or package
//	v, id, version                        a version of it
//	t, digest                             number of a transaction
//	n, number                             Transaction
//	k, number of the last transaction     the checkpoint that it is in, its time, its first transaction
//	c, sequence                           Checkpoint
//	d, digest                             sequence of a checkpoint
//	e, epoch                              Epoch
//	w, owner, T, 0, ~balance, id          nothing: the objects of an account; the balance of coins only
//	f, parent, id                         nothing: the dynamic fields of an object
//	b, owner, T                           how much of the currency T an account has in coins
//	p, original id, version               id of a version of a package
//	y, T                                  the CoinMetadata of a currency
//	z, T                                  the TreasuryCap of a currency
package store

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/floe-network/floe/staking/devchain/ledger/store/disk"
)

// Tables.
const (
	tableFormat      byte = 'M'
	tableHead        byte = 'h'
	tableParameters  byte = 'g'
	tableObject      byte = 'o'
	tableVersion     byte = 'v'
	tableDigest      byte = 't'
	tableTransaction byte = 'n'
	tableSealed      byte = 'k'
	tableCheckpoint  byte = 'c'
	tableSequence    byte = 'd'
	tableEpoch       byte = 'e'
	tableOwned       byte = 'w'
	tableField       byte = 'f'
	tableBalance     byte = 'b'
	tablePackage     byte = 'p'
	tableMetadata    byte = 'y'
	tableTreasury    byte = 'z'
)

// formatVersion is that of keys and records.
const formatVersion = 1

// Errors.
var (
	// ErrFormat says that another version of the program wrote the directory.
	ErrFormat = errors.New("the directory of the chain has another format")

	ErrLocked  = disk.ErrLocked
	ErrCorrupt = disk.ErrCorrupt
	ErrFull    = disk.ErrFull
	ErrBroken  = disk.ErrBroken
	ErrClosed  = disk.ErrClosed
)

// DB is an open directory. Reads may run concurrently with each other and with the one Batch that may be open at a time.
type DB struct {
	Reader
	disk *disk.Disk
}

// Open opens a directory, and makes it when there is none. It fails with ErrLocked, ErrFormat and ErrCorrupt.
func Open(dir string) (*DB, error) {
	d, err := disk.Open(dir)
	if err != nil {
		return nil, err
	}
	s := &DB{Reader: Reader{d.View}, disk: d}
	if err := s.checkFormat(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", dir, err), d.Close())
	}
	return s, nil
}

// checkFormat checks the format of what is there, and sets it where nothing is.
func (s *DB) checkFormat() error {
	n, found, err := s.number([]byte{tableFormat})
	switch {
	case err != nil:
		return err
	case found && n != formatVersion:
		return fmt.Errorf("%w: %d, this program has %d", ErrFormat, n, formatVersion)
	case found:
		return nil
	}
	err = s.v.Each(nil, nil, func(key, _ []byte) (bool, error) {
		return false, fmt.Errorf("%w: the format is missing, and there is %x", ErrCorrupt, key)
	})
	if err != nil {
		return err
	}
	b := s.disk.Batch()
	if err := b.Set([]byte{tableFormat}, binary.BigEndian.AppendUint64(nil, formatVersion), nil); err != nil {
		return err
	}
	return s.disk.Commit(b)
}

// Close ends the store and gives up the directory, once all that is being read is read and all Snapshots are closed: what
// begins to read from now on fails with ErrClosed. Everything that was committed is on disk already. It is called once.
func (s *DB) Close() error { return s.disk.Close() }

// Snapshot is the chain at one moment. It must be closed.
type Snapshot struct {
	Reader
	s *disk.Snapshot
}

// Snapshot makes a Snapshot of what is committed. That of a store that was closed fails with ErrClosed when it is read.
func (s *DB) Snapshot() *Snapshot {
	snap := s.disk.Snapshot()
	return &Snapshot{Reader{snap.View}, snap}
}

// Close ends the Snapshot.
func (s *Snapshot) Close() error { return s.s.Close() }

// Room fails with ErrFull when the disk has fewer bytes left.
func (s *DB) Room(bytes uint64) error { return s.disk.Room(bytes) }

// Size is what the database takes on disk, in bytes; 0 after the end.
func (s *DB) Size() uint64 { return s.disk.Size() }
