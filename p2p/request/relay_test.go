package request

import (
	"errors"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peerstore"
	circuit "github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/client"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request/pb"
	"github.com/floe-network/floe/staking"
)

// relayed returns two hosts that have nothing but a connection through a third.
func relayed(t *testing.T) (server, client host.Host) {
	t.Helper()
	relay := newHost(t, libp2p.EnableRelay(), libp2p.EnableRelayService(), libp2p.ForceReachabilityPublic())
	server = newHost(t, libp2p.NoListenAddrs, libp2p.EnableRelay())
	client = newHost(t, libp2p.NoListenAddrs, libp2p.EnableRelay())
	introduce(server, relay)
	introduce(client, relay)
	info := relay.Peerstore().PeerInfo(relay.ID())
	for _, h := range []host.Host{server, client} {
		if err := h.Connect(t.Context(), info); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := circuit.Reserve(t.Context(), server, info); err != nil {
		t.Fatal(err)
	}
	addr, err := ma.NewMultiaddr("/p2p/" + relay.ID().String() + "/p2p-circuit")
	if err != nil {
		t.Fatal(err)
	}
	client.Peerstore().AddAddr(server.ID(), addr, peerstore.PermanentAddrTTL)
	return server, client
}

func TestRelayedConnections(t *testing.T) {
	// A sliver is small enough for a relay, and is refused all the same; symbols are refused by their size.
	b := newBlob(t, 10, 300_000)
	server, client := relayed(t)
	n := newNode(t, b, true)
	s := start(t, server, n, ServerOptions{})
	defer func() { _ = s.Close() }()
	c := newClient(t, client, b.params)
	ctx := t.Context()

	if _, err := c.NodeStatus(ctx, server.ID()); err != nil {
		t.Errorf("status: %v", err)
	}
	conns := client.Network().ConnsToPeer(server.ID())
	if len(conns) != 1 || !conns[0].Stat().Limited {
		t.Fatalf("the hosts are connected by %v, want one limited connection", conns)
	}
	if key := sourceOf(server.Network().ConnsToPeer(client.ID())[0]); key != (sourceKey{peer: client.ID()}) {
		t.Errorf("a relayed peer is counted as %+v", key)
	}
	if _, err := c.Confirm(ctx, server.ID(), staking.Confirmation{Blob: b.id}); err != nil {
		t.Errorf("confirmation: %v", err)
	}
	ids := []codec.SymbolID{{Primary: 1, Secondary: 2}, {Primary: 2, Secondary: 2}}
	if b.symbolSize() > relayedSymbols || 2*b.symbolSize() <= relayedSymbols {
		t.Fatalf("symbols of %d bytes do not show the limit of %d", b.symbolSize(), relayedSymbols)
	}
	if _, err := c.GetSymbols(ctx, server.ID(), b.id, ids[:1], codec.Primary, b.symbolSize()); err != nil {
		t.Errorf("one symbol: %v", err)
	}
	if _, err := c.GetSymbols(ctx, server.ID(), b.id, ids, codec.Primary, b.symbolSize()); !errors.Is(err, DirectConnectionNeeded) {
		t.Errorf("two symbols: %v", err)
	}

	// The server refuses bulk bodies to whoever asks for them over the relay.
	allowed := network.WithAllowLimitedConn(ctx, "test")
	for _, tc := range []struct {
		spec *Spec
		req  *pb.Request
	}{
		{&sliverGet, sliverRequest(SliverRef{Blob: b.id, Axis: codec.Secondary}, 0, 1)},
		{&metadataGet, &pb.Request{Kind: &pb.Request_MetadataGet{MetadataGet: &pb.MetadataGet{BlobId: b.id[:]}}}},
		{&sliverPut, &pb.Request{Kind: &pb.Request_SliverPut{SliverPut: &pb.SliverPut{BlobId: b.id[:]}}}},
	} {
		st, err := client.NewStream(allowed, server.ID(), tc.spec.ProtocolID(testNetwork))
		if err != nil {
			t.Fatal(err)
		}
		g := newGuard(ctx, st, time.Minute)
		_, err = talk(st, g, &call{request: tc.req, want: exactly(1)})
		g.end()
		_ = st.Reset()
		if !errors.Is(err, DirectConnectionNeeded) {
			t.Errorf("%s: %v, want %s", tc.spec.Name, err, DirectConnectionNeeded)
		}
	}
	idle(t, s)
}

// TestClientWantsDirectConnections checks that bulk bodies are not even asked for over a relay.
func TestClientWantsDirectConnections(t *testing.T) {
	b := newBlob(t, 10, 50)
	server, client := relayed(t)
	pretend(server, func(s network.Stream) {
		t.Errorf("asked for %s over a relay", s.Protocol())
		_ = s.Reset()
	})
	c := newClient(t, client, b.params)
	c.connect = time.Second
	if _, err := c.GetMetadata(t.Context(), server.ID(), b.id); !errors.Is(err, DirectConnectionNeeded) {
		t.Errorf("metadata: %v, want %s", err, DirectConnectionNeeded)
	}
}
