package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/store/record"
)

// Memory is a store without a disk, for tests and short-lived nodes: it behaves as Files does, but forgets all.
type Memory struct {
	quota int64
	books datastore.Batching

	mu       sync.RWMutex
	closed   bool
	slivers  map[Key]memorySliver
	metadata map[codec.BlobID][]byte
	used     int64
	bodies   int64
}

type memorySliver struct {
	info Info
	body []byte
}

// NewMemory returns an empty store. Of the options only the quota counts.
func NewMemory(o Options) *Memory {
	return &Memory{
		quota:    o.Quota,
		books:    dssync.MutexWrap(datastore.NewMapDatastore()),
		slivers:  make(map[Key]memorySliver),
		metadata: make(map[codec.BlobID][]byte),
	}
}

// admit checks that need more bytes fit. The caller holds mu.
func (m *Memory) admit(need int64) error {
	if m.quota > 0 && m.used+need > m.quota {
		return &FullError{Limit: LimitQuota, Need: need, Used: m.used, Max: m.quota}
	}
	return nil
}

// enter locks for writing unless ctx has ended or the store is closed.
func (m *Memory) enter(ctx context.Context) error {
	if err := canceled(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return ErrClosed
	}
	return nil
}

// Put stores a sliver, see Files.Put.
func (m *Memory) Put(ctx context.Context, key Key, symbolSize int, body []byte) error {
	info := Info{Key: key, SymbolSize: symbolSize, Size: int64(len(body))}
	if err := info.Validate(); err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	if err := m.enter(ctx); err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	defer m.mu.Unlock()
	if _, ok := m.slivers[key]; ok {
		return nil
	}
	need := record.Size(info.Size)
	if err := m.admit(need); err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	m.slivers[key] = memorySliver{info: info, body: bytes.Clone(body)}
	m.used += need
	m.bodies += info.Size
	return nil
}

// Open opens a sliver for reading, see Files.Open.
func (m *Memory) Open(ctx context.Context, key Key) (*Reader, error) {
	if err := m.enter(ctx); err != nil {
		return nil, fmt.Errorf("open %s: %w", key, err)
	}
	defer m.mu.Unlock()
	s, ok := m.slivers[key]
	if !ok {
		return nil, fmt.Errorf("open %s: %w", key, ErrNotFound)
	}
	return &Reader{info: s.info, source: memoryReader{store: m, key: key}}, nil
}

// memoryReader reads a sliver as long as the store has it.
type memoryReader struct {
	store *Memory
	key   Key
}

func (r memoryReader) ReadAt(p []byte, off int64) (int, error) {
	m := r.store
	m.mu.RLock()
	defer m.mu.RUnlock()
	s, ok := m.slivers[r.key]
	switch {
	case m.closed:
		return 0, fmt.Errorf("read %s: %w", r.key, ErrClosed)
	case !ok:
		return 0, fmt.Errorf("read %s: %w", r.key, ErrNotFound)
	case off < 0:
		return 0, fmt.Errorf("read %s: %w: offset %d", r.key, codec.ErrInvalid, off)
	}
	n := copy(p, s.body[min(off, s.info.Size):])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Has reports whether a sliver is stored.
func (m *Memory) Has(ctx context.Context, key Key) (bool, error) {
	if err := m.enter(ctx); err != nil {
		return false, fmt.Errorf("has %s: %w", key, err)
	}
	defer m.mu.Unlock()
	_, ok := m.slivers[key]
	return ok, nil
}

// Delete removes a sliver, see Files.Delete.
func (m *Memory) Delete(ctx context.Context, key Key) error {
	if err := m.enter(ctx); err != nil {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	defer m.mu.Unlock()
	if s, ok := m.slivers[key]; ok {
		delete(m.slivers, key)
		m.used -= record.Size(s.info.Size)
		m.bodies -= s.info.Size
	}
	return nil
}

// List lists a shard, see Files.List.
func (m *Memory) List(ctx context.Context, shard int, after *Key, limit int) ([]Info, error) {
	if err := checkList(shard, after, limit); err != nil {
		return nil, err
	}
	if err := m.enter(ctx); err != nil {
		return nil, fmt.Errorf("list shard %d: %w", shard, err)
	}
	defer m.mu.Unlock()
	var all []Info
	for _, s := range m.slivers {
		if s.info.Shard == shard && (after == nil || compare(s.info.Key, *after) > 0) {
			all = append(all, s.info)
		}
	}
	slices.SortFunc(all, func(a, b Info) int { return compare(a.Key, b.Key) })
	return all[:min(limit, len(all))], nil
}

// compare orders keys as List does: by shard, blob id, axis.
func compare(a, b Key) int {
	return cmp.Or(cmp.Compare(a.Shard, b.Shard), bytes.Compare(a.Blob[:], b.Blob[:]), cmp.Compare(a.Axis, b.Axis))
}

// PutMetadata stores the metadata of a blob, see Files.PutMetadata.
func (m *Memory) PutMetadata(ctx context.Context, id codec.BlobID, bcs []byte) error {
	if err := checkMetadata(id, bcs); err != nil {
		return err
	}
	if err := m.enter(ctx); err != nil {
		return fmt.Errorf("put metadata of blob %s: %w", id, err)
	}
	defer m.mu.Unlock()
	if _, ok := m.metadata[id]; ok {
		return nil
	}
	if err := m.admit(int64(len(bcs))); err != nil {
		return fmt.Errorf("put metadata of blob %s: %w", id, err)
	}
	m.metadata[id] = bytes.Clone(bcs)
	m.used += int64(len(bcs))
	return nil
}

// Metadata returns the metadata of a blob, see Files.Metadata.
func (m *Memory) Metadata(ctx context.Context, id codec.BlobID) ([]byte, error) {
	if err := m.enter(ctx); err != nil {
		return nil, fmt.Errorf("metadata of blob %s: %w", id, err)
	}
	defer m.mu.Unlock()
	bcs, ok := m.metadata[id]
	if !ok {
		return nil, fmt.Errorf("metadata of blob %s: %w", id, ErrNotFound)
	}
	return bytes.Clone(bcs), nil
}

// DeleteMetadata removes the metadata of a blob, see Files.DeleteMetadata.
func (m *Memory) DeleteMetadata(ctx context.Context, id codec.BlobID) error {
	if err := m.enter(ctx); err != nil {
		return fmt.Errorf("delete metadata of blob %s: %w", id, err)
	}
	defer m.mu.Unlock()
	m.used -= int64(len(m.metadata[id]))
	delete(m.metadata, id)
	return nil
}

// ListMetadata lists the blobs whose metadata is stored, see Files.ListMetadata.
func (m *Memory) ListMetadata(ctx context.Context, after *codec.BlobID, limit int) ([]codec.BlobID, error) {
	if err := checkLimit(limit); err != nil {
		return nil, err
	}
	if err := m.enter(ctx); err != nil {
		return nil, fmt.Errorf("list metadata: %w", err)
	}
	defer m.mu.Unlock()
	var all []codec.BlobID
	for id := range m.metadata {
		if after == nil || bytes.Compare(id[:], after[:]) > 0 {
			all = append(all, id)
		}
	}
	slices.SortFunc(all, func(a, b codec.BlobID) int { return bytes.Compare(a[:], b[:]) })
	return all[:min(limit, len(all))], nil
}

// Datastore returns the store's bookkeeping, see Files.Datastore.
func (m *Memory) Datastore() datastore.Batching { return m.books }

// Admit returns why need more bytes would be refused, see Files.Admit.
func (m *Memory) Admit(need int64) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.admit(need)
}

// Usage returns what is stored.
func (m *Memory) Usage() Usage {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return Usage{Slivers: int64(len(m.slivers)), SliverBytes: m.bodies, Used: m.used, Quota: m.quota, Free: -1}
}

// Check finds nothing: memory needs no checksums.
func (m *Memory) Check(ctx context.Context, _ func(Problem)) error {
	if err := m.enter(ctx); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	m.mu.Unlock()
	return nil
}

// Repair has nothing to do.
func (m *Memory) Repair(ctx context.Context, report func(Problem)) error { return m.Check(ctx, report) }

// Close forgets everything.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.slivers, m.metadata = nil, nil
	return nil
}
