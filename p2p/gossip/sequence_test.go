package gossip

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"

	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
)

// volatile is a datastore that loses at a crash what was not synced.
type volatile struct {
	datastore.Datastore // durable
	cache               map[datastore.Key][]byte
	fail                error
}

func (v *volatile) Put(_ context.Context, k datastore.Key, b []byte) error {
	if v.fail != nil {
		return v.fail
	}
	v.cache[k] = b
	return nil
}

func (v *volatile) Sync(ctx context.Context, _ datastore.Key) error {
	for k, b := range v.cache {
		if err := v.Datastore.Put(ctx, k, b); err != nil {
			return err
		}
	}
	clear(v.cache)
	return nil
}

func (v *volatile) crash() { clear(v.cache) }

func openSequence(t *testing.T, store datastore.Datastore) *sequence {
	t.Helper()
	s, err := newSequence(t.Context(), store, testNetwork, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSequenceNeverRepeats: over many crashes, at any point of a block.
func TestSequenceNeverRepeats(t *testing.T) {
	store := &volatile{Datastore: dssync.MutexWrap(datastore.NewMapDatastore()), cache: map[datastore.Key][]byte{}}
	var last uint64
	for round := range 3 * sequenceBlock {
		s := openSequence(t, store)
		for range round % (sequenceBlock + 2) {
			n, err := s.take(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if n <= last {
				t.Fatalf("round %d: %d after %d", round, n, last)
			}
			last = n
		}
		store.crash()
	}
}

func TestSequenceConcurrent(t *testing.T) {
	s := openSequence(t, newStore())
	var mu sync.Mutex
	seen := map[uint64]bool{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 2 * sequenceBlock {
				n, err := s.take(t.Context())
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				if seen[n] {
					t.Errorf("%d twice", n)
				}
				seen[n] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func TestSequenceErrors(t *testing.T) {
	full := errors.New("disk full")
	store := &volatile{Datastore: newStore(), cache: map[datastore.Key][]byte{}, fail: full}
	s := openSequence(t, store)
	if _, err := s.take(t.Context()); !errors.Is(err, full) {
		t.Fatalf("error %v: a number was given that is not reserved", err)
	}
	store.fail = nil
	first, err := s.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// A value that cannot be read, like one that is lost, makes the sequence start ahead of what was used.
	if err := store.Datastore.Put(t.Context(), s.key, []byte("short")); err != nil {
		t.Fatal(err)
	}
	again, err := openSequence(t, store).take(t.Context())
	if err != nil || again < first {
		t.Errorf("%d after %d (%v)", again, first, err)
	}
}
