package discovery

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/ipfs/go-datastore"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"github.com/floe-network/floe/staking"
)

// ErrConfig wraps every complaint about a Config.
var ErrConfig = errors.New("discovery configuration")

// Config says what discovery works with. Network and Committee are required.
type Config struct {
	// Network is the network's name, a part of the DHT's protocol and keys.
	Network string
	// Server makes this node a part of the DHT: it answers queries, keeps records, advertises itself when it is in the
	// committee, and stays connected to the whole committee. Otherwise it only asks.
	Server bool
	// Committee returns the current committee, or nil while none is known. It is called often and must not block.
	Committee func() *staking.Committee
	// Bootstrap has configured addresses, of members or of any other peer in the DHT. Members with addresses in the committee
	// serve as well, so it may be empty.
	Bootstrap []peer.AddrInfo
	// Datastore keeps addresses that worked; nil: they are forgotten on Close. Discovery does not close it.
	Datastore datastore.Batching
	// AllowPrivate accepts loopback and private addresses from the DHT. It is implied when all addresses of the committee
	// and of Bootstrap are such: then the network lives on one machine or in one LAN. Elsewhere such an address, given by
	// a stranger, would only point our dials into the local network.
	AllowPrivate bool
	// Logger; nil: slog.Default().
	Logger *slog.Logger
}

func (c *Config) check() error {
	if err := staking.CheckNetworkName(c.Network); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if c.Committee == nil {
		return fmt.Errorf("%w: no committee function", ErrConfig)
	}
	for _, b := range c.Bootstrap {
		if err := b.ID.Validate(); err != nil || len(b.Addrs) == 0 {
			return fmt.Errorf("%w: bootstrap peer %q: want a peer id and at least one address", ErrConfig, b.ID)
		}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if !c.AllowPrivate {
		c.AllowPrivate = c.allPrivate()
	}
	return nil
}

// allPrivate reports whether there are trusted addresses and none is public.
func (c *Config) allPrivate() bool {
	var addrs []ma.Multiaddr
	for _, b := range c.Bootstrap {
		addrs = append(addrs, b.Addrs...)
	}
	if com := c.Committee(); com != nil {
		for i := range com.Size() {
			addrs = append(addrs, com.Member(i).Addrs...)
		}
	}
	for _, a := range addrs {
		if manet.IsPublicAddr(a) {
			return false
		}
	}
	return len(addrs) > 0
}
