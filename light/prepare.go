package light

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/floe-network/floe/codec"
)

// Prepared is a blob after the first pass over it: its id is known, its slivers can be made. It keeps as much of it in memory
// as the codec's budget allows, until Close.
type Prepared struct {
	enc     *codec.Encoding // nil once closed
	blob    codec.BlobID
	root    codec.Digest
	size    uint64
	encoded uint64
}

// Prepare makes the first pass over the blob of size bytes in src, which must stay readable and unchanged until Close: an
// upload reads it again. src is read from several goroutines. events gets the progress; it may be nil, and a full channel
// loses events.
//
// Errors: codec.ErrTooLarge, codec.ErrSourceChanged, those of src and of the context.
func (c *Client) Prepare(ctx context.Context, src io.ReaderAt, size int64, ev chan<- Event) (*Prepared, error) {
	ctx, end, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	meter := &meteredReader{src: src, size: size, events: ev}
	enc, err := c.codec.Prepare(ctx, meter, size)
	meter.silence()
	if err != nil {
		if cause := ended(ctx); cause != nil {
			err = cause
		}
		return nil, fmt.Errorf("put: %w", err)
	}
	m := enc.Metadata()
	encoded, err := c.codec.Params().EncodedSize(m.Length)
	if err != nil {
		enc.Close()
		return nil, fmt.Errorf("put: %w", err)
	}
	return &Prepared{enc: enc, blob: enc.BlobID(), root: m.Root(), size: m.Length, encoded: encoded}, nil
}

// Blob returns the id.
func (p *Prepared) Blob() codec.BlobID { return p.blob }

// Root returns the root of the metadata, which the id is made of.
func (p *Prepared) Root() codec.Digest { return p.root }

// Size returns the bytes of the blob.
func (p *Prepared) Size() uint64 { return p.size }

// EncodedSize returns the bytes of all slivers and of the metadata at every shard: what storage is paid for.
func (p *Prepared) EncodedSize() uint64 { return p.encoded }

// Close gives memory back. No upload of the blob may be under way.
func (p *Prepared) Close() {
	if p.enc != nil {
		p.enc.Close()
		p.enc = nil
	}
}

// meteredReader reports how much of the source has been read for the first pass.
type meteredReader struct {
	src    io.ReaderAt
	size   int64
	events events

	mu     sync.Mutex // events in the order of what they count
	read   int64
	silent bool
}

func (r *meteredReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.src.ReadAt(p, off)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.silent {
		r.read = min(r.read+int64(n), r.size)
		r.events.send(Event{Phase: PhaseEncode, Bytes: r.read, BytesTotal: r.size})
	}
	return n, err
}

// silence ends the events: the second pass reads the source again.
func (r *meteredReader) silence() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.silent = true
}
