// Package index is the Pebble database of a sliver store: where every sliver is, what the segments hold, the totals, and a
// go-datastore for metadata and bookkeeping.
//
// Keys that begin with '/' are go-datastore's. Those of the tables begin with other bytes, so that the two never meet;
// the tables are read and written without go-datastore, which can neither seek (the cursor of a list) nor commit its keys
// together with others. All integers are big endian.
//
//	key                                        value
//	1, shard u16, blob id, axis u8             where the sliver is: Place, 14 bytes
//	2, segment id u32                          its bytes u64, those alive u64
//	3                                          totals: slivers u64, their bytes u64, bytes of files u64
//	4                                          format version u8, 1 after an orderly close and else 0
package index

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ipfs/go-datastore"
	pebbleds "github.com/ipfs/go-ds-pebble"

	"github.com/floe-network/floe/node/store/record"
)

const (
	tableSliver  byte = 1
	tableSegment byte = 2
	tableTotals  byte = 3
	tableState   byte = 4

	stateVersion = 1
)

// Pebble's settings.
const (
	// format is pinned, so that a newer Pebble does not rewrite what an older program then cannot read.
	format = pebble.FormatTableFormatV6
	// cache of blocks, in bytes: at 100 bytes an entry, the entries of the most recent blobs fit.
	cache = 8 << 20
	// openFiles bounds Pebble's descriptors.
	openFiles = 128
	// manifest is the size in bytes at which a new one is started.
	manifest = 4 << 20
	// tableSize of every level, in bytes: small, as a compaction rewrites up to 25 tables before it removes the old.
	tableSize = 16 << 20
	// MaxCompaction bounds what a compaction writes before it removes anything, in bytes.
	MaxCompaction = 25 * tableSize
)

// ErrNotFound: there is no such key.
var ErrNotFound = errors.New("not found")

// Index is the open database. Reads may run concurrently, writes too, but the tables want one writer: its batches are
// computed from what it wrote before.
type Index struct {
	db       *pebble.DB
	books    datastore.Datastore // go-datastore over db, for reading
	memTable int64
}

// Open opens the database in dir, and makes it when there is none. memTable is the size of Pebble's write buffer in bytes.
// A write that fails for good panics, see logger.Fatalf.
func Open(fs vfs.FS, dir string, memTable int64, log *slog.Logger) (*Index, error) {
	l := logger{log}
	o := &pebble.Options{
		FS:                  fs,
		Logger:              l,
		EventListener:       &pebble.EventListener{BackgroundError: l.background},
		FormatMajorVersion:  format,
		CacheSize:           cache,
		MemTableSize:        uint64(memTable), //nolint:gosec // positive
		MaxOpenFiles:        openFiles,
		MaxManifestFileSize: manifest,
	}
	for i := range o.TargetFileSizes {
		o.TargetFileSizes[i] = tableSize
	}
	ds, err := pebbleds.NewDatastore(dir, pebbleds.WithPebbleOpts(o))
	if err != nil {
		return nil, fmt.Errorf("open the index: %w", err)
	}
	return &Index{db: ds.DB, books: ds, memTable: memTable}, nil
}

// Close closes the database. It leaves what is in memory to the log: on a full disk a flush would be tried for ever.
func (x *Index) Close() error { return x.db.Close() }

// Books returns the go-datastore. It is for reading: writes go through a Batch. It must not be closed.
func (x *Index) Books() datastore.Datastore { return x.books }

// Size is what the database takes on disk, in bytes, and may take: the log is allocated in advance, and a compaction
// writes tables anew before the old ones go.
func (x *Index) Size() int64 {
	size := int64(x.db.Metrics().DiskSpaceUsage()) //nolint:gosec // far below 2^63
	return size + 2*x.memTable + min(size, MaxCompaction)
}

// Find looks a sliver up.
func (x *Index) Find(k record.Key) (p Place, found bool, err error) {
	err = x.get(sliverKey(k), func(v []byte) (err error) {
		p, err = decodePlace(v)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return Place{}, false, nil
	}
	return p, err == nil, err
}

// get calls fn with a value that is valid during the call.
func (x *Index) get(key []byte, fn func([]byte) error) error {
	v, closer, err := x.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("index: %w", err)
	}
	return errors.Join(fn(v), closer.Close())
}

// each calls fn for every key from lower to upper, exclusive, until it returns false or fails.
func each(r pebble.Reader, lower, upper []byte, fn func(key, value []byte) (more bool, err error)) (err error) {
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return fmt.Errorf("index: %w", err)
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		if more, err := fn(it.Key(), it.Value()); err != nil || !more {
			return err
		}
	}
	return it.Error()
}

// List calls fn for the slivers of a shard that come after a key, or for all when it is nil, by blob id and axis, until fn
// returns false or fails.
func (x *Index) List(shard int, after *record.Key, fn func(record.Key, Place) (more bool, err error)) error {
	lower := sliverKey(record.Key{Shard: shard})
	if after != nil {
		lower = append(sliverKey(*after), 0)
	}
	return slivers(x.db, lower, sliverKey(record.Key{Shard: shard + 1}), fn)
}

func slivers(r pebble.Reader, lower, upper []byte, fn func(record.Key, Place) (more bool, err error)) error {
	return each(r, lower, upper, func(key, value []byte) (bool, error) {
		k, err := parseSliverKey(key)
		if err != nil {
			return false, err
		}
		p, err := decodePlace(value)
		if err != nil {
			return false, fmt.Errorf("%s: %w", k, err)
		}
		return fn(k, p)
	})
}

// Keys calls fn for the go-datastore keys below a prefix, that comes after a key, or for all when it is empty, in order,
// with what follows the prefix, until fn returns false or fails.
func (x *Index) Keys(prefix datastore.Key, after string, fn func(name string) (more bool, err error)) error {
	p := append(prefix.Bytes(), '/')
	lower := p
	if after != "" {
		lower = append(append(bytes.Clone(p), after...), 0)
	}
	upper := bytes.Clone(p)
	upper[len(upper)-1]++
	return each(x.db, lower, upper, func(key, _ []byte) (bool, error) { return fn(string(key[len(p):])) })
}

// Snapshot is the sliver table at one moment.
type Snapshot struct{ s *pebble.Snapshot }

// Snapshot returns the sliver table as it is now. It must be closed.
func (x *Index) Snapshot() Snapshot { return Snapshot{x.db.NewSnapshot()} }

// Close ends the snapshot.
func (s Snapshot) Close() error { return s.s.Close() }

// Slivers calls fn for every sliver, by shard, blob id and axis, until fn fails.
func (s Snapshot) Slivers(fn func(record.Key, Place) error) error {
	return slivers(s.s, []byte{tableSliver}, []byte{tableSliver + 1}, func(k record.Key, p Place) (bool, error) {
		return true, fn(k, p)
	})
}

// Totals reads what was last set, zeros when nothing was.
func (x *Index) Totals() (t Totals, err error) {
	err = x.get([]byte{tableTotals}, func(v []byte) error { return decodeNumbers(v, &t.Slivers, &t.Bodies, &t.Files) })
	if errors.Is(err, ErrNotFound) {
		return Totals{}, nil
	}
	return t, err
}

// Segments reads the segment table.
func (x *Index) Segments() (map[uint32]*Segment, error) {
	all := make(map[uint32]*Segment)
	err := each(x.db, []byte{tableSegment}, []byte{tableSegment + 1}, func(key, value []byte) (bool, error) {
		if len(key) != 1+4 {
			return false, fmt.Errorf("%w: segment key of %d bytes", record.ErrCorrupt, len(key))
		}
		s := new(Segment)
		all[binary.BigEndian.Uint32(key[1:])] = s
		return true, decodeNumbers(value, &s.Size, &s.Live)
	})
	return all, err
}

// State reads whether the index is new and, if not, whether it was marked clean.
func (x *Index) State() (fresh, clean bool, err error) {
	err = x.get([]byte{tableState}, func(v []byte) error {
		if len(v) != 2 || v[0] != stateVersion {
			return fmt.Errorf("%w: index state % x", record.ErrCorrupt, v)
		}
		clean = v[1] == 1
		return nil
	})
	if errors.Is(err, ErrNotFound) {
		return true, true, nil
	}
	return false, clean, err
}

// Mark records whether the store is clean, durably.
func (x *Index) Mark(clean bool) error {
	v := []byte{stateVersion, 0}
	if clean {
		v[1] = 1
	}
	if err := x.db.Set([]byte{tableState}, v, pebble.Sync); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	return nil
}

// Batch collects writes. Its methods do not fail but in Commit.
type Batch struct {
	b   *pebble.Batch
	err error
}

// Batch returns an empty batch.
func (x *Index) Batch() *Batch { return &Batch{b: x.db.NewBatch()} }

// Set sets a key of the go-datastore.
func (b *Batch) Set(key datastore.Key, value []byte) { b.set(key.Bytes(), value) }

// Delete deletes a key of the go-datastore.
func (b *Batch) Delete(key datastore.Key) { b.delete(key.Bytes()) }

// Put sets where a sliver is.
func (b *Batch) Put(k record.Key, p Place) { b.set(sliverKey(k), p.encode()) }

// Remove deletes a sliver.
func (b *Batch) Remove(k record.Key) { b.delete(sliverKey(k)) }

// SetSegment sets what a segment holds.
func (b *Batch) SetSegment(id uint32, s Segment) {
	b.set(segmentKey(id), encodeNumbers(s.Size, s.Live))
}

// DropSegment deletes a segment.
func (b *Batch) DropSegment(id uint32) { b.delete(segmentKey(id)) }

// SetTotals sets the totals.
func (b *Batch) SetTotals(t Totals) {
	b.set([]byte{tableTotals}, encodeNumbers(t.Slivers, t.Bodies, t.Files))
}

func (b *Batch) set(key, value []byte) {
	if b.err == nil {
		b.err = b.b.Set(key, value, nil)
	}
}

func (b *Batch) delete(key []byte) {
	if b.err == nil {
		b.err = b.b.Delete(key, nil)
	}
}

// Commit makes the batch durable and ends its use.
func (b *Batch) Commit() error {
	err := b.err
	if err == nil && !b.b.Empty() {
		err = b.b.Commit(pebble.Sync)
	}
	if err = errors.Join(err, b.b.Close()); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	return nil
}

// logger passes Pebble's words on.
type logger struct{ log *slog.Logger }

func (l logger) Infof(format string, args ...any) {
	l.log.Debug("index: " + fmt.Sprintf(format, args...))
}

func (l logger) Errorf(format string, args ...any) {
	l.log.Error("index: " + fmt.Sprintf(format, args...))
}

// Fatalf must not return: Pebble calls it when it can neither write its log nor go on without. What was acknowledged is on
// disk, and only a restart brings memory and disk together again.
func (l logger) Fatalf(format string, args ...any) {
	l.Errorf(format, args...)
	panic("sliver store: the index cannot be written: " + fmt.Sprintf(format, args...))
}

func (l logger) background(err error) {
	l.log.Error("index: background work failed and is tried again", "error", err)
}
