package staking

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking/bls"
)

// ErrInvalid wraps every complaint about a committee, a message or a certificate.
var ErrInvalid = errors.New("invalid")

// Bounds of what is read from outside.
const (
	// MaxMembers bounds a committee: Walrus's active set is at most 150 nodes, with room to grow.
	MaxMembers = 1024
	// MaxMemberAddrs bounds a member's addresses: four transports over two IP versions, twice.
	MaxMemberAddrs = 16
	// maxNetworkName bounds the name that is part of every protocol id.
	maxNetworkName = 32
)

// NodeID names a storage node on chain: the id of its pool object. Its text form is 64 hexadecimal digits after "0x".
type NodeID [32]byte

// String returns the text form.
func (id NodeID) String() string { return "0x" + hex.EncodeToString(id[:]) }

// MarshalText implements encoding.TextMarshaler.
func (id NodeID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the text form; the "0x" may be missing.
func (id *NodeID) UnmarshalText(b []byte) error {
	s := strings.TrimPrefix(string(b), "0x")
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(id) {
		return fmt.Errorf("%w: node id %.80q: want 64 hexadecimal digits", ErrInvalid, b)
	}
	copy(id[:], raw)
	return nil
}

// Member is one storage node of a committee.
type Member struct {
	NodeID    NodeID
	PeerID    peer.ID
	PublicKey bls.PublicKey
	// Addrs are hints where the node may be reached, without the /p2p part; they may be empty or stale.
	Addrs []ma.Multiaddr
	// Shards that the member holds, ascending. Never empty.
	Shards []int
}

// Committee is who holds which shard in one epoch. It is immutable and safe for concurrent use.
type Committee struct {
	network string
	epoch   uint32
	params  codec.Params
	members []Member
	byShard []int // member index
	byPeer  map[peer.ID]int
}

// NewCommittee checks and indexes the members: sorted by node id, without repeated ids, peers or keys, every shard of
// 0..n-1 held exactly once. It keeps the slice.
func NewCommittee(network string, epoch uint32, shards int, members []Member) (*Committee, error) {
	if err := CheckNetworkName(network); err != nil {
		return nil, err
	}
	params, err := codec.NewParams(shards)
	if err != nil {
		return nil, fmt.Errorf("%w committee: %w", ErrInvalid, err)
	}
	if len(members) == 0 || len(members) > MaxMembers {
		return nil, fmt.Errorf("%w committee: %d members, want 1 to %d", ErrInvalid, len(members), MaxMembers)
	}
	c := &Committee{
		network: network, epoch: epoch, params: params, members: members,
		byShard: make([]int, shards), byPeer: make(map[peer.ID]int, len(members)),
	}
	for i := range c.byShard {
		c.byShard[i] = -1
	}
	keys := make(map[[bls.PublicKeySize]byte]bool, len(members))
	for i := range members {
		m := &members[i]
		if i > 0 && bytes.Compare(members[i-1].NodeID[:], m.NodeID[:]) >= 0 {
			return nil, fmt.Errorf("%w committee: member %d (%s) is out of order: sort by node id, each once", ErrInvalid, i, m.NodeID)
		}
		if err := m.PeerID.Validate(); err != nil {
			return nil, fmt.Errorf("%w committee: member %s: peer id: %w", ErrInvalid, m.NodeID, err)
		}
		if _, dup := c.byPeer[m.PeerID]; dup {
			return nil, fmt.Errorf("%w committee: peer %s appears twice", ErrInvalid, m.PeerID)
		}
		c.byPeer[m.PeerID] = i
		if !m.PublicKey.Valid() {
			return nil, fmt.Errorf("%w committee: member %s has no BLS key", ErrInvalid, m.NodeID)
		}
		if keys[m.PublicKey.Bytes()] {
			return nil, fmt.Errorf("%w committee: the BLS key of member %s appears twice", ErrInvalid, m.NodeID)
		}
		keys[m.PublicKey.Bytes()] = true
		if len(m.Addrs) > MaxMemberAddrs {
			return nil, fmt.Errorf("%w committee: member %s has %d addresses, at most %d", ErrInvalid, m.NodeID, len(m.Addrs), MaxMemberAddrs)
		}
		if len(m.Shards) == 0 || !slices.IsSorted(m.Shards) {
			return nil, fmt.Errorf("%w committee: member %s: shards must be ascending and not empty", ErrInvalid, m.NodeID)
		}
		for _, s := range m.Shards {
			if s < 0 || s >= shards {
				return nil, fmt.Errorf("%w committee: member %s: shard %d, there are %d", ErrInvalid, m.NodeID, s, shards)
			}
			if c.byShard[s] >= 0 {
				return nil, fmt.Errorf("%w committee: shard %d is held twice", ErrInvalid, s)
			}
			c.byShard[s] = i
		}
	}
	if s := slices.Index(c.byShard, -1); s >= 0 {
		return nil, fmt.Errorf("%w committee: nobody holds shard %d", ErrInvalid, s)
	}
	return c, nil
}

// CheckNetworkName refuses names that could not stand in a protocol id: 1 to 32 of a-z, 0-9 and '-'.
func CheckNetworkName(s string) error {
	ok := len(s) > 0 && len(s) <= maxNetworkName
	for _, r := range s {
		ok = ok && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-')
	}
	if !ok {
		return fmt.Errorf("%w: network name %.40q: want 1 to %d of a-z, 0-9, '-'", ErrInvalid, s, maxNetworkName)
	}
	return nil
}

// Network returns the network's name, a part of every protocol id.
func (c *Committee) Network() string { return c.network }

// Epoch returns the epoch the committee serves.
func (c *Committee) Epoch() uint32 { return c.epoch }

// Params returns the dimensions of the code for the committee's shards.
func (c *Committee) Params() codec.Params { return c.params }

// Size returns the number of members.
func (c *Committee) Size() int { return len(c.members) }

// Member returns member i in order of node id. The caller must not change what it points to.
func (c *Committee) Member(i int) *Member { return &c.members[i] }

// MemberOfShard returns the index of the member that holds a shard, 0 <= shard < n.
func (c *Committee) MemberOfShard(shard int) int { return c.byShard[shard] }

// MemberOfPeer returns the index of the member with this peer id.
func (c *Committee) MemberOfPeer(p peer.ID) (int, bool) {
	i, ok := c.byPeer[p]
	return i, ok
}

// Quorum reports whether shards of the given weight are a quorum: 3w >= 2n+1.
func (c *Committee) Quorum(weight int) bool { return 3*weight >= 2*c.params.Shards()+1 }

// QuorumWeight returns the least weight that is a quorum.
func (c *Committee) QuorumWeight() int { return (2*c.params.Shards() + 3) / 3 }

// Validity reports whether shards of the given weight include one that is correct: 3w >= n+1.
func (c *Committee) Validity(weight int) bool { return 3*weight >= c.params.Shards()+1 }
