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
//	k, number of the last transaction     the checkpoint that it is in
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
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
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

// Errors of Open.
var (
	// ErrLocked says that somebody else uses the directory.
	ErrLocked = errors.New("the directory of the chain is in use")
	// ErrFormat says that another version of the program wrote the directory.
	ErrFormat = errors.New("the directory of the chain has another format")
)

// ErrFull says that the disk is full, or nearly so.
var ErrFull = errors.New("the disk of the chain is full")

// ErrBroken says that the database could not write, so that what it has in memory is not what is on disk. The store must
// be opened again.
var ErrBroken = errors.New("the chain cannot be written")

// DB is an open directory. Reads may run concurrently with each other and with the one Batch that may be open at a time.
type DB struct {
	Reader
	db     *pebble.DB
	disk   vfs.FS
	dir    string
	lock   io.Closer
	damage *damage
}

// damage is what Pebble says of its files beside the answers that it gives: damage that it found, and that it could not
// write in the background.
type damage struct {
	found, unwritten atomic.Pointer[error]
}

func (d *damage) corruption(info pebble.DataCorruptionInfo) { d.found.Store(&info.Details) }

func (d *damage) background(err error) { d.unwritten.Store(&err) }

// check fails with ErrCorrupt when damage was found, and with ErrBroken when something could not be written: Pebble tries
// again for ever, and what is committed then would wait for it as long.
func (d *damage) check() error {
	if err := d.found.Load(); err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, *err)
	}
	if err := d.unwritten.Load(); err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, *err)
	}
	return nil
}

// Open opens a directory, and makes it when there is none. It fails with ErrLocked, ErrFormat and ErrCorrupt.
func Open(dir string) (*DB, error) { return openOn(vfs.Default, dir) }

func openOn(disk vfs.FS, dir string) (*DB, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("directory of the chain: %w", err)
	}
	lock, err := disk.Lock(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrLocked, dir, err)
	}
	found := new(damage)
	db, err := openPebble(disk, filepath.Join(dir, "state"), found)
	if err != nil {
		if errno := syscall.Errno(0); !errors.As(err, &errno) || errno == syscall.ENOENT { // else it is the system that refuses
			err = fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		return nil, errors.Join(fmt.Errorf("database in %s: %w", dir, err), lock.Close())
	}
	s := &DB{Reader: Reader{db, new(gate)}, db: db, disk: disk, dir: dir, lock: lock, damage: found}
	if err := s.checkFormat(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", dir, err), s.Close())
	}
	return s, nil
}

func openPebble(disk vfs.FS, dir string, found *damage) (db *pebble.DB, err error) {
	o := &pebble.Options{
		FS:                          disk, // without the goroutine that watches for slow disks, which outlives an Open that fails
		Logger:                      logger{},
		EventListener:               &pebble.EventListener{DataCorruption: found.corruption, BackgroundError: found.background},
		FormatMajorVersion:          pebbleFormat,
		CacheSize:                   cacheBytes,
		MemTableSize:                memTableBytes,
		MemTableStopWritesThreshold: memTables,
		MaxOpenFiles:                openFiles,
		MaxManifestFileSize:         manifestBytes,
	}
	for i := range o.TargetFileSizes {
		o.TargetFileSizes[i] = tableBytes
	}
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(bloomBits)
	}
	defer func() {
		// Files that were cut or overwritten can make Pebble panic, or call Fatalf, which does.
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return pebble.Open(dir, o)
}

// logger is silent but for what cannot be gone on after.
type logger struct{}

func (logger) Infof(string, ...any)  {}
func (logger) Errorf(string, ...any) {}

// Fatalf must not return: Pebble calls it when it can neither write its log or its list of files nor go on without. The panic
// is recovered where the database is opened and where a Batch is committed. In between it ends the program; what was
// committed is on disk.
func (logger) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// checkFormat checks the format of what is there, and sets it where nothing is.
func (s *DB) checkFormat() error {
	v, err := s.get([]byte{tableFormat})
	switch {
	case err != nil:
		return err
	case v == nil:
		it, err := s.db.NewIter(nil)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		empty := !it.First()
		if err := errors.Join(it.Error(), it.Close()); err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		if !empty {
			return fmt.Errorf("%w: the format is missing", ErrCorrupt)
		}
		return s.db.Set([]byte{tableFormat}, binary.BigEndian.AppendUint64(nil, formatVersion), pebble.Sync)
	case len(v) != 8:
		return fmt.Errorf("%w: the format is %x", ErrCorrupt, v)
	case binary.BigEndian.Uint64(v) != formatVersion:
		return fmt.Errorf("%w: %d, this program has %d", ErrFormat, binary.BigEndian.Uint64(v), formatVersion)
	}
	return nil
}

// Close ends the store and gives up the directory, once all that is being read is read and all Snapshots are closed: what
// begins to read from now on fails with ErrClosed. Everything that was committed is on disk already. It is called once.
func (s *DB) Close() error {
	s.gate.close()
	return errors.Join(s.db.Close(), s.lock.Close())
}

// Snapshot is the chain at one moment. It must be closed.
type Snapshot struct {
	Reader
	s *pebble.Snapshot // nil when the store was closed
}

// Snapshot makes a Snapshot of what is committed. That of a store that was closed fails with ErrClosed when it is read.
func (s *DB) Snapshot() *Snapshot {
	if s.gate.enter() != nil {
		return &Snapshot{Reader: s.Reader}
	}
	snap := s.db.NewSnapshot()
	return &Snapshot{Reader{snap, s.gate}, snap}
}

// Close ends the Snapshot.
func (s *Snapshot) Close() error {
	if s.s == nil {
		return nil
	}
	defer s.gate.leave()
	return s.s.Close()
}

// Room fails with ErrFull when the disk has fewer bytes left.
func (s *DB) Room(bytes uint64) error {
	u, err := s.disk.GetDiskUsage(s.dir)
	if err != nil {
		return fmt.Errorf("disk of the chain: %w", err)
	}
	if u.AvailBytes < bytes {
		return fmt.Errorf("%w: %s has %d bytes left, want %d", ErrFull, s.dir, u.AvailBytes, bytes)
	}
	return nil
}

// Size is what the database takes on disk, in bytes; 0 after the end.
func (s *DB) Size() uint64 {
	if s.gate.enter() != nil {
		return 0
	}
	defer s.gate.leave()
	return s.db.Metrics().DiskSpaceUsage()
}
