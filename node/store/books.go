package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/namespace"
	"github.com/ipfs/go-datastore/query"

	"github.com/floe-network/floe/codec"
)

// Prefixes of the go-datastore keys in the index.
const (
	metadataPrefix = "/metadata"
	booksPrefix    = "/books"
)

// metadataKey is hexadecimal, so that keys sort as blob ids do.
func metadataKey(id codec.BlobID) datastore.Key {
	return datastore.RawKey(metadataPrefix + "/" + metadataName(id))
}

func metadataName(id codec.BlobID) string { return hex.EncodeToString(id[:]) }

// PutMetadata stores the metadata of a blob, 1 to MaxMetadata bytes; durable when it returns nil. The metadata of a blob
// never changes: putting it again does nothing. Errors as of Put.
func (s *Files) PutMetadata(ctx context.Context, id codec.BlobID, bcs []byte) error {
	if err := checkMetadata(id, bcs); err != nil {
		return err
	}
	key := metadataKey(id)
	has, err := s.metadata().Has(ctx, key)
	if err == nil && !has {
		err = s.metadata().Put(ctx, key, bcs)
	}
	if err != nil {
		return fmt.Errorf("put metadata of blob %s: %w", id, err)
	}
	return nil
}

// Metadata returns what PutMetadata stored. Errors: ErrNotFound, ErrClosed.
func (s *Files) Metadata(ctx context.Context, id codec.BlobID) ([]byte, error) {
	b, err := s.metadata().Get(ctx, metadataKey(id))
	if errors.Is(err, datastore.ErrNotFound) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("metadata of blob %s: %w", id, err)
	}
	return b, nil
}

// DeleteMetadata removes the metadata of a blob; removing what is not there is no error.
func (s *Files) DeleteMetadata(ctx context.Context, id codec.BlobID) error {
	if err := s.metadata().Delete(ctx, metadataKey(id)); err != nil {
		return fmt.Errorf("delete metadata of blob %s: %w", id, err)
	}
	return nil
}

// ListMetadata returns up to limit blobs whose metadata is stored, in order, those after the given one or, when it is nil,
// from the first. An empty list is the end.
func (s *Files) ListMetadata(ctx context.Context, after *codec.BlobID, limit int) (list []codec.BlobID, err error) {
	if err := checkLimit(limit); err != nil {
		return nil, err
	}
	if err := s.gate.enter(ctx); err != nil {
		return nil, fmt.Errorf("list metadata: %w", err)
	}
	defer s.gate.leave()
	var first string
	if after != nil {
		first = metadataName(*after)
	}
	err = s.index.Keys(datastore.RawKey(metadataPrefix), first, func(name string) (bool, error) {
		b, err := hex.DecodeString(name)
		if err != nil || len(b) != len(codec.BlobID{}) {
			return false, fmt.Errorf("%w: key of metadata %q", ErrCorrupt, name)
		}
		list = append(list, codec.BlobID(b))
		return len(list) < limit, canceled(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list metadata: %w", err)
	}
	return list, nil
}

// Datastore returns a go-datastore for the node's bookkeeping, kept with the slivers. Every write is durable when it
// returns, a batch with its Commit, many at a time with one fsync; Sync has nothing left to do. Puts are refused with
// ErrFull later than those of slivers are: by a full disk, or when some of the quota's last part is used up too. Closing it
// does nothing.
func (s *Files) Datastore() datastore.Batching {
	return namespace.Wrap(books{store: s, own: true}, datastore.NewKey(booksPrefix))
}

// metadata is where the metadata of blobs is.
func (s *Files) metadata() books { return books{store: s} }

// books is the go-datastore part of the index: reads are go-ds-pebble's, writes go through the committer.
type books struct {
	store *Files
	own   bool // see ledger.promise
}

var _ datastore.Batching = books{}

// enter guards the closed database, which would panic.
func (d books) enter(ctx context.Context) (leave func(), err error) {
	return d.store.gate.leave, d.store.gate.enter(ctx)
}

func (d books) Get(ctx context.Context, key datastore.Key) ([]byte, error) {
	leave, err := d.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return d.store.index.Books().Get(ctx, key)
}

func (d books) Has(ctx context.Context, key datastore.Key) (bool, error) {
	leave, err := d.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	return d.store.index.Books().Has(ctx, key)
}

func (d books) GetSize(ctx context.Context, key datastore.Key) (int, error) {
	leave, err := d.enter(ctx)
	if err != nil {
		return -1, err
	}
	defer leave()
	return d.store.index.Books().GetSize(ctx, key)
}

// Query holds the store open until its results are closed.
func (d books) Query(ctx context.Context, q query.Query) (query.Results, error) {
	leave, err := d.enter(ctx)
	if err != nil {
		return nil, err
	}
	results, err := d.store.index.Books().Query(ctx, q)
	if err != nil {
		leave()
		return nil, err
	}
	r := &openResults{Results: results}
	r.end = sync.OnceValue(func() error {
		defer leave()
		return results.Close()
	})
	r.stop = context.AfterFunc(d.store.ctx, func() { _ = r.end() }) // its reader sees the end of the results
	return r, nil
}

// openResults are results that leave the store when they are closed, or are closed when the store wants to close.
type openResults struct {
	query.Results
	end  func() error
	stop func() bool
}

func (r *openResults) Close() error {
	r.stop()
	return r.end()
}

// Rest reads all and closes.
func (r *openResults) Rest() ([]query.Entry, error) {
	entries, err := r.Results.Rest()
	return entries, errors.Join(err, r.Close())
}

func (d books) Put(ctx context.Context, key datastore.Key, value []byte) error {
	return d.write(ctx, []keyValue{{key, append([]byte{}, value...)}})
}

func (d books) Delete(ctx context.Context, key datastore.Key) error {
	return d.write(ctx, []keyValue{{key, nil}})
}

func (d books) Sync(ctx context.Context, _ datastore.Key) error {
	leave, err := d.enter(ctx)
	if err != nil {
		return err
	}
	leave()
	return nil
}

func (d books) Close() error { return nil }

func (d books) Batch(context.Context) (datastore.Batch, error) { return &bookBatch{books: d}, nil }

// write commits keys together.
func (d books) write(ctx context.Context, keys []keyValue) error {
	leave, err := d.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	var need int64
	for _, kv := range keys {
		if kv.value != nil {
			need += int64(len(kv.key.Bytes()) + len(kv.value))
		}
	}
	if need > 0 {
		if err := d.store.promise(need, d.own); err != nil {
			return err
		}
	}
	return d.store.submit(ctx, &change{kind: writeKeys, keys: keys, promised: need})
}

// bookBatch collects writes.
type bookBatch struct {
	books books
	keys  []keyValue
}

func (b *bookBatch) Put(_ context.Context, key datastore.Key, value []byte) error {
	b.keys = append(b.keys, keyValue{key, append([]byte{}, value...)})
	return nil
}

func (b *bookBatch) Delete(_ context.Context, key datastore.Key) error {
	b.keys = append(b.keys, keyValue{key, nil})
	return nil
}

func (b *bookBatch) Commit(ctx context.Context) error {
	if len(b.keys) == 0 {
		return nil
	}
	keys := b.keys
	b.keys = nil
	return b.books.write(ctx, keys)
}
