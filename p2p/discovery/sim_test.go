package discovery

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/x/simlibp2p"
	"github.com/marcopolo/simnet"
	ma "github.com/multiformats/go-multiaddr"

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

func startSim(t *testing.T, h host.Host, cfg Config) *Discovery {
	t.Helper()
	cfg.Network, cfg.Logger = testNetwork, slog.New(slog.DiscardHandler)
	d, err := New(h, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

func ids(hosts []host.Host) []peer.ID {
	var list []peer.ID
	for _, h := range hosts {
		list = append(list, h.ID())
	}
	return list
}

func info(h host.Host) peer.AddrInfo { return peer.AddrInfo{ID: h.ID(), Addrs: h.Addrs()} }

// TestCommitteeMeets: 16 storage nodes that know one address find and connect to each other, and a client finds them by kind.
func TestCommitteeMeets(t *testing.T) {
	simulate(t, 17, func(t *testing.T, hosts []host.Host) {
		storage, visitor := hosts[:16], hosts[16]
		committee := committeeOf(t, 1, ids(storage), nil)
		cfg := Config{Committee: func() *staking.Committee { return committee }, Bootstrap: []peer.AddrInfo{info(hosts[0])}}
		cfg.Server = true
		var nodes []*Discovery
		for _, h := range storage {
			d := startSim(t, h, cfg)
			defer d.Close()
			nodes = append(nodes, d)
		}
		start := time.Now()
		for full := 0; full < len(nodes); {
			time.Sleep(time.Second)
			full = 0
			for _, d := range nodes {
				if s := d.Status(); s.Connected == s.Members && !s.Advertised.IsZero() {
					full++
				}
			}
			if time.Since(start) > 5*time.Minute {
				t.Fatalf("only %d of %d nodes are connected to all others and advertised", full, len(nodes))
			}
		}
		t.Logf("all connected and advertised after %s", time.Since(start))

		cfg.Server = false
		d := startSim(t, visitor, cfg)
		defer d.Close()
		time.Sleep(10 * time.Second)
		found, err := d.Find(t.Context(), Storage, 0)
		if err != nil || len(found) != len(storage) {
			t.Errorf("found %d storage nodes (%v), want %d", len(found), err, len(storage))
		}
		for _, h := range storage {
			if err := d.Connect(t.Context(), h.ID()); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestMovedMember: the committee's address of a member leads nowhere; the DHT knows the new one.
func TestMovedMember(t *testing.T) {
	simulate(t, 12, func(t *testing.T, hosts []host.Host) {
		moved := hosts[3]
		nowhere := []ma.Multiaddr{ma.StringCast("/ip4/9.9.9.9/udp/4001/quic-v1")}
		committee := committeeOf(t, 1, ids(hosts[:11]), map[peer.ID][]ma.Multiaddr{moved.ID(): nowhere})
		cfg := Config{Committee: func() *staking.Committee { return committee }, Bootstrap: []peer.AddrInfo{info(hosts[0])}}
		cfg.Server = true
		for _, h := range hosts[:11] {
			d := startSim(t, h, cfg)
			defer d.Close()
		}
		time.Sleep(time.Minute)
		cfg.Server = false
		d := startSim(t, hosts[11], cfg)
		defer d.Close()
		time.Sleep(5 * time.Second)
		start := time.Now()
		if err := d.Connect(t.Context(), moved.ID()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("took %s beside an address that leads nowhere, want a head start and a few round trips", took)
		}
	})
}

// TestBackoff: a peer that is not there is tried less and less often, and found at once when it has come.
func TestBackoff(t *testing.T) {
	simulate(t, 2, func(t *testing.T, hosts []host.Host) {
		absent := newIdentity(t).id
		committee := committeeOf(t, 1, []peer.ID{hosts[0].ID(), absent, hosts[1].ID()}, map[peer.ID][]ma.Multiaddr{
			absent: {ma.StringCast("/ip4/9.9.9.9/udp/4001/quic-v1")},
		})
		d := startSim(t, hosts[0], Config{Committee: func() *staking.Committee { return committee }})
		defer d.Close()
		want := backoffMin
		for range 8 {
			// Those who ask together share one attempt.
			errs := make(chan error, 2)
			for range 2 {
				go func() { errs <- d.Connect(context.Background(), absent) }()
			}
			for range 2 {
				if err := <-errs; !errors.Is(err, ErrUnreachable) {
					t.Fatalf("error %v, want ErrUnreachable", err)
				}
			}
			if err := d.Connect(t.Context(), absent); !errors.Is(err, ErrBackoff) {
				t.Fatalf("error %v, want ErrBackoff", err)
			}
			time.Sleep(want * 3 / 4)
			if err := d.Connect(t.Context(), absent); !errors.Is(err, ErrBackoff) {
				t.Fatalf("after %s of %s: error %v, want ErrBackoff", want*3/4, want, err)
			}
			time.Sleep(want / 4)
			want = min(2*want, backoffMax)
		}
		if want != backoffMax {
			t.Errorf("back-off ends at %s, want %s", want, backoffMax)
		}

		// A peer in back-off that connects to us is connected, whatever the back-off says.
		if err := d.Connect(t.Context(), hosts[1].ID()); !errors.Is(err, ErrUnreachable) {
			t.Fatalf("error %v, want ErrUnreachable", err)
		}
		if err := hosts[1].Connect(t.Context(), info(hosts[0])); err != nil {
			t.Fatal(err)
		}
		if err := d.Connect(t.Context(), hosts[1].ID()); err != nil {
			t.Error(err)
		}
	})
}

// TestCallerGivesUp: a caller's context ends its wait, not the attempt.
func TestCallerGivesUp(t *testing.T) {
	simulate(t, 1, func(t *testing.T, hosts []host.Host) {
		absent := newIdentity(t).id
		committee := committeeOf(t, 1, []peer.ID{absent}, map[peer.ID][]ma.Multiaddr{
			absent: {ma.StringCast("/ip4/9.9.9.9/udp/4001/quic-v1")},
		})
		d := startSim(t, hosts[0], Config{Committee: func() *staking.Committee { return committee }})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		start := time.Now()
		if err := d.Connect(ctx, absent); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 100*time.Millisecond {
			t.Errorf("error %v after %s", err, time.Since(start))
		}
		if err := d.Close(); err != nil { // while the attempt is under way
			t.Error(err)
		}
		if err := d.Connect(t.Context(), absent); !errors.Is(err, ErrClosed) {
			t.Errorf("error %v, want ErrClosed", err)
		}
		if err := d.Start(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("error %v, want ErrClosed", err)
		}
	})
}

// TestEpochChange: a member that leaves is let go, one that comes is connected, and records follow the shards.
func TestEpochChange(t *testing.T) {
	simulate(t, 6, func(t *testing.T, hosts []host.Host) {
		all := ids(hosts)
		var committee atomic.Pointer[staking.Committee]
		committee.Store(committeeOf(t, 1, all[:5], nil))
		cfg := Config{Server: true, Committee: committee.Load, Bootstrap: []peer.AddrInfo{info(hosts[0])}}
		var nodes []*Discovery
		for _, h := range hosts {
			d := startSim(t, h, cfg)
			defer d.Close()
			nodes = append(nodes, d)
		}
		time.Sleep(2 * time.Minute)
		if s := nodes[5].Status(); !s.Advertised.IsZero() {
			t.Error("a node outside the committee advertises")
		}
		if !hosts[0].ConnManager().IsProtected(all[1], protectTag) {
			t.Error("a member's connection is not protected")
		}
		committee.Store(committeeOf(t, 2, []peer.ID{all[0], all[2], all[3], all[4], all[5]}, nil))
		time.Sleep(2 * time.Minute)
		if hosts[0].ConnManager().IsProtected(all[1], protectTag) || !hosts[0].ConnManager().IsProtected(all[5], protectTag) {
			t.Error("protection does not follow the committee")
		}
		for i, d := range nodes {
			if i == 1 {
				continue
			}
			if s := d.Status(); s.Connected != 4 || s.Advertised.IsZero() {
				t.Errorf("node %d after the change: %+v", i, s)
			}
		}
	})
}
