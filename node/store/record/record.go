// Package record is the form of one sliver on disk: a checksummed header followed by the body. A record is a file of its
// own or one of many in a segment; it says by itself what it is.
//
// Layout, integers little endian:
//
//	offset  size  field
//	0       4     magic "FLSV"
//	4       2     format version, 1
//	6       1     axis: 0 primary, 1 secondary
//	7       1     zero
//	8       32    blob id
//	40      2     shard
//	42      2     symbol size in bytes
//	44      4     length of the body in bytes, L
//	48      4*B   CRC32C of each 64 KiB block of the body, B = ceil(L / 64 KiB); the last block may be shorter
//	48+4*B  4     CRC32C of all header bytes before it
//	52+4*B  L     body
package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/floe-network/floe/codec"
)

const (
	// Version is the only format version so far.
	Version = 1
	// BlockSize is the length a checksum covers: what a small range read has to read and check.
	BlockSize = 64 << 10
	// MaxSize bounds a body: the longest sliver, of 4096 shards and the largest symbols, is 179 MB.
	MaxSize = 256 << 20

	magic     = "FLSV"
	fixedSize = 48
	crcSize   = 4
	// readAhead is how much is read for a header at once: enough for every body up to 62 MiB.
	readAhead = 4 << 10
)

// ErrCorrupt: bytes that are not a record, or not the record they were when written.
var ErrCorrupt = errors.New("corrupt sliver")

// Immutable table of the Castagnoli polynomial.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Checksum is the CRC32C that this format uses everywhere.
func Checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// Key names a sliver: of which blob, held for which shard, along which axis.
type Key struct {
	Blob  codec.BlobID
	Shard int // 0 to codec.MaxShards-1
	Axis  codec.Axis
}

// String is for people.
func (k Key) String() string {
	return fmt.Sprintf("%s sliver of blob %s in shard %d", k.Axis, k.Blob, k.Shard)
}

// Info says what a record is.
type Info struct {
	Key
	// SymbolSize in bytes, 1 to codec.MaxSymbolSize.
	SymbolSize int
	// Size of the body in bytes, 1 to MaxSize.
	Size int64
}

// Validate checks the bounds of every field.
func (i Info) Validate() error {
	switch {
	case !i.Axis.Valid():
		return fmt.Errorf("%w: %s", codec.ErrInvalid, i.Axis)
	case i.Shard < 0 || i.Shard >= codec.MaxShards:
		return fmt.Errorf("%w: shard %d: want 0 to %d", codec.ErrInvalid, i.Shard, codec.MaxShards-1)
	case i.SymbolSize < 1 || i.SymbolSize > codec.MaxSymbolSize:
		return fmt.Errorf("%w: symbol size %d: want 1 to %d", codec.ErrInvalid, i.SymbolSize, codec.MaxSymbolSize)
	case i.Size < 1 || i.Size > MaxSize:
		return fmt.Errorf("%w: sliver of %d bytes: want 1 to %d", codec.ErrInvalid, i.Size, MaxSize)
	}
	return nil
}

// HeaderSize returns the length of the header of a body of the given size.
func HeaderSize(body int64) int64 { return fixedSize + blocks(body)*4 + crcSize }

// Size returns the length of header and body together.
func Size(body int64) int64 { return HeaderSize(body) + body }

func blocks(body int64) int64 { return (body + BlockSize - 1) / BlockSize }

// Encode returns a record. info must be valid and info.Size the length of body.
func Encode(info Info, body []byte) []byte {
	return append(AppendHeader(make([]byte, 0, Size(info.Size)), info, body), body...)
}

// AppendHeader appends the header for body to dst. info must be valid and info.Size the length of body.
func AppendHeader(dst []byte, info Info, body []byte) []byte {
	start := len(dst)
	dst = append(dst, magic...)
	dst = binary.LittleEndian.AppendUint16(dst, Version)
	dst = append(dst, byte(info.Axis), 0)
	dst = append(dst, info.Blob[:]...)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(info.Shard))      //nolint:gosec // bounded by Info.Validate
	dst = binary.LittleEndian.AppendUint16(dst, uint16(info.SymbolSize)) //nolint:gosec // bounded by Info.Validate
	dst = binary.LittleEndian.AppendUint32(dst, uint32(info.Size))       //nolint:gosec // bounded by Info.Validate
	for len(body) > 0 {
		n := min(len(body), BlockSize)
		dst = binary.LittleEndian.AppendUint32(dst, Checksum(body[:n]))
		body = body[n:]
	}
	return binary.LittleEndian.AppendUint32(dst, Checksum(dst[start:]))
}

// parseFixed reads the fixed part of a header, whose checksum is not known to match yet.
func parseFixed(b []byte) (Info, error) {
	if len(b) < fixedSize {
		return Info{}, fmt.Errorf("%w: %d bytes are too few for a header", ErrCorrupt, len(b))
	}
	if string(b[:4]) != magic {
		return Info{}, fmt.Errorf("%w: no record begins here (magic %q)", ErrCorrupt, b[:4])
	}
	if v := binary.LittleEndian.Uint16(b[4:]); v != Version {
		return Info{}, fmt.Errorf("%w: record format version %d, this program knows %d", ErrCorrupt, v, Version)
	}
	info := Info{
		Key: Key{
			Blob:  codec.BlobID(b[8:40]),
			Shard: int(binary.LittleEndian.Uint16(b[40:])),
			Axis:  codec.Axis(b[6]),
		},
		SymbolSize: int(binary.LittleEndian.Uint16(b[42:])),
		Size:       int64(binary.LittleEndian.Uint32(b[44:])),
	}
	if err := info.Validate(); err != nil {
		return Info{}, fmt.Errorf("%w: header: %s", ErrCorrupt, err) //nolint:errorlint // what is on disk is corrupt, not an invalid argument
	}
	if b[7] != 0 {
		return Info{}, fmt.Errorf("%w: header: byte 7 is %#x, want 0", ErrCorrupt, b[7])
	}
	return info, nil
}

// Body reads the body of one record and checks it block by block.
type Body struct {
	Info
	start int64 // of the body in the file
	sums  []uint32
}

// Read reads and checks the header of the record that begins at off. The error wraps ErrCorrupt when it is not one, and
// is the reader's own when reading failed.
func Read(r io.ReaderAt, off int64) (*Body, error) {
	buf := make([]byte, readAhead)
	n, err := r.ReadAt(buf, off)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	buf = buf[:n]
	info, err := parseFixed(buf)
	if err != nil {
		return nil, err
	}
	size := HeaderSize(info.Size)
	if int64(len(buf)) < size {
		// At most 16 KiB, as Size is bounded.
		rest := make([]byte, size-int64(len(buf)))
		if _, err := r.ReadAt(rest, off+int64(len(buf))); err != nil {
			if errors.Is(err, io.EOF) {
				return nil, fmt.Errorf("%w: the header is cut off", ErrCorrupt)
			}
			return nil, err
		}
		buf = append(buf, rest...)
	}
	buf = buf[:size]
	if Checksum(buf[:size-crcSize]) != binary.LittleEndian.Uint32(buf[size-crcSize:]) {
		return nil, fmt.Errorf("%w: header checksum does not match", ErrCorrupt)
	}
	b := &Body{Info: info, start: off + size, sums: make([]uint32, blocks(info.Size))}
	for i := range b.sums {
		b.sums[i] = binary.LittleEndian.Uint32(buf[fixedSize+4*i:])
	}
	return b, nil
}

// scratch holds blocks that a read touches only in part.
var scratch = sync.Pool{New: func() any { return new([BlockSize]byte) }}

// ReadAt reads from the body at off into p, out of r, which is the reader that Read was given or another of the same
// bytes. No byte is returned whose block's checksum does not match: then the error wraps ErrCorrupt.
func (b *Body) ReadAt(r io.ReaderAt, p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("%w: offset %d", codec.ErrInvalid, off)
	}
	want := len(p)
	p = p[:min(int64(len(p)), max(0, b.Size-off))]
	done := 0
	for done < len(p) {
		at := off + int64(done)
		block := at / BlockSize
		blockStart := block * BlockSize
		blockSize := min(BlockSize, b.Size-blockStart)
		var n int
		var err error
		if at == blockStart && int64(len(p)-done) >= blockSize {
			n, err = b.readWhole(r, p[done:], block)
		} else {
			n, err = b.readPart(r, p[done:], block, at-blockStart)
		}
		done += n
		if err != nil {
			return done, err
		}
	}
	if done < want {
		return done, io.EOF
	}
	return done, nil
}

// readWhole reads as many whole blocks as fit p, beginning with block, in one go.
func (b *Body) readWhole(r io.ReaderAt, p []byte, block int64) (int, error) {
	start := block * BlockSize
	n := min(int64(len(p)), b.Size-start)
	if start+n < b.Size {
		n -= n % BlockSize
	}
	p = p[:n]
	if err := b.fill(r, p, start); err != nil {
		return 0, err
	}
	for done := 0; done < len(p); {
		end := min(done+BlockSize, len(p))
		if err := b.check(block, p[done:end]); err != nil {
			return done, err
		}
		done = end
		block++
	}
	return len(p), nil
}

// readPart copies what p takes of one block, from within on.
func (b *Body) readPart(r io.ReaderAt, p []byte, block, within int64) (int, error) {
	buf, ok := scratch.Get().(*[BlockSize]byte)
	if !ok {
		buf = new([BlockSize]byte)
	}
	defer scratch.Put(buf)
	start := block * BlockSize
	whole := buf[:min(BlockSize, b.Size-start)]
	if err := b.fill(r, whole, start); err != nil {
		return 0, err
	}
	if err := b.check(block, whole); err != nil {
		return 0, err
	}
	return copy(p, whole[within:]), nil
}

func (b *Body) fill(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, b.start+off)
	switch {
	case n == len(p):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return fmt.Errorf("%w: the body is cut off at byte %d of %d", ErrCorrupt, off+int64(n), b.Size)
	default:
		return err
	}
}

func (b *Body) check(block int64, p []byte) error {
	if Checksum(p) != b.sums[block] {
		return fmt.Errorf("%w: checksum of block %d (bytes %d to %d) does not match", ErrCorrupt, block, block*BlockSize, block*BlockSize+int64(len(p))-1)
	}
	return nil
}
