package chain_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/floe-network/floe/staking/chain"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func sample() *chain.Network {
	shared := func(low byte) contract.SharedObject {
		return contract.SharedObject{ID: ptb.ShortAddress(low), InitialVersion: 3}
	}
	return &chain.Network{
		Name: "test", Chain: ptb.Digest{1}, Endpoints: []string{"http://127.0.0.1:9000", "https://full.example"},
		Contracts: contract.Deployment{
			Packages: contract.Packages{Wal: ptb.ShortAddress(10), Floe: ptb.ShortAddress(11), FloeLatest: ptb.ShortAddress(12), FloeReads: ptb.ShortAddress(13)},
			Objects: contract.Objects{System: shared(20), Ledger: shared(21), Staking: shared(22), UpgradeManager: shared(23), Treasury: shared(24),
				LightNodes: shared(25), Clock: shared(6), Random: shared(8)},
		},
		Bootstrap: []string{"/ip4/127.0.0.1/udp/4170/quic-v1/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA"},
	}
}

func TestNetworkFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "network.json")
	want := sample()
	for range 2 { // the second replaces the first
		if err := chain.WriteNetwork(path, want); err != nil {
			t.Fatal(err)
		}
	}
	got, err := chain.ReadNetwork(path)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	peers, err := got.Peers()
	if err != nil || len(peers) != 1 || len(peers[0].Addrs) != 1 {
		t.Errorf("peers %v, %v", peers, err)
	}
	if _, err := chain.ReadNetwork(path + ".missing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestNetworkFileRefuses(t *testing.T) {
	for name, change := range map[string]func(*chain.Network){
		"name":               func(n *chain.Network) { n.Name = "Test" },
		"no chain":           func(n *chain.Network) { n.Chain = ptb.Digest{} },
		"no endpoint":        func(n *chain.Network) { n.Endpoints = nil },
		"endpoint":           func(n *chain.Network) { n.Endpoints = []string{"ftp://host"} },
		"endpoint twice":     func(n *chain.Network) { n.Endpoints = []string{"https://a.example", "https://a.example:443"} },
		"missing package":    func(n *chain.Network) { n.Contracts.Packages.Floe = ptb.Address{} },
		"missing object":     func(n *chain.Network) { n.Contracts.Objects.Ledger.ID = ptb.Address{} },
		"peer":               func(n *chain.Network) { n.Bootstrap = []string{"/ip4/127.0.0.1/udp/4170/quic-v1"} },
		"too many to try it": func(n *chain.Network) { n.Bootstrap = make([]string, 1000) },
	} {
		n := sample()
		change(n)
		if err := chain.WriteNetwork(filepath.Join(t.TempDir(), "n"), n); !errors.Is(err, chain.ErrNetwork) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"empty": "", "no object": "[]", "more": "{} {}", "unknown field": `{"nework": "x"}`, "nothing": "{}",
		"static committee": `{"network": "x", "epoch": 1, "n_shards": 10, "members": []}`,
		"huge":             `{"network": "` + strings.Repeat("x", 300<<10) + `"}`,
	} {
		if _, err := chain.ParseNetwork([]byte(text)); !errors.Is(err, chain.ErrNetwork) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseNetwork(f *testing.F) {
	f.Add([]byte(`{"network":"x"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := chain.ParseNetwork(b)
		if err != nil {
			if !errors.Is(err, chain.ErrNetwork) {
				t.Fatal(err)
			}
			return
		}
		if err := n.Check(); err != nil {
			t.Fatal(err)
		}
	})
}
