package codec

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/floe-network/floe/codec/internal/merkle"
)

// Encoding is a blob after the first pass: its metadata and id are known, and its slivers can be had in a second one.
type Encoding struct {
	c    *Codec
	size int
	meta *Metadata
	id   BlobID
	rows []byte // n rows of n symbols
}

// Prepare computes the metadata and the id of the blob of size bytes in src.
func (c *Codec) Prepare(ctx context.Context, src io.ReaderAt, size int64) (*Encoding, error) {
	if size < 0 {
		return nil, fmt.Errorf("%w: blob of %d bytes", ErrInvalid, size)
	}
	s, err := c.p.SymbolSize(uint64(size))
	if err != nil {
		return nil, err
	}
	p, n := c.p, c.p.n
	e := &Encoding{c: c, size: s, rows: make([]byte, n*n*s), meta: &Metadata{Length: uint64(size), Hashes: make([]PairHashes, n)}}
	row := int64(p.Cols() * s)
	for r := range p.Rows() {
		at := int64(r) * row
		if length := min(row, size-at); length > 0 {
			if k, err := src.ReadAt(e.rows[r*n*s:][:length], at); k < int(length) {
				if err == nil || errors.Is(err, io.EOF) {
					err = io.ErrUnexpectedEOF
				}
				return nil, fmt.Errorf("read blob at %d: %w", at, err)
			}
		}
	}
	if err := c.parallel(ctx, p.Rows(), func(r int) error {
		symbols, err := c.expandSymbols(&Sliver{Axis: Primary, Index: r, SymbolSize: s, Data: e.rows[r*n*s:][:row]})
		copy(e.rows[r*n*s:][:n*s], symbols)
		return err
	}); err != nil {
		return nil, err
	}
	leaves := make([]byte, n*n*merkle.Size)
	if err := c.parallel(ctx, n, func(j int) error {
		symbols, err := c.expandSymbols(e.column(j))
		if err != nil {
			return err
		}
		for r := range n {
			copy(e.rows[(r*n+j)*s:][:s], symbols[r*s:][:s])
		}
		l := make([]byte, n*merkle.Size)
		merkle.Leaves(l, merkle.Size, symbols, s, s, n)
		for r := range n {
			copy(leaves[(r*n+j)*merkle.Size:], l[r*merkle.Size:][:merkle.Size])
		}
		e.meta.Hashes[p.PairIndex(j, Secondary)].Secondary = merkle.Reduce(l)
		return nil
	}); err != nil {
		return nil, err
	}
	for r := range n {
		e.meta.Hashes[r].Primary = merkle.Reduce(leaves[r*n*merkle.Size:][:n*merkle.Size])
	}
	e.id = e.meta.BlobID()
	return e, nil
}

func (e *Encoding) column(j int) *Sliver {
	n, s := e.c.p.n, e.size
	d := make([]byte, e.c.p.Rows()*s)
	for r := range e.c.p.Rows() {
		copy(d[r*s:], e.rows[(r*n+j)*s:][:s])
	}
	return &Sliver{Axis: Secondary, Index: j, SymbolSize: s, Data: d}
}

// BlobID returns the blob's id.
func (e *Encoding) BlobID() BlobID { return e.id }

// Metadata returns the blob's metadata.
func (e *Encoding) Metadata() *Metadata { return e.meta }

// SymbolSize returns the size of the blob's symbols in bytes.
func (e *Encoding) SymbolSize() int { return e.size }

// Close gives the encoding's memory back to the codec. The encoding must not be used afterwards.
func (e *Encoding) Close() { e.rows = nil }

// Slivers calls fn with the blob's slivers, those for which want returns true (nil: all), in batches that fit the memory
// budget: primary slivers by index, then secondary ones. The slivers are fn's until it returns; fn is not called
// concurrently. It may be called again.
func (e *Encoding) Slivers(ctx context.Context, want func(a Axis, index int) bool, fn func(ctx context.Context, batch []Sliver) error) error {
	n, s := e.c.p.n, e.size
	for _, a := range []Axis{Primary, Secondary} {
		for i := range n {
			if err := ctx.Err(); err != nil {
				return err
			}
			if want != nil && !want(a, i) {
				continue
			}
			sl := e.column(i)
			if a == Primary {
				sl = &Sliver{Axis: a, Index: i, SymbolSize: s, Data: append([]byte{}, e.rows[i*n*s:][:e.c.p.Cols()*s]...)}
			}
			if err := fn(ctx, []Sliver{*sl}); err != nil {
				return err
			}
		}
	}
	return nil
}
