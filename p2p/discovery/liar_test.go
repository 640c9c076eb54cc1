package discovery

import (
	"errors"
	"fmt"
	"testing"

	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
	dhtpb "github.com/libp2p/go-libp2p-kad-dht/pb"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-msgio"
	ma "github.com/multiformats/go-multiaddr"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking"
)

// lie makes a host answer every query of the DHT with the same peers: as closer peers and as providers.
func lie(h host.Host, peers []peer.AddrInfo) {
	h.SetStreamHandler("/floe/"+testNetwork+"/kad/1.0.0", func(s network.Stream) {
		defer s.Close()
		r, w := msgio.NewVarintReaderSize(s, network.MessageSizeMax), msgio.NewVarintWriter(s)
		for {
			b, err := r.ReadMsg()
			if err != nil {
				return
			}
			var m dhtpb.Message
			if err := proto.Unmarshal(b, &m); err != nil {
				return
			}
			r.ReleaseMsg(b)
			if m.GetType() == dhtpb.Message_ADD_PROVIDER {
				continue
			}
			m.CloserPeers = dhtpb.RawPeerInfosToPBPeers(peers)
			m.ProviderPeers = m.CloserPeers
			if b, err = proto.Marshal(&m); err != nil {
				return
			}
			if err := w.WriteMsg(b); err != nil {
				return
			}
		}
	})
}

// TestLiars: every peer of the DHT lies. Members are reached all the same, over the committee's addresses and over cached
// ones, and nobody passes for a member.
func TestLiars(t *testing.T) {
	ctx := testContext(t)
	var keys []identity
	var all []peer.ID
	for range 4 {
		k := newIdentity(t)
		keys, all = append(keys, k), append(all, k.id)
	}
	// The first three members run; the fourth is down. Only the first two have an address in the committee.
	members := []host.Host{newHost(t, keys[0].key), newHost(t, keys[1].key), newHost(t, keys[2].key)}
	absent := all[3]
	committee := committeeOf(t, 1, all, map[peer.ID][]ma.Multiaddr{all[0]: members[0].Addrs(), all[1]: members[1].Addrs()})

	// Every liar says of every member that it is where an impostor listens, or where nobody does; and that impostors are
	// storage nodes.
	impostors := []host.Host{newHost(t, newIdentity(t).key), newHost(t, newIdentity(t).key)}
	var liars []host.Host
	for i := range 3 {
		var lies []peer.AddrInfo
		for _, p := range all {
			addrs := append([]ma.Multiaddr{}, impostors[i%2].Addrs()...)
			for j := range 10 { // most refuse at once, one of ten is silent
				addrs = append(addrs, ma.StringCast(fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", 1+10*i+j)))
			}
			addrs = append(addrs, ma.StringCast(fmt.Sprintf("/ip4/127.0.0.1/udp/%d/quic-v1", 1+i)))
			lies = append(lies, peer.AddrInfo{ID: p, Addrs: addrs})
		}
		for _, h := range impostors {
			lies = append(lies, info(h))
		}
		h := newHost(t, newIdentity(t).key)
		lie(h, lies)
		liars = append(liars, h)
	}
	bootstrap := []peer.AddrInfo{info(liars[0]), info(liars[1]), info(liars[2])}

	// The third member is in the cache: it was reached in an earlier run.
	store := dssync.MutexWrap(datastore.NewMapDatastore())
	c, err := newCache(ctx, store, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.put(ctx, all[2], members[2].Addrs())

	d := start(t, newHost(t, newIdentity(t).key), Config{
		Committee: func() *staking.Committee { return committee }, Bootstrap: bootstrap, Datastore: store, AllowPrivate: true,
	})
	for d.Status().Table == 0 {
		if !d.sleep(retryMin/100) || ctx.Err() != nil {
			t.Fatal("the liars are not in the routing table: the test tests nothing")
		}
	}
	// Look around first, so that the lies have been heard.
	found, err := d.Find(ctx, Storage, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatal("no lie was heard: the test tests nothing")
	}
	for _, p := range found {
		if _, ok := committee.MemberOfPeer(p.ID); !ok {
			t.Errorf("%s passes for a storage node", p.ID)
		}
	}
	for i, h := range members {
		if err := d.Connect(ctx, h.ID()); err != nil {
			t.Errorf("member %d: %v", i, err)
		}
	}
	if err := d.Connect(ctx, absent); !errors.Is(err, ErrUnreachable) {
		t.Errorf("the absent member: %v, want ErrUnreachable", err)
	}
	if n := len(d.host.Network().ConnsToPeer(absent)); n != 0 {
		t.Errorf("%d connections with a member that is down", n)
	}
	for _, p := range d.cache.all() {
		if p.ID == absent {
			t.Error("a member that was never reached is in the cache")
		}
	}
}
