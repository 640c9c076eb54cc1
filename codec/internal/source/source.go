// Package source reads a blob that is laid out in rows several times, and notices when it changes in between.
package source

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"sync/atomic"
)

// ErrChanged is returned when bytes differ from those of an earlier read.
var ErrChanged = errors.New("content changed between two reads")

// Source is a blob as rows of equal length, padded with zeros at the end, divided into cells of equal length (the last
// one of a row may be shorter). The first read of a cell keeps a keyed 64-bit checksum, later reads compare: whoever
// changes the content does not know the key, so that a change goes unnoticed once in 2^64. It is safe for concurrent use.
type Source struct {
	r      io.ReaderAt
	size   int64
	row    int
	cell   int
	perRow int
	seed   maphash.Seed
	sums   []atomic.Uint64
}

// New returns a source over the first size bytes of r in rows of row bytes with cells of cell bytes.
func New(r io.ReaderAt, size int64, rows, row, cell int) *Source {
	perRow := (row + cell - 1) / cell
	return &Source{
		r: r, size: size, row: row, cell: cell, perRow: perRow,
		seed: maphash.MakeSeed(),
		sums: make([]atomic.Uint64, rows*perRow),
	}
}

// SumsSize returns the bytes that the checksums take.
func (s *Source) SumsSize() int { return len(s.sums) * 8 }

// Read fills dst from byte off of a row on. off is the start of a cell, and dst ends where a cell ends; it may span rows.
// What lies behind the end of the blob reads as zeros. A blob that ends before its size is an io.ErrUnexpectedEOF.
func (s *Source) Read(dst []byte, row, off int) error {
	at := int64(row)*int64(s.row) + int64(off)
	if n := min(int64(len(dst)), s.size-at); n > 0 {
		if err := readFull(s.r, dst[:n], at); err != nil {
			return err
		}
		clear(dst[n:])
	} else {
		clear(dst)
	}
	for len(dst) > 0 {
		n := min(s.cell, s.row-off, len(dst))
		if err := s.check(dst[:n], row, off); err != nil {
			return err
		}
		dst = dst[n:]
		if off += n; off == s.row {
			row, off = row+1, 0
		}
	}
	return nil
}

func (s *Source) check(cell []byte, row, off int) error {
	sum := max(maphash.Bytes(s.seed, cell), 1) // 0 means not yet read
	slot := &s.sums[row*s.perRow+off/s.cell]
	if !slot.CompareAndSwap(0, sum) && slot.Load() != sum {
		at := int64(row)*int64(s.row) + int64(off)
		return fmt.Errorf("bytes %d to %d: %w", at, at+int64(len(cell))-1, ErrChanged)
	}
	return nil
}

// readFull reads all of b at off. A reader may say io.EOF together with the last bytes.
func readFull(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	switch {
	case n == len(b):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return fmt.Errorf("read %d bytes at %d, got %d: %w", len(b), off, n, io.ErrUnexpectedEOF)
	default:
		return fmt.Errorf("read %d bytes at %d: %w", len(b), off, err)
	}
}
