package gossip

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ipfs/go-datastore"
)

// sequencePrefix is where the next free sequence number is kept; the rest of the key is the network.
const sequencePrefix = "/p2p/gossip/sequence/"

// sequence gives growing numbers that never repeat, also after a crash: numbers are reserved on disk in blocks before one of them is
// used.
type sequence struct {
	store datastore.Datastore
	key   datastore.Key

	mu       sync.Mutex
	next     uint64
	reserved uint64 // numbers below may be used
}

// newSequence continues where the store says. A store without a number (a new node, or one that lost its data) starts
// from the clock in milliseconds, which is ahead of any node that sends fewer than 1,000 messages a second.
func newSequence(ctx context.Context, store datastore.Datastore, network string, log *slog.Logger) (*sequence, error) {
	s := &sequence{store: store, key: datastore.NewKey(sequencePrefix + network)}
	v, err := store.Get(ctx, s.key)
	switch {
	case errors.Is(err, datastore.ErrNotFound):
	case err != nil:
		return nil, fmt.Errorf("gossip sequence: %w", err)
	case len(v) != 8:
		log.Warn("gossip sequence: stored value cannot be read, starting from the clock", "bytes", len(v))
	default:
		s.next = binary.BigEndian.Uint64(v)
		s.reserved = s.next
		return s, nil
	}
	s.next = uint64(time.Now().UnixMilli())
	s.reserved = s.next
	return s, nil
}

// take returns the next number.
func (s *sequence) take(ctx context.Context) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == s.reserved {
		until := s.reserved + sequenceBlock
		err := s.store.Put(ctx, s.key, binary.BigEndian.AppendUint64(nil, until))
		if err == nil {
			err = s.store.Sync(ctx, s.key)
		}
		if err != nil {
			return 0, fmt.Errorf("gossip sequence: reserve: %w", err)
		}
		s.reserved = until
	}
	s.next++
	return s.next - 1, nil
}
