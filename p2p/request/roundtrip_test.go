package request

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
)

func TestGetEverything(t *testing.T) {
	b := newBlob(t, 10, 5000)
	n := newNode(t, b, true)
	c, p := serve(t, b, n.backend(), ServerOptions{})
	n.friend = c.host.ID()
	ctx := t.Context()

	m, err := c.GetMetadata(ctx, p, b.id)
	if err != nil || m.BlobID() != b.id {
		t.Errorf("metadata: %v", err)
	}
	for k := range b.params.Shards() {
		for _, a := range []codec.Axis{codec.Primary, codec.Secondary} {
			ref := SliverRef{Blob: b.id, Pair: k, Axis: a}
			s, err := c.GetSliver(ctx, p, ref, b.symbolSize())
			if err != nil || !reflect.DeepEqual(s, b.sliver(ref)) {
				t.Errorf("sliver %s: %v", ref, err)
			}
		}
	}

	ref := SliverRef{Blob: b.id, Pair: 2, Axis: codec.Secondary}
	whole := b.sliver(ref).AppendBCS(nil)
	for _, r := range [][2]int{{0, 1}, {0, len(whole)}, {len(whole) - 1, 1}, {3, 100}} {
		got, err := c.GetSliverRange(ctx, p, ref, b.symbolSize(), int64(r[0]), int64(r[1]))
		if err != nil || !bytes.Equal(got, whole[r[0]:r[0]+r[1]]) {
			t.Errorf("range %v: %v", r, err)
		}
	}

	ids := []codec.SymbolID{{Primary: 1, Secondary: 9}, {Primary: 0, Secondary: 0}, {Primary: 9, Secondary: 3}}
	for _, target := range []codec.Axis{codec.Primary, codec.Secondary} {
		list, err := c.GetSymbols(ctx, p, b.id, ids, target, b.symbolSize())
		if err != nil {
			t.Fatalf("symbols: %v", err)
		}
		for _, s := range list {
			if err := b.codec.VerifySymbol(b.metadata, s.Target, s.TargetIndex, &s.RecoverySymbol); err != nil {
				t.Errorf("symbol %s: %v", s.ID(), err)
			}
		}
		ref := TargetRef{Blob: b.id, Axis: target, Index: 4}
		list, err = c.GetTargetSymbols(ctx, p, ref, 1000, b.symbolSize())
		if err != nil || len(list) != b.params.SliverSymbols(target) {
			t.Fatalf("target symbols: %d, %v", len(list), err)
		}
		syms := make([]codec.RecoverySymbol, len(list))
		for i := range list {
			syms[i] = list[i].RecoverySymbol
		}
		s, err := b.codec.RecoverSliver(b.metadata, target, 4, syms)
		if err != nil || !reflect.DeepEqual(s, b.sliver(SliverRef{Pair: b.params.PairIndex(4, target), Axis: target})) {
			t.Errorf("recovered %s sliver: %v", target, err)
		}
		if list, err := c.GetTargetSymbols(ctx, p, ref, 3, b.symbolSize()); err != nil || len(list) != 3 {
			t.Errorf("3 target symbols: %d, %v", len(list), err)
		}
	}

	for _, kind := range []staking.BlobKind{{}, {Deletable: true, Object: staking.ObjectID{1, 2}}} {
		conf := staking.Confirmation{Epoch: 7, Blob: b.id, Kind: kind}
		sig, err := c.Confirm(ctx, p, conf)
		if err != nil {
			t.Fatalf("confirmation: %v", err)
		}
		if err := bls.Verify(n.key.Public(), conf.Bytes(), sig); err != nil {
			t.Errorf("confirmation of %+v: %v", kind, err)
		}
	}

	wantNode, _ := n.NodeStatus(ctx, "")
	if got, err := c.NodeStatus(ctx, p); err != nil || !reflect.DeepEqual(got, wantNode) {
		t.Errorf("node status %+v, want %+v: %v", got, wantNode, err)
	}
	wantBlob, _ := n.BlobStatus(ctx, "", b.id)
	if got, err := c.BlobStatus(ctx, p, b.id); err != nil || got != wantBlob {
		t.Errorf("blob status %+v, want %+v: %v", got, wantBlob, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.opened != 0 {
		t.Errorf("%d slivers were not closed", n.opened)
	}
}

func TestPutEverything(t *testing.T) {
	// Slivers of several hundred kilobytes, more than a muxer's window.
	b := newBlob(t, 10, 1_800_000)
	everyTransport(t, func(t *testing.T, addr string) {
		n := newNode(t, b, false)
		c, p := serveOn(t, newHostOn(t, addr), b, n.backend(), ServerOptions{})
		putEverything(t, b, n, c, p)
	})
}

func putEverything(t *testing.T, b *blob, n *node, c *Client, p peer.ID) {
	ctx := t.Context()
	if _, err := c.GetMetadata(ctx, p, b.id); !errors.Is(err, NotFound) {
		t.Errorf("before the put: %v, want %v", err, NotFound)
	}
	if err := c.PutMetadata(ctx, p, b.id, b.metadata); err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetMetadata(ctx, p, b.id); err != nil {
		t.Error(err)
	}
	conf := staking.Confirmation{Epoch: 1, Blob: b.id}
	if _, err := c.Confirm(ctx, p, conf); !errors.Is(err, MissingSlivers) {
		t.Errorf("confirmed before the slivers came: %v", err)
	}
	for k := range b.pairs {
		for _, s := range []*codec.Sliver{&b.pairs[k].Primary, &b.pairs[k].Secondary} {
			if err := c.PutSliver(ctx, p, b.id, s); err != nil {
				t.Fatal(err)
			}
		}
	}
	n.mu.Lock()
	same := reflect.DeepEqual(n.slivers, newNode(t, b, true).slivers)
	n.mu.Unlock()
	if !same {
		t.Error("the node keeps other bytes than were put")
	}
	if _, err := c.Confirm(ctx, p, conf); err != nil {
		t.Error(err)
	}
	for k := range b.pairs {
		ref := SliverRef{Blob: b.id, Pair: k, Axis: codec.Primary}
		if s, err := c.GetSliver(ctx, p, ref, b.symbolSize()); err != nil || !bytes.Equal(s.Data, b.sliver(ref).Data) {
			t.Errorf("sliver %s: %v", ref, err)
		}
	}
}
