package node

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/ledger"
	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/stakingtest"
)

// anchored is a world whose node follows the chain.
type anchored struct {
	*world
	stop func()
}

// longest is more than the follower's pauses, and more than what it takes for fresh.
const longest = 2 * time.Minute

// objects that tests register.
var objectX, objectY = staking.ObjectID{1}, staking.ObjectID{2}

// newAnchored makes a node that follows the chain until stop or the end of the test.
func newAnchored(t *testing.T, change func(*Config)) *anchored {
	t.Helper()
	a := &anchored{world: newDeafWorld(t, change)}
	a.chain.Emit(staking.EpochStarted{Epoch: testEpoch}, staking.EpochReady{Epoch: testEpoch})
	a.run(t)
	return a
}

// run starts what Node.Start starts.
func (a *anchored) run(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for _, work := range []func(context.Context){a.follower.Run, a.sweep, a.expire} {
		wg.Go(func() { work(ctx) })
	}
	a.stop = sync.OnceFunc(func() { cancel(); wg.Wait() })
	t.Cleanup(a.stop)
	synctest.Wait()
}

// reborn stops the node and starts it over the same store.
func (a *anchored) reborn(t *testing.T) {
	t.Helper()
	a.stop()
	a.restart(t)
	a.run(t)
}

// emit tells the node something and lets it do what follows.
func (a *anchored) emit(events ...staking.Event) {
	a.chain.Emit(events...)
	settle()
}

// settle lets time pass until nothing is left to do at once.
func settle() {
	synctest.Wait()
	time.Sleep(2 * sweepPause)
	synctest.Wait()
}

// enter begins an epoch with the given committee.
func (a *anchored) enter(t *testing.T, epoch uint32, changing bool, members []staking.Member) {
	t.Helper()
	com, err := staking.NewCommittee(stakingtest.Network, epoch, testShards, members)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	a.chain.SetEpochs(&staking.Epochs{Current: com, Previous: a.com, Changing: changing, Start: now, End: now.Add(time.Hour)})
	a.com = com
	a.emit(staking.EpochStarted{Epoch: epoch})
}

// next begins the next epoch with the same members.
func (a *anchored) next(t *testing.T) {
	t.Helper()
	a.enter(t, a.com.Epoch()+1, false, stakingtest.Members(t, a.nodes, testShards))
}

func permanent(b *blob, object staking.ObjectID, epoch, end uint32) staking.Event {
	return staking.BlobRegistered{Registration: staking.Registration{Blob: b.id, Size: b.metadata.Length, Object: object, Epoch: epoch, End: end}}
}

func deletable(b *blob, object staking.ObjectID, epoch, end uint32) staking.Event {
	return staking.BlobRegistered{Registration: staking.Registration{
		Blob: b.id, Size: b.metadata.Length, Kind: staking.BlobKind{Deletable: true, Object: object}, Object: object, Epoch: epoch, End: end,
	}}
}

func certified(b *blob, object staking.ObjectID, epoch, end uint32) staking.Event {
	return staking.BlobCertified{Epoch: epoch, Blob: b.id, Kind: staking.BlobKind{Deletable: true, Object: object}, Object: object, End: end}
}

func deleted(b *blob, object staking.ObjectID, epoch, end uint32) staking.Event {
	return staking.BlobDeleted{Epoch: epoch, Blob: b.id, Object: object, End: end, Certified: true}
}

func (a *anchored) confirm(b *blob, kind staking.BlobKind) error {
	_, err := a.Confirm(context.Background(), writer, staking.Confirmation{Epoch: a.com.Epoch(), Blob: b.id, Kind: kind})
	return err
}

func onlyX() staking.BlobKind { return staking.BlobKind{Deletable: true, Object: objectX} }

// reads does what readers ask for and returns the refusals.
func (a *anchored) reads(b *blob) (errs []error) {
	ctx := context.Background()
	note := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	_, err := a.Metadata(ctx, "reader", b.id)
	note(err)
	ref := b.refs(a.own()[0])[0]
	_, err = a.OpenSliver(ctx, "reader", ref)
	note(err)
	_, err = a.SymbolSize(ctx, "reader", b.id)
	note(err)
	id := codec.SymbolID{Primary: uint16(ref.Index(a.params))}
	_, err = a.Symbols(ctx, "reader", request.SymbolQuery{Blob: b.id, IDs: []codec.SymbolID{id}, Target: codec.Secondary})
	note(err)
	target := request.TargetRef{Blob: b.id, Axis: codec.Secondary, Index: a.params.SliverIndex(a.params.ShardPair(b.id, 1), codec.Secondary)}
	_, err = a.AdmitTarget(ctx, a.com.Member(1).PeerID, target)
	note(err)
	_, err = a.TargetSymbols(ctx, a.com.Member(1).PeerID, target, 10)
	note(err)
	return errs
}

const allReads = 6

// refused checks that every read is refused with a status, or none is when it is OK.
func (a *anchored) refused(t *testing.T, b *blob, want request.Status) {
	t.Helper()
	errs := a.reads(b)
	if want == request.OK {
		if len(errs) > 0 {
			t.Errorf("reads are refused: %v", errs)
		}
		return
	}
	if len(errs) != allReads {
		t.Errorf("%d of %d reads were refused: %v", len(errs), allReads, errs)
	}
	for _, err := range errs {
		if !errors.Is(err, want) {
			t.Errorf("read: %v, want %v", err, want)
		}
	}
}

// gone checks that nothing of a blob is left.
func (a *anchored) gone(t *testing.T, b *blob) {
	t.Helper()
	if n := a.slivers(t, b); n != 0 {
		t.Errorf("%d slivers are left", n)
	}
	if _, err := a.store.Metadata(context.Background(), b.id); err == nil {
		t.Error("the metadata are left")
	}
	if _, ok, err := a.ledger.Confirmed(context.Background(), b.id); ok || err != nil {
		t.Errorf("its confirmation is left: %t, %v", ok, err)
	}
	if a.ledger.Pending(b.id) {
		t.Error("it is pending")
	}
}

// slivers counts what is held of a blob.
func (a *anchored) slivers(t *testing.T, b *blob) int {
	t.Helper()
	n, err := a.held(context.Background(), a.own(), b.id)
	if err != nil {
		t.Fatal(err)
	}
	return n[0] + n[1]
}

// An upload that outruns the event of its registration is taken, and waits: nothing of it is confirmed, announced or served.
func TestUploadOutrunsRegistration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnchored(t, func(c *Config) { c.PeerPendingBlobs = 1 })
		b := newBlob(t, 1, 5000)
		a.put(t, writer, b)
		a.refused(t, b, request.NotRegistered)
		if err := a.confirm(b, onlyX()); !errors.Is(err, request.NotRegistered) || request.NotRegistered.Advice() != request.Wait {
			t.Errorf("confirmed ahead: %v", err)
		}
		if s, err := a.BlobStatus(t.Context(), writer, b.id); err != nil || !s.Pending || s.Registered || s.Confirmed {
			t.Errorf("ahead: %+v, %v", s, err)
		}
		mustPut(t, a.world, writer, newBlob(t, 2, 100), request.Full) // it counts against who brought it
		a.reborn(t)
		a.refused(t, b, request.NotRegistered)

		a.emit(deletable(b, objectX, testEpoch, testEpoch+5))
		a.refused(t, b, request.OK)
		if s, err := a.BlobStatus(t.Context(), writer, b.id); err != nil || s.Pending || !s.Registered || s.EndEpoch != testEpoch+5 {
			t.Errorf("registered: %+v, %v", s, err)
		}
		if u := a.ledger.Use(); u != (ledger.Share{}) {
			t.Errorf("a registered blob is accounted for: %+v", u)
		}
		if n := len(a.announcer.queue); n != 0 {
			t.Errorf("%d blobs were announced before a confirmation", n)
		}
		mustPut(t, a.world, writer, newBlob(t, 2, 100), nil)
		if err := a.confirm(b, onlyX()); err != nil || len(a.announcer.queue) != 1 {
			t.Errorf("confirmed: %v, %d announced", err, len(a.announcer.queue))
		}
		// A blob that is known to be registered is nobody's.
		known := newBlob(t, 3, 100)
		a.emit(permanent(known, objectY, testEpoch, testEpoch+1))
		a.put(t, writer, known)
		if a.ledger.Pending(known.id) {
			t.Error("a registered blob is pending")
		}
	})
}

func TestUploadWithoutRegistrationGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnchored(t, nil)
		b, other := newBlob(t, 1, 500), newBlob(t, 2, 500)
		a.put(t, writer, b)
		a.put(t, writer, other)
		time.Sleep(DefaultPendingIdle / 2)
		a.emit(permanent(other, objectX, testEpoch, testEpoch+5))
		time.Sleep(DefaultPendingIdle)
		settle()
		a.gone(t, b)
		a.refused(t, b, request.NotFound)
		a.refused(t, other, request.OK)
	})
}

// A registration with another size is not that of the blob.
func TestSizeMismatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnchored(t, nil)
		early, late := newBlob(t, 1, 500), newBlob(t, 2, 500)
		a.put(t, writer, early)
		for i, b := range []*blob{early, late} {
			a.emit(staking.BlobRegistered{Registration: staking.Registration{
				Blob: b.id, Size: b.metadata.Length + 1, Object: staking.ObjectID{byte(i)}, Epoch: testEpoch, End: testEpoch + 5,
			}})
		}
		mustPut(t, a.world, writer, late, request.NotRegistered)
		a.refused(t, early, request.NotRegistered)
		if err := a.confirm(early, staking.BlobKind{}); !errors.Is(err, request.NotRegistered) {
			t.Errorf("confirm: %v", err)
		}
		ref := early.refs(a.own()[0])[0]
		if err := a.PutSliver(t.Context(), writer, ref, early.body(ref)); !errors.Is(err, request.NotRegistered) {
			t.Errorf("a further sliver: %v", err)
		}
		time.Sleep(2 * DefaultPendingIdle)
		settle()
		a.gone(t, early)
	})
}

func TestConfirmationsByKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnchored(t, nil)
		perm, del, both := newBlob(t, 1, 500), newBlob(t, 2, 500), newBlob(t, 3, 500)
		kindY := staking.BlobKind{Deletable: true, Object: objectY}
		a.emit(permanent(perm, objectX, testEpoch, testEpoch+2), deletable(del, objectX, testEpoch, testEpoch+2),
			permanent(both, objectX, testEpoch, testEpoch+2), deletable(both, objectY, testEpoch, testEpoch+9))
		for _, b := range []*blob{perm, del, both} {
			a.put(t, writer, b)
		}
		for name, tc := range map[string]struct {
			blob *blob
			kind staking.BlobKind
			ok   bool
		}{
			"permanent":                 {perm, staking.BlobKind{}, true},
			"permanent as deletable":    {perm, onlyX(), false},
			"deletable":                 {del, onlyX(), true},
			"deletable as permanent":    {del, staking.BlobKind{}, false},
			"deletable, another object": {del, kindY, false},
			"both, permanent":           {both, staking.BlobKind{}, true},
			"both, deletable":           {both, kindY, true},
			"both, other object":        {both, onlyX(), false},
		} {
			err := a.confirm(tc.blob, tc.kind)
			if tc.ok && err != nil || !tc.ok && !errors.Is(err, request.NotRegistered) {
				t.Errorf("%s: %v", name, err)
			}
		}
		// What was signed before is not given out when it is over.
		a.emit(deleted(del, objectX, testEpoch, testEpoch+2))
		if err := a.confirm(del, onlyX()); !errors.Is(err, request.NotRegistered) {
			t.Errorf("deleted: %v", err)
		}
		a.emit(certified(both, objectY, testEpoch, testEpoch+9))
		a.next(t)
		a.next(t)
		if err := a.confirm(both, staking.BlobKind{}); !errors.Is(err, request.NotRegistered) {
			t.Errorf("the permanent object ended: %v", err)
		}
		if err := a.confirm(both, kindY); err != nil {
			t.Errorf("the deletable one did not: %v", err)
		}
	})
}

// Blobs stay as long as a certified object keeps them; without a certificate to the end of the epoch after the registration.
func TestEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnchored(t, nil)
		never, short, long := newBlob(t, 1, 500), newBlob(t, 2, 500), newBlob(t, 3, 500)
		for _, b := range []*blob{never, short, long} {
			a.emit(deletable(b, objectX, testEpoch, testEpoch+3))
			a.put(t, writer, b)
			if err := a.confirm(b, onlyX()); err != nil {
				t.Fatal(err)
			}
		}
		a.emit(certified(short, objectX, testEpoch, testEpoch+3), certified(long, objectX, testEpoch, testEpoch+3))
		a.next(t)
		a.refused(t, never, request.OK)
		a.next(t) // its deposit is lost
		a.gone(t, never)
		a.emit(staking.BlobCertified{Epoch: testEpoch + 2, Blob: long.id, Kind: onlyX(), Object: objectX, End: testEpoch + 4, Extended: true})
		a.reborn(t)
		a.refused(t, short, request.OK)
		a.next(t)
		a.gone(t, short)
		a.refused(t, short, request.NotFound)
		a.refused(t, long, request.OK)
		a.next(t)
		a.gone(t, long)
		if n := count(t, a.metrics.ended); n != 2 { // since the node was started again
			t.Errorf("%v blobs ended", n)
		}
	})
}

// A writer may come late: what he brings is his to account for, and kept to the end of the epoch in which it was confirmed.
func TestLateUpload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnchored(t, nil)
		used, unused := newBlob(t, 1, 500), newBlob(t, 2, 500)
		a.emit(deletable(used, objectX, testEpoch, testEpoch+9), deletable(unused, objectY, testEpoch, testEpoch+9))
		for range 4 {
			a.next(t)
		}
		for _, b := range []*blob{used, unused} {
			a.put(t, writer, b)
			if !a.ledger.Pending(b.id) {
				t.Error("a late blob counts against nobody")
			}
		}
		if err := a.confirm(used, onlyX()); err != nil {
			t.Fatal(err)
		}
		if err := a.confirm(unused, staking.BlobKind{Deletable: true, Object: objectY}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * DefaultPendingIdle)
		settle()
		a.refused(t, used, request.OK)
		a.refused(t, unused, request.OK)
		a.emit(certified(used, objectX, testEpoch+4, testEpoch+9))
		a.next(t)
		a.gone(t, unused)
		a.refused(t, used, request.OK)
	})
}

// A deleted blob leaves, unless it is registered again, before or after the node came to remove it.
func TestDeleteAndRegisterAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnchored(t, nil)
		b := newBlob(t, 1, 500)
		first := func() {
			a.emit(deletable(b, objectX, testEpoch, testEpoch+9))
			a.put(t, writer, b)
			a.emit(certified(b, objectX, testEpoch, testEpoch+9))
		}
		again := staking.BlobKind{Deletable: true, Object: objectY}
		first()
		a.emit(deleted(b, objectX, testEpoch, testEpoch+9), deletable(b, objectY, testEpoch, testEpoch+9))
		a.refused(t, b, request.OK)
		if err := a.confirm(b, again); err != nil {
			t.Errorf("what was there already: %v", err)
		}
		a.emit(deleted(b, objectY, testEpoch, testEpoch+9))
		a.gone(t, b)
		a.emit(deletable(b, objectX, testEpoch, testEpoch+9)) // an old event once more
		if err := a.putMetadata(writer, b); err != nil || !a.ledger.Pending(b.id) {
			t.Errorf("an object that was deleted is taken for registered: %v", err)
		}

		// It is put again between the deletion and its removal, ahead of the second registration.
		b = newBlob(t, 2, 500)
		first()
		a.stop()
		if _, err := a.registry.Apply(t.Context(), staking.Batch{Next: 100, Events: []staking.Event{deleted(b, objectX, testEpoch, testEpoch+9)}}, testEpoch); err != nil {
			t.Fatal(err)
		}
		ref := b.refs(a.own()[0])[0]
		if err := a.AdmitSliver(t.Context(), writer, ref, int64(len(b.body(ref)))); !errors.Is(err, request.NotRegistered) {
			t.Errorf("a sliver of a blob that is about to go: %v", err)
		}
		if err := a.putMetadata(writer, b); err != nil || !a.ledger.Pending(b.id) {
			t.Errorf("put again: %v", err)
		}
		if err := a.registry.Sweep(t.Context(), a.look); err != nil {
			t.Fatal(err)
		}
		if n := a.slivers(t, b); n != 6 {
			t.Errorf("%d slivers are left of a blob that came again", n)
		}
		if _, err := a.registry.Apply(t.Context(), staking.Batch{Next: 101, Events: []staking.Event{deletable(b, objectY, testEpoch, testEpoch+9)}}, testEpoch); err != nil {
			t.Fatal(err)
		}
		a.restart(t) // before the ledger was told
		if a.ledger.Pending(b.id) {
			t.Error("a registered blob is pending after the restart")
		}
		if err := a.confirm(b, again); err != nil {
			t.Errorf("confirm: %v", err)
		}
	})
}

// A blob that is barred is neither served, to whoever is reading it, nor taken, and leaves.
func TestBarredWhileRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnchored(t, nil)
		b := newBlob(t, 1, 5000)
		a.emit(permanent(b, objectX, testEpoch, testEpoch+9))
		a.put(t, writer, b)
		if err := a.confirm(b, staking.BlobKind{}); err != nil {
			t.Fatal(err)
		}
		ref := b.refs(a.own()[0])[0]
		r, err := a.OpenSliver(t.Context(), "reader", ref)
		if err != nil {
			t.Fatal(err)
		}
		part := make([]byte, 10)
		if _, err := r.ReadAt(part, 0); err != nil {
			t.Fatal(err)
		}
		a.chain.Emit(staking.BlobBarred{Epoch: testEpoch, Blob: b.id, Why: staking.Inconsistent})
		synctest.Wait()
		if _, err := r.ReadAt(part, 10); !errors.Is(err, request.Forbidden) || !strings.Contains(err.Error(), "inconsistent") {
			t.Errorf("read on: %v", err)
		}
		a.refused(t, b, request.Forbidden)
		if err := a.confirm(b, staking.BlobKind{}); !errors.Is(err, request.Forbidden) {
			t.Errorf("confirm: %v", err)
		}
		mustPut(t, a.world, writer, b, request.Forbidden)
		if err := a.AdmitSliver(t.Context(), writer, ref, int64(len(b.body(ref)))); err == nil {
			t.Error("a sliver is taken")
		}
		settle()
		a.gone(t, b)
		pending := newBlob(t, 2, 500)
		a.put(t, writer, pending)
		a.emit(staking.BlobBarred{Epoch: testEpoch, Blob: pending.id, Why: staking.Denied})
		a.gone(t, pending)
		a.reborn(t)
		mustPut(t, a.world, writer, b, request.Forbidden)
	})
}

// Writes go by the current committee from its first moment, reads by both while shards move; who is in neither serves.
func TestEpochChangeAmidUploads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnchored(t, nil)
		b, old := newBlob(t, 1, 500), newBlob(t, 2, 500)
		a.emit(permanent(b, objectX, testEpoch, testEpoch+9), permanent(old, objectY, testEpoch, testEpoch+9))
		a.put(t, writer, old)
		a.emit(staking.BlobCertified{Epoch: testEpoch, Blob: old.id, Object: objectY, End: testEpoch + 9})
		if err := a.putMetadata(writer, b); err != nil {
			t.Fatal(err)
		}
		refs := b.refs(0, 4, 8, 1)
		if err := a.putSliver(writer, refs[0], b.body(refs[0])); err != nil {
			t.Fatal(err)
		}
		// Node 0 gives shard 0 to node 1, and gets shard 1.
		members := stakingtest.Members(t, a.nodes, testShards)
		members[0].Shards, members[1].Shards = []int{1, 4, 8}, []int{0, 5, 9}
		a.enter(t, testEpoch+1, true, members)
		if err := a.putSliver(writer, refs[1], b.body(refs[1])); !errors.Is(err, request.WrongShard) {
			t.Errorf("a sliver of a shard that moved: %v", err)
		}
		for _, ref := range refs[2:] {
			if err := a.putSliver(writer, ref, b.body(ref)); err != nil {
				t.Errorf("sliver %s: %v", ref, err)
			}
		}
		if _, err := a.Confirm(t.Context(), writer, staking.Confirmation{Epoch: testEpoch, Blob: b.id}); !errors.Is(err, request.WrongEpoch) {
			t.Errorf("for the epoch before: %v", err)
		}
		if err := a.confirm(b, staking.BlobKind{}); err != nil {
			t.Errorf("for the new one: %v", err)
		}
		if err := a.confirm(old, staking.BlobKind{}); !errors.Is(err, request.MissingSlivers) {
			t.Errorf("without the shard that came: %v", err)
		}
		open := func(ref request.SliverRef, want error) {
			t.Helper()
			if _, err := a.OpenSliver(t.Context(), "reader", ref); !errors.Is(err, want) {
				t.Errorf("read %s: %v, want %v", ref, err, want)
			}
		}
		open(old.refs(0)[0], nil)
		open(b.refs(0)[1], request.NotFound) // not here, and could be
		open(b.refs(2)[0], request.WrongShard)
		target := request.TargetRef{Blob: old.id, Axis: codec.Secondary, Index: a.params.SliverIndex(a.params.ShardPair(old.id, 0), codec.Secondary)}
		for i, want := range map[int]error{0: nil, 1: nil, 2: request.Forbidden} {
			if n, err := a.AdmitTarget(t.Context(), a.com.Member(i).PeerID, target); !errors.Is(err, want) || err == nil && n != 3 {
				t.Errorf("symbols for shard 0 to node %d: %d, %v", i, n, err)
			}
		}
		a.enter(t, testEpoch+2, false, members)
		open(b.refs(0)[1], request.WrongShard)

		// Out of the committee.
		members[1].Shards = []int{0, 1, 4, 5, 8, 9}
		a.enter(t, testEpoch+3, false, members[1:])
		open(old.refs(4)[0], nil)
		mustPut(t, a.world, writer, newBlob(t, 3, 100), request.WrongShard)
		if err := a.confirm(b, staking.BlobKind{}); !errors.Is(err, request.WrongShard) {
			t.Errorf("confirm: %v", err)
		}
		if s, err := a.NodeStatus(t.Context(), writer); err != nil || s.AcceptsPuts || !strings.Contains(s.PutsRefused, "not in the committee of epoch 10") {
			t.Errorf("status: %+v, %v", s, err)
		}
		// What leaves, leaves with all shards that it ever came for.
		a.emit(staking.BlobBarred{Epoch: testEpoch + 3, Blob: old.id, Why: staking.Denied}, staking.BlobBarred{Epoch: testEpoch + 3, Blob: b.id, Why: staking.Denied})
		if u := a.store.Usage(); u.Slivers != 0 {
			t.Errorf("%d slivers are left", u.Slivers)
		}
	})
}

var errAway = errors.New("endpoint unreachable")

// Without the chain the node goes on with what it knows, signs until the epoch may be over, and says how it is.
func TestChainAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnchored(t, nil)
		b, outrun := newBlob(t, 1, 500), newBlob(t, 2, 500)
		a.emit(permanent(b, objectX, testEpoch, testEpoch+9))
		if s, err := a.NodeStatus(t.Context(), writer); err != nil || s.ChainProblem != "" || s.ChainLag > stakingtest.Heartbeat || s.ChainCursor != 2 {
			t.Errorf("well: %+v, %v", s, err)
		}
		a.chain.Fail(errAway)
		time.Sleep(30 * time.Minute)
		s, err := a.NodeStatus(t.Context(), writer)
		if err != nil || !strings.Contains(s.ChainProblem, "unreachable") || s.ChainLag < 29*time.Minute || !s.AcceptsPuts {
			t.Errorf("away: %+v, %v", s, err)
		}
		a.put(t, writer, b)
		a.refused(t, b, request.OK)
		if err := a.confirm(b, staking.BlobKind{}); err != nil {
			t.Errorf("before the end of the epoch: %v", err)
		}
		a.put(t, writer, outrun)
		if err := a.confirm(outrun, staking.BlobKind{}); !errors.Is(err, request.NotRegistered) {
			t.Errorf("what is not known: %v", err)
		}
		time.Sleep(time.Hour)
		if err := a.confirm(b, staking.BlobKind{}); !errors.Is(err, request.WrongEpoch) || !strings.Contains(err.Error(), "was to end") {
			t.Errorf("after its scheduled end: %v", err)
		}
		a.refused(t, b, request.OK)
		a.chain.Fail(nil)
		time.Sleep(longest)
		synctest.Wait()
		if err := a.confirm(b, staking.BlobKind{}); err != nil {
			t.Errorf("the epoch goes on, and the chain is heard: %v", err)
		}
		if s, err := a.NodeStatus(t.Context(), writer); err != nil || s.ChainProblem != "" || s.ChainLag > stakingtest.Heartbeat {
			t.Errorf("back: %+v, %v", s, err)
		}
		// An endpoint that answers and stands still is no better.
		a.chain.Quiet(true)
		time.Sleep(longest)
		if err := a.confirm(b, staking.BlobKind{}); !errors.Is(err, request.WrongEpoch) {
			t.Errorf("standing still: %v", err)
		}
	})
}

// Events of an epoch that the state has not reached end nothing, and are taken once it has.
func TestEventsAheadOfTheState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnchored(t, nil)
		b := newBlob(t, 1, 500)
		a.emit(permanent(b, objectX, testEpoch, testEpoch+1))
		a.put(t, writer, b)
		a.emit(staking.EpochStarted{Epoch: testEpoch + 1})
		time.Sleep(time.Hour)
		a.refused(t, b, request.OK)
		if s, err := a.NodeStatus(t.Context(), writer); err != nil || !strings.Contains(s.ChainProblem, "ahead") {
			t.Errorf("status: %+v, %v", s, err)
		}
		a.next(t)
		time.Sleep(longest)
		settle()
		a.gone(t, b)
	})
}

// When the chain forgot what the node has not heard, it asks about everything, removes nothing before, and goes on.
func TestPruned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnchored(t, nil)
		kept, over, barred, pending := newBlob(t, 1, 500), newBlob(t, 2, 500), newBlob(t, 3, 500), newBlob(t, 4, 500)
		for _, b := range []*blob{kept, over, barred} {
			a.emit(deletable(b, objectX, testEpoch, testEpoch+2))
			a.put(t, writer, b)
			a.emit(certified(b, objectX, testEpoch, testEpoch+2))
		}
		a.put(t, writer, pending)
		a.stop()
		a.chain.Emit(staking.BlobCertified{Epoch: testEpoch, Blob: kept.id, Kind: onlyX(), Object: objectX, End: testEpoch + 9, Extended: true},
			deleted(over, objectX, testEpoch, testEpoch+2), staking.BlobBarred{Epoch: testEpoch, Blob: barred.id, Why: staking.Denied})
		a.chain.Prune()
		a.chain.SetBlob(kept.id, staking.BlobState{Size: 500, Certified: testEpoch, End: testEpoch + 9})
		a.chain.SetBlob(over.id, staking.BlobState{Size: 500, Certified: testEpoch})
		a.chain.SetBlob(barred.id, staking.BlobState{Size: 500, Certified: testEpoch, End: testEpoch + 2, Barred: staking.Denied})
		a.chain.Slow(2 * time.Second)
		a.restart(t)
		a.run(t)
		time.Sleep(4 * time.Second) // it is sure that history is gone, and the answers are under way
		a.refused(t, kept, request.OK)
		a.refused(t, over, request.OK)
		if s, err := a.NodeStatus(t.Context(), writer); err != nil || !strings.Contains(s.ChainProblem, "missed") {
			t.Errorf("status: %+v, %v", s, err)
		}
		a.chain.Slow(0)
		time.Sleep(10 * time.Second)
		settle()
		if a.registry.Position().Gap {
			t.Error("the gap is open")
		}
		a.gone(t, over)
		a.gone(t, barred)
		a.refused(t, pending, request.NotRegistered)
		for range 4 {
			a.next(t)
		}
		a.refused(t, kept, request.OK)
		// An object that the node never heard of is what kept it: its deletion is asked about.
		a.chain.SetBlob(kept.id, staking.BlobState{Size: 500, Certified: testEpoch})
		a.emit(deleted(kept, objectX, testEpoch+4, testEpoch+9))
		settle()
		a.gone(t, kept)
	})
}

// A node without books of the chain removes of what it holds what the chain does not know.
func TestHeldWithoutRegistration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, known, unknown := newWorld(t, nil), newBlob(t, 1, 500), newBlob(t, 2, 500)
		a := &anchored{world: newDeafWorld(t, nil)}
		for _, b := range []*blob{known, unknown} {
			w.register(t, b)
			w.put(t, writer, b)
			if err := a.store.PutMetadata(t.Context(), b.id, b.metadata.AppendBCS(nil)); err != nil {
				t.Fatal(err)
			}
			for _, ref := range b.refs(a.own()...) {
				if err := a.store.Put(t.Context(), a.storeKey(ref), b.sliver(ref).SymbolSize, b.body(ref)); err != nil {
					t.Fatal(err)
				}
			}
		}
		a.chain.SetBlob(known.id, staking.BlobState{Size: known.metadata.Length, Certified: testEpoch, End: registeredUntil})
		a.restart(t) // it finds what it holds
		a.run(t)
		settle()
		a.gone(t, unknown)
		a.refused(t, known, request.OK)
	})
}

// The chain is away when the node starts: it serves, and knows its network.
func TestStartWithoutChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnchored(t, nil)
		b := newBlob(t, 1, 500)
		a.emit(permanent(b, objectX, testEpoch, testEpoch+9))
		a.put(t, writer, b)
		a.chain.Fail(errAway)
		a.chain.SetEpochs(nil)
		a.reborn(t)
		if _, err := a.Metadata(t.Context(), "reader", b.id); err != nil {
			t.Errorf("metadata: %v", err)
		}
		if _, err := a.OpenSliver(t.Context(), "reader", b.refs(a.own()[0])[0]); err != nil {
			t.Errorf("sliver: %v", err)
		}
		if err := a.confirm(b, staking.BlobKind{}); !errors.Is(err, request.WrongEpoch) {
			t.Errorf("confirm: %v", err)
		}
		mustPut(t, a.world, writer, newBlob(t, 2, 100), request.WrongEpoch)
		if s, err := a.NodeStatus(t.Context(), writer); err != nil || s.Network != stakingtest.Network || s.Shards != testShards || s.AcceptsPuts {
			t.Errorf("status: %+v, %v", s, err)
		}
		// Nor does it take another network for its own.
		com, err := staking.NewCommittee("other", testEpoch, testShards, stakingtest.Members(t, a.nodes, testShards))
		if err != nil {
			t.Fatal(err)
		}
		a.chain.SetEpochs(&staking.Epochs{Current: com})
		mustPut(t, a.world, writer, newBlob(t, 2, 100), request.WrongEpoch)
		if _, err := newCustody(t.Context(), &a.cfg); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), `"other"`) {
			t.Errorf("another network: %v", err)
		}
		empty := Config{Chain: stakingtest.NewChain(nil), Host: a.cfg.Host, Store: newWorld(t, nil).store, Key: a.cfg.Key, Logger: quiet}
		if _, err := newCustody(t.Context(), &empty); err != nil {
			t.Errorf("a used store without a chain: %v", err)
		}
	})
}

// What the chain says and cannot be is counted, and left out.
func TestContradictingChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnchored(t, nil)
		b := newBlob(t, 1, 500)
		wrong := permanent(b, objectY, testEpoch, testEpoch+9).(staking.BlobRegistered)
		wrong.Size++
		a.emit(permanent(b, objectX, testEpoch, testEpoch+9), wrong)
		if n := count(t, a.metrics.contradictions); n != 1 {
			t.Errorf("%v contradictions", n)
		}
		a.put(t, writer, b)
		if err := a.confirm(b, staking.BlobKind{}); err != nil {
			t.Error(err)
		}
	})
}

// failingStore fails to delete slivers.
type failingStore struct {
	Store
	fails bool
}

func (f *failingStore) Delete(ctx context.Context, key store.Key) error {
	if f.fails {
		return errors.New("the disk refuses")
	}
	return f.Store.Delete(ctx, key)
}

// A removal that was cut short is done again, also by the next process.
func TestRemovalOfEndedIsResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var st *failingStore
		a := newAnchored(t, func(c *Config) { st = &failingStore{Store: c.Store, fails: true}; c.Store = st })
		b := newBlob(t, 1, 500)
		a.emit(deletable(b, objectX, testEpoch, testEpoch+1))
		a.put(t, peer.ID("w"), b)
		a.next(t)
		if n := a.slivers(t, b); n != 6 {
			t.Errorf("%d slivers are left", n)
		}
		a.refused(t, b, request.NotFound)
		a.stop()
		st.fails = false
		a.reborn(t)
		settle()
		a.gone(t, b)
		if n := count(t, a.metrics.ended); n != 1 {
			t.Errorf("%v blobs ended", n)
		}
	})
}

// Much that ends at once leaves at a rate.
func TestRemovalRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnchored(t, nil)
		const blobs = 400 // of 6 slivers
		var events []staking.Event
		for i := range blobs {
			b := newBlob(t, byte(i), 100+i)
			events = append(events, permanent(b, staking.ObjectID{byte(i)}, testEpoch, testEpoch+1))
			a.put(t, writer, b)
		}
		a.emit(events...)
		a.next(t) // some seconds pass
		if u := a.store.Usage(); u.Slivers == 0 {
			t.Error("everything left at once")
		}
		time.Sleep(blobs * 6 * time.Second / removalRate)
		settle()
		if u := a.store.Usage(); u.Slivers != 0 {
			t.Errorf("%d slivers are left", u.Slivers)
		}
	})
}
