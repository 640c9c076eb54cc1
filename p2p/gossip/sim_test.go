package gossip

import (
	"context"
	"encoding/binary"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/x/simlibp2p"
	"github.com/marcopolo/simnet"
	dto "github.com/prometheus/client_model/go"

	"github.com/floe-network/floe/staking"
)

// simulate runs f with n hosts on simulated links (50 ms from any to any, 100 Mbit/s), in simulated time.
func simulate(t *testing.T, n int, f func(t *testing.T, hosts []host.Host)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		link := simnet.LinkSettings{BitsPerSecond: 100 * simlibp2p.OneMbps}
		net, meta, err := simlibp2p.SimpleLibp2pNetwork([]simlibp2p.NodeLinkSettingsAndCount{
			{LinkSettings: simnet.NodeBiDiLinkSettings{Downlink: link, Uplink: link}, Count: n},
		}, simnet.StaticLatency(25*time.Millisecond), simlibp2p.NetworkSettings{})
		if err != nil {
			t.Fatal(err)
		}
		net.Logger = slog.New(slog.DiscardHandler)
		net.Start()
		defer net.Close()
		defer func() {
			for _, h := range meta.Nodes {
				if err := h.Close(); err != nil {
					t.Error(err)
				}
			}
		}()
		f(t, meta.Nodes)
	})
}

// identityOf returns the identity that the simulation has given a host.
func identityOf(h host.Host) identity { return identity{h.Peerstore().PrivKey(h.ID()), h.ID()} }

func connect(t *testing.T, a, b host.Host) {
	t.Helper()
	if err := a.Connect(t.Context(), peer.AddrInfo{ID: b.ID(), Addrs: b.Addrs()}); err != nil {
		t.Fatal(err)
	}
}

func startSim(t *testing.T, h host.Host, committee func() *staking.Committee, on func(context.Context, *Availability)) *Gossip {
	t.Helper()
	g, err := New(t.Context(), h, Config{
		Network: testNetwork, Committee: committee, Key: identityOf(h).key, Datastore: newStore(), OnAvailability: on,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// judged returns how many messages a node has given a verdict for a reason.
func judged(t *testing.T, g *Gossip, reason string) float64 {
	t.Helper()
	var m dto.Metric
	if err := g.verdicts.WithLabelValues(reason).Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetCounter().GetValue()
}

// inbox counts what arrives at several nodes.
type inbox struct {
	mu   sync.Mutex
	seen map[int]map[uint64]int // node, sequence, times
}

func (b *inbox) at(node int) func(context.Context, *Availability) {
	return func(_ context.Context, a *Availability) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.seen[node] == nil {
			b.seen[node] = map[uint64]int{}
		}
		b.seen[node][a.Sequence]++
	}
}

// of returns a copy of what arrived at a node.
func (b *inbox) of(node int) map[uint64]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.seen[node])
}

// TestMesh: in a ring of 12 nodes, what one says reaches all others, each once.
func TestMesh(t *testing.T) {
	simulate(t, 12, func(t *testing.T, hosts []host.Host) {
		var members []identity
		for _, h := range hosts {
			members = append(members, identityOf(h))
		}
		committee := committeeOf(t, 3, members...)
		box := &inbox{seen: map[int]map[uint64]int{}}
		var nodes []*Gossip
		for i, h := range hosts {
			g := startSim(t, h, func() *staking.Committee { return committee }, box.at(i))
			defer g.Close()
			nodes = append(nodes, g)
		}
		for i, h := range hosts {
			connect(t, h, hosts[(i+1)%len(hosts)])
		}
		time.Sleep(5 * time.Second)
		const messages = 3
		for range messages {
			if err := nodes[0].Publish(t.Context(), blobs(10)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10 * time.Second)
		for i := range hosts {
			want := messages
			if i == 0 {
				want = 0 // nobody needs to hear its own words
			}
			heard := box.of(i)
			if len(heard) != want {
				t.Errorf("node %d heard %d messages, want %d", i, len(heard), want)
			}
			for n, times := range heard {
				if times != 1 {
					t.Errorf("node %d heard message %d %d times", i, n, times)
				}
			}
		}
	})
}

// TestSlowReceiver: while OnAvailability does not return, a bounded number of messages waits; Close does not wait for ever.
func TestSlowReceiver(t *testing.T) {
	simulate(t, 2, func(t *testing.T, hosts []host.Host) {
		committee := committeeOf(t, 1, identityOf(hosts[0]), identityOf(hosts[1]))
		get := func() *staking.Committee { return committee }
		var heard atomic.Int32
		release := make(chan struct{})
		speaker := startSim(t, hosts[0], get, nil)
		defer speaker.Close()
		listener := startSim(t, hosts[1], get, func(ctx context.Context, _ *Availability) {
			heard.Add(1)
			select {
			case <-release:
			case <-ctx.Done():
			}
		})
		defer listener.Close()
		connect(t, hosts[0], hosts[1])
		time.Sleep(5 * time.Second)
		const messages = 3 * receiveQueue
		for range messages {
			if err := speaker.Publish(t.Context(), blobs(1)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		if n := judged(t, listener, reasonAccepted); n != messages {
			t.Errorf("%v messages accepted, want all %d: Publish keeps to the rate", n, messages)
		}
		if heard.Load() != 1 {
			t.Errorf("%d calls at a time", heard.Load())
		}
		close(release)
		time.Sleep(time.Second)
		if n := heard.Load(); n < receiveQueue || n > receiveQueue+2 {
			t.Errorf("%d messages heard in the end, want what waited (%d)", n, receiveQueue)
		}
	})
}

// TestFlood: a peer that floods the topic with what must be rejected is soon not read any more, and does not keep others from being
// heard.
func TestFlood(t *testing.T) {
	simulate(t, 3, func(t *testing.T, hosts []host.Host) {
		victim, honest, attacker := hosts[0], hosts[1], hosts[2]
		committee := committeeOf(t, 1, identityOf(victim), identityOf(honest))
		get := func() *staking.Committee { return committee }
		box := &inbox{seen: map[int]map[uint64]int{}}
		listener := startSim(t, victim, get, box.at(0))
		defer listener.Close()
		speaker := startSim(t, honest, get, nil)
		defer speaker.Close()

		// The attacker runs pubsub without any check.
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ps, err := pubsub.NewGossipSub(ctx, attacker, pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign), pubsub.WithNoAuthor(),
			pubsub.WithMessageIdFn(messageID(testNetwork)), pubsub.WithFloodPublish(true), pubsub.WithPeerOutboundQueueSize(10_000),
			pubsub.WithLogger(slog.New(slog.DiscardHandler)))
		if err != nil {
			t.Fatal(err)
		}
		topic, err := ps.Join(Topic(testNetwork))
		if err != nil {
			t.Fatal(err)
		}
		sub, err := topic.Subscribe()
		if err != nil {
			t.Fatal(err)
		}
		defer sub.Cancel()
		connect(t, honest, victim)
		connect(t, attacker, victim)
		time.Sleep(3 * time.Second)

		const flood = 2000
		for i := range flood {
			if err := topic.Publish(ctx, binary.BigEndian.AppendUint32(nil, uint32(i))); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Millisecond)
		}
		if err := speaker.Publish(t.Context(), blobs(1)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		rejected := judged(t, listener, reasonMalformed)
		if rejected < 8 || rejected > flood/10 {
			t.Errorf("%v of %d messages of a flood were judged: the flooder is not cut off", rejected, flood)
		}
		if len(box.of(0)) != 1 {
			t.Errorf("%d messages of the honest node arrived beside the flood, want 1", len(box.of(0)))
		}
	})
}

// TestNewcomersLag: nodes that have not seen the new epoch yet ignore what is said in it, and nobody is punished.
func TestNewcomersLag(t *testing.T) {
	simulate(t, 2, func(t *testing.T, hosts []host.Host) {
		ids := []identity{identityOf(hosts[0]), identityOf(hosts[1])}
		old, next := committeeOf(t, 1, ids...), committeeOf(t, 2, ids...)
		var lag atomic.Pointer[staking.Committee]
		lag.Store(old)
		box := &inbox{seen: map[int]map[uint64]int{}}
		speaker := startSim(t, hosts[0], func() *staking.Committee { return next }, nil)
		defer speaker.Close()
		listener := startSim(t, hosts[1], lag.Load, box.at(1))
		defer listener.Close()
		connect(t, hosts[0], hosts[1])
		time.Sleep(5 * time.Second)
		for range 20 {
			if err := speaker.Publish(t.Context(), blobs(1)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		if n := judged(t, listener, reasonEpoch); n != 20 || len(box.of(1)) != 0 {
			t.Errorf("%v ignored, %d accepted, want 20 and 0", n, len(box.of(1)))
		}
		if s := listener.appScore(hosts[0].ID()); s != memberScore {
			t.Errorf("score %v of a member that is ahead, want %d", s, memberScore)
		}
		lag.Store(next)
		if err := speaker.Publish(t.Context(), blobs(1)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if len(box.of(1)) != 1 {
			t.Errorf("%d messages accepted in the common epoch, want 1", len(box.of(1)))
		}
	})
}
