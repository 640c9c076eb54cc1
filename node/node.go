package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/floe-network/floe/p2p/discovery"
	"github.com/floe-network/floe/p2p/gossip"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking/bls"
)

// ErrConfig wraps every complaint about a Config.
var ErrConfig = errors.New("node configuration")

// Config is what a node is made of. Chain, Host, Store and Key are required; a zero field of the others is its default.
type Config struct {
	// Chain says who is in the committee and which blobs are to be stored. A node whose store has been used before starts
	// also while the chain's epochs are unknown.
	Chain Chain
	// Host is the node's place in the network; its identity is that of the committee's member. It is not closed.
	Host host.Host
	// Store keeps all that must survive. It is not closed.
	Store Store
	// Key signs confirmations; its public key is in the committee.
	Key *bls.SecretKey
	// Version of the program, for the status.
	Version string

	// Bootstrap, AllowPrivate: see discovery.Config.
	Bootstrap    []peer.AddrInfo
	AllowPrivate bool
	// Exempt: see gossip.Config.
	Exempt []netip.Prefix
	// Limits of the request server.
	Limits request.Limits
	// Decorate, when set, returns the backend that the request server asks, made around the node's own. Faults for tests and
	// demonstrations are injected here, not in the node.
	Decorate func(request.Backend) request.Backend

	// PendingBytes and PendingBlobs bound what pending blobs may have stored here: those whose registration was not heard, or
	// is too old to keep them without a confirmation. PeerPendingBytes and PeerPendingBlobs bound those that one peer has
	// brought, and what they will take when they are complete.
	PendingBytes, PeerPendingBytes int64
	PendingBlobs, PeerPendingBlobs int
	// PendingIdle is how long such a blob may be without progress before it is removed.
	PendingIdle time.Duration
	// Workers is how many slivers are verified or expanded at once.
	Workers int
	// ExpansionBytes bounds the memory for expanded slivers.
	ExpansionBytes int64
	// CloseTimeout is how long Close lets requests finish.
	CloseTimeout time.Duration

	// Registerer takes the node's metrics and those of its parts; nil: none.
	Registerer prometheus.Registerer
	// Logger; nil: slog.Default().
	Logger *slog.Logger
}

// check fills in defaults and refuses what cannot work.
func (c *Config) check() error {
	switch {
	case c.Chain == nil || c.Host == nil || c.Store == nil || c.Key == nil:
		return fmt.Errorf("%w: chain, host, store and key are required", ErrConfig)
	case min(c.PendingBytes, c.PeerPendingBytes, c.ExpansionBytes, int64(c.PendingBlobs), int64(c.PeerPendingBlobs), int64(c.Workers)) < 0,
		min(c.PendingIdle, c.CloseTimeout) < 0:
		return fmt.Errorf("%w: a limit is negative", ErrConfig)
	}
	setDefault(&c.PendingBytes, DefaultPendingBytes)
	setDefault(&c.PeerPendingBytes, DefaultPeerPendingBytes)
	setDefault(&c.PendingBlobs, DefaultPendingBlobs)
	setDefault(&c.PeerPendingBlobs, DefaultPeerPendingBlobs)
	setDefault(&c.PendingIdle, DefaultPendingIdle)
	setDefault(&c.Workers, DefaultWorkers())
	setDefault(&c.ExpansionBytes, DefaultExpansionBytes)
	setDefault(&c.CloseTimeout, DefaultCloseTimeout)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return nil
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// Node is a storage node. It is safe for concurrent use.
type Node struct {
	cfg       Config
	custody   *custody
	server    *request.Server
	discovery *discovery.Discovery
	gossip    *gossip.Gossip // set by Start

	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	wg      sync.WaitGroup
	mu      sync.Mutex // over Start and Close
	started bool
	closed  bool
}

// New makes a node. Nothing runs and nothing is served before Start; a node that was made must be closed.
func New(ctx context.Context, cfg Config) (_ *Node, err error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	n := &Node{cfg: cfg}
	if n.custody, err = newCustody(ctx, &cfg); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			n.custody.metrics.unregister()
		}
	}()
	n.discovery, err = discovery.New(cfg.Host, discovery.Config{
		Network: n.custody.network, Server: true, Committee: n.custody.committee, Bootstrap: cfg.Bootstrap,
		Datastore: cfg.Store.Datastore(), AllowPrivate: cfg.AllowPrivate, Logger: cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	backend := n.custody.backend()
	if cfg.Decorate != nil {
		backend = cfg.Decorate(backend)
	}
	n.server, err = request.NewServer(cfg.Host, n.custody.network, n.custody.params, backend,
		request.ServerOptions{Limits: cfg.Limits, Metrics: cfg.Registerer, Log: cfg.Logger})
	if err != nil {
		return nil, errors.Join(err, n.discovery.Close())
	}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	return n, nil
}

// Start joins the network and begins to serve; ctx bounds only the start. A node starts once.
func (n *Node) Start(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.started || n.closed {
		return errors.New("node: started or closed already")
	}
	n.started = true
	if err := n.discovery.Start(ctx); err != nil {
		return err
	}
	g, err := gossip.New(ctx, n.cfg.Host, gossip.Config{
		Network: n.custody.network, Committee: n.custody.committee, Key: n.cfg.Host.Peerstore().PrivKey(n.cfg.Host.ID()),
		Datastore: n.cfg.Store.Datastore(), Exempt: n.cfg.Exempt, Registerer: n.cfg.Registerer, Logger: n.cfg.Logger,
	})
	if err != nil {
		return err
	}
	n.gossip = g
	n.wg.Go(func() { n.custody.announcer.run(n.ctx, g) })
	n.wg.Go(func() { n.custody.expire(n.ctx) })
	n.wg.Go(func() { n.custody.follower.Run(n.ctx) })
	n.wg.Go(func() { n.custody.sweep(n.ctx) })
	if err := n.server.Start(); err != nil {
		return err
	}
	if err := n.custody.accepting(); err != nil {
		n.cfg.Logger.Warn("the node serves what it has, but takes no puts", "reason", err)
	}
	return nil
}

// Close refuses further puts, lets requests finish for at most CloseTimeout, leaves the network and waits for everything
// that the node started. The host and the store are the caller's to close, in this order.
func (n *Node) Close() error {
	n.custody.closing.Store(true)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil
	}
	n.closed = true
	ctx, cancel := context.WithTimeout(context.Background(), n.cfg.CloseTimeout)
	defer cancel()
	var errs []error
	switch err := n.server.Shutdown(ctx); {
	case errors.Is(err, context.DeadlineExceeded):
		n.cfg.Logger.Warn("requests under way were cut off", "after", n.cfg.CloseTimeout)
	default:
		errs = append(errs, err)
	}
	n.cancel()
	n.wg.Wait()
	if n.gossip != nil {
		errs = append(errs, n.gossip.Close())
	}
	errs = append(errs, n.discovery.Close())
	n.custody.metrics.unregister()
	return errors.Join(errs...)
}

// Discovery returns the node's view of where others are.
func (n *Node) Discovery() *discovery.Discovery { return n.discovery }

// Status returns what the node tells others about itself.
func (n *Node) Status(ctx context.Context) (request.NodeStatus, error) {
	return n.custody.NodeStatus(ctx, n.cfg.Host.ID())
}
