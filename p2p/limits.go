package p2p

import (
	"fmt"
	"net/netip"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	"github.com/libp2p/go-libp2p/p2p/protocol/identify"
	"github.com/libp2p/go-libp2p/x/rate"

	"github.com/floe-network/floe/p2p/request"
)

// newResourceManager applies the limits of a role and the limits by address. Memory and file descriptors keep the library's
// scaling: an eighth of the machine's memory and half of the process's descriptors. Bodies of requests are bounded by their
// server instead.
func newResourceManager(name string, l limits, exempt []netip.Prefix, metrics bool) (network.ResourceManager, error) {
	cfg := rcmgr.DefaultLimits
	libp2p.SetDefaultServiceLimits(&cfg)

	setConns(&cfg.SystemBaseLimit, l.conns)
	setStreams(&cfg.SystemBaseLimit, l.streams)
	cfg.SystemLimitIncrease.Conns, cfg.SystemLimitIncrease.ConnsInbound, cfg.SystemLimitIncrease.ConnsOutbound = l.conns, l.conns, l.conns
	cfg.SystemLimitIncrease.Streams, cfg.SystemLimitIncrease.StreamsInbound, cfg.SystemLimitIncrease.StreamsOutbound = l.streams, l.streams, l.streams

	// A connection opens its first streams before its peer is known, so the transient scope has to allow for as many.
	setConns(&cfg.TransientBaseLimit, l.transientConns)
	setStreams(&cfg.TransientBaseLimit, 4*l.transientConns)

	setConns(&cfg.PeerBaseLimit, connsPerPeer)
	setStreams(&cfg.PeerBaseLimit, l.peerStreams)
	setStreams(&cfg.ServiceBaseLimit, l.protocolStreams)
	setStreams(&cfg.ProtocolBaseLimit, l.protocolStreams)
	setStreams(&cfg.ServicePeerBaseLimit, l.protocolPeerStreams)
	setStreams(&cfg.ProtocolPeerBaseLimit, l.protocolPeerStreams)
	request.AddResourceLimits(&cfg, name)

	// Everybody who connects identifies itself at once: the library's 64 streams would fail when a network restarts.
	identifying := rcmgr.BaseLimit{Memory: cfg.ServiceBaseLimit.Memory}
	setStreams(&identifying, l.transientConns)
	cfg.AddServiceLimit(identify.ServiceName, identifying, rcmgr.BaseLimitIncrease{})
	for _, id := range []protocol.ID{identify.ID, identify.IDPush} {
		cfg.AddProtocolLimit(id, identifying, rcmgr.BaseLimitIncrease{})
	}

	var free4, free6 []rcmgr.NetworkPrefixLimit
	var freeRate []rate.PrefixLimit
	for _, p := range exempt {
		if p.Addr().Is4() {
			free4 = append(free4, rcmgr.NetworkPrefixLimit{Network: p, ConnCount: connsExempt})
		} else {
			free6 = append(free6, rcmgr.NetworkPrefixLimit{Network: p, ConnCount: connsExempt})
		}
		freeRate = append(freeRate, rate.PrefixLimit{Prefix: p})
	}
	opts := []rcmgr.Option{
		// Empty lists, not nil: nil would keep the library's own.
		rcmgr.WithNetworkPrefixLimit(orEmpty(free4), orEmpty(free6)),
		rcmgr.WithLimitPerSubnet(
			[]rcmgr.ConnLimitPerSubnet{{PrefixLength: 32, ConnCount: connsPerIP4}},
			[]rcmgr.ConnLimitPerSubnet{{PrefixLength: 56, ConnCount: connsPerIP6Home}, {PrefixLength: 48, ConnCount: connsPerIP6Site}},
		),
		rcmgr.WithConnRateLimiters(&rate.Limiter{
			NetworkPrefixLimits: freeRate,
			SubnetRateLimiter: rate.SubnetLimiter{
				IPv4SubnetLimits: []rate.SubnetLimit{{PrefixLength: 32, Limit: rate.Limit{RPS: connRate, Burst: connBurst}}},
				IPv6SubnetLimits: []rate.SubnetLimit{
					{PrefixLength: 56, Limit: rate.Limit{RPS: connRate, Burst: connBurst}},
					{PrefixLength: 48, Limit: rate.Limit{RPS: connRateSite, Burst: connBurstSite}},
				},
				GracePeriod: connRateForget,
			},
		}),
	}
	if !metrics {
		opts = append(opts, rcmgr.WithMetricsDisabled())
	}
	m, err := rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(cfg.AutoScale()), opts...)
	if err != nil {
		return nil, fmt.Errorf("resource manager: %w", err)
	}
	return m, nil
}

// setConns sets all three connection limits: a zero would block every connection of its direction.
func setConns(l *rcmgr.BaseLimit, n int) { l.Conns, l.ConnsInbound, l.ConnsOutbound = n, n, n }

// setStreams bounds each direction by n and both together by 2n.
func setStreams(l *rcmgr.BaseLimit, n int) {
	l.Streams, l.StreamsInbound, l.StreamsOutbound = 2*n, n, n
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
