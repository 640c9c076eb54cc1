package node

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/ledger"
	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
	"github.com/floe-network/floe/staking/stakingtest"
)

func TestPutAndServe(t *testing.T) {
	w, b := newWorld(t, nil), newBlob(t, 1, 5000)
	w.register(t, b)
	w.put(t, writer, b)
	ctx := context.Background()
	got, err := w.Metadata(ctx, "reader", b.id)
	if err != nil || !bytes.Equal(got, b.metadata.AppendBCS(nil)) {
		t.Errorf("metadata: %d bytes, %v", len(got), err)
	}
	for _, ref := range b.refs(w.own()...) {
		r, err := w.OpenSliver(ctx, "reader", ref)
		if err != nil {
			t.Fatal(err)
		}
		body := make([]byte, r.Size())
		if _, err := r.ReadAt(body, 0); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(body, b.body(ref)) {
			t.Errorf("sliver %s came back different", ref)
		}
		part := make([]byte, 10)
		if _, err := r.ReadAt(part, 7); err != nil || !bytes.Equal(part, body[7:17]) {
			t.Errorf("range of sliver %s: %v", ref, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := count(t, w.metrics.sliverBytes); got == 0 {
		t.Error("no bytes were counted")
	}
}

// Everything that a put can bring again is accepted without work.
func TestPutAgain(t *testing.T) {
	for name, register := range map[string]func(*world, *blob){
		"not registered": func(*world, *blob) {},
		"registered":     func(w *world, b *blob) { w.register(t, b) },
	} {
		t.Run(name, func(t *testing.T) { putAgain(t, register) })
	}
}

func putAgain(t *testing.T, register func(*world, *blob)) {
	w, b := newWorld(t, nil), newBlob(t, 1, 500)
	register(w, b)
	w.put(t, writer, b)
	before := w.store.Usage()
	ctx := context.Background()
	if err := w.AdmitMetadata(ctx, "other", b.id); !errors.Is(err, request.ErrHeld) {
		t.Errorf("admit metadata: %v", err)
	}
	if err := w.PutMetadata(ctx, "other", b.id, b.metadata); err != nil {
		t.Errorf("put metadata: %v", err)
	}
	for _, ref := range b.refs(w.own()...) {
		if err := w.AdmitSliver(ctx, "other", ref, int64(len(b.body(ref)))); !errors.Is(err, request.ErrHeld) {
			t.Errorf("admit sliver: %v", err)
		}
		if err := w.PutSliver(ctx, "other", ref, b.body(ref)); err != nil {
			t.Errorf("put sliver: %v", err)
		}
	}
	if after := w.store.Usage(); after != before {
		t.Errorf("usage went from %+v to %+v", before, after)
	}
}

func TestBadSlivers(t *testing.T) {
	w, b, other := newWorld(t, nil), newBlob(t, 1, 5000), newBlob(t, 2, 5000)
	if err := w.putMetadata(writer, b); err != nil {
		t.Fatal(err)
	}
	ref := b.refs(w.own()[1])[0]
	good := b.body(ref)
	flip := func(i int) []byte { c := slices.Clone(good); c[i] ^= 0x40; return c }
	foreign := b.refs(1)[0] // shard 1 is node 1's
	secondary := b.refs(w.own()[1])[1]
	noMetadata := other.refs(w.own()[0])[0]
	for name, tc := range map[string]struct {
		ref  request.SliverRef
		body []byte
		want error
	}{
		"shard of another":    {foreign, b.body(foreign), request.WrongShard},
		"no metadata":         {noMetadata, other.body(noMetadata), request.NotFound},
		"empty":               {ref, nil, request.Invalid},
		"one byte short":      {ref, good[:len(good)-1], request.Invalid},
		"one byte long":       {ref, append(slices.Clone(good), 0), request.TooLarge},
		"other axis":          {ref, b.body(secondary), request.Invalid},
		"first byte of data":  {ref, flip(2), codec.ErrVerify},
		"last byte of data":   {ref, flip(len(good) - 5), codec.ErrVerify},
		"length prefix":       {ref, flip(0), codec.ErrInvalid},
		"symbol size":         {ref, flip(len(good) - 4), codec.ErrInvalid},
		"index":               {ref, flip(len(good) - 2), codec.ErrInvalid},
		"index of another":    {ref, b.body(b.refs(w.own()[2])[0]), request.Invalid},
		"same of other blob":  {ref, other.body(request.SliverRef{Pair: ref.Pair}), codec.ErrVerify},
		"all zero of a shape": {ref, zeroed(good), codec.ErrVerify},
	} {
		if err := w.putSliver(writer, tc.ref, tc.body); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
		// Whoever leaves the cheap checks out gets no further.
		if err := w.PutSliver(context.Background(), writer, tc.ref, tc.body); err == nil {
			t.Errorf("%s: stored without the cheap checks", name)
		}
	}
	if u := w.store.Usage(); u.Slivers != 0 {
		t.Errorf("%d slivers were stored", u.Slivers)
	}
	if count(t, w.metrics.verifyFailed) == 0 {
		t.Error("nothing was counted")
	}
	if err := w.putSliver(writer, ref, good); err != nil {
		t.Errorf("the good sliver afterwards: %v", err)
	}
}

// zeroed keeps a sliver's shape: the length before and the symbol size and index after the data.
func zeroed(body []byte) []byte {
	z := slices.Clone(body)
	clear(z[2 : len(z)-4])
	return z
}

// The node has another role, or none: it says so and stores nothing.
func TestPutsRefused(t *testing.T) {
	b := newBlob(t, 1, 500)
	for name, tc := range map[string]struct {
		change func(*testing.T, *world)
		want   request.Status
		says   string
	}{
		"shutting down": {func(_ *testing.T, w *world) { w.closing.Store(true) }, request.Busy, "shutting down"},
		"not a member": {func(t *testing.T, w *world) {
			w.appoint(mustCommittee(t, w, func(m []staking.Member) { m[0].PeerID = "someone else" }, testShards))
		}, request.WrongShard, "not in the committee of epoch 7"},
		"another BLS key": {func(t *testing.T, w *world) {
			k, err := bls.GenerateKey()
			if err != nil {
				t.Fatal(err)
			}
			w.appoint(mustCommittee(t, w, func(m []staking.Member) { m[0].PublicKey = k.Public() }, testShards))
		}, request.WrongShard, "BLS key"},
		"other shards": {func(t *testing.T, w *world) {
			w.appoint(mustCommittee(t, w, func([]staking.Member) {}, 20))
		}, request.WrongEpoch, "20 shards"},
		"no committee": {func(_ *testing.T, w *world) { w.chain.SetEpochs(nil) }, request.WrongEpoch, "no committee"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.register(t, b)
			tc.change(t, w)
			err := w.putMetadata(writer, b)
			if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("put: %v, want %q", err, tc.says)
			}
			if tc.want != request.Busy { // a put that was admitted before may finish
				if _, err := w.Confirm(context.Background(), writer, staking.Confirmation{Epoch: testEpoch, Blob: b.id}); !errors.Is(err, tc.want) {
					t.Errorf("confirm: %v", err)
				}
			}
			s, err := w.NodeStatus(context.Background(), writer)
			if err != nil || s.AcceptsPuts || !strings.Contains(s.PutsRefused, tc.says) {
				t.Errorf("status: accepts %t, %q, %v", s.AcceptsPuts, s.PutsRefused, err)
			}
			if u := w.store.Usage(); u.Used != 0 {
				t.Errorf("%d bytes were stored", u.Used)
			}
		})
	}
}

func mustCommittee(t *testing.T, w *world, change func([]staking.Member), shards int) *staking.Committee {
	t.Helper()
	members := stakingtest.Members(t, w.nodes, shards)
	change(members)
	c, err := staking.NewCommittee(w.com.Network(), testEpoch, shards, members)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestQuotas(t *testing.T) {
	small := newBlob(t, 1, 100)
	w := newWorld(t, nil)
	need, err := w.need(small.id, small.metadata)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("bytes of a peer", func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.PeerPendingBytes = need + 10 })
		mustPut(t, w, "a", newBlob(t, 1, 100), nil)
		mustPut(t, w, "a", newBlob(t, 2, 100), request.Full)
		mustPut(t, w, "b", newBlob(t, 2, 100), nil)
	})
	t.Run("bytes of all", func(t *testing.T) {
		// Promises do not count, what is stored does: two blobs may be begun, and one of them finished.
		metadata := int64(w.params.MetadataBCSSize())
		w := newWorld(t, func(c *Config) { c.PendingBytes = metadata + need })
		a, b := newBlob(t, 1, 100), newBlob(t, 2, 100)
		mustPut(t, w, "b", b, nil)
		w.put(t, "a", a)
		mustPut(t, w, "c", newBlob(t, 3, 100), request.Full)
		ref := b.refs(w.own()[0])[0]
		if err := w.putSliver("b", ref, b.body(ref)); !errors.Is(err, request.Full) {
			t.Errorf("a sliver over the bound: %v", err)
		}
		if err := w.PutSliver(context.Background(), "b", ref, b.body(ref)); !errors.Is(err, request.Full) {
			t.Errorf("a sliver over the bound without the cheap checks: %v", err)
		}
		w.register(t, a)
		if err := w.putSliver("b", ref, b.body(ref)); err != nil {
			t.Errorf("with room again: %v", err)
		}
	})
	t.Run("the same sliver from many", func(t *testing.T) {
		w, b := newWorld(t, nil), newBlob(t, 1, 100)
		mustPut(t, w, "a", b, nil)
		ref := b.refs(w.own()[0])[0]
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := w.PutSliver(context.Background(), "a", ref, b.body(ref)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got, want := w.ledger.Use().Bytes, int64(w.params.MetadataBCSSize()+len(b.body(ref))); got != want {
			t.Errorf("%d bytes are accounted for, want %d", got, want)
		}
	})
	t.Run("blobs of a peer", func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.PeerPendingBlobs = 1 })
		mustPut(t, w, "a", newBlob(t, 1, 100), nil)
		mustPut(t, w, "a", newBlob(t, 2, 100), request.Full)
		mustPut(t, w, "b", newBlob(t, 3, 100), nil)
	})
	t.Run("blobs of all", func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.PendingBlobs = 1 })
		mustPut(t, w, "a", newBlob(t, 1, 100), nil)
		mustPut(t, w, "b", newBlob(t, 2, 100), request.Full)
		s, err := w.NodeStatus(context.Background(), writer)
		if err != nil || s.AcceptsPuts || !strings.Contains(s.PutsRefused, "unconfirmed blobs") {
			t.Errorf("status: %t %q %v", s.AcceptsPuts, s.PutsRefused, err)
		}
	})
	t.Run("a blob larger than the store", func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.Store = store.NewMemory(store.Options{Quota: need - 1}) })
		mustPut(t, w, "a", small, request.Full)
		if u := w.ledger.Use(); u != (ledger.Share{}) {
			t.Errorf("ledger: %+v", u)
		}
	})
	t.Run("a registered blob takes no share", func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.PeerPendingBlobs, c.PendingBytes = 1, 1 })
		a, b := newBlob(t, 1, 100), newBlob(t, 2, 100)
		w.register(t, a, b)
		w.put(t, "a", a)
		w.put(t, "a", b)
		if u := w.ledger.Use(); u != (ledger.Share{}) {
			t.Errorf("ledger: %+v", u)
		}
	})
	t.Run("a registration frees its blob's share", func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.PeerPendingBlobs = 1 })
		b := newBlob(t, 1, 100)
		mustPut(t, w, "a", b, nil)
		mustPut(t, w, "a", newBlob(t, 2, 100), request.Full)
		w.register(t, b)
		mustPut(t, w, "a", newBlob(t, 2, 100), nil)
	})
	t.Run("a confirmation frees the share of a blob that was registered long ago", func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.PeerPendingBlobs = 1 })
		b := newBlob(t, 1, 100)
		w.registerLongAgo(t, b)
		w.put(t, "a", b)
		mustPut(t, w, "a", newBlob(t, 2, 100), request.Full)
		if _, err := w.Confirm(context.Background(), "a", staking.Confirmation{Epoch: testEpoch, Blob: b.id}); err != nil {
			t.Fatal(err)
		}
		mustPut(t, w, "a", newBlob(t, 2, 100), nil)
	})
}

// A store whose quota fills up in the middle of puts refuses the rest and keeps, and confirms, what it has acknowledged.
func TestQuotaFillsUp(t *testing.T) {
	st, err := store.Open(t.TempDir(), store.Options{Quota: 16 << 20, Reserve: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close() //nolint:errcheck // the test is over
	w := newWorld(t, func(c *Config) { c.Store = st })
	ctx := context.Background()
	kept := make(map[request.SliverRef][]byte)
	var complete []*blob
	refused := 0
	for seed := range byte(20) {
		b := newBlob(t, seed, 1_000_000)
		w.register(t, b)
		err := w.putMetadata(writer, b)
		for _, ref := range b.refs(w.own()...) {
			if err != nil {
				break
			}
			if err = w.putSliver(writer, ref, b.body(ref)); err == nil {
				kept[ref] = b.body(ref)
			}
		}
		switch {
		case err == nil:
			complete = append(complete, b)
		case errors.Is(err, request.Full):
			refused++
		default:
			t.Fatal(err)
		}
	}
	t.Logf("%d blobs fitted, %d were refused", len(complete), refused)
	if len(complete) < 3 || refused < 3 {
		t.Fatalf("%d blobs fitted, %d were refused", len(complete), refused)
	}
	for ref, want := range kept {
		if got, err := read(ctx, w, ref); err != nil || !bytes.Equal(got, want) {
			t.Errorf("sliver %s: %v", ref, err)
		}
	}
	for _, b := range complete {
		if _, err := w.Confirm(ctx, writer, staking.Confirmation{Epoch: testEpoch, Blob: b.id}); err != nil {
			t.Errorf("blob %s: %v", b.id, err)
		}
	}
	if u := st.Usage(); u.Used > u.Quota {
		t.Errorf("%d bytes are used of a quota of %d", u.Used, u.Quota)
	}
}

// mustPut puts metadata and wants the given status, nil for success.
func mustPut(t *testing.T, w *world, from peer.ID, b *blob, want error) {
	t.Helper()
	if err := w.putMetadata(from, b); !errors.Is(err, want) {
		t.Errorf("put by %s: %v, want %v", string(from), err, want)
	}
}

// brokenStore fails as it is told to.
type brokenStore struct {
	*store.Memory
	fail error
}

func (s *brokenStore) Put(ctx context.Context, k store.Key, size int, body []byte) error {
	if s.fail != nil {
		return s.fail
	}
	return s.Memory.Put(ctx, k, size, body)
}

func (s *brokenStore) PutMetadata(ctx context.Context, id codec.BlobID, b []byte) error {
	if s.fail != nil {
		return s.fail
	}
	return s.Memory.PutMetadata(ctx, id, b)
}

func TestDiskFull(t *testing.T) {
	st := &brokenStore{Memory: store.NewMemory(store.Options{})}
	w := newWorld(t, func(c *Config) { c.Store = st })
	kept, lost := newBlob(t, 1, 500), newBlob(t, 2, 500)
	w.register(t, kept, lost)
	w.put(t, writer, kept)
	if err := w.putMetadata(writer, lost); err != nil {
		t.Fatal(err)
	}
	st.fail = &store.FullError{Limit: store.LimitDisk, Need: 5, Err: errors.New("no space left on device")}
	ref := lost.refs(w.own()[0])[0]
	if err := w.putSliver(writer, ref, lost.body(ref)); !errors.Is(err, request.Full) || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("put: %v", err)
	}
	s, err := w.NodeStatus(context.Background(), writer)
	if err != nil || s.AcceptsPuts || !strings.Contains(s.PutsRefused, "no space left") {
		t.Errorf("status: %t %q %v", s.AcceptsPuts, s.PutsRefused, err)
	}
	if _, err := w.Confirm(context.Background(), writer, staking.Confirmation{Epoch: testEpoch, Blob: lost.id}); !errors.Is(err, request.MissingSlivers) {
		t.Errorf("confirmation of what was refused: %v", err)
	}
	if _, err := w.Confirm(context.Background(), writer, staking.Confirmation{Epoch: testEpoch, Blob: kept.id}); err != nil {
		t.Errorf("confirmation of what is held: %v", err)
	}
	for _, ref := range kept.refs(w.own()...) {
		if _, err := w.OpenSliver(context.Background(), writer, ref); err != nil {
			t.Errorf("what is held is not served: %v", err)
		}
	}
	// Metadata that could not be stored leaves no reservation.
	before := w.ledger.Use()
	w.refused.Store(nil)
	if err := w.putMetadata(writer, newBlob(t, 3, 500)); !errors.Is(err, request.Full) {
		t.Errorf("put metadata: %v", err)
	}
	if after := w.ledger.Use(); after != before {
		t.Errorf("ledger went from %+v to %+v", before, after)
	}
}
