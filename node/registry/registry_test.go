package registry

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
)

var (
	blobA, blobB = codec.BlobID{1}, codec.BlobID{2}
	one, two     = staking.ObjectID{1}, staking.ObjectID{2}
)

func newBooks() datastore.Batching { return dssync.MutexWrap(datastore.NewMapDatastore()) }

func registered(id codec.BlobID, object staking.ObjectID, deletable bool, epoch, end uint32) staking.Event {
	r := staking.Registration{Blob: id, Size: 100, Object: object, Epoch: epoch, End: end}
	if deletable {
		r.Kind = staking.BlobKind{Deletable: true, Object: object}
	}
	return staking.BlobRegistered{Registration: r}
}

// apply applies events as one batch and returns what was left out of them.
func apply(t *testing.T, r *Registry, events ...staking.Event) []error {
	t.Helper()
	out, err := r.Apply(t.Context(), staking.Batch{Next: r.Position().Cursor + 1, Events: events}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return out.Contradictions
}

func get(t *testing.T, r *Registry, id codec.BlobID) Blob {
	t.Helper()
	b, err := r.Blob(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sweep returns what was due, in order of blob ids.
func sweep(t *testing.T, r *Registry) (due []codec.BlobID) {
	t.Helper()
	err := r.Sweep(t.Context(), func(_ context.Context, id codec.BlobID) (bool, error) {
		due = append(due, id)
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return due
}

// What cannot be is left out, the rest of the batch counts.
func TestContradictions(t *testing.T) {
	many := []staking.Event{}
	for i := range uint32(maxEnds + 1) {
		many = append(many, registered(blobB, staking.ObjectID{9, byte(i)}, true, 1, 100+i))
	}
	size := staking.BlobRegistered{Registration: staking.Registration{Blob: blobA, Size: 101, Object: two, Epoch: 1, End: 9}}
	for name, events := range map[string][]staking.Event{
		"another size":       {size},
		"ends as it begins":  {registered(blobA, two, false, 3, 3)},
		"kind of another":    {staking.BlobRegistered{Registration: staking.Registration{Blob: blobA, Size: 100, Object: two, Kind: staking.BlobKind{Deletable: true, Object: one}, Epoch: 1, End: 5}}},
		"certified as other": {staking.BlobCertified{Epoch: 1, Blob: blobA, Object: two, Kind: staking.BlobKind{Deletable: true, Object: one}, End: 5}},
		"permanent deleted":  {staking.BlobDeleted{Epoch: 1, Blob: blobA, Object: one, End: 5}},
		"barred for nothing": {staking.BlobBarred{Epoch: 1, Blob: blobA}},
		"too many ends":      many,
	} {
		t.Run(name, func(t *testing.T) {
			r := reopen(t, newBooks())
			bad := apply(t, r, append([]staking.Event{registered(blobA, one, false, 1, 5)}, events...)...)
			if len(bad) == 0 || !errors.Is(bad[0], ErrContradiction) {
				t.Errorf("left out: %v", bad)
			}
			if b := get(t, r, blobA); b.Permanent != 5 || b.Size != 100 || b.End() != 5 || b.Barred != staking.NotBarred {
				t.Errorf("the blob is %+v", b)
			}
			if b := get(t, r, blobB); len(b.ends) > maxEnds {
				t.Errorf("%d ends", len(b.ends))
			}
		})
	}
}

// Events of an epoch that the chain's state has not reached change nothing.
func TestAhead(t *testing.T) {
	r := reopen(t, newBooks())
	apply(t, r, registered(blobA, one, false, 1, 5))
	before := r.Position()
	_, err := r.Apply(t.Context(), staking.Batch{Next: 99, Events: []staking.Event{registered(blobB, two, false, 2, 9), staking.EpochStarted{Epoch: 8}}}, 7)
	if !errors.Is(err, ErrAhead) || r.Position() != before || get(t, r, blobB).Registered(2) {
		t.Errorf("%v, position %+v", err, r.Position())
	}
	if due := sweep(t, r); len(due) != 0 {
		t.Errorf("due: %v", due)
	}
}

// A registered blob is due when its refund is over and when it ends; what it is kept for changes with its certificate.
func TestDue(t *testing.T) {
	r := reopen(t, newBooks())
	apply(t, r, registered(blobA, one, true, 1, 9), registered(blobB, two, false, 1, 9))
	apply(t, r, staking.BlobCertified{Epoch: 1, Blob: blobB, Object: two, End: 9})
	for epoch, want := range map[uint32][2]bool{1: {true, true}, 2: {true, true}, 3: {false, true}, 8: {false, true}, 9: {false, false}} {
		if a, b := get(t, r, blobA), get(t, r, blobB); a.Kept(epoch) != want[0] || b.Kept(epoch) != want[1] || a.Registered(epoch) != (epoch < 9) {
			t.Errorf("epoch %d: kept %t and %t, want %v", epoch, a.Kept(epoch), b.Kept(epoch), want)
		}
	}
	if due := sweep(t, r); len(due) != 0 {
		t.Errorf("in epoch 1: %v", due)
	}
	apply(t, r, staking.EpochStarted{Epoch: 3})
	if due := sweep(t, r); !slices.Equal(due, []codec.BlobID{blobA, blobB}) && !slices.Equal(due, []codec.BlobID{blobB, blobA}) {
		t.Errorf("in epoch 3: %v", due)
	}
	if due := sweep(t, r); len(due) != 0 {
		t.Errorf("again: %v", due)
	}
	r = reopen(t, r.books)
	apply(t, r, staking.BlobDeleted{Epoch: 4, Blob: blobA, Object: one, End: 9})
	if due := sweep(t, r); !slices.Equal(due, []codec.BlobID{blobA}) || get(t, r, blobA).Registered(4) {
		t.Errorf("deleted: %v", due)
	}
	apply(t, r, registered(blobA, staking.ObjectID{3}, true, 4, 6))
	if !get(t, r, blobA).Kept(5) {
		t.Error("registered again, and not kept")
	}
}

// A sweep comes back to what could not be decided, failed, or was cut short.
func TestSweepIsResumed(t *testing.T) {
	r := reopen(t, newBooks())
	for i := range byte(3) {
		apply(t, r, registered(codec.BlobID{i}, staking.ObjectID{i}, true, 1, 3))
	}
	apply(t, r, staking.EpochStarted{Epoch: 3})
	bad := errors.New("disk")
	looked := 0
	look := func(_ context.Context, id codec.BlobID) (bool, error) {
		looked++
		switch id[0] {
		case 0:
			return false, nil
		case 1:
			return false, bad
		default:
			return true, nil
		}
	}
	if err := r.Sweep(t.Context(), look); !errors.Is(err, bad) || looked != 3 {
		t.Errorf("%v after %d", err, looked)
	}
	r = reopen(t, r.books)
	if due := sweep(t, r); len(due) != 2 {
		t.Errorf("due: %v", due)
	}
	ctx, cancel := context.WithCancel(t.Context())
	apply(t, r, registered(blobA, one, true, 3, 9), staking.BlobDeleted{Epoch: 3, Blob: blobA, Object: one, End: 9})
	err := r.Sweep(ctx, func(context.Context, codec.BlobID) (bool, error) { cancel(); return true, ctx.Err() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cut short: %v", err)
	}
	if due := sweep(t, r); !slices.Equal(due, []codec.BlobID{blobA}) {
		t.Errorf("after the cut: %v", due)
	}
}

// What becomes due while it is looked at is looked at again.
func TestDueWhileLookedAt(t *testing.T) {
	r := reopen(t, newBooks())
	apply(t, r, registered(blobA, one, true, 1, 9), registered(blobA, two, true, 1, 9))
	apply(t, r, staking.BlobDeleted{Epoch: 1, Blob: blobA, Object: one, End: 9})
	err := r.Sweep(t.Context(), func(context.Context, codec.BlobID) (bool, error) {
		apply(t, r, staking.BlobDeleted{Epoch: 1, Blob: blobA, Object: two, End: 9})
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if due := sweep(t, r); !slices.Equal(due, []codec.BlobID{blobA}) {
		t.Errorf("due: %v", due)
	}
}

// An object with thousands of siblings that ended leaves the books in several writes.
func TestManyObjects(t *testing.T) {
	r := reopen(t, newBooks())
	var events []staking.Event
	for i := range settlePage + 10 {
		events = append(events, registered(blobA, staking.ObjectID{byte(i), byte(i >> 8)}, true, 1, 4))
	}
	apply(t, r, events...)
	apply(t, r, staking.EpochStarted{Epoch: 4})
	for range 4 {
		sweep(t, r)
	}
	if keys, err := r.keys(t.Context(), objectPrefix, 0, 0); err != nil || len(keys) > 0 {
		t.Errorf("%d objects are left, %v", len(keys), err)
	}
}

// The cursor of empty batches is durable now and then, that of others at once.
func TestEmptyBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := reopen(t, newBooks())
		apply(t, r, registered(blobA, one, true, 1, 4))
		next := func(n staking.Cursor, want staking.Cursor) {
			t.Helper()
			if _, err := r.Apply(t.Context(), staking.Batch{Next: n}, 1); err != nil || r.Position().Cursor != n {
				t.Fatalf("at %d, %v", r.Position().Cursor, err)
			}
			if p := reopen(t, r.books).Position(); p.Cursor != want {
				t.Errorf("durable: %d, want %d", p.Cursor, want)
			}
		}
		next(50, 1)
		time.Sleep(saveEvery)
		next(60, 60)
		next(70, 60)
	})
}

// After a gap the chain's word counts: certified objects that were heard of may be gone, others may be there.
func TestAsk(t *testing.T) {
	r := reopen(t, newBooks())
	if !r.Position().Gap {
		t.Error("new books have no gap")
	}
	apply(t, r, registered(blobA, one, true, 1, 9), staking.BlobCertified{Epoch: 1, Blob: blobA, Object: one, Kind: staking.BlobKind{Deletable: true, Object: one}, End: 9},
		registered(blobB, two, false, 1, 9))
	if err := r.Mend(t.Context(), r.Gaps()); err != nil || reopen(t, r.books).Position().Gap {
		t.Fatal("the gap was not closed", err)
	}
	stale := r.Gaps()
	if err := r.Lose(t.Context(), 500); err != nil {
		t.Fatal(err)
	}
	if p := reopen(t, r.books).Position(); p.Cursor != 500 || !p.Gap || p.Epoch != 1 {
		t.Errorf("after the loss: %+v", p)
	}
	if err := r.Mend(t.Context(), stale); err != nil || !r.Position().Gap {
		t.Error("a gap was closed by who asked before it", err)
	}
	tell := func(id codec.BlobID, s staking.BlobState) error { return r.Tell(t.Context(), r.Ask(id), s) }
	if err := tell(blobA, staking.BlobState{Size: 100, Certified: 1, End: 20}); err != nil {
		t.Fatal(err)
	}
	if b := get(t, r, blobA); !b.Kept(19) || b.Kept(20) || b.End() != 20 {
		t.Errorf("told until 20: %+v", b)
	}
	if o, err := r.Object(t.Context(), blobA, one); err != nil || o.Live(1) {
		t.Errorf("an object that may be gone: %+v, %v", o, err)
	}
	if due := sweep(t, r); !slices.Equal(due, []codec.BlobID{blobA}) {
		t.Errorf("due: %v", due)
	}
	// An object that was never heard of is deleted: what the chain told may be over.
	apply(t, r, staking.BlobDeleted{Epoch: 2, Blob: blobA, Object: staking.ObjectID{7}, End: 20, Certified: true})
	if ids, err := r.Questions(t.Context(), 10); err != nil || !slices.Equal(ids, []codec.BlobID{blobA}) {
		t.Errorf("to ask: %v, %v", ids, err)
	}
	q := r.Ask(blobA)
	apply(t, r, registered(blobA, staking.ObjectID{8}, true, 2, 5))
	if err := r.Tell(t.Context(), q, staking.BlobState{}); !errors.Is(err, ErrChanged) {
		t.Errorf("an answer that was overtaken: %v", err)
	}
	if err := tell(blobA, staking.BlobState{Size: 100, Certified: 0}); err != nil {
		t.Fatal(err)
	}
	if asked, err := r.Asked(t.Context(), blobA); asked || err != nil {
		t.Errorf("still to ask: %t, %v", asked, err)
	}
	if b := get(t, r, blobA); b.End() != 5 || !b.Kept(3) || b.Kept(4) {
		t.Errorf("only the uncertified object is left: %+v", b)
	}
	// A permanent object stays, whatever was missed; a bar counts.
	if err := tell(blobB, staking.BlobState{Size: 100, Certified: 3, End: 0, Barred: staking.Inconsistent}); err != nil {
		t.Fatal(err)
	}
	if b := get(t, r, blobB); b.Permanent != 9 || b.Barred != staking.Inconsistent {
		t.Errorf("the permanent one: %+v", b)
	}
	if err := tell(blobB, staking.BlobState{Size: 7, Certified: 3, End: 9}); !errors.Is(err, ErrContradiction) {
		t.Errorf("another size: %v", err)
	}
	// A certificate of an object whose registration was missed: its size has to be asked for.
	unheard := codec.BlobID{3}
	apply(t, r, staking.BlobCertified{Epoch: 2, Blob: unheard, Object: one, End: 30, Extended: true})
	if asked, err := r.Asked(t.Context(), unheard); !asked || err != nil || !get(t, r, unheard).Kept(29) {
		t.Errorf("unheard: asked %t, %v", asked, err)
	}
	var all []codec.BlobID
	if err := r.Blobs(t.Context(), func(id codec.BlobID) error { all = append(all, id); return nil }); err != nil || len(all) != 3 {
		t.Errorf("all: %v, %v", all, err)
	}
}

// Nothing of a batch counts when it could not be written.
func TestFailingDisk(t *testing.T) {
	books := newCrashing(rand.New(rand.NewPCG(1, 1)), 0)
	r := reopen(t, books)
	books.odds = 1
	if _, err := r.Apply(t.Context(), staking.Batch{Next: 5, Events: []staking.Event{registered(blobA, one, true, 1, 4)}}, 1); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	if r.Position().Cursor != 0 || get(t, r, blobA).Registered(1) {
		t.Errorf("position %+v", r.Position())
	}
}
