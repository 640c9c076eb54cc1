package node

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

// ledger keeps account of blobs that this node has not confirmed yet. A blob is entered when its metadata comes, under the
// name of the peer that brought it. It leaves when the node signs a confirmation, or when it is removed because nothing came
// for too long.
//
// Two things are bounded. What one peer may promise: the bytes that all slivers of its blobs would take here, so that a blob
// that is begun can be finished. And what all of them together have stored: promises cost nothing, so strangers with many
// names could use up a bound on their sum.
type ledger struct {
	books  datastore.Batching
	limits pendingLimits

	mu    sync.Mutex
	blobs map[codec.BlobID]*pendingBlob
	peers map[peer.ID]*share // bytes promised
	total share              // bytes stored
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

// room says why so many more blobs and bytes do not fit within a limit, nil when they do.
func (s share) room(more, limit share, whose string) error {
	if s.blobs+more.blobs > limit.blobs {
		return request.Errorf(request.Full, "%d unconfirmed blobs %s, at most %d: wait until some are confirmed or expire", s.blobs, whose, limit.blobs)
	}
	if s.bytes+more.bytes > limit.bytes {
		return request.Errorf(request.Full, "unconfirmed blobs %s take %d bytes, %d more are needed, at most %d: wait until some are confirmed or expire", whose, s.bytes, more.bytes, limit.bytes)
	}
	return nil
}

// What share.room calls the two shares.
const (
	ofPeer = "of yours"
	ofAll  = "held here"
)

type pendingBlob struct {
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

// openLedger reads the blobs that were pending when the node stopped. Their time without progress begins again. What they
// have stored is for the caller to count and set.
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
		l.enter(id, &pendingBlob{peer: peer.ID(r.Value[8:]), promised: int64(binary.LittleEndian.Uint64(r.Value)), progress: time.Now()})
	}
	return l, nil
}

// enter takes a blob into the maps. The caller holds mu or is alone.
func (l *ledger) enter(id codec.BlobID, b *pendingBlob) {
	l.blobs[id] = b
	if l.peers[b.peer] == nil {
		l.peers[b.peer] = new(share)
	}
	l.peers[b.peer].blobs++
	l.peers[b.peer].bytes += b.promised
	l.total.blobs++
	l.total.bytes += b.stored
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
	l.total.blobs--
	l.total.bytes -= b.stored
	s := l.peers[b.peer]
	s.blobs--
	s.bytes -= b.promised
	if s.blobs == 0 {
		delete(l.peers, b.peer)
	}
}

// room says why a blob from the peer would not be accepted that promises some bytes and begins with storing others; nil when
// it would.
func (l *ledger) room(from peer.ID, promised, stored int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.roomLocked(from, promised, stored)
}

func (l *ledger) roomLocked(from peer.ID, promised, stored int64) error {
	if err := l.total.room(share{blobs: 1, bytes: stored}, l.limits.total, ofAll); err != nil {
		return err
	}
	var own share
	if s := l.peers[from]; s != nil {
		own = *s
	}
	return own.room(share{blobs: 1, bytes: promised}, l.limits.peer, ofPeer)
}

// begin enters a blob, durably. The caller makes sure that no one else begins or removes the same blob meanwhile.
func (l *ledger) begin(ctx context.Context, from peer.ID, id codec.BlobID, promised, stored int64) error {
	l.mu.Lock()
	if _, ok := l.blobs[id]; ok {
		l.mu.Unlock()
		return nil
	}
	if err := l.roomLocked(from, promised, stored); err != nil {
		l.mu.Unlock()
		return err
	}
	l.enter(id, &pendingBlob{peer: from, promised: promised, stored: stored, progress: time.Now()})
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

// store accounts for bytes of a blob that are about to be stored, and notes progress. Negative bytes take back what was not
// stored after all. Blobs that are not pending have no bound here.
func (l *ledger) store(id codec.BlobID, bytes int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.blobs[id]
	if !ok {
		return nil
	}
	if err := l.total.room(share{bytes: bytes}, l.limits.total, ofAll); bytes > 0 && err != nil {
		return err
	}
	b.stored += bytes
	l.total.bytes += bytes
	b.progress = time.Now()
	return nil
}

// fits says why bytes of a blob cannot be stored now, nil when they can.
func (l *ledger) fits(id codec.BlobID, bytes int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.blobs[id]; !ok {
		return nil
	}
	return l.total.room(share{bytes: bytes}, l.limits.total, ofAll)
}

// recount sets what a blob has stored, as the store says.
func (l *ledger) recount(id codec.BlobID, stored int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b, ok := l.blobs[id]; ok {
		l.total.bytes += stored - b.stored
		b.stored = stored
	}
}

// all returns the pending blobs.
func (l *ledger) all() []codec.BlobID {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Keys(l.blobs))
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

// erase forgets everything about a blob that was removed, like forget.
func (l *ledger) erase(ctx context.Context, id codec.BlobID) error {
	if _, ok, err := l.confirmed(ctx, id); err != nil {
		return err
	} else if ok {
		if err := l.books.Delete(ctx, confirmedKey(id)); err != nil {
			return fmt.Errorf("forget confirmation of blob %s: %w", id, err)
		}
	}
	if !l.pending(id) {
		return nil
	}
	return l.forget(ctx, id)
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

// use returns what all pending blobs have stored.
func (l *ledger) use() share {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total
}
