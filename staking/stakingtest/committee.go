// Package stakingtest makes committees with known secrets, and chains that say what they are told, for tests.
package stakingtest

import (
	"crypto/ed25519"
	"encoding/binary"
	"testing"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
)

// Network is the name of the network that the committees serve.
const Network = "test"

// Node has the secrets of one member.
type Node struct {
	Peer crypto.PrivKey
	BLS  *bls.SecretKey
}

// ID returns the node's peer id.
func (n Node) ID(tb testing.TB) peer.ID {
	tb.Helper()
	id, err := peer.IDFromPrivateKey(n.Peer)
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

// Nodes returns the secrets of the first count nodes. Node i is the same in every call.
func Nodes(tb testing.TB, count int) []Node {
	tb.Helper()
	nodes := make([]Node, count)
	for i := range nodes {
		// The number stands low in the seed, which is also a valid scalar then.
		seed := make([]byte, ed25519.SeedSize)
		binary.BigEndian.PutUint32(seed[ed25519.SeedSize-4:], uint32(i)+1)
		key, err := crypto.UnmarshalEd25519PrivateKey(ed25519.NewKeyFromSeed(seed))
		if err != nil {
			tb.Fatal(err)
		}
		secret, err := bls.ParseSecretKey(seed)
		if err != nil {
			tb.Fatal(err)
		}
		nodes[i] = Node{Peer: key, BLS: secret}
	}
	return nodes
}

// Members makes each node a member; shard s belongs to node s mod len(nodes). Node ids ascend with the index.
func Members(tb testing.TB, nodes []Node, shards int) []staking.Member {
	tb.Helper()
	members := make([]staking.Member, len(nodes))
	for i, n := range nodes {
		members[i] = staking.Member{PeerID: n.ID(tb), PublicKey: n.BLS.Public(), Addrs: []ma.Multiaddr{}}
		binary.BigEndian.PutUint32(members[i].NodeID[:], uint32(i)+1)
	}
	for s := range shards {
		m := &members[s%len(nodes)]
		m.Shards = append(m.Shards, s)
	}
	return members
}

// Committee makes a committee of the nodes.
func Committee(tb testing.TB, nodes []Node, epoch uint32, shards int) *staking.Committee {
	tb.Helper()
	c, err := staking.NewCommittee(Network, epoch, shards, Members(tb, nodes, shards))
	if err != nil {
		tb.Fatal(err)
	}
	return c
}
