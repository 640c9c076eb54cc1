package codec

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/floe-network/floe/codec/internal/arena"
	"github.com/floe-network/floe/codec/internal/source"
)

// Encoding is a blob after the first pass: its metadata and id are known, and its slivers can be had from Slivers.
type Encoding struct {
	c    *Codec
	geo  geometry
	meta *Metadata
	id   BlobID
	src  *source.Source

	// What fits the memory budget is kept, so that it need not be read or computed again.
	kept   *arena.Arena
	held   int    // bytes of the budget that the encoding takes
	matrix []byte // Rows() rows of Cols() symbols: the source
	rows   []byte // n such rows, which begin with the matrix: the primary slivers
	win    []byte // Rows() rows of n-Cols() symbols: the recovery columns; set if rows is
}

// Prepare makes the first pass over the blob of size bytes in src: it computes every symbol and hash, for the metadata and
// the id. If the expansion fits the memory budget, or the blob fits half of it, the encoding keeps that until Close; otherwise
// src must stay readable and unchanged while the encoding is used.
//
// Errors: ErrTooLarge; ErrSourceChanged when src changes while it is read; what src returns; io.ErrUnexpectedEOF when it
// is shorter than size.
func (c *Codec) Prepare(ctx context.Context, src io.ReaderAt, size int64) (*Encoding, error) {
	e, err := c.newEncoding(src, size)
	if err != nil {
		return nil, err
	}
	if err := e.firstPass(ctx); err != nil {
		return nil, err
	}
	return e, nil
}

func (c *Codec) newEncoding(src io.ReaderAt, size int64) (*Encoding, error) {
	if size < 0 {
		return nil, fmt.Errorf("%w: blob of %d bytes", ErrInvalid, size)
	}
	s, err := c.p.SymbolSize(uint64(size))
	if err != nil {
		return nil, err
	}
	geo := newGeometry(c.p, s, c.budget, c.workers)
	return &Encoding{
		c: c, geo: geo,
		meta: &Metadata{Length: uint64(size), Hashes: make([]PairHashes, c.p.n)},
		src:  source.New(src, size, c.p.Rows(), geo.rowBytes(), geo.side*s),
	}, nil
}

// firstPass computes the hashes, and keeps what the geometry says.
func (e *Encoding) firstPass(ctx context.Context) error {
	f := firstPass{Encoding: e, workers: e.c.workers}
	if err := f.run(ctx); err != nil {
		e.Close()
		return sourceError(err)
	}
	e.id = e.meta.BlobID()
	return nil
}

// sourceError names a changed source with this package's error.
func sourceError(err error) error {
	if errors.Is(err, source.ErrChanged) {
		return fmt.Errorf("%w: %w", ErrSourceChanged, err)
	}
	return err
}

// BlobID returns the blob's id.
func (e *Encoding) BlobID() BlobID { return e.id }

// Metadata returns the blob's metadata, which is not to be changed.
func (e *Encoding) Metadata() *Metadata { return e.meta }

// SymbolSize returns the size of the blob's symbols in bytes.
func (e *Encoding) SymbolSize() int { return e.geo.s }

// Close gives memory back to the codec. The encoding and slivers from it must not be used afterwards. An encoding that is
// not closed is left to the garbage collector.
func (e *Encoding) Close() {
	if e.kept != nil {
		e.c.kept.Put(e.kept)
	}
	e.kept, e.matrix, e.rows, e.win, e.src = nil, nil, nil, nil, nil
}
