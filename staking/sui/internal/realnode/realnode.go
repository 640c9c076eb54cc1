// Package realnode is a development chain for tests, in the same process.
package realnode

import (
	"testing"
	"time"

	"github.com/floe-network/floe/staking/devchain"
	"github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// interval between checkpoints: short, so that tests wait little.
const interval = 20 * time.Millisecond

// Coins are what each account has, in MIST.
var Coins = []uint64{500_000_000_000, 20_000_000_000}

// Node is a full node with a chain of its own.
type Node struct {
	dir     string
	options devchain.Options
	chain   *devchain.Chain
}

// Start serves a chain whose accounts have Coins until the test ends.
func Start(t testing.TB, accounts ...ptb.Address) *Node {
	t.Helper()
	p := &genesis.Parameters{Seed: [32]byte{1}}
	for _, a := range accounts {
		p.Accounts = append(p.Accounts, genesis.Account{Address: a, Coins: Coins})
	}
	n := &Node{dir: t.TempDir(), options: devchain.Options{Listen: "127.0.0.1:0", Genesis: p, Ledger: ledger.Options{Interval: interval}}}
	n.Run(t)
	t.Cleanup(func() { n.Stop(t) })
	return n
}

// Run serves the chain, again after a Stop and at the same address.
func (n *Node) Run(t testing.TB) {
	t.Helper()
	var err error
	if n.chain, err = devchain.Open(t.Context(), n.dir, n.options); err != nil {
		t.Fatal(err)
	}
	n.options.Listen = n.chain.Addr()
}

// Stop ends serving.
func (n *Node) Stop(t testing.TB) {
	t.Helper()
	if err := n.chain.Close(); err != nil {
		t.Error(err)
	}
}

// Address is where the API is.
func (n *Node) Address() string { return "http://" + n.chain.Addr() }
