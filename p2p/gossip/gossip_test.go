package gossip

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
)

const testNetwork = "test"

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

type identity struct {
	key crypto.PrivKey
	id  peer.ID
}

func newIdentity(t testing.TB) identity {
	t.Helper()
	k, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id, err := peer.IDFromPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return identity{k, id}
}

// committeeOf makes a committee in which member i holds shards 4i to 4i+3.
func committeeOf(t testing.TB, epoch uint32, ids ...identity) *staking.Committee {
	t.Helper()
	members := make([]staking.Member, len(ids))
	for i, id := range ids {
		k, err := bls.GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		members[i] = staking.Member{PeerID: id.id, PublicKey: k.Public(), Shards: []int{4 * i, 4*i + 1, 4*i + 2, 4*i + 3}}
		binary.BigEndian.PutUint32(members[i].NodeID[:], uint32(i))
	}
	c, err := staking.NewCommittee(testNetwork, epoch, 4*len(ids), members)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// blobs makes n different ids.
func blobs(n int) []codec.BlobID {
	list := make([]codec.BlobID, n)
	for i := range list {
		binary.BigEndian.PutUint32(list[i][:], uint32(i))
	}
	return list
}

func newHost(t *testing.T, id identity) *p2p.Host {
	t.Helper()
	h, err := p2p.NewHost(testContext(t), p2p.Config{
		Network: testNetwork, Role: p2p.Storage, Key: id.key, Listen: []netip.Addr{netip.MustParseAddr("127.0.0.1")},
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func newStore() datastore.Batching { return dssync.MutexWrap(datastore.NewMapDatastore()) }

// TestPublish: what one node of three publishes arrives at the two others, also at the one it is not connected to.
func TestPublish(t *testing.T) {
	ctx := testContext(t)
	ids := []identity{newIdentity(t), newIdentity(t), newIdentity(t)}
	committee := committeeOf(t, 7, ids...)
	received := make(chan *Availability, 16)
	var nodes []*Gossip
	var hosts []*p2p.Host
	for _, id := range ids {
		h := newHost(t, id)
		g, err := New(ctx, h, Config{
			Network: testNetwork, Committee: func() *staking.Committee { return committee }, Key: id.key, Datastore: newStore(),
			OnAvailability: func(_ context.Context, a *Availability) { received <- a }, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := g.Close(); err != nil {
				t.Error(err)
			}
		})
		nodes, hosts = append(nodes, g), append(hosts, h)
	}
	for _, h := range hosts[1:] {
		if err := h.Connect(ctx, hosts[0].AddrInfo()); err != nil {
			t.Fatal(err)
		}
	}
	for len(nodes[0].Peers()) < 2 || len(nodes[1].Peers()) < 1 || len(nodes[2].Peers()) < 1 {
		if ctx.Err() != nil {
			t.Fatal("the nodes do not see each other in the topic")
		}
		time.Sleep(time.Millisecond)
	}
	// A message from before the mesh has formed reaches direct neighbours only, so it is published again until it has arrived.
	got := map[codec.BlobID]int{}
	for round := 0; ; round++ {
		if err := nodes[1].Publish(ctx, append(blobs(300), blobs(5)...)); err != nil {
			t.Fatal(err)
		}
		again := time.After(200 * time.Millisecond)
		for waiting := true; waiting; {
			select {
			case a := <-received:
				if a.Peer != ids[1].id || a.Member != 1 || a.Epoch != 7 || !slices.Equal(a.Shards, []int{4, 5, 6, 7}) {
					t.Fatalf("received %+v", a)
				}
				for _, id := range a.Blobs {
					got[id]++
				}
			case <-again:
				waiting = false
			case <-ctx.Done():
				t.Fatalf("only %d ids arrived", len(got))
			}
		}
		// Every round gives each id once to the neighbour; more than that can only come from the node behind it.
		if len(got) == 300 && got[blobs(1)[0]] > round+1 {
			break
		}
	}
	for _, id := range blobs(300) {
		if got[id] == 0 {
			t.Fatalf("blob %s never arrived", id)
		}
	}
}
