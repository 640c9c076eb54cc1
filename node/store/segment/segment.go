// Package segment keeps many small records in one append-only file, so that one fsync makes many of them durable.
//
// A segment is a header followed by records (see package record) back to back:
//
//	offset  size  field, integers little endian
//	0       4     magic "FLSG"
//	4       2     format version, 1
//	6       2     zero
//	8       4     segment id
//	12      4     CRC32C of the 12 bytes before
//	16      ...   records
//
// Which records are live is not in the segment but in an index above it. Whatever follows the last record, the tail of a
// write that was cut short, is dead.
package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/floe-network/floe/node/store/record"
)

const (
	// HeaderSize is the length of a segment's header: where its first record begins.
	HeaderSize = 16
	// Version is the only format version so far.
	Version = 1

	magic     = "FLSG"
	extension = ".seg"
	idDigits  = 8
)

// Name returns the file name of a segment.
func Name(id uint32) string { return fmt.Sprintf("%0*x%s", idDigits, id, extension) }

// ParseName reads a file name.
func ParseName(name string) (uint32, bool) {
	digits, ok := strings.CutSuffix(name, extension)
	if !ok || len(digits) != idDigits {
		return 0, false
	}
	id, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || Name(uint32(id)) != name {
		return 0, false
	}
	return uint32(id), true
}

func appendHeader(b []byte, id uint32) []byte {
	start := len(b)
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint16(b, Version)
	b = append(b, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, id)
	return binary.LittleEndian.AppendUint32(b, record.Checksum(b[start:]))
}

// ReadHeader reads and checks a segment's header and returns its id. The error wraps record.ErrCorrupt when it is none.
func ReadHeader(r io.ReaderAt) (uint32, error) {
	var b [HeaderSize]byte
	if n, err := r.ReadAt(b[:], 0); n < HeaderSize {
		if err == nil || errors.Is(err, io.EOF) {
			return 0, fmt.Errorf("%w: %d bytes are too few for a segment", record.ErrCorrupt, n)
		}
		return 0, err
	}
	id := binary.LittleEndian.Uint32(b[8:])
	if v := binary.LittleEndian.Uint16(b[4:]); string(b[:4]) == magic && v != Version {
		return 0, fmt.Errorf("%w: segment format version %d, this program knows %d", record.ErrCorrupt, v, Version)
	}
	if string(appendHeader(nil, id)) != string(b[:]) {
		return 0, fmt.Errorf("%w: no segment header", record.ErrCorrupt)
	}
	return id, nil
}

// Scan calls fn for every record of a segment of the given size, in order, until fn fails or there is no further record.
// The header of a record is checked, its body is not. What follows the last record is passed over without an error.
func Scan(r io.ReaderAt, size int64, fn func(offset int64, b *record.Body) error) error {
	if _, err := ReadHeader(r); err != nil {
		return err
	}
	for offset := int64(HeaderSize); offset < size; {
		b, err := record.Read(r, offset)
		if errors.Is(err, record.ErrCorrupt) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := fn(offset, b); err != nil {
			return err
		}
		offset += record.Size(b.Size)
	}
	return nil
}

// Writer appends to one segment at a time. It is not safe for concurrent use.
type Writer struct {
	fs     vfs.FS
	dir    string
	file   vfs.File // nil: none is open
	id     uint32
	size   int64
	linked bool // the directory entry is durable
}

// NewWriter returns a writer of segments in dir that has none open.
func NewWriter(fs vfs.FS, dir string) *Writer { return &Writer{fs: fs, dir: dir} }

// Size of the open segment, or of the last one that was, in bytes.
func (w *Writer) Size() int64 { return w.size }

// Create opens a new segment in place of the open one. A file of that name is what a crash left behind and goes.
func (w *Writer) Create(id uint32) error {
	if err := w.Close(); err != nil {
		return err
	}
	path := w.fs.PathJoin(w.dir, Name(id))
	if err := w.fs.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := w.fs.OpenReadWrite(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	w.file, w.id, w.size, w.linked = file, id, 0, false
	return nil
}

// Continue opens a segment that has exactly the given size, to append to it.
func (w *Writer) Continue(id uint32, size int64) error {
	if err := w.Close(); err != nil {
		return err
	}
	file, err := w.fs.OpenReadWrite(w.fs.PathJoin(w.dir, Name(id)), vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	w.file, w.id, w.size, w.linked = file, id, size, true
	return nil
}

// Append writes records and makes them durable together. It returns where each begins. After an error the segment is
// closed, as what its file holds after the last good append is unknown: open another.
func (w *Writer) Append(records [][]byte) ([]int64, error) {
	if w.file == nil {
		return nil, errors.New("no segment is open")
	}
	var buf []byte
	if w.size == 0 {
		buf = appendHeader(buf, w.id)
	}
	offsets := make([]int64, len(records))
	for i, r := range records {
		offsets[i] = w.size + int64(len(buf))
		buf = append(buf, r...)
	}
	if err := w.write(buf); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	w.size += int64(len(buf))
	return offsets, nil
}

func (w *Writer) write(buf []byte) error {
	if _, err := w.file.WriteAt(buf, w.size); err != nil {
		return err
	}
	if err := w.file.SyncData(); err != nil {
		return err
	}
	if w.linked {
		return nil
	}
	dir, err := w.fs.OpenDir(w.dir)
	if err != nil {
		return err
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return err
	}
	w.linked = true
	return nil
}

// Close closes the open segment, if there is one.
func (w *Writer) Close() error {
	if w.file == nil {
		return nil
	}
	file := w.file
	w.file = nil
	return file.Close()
}
