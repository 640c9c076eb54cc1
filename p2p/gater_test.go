package p2p

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

func newStore() datastore.Batching { return dssync.MutexWrap(datastore.NewMapDatastore()) }

func newGater(t *testing.T, store datastore.Batching) *Gater {
	t.Helper()
	g, err := NewGater(t.Context(), store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func newPeer(t *testing.T) peer.ID {
	t.Helper()
	id, err := peer.IDFromPrivateKey(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestBlockEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, p := newGater(t, nil), newPeer(t)
		if err := g.Block(t.Context(), p, time.Minute, "test"); err != nil {
			t.Fatal(err)
		}
		if g.InterceptPeerDial(p) || g.InterceptSecured(network.DirInbound, p, nil) {
			t.Error("a blocked peer passes")
		}
		if !g.InterceptPeerDial(newPeer(t)) {
			t.Error("another peer does not pass")
		}
		time.Sleep(time.Minute)
		if !g.InterceptPeerDial(p) || !g.InterceptSecured(network.DirInbound, p, nil) || len(g.Blocks()) != 0 {
			t.Error("the block does not end")
		}
	})
}

func TestLongestBlockWins(t *testing.T) {
	g, p := newGater(t, newStore()), newPeer(t)
	for _, b := range []struct {
		time   time.Duration
		reason string
	}{{time.Minute, "short"}, {time.Hour, "long"}, {2 * time.Minute, "short again"}} {
		if err := g.Block(t.Context(), p, b.time, b.reason); err != nil {
			t.Fatal(err)
		}
	}
	if b, ok := g.Blocked(p); !ok || b.Reason != "long" || time.Until(b.Until) < 59*time.Minute {
		t.Errorf("block %+v, want the longest", b)
	}
	if err := g.Block(t.Context(), p, 0, "nothing"); err == nil {
		t.Error("a block without duration is accepted")
	}
	if err := g.Block(t.Context(), p, 10*365*24*time.Hour, strings.Repeat("x", 1000)); err != nil {
		t.Fatal(err)
	}
	if b, _ := g.Blocked(p); time.Until(b.Until) > maxBlockTime || len(b.Reason) != maxBlockReason {
		t.Errorf("block until %s with %d bytes of reason: not bounded", b.Until, len(b.Reason))
	}
}

func TestBlocksSurviveRestart(t *testing.T) {
	store, p, q, ended := newStore(), newPeer(t), newPeer(t), newPeer(t)
	g := newGater(t, store)
	for _, id := range []peer.ID{p, q} {
		if err := g.Block(t.Context(), id, time.Hour, "bad bytes"); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Unblock(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if err := g.Block(t.Context(), ended, 1, "ended"); err != nil {
		t.Fatal(err)
	}
	// An entry that cannot be read must not keep the node from starting.
	for key, value := range map[string]string{"/nobody": "{}", "/" + newPeer(t).String(): "no JSON"} {
		if err := store.Put(t.Context(), datastore.NewKey(blockPrefix+key), []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	g = newGater(t, store)
	blocks := g.Blocks()
	if len(blocks) != 1 || blocks[0].Peer != p || blocks[0].Reason != "bad bytes" || time.Until(blocks[0].Until) < 59*time.Minute {
		t.Errorf("blocks after a restart: %+v", blocks)
	}
	if g = newGater(t, store); len(g.Blocks()) != 1 {
		t.Error("the second restart finds something else")
	}
}

func TestBlockListIsBounded(t *testing.T) {
	g := newGater(t, newStore())
	first := peer.ID("first to end")
	if err := g.Block(t.Context(), first, time.Minute, ""); err != nil {
		t.Fatal(err)
	}
	for i := range maxBlocks {
		id := peer.ID(string(rune('a'+i%26)) + time.Duration(i).String())
		if err := g.Block(t.Context(), id, time.Hour, ""); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(g.Blocks()); n != maxBlocks {
		t.Errorf("%d blocks, at most %d", n, maxBlocks)
	}
	if _, ok := g.Blocked(first); ok {
		t.Error("the block that ends first did not make room")
	}
}

// TestBlockedPeer: a block closes the connection and refuses new ones, from both sides.
func TestBlockedPeer(t *testing.T) {
	ctx := testContext(t)
	a, b := newHost(t), newHost(t)
	if err := b.Connect(ctx, a.AddrInfo()); err != nil {
		t.Fatal(err)
	}
	if err := a.Block(ctx, b.ID(), time.Hour, "test"); err != nil {
		t.Fatal(err)
	}
	if n := len(a.Network().ConnsToPeer(b.ID())); n != 0 {
		t.Errorf("%d connections with a blocked peer", n)
	}
	if err := a.Connect(ctx, b.AddrInfo()); err == nil {
		t.Error("a blocked peer can be dialled")
	}
	// The dialling side may see its half of the connection complete before the other refuses it, so a stream is what counts.
	if s, err := b.NewStream(ctx, a.ID(), echoProtocol); err == nil {
		_ = s.Reset()
		t.Error("a blocked peer gets through")
	}
}
