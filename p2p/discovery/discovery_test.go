package discovery

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/floe-network/floe/p2p"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
)

const testNetwork = "test"

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	t.Cleanup(cancel)
	return ctx
}

type identity struct {
	key crypto.PrivKey
	id  peer.ID
}

func newIdentity(t *testing.T) identity {
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

// committeeOf makes a committee of peers, each with the same number of shards, 4 or more in all.
func committeeOf(t *testing.T, epoch uint32, peers []peer.ID, addrs map[peer.ID][]ma.Multiaddr) *staking.Committee {
	t.Helper()
	each := (4 + len(peers) - 1) / len(peers)
	members := make([]staking.Member, len(peers))
	for i, p := range peers {
		k, err := bls.GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		m := staking.Member{PeerID: p, PublicKey: k.Public(), Addrs: addrs[p]}
		binary.BigEndian.PutUint32(m.NodeID[:], uint32(i))
		for s := range each {
			m.Shards = append(m.Shards, i*each+s)
		}
		members[i] = m
	}
	slices.SortFunc(members, func(a, b staking.Member) int { return bytes.Compare(a.NodeID[:], b.NodeID[:]) })
	c, err := staking.NewCommittee(testNetwork, epoch, each*len(peers), members)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newHost(t *testing.T, key crypto.PrivKey) *p2p.Host {
	t.Helper()
	h, err := p2p.NewHost(testContext(t), p2p.Config{
		Network: testNetwork, Role: p2p.Storage, Key: key, Listen: []netip.Addr{netip.MustParseAddr("127.0.0.1")},
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

func start(t *testing.T, h *p2p.Host, cfg Config) *Discovery {
	t.Helper()
	cfg.Network, cfg.Logger = testNetwork, slog.New(slog.DiscardHandler)
	d, err := New(h, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// TestOneBootstrapAddress: eight nodes of which each knows who the others are, and the address of the first only.
func TestOneBootstrapAddress(t *testing.T) {
	const n = 8
	var keys []crypto.PrivKey
	var peers []peer.ID
	for range n {
		k := newIdentity(t)
		keys, peers = append(keys, k.key), append(peers, k.id)
	}
	committee := committeeOf(t, 1, peers, nil)
	var nodes []*Discovery
	var first peer.AddrInfo
	for i, k := range keys {
		h := newHost(t, k)
		cfg := Config{Server: true, Committee: func() *staking.Committee { return committee }, AllowPrivate: true}
		if i == 0 {
			first = h.AddrInfo()
		} else {
			cfg.Bootstrap = []peer.AddrInfo{first}
		}
		nodes = append(nodes, start(t, h, cfg))
	}
	ctx := testContext(t)
	for _, d := range nodes {
		for _, p := range peers {
			for p != d.host.ID() {
				err := d.Connect(ctx, p)
				if err == nil {
					break
				}
				if ctx.Err() != nil {
					t.Fatalf("%s does not reach %s: %v", d.host.ID(), p, err)
				}
				d.sleep(50 * time.Millisecond)
			}
		}
	}
	for _, d := range nodes {
		if s := d.Status(); s.Connected != n-1 || s.Members != n-1 || s.Table == 0 {
			t.Errorf("status %+v", s)
		}
	}
}

// countingStore counts writes.
type countingStore struct {
	datastore.Batching
	puts atomic.Int32
}

func (s *countingStore) Put(ctx context.Context, k datastore.Key, v []byte) error {
	s.puts.Add(1)
	return s.Batching.Put(ctx, k, v)
}

// TestCachedAddress: a client that has reached a member once finds it again after a restart, with nobody to ask.
func TestCachedAddress(t *testing.T) {
	m := newIdentity(t)
	member, id := newHost(t, m.key), m.id
	committee := committeeOf(t, 1, []peer.ID{id}, nil)
	store := &countingStore{Batching: dssync.MutexWrap(datastore.NewMapDatastore())}
	cfg := Config{Committee: func() *staking.Committee { return committee }, Datastore: store}
	ctx := testContext(t)

	cfg.Bootstrap = []peer.AddrInfo{member.AddrInfo()}
	d := start(t, newHost(t, newIdentity(t).key), cfg)
	if err := d.Connect(ctx, id); err != nil {
		t.Fatal(err)
	}
	written := store.puts.Load()
	for range 20 {
		d.remember(ctx, id)
	}
	if n := store.puts.Load(); written == 0 || n != written {
		t.Errorf("%d writes, %d after looking again at the same addresses", written, n)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.Bootstrap = nil
	d = start(t, newHost(t, newIdentity(t).key), cfg)
	if err := d.Connect(ctx, id); err != nil {
		t.Fatal(err)
	}
	if d.host.Network().Connectedness(id) != network.Connected {
		t.Error("not connected")
	}
}
