// Package devchain runs a development chain: a ledger in a directory, Sui's gRPC API on a port, and a socket for its owner.
// To its clients it is a full node of a Sui network of its own.
package devchain

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"os"
	"sync"

	"github.com/floe-network/floe/staking/devchain/admin"
	"github.com/floe-network/floe/staking/devchain/faucet"
	"github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/rpc"
	"github.com/floe-network/floe/staking/devchain/rpc/endpoint"
	"github.com/floe-network/floe/staking/devchain/rpc/gate"
)

// DefaultListen is where the API is served: the port of Sui's full nodes, for this machine only.
const DefaultListen = "127.0.0.1:9000"

// Options say how a chain runs.
type Options struct {
	// Listen is the address of the API, DefaultListen when it is empty; port 0 is any that is free.
	Listen string
	// Hosts are names and addresses by which others than this machine call the chain, Origins those of web pages that may,
	// besides those of this machine.
	Hosts, Origins []string
	// Genesis is what a new chain begins with; nil is a seed of its own and all SUI in the faucet. For an old one it must be
	// what it began with, or nil.
	Genesis *genesis.Parameters
	// Ledger says how often there are checkpoints and epochs, and what is kept.
	Ledger ledger.Options
	// Version is what the API says of the program.
	Version string
	// Log is told of errors of ours; nil for none.
	Log *slog.Logger
}

// Chain is a chain that runs. It must be closed.
type Chain struct {
	ledger   *ledger.Ledger
	faucet   *faucet.Faucet
	endpoint *endpoint.Endpoint
	admin    *admin.Server
	addr     string
	socket   string
	served   chan error

	closing sync.Once
	closed  error
}

// Open runs the chain in a directory, which it makes when there is none. It fails as ledger.Open does, and where it cannot
// listen. The context bounds the opening.
func Open(ctx context.Context, dir string, o Options) (*Chain, error) {
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	socket, err := admin.Socket(dir) // before there is a directory that has no use
	if err != nil {
		return nil, err
	}
	c := &Chain{socket: socket, served: make(chan error, 1)}
	if err := c.open(ctx, dir, o); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Chain) open(ctx context.Context, dir string, o Options) error {
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return fmt.Errorf("listen on %q: %w", o.Listen, err)
	}
	hosts := o.Hosts
	if addr, err := netip.ParseAddr(host); host != "" && (err != nil || !addr.IsUnspecified()) {
		hosts = append(hosts[:len(hosts):len(hosts)], host) // who listens at an address is called by it
	}
	g, err := gate.New(hosts, o.Origins)
	if err != nil {
		return err
	}
	var listener net.ListenConfig
	l, err := listener.Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return err
	}
	c.addr = l.Addr().String()
	if err := c.start(ctx, dir, g, o); err != nil {
		return errors.Join(err, l.Close())
	}
	go func() { c.served <- c.endpoint.Serve(l) }()
	return nil
}

// start opens all but the port.
func (c *Chain) start(ctx context.Context, dir string, g *gate.Gate, o Options) error {
	var err error
	if o.Genesis == nil {
		if o.Genesis, err = begin(dir); err != nil {
			return err
		}
	}
	if c.ledger, err = ledger.Open(ctx, dir, o.Genesis, o.Ledger); err != nil {
		return err
	}
	if c.faucet, err = faucet.New(ctx, c.ledger, dir); err != nil {
		return err
	}
	if c.admin, err = admin.New(c.ledger, c.faucet, dir, c.addr, o.Log); err != nil {
		return err
	}
	c.endpoint, err = rpc.New(c.ledger, rpc.Options{Gate: g, Version: o.Version, Limits: rpc.DefaultLimits(), Log: o.Log})
	return err
}

// Addr is where the API is served.
func (c *Chain) Addr() string { return c.addr }

// AdminSocket is the path of the socket for the chain's owner.
func (c *Chain) AdminSocket() string { return c.socket }

// Ledger is the chain itself. It is closed with the Chain.
func (c *Chain) Ledger() *ledger.Ledger { return c.ledger }

// Faucet gives coins away.
func (c *Chain) Faucet() *faucet.Faucet { return c.faucet }

// Wait returns when the chain cannot go on, with the reason, or when the context ends.
func (c *Chain) Wait(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	broken := make(chan error, 1)
	go func() { broken <- c.ledger.WaitCheckpoint(ctx, math.MaxUint64) }()
	var err error
	select {
	case err = <-c.served:
		c.served <- err // Close wants to know, too
		cancel()
		<-broken
	case err = <-broken:
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// Close ends the chain in order. Everything that was answered is on disk.
func (c *Chain) Close() error {
	c.closing.Do(func() {
		var errs []error
		if c.endpoint != nil {
			errs = append(errs, c.endpoint.Close(), <-c.served)
		}
		if c.admin != nil {
			errs = append(errs, c.admin.Close())
		}
		if c.ledger != nil {
			errs = append(errs, c.ledger.Close())
		}
		c.closed = errors.Join(errs...)
	})
	return c.closed
}

// begin is what a chain begins with when nobody says: a seed that nobody knows, so that nobody else has the faucet's key. It is
// nil for a directory that has a chain.
func begin(dir string) (*genesis.Parameters, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if len(entries) > 0 {
		return nil, nil
	}
	p := &genesis.Parameters{}
	_, err = rand.Read(p.Seed[:])
	return p, err
}
