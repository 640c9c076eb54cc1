package p2p

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"

	"github.com/ipfs/go-datastore"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/floe-network/floe/staking"
)

// ErrConfig wraps every complaint about a Config.
var ErrConfig = errors.New("p2p configuration")

// Config is what a host is made of. The zero value of every field but Network, Role and Key is usable.
type Config struct {
	// Network is the network's name; peers see it in the protocol version.
	Network string
	// Role selects limits.
	Role Role
	// Key is the identity, ed25519.
	Key crypto.PrivKey

	// Listen has the IP addresses to listen on; none: the host only dials. A Storage host needs at least one.
	Listen []netip.Addr
	// TCPPort is shared by TCP and WebSocket, UDPPort by QUIC, WebTransport and WebRTC-direct. 0 takes a free port, the
	// same on all addresses of Listen.
	TCPPort, UDPPort uint16
	// Announce replaces the addresses that other peers are told (at most 32). Certificate hashes are added to WebTransport and
	// WebRTC-direct addresses. Empty: what the host listens on and what others observe.
	Announce []ma.Multiaddr
	// Certificate, when set, makes the host listen for secure WebSocket (/tls/ws) on the TCP port, with the certificate it
	// returns. It is called for every handshake, so a renewed certificate needs no restart.
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// RootCAs verify the certificates of secure WebSocket servers; nil: the system's.
	RootCAs *x509.CertPool
	// PortMap asks the router for port forwardings (UPnP, NAT-PMP).
	PortMap bool
	// Relays, when set, are used to be reachable for control when no direct connection to this host is possible.
	Relays []peer.AddrInfo

	// Exempt has the address ranges free of limits by address; nil: LoopbackRanges().
	Exempt []netip.Prefix
	// Datastore keeps the block list; nil: it is forgotten on Close. The host does not close it.
	Datastore datastore.Batching
	// Registerer takes the metrics of libp2p; nil: none are kept. One registerer serves one host.
	Registerer prometheus.Registerer
	// Logger; nil: slog.Default().
	Logger *slog.Logger
}

// check fills in what may be missing and refuses what cannot work.
func (c *Config) check() error {
	if err := staking.CheckNetworkName(c.Network); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if _, ok := roleLimits[c.Role]; !ok {
		return fmt.Errorf("%w: role %d: want Storage or Client", ErrConfig, c.Role)
	}
	if c.Key == nil || c.Key.Type() != crypto.Ed25519 {
		return fmt.Errorf("%w: the identity key must be ed25519", ErrConfig)
	}
	if c.Role == Storage && len(c.Listen) == 0 {
		return fmt.Errorf("%w: a storage node needs an address to listen on", ErrConfig)
	}
	for _, ip := range c.Listen {
		if !ip.IsValid() || ip.Zone() != "" {
			return fmt.Errorf("%w: listen address %q: want an IP address without a zone", ErrConfig, ip)
		}
	}
	if len(c.Announce) > maxAnnounce {
		return fmt.Errorf("%w: %d announce addresses, at most %d", ErrConfig, len(c.Announce), maxAnnounce)
	}
	for _, a := range c.Announce {
		if len(a) == 0 {
			return fmt.Errorf("%w: an announce address is empty", ErrConfig)
		}
		if _, last := ma.SplitLast(a); last.Protocol().Code == ma.P_P2P {
			return fmt.Errorf("%w: announce address %s: leave out /p2p and the peer id", ErrConfig, a)
		}
	}
	if c.Exempt == nil {
		c.Exempt = LoopbackRanges()
	}
	for _, p := range c.Exempt {
		if !p.IsValid() {
			return fmt.Errorf("%w: an exempt range is not a prefix", ErrConfig)
		}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return nil
}
