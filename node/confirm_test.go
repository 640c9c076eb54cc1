package node

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/floe-network/floe/node/ledger"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
)

func TestConfirmOnlyWhatIsComplete(t *testing.T) {
	w, b := newWorld(t, nil), newBlob(t, 1, 5000)
	w.registerLongAgo(t, b) // so that it is pending until it is confirmed
	w.hear(t, deletable(b, objectX, testEpoch-4, registeredUntil))
	ctx := context.Background()
	conf := staking.Confirmation{Epoch: testEpoch, Blob: b.id}
	if _, err := w.Confirm(ctx, writer, conf); !errors.Is(err, request.NotFound) {
		t.Errorf("without metadata: %v", err)
	}
	if err := w.putMetadata(writer, b); err != nil {
		t.Fatal(err)
	}
	for _, ref := range b.refs(w.own()...) {
		if _, err := w.Confirm(ctx, writer, conf); !errors.Is(err, request.MissingSlivers) {
			t.Errorf("before sliver %s: %v", ref, err)
		}
		if !w.ledger.Pending(b.id) {
			t.Error("the blob is not pending")
		}
		if err := w.putSliver(writer, ref, b.body(ref)); err != nil {
			t.Fatal(err)
		}
	}
	sig, err := w.Confirm(ctx, writer, conf)
	if err != nil {
		t.Fatal(err)
	}
	if err := bls.Verify(w.com.Member(0).PublicKey, conf.Bytes(), sig); err != nil {
		t.Error(err)
	}
	if w.ledger.Pending(b.id) || w.ledger.Use() != (ledger.Share{}) {
		t.Errorf("a confirmed blob is pending: %+v", w.ledger.Use())
	}
	asDeletable := conf
	asDeletable.Kind = onlyX()
	sig, err = w.Confirm(ctx, writer, asDeletable)
	if err != nil {
		t.Fatal(err)
	}
	if err := bls.Verify(w.com.Member(0).PublicKey, asDeletable.Bytes(), sig); err != nil {
		t.Errorf("deletable: %v", err)
	}
	for _, epoch := range []uint32{0, testEpoch - 1, testEpoch + 1} {
		_, err := w.Confirm(ctx, writer, staking.Confirmation{Epoch: epoch, Blob: b.id})
		if !errors.Is(err, request.WrongEpoch) || !strings.Contains(err.Error(), "the current one is 7") {
			t.Errorf("epoch %d: %v", epoch, err)
		}
	}
	if n := len(w.announcer.queue); n != 1 {
		t.Errorf("%d blobs wait to be announced, want 1", n)
	}
	s, err := w.BlobStatus(ctx, writer, b.id)
	want := request.BlobStatus{Metadata: true, Confirmed: true, Shards: 3, PrimaryHeld: 3, SecondaryHeld: 3, Registered: true, EndEpoch: registeredUntil}
	if err != nil || s != want {
		t.Errorf("status %+v, %v, want %+v", s, err, want)
	}
}

// Many callers at once cost one signature.
func TestConfirmFlood(t *testing.T) {
	w, b := newWorld(t, nil), newBlob(t, 1, 500)
	w.register(t, b)
	w.put(t, writer, b)
	conf := staking.Confirmation{Epoch: testEpoch, Blob: b.id}
	var wg sync.WaitGroup
	var mu sync.Mutex
	seen := make(map[[bls.SignatureSize]byte]bool)
	for range 100 {
		wg.Go(func() {
			sig, err := w.Confirm(context.Background(), writer, conf)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			seen[sig.Bytes()] = true
		})
	}
	wg.Wait()
	if n := count(t, w.metrics.confirmations); n != 1 || len(seen) != 1 {
		t.Errorf("%v signatures made, %d different", n, len(seen))
	}
}

// A confirmation holds after a restart, and the node signs for a new epoch without getting anything again.
func TestConfirmAfterRestartAndEpochChange(t *testing.T) {
	w, b := newWorld(t, nil), newBlob(t, 1, 500)
	w.register(t, b)
	w.put(t, writer, b)
	ctx := context.Background()
	conf := staking.Confirmation{Epoch: testEpoch, Blob: b.id}
	before, err := w.Confirm(ctx, writer, conf)
	if err != nil {
		t.Fatal(err)
	}
	w.restart(t)
	if s, err := w.BlobStatus(ctx, writer, b.id); err != nil || !s.Confirmed || s.Pending {
		t.Errorf("status after the restart: %+v, %v", s, err)
	}
	after, err := w.Confirm(ctx, writer, conf)
	if err != nil || after.Bytes() != before.Bytes() {
		t.Errorf("the signature changed, %v", err)
	}
	if n := len(w.announcer.queue); n != 0 {
		t.Errorf("%d blobs are announced again", n)
	}

	next, err := staking.NewCommittee(w.com.Network(), testEpoch+1, testShards, []staking.Member{*w.com.Member(0), *w.com.Member(1), *w.com.Member(2), *w.com.Member(3)})
	if err != nil {
		t.Fatal(err)
	}
	w.appoint(next)
	w.hear(t, staking.EpochStarted{Epoch: testEpoch + 1})
	if _, err := w.Confirm(ctx, writer, conf); !errors.Is(err, request.WrongEpoch) {
		t.Errorf("a cached signature of the old epoch: %v", err)
	}
	if s, err := w.BlobStatus(ctx, writer, b.id); err != nil || s.Confirmed {
		t.Errorf("status in the new epoch: %+v, %v", s, err)
	}
	if _, err := w.Confirm(ctx, writer, staking.Confirmation{Epoch: testEpoch + 1, Blob: b.id}); err != nil {
		t.Errorf("in the new epoch: %v", err)
	}
}

// A blob that lost a sliver after its confirmation is not confirmed for another kind, and can be completed again.
func TestConfirmAfterLoss(t *testing.T) {
	w, b := newWorld(t, nil), newBlob(t, 1, 500)
	w.register(t, b)
	w.hear(t, deletable(b, objectX, testEpoch, registeredUntil))
	w.put(t, writer, b)
	ctx := context.Background()
	if _, err := w.Confirm(ctx, writer, staking.Confirmation{Epoch: testEpoch, Blob: b.id}); err != nil {
		t.Fatal(err)
	}
	ref := b.refs(w.own()[0])[0]
	if err := w.store.Delete(ctx, w.storeKey(ref)); err != nil {
		t.Fatal(err)
	}
	other := staking.Confirmation{Epoch: testEpoch, Blob: b.id, Kind: onlyX()}
	if _, err := w.Confirm(ctx, writer, other); !errors.Is(err, request.MissingSlivers) {
		t.Errorf("with a sliver missing: %v", err)
	}
	if err := w.putSliver(writer, ref, b.body(ref)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Confirm(ctx, writer, other); err != nil {
		t.Errorf("complete again: %v", err)
	}
	// Lost metadata come back without a reservation: the blob is registered and is not to be removed.
	if err := w.store.DeleteMetadata(ctx, b.id); err != nil {
		t.Fatal(err)
	}
	w.metadata.Remove(b.id)
	if err := w.putMetadata(writer, b); err != nil {
		t.Fatal(err)
	}
	if w.ledger.Pending(b.id) {
		t.Error("a registered blob became pending")
	}
}

func TestBlobStatus(t *testing.T) {
	w, b := newWorld(t, nil), newBlob(t, 1, 500)
	ctx := context.Background()
	if s, err := w.BlobStatus(ctx, writer, b.id); err != nil || s != (request.BlobStatus{Shards: 3}) {
		t.Errorf("unknown: %+v, %v", s, err)
	}
	if err := w.putMetadata(writer, b); err != nil {
		t.Fatal(err)
	}
	for _, ref := range b.refs(w.own()[:2]...)[:3] { // both of the first shard, the primary of the second
		if err := w.putSliver(writer, ref, b.body(ref)); err != nil {
			t.Fatal(err)
		}
	}
	want := request.BlobStatus{Metadata: true, Pending: true, Shards: 3, PrimaryHeld: 2, SecondaryHeld: 1}
	if s, err := w.BlobStatus(ctx, writer, b.id); err != nil || s != want {
		t.Errorf("half there: %+v, %v, want %+v", s, err, want)
	}
	ns, err := w.NodeStatus(ctx, writer)
	if err != nil || !ns.AcceptsPuts || ns.PutsRefused != "" || ns.Version != "1.2.3" || ns.Epoch != testEpoch || ns.Shards != testShards ||
		len(ns.ShardsHeld) != 3 || ns.UsedBytes == 0 || ns.Peers != 2 || ns.Network != "test" {
		t.Errorf("node status: %+v, %v", ns, err)
	}
}

func BenchmarkConfirmCached(b *testing.B) {
	w, bl := newWorld(b, nil), newBlob(b, 1, 500)
	w.register(b, bl)
	w.put(b, writer, bl)
	conf := staking.Confirmation{Epoch: testEpoch, Blob: bl.id}
	for b.Loop() {
		if _, err := w.Confirm(context.Background(), writer, conf); err != nil {
			b.Fatal(err)
		}
	}
}
