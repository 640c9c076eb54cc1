// Package disk opens the directory of a chain: a Pebble database that nobody else has open, of which damage and a disk that
// fails are told as errors, as far as they can be.
package disk

import (
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

// Errors.
var (
	// ErrLocked says that somebody else uses the directory.
	ErrLocked = errors.New("the directory of the chain is in use")
	// ErrCorrupt says that the directory has what no chain wrote. It must be restored from a copy, or removed.
	ErrCorrupt = errors.New("the directory of the chain is damaged")
	// ErrFull says that the disk is full, or nearly so.
	ErrFull = errors.New("the disk of the chain is full")
	// ErrBroken says that the database could not write, so that what it has in memory is not what is on disk. It must be opened
	// again.
	ErrBroken = errors.New("the chain cannot be written")
	// ErrClosed says that the directory was closed.
	ErrClosed = errors.New("the chain was closed")
)

// Disk is an open directory. It is safe for concurrent use.
type Disk struct {
	View
	db     *pebble.DB
	fs     vfs.FS
	dir    string
	lock   io.Closer
	damage *damage
}

// Open opens a directory, and makes it when there is none. It fails with ErrLocked and ErrCorrupt.
func Open(dir string) (*Disk, error) { return openOn(vfs.Default, dir) }

func openOn(fs vfs.FS, dir string) (*Disk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("directory of the chain: %w", err)
	}
	lock, err := fs.Lock(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrLocked, dir, err)
	}
	found := new(damage)
	db, err := openPebble(fs, filepath.Join(dir, "state"), found)
	if err != nil {
		if errno := syscall.Errno(0); !errors.As(err, &errno) || errno == syscall.ENOENT { // else it is the system that refuses
			err = fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		return nil, errors.Join(fmt.Errorf("database in %s: %w", dir, err), lock.Close())
	}
	return &Disk{View: View{db, new(gate)}, db: db, fs: fs, dir: dir, lock: lock, damage: found}, nil
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

func openPebble(fs vfs.FS, dir string, found *damage) (db *pebble.DB, err error) {
	o := &pebble.Options{
		FS:                          fs, // without the goroutine that watches for slow disks, which outlives an Open that fails
		Logger:                      logger{},
		EventListener:               &pebble.EventListener{DataCorruption: found.corruption, BackgroundError: found.background},
		FormatMajorVersion:          format,
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

// Batch begins a batch.
func (d *Disk) Batch() *pebble.Batch { return d.db.NewBatch() }

// Commit writes a batch and returns when it is on disk. It fails with ErrBroken, and with ErrCorrupt once damage was found.
func (d *Disk) Commit(b *pebble.Batch) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrBroken, r)
		}
	}()
	if err := d.damage.check(); err != nil {
		return err
	}
	if err := b.Commit(pebble.Sync); err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return b.Close()
}

// Room fails with ErrFull when the disk has fewer bytes left.
func (d *Disk) Room(bytes uint64) error {
	u, err := d.fs.GetDiskUsage(d.dir)
	if err != nil {
		return fmt.Errorf("disk of the chain: %w", err)
	}
	if u.AvailBytes < bytes {
		return fmt.Errorf("%w: %s has %d bytes left, want %d", ErrFull, d.dir, u.AvailBytes, bytes)
	}
	return nil
}

// Size is what the database takes on disk, in bytes; 0 after the end.
func (d *Disk) Size() uint64 {
	if d.gate.enter() != nil {
		return 0
	}
	defer d.gate.leave()
	return d.db.Metrics().DiskSpaceUsage()
}

// Close gives up the directory, once all that is being read is read and all Snapshots are closed: what begins to read from
// now on fails with ErrClosed. Everything that was committed is on disk already. It is called once, and after the last
// Commit.
func (d *Disk) Close() error {
	d.gate.close()
	return errors.Join(d.db.Close(), d.lock.Close())
}
