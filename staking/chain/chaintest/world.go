// Package chaintest runs networks on an embedded chain for tests, over gRPC as nodes and clients use it: the contracts
// published, nodes registered and staked, committees elected.
package chaintest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/chain"
	"github.com/floe-network/floe/staking/contract/genesis"
	"github.com/floe-network/floe/staking/contract/object"
	devgenesis "github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/rpc"
	"github.com/floe-network/floe/staking/devchain/rpc/gate"
	"github.com/floe-network/floe/staking/stakingtest"
	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/ptb"
	"github.com/floe-network/floe/staking/sui/wallet"
)

const (
	// Frost is how many are a WAL.
	Frost = 1_000_000_000
	// Stake is what each node begins with, FROST.
	Stake = 1_000 * Frost
	// fortune is what each account begins with, MIST: a thousand SUI.
	fortune = 1_000_000_000_000
	// accounts that have SUI; the first is the publisher, nodes come after it.
	accounts = 32
	// interval of checkpoints: short, as tests wait for them.
	interval = 20 * time.Millisecond
)

// World is a chain with its accounts, and a network on it as far as a test has gone.
type World struct {
	tb     testing.TB
	Ledger *ledger.Ledger
	// Endpoint is the address of the chain's API.
	Endpoint string
	// Network is set by Publish.
	Network *chain.Network
	// Nodes are the ids of the registered nodes, in the order of their secrets.
	Nodes   []staking.NodeID
	Secrets []stakingtest.Node
}

// New begins a chain without a network.
func New(tb testing.TB) *World {
	tb.Helper()
	p := &devgenesis.Parameters{Seed: [32]byte{3}}
	for i := range accounts {
		p.Accounts = append(p.Accounts, devgenesis.Account{Address: Key(i).Address(), Coins: []uint64{fortune}})
	}
	l, err := ledger.Open(tb.Context(), tb.TempDir(), p, ledger.Options{Interval: interval})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := l.Close(); err != nil {
			tb.Error(err)
		}
	})
	w := &World{tb: tb, Ledger: l}
	w.Endpoint = w.Serve()
	return w
}

// Serve serves the chain's API once more, as another full node would, and returns its address.
func (w *World) Serve() string {
	w.tb.Helper()
	g, err := gate.New(nil, nil)
	if err != nil {
		w.tb.Fatal(err)
	}
	server, err := rpc.New(w.Ledger, rpc.Options{Gate: g, Version: "test", Limits: rpc.DefaultLimits(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		w.tb.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(w.tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		w.tb.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	w.tb.Cleanup(func() {
		if err := errors.Join(server.Close(), <-done); err != nil {
			w.tb.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}

// Key is the key of account number i.
func Key(i int) *account.Key { return account.FromSeed([32]byte{byte(i), 0xcc}) }

// Config is a genesis for tests: epochs of an hour, prices of a few FROST, a start that has come.
func Config(shards uint16) genesis.Config {
	c := genesis.Default()
	c.Name, c.Shards, c.Start = "test", shards, time.Now().Add(-time.Second).Truncate(time.Millisecond)
	hour := genesis.Span(time.Hour)
	c.Timing = genesis.Timing{Duration: hour, Cutoff: hour / 2, ChallengePoint: hour * 3 / 5, AnswerWindow: hour / 20, ReportWindow: hour / 20,
		SyncDeadline: hour / 5, RecoveryDeadline: hour * 2 / 5}
	c.Prices = genesis.Prices{Storage: 1_000, Write: 2_000, ShardSize: 1 << 30, WriteFactorBP: 20_000}
	return c
}

// Publish publishes a network, without nodes.
func (w *World) Publish(c genesis.Config) {
	w.tb.Helper()
	set, err := endpoint.Open([]string{w.Endpoint}, ptb.Digest{})
	if err != nil {
		w.tb.Fatal(err)
	}
	defer func() {
		if err := set.Close(); err != nil {
			w.tb.Error(err)
		}
	}()
	client := sui.New(set)
	ctx := w.tb.Context()
	p, err := chain.Begin(ctx, client, c, Key(0).Address(), nil)
	if err != nil {
		w.tb.Fatal(err)
	}
	w.Network, err = chain.Publish(ctx, client, wallet.New(client, Key(0), w.tb.TempDir(), 0), p, func(*genesis.Publication) error { return nil })
	if err != nil {
		w.tb.Fatal(err)
	}
	w.Network.Endpoints = []string{w.Endpoint}
}

// Chain opens the network's chain, through the given endpoints besides the first.
func (w *World) Chain(more ...string) *chain.Chain {
	w.tb.Helper()
	return w.Open(append([]string{w.Endpoint}, more...)...)
}

// Open opens the network's chain through the given endpoints alone.
func (w *World) Open(endpoints ...string) *chain.Chain {
	w.tb.Helper()
	n := *w.Network
	n.Endpoints = endpoints
	c, err := chain.Open(&n)
	if err != nil {
		w.tb.Fatal(err)
	}
	w.tb.Cleanup(func() {
		if err := c.Close(); err != nil {
			w.tb.Error(err)
		}
	})
	return c
}

// Account is account number i on a chain.
func (w *World) Account(c *chain.Chain, i int) *chain.Account {
	w.tb.Helper()
	a, err := chain.NewAccount(c, wallet.New(c.Client(), Key(i), w.tb.TempDir(), 0))
	if err != nil {
		w.tb.Fatal(err)
	}
	return a
}

// Start starts a network of nodes with equal stake, in its first epoch. Node i is account 1 + i.
func Start(tb testing.TB, nodes int, c genesis.Config) *World {
	tb.Helper()
	w := New(tb)
	w.Publish(c)
	w.Secrets = stakingtest.Nodes(tb, nodes)
	eye := w.Chain()
	for i, secret := range w.Secrets {
		a := w.Account(eye, 1+i)
		id := w.Register(a, secret, c.Prices)
		w.Nodes = append(w.Nodes, id)
		if err := a.MintWAL(tb.Context(), Stake); err != nil {
			tb.Fatal(err)
		}
		if _, err := a.Stake(tb.Context(), id, Stake, true); err != nil {
			tb.Fatal(err)
		}
	}
	w.Push(0)
	return w
}

// Register registers a node, which wants prices to stay.
func (w *World) Register(a *chain.Account, secret stakingtest.Node, p genesis.Prices) staking.NodeID {
	w.tb.Helper()
	raw, err := secret.Peer.Raw()
	if err != nil {
		w.tb.Fatal(err)
	}
	id, err := a.RegisterNode(w.tb.Context(), chain.Registration{Name: "node", Peer: ed25519.PrivateKey(raw), Key: secret.BLS, Payout: a.Address(),
		CommissionBP: 1_000, Votes: object.Votes{StoragePrice: p.Storage, WritePrice: p.Write, ShardSize: p.ShardSize},
		Addresses: []string{"/ip4/127.0.0.1/udp/4170/quic-v1"}})
	if err != nil {
		w.tb.Fatal(err)
	}
	return id
}

// Push sets the clock ahead and does all that is due then.
func (w *World) Push(ahead time.Duration) {
	w.tb.Helper()
	ctx := w.tb.Context()
	if ahead > 0 {
		if _, err := w.Ledger.Advance(ctx, ahead); err != nil {
			w.tb.Fatal(err)
		}
	}
	a := w.Account(w.Chain(), 0)
	for {
		switch wait, err := a.NextStep(ctx); {
		case err != nil:
			w.tb.Fatal(err)
		case wait > 0:
			return
		}
		if err := a.Push(ctx); err != nil && !errors.Is(err, staking.ErrNothingDue) {
			w.tb.Fatal(err)
		}
	}
}

// EndEpoch goes to the beginning of the next epoch.
func (w *World) EndEpoch(ctx context.Context, c *chain.Chain) {
	w.tb.Helper()
	e, err := c.Refresh(ctx)
	if err != nil {
		w.tb.Fatal(err)
	}
	w.Push(time.Until(e.End) + time.Second)
}
