package p2p

import (
	"math"
	"net/netip"
	"time"
)

// Role says what a host is for; it selects limits.
type Role int

const (
	// Storage is a node that serves: it listens, keeps connections to the whole committee and to many clients.
	Storage Role = iota + 1
	// Client is a process that mostly asks: it may listen on nothing at all.
	Client
)

// limits is what a role may use. Every value is a count unless it says otherwise.
type limits struct {
	// connLow and connHigh are the watermarks of the connection manager: above high it closes idle connections until
	// low remain. Connections to committee members are protected by discovery and do not count as idle.
	connLow, connHigh int
	// conns and streams bound the whole host. They scale up by the same amount for each GiB of memory given to the
	// network, an eighth of the machine's.
	conns, streams int
	// peerStreams bounds the streams of one peer, each way.
	peerStreams int
	// protocolStreams bounds the streams of one protocol, each way; protocolPeerStreams those of one peer in it.
	protocolStreams, protocolPeerStreams int
	// transientConns bounds connections that have not finished their handshake, each way.
	transientConns int
}

// roleLimits is the table of limits by role.
var roleLimits = map[Role]limits{
	// A committee has about 100 to 150 members, and every node keeps a connection to each; the rest of the room is for
	// clients. Above the high mark, a third of the connections may go: fewer, and trimming would run all the time.
	// Streams: 16 a connection is what a client with several slivers under way uses. One peer may hold 512 streams
	// because a committee of four with 1,000 shards sends 250 pairs to each node. 256 connections in handshake cover a
	// restart of the whole network and stop a flood of half-open ones at about 16 MiB.
	Storage: {
		connLow: 400, connHigh: 600, conns: 1024, streams: 16 * 1024,
		peerStreams: 512, protocolStreams: 4096, protocolPeerStreams: 256, transientConns: 256,
	},
	// A client talks to at most the committee at once, and to some peers of the DHT.
	Client: {
		connLow: 192, connHigh: 256, conns: 512, streams: 8 * 1024,
		peerStreams: 512, protocolStreams: 4096, protocolPeerStreams: 256, transientConns: 256,
	},
}

// Limits by address. They bound what one machine, or one network behind one router, can take; ranges in Config.Exempt
// (by default loopback) are free of them.
const (
	// connsPerIP4 and connsPerIP6Home bound connections with one IPv4 address, and with one IPv6 /56, which is what a
	// provider gives to one home. A dozen nodes behind one router, each with a connection by QUIC and one by TCP while
	// the faster one wins, need 24; the rest is for the clients behind the same router.
	connsPerIP4     = 64
	connsPerIP6Home = 64
	// connsPerIP6Site bounds an IPv6 /48, the usual size of a site with many homes.
	connsPerIP6Site = 256
	// connRate and connBurst bound new connections (both ways, failed ones too) per IPv4 address or IPv6 /56. The burst
	// is twice connsPerIP4: everything behind one address may reconnect once after we restart, by two transports. The rate
	// lets all of it come back within half a minute after that.
	connRate  = 4.0 // connections a second
	connBurst = 2 * connsPerIP4
	// connRateSite and connBurstSite do the same per IPv6 /48.
	connRateSite  = 16.0 // connections a second
	connBurstSite = 2 * connsPerIP6Site
	// connRateForget is how long the counters of an address are kept after its last connection.
	connRateForget = time.Minute
	// connsExempt is the bound in exempt ranges: none.
	connsExempt = math.MaxInt
)

// Other defaults.
const (
	// connGrace spares a new connection from the connection manager: identify and a first request fit in it.
	connGrace = 30 * time.Second
	// connsPerPeer bounds connections with one peer: all transports dialled at once from both sides, over two IP versions.
	connsPerPeer = 8
	// dialTimeout ends one attempt to one address. Three times a slow TCP and TLS set-up over a satellite link (1.5 s).
	dialTimeout = 5 * time.Second
	// maxAddrs bounds addresses of peers that are not connected, maxPeerAddrs those of one peer, maxPeerRecords signed address
	// records. They come from identify and from the DHT, so from strangers: 16,384 addresses are those of over 1,000
	// honest nodes with 12 each, and take some 5 MiB.
	maxAddrs       = 16_384
	maxPeerAddrs   = 32
	maxPeerRecords = 2048
	// maxAnnounce bounds announced addresses: identify messages have a size limit of 8 KiB, and other peers a limit on
	// addresses they keep.
	maxAnnounce = 32
	// portTries is how often a free pair of ports is looked for when port 0 is asked for on several addresses.
	portTries = 8
)

// Bounds of the block list.
const (
	// maxBlocks bounds the list; when it is full, the block that ends first makes room. 10,000 take about 2 MiB.
	maxBlocks = 10_000
	// maxBlockReason bounds the text of a block, bytes.
	maxBlockReason = 256
	// maxBlockTime bounds a block: longer ones are for the configuration, not for a list that fills itself.
	maxBlockTime = 30 * 24 * time.Hour
)

// LoopbackRanges are the ranges that Config.Exempt stands for when it is nil: a machine's own processes.
func LoopbackRanges() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}
