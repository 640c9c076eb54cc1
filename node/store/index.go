package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ipfs/go-datastore"
	pebbleds "github.com/ipfs/go-ds-pebble"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/store/record"
)

// The index is one Pebble database. Keys that begin with '/' are go-datastore's: metadata and bookkeeping. The tables
// below begin with other bytes, so that the two never meet; they are read and written without go-datastore, which can
// neither seek (List's cursor) nor commit its keys and others atomically.
const (
	tableSliver  byte = 1 // order of the key (35 bytes) -> place
	tableSegment byte = 2 // segment id u32 -> size u64, live u64
	tableCounts  byte = 3 // -> slivers u64, bodies u64, files u64
	tableState   byte = 4 // -> version u8, 1 after a clean close
)

// place is where a record is and what it holds.
type place struct {
	segment    uint32 // 0: a file of its own
	offset     uint32 // in the segment
	length     uint32 // of the body
	symbolSize uint16
}

const placeSize = 14

func (p place) encode() []byte {
	b := make([]byte, 0, placeSize)
	b = binary.BigEndian.AppendUint32(b, p.segment)
	b = binary.BigEndian.AppendUint32(b, p.offset)
	b = binary.BigEndian.AppendUint32(b, p.length)
	return binary.BigEndian.AppendUint16(b, p.symbolSize)
}

func decodePlace(b []byte) (place, error) {
	if len(b) != placeSize {
		return place{}, fmt.Errorf("%w: index entry of %d bytes, want %d", ErrCorrupt, len(b), placeSize)
	}
	p := place{
		segment:    binary.BigEndian.Uint32(b),
		offset:     binary.BigEndian.Uint32(b[4:]),
		length:     binary.BigEndian.Uint32(b[8:]),
		symbolSize: binary.BigEndian.Uint16(b[12:]),
	}
	if p.length == 0 || p.length > record.MaxLength {
		return place{}, fmt.Errorf("%w: index entry of a sliver of %d bytes", ErrCorrupt, p.length)
	}
	return p, nil
}

// recordSize is what the record takes, header included.
func (p place) recordSize() int64 { return record.Size(int64(p.length)) }

// cost is what the sliver counts against the quota where it has a file of its own.
func (p place) fileCost() int64 { return fileCost(int64(p.length)) }

func fileCost(length int64) int64 {
	size := record.Size(length)
	return (size + blockSize - 1) / blockSize * blockSize
}

// place returns where the sliver is once its record is written there.
func (i Info) place(segment uint32, offset int64) place {
	return place{
		segment:    segment,
		offset:     uint32(offset),       //nolint:gosec // a segment is far shorter than 4 GiB
		length:     uint32(i.Size),       //nolint:gosec // bounded by record.Header.Validate
		symbolSize: uint16(i.SymbolSize), //nolint:gosec // bounded by record.Header.Validate
	}
}

func (p place) info(k Key) Info {
	return Info{Key: k, SymbolSize: int(p.symbolSize), Size: int64(p.length)}
}

// counts are the totals of the sliver table. They are committed with every change of it.
type counts struct {
	slivers int64
	bodies  int64 // bytes
	files   int64 // bytes of sliver files, as fileCost counts them
}

// segmentState is what the index knows of a segment.
type segmentState struct {
	size int64 // bytes of the file
	live int64 // bytes of the records that the sliver table points to
}

func sliverKey(k Key) []byte {
	o := k.order()
	return append([]byte{tableSliver}, o[:]...)
}

func parseSliverKey(b []byte) (Key, error) {
	if len(b) != 1+orderSize || b[0] != tableSliver {
		return Key{}, fmt.Errorf("%w: index key of %d bytes", ErrCorrupt, len(b))
	}
	return Key{Shard: int(binary.BigEndian.Uint16(b[1:])), Blob: codec.BlobID(b[3:35]), Axis: codec.Axis(b[35])}, nil
}

func segmentKey(id uint32) []byte { return binary.BigEndian.AppendUint32([]byte{tableSegment}, id) }

func encodeNumbers(values ...int64) []byte {
	b := make([]byte, 0, 8*len(values))
	for _, v := range values {
		b = binary.BigEndian.AppendUint64(b, uint64(v)) //nolint:gosec // counts are not negative
	}
	return b
}

func decodeNumbers(b []byte, values ...*int64) error {
	if len(b) != 8*len(values) {
		return fmt.Errorf("%w: index entry of %d bytes, want %d", ErrCorrupt, len(b), 8*len(values))
	}
	for i, v := range values {
		*v = int64(binary.BigEndian.Uint64(b[8*i:])) //nolint:gosec // checked by the line below
		if *v < 0 {
			return fmt.Errorf("%w: index entry with count %d", ErrCorrupt, *v)
		}
	}
	return nil
}

// index is the Pebble database.
type index struct {
	db    *pebble.DB
	store datastore.Datastore // go-datastore over db, for reading
}

func openIndex(fs vfs.FS, dir string, log *slog.Logger) (*index, error) {
	logger := pebbleLogger{log}
	ds, err := pebbleds.NewDatastore(dir, pebbleds.WithPebbleOpts(&pebble.Options{
		FS:                  fs,
		Logger:              logger,
		EventListener:       &pebble.EventListener{BackgroundError: logger.background},
		FormatMajorVersion:  indexFormat,
		CacheSize:           indexCache,
		MemTableSize:        indexMemTable,
		MaxOpenFiles:        indexOpenFiles,
		MaxManifestFileSize: indexManifest,
	}))
	if err != nil {
		return nil, fmt.Errorf("open the index: %w", err)
	}
	return &index{db: ds.DB, store: ds}, nil
}

// get returns a copy of a value, ErrNotFound when there is none.
func (x *index) get(key []byte) ([]byte, error) {
	v, closer, err := x.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	b := append([]byte(nil), v...)
	return b, closer.Close()
}

// find looks a sliver up.
func (x *index) find(k Key) (p place, found bool, err error) {
	b, err := x.get(sliverKey(k))
	if errors.Is(err, ErrNotFound) {
		return place{}, false, nil
	}
	if err != nil {
		return place{}, false, err
	}
	p, err = decodePlace(b)
	return p, err == nil, err
}

// close leaves the memory table to the log: on a full disk a flush would be tried for ever.
func (x *index) close() error { return x.db.Close() }

// commit makes a batch durable.
func (x *index) commit(b *pebble.Batch) error {
	if err := b.Commit(pebble.Sync); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	return nil
}

// size is what the index takes on disk, in bytes.
func (x *index) size() int64 {
	return int64(x.db.Metrics().DiskSpaceUsage()) //nolint:gosec // far below 2^63
}

// slivers calls fn for every sliver of a reader (the database or a snapshot) from lower to upper.
func slivers(r pebble.Reader, lower, upper []byte, fn func(Key, place) (more bool, err error)) (err error) {
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return fmt.Errorf("index: %w", err)
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		k, err := parseSliverKey(it.Key())
		if err != nil {
			return err
		}
		p, err := decodePlace(it.Value())
		if err != nil {
			return fmt.Errorf("%s: %w", k, err)
		}
		if more, err := fn(k, p); err != nil || !more {
			return err
		}
	}
	return it.Error()
}

// segments reads the segment table.
func (x *index) segments() (all map[uint32]*segmentState, err error) {
	it, err := x.db.NewIter(&pebble.IterOptions{LowerBound: []byte{tableSegment}, UpperBound: []byte{tableSegment + 1}})
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	all = make(map[uint32]*segmentState)
	for ok := it.First(); ok; ok = it.Next() {
		k := it.Key()
		if len(k) != 1+4 {
			return nil, fmt.Errorf("%w: segment key of %d bytes", ErrCorrupt, len(k))
		}
		var s segmentState
		if err := decodeNumbers(it.Value(), &s.size, &s.live); err != nil {
			return nil, err
		}
		all[binary.BigEndian.Uint32(k[1:])] = &s
	}
	return all, it.Error()
}

func (x *index) counts() (c counts, err error) {
	b, err := x.get([]byte{tableCounts})
	if errors.Is(err, ErrNotFound) {
		return counts{}, nil
	}
	if err != nil {
		return counts{}, err
	}
	return c, decodeNumbers(b, &c.slivers, &c.bodies, &c.files)
}

// state reads whether the index is new and, if not, whether the store was closed in order.
func (x *index) state() (fresh, clean bool, err error) {
	b, err := x.get([]byte{tableState})
	switch {
	case errors.Is(err, ErrNotFound):
		return true, true, nil
	case err != nil:
		return false, false, err
	case len(b) != 2 || b[0] != formatVersion:
		return false, false, fmt.Errorf("%w: index state % x", ErrCorrupt, b)
	}
	return false, b[1] == 1, nil
}

func (x *index) setState(clean bool) error {
	v := []byte{formatVersion, 0}
	if clean {
		v[1] = 1
	}
	if err := x.db.Set([]byte{tableState}, v, pebble.Sync); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	return nil
}

// pebbleLogger passes Pebble's words on.
type pebbleLogger struct{ log *slog.Logger }

func (l pebbleLogger) Infof(format string, args ...any) {
	l.log.Debug("index: " + fmt.Sprintf(format, args...))
}

func (l pebbleLogger) Errorf(format string, args ...any) {
	l.log.Error("index: " + fmt.Sprintf(format, args...))
}

// Fatalf must not return: Pebble calls it when it can neither write its log nor go on without. What was acknowledged is on
// disk, and only a restart brings the two together again.
func (l pebbleLogger) Fatalf(format string, args ...any) {
	l.Errorf(format, args...)
	panic("sliver store: the index cannot be written: " + fmt.Sprintf(format, args...))
}

func (l pebbleLogger) background(err error) {
	l.log.Error("index: background work failed and is tried again", "error", err)
}
