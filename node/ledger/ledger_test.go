package ledger

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request"
)

var limits = Limits{Peer: Share{Blobs: 2, Bytes: 100}, Total: Share{Blobs: 3, Bytes: 50}, Idle: time.Hour}

func newBooks() datastore.Batching { return dssync.MutexWrap(datastore.NewMapDatastore()) }

func TestForeignRecordsAreRefused(t *testing.T) {
	for name, key := range map[string]datastore.Key{
		"not an id": datastore.NewKey(pendingPrefix + "/xyz"),
		"too short": pendingKey(codec.BlobID{1}),
	} {
		books := newBooks()
		if err := books.Put(t.Context(), key, []byte{1, 2, 3}); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), books, limits); err == nil || !strings.Contains(err.Error(), "newer version") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A blob's life in the books: entered, filled, idle, confirmed or erased; all of it durable.
func TestLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		books := newBooks()
		l, err := Open(t.Context(), books, limits)
		if err != nil {
			t.Fatal(err)
		}
		a, b := codec.BlobID{1}, codec.BlobID{2}
		for _, id := range []codec.BlobID{a, b, a} { // once more is nothing
			if err := l.Begin(t.Context(), "p", id, 40, 10); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Begin(t.Context(), "p", codec.BlobID{3}, 1, 1); !errors.Is(err, request.Full) {
			t.Errorf("a third blob of a peer: %v", err)
		}
		if err := l.Begin(t.Context(), "q", codec.BlobID{3}, 101, 1); !errors.Is(err, request.Full) {
			t.Errorf("more bytes than a peer may promise: %v", err)
		}
		if err := l.Store(a, 31); !errors.Is(err, request.Full) {
			t.Errorf("more bytes than there are: %v", err)
		}
		if err := l.Store(a, 30); err != nil || l.Use() != (Share{Blobs: 2, Bytes: 50}) {
			t.Errorf("%v, %+v", err, l.Use())
		}
		time.Sleep(limits.Idle / 2)
		if err := l.Store(a, -5); err != nil {
			t.Error(err)
		}
		time.Sleep(limits.Idle / 2)
		if l.Idle(a) || !l.Idle(b) {
			t.Errorf("idle: %t and %t", l.Idle(a), l.Idle(b))
		}
		if err := l.Confirm(t.Context(), a, 7); err != nil {
			t.Fatal(err)
		}
		if err := l.Confirm(t.Context(), a, 6); err != nil {
			t.Fatal(err)
		}
		if l, err = Open(t.Context(), books, limits); err != nil {
			t.Fatal(err)
		}
		if epoch, ok, err := l.Confirmed(t.Context(), a); epoch != 7 || !ok || err != nil || l.Pending(a) || !l.Pending(b) {
			t.Errorf("again: %d %t %v, pending %t and %t", epoch, ok, err, l.Pending(a), l.Pending(b))
		}
		l.Recount(b, 20)
		if l.Use() != (Share{Blobs: 1, Bytes: 20}) {
			t.Errorf("recounted: %+v", l.Use())
		}
		for _, id := range []codec.BlobID{a, b} {
			if err := l.Erase(t.Context(), id); err != nil {
				t.Error(err)
			}
		}
		if l, err = Open(t.Context(), books, limits); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := l.Confirmed(t.Context(), a); ok || err != nil || l.Use() != (Share{}) || len(l.All()) > 0 {
			t.Errorf("erased: %t %v %+v", ok, err, l.Use())
		}
	})
}
