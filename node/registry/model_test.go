package registry

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
)

var errCrash = errors.New("the disk went away")

// crashing is a datastore whose commits sometimes fail: nothing is written, or all of it and nobody learns.
type crashing struct {
	datastore.Batching
	rand *rand.Rand
	odds float64
}

func newCrashing(r *rand.Rand, odds float64) *crashing {
	return &crashing{Batching: dssync.MutexWrap(datastore.NewMapDatastore()), rand: r, odds: odds}
}

func (c *crashing) Batch(ctx context.Context) (datastore.Batch, error) {
	b, err := c.Batching.Batch(ctx)
	return &crashingBatch{Batch: b, store: c}, err
}

type crashingBatch struct {
	datastore.Batch
	store *crashing
}

func (b *crashingBatch) Commit(ctx context.Context) error {
	luck := b.store.rand.Float64()
	if luck < b.store.odds {
		return errCrash
	}
	if err := b.Batch.Commit(ctx); err != nil {
		return err
	}
	if luck < 2*b.store.odds {
		return errCrash
	}
	return nil
}

// history is a chain that does what the contracts allow, and the simplest account of it.
type history struct {
	rand    *rand.Rand
	epoch   uint32
	next    byte
	objects []*modelObject
	barred  map[codec.BlobID]bool
	batches []staking.Batch
}

type modelObject struct {
	blob                          codec.BlobID
	id                            staking.ObjectID
	deletable, certified, deleted bool
	registered, end               uint32
}

const modelBlobs = 5

func modelBlob(i int) codec.BlobID { return codec.BlobID{byte(i), 0xab, 31: byte(i)} }

func modelSize(id codec.BlobID) uint64 { return uint64(id[0]) * 1000 }

func (o *modelObject) kind() staking.BlobKind {
	if o.deletable {
		return staking.BlobKind{Deletable: true, Object: o.id}
	}
	return staking.BlobKind{}
}

// step lets something happen and returns the events.
func (h *history) step() []staking.Event {
	switch h.rand.IntN(8) {
	case 0, 1, 2:
		h.next++
		o := &modelObject{
			blob: modelBlob(h.rand.IntN(modelBlobs)), id: staking.ObjectID{h.next, 1}, deletable: h.rand.IntN(2) == 0,
			registered: h.epoch, end: h.epoch + 1 + uint32(h.rand.IntN(6)),
		}
		if h.barred[o.blob] {
			return nil
		}
		h.objects = append(h.objects, o)
		return []staking.Event{staking.BlobRegistered{Registration: staking.Registration{
			Blob: o.blob, Size: modelSize(o.blob), Kind: o.kind(), Object: o.id, Epoch: o.registered, End: o.end,
		}}}
	case 3, 4:
		o := h.pick(func(o *modelObject) bool { return !o.deleted && o.end > h.epoch && !h.barred[o.blob] })
		if o == nil {
			return nil
		}
		extended := o.certified
		if extended {
			o.end += 1 + uint32(h.rand.IntN(3))
		}
		o.certified = true
		return []staking.Event{staking.BlobCertified{Epoch: h.epoch, Blob: o.blob, Kind: o.kind(), Object: o.id, End: o.end, Extended: extended}}
	case 5:
		o := h.pick(func(o *modelObject) bool { return o.deletable && !o.deleted && o.end > h.epoch })
		if o == nil {
			return nil
		}
		o.deleted = true
		return []staking.Event{staking.BlobDeleted{Epoch: h.epoch, Blob: o.blob, Object: o.id, End: o.end, Certified: o.certified}}
	case 6:
		if h.rand.IntN(6) > 0 {
			return nil
		}
		id := modelBlob(h.rand.IntN(modelBlobs))
		h.barred[id] = true
		return []staking.Event{staking.BlobBarred{Epoch: h.epoch, Blob: id, Why: staking.Denied}}
	default:
		h.epoch++
		return []staking.Event{staking.EpochStarted{Epoch: h.epoch}, staking.EpochReady{Epoch: h.epoch}}
	}
}

func (h *history) pick(fits func(*modelObject) bool) *modelObject {
	var list []*modelObject
	for _, o := range h.objects {
		if fits(o) {
			list = append(list, o)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[h.rand.IntN(len(list))]
}

// want is what the registry has to say.
type want struct {
	registered, kept, barred bool
	permanent                bool
}

func (h *history) want(id codec.BlobID) (w want) {
	w.barred = h.barred[id]
	for _, o := range h.objects {
		if o.blob != id || o.deleted || o.end <= h.epoch {
			continue
		}
		w.registered = true
		w.permanent = w.permanent || !o.deletable
		w.kept = w.kept || o.certified || o.registered+1 >= h.epoch
	}
	return w
}

// Whatever happens on the chain, however often it is told, and wherever the node crashes: the books say what the chain says,
// and a sweep removes exactly what nothing keeps.
func TestRandomHistories(t *testing.T) {
	for seed := range uint64(150) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { randomHistory(t, seed) })
	}
}

func randomHistory(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 7))
	ctx := t.Context()
	h := &history{rand: r, epoch: 1, barred: make(map[codec.BlobID]bool)}
	books := newCrashing(r, 0.1)
	reg := reopen(t, books)
	held := make(map[codec.BlobID]bool)
	for range 60 {
		b := staking.Batch{Next: staking.Cursor(len(h.batches) + 1)}
		for range r.IntN(4) {
			b.Events = append(b.Events, h.step()...)
		}
		h.batches = append(h.batches, b)
		for reg.Position().Cursor < b.Next {
			if r.IntN(3) == 0 { // something old again
				b := h.batches[r.IntN(len(h.batches))]
				b.Next = min(b.Next, reg.Position().Cursor)
				if _, err := reg.Apply(ctx, b, h.epoch); err != nil {
					reg = reopen(t, books)
				}
				continue
			}
			out, err := reg.Apply(ctx, h.batches[reg.Position().Cursor], h.epoch)
			if err != nil {
				reg = reopen(t, books)
				continue
			}
			if len(out.Contradictions) > 0 {
				t.Fatal(out.Contradictions)
			}
			for _, id := range out.Kept { // somebody puts it at once
				held[id] = true
			}
		}
		h.check(t, reg)
		for r.IntN(2) == 0 {
			err := reg.Sweep(ctx, func(_ context.Context, id codec.BlobID) (bool, error) {
				w := h.want(id)
				if w.kept && !w.barred {
					return true, nil
				}
				delete(held, id)
				return r.IntN(4) > 0, nil
			})
			if err != nil {
				reg = reopen(t, books)
			}
			h.check(t, reg)
		}
	}
	// Everything ends, and nothing is left but bars.
	books.odds = 0
	h.epoch += 100
	if _, err := reg.Apply(ctx, staking.Batch{Next: 1000, Events: []staking.Event{staking.EpochStarted{Epoch: h.epoch}}}, h.epoch); err != nil {
		t.Fatal(err)
	}
	if err := reg.Sweep(ctx, func(_ context.Context, id codec.BlobID) (bool, error) { delete(held, id); return true, nil }); err != nil {
		t.Fatal(err)
	}
	for id := range held {
		t.Errorf("blob %s was not removed", id)
	}
	for _, prefix := range []string{objectPrefix, duePrefix, blobPrefix} {
		keys, err := reg.keys(ctx, prefix, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if prefix == blobPrefix && len(keys) == len(h.barred) {
			continue
		}
		if len(keys) > 0 {
			t.Errorf("left: %v", keys)
		}
	}
}

// Sweeps amid events lose nothing that becomes due, and remove nothing that is kept.
func TestSweepAmidEvents(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 9))
		reg := reopen(t, newBooks())
		h := &history{rand: r, epoch: 1, barred: make(map[codec.BlobID]bool)}
		var mu sync.Mutex // a blob's lock, as the node has it: who looks, and who brings something
		held := make(map[codec.BlobID]bool)
		look := func(ctx context.Context, id codec.BlobID) (bool, error) {
			mu.Lock()
			defer mu.Unlock()
			b, err := reg.Blob(ctx, id)
			if err == nil && (!b.Kept(reg.Position().Epoch) || b.Barred != staking.NotBarred) {
				delete(held, id)
			}
			runtime.Gosched()
			return true, err
		}
		ended := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			for {
				select {
				case <-ended:
					return
				default:
				}
				if err := reg.Sweep(t.Context(), look); err != nil {
					t.Error(err)
					return
				}
			}
		})
		for range 300 {
			out, err := reg.Apply(t.Context(), staking.Batch{Next: reg.Position().Cursor + 1, Events: h.step()}, h.epoch)
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range out.Kept {
				mu.Lock()
				if b, err := reg.Blob(t.Context(), id); err == nil && b.Kept(h.epoch) && b.Barred == staking.NotBarred {
					held[id] = true
				}
				mu.Unlock()
			}
		}
		close(ended)
		wg.Wait()
		if err := reg.Sweep(t.Context(), look); err != nil {
			t.Fatal(err)
		}
		for i := range modelBlobs {
			id := modelBlob(i)
			if w := h.want(id); held[id] != (w.kept && !w.barred) {
				t.Errorf("seed %d: blob %d is held: %t, want %+v", seed, i, held[id], w)
			}
		}
	}
}

func reopen(t *testing.T, books datastore.Batching) *Registry {
	t.Helper()
	r, err := Open(t.Context(), books)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// check compares the registry with the model.
func (h *history) check(t *testing.T, r *Registry) {
	t.Helper()
	if p := r.Position(); p.Epoch != h.epoch && p.Epoch != 0 {
		t.Fatalf("epoch %d, want %d", p.Epoch, h.epoch)
	}
	for i := range modelBlobs {
		id := modelBlob(i)
		b, err := r.Blob(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		got := want{b.Registered(h.epoch), b.Kept(h.epoch), b.Barred != staking.NotBarred, b.Permanent > h.epoch}
		if w := h.want(id); got != w {
			t.Fatalf("blob %d in epoch %d: %+v, want %+v (%+v)", i, h.epoch, got, w, b)
		}
		if got.registered && b.Size != modelSize(id) {
			t.Fatalf("blob %d has size %d", i, b.Size)
		}
	}
	for _, o := range h.objects {
		got, err := r.Object(t.Context(), o.blob, o.id)
		if err != nil {
			t.Fatal(err)
		}
		if live := !o.deleted && o.end > h.epoch; got.Live(h.epoch) != live || live && (got.Certified != o.certified || got.Deletable != o.deletable || got.End != o.end) {
			t.Fatalf("object %s in epoch %d: %+v, want %+v", o.id, h.epoch, got, o)
		}
	}
}
