package node

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
)

func TestServeWhatIsNotHeld(t *testing.T) {
	w, b := newWorld(t, nil), newBlob(t, 1, 500)
	w.register(t, b)
	ctx := context.Background()
	if _, err := w.Metadata(ctx, writer, b.id); !errors.Is(err, request.NotFound) {
		t.Errorf("metadata: %v", err)
	}
	if _, err := w.OpenSliver(ctx, writer, b.refs(w.own()[0])[0]); !errors.Is(err, request.NotFound) {
		t.Errorf("own sliver: %v", err)
	}
	if _, err := w.OpenSliver(ctx, writer, b.refs(1)[0]); !errors.Is(err, request.WrongShard) {
		t.Errorf("another node's sliver: %v", err)
	}
	if _, err := w.SymbolSize(ctx, writer, b.id); !errors.Is(err, request.NotFound) {
		t.Errorf("symbol size: %v", err)
	}
}

// Slivers that are held stay readable when their shard moves to another node.
func TestServeAfterShardsMoved(t *testing.T) {
	w, b := newWorld(t, nil), newBlob(t, 1, 500)
	w.register(t, b)
	w.put(t, writer, b)
	ref := b.refs(w.own()[0])[0]
	w.appoint(mustCommittee(t, w, func(m []staking.Member) { m[0].Shards, m[1].Shards = m[1].Shards, m[0].Shards }, testShards))
	r, err := w.OpenSliver(context.Background(), writer, ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// damage flips a byte in the middle of every file that holds sliver bytes.
func damage(t *testing.T, dir string, pattern []byte) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i := 0; i+len(pattern) <= len(raw); i++ {
			if slices.Equal(raw[i:i+len(pattern)], pattern) {
				raw[i+len(pattern)/2] ^= 1
				n++
			}
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if err := os.Chmod(path, 0o600); err != nil {
			return err
		}
		return errors.Join(os.WriteFile(path, raw, 0o600), os.Chmod(path, info.Mode()))
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Damaged slivers are reported, not served, and can be put again; a confirmation is not given for them.
func TestCorruptSliver(t *testing.T) {
	for name, size := range map[string]int{"packed": 3000, "file": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			st, err := store.Open(dir, store.Options{Reserve: -1})
			if err != nil {
				t.Fatal(err)
			}
			w, b := newWorld(t, func(c *Config) { c.Store = st }), newBlob(t, 1, size)
			w.register(t, b)
			w.put(t, writer, b)
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
			ref := b.refs(w.own()[1])[0]
			body := b.body(ref)
			if n := damage(t, dir, body[len(body)/2:len(body)/2+64]); n == 0 {
				t.Fatal("found nothing to damage")
			}
			st, err = store.Open(dir, store.Options{Reserve: -1})
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close() //nolint:errcheck // the test is over
			w.cfg.Store = st
			w.restart(t)

			ctx := context.Background()
			if got, err := read(ctx, w, ref); err == nil {
				t.Fatalf("%d bytes of a damaged sliver were served", len(got))
			} else if !errors.Is(err, request.NotFound) {
				t.Errorf("read: %v", err)
			}
			if n := count(t, w.metrics.corrupt.WithLabelValues("primary sliver")); n != 1 {
				t.Errorf("%v counted", n)
			}
			if _, err := w.Confirm(ctx, writer, staking.Confirmation{Epoch: testEpoch, Blob: b.id}); !errors.Is(err, request.MissingSlivers) {
				t.Errorf("confirmation: %v", err)
			}
			if err := w.putSliver(writer, ref, body); err != nil {
				t.Fatal(err)
			}
			if got, err := read(ctx, w, ref); err != nil || !slices.Equal(got, body) {
				t.Errorf("put again: %d bytes, %v", len(got), err)
			}
		})
	}
}

func read(ctx context.Context, w *world, ref request.SliverRef) ([]byte, error) {
	r, err := w.OpenSliver(ctx, writer, ref)
	if err != nil {
		return nil, err
	}
	defer r.Close() // only read from
	b := make([]byte, r.Size())
	_, err = r.ReadAt(b, 0)
	return b, err
}

// Metadata that are not those of the blob are not served and can be put again.
func TestCorruptMetadata(t *testing.T) {
	w, b, other := newWorld(t, nil), newBlob(t, 1, 500), newBlob(t, 2, 500)
	w.register(t, b)
	ctx := context.Background()
	for _, raw := range [][]byte{other.metadata.AppendBCS(nil), {1, 2, 3}} {
		if err := w.store.PutMetadata(ctx, b.id, raw); err != nil {
			t.Fatal(err)
		}
		w.metadata.Remove(b.id)
		if _, err := w.SymbolSize(ctx, writer, b.id); !errors.Is(err, request.NotFound) {
			t.Errorf("symbol size: %v", err)
		}
		if err := w.putMetadata(writer, b); err != nil {
			t.Fatal(err)
		}
		if err := w.store.DeleteMetadata(ctx, b.id); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, w.metrics.corrupt.WithLabelValues("metadata")); n != 2 {
		t.Errorf("%v counted", n)
	}
}

func TestSymbols(t *testing.T) {
	w, b := newWorld(t, nil), newBlob(t, 1, 5000)
	w.register(t, b)
	w.put(t, writer, b)
	ctx := context.Background()
	p := b.codec.Params()
	for _, target := range []codec.Axis{codec.Primary, codec.Secondary} {
		source := target.Orthogonal()
		q := request.SymbolQuery{Blob: b.id, Target: target}
		for _, s := range w.own() {
			own := p.SliverIndex(p.ShardPair(b.id, s), source)
			for _, other := range []int{0, 9} {
				id := codec.SymbolID{Primary: uint16(own), Secondary: uint16(other)}
				if source == codec.Secondary {
					id.Primary, id.Secondary = id.Secondary, id.Primary
				}
				q.IDs = append(q.IDs, id)
			}
		}
		list, err := w.Symbols(ctx, "reader", q)
		if err != nil {
			t.Fatal(err)
		}
		for i := range list {
			if list[i].ID() != q.IDs[i] || list[i].Target != target {
				t.Errorf("symbol %s of a %s sliver, asked for %s", list[i].ID(), list[i].Target, q.IDs[i])
			}
			if err := b.codec.VerifySymbol(b.metadata, target, list[i].TargetIndex, &list[i].RecoverySymbol); err != nil {
				t.Errorf("symbol %s: %v", list[i].ID(), err)
			}
		}
		foreign := q
		foreign.IDs = append(slices.Clone(q.IDs), codec.SymbolID{Primary: 0, Secondary: 0})
		i := p.SliverIndex(p.ShardPair(b.id, 1), source)
		foreign.IDs[len(q.IDs)] = codec.SymbolID{Primary: uint16(i), Secondary: uint16(i)}
		if _, err := w.Symbols(ctx, "reader", foreign); !errors.Is(err, request.WrongShard) {
			t.Errorf("with one of a shard not held: %v", err)
		}
	}
	if n := w.expanded(b); n != 6 {
		t.Errorf("%d expansions are cached, want 6", n)
	}
	if s, err := w.SymbolSize(ctx, "reader", b.id); err != nil || s != b.pairs[0].Primary.SymbolSize {
		t.Errorf("symbol size %d, %v", s, err)
	}
}

// All symbols of a sliver are for the member that holds its shard; with those of enough nodes it restores the sliver.
func TestTargetSymbols(t *testing.T) {
	w, b := newWorld(t, nil), newBlob(t, 1, 5000)
	w.register(t, b)
	w.put(t, writer, b)
	ctx := context.Background()
	p := b.codec.Params()
	for _, axis := range []codec.Axis{codec.Primary, codec.Secondary} {
		target := request.TargetRef{Blob: b.id, Axis: axis, Index: p.SliverIndex(p.ShardPair(b.id, 1), axis)} // node 1 holds shard 1
		for name, from := range map[string]int{"itself": 0, "node 2": 2} {
			if _, err := w.AdmitTarget(ctx, w.nodes[from].ID(t), target); !errors.Is(err, request.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.AdmitTarget(ctx, writer, target); !errors.Is(err, request.Forbidden) {
			t.Errorf("a stranger: %v", err)
		}
		if n, err := w.AdmitTarget(ctx, w.nodes[1].ID(t), target); err != nil || n != 3 {
			t.Errorf("the holder: %d, %v", n, err)
		}
		list, err := w.TargetSymbols(ctx, w.nodes[1].ID(t), target, 10)
		if err != nil || len(list) != 3 {
			t.Fatalf("%d symbols, %v", len(list), err)
		}
		for i := range list {
			if err := b.codec.VerifySymbol(b.metadata, axis, target.Index, &list[i].RecoverySymbol); err != nil {
				t.Error(err)
			}
		}
		if list, err := w.TargetSymbols(ctx, w.nodes[1].ID(t), target, 2); err != nil || len(list) != 2 {
			t.Errorf("limit 2: %d symbols, %v", len(list), err)
		}
		target.Blob = codec.BlobID{9}
		if _, err := w.TargetSymbols(ctx, w.nodes[1].ID(t), target, 10); !errors.Is(err, request.NotFound) {
			t.Errorf("unknown blob: %v", err)
		}
	}
}

// Readers that ask for symbols of the same sliver at once share one expansion, and the cache keeps to its bound.
func TestExpansionCache(t *testing.T) {
	b := newBlob(t, 1, 5000)
	const one = 10*(180+64) + 7*180 // bytes of an expansion at this size
	w := newWorld(t, func(c *Config) { c.ExpansionBytes = 2*one + one/2 })
	w.register(t, b)
	w.put(t, writer, b)
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			index := b.codec.Params().SliverIndex(b.codec.Params().ShardPair(b.id, w.own()[i%3]), codec.Primary)
			id := codec.SymbolID{Primary: uint16(index), Secondary: uint16(i % 10)}
			list, err := w.Symbols(context.Background(), writer, request.SymbolQuery{Blob: b.id, IDs: []codec.SymbolID{id}, Target: codec.Secondary})
			if err != nil {
				t.Error(err)
				return
			}
			if err := b.codec.VerifySymbol(b.metadata, codec.Secondary, list[0].TargetIndex, &list[0].RecoverySymbol); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := w.expanded(b); n == 0 || n > 2 {
		t.Errorf("%d expansions are cached, there is room for 2", n)
	}
}

// expanded counts the slivers of a blob that are cached with all their symbols.
func (w *world) expanded(b *blob) (n int) {
	for _, ref := range b.refs(w.own()...) {
		if _, ok := w.expansions.Get(w.storeKey(ref)); ok {
			n++
		}
	}
	return n
}
