// Package realnode is a development chain for tests, in the same process.
package realnode

import (
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/rpc"
	"github.com/floe-network/floe/staking/devchain/rpc/gate"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// interval between checkpoints: short, so that tests wait little.
const interval = 20 * time.Millisecond

// Coins are what each account has, in MIST.
var Coins = []uint64{500_000_000_000, 20_000_000_000}

// Node is a chain and its address.
type Node struct {
	Ledger  *ledger.Ledger
	Address string
}

// Start serves a chain whose accounts have Coins until the test ends.
func Start(t testing.TB, accounts ...ptb.Address) *Node {
	t.Helper()
	p := &genesis.Parameters{Seed: [32]byte{1}}
	for _, a := range accounts {
		p.Accounts = append(p.Accounts, genesis.Account{Address: a, Coins: Coins})
	}
	chain, err := ledger.Open(t.Context(), t.TempDir(), p, ledger.Options{Interval: interval})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := chain.Close(); err != nil {
			t.Error(err)
		}
	})
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g, err := gate.New(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	server, err := rpc.New(chain, rpc.Options{Gate: g, Version: "test", Limits: rpc.DefaultLimits(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return &Node{chain, "http://" + l.Addr().String()}
}
