package node

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/ledger"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
)

// What is pending, whose it is and how much it takes is known again after a restart.
func TestLedgerSurvivesRestart(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.PeerPendingBlobs = 2 })
	a, b, done := newBlob(t, 1, 500), newBlob(t, 2, 900), newBlob(t, 3, 100)
	mustPut(t, w, "a", a, nil)
	mustPut(t, w, "b", b, nil)
	for _, ref := range b.refs(w.own()...)[:3] {
		if err := w.putSliver("c", ref, b.body(ref)); err != nil {
			t.Fatal(err)
		}
	}
	w.register(t, done)
	w.put(t, "a", done)
	if _, err := w.Confirm(context.Background(), writer, staking.Confirmation{Epoch: testEpoch, Blob: done.id}); err != nil {
		t.Fatal(err)
	}
	before := w.ledger.Use()
	w.restart(t)
	if after := w.ledger.Use(); after != before || after.Blobs != 2 || after.Bytes == 0 {
		t.Errorf("%+v after the restart, %+v before", after, before)
	}
	if !w.ledger.Pending(a.id) || !w.ledger.Pending(b.id) || w.ledger.Pending(done.id) {
		t.Error("other blobs are pending than before")
	}
	mustPut(t, w, "a", newBlob(t, 4, 100), nil)
	mustPut(t, w, "a", newBlob(t, 5, 100), request.Full)
}

// Reservations that race never exceed a quota.
func TestLedgerRace(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.PeerPendingBlobs = 7 })
	blobs := make([]*blob, 30)
	for i := range blobs {
		blobs[i] = newBlob(t, byte(i), 50)
	}
	var wg sync.WaitGroup
	for _, b := range blobs {
		for range 3 {
			wg.Go(func() {
				if err := w.putMetadata(writer, b); err != nil && !errors.Is(err, request.Full) && !errors.Is(err, request.ErrHeld) {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	if u := w.ledger.Use(); u.Blobs != 7 {
		t.Errorf("%d blobs are pending, want 7", u.Blobs)
	}
}

func TestIdleBlobsExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.PendingIdle = time.Hour })
		stalled, late, slow := newBlob(t, 1, 500), newBlob(t, 2, 500), newBlob(t, 3, 500)
		registered, confirmed := newBlob(t, 4, 500), newBlob(t, 5, 500)
		w.registerLongAgo(t, late, confirmed)
		w.register(t, registered)
		w.put(t, writer, stalled) // complete, but never registered
		w.put(t, writer, late)    // or never confirmed, long after its registration
		w.put(t, writer, registered)
		w.put(t, writer, confirmed)
		if _, err := w.Confirm(context.Background(), writer, staking.Confirmation{Epoch: testEpoch, Blob: confirmed.id}); err != nil {
			t.Fatal(err)
		}
		if err := w.putMetadata(writer, slow); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(func() { w.expire(ctx) })
		for _, ref := range slow.refs(w.own()...) { // one sliver every 50 minutes is progress
			time.Sleep(50 * time.Minute)
			if err := w.putSliver(writer, ref, slow.body(ref)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if n := count(t, w.metrics.expired); n != 2 {
			t.Errorf("%v blobs expired, want 2", n)
		}
		for _, b := range []*blob{stalled, late} {
			if w.ledger.Pending(b.id) {
				t.Errorf("blob %s is there", b.id)
			}
			if _, err := w.Metadata(ctx, writer, b.id); !errors.Is(err, request.NotFound) {
				t.Errorf("metadata of blob %s: %v", b.id, err)
			}
			for _, ref := range b.refs(w.own()...) {
				if held, err := w.store.Has(ctx, w.storeKey(ref)); held || err != nil {
					t.Errorf("sliver %s: %t, %v", ref, held, err)
				}
			}
		}
		for _, b := range []*blob{slow, registered, confirmed} {
			if s, err := w.BlobStatus(ctx, writer, b.id); err != nil || s.PrimaryHeld != 3 || s.SecondaryHeld != 3 || !s.Metadata {
				t.Errorf("another blob: %+v, %v", s, err)
			}
		}
		// It can be put again.
		w.put(t, writer, stalled)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if u := w.ledger.Use(); u != (ledger.Share{}) {
			t.Errorf("ledger at the end: %+v", u)
		}
		if u := w.store.Usage(); u.Slivers != 2*6 {
			t.Errorf("%d slivers at the end, want those of the registered and the confirmed blob", u.Slivers)
		}
		cancel()
		wg.Wait()
	})
}

// A blob that was confirmed and is pending again, since its metadata were lost, stays however long nothing comes.
func TestConfirmedBlobDoesNotExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b := newWorld(t, nil), newBlob(t, 1, 500)
		w.registerLongAgo(t, b)
		w.put(t, writer, b)
		if _, err := w.Confirm(t.Context(), writer, staking.Confirmation{Epoch: testEpoch, Blob: b.id}); err != nil {
			t.Fatal(err)
		}
		if err := w.store.DeleteMetadata(t.Context(), b.id); err != nil {
			t.Fatal(err)
		}
		w.metadata.Remove(b.id)
		if err := w.putMetadata(writer, b); err != nil || !w.ledger.Pending(b.id) {
			t.Fatalf("put again: %v", err)
		}
		time.Sleep(2 * DefaultPendingIdle)
		if err := w.remove(t.Context(), b.id); err != nil {
			t.Fatal(err)
		}
		s, err := w.BlobStatus(t.Context(), writer, b.id)
		if err != nil || s.Pending || !s.Confirmed || !s.Metadata || s.PrimaryHeld != 3 || s.SecondaryHeld != 3 {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

// A sliver whose blob is removed while it is verified is not stored: nothing would account for it.
func TestRemovalDuringVerification(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b := newWorld(t, func(c *Config) { c.Workers = 1 }), newBlob(t, 1, 500)
		ctx := context.Background()
		if err := w.putMetadata(writer, b); err != nil {
			t.Fatal(err)
		}
		hold := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() { _ = w.pool.Do(ctx, "other", func() error { <-hold; return nil }) })
		synctest.Wait()
		wg.Go(func() {
			ref := b.refs(w.own()[0])[0]
			if err := w.putSliver(writer, ref, b.body(ref)); !errors.Is(err, request.NotFound) {
				t.Errorf("put: %v", err)
			}
		})
		synctest.Wait() // it waits for its turn
		time.Sleep(2 * time.Hour)
		if err := w.remove(ctx, b.id); err != nil {
			t.Fatal(err)
		}
		close(hold)
		wg.Wait()
		if u := w.store.Usage(); u.Slivers != 0 {
			t.Errorf("%d slivers", u.Slivers)
		}
	})
}

// A removal that fails half-way is done again.
func TestRemovalIsResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b := newWorld(t, nil), newBlob(t, 1, 500)
		w.put(t, writer, b)
		time.Sleep(2 * DefaultPendingIdle)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := w.remove(ctx, b.id); err == nil {
			t.Fatal("removed with an ended context")
		}
		w.restart(t)
		if ids := w.ledger.All(); !slices.Equal(ids, []codec.BlobID{b.id}) || w.ledger.Idle(b.id) {
			t.Errorf("right after the restart: %v, idle %t", ids, w.ledger.Idle(b.id))
		}
		time.Sleep(DefaultPendingIdle)
		if !w.ledger.Idle(b.id) {
			t.Fatal("not idle")
		}
		if err := w.remove(context.Background(), b.id); err != nil {
			t.Fatal(err)
		}
		if u := w.store.Usage(); u.Slivers != 0 || u.Used != 0 {
			t.Errorf("left: %+v", u)
		}
	})
}
