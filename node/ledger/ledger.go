package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
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
	pendingPrefix   = "/node/pending"   // blob id -> bytes promised u64 LE, peer id
	confirmedPrefix = "/node/confirmed" // blob id -> epoch of the latest confirmation u32 LE
)

// Ledger is the books of one node. It is safe for concurrent use.
type Ledger struct {
	books  datastore.Batching
	limits Limits

	mu    sync.Mutex
	blobs map[codec.BlobID]*entry
	peers map[peer.ID]*Share // bytes promised
	total Share              // bytes stored
}

// Limits bound what is pending.
type Limits struct {
	// Peer is what one peer may promise, Total what all of them may have stored.
	Peer, Total Share
	// Idle is how long a blob may go without progress.
	Idle time.Duration
}

// Share is what blobs take.
type Share struct {
	Blobs int
	Bytes int64
}

// room says why so many more blobs and bytes do not fit within a limit, nil when they do.
func (s Share) room(more, limit Share, whose string) error {
	if s.Blobs+more.Blobs > limit.Blobs {
		return request.Errorf(request.Full, "%d unconfirmed blobs %s, at most %d: wait until some are registered or confirmed, or expire", s.Blobs, whose, limit.Blobs)
	}
	if s.Bytes+more.Bytes > limit.Bytes {
		return request.Errorf(request.Full, "unconfirmed blobs %s take %d bytes, %d more are needed, at most %d: wait until some are registered or confirmed, or expire", whose, s.Bytes, more.Bytes, limit.Bytes)
	}
	return nil
}

// What Share.room calls the two shares.
const (
	ofPeer = "of yours"
	ofAll  = "held here"
)

type entry struct {
	peer             peer.ID
	promised, stored int64 // bytes
	progress         time.Time
}

func pendingKey(id codec.BlobID) datastore.Key {
	return datastore.NewKey(pendingPrefix).ChildString(id.String())
}

func confirmedKey(id codec.BlobID) datastore.Key {
	return datastore.NewKey(confirmedPrefix).ChildString(id.String())
}

// Open reads the blobs that were pending when the node stopped. Their time without progress begins again. What they
// have stored is for the caller to count and set.
func Open(ctx context.Context, books datastore.Batching, limits Limits) (*Ledger, error) {
	l := &Ledger{books: books, limits: limits, blobs: make(map[codec.BlobID]*entry), peers: make(map[peer.ID]*Share)}
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
		l.enter(id, &entry{peer: peer.ID(r.Value[8:]), promised: int64(binary.LittleEndian.Uint64(r.Value)), progress: time.Now()})
	}
	return l, nil
}

// enter takes a blob into the maps. The caller holds mu or is alone.
func (l *Ledger) enter(id codec.BlobID, b *entry) {
	l.blobs[id] = b
	if l.peers[b.peer] == nil {
		l.peers[b.peer] = new(Share)
	}
	l.peers[b.peer].Blobs++
	l.peers[b.peer].Bytes += b.promised
	l.total.Blobs++
	l.total.Bytes += b.stored
}

// leave is the reverse of enter.
func (l *Ledger) leave(id codec.BlobID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.blobs[id]
	if !ok {
		return
	}
	delete(l.blobs, id)
	l.total.Blobs--
	l.total.Bytes -= b.stored
	s := l.peers[b.peer]
	s.Blobs--
	s.Bytes -= b.promised
	if s.Blobs == 0 {
		delete(l.peers, b.peer)
	}
}

// Room says why a blob from the peer would not be accepted that promises some bytes and begins with storing others; nil when
// it would.
func (l *Ledger) Room(from peer.ID, promised, stored int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.roomLocked(from, promised, stored)
}

func (l *Ledger) roomLocked(from peer.ID, promised, stored int64) error {
	if err := l.total.room(Share{Blobs: 1, Bytes: stored}, l.limits.Total, ofAll); err != nil {
		return err
	}
	var own Share
	if s := l.peers[from]; s != nil {
		own = *s
	}
	return own.room(Share{Blobs: 1, Bytes: promised}, l.limits.Peer, ofPeer)
}

// Begin enters a blob, durably. The caller makes sure that no one else begins or removes the same blob meanwhile.
func (l *Ledger) Begin(ctx context.Context, from peer.ID, id codec.BlobID, promised, stored int64) error {
	l.mu.Lock()
	if _, ok := l.blobs[id]; ok {
		l.mu.Unlock()
		return nil
	}
	if err := l.roomLocked(from, promised, stored); err != nil {
		l.mu.Unlock()
		return err
	}
	l.enter(id, &entry{peer: from, promised: promised, stored: stored, progress: time.Now()})
	l.mu.Unlock()

	record := append(binary.LittleEndian.AppendUint64(nil, uint64(promised)), from...)
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

// Store accounts for bytes of a blob that are about to be stored, and notes progress. Negative bytes take back what was not
// stored after all. Blobs that are not pending have no bound here.
func (l *Ledger) Store(id codec.BlobID, bytes int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.blobs[id]
	if !ok {
		return nil
	}
	if err := l.total.room(Share{Bytes: bytes}, l.limits.Total, ofAll); bytes > 0 && err != nil {
		return err
	}
	b.stored += bytes
	l.total.Bytes += bytes
	b.progress = time.Now()
	return nil
}

// Fits says why bytes of a blob cannot be stored now, nil when they can.
func (l *Ledger) Fits(id codec.BlobID, bytes int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.blobs[id]; !ok {
		return nil
	}
	return l.total.room(Share{Bytes: bytes}, l.limits.Total, ofAll)
}

// Recount sets what a blob has stored, as the store says.
func (l *Ledger) Recount(id codec.BlobID, stored int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b, ok := l.blobs[id]; ok {
		l.total.Bytes += stored - b.stored
		b.stored = stored
	}
}

// All returns the pending blobs.
func (l *Ledger) All() []codec.BlobID {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Keys(l.blobs))
}

// Forget takes a blob out that was removed, or never came in. Losing the deletion in a crash only means that the removal is
// done again.
func (l *Ledger) Forget(ctx context.Context, id codec.BlobID) error {
	if err := l.books.Delete(ctx, pendingKey(id)); err != nil {
		return fmt.Errorf("forget unconfirmed blob %s: %w", id, err)
	}
	l.leave(id)
	return nil
}

// Erase forgets everything about a blob that was removed, like Forget.
func (l *Ledger) Erase(ctx context.Context, id codec.BlobID) error {
	if _, ok, err := l.Confirmed(ctx, id); err != nil {
		return err
	} else if ok {
		if err := l.books.Delete(ctx, confirmedKey(id)); err != nil {
			return fmt.Errorf("forget confirmation of blob %s: %w", id, err)
		}
	}
	if !l.Pending(id) {
		return nil
	}
	return l.Forget(ctx, id)
}

// Confirm notes, durably, that a confirmation is signed for the epoch; the blob is pending no longer.
func (l *Ledger) Confirm(ctx context.Context, id codec.BlobID, epoch uint32) error {
	if e, ok, err := l.Confirmed(ctx, id); err != nil || ok && e >= epoch {
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

// Confirmed returns the epoch of the latest confirmation of a blob.
func (l *Ledger) Confirmed(ctx context.Context, id codec.BlobID) (epoch uint32, ok bool, err error) {
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

// Pending reports whether a blob is in the ledger.
func (l *Ledger) Pending(id codec.BlobID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.blobs[id]
	return ok
}

// Idle reports whether a blob has been pending without progress for too long.
func (l *Ledger) Idle(id codec.BlobID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.blobs[id]
	return ok && time.Since(b.progress) >= l.limits.Idle
}

// Use returns what all pending blobs have stored.
func (l *Ledger) Use() Share {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total
}
