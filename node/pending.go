package node

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path"
	"sync"
	"time"

	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/query"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request"
)

// Places of the bookkeeping.
const (
	pendingPrefix   = "/node/pending"   // blob id -> bytes reserved u64 LE, peer id
	confirmedPrefix = "/node/confirmed" // blob id -> epoch of the latest confirmation u32 LE
)

// ledger keeps account of blobs that this node has not confirmed yet. A blob is entered when its metadata comes, under the
// name of the peer that brought it and with all the bytes that the node's slivers of it will take; so slivers need no
// bookkeeping, and a peer cannot promise more than its share. The blob leaves the ledger when the node signs a
// confirmation, or when it is removed because nothing came for too long.
type ledger struct {
	books  datastore.Batching
	limits pendingLimits

	mu    sync.Mutex
	blobs map[codec.BlobID]*pendingBlob
	peers map[peer.ID]*share
	total share
}

type pendingLimits struct {
	peer, total share
	// idle is how long a blob may go without progress.
	idle time.Duration
}

// share is what blobs take.
type share struct {
	blobs int
	bytes int64
}

func (s *share) add(bytes int64) { s.blobs++; s.bytes += bytes }
func (s *share) sub(bytes int64) { s.blobs--; s.bytes -= bytes }

// room says why one more blob of the given bytes does not fit within a limit, nil when it does.
func (s share) room(bytes int64, limit share, whose string) error {
	if s.blobs >= limit.blobs {
		return request.Errorf(request.Full, "%d unconfirmed blobs %s, at most %d: wait until some are confirmed or expire", s.blobs, whose, limit.blobs)
	}
	if s.bytes+bytes > limit.bytes {
		return request.Errorf(request.Full, "%d bytes of unconfirmed blobs %s, this one needs %d more, at most %d: wait until some are confirmed or expire", s.bytes, whose, bytes, limit.bytes)
	}
	return nil
}

type pendingBlob struct {
	peer     peer.ID
	bytes    int64
	progress time.Time
}

func pendingKey(id codec.BlobID) datastore.Key {
	return datastore.NewKey(pendingPrefix).ChildString(id.String())
}

func confirmedKey(id codec.BlobID) datastore.Key {
	return datastore.NewKey(confirmedPrefix).ChildString(id.String())
}

// openLedger reads the blobs that were pending when the node stopped. Their time without progress begins again.
func openLedger(ctx context.Context, books datastore.Batching, limits pendingLimits) (*ledger, error) {
	l := &ledger{books: books, limits: limits, blobs: make(map[codec.BlobID]*pendingBlob), peers: make(map[peer.ID]*share)}
	results, err := books.Query(ctx, query.Query{Prefix: pendingPrefix})
	if err != nil {
		return nil, fmt.Errorf("unconfirmed blobs: %w", err)
	}
	defer results.Close() //nolint:errcheck // only read from
	for r := range results.Next() {
		if r.Error != nil {
			return nil, fmt.Errorf("unconfirmed blobs: %w", r.Error)
		}
		id, err := codec.ParseBlobID(path.Base(r.Key))
		if err != nil || len(r.Value) < 8 {
			return nil, fmt.Errorf("unconfirmed blobs: record %s of %d bytes: was it written by a newer version?", r.Key, len(r.Value))
		}
		l.enter(id, peer.ID(r.Value[8:]), int64(binary.LittleEndian.Uint64(r.Value)))
	}
	return l, nil
}

// enter takes a blob into the maps. The caller holds mu or is alone.
func (l *ledger) enter(id codec.BlobID, from peer.ID, bytes int64) {
	l.blobs[id] = &pendingBlob{peer: from, bytes: bytes, progress: time.Now()}
	if l.peers[from] == nil {
		l.peers[from] = new(share)
	}
	l.peers[from].add(bytes)
	l.total.add(bytes)
}

// leave is the reverse of enter.
func (l *ledger) leave(id codec.BlobID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.blobs[id]
	if !ok {
		return
	}
	delete(l.blobs, id)
	l.total.sub(b.bytes)
	if s := l.peers[b.peer]; s.blobs == 1 {
		delete(l.peers, b.peer)
	} else {
		s.sub(b.bytes)
	}
}

// room says whether a blob of the given bytes from the peer would be accepted; the error says why not.
func (l *ledger) room(from peer.ID, bytes int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.roomLocked(from, bytes)
}

func (l *ledger) roomLocked(from peer.ID, bytes int64) error {
	if err := l.total.room(bytes, l.limits.total, "are held here"); err != nil {
		return err
	}
	var own share
	if s := l.peers[from]; s != nil {
		own = *s
	}
	return own.room(bytes, l.limits.peer, "came from you")
}

// reserve enters a blob, durably. The caller makes sure that no one else reserves or removes the same blob meanwhile.
func (l *ledger) reserve(ctx context.Context, from peer.ID, id codec.BlobID, bytes int64) error {
	l.mu.Lock()
	if _, ok := l.blobs[id]; ok {
		l.mu.Unlock()
		return nil
	}
	if err := l.roomLocked(from, bytes); err != nil {
		l.mu.Unlock()
		return err
	}
	l.enter(id, from, bytes)
	l.mu.Unlock()

	record := append(binary.LittleEndian.AppendUint64(nil, uint64(bytes)), from...)
	err := l.books.Put(ctx, pendingKey(id), record)
	if err == nil {
		err = l.books.Sync(ctx, pendingKey(id))
	}
	if err != nil {
		l.leave(id)
		return fmt.Errorf("note unconfirmed blob %s: %w", id, err)
	}
	return nil
}

// forget takes a blob out that was removed, or never came in. Losing the deletion in a crash only means that the removal is
// done again.
func (l *ledger) forget(ctx context.Context, id codec.BlobID) error {
	if err := l.books.Delete(ctx, pendingKey(id)); err != nil {
		return fmt.Errorf("forget unconfirmed blob %s: %w", id, err)
	}
	l.leave(id)
	return nil
}

// confirm notes, durably, that a confirmation is signed for the epoch; the blob is pending no longer.
func (l *ledger) confirm(ctx context.Context, id codec.BlobID, epoch uint32) error {
	if e, ok, err := l.confirmed(ctx, id); err != nil || ok && e >= epoch {
		return err
	}
	err := func() error {
		b, err := l.books.Batch(ctx)
		if err != nil {
			return err
		}
		if err := b.Put(ctx, confirmedKey(id), binary.LittleEndian.AppendUint32(nil, epoch)); err != nil {
			return err
		}
		if err := b.Delete(ctx, pendingKey(id)); err != nil {
			return err
		}
		if err := b.Commit(ctx); err != nil {
			return err
		}
		return l.books.Sync(ctx, confirmedKey(id))
	}()
	if err != nil {
		return fmt.Errorf("note confirmation of blob %s: %w", id, err)
	}
	l.leave(id)
	return nil
}

// confirmed returns the epoch of the latest confirmation of a blob.
func (l *ledger) confirmed(ctx context.Context, id codec.BlobID) (epoch uint32, ok bool, err error) {
	b, err := l.books.Get(ctx, confirmedKey(id))
	switch {
	case errors.Is(err, datastore.ErrNotFound):
		return 0, false, nil
	case err != nil:
		return 0, false, fmt.Errorf("confirmation of blob %s: %w", id, err)
	case len(b) != 4:
		return 0, false, fmt.Errorf("confirmation of blob %s: record of %d bytes: was it written by a newer version?", id, len(b))
	}
	return binary.LittleEndian.Uint32(b), true, nil
}

// touch notes progress of a pending blob.
func (l *ledger) touch(id codec.BlobID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b, ok := l.blobs[id]; ok {
		b.progress = time.Now()
	}
}

// pending reports whether a blob is in the ledger.
func (l *ledger) pending(id codec.BlobID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.blobs[id]
	return ok
}

// idle reports whether a blob has been pending without progress for too long.
func (l *ledger) idle(id codec.BlobID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.blobs[id]
	return ok && time.Since(b.progress) >= l.limits.idle
}

// allIdle returns the blobs for which idle holds.
func (l *ledger) allIdle() []codec.BlobID {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []codec.BlobID
	for id, b := range l.blobs {
		if time.Since(b.progress) >= l.limits.idle {
			ids = append(ids, id)
		}
	}
	return ids
}

// use returns what all pending blobs take.
func (l *ledger) use() share {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total
}
