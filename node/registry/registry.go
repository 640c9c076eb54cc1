package registry

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/query"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
)

// Registry is the books of one node. It is safe for concurrent use.
type Registry struct {
	books    datastore.Batching
	position atomic.Pointer[Position]

	mu    sync.Mutex // over writes
	saved time.Time  // when the position was made durable
	gaps  int        // times that history was lost, since Open
	asked map[codec.BlobID]*Question
	again map[codec.BlobID]bool // blobs that Sweep is about to settle: became due since it looked
}

// Open reads the books. Where there are none yet, they begin with a Gap: whoever holds blobs already has to ask about them.
func Open(ctx context.Context, books datastore.Batching) (*Registry, error) {
	r := &Registry{books: books, asked: make(map[codec.BlobID]*Question)}
	p := Position{Gap: true}
	b, err := books.Get(ctx, datastore.RawKey(positionKey))
	switch {
	case errors.Is(err, datastore.ErrNotFound):
	case err != nil:
		return nil, fmt.Errorf("registry: %w", err)
	default:
		if p, err = parsePosition(b); err != nil {
			return nil, err
		}
	}
	r.position.Store(&p)
	return r, nil
}

// Position returns how far the books are.
func (r *Registry) Position() Position { return *r.position.Load() }

// Blob returns what is known of a blob.
func (r *Registry) Blob(ctx context.Context, id codec.BlobID) (Blob, error) {
	b, err := r.books.Get(ctx, blobKey(id))
	switch {
	case errors.Is(err, datastore.ErrNotFound):
		return Blob{}, nil
	case err != nil:
		return Blob{}, fmt.Errorf("registration of blob %s: %w", id, err)
	}
	return parseBlob(b)
}

// Object returns what is known of a blob object, the zero Object when nothing is.
func (r *Registry) Object(ctx context.Context, id codec.BlobID, object staking.ObjectID) (Object, error) {
	b, err := r.books.Get(ctx, objectKey(id, object))
	switch {
	case errors.Is(err, datastore.ErrNotFound):
		return Object{}, nil
	case err != nil:
		return Object{}, fmt.Errorf("object %s of blob %s: %w", object, id, err)
	}
	return parseObject(b)
}

// Blobs calls visit for every blob that something is known of, in order, as it was when the blob's bucket was begun.
func (r *Registry) Blobs(ctx context.Context, visit func(codec.BlobID) error) error {
	for n := range buckets {
		err := r.query(ctx, query.Query{Prefix: bucket(n), KeysOnly: true}, func(e query.Entry) error {
			id, err := blobOf(e.Key)
			if err != nil {
				return err
			}
			return visit(id)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// keys lists keys below a prefix: all, or up to limit after the first skip.
func (r *Registry) keys(ctx context.Context, prefix string, skip, limit int) (list []string, err error) {
	err = r.query(ctx, query.Query{Prefix: prefix, KeysOnly: true, Offset: skip, Limit: limit}, func(e query.Entry) error {
		list = append(list, e.Key)
		return nil
	})
	return list, err
}

func (r *Registry) query(ctx context.Context, q query.Query, visit func(query.Entry) error) error {
	results, err := r.books.Query(ctx, q)
	if err != nil {
		return fmt.Errorf("registry: list %s: %w", q.Prefix, err)
	}
	defer results.Close() //nolint:errcheck // only read from
	for e := range results.Next() {
		if e.Error != nil {
			return fmt.Errorf("registry: list %s: %w", q.Prefix, e.Error)
		}
		if err := visit(e.Entry); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// draft is a set of writes that become durable together. It reads what it has written.
type draft struct {
	ctx      context.Context // a draft lives within one call
	books    datastore.Batching
	values   map[datastore.Key][]byte // nil: deleted
	dues     []codec.BlobID
	position Position
}

// draft begins one. The caller holds mu until it is committed.
func (r *Registry) draft(ctx context.Context) *draft {
	return &draft{ctx: ctx, books: r.books, values: make(map[datastore.Key][]byte), position: r.Position()}
}

// get returns nil for what is not there.
func (d *draft) get(key datastore.Key) ([]byte, error) {
	if b, ok := d.values[key]; ok {
		return b, nil
	}
	b, err := d.books.Get(d.ctx, key)
	if errors.Is(err, datastore.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("registry: %s: %w", key, err)
	}
	return b, nil
}

func (d *draft) blob(id codec.BlobID) (Blob, error) {
	b, err := d.get(blobKey(id))
	if err != nil || b == nil {
		return Blob{}, err
	}
	return parseBlob(b)
}

// setBlob writes what is left of a blob's record in the epoch.
func (d *draft) setBlob(id codec.BlobID, b Blob) {
	b.prune(d.position.Epoch)
	if !b.Known() {
		d.values[blobKey(id)] = nil
		return
	}
	d.values[blobKey(id)] = b.marshal()
}

func (d *draft) object(id codec.BlobID, object staking.ObjectID) (Object, bool, error) {
	b, err := d.get(objectKey(id, object))
	if err != nil || b == nil {
		return Object{}, false, err
	}
	o, err := parseObject(b)
	return o, true, err
}

// due notes that a blob is to be looked at when an epoch begins.
func (d *draft) due(epoch uint32, id codec.BlobID) {
	if epoch <= d.position.Epoch {
		epoch = now
	}
	d.values[dueKey(epoch, id)] = []byte{}
	d.dues = append(d.dues, id)
}

// commit makes the draft durable. The caller of Registry.draft holds mu.
func (r *Registry) commit(d *draft) error {
	if err := d.write(); err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	for _, id := range d.dues {
		if _, ok := r.again[id]; ok {
			r.again[id] = true
		}
	}
	r.position.Store(&d.position)
	r.saved = time.Now()
	return nil
}

func (d *draft) write() error {
	b, err := d.books.Batch(d.ctx)
	if err != nil {
		return err
	}
	for key, value := range d.values {
		if value == nil {
			err = b.Delete(d.ctx, key)
		} else {
			err = b.Put(d.ctx, key, value)
		}
		if err != nil {
			return err
		}
	}
	if err := b.Put(d.ctx, datastore.RawKey(positionKey), d.position.marshal()); err != nil {
		return err
	}
	if err := b.Commit(d.ctx); err != nil {
		return err
	}
	return d.books.Sync(d.ctx, datastore.RawKey(positionKey))
}
