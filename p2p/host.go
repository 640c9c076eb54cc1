package p2p

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/host/peerstore/pstoremem"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/libp2p/go-libp2p/p2p/transport/webrtc"
	"github.com/libp2p/go-libp2p/p2p/transport/websocket"
	"github.com/libp2p/go-libp2p/p2p/transport/webtransport"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// Host is a libp2p host with Floe's transports and limits and a list of blocked peers.
type Host struct {
	host.Host
	gater *Gater
}

// NewHost starts a host. Close ends it; ctx bounds only the start.
func NewHost(ctx context.Context, cfg Config) (*Host, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	gater, err := NewGater(ctx, cfg.Datastore, cfg.Logger)
	if err != nil {
		return nil, err
	}
	lim := roleLimits[cfg.Role]
	conns, err := connmgr.NewConnManager(lim.connLow, lim.connHigh, connmgr.WithGracePeriod(connGrace))
	if err != nil {
		return nil, fmt.Errorf("connection manager: %w", err)
	}
	resources, err := newResourceManager(cfg.Network, lim, cfg.Exempt, cfg.Registerer != nil)
	if err != nil {
		return nil, errors.Join(err, conns.Close())
	}
	book, err := pstoremem.NewPeerstore(
		pstoremem.WithMaxAddresses(maxAddrs), pstoremem.WithMaxAddressesPerPeer(maxPeerAddrs), pstoremem.WithMaxSignedPeerRecords(maxPeerRecords))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("peerstore: %w", err), conns.Close(), resources.Close())
	}
	opts := append(options(&cfg),
		libp2p.ConnectionGater(gater), libp2p.ConnectionManager(conns), libp2p.ResourceManager(resources), libp2p.Peerstore(book))
	h, err := libp2p.New(opts...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("host: %w", err), conns.Close(), resources.Close(), book.Close())
	}
	swarm, ok := h.Network().(listening)
	if !ok {
		return nil, errors.Join(fmt.Errorf("host: network of type %T cannot close listeners", h.Network()), h.Close())
	}
	l := listener{net: swarm, secure: cfg.Certificate != nil}
	if err := l.open(cfg.Listen, cfg.TCPPort, cfg.UDPPort); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return &Host{Host: h, gater: gater}, nil
}

// options gives what does not depend on objects that need closing. The host opens its listeners afterwards, one by one.
func options(cfg *Config) []libp2p.Option {
	opts := []libp2p.Option{
		libp2p.Identity(cfg.Key),
		libp2p.ProtocolVersion("/floe/" + cfg.Network),
		libp2p.UserAgent("floe"),
		libp2p.NoListenAddrs,
		libp2p.ShareTCPListener(),
		libp2p.Transport(tcp.NewTCPTransport),
		libp2p.Transport(libp2pquic.NewTransport),
		libp2p.Transport(libp2pwebtransport.New),
		libp2p.Transport(libp2pwebrtc.New),
		libp2p.Transport(websocket.New, webSocketOptions(cfg)...),
		libp2p.WithDialTimeout(dialTimeout),
		libp2p.AddrsFactory(announcer(cfg.Announce)),
		libp2p.EnableRelay(),
	}
	if len(cfg.Listen) > 0 {
		// Without a listening socket there is nothing to test for reachability and nothing to punch a hole to.
		opts = append(opts, libp2p.EnableAutoNATv2(), libp2p.EnableHolePunching())
	}
	if cfg.PortMap {
		opts = append(opts, libp2p.NATPortMap())
	}
	if len(cfg.Relays) > 0 {
		opts = append(opts, libp2p.EnableAutoRelayWithStaticRelays(cfg.Relays))
	}
	if cfg.Registerer != nil {
		opts = append(opts, libp2p.PrometheusRegisterer(cfg.Registerer))
	} else {
		opts = append(opts, libp2p.DisableMetrics())
	}
	return opts
}

func webSocketOptions(cfg *Config) []any {
	opts := []any{websocket.WithTLSClientConfig(&tls.Config{RootCAs: cfg.RootCAs, MinVersion: tls.VersionTLS12})}
	if cfg.Certificate != nil {
		opts = append(opts, websocket.WithTLSConfig(&tls.Config{GetCertificate: cfg.Certificate, MinVersion: tls.VersionTLS12}))
	}
	return opts
}

// announcer chooses the addresses that others are told: the configured ones, else all without loopback, unless there is
// nothing but loopback.
func announcer(configured []ma.Multiaddr) func([]ma.Multiaddr) []ma.Multiaddr {
	return func(all []ma.Multiaddr) []ma.Multiaddr {
		if len(configured) > 0 {
			return configured
		}
		remote := ma.FilterAddrs(all, func(a ma.Multiaddr) bool { return !manet.IsIPLoopback(a) })
		if len(remote) == 0 {
			return all
		}
		return remote
	}
}

// Gater returns the list of blocked peers.
func (h *Host) Gater() *Gater { return h.gater }

// Block refuses a peer for a duration (see Gater.Block) and closes its connections.
func (h *Host) Block(ctx context.Context, p peer.ID, d time.Duration, reason string) error {
	return errors.Join(h.gater.Block(ctx, p, d, reason), h.Network().ClosePeer(p))
}

// AddrInfo returns the peer id and the addresses that others are told.
func (h *Host) AddrInfo() peer.AddrInfo { return peer.AddrInfo{ID: h.ID(), Addrs: h.Addrs()} }
