package staking_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	ma "github.com/multiformats/go-multiaddr"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
	"github.com/floe-network/floe/staking/stakingtest"
)

func TestCommittee(t *testing.T) {
	nodes := stakingtest.Nodes(t, 4)
	c := stakingtest.Committee(t, nodes, 7, 10)
	if c.Epoch() != 7 || c.Network() != stakingtest.Network || c.Size() != 4 || c.Params().Shards() != 10 {
		t.Fatalf("committee: epoch %d, network %s, %d members, %d shards", c.Epoch(), c.Network(), c.Size(), c.Params().Shards())
	}
	for s := range 10 {
		if got := c.MemberOfShard(s); got != s%4 || !slices.Contains(c.Member(got).Shards, s) {
			t.Errorf("shard %d belongs to member %d", s, got)
		}
	}
	for i, n := range nodes {
		if got, ok := c.MemberOfPeer(n.ID(t)); !ok || got != i {
			t.Errorf("peer of member %d: %d, %t", i, got, ok)
		}
	}
	if _, ok := c.MemberOfPeer(stakingtest.Nodes(t, 5)[4].ID(t)); ok {
		t.Error("a stranger is a member")
	}
}

func TestQuorums(t *testing.T) {
	for _, shards := range []int{4, 5, 6, 7, 10, 100, 1000} {
		c := stakingtest.Committee(t, stakingtest.Nodes(t, 4), 0, shards)
		f := c.Params().Faulty()
		if q := c.QuorumWeight(); !c.Quorum(q) || c.Quorum(q-1) {
			t.Errorf("n = %d: QuorumWeight %d is not the border", shards, q)
		}
		if !c.Quorum(shards - f) {
			t.Errorf("n = %d: all correct shards are no quorum", shards)
		}
		if c.Validity(f) || !c.Validity(f+1) && shards == 3*f+1 {
			t.Errorf("n = %d: validity does not begin above f = %d", shards, f)
		}
	}
	if c := stakingtest.Committee(t, stakingtest.Nodes(t, 4), 0, 1000); c.QuorumWeight() != 667 {
		t.Errorf("quorum of 1000 is %d", c.QuorumWeight())
	}
}

func TestNewCommitteeRefuses(t *testing.T) {
	nodes := stakingtest.Nodes(t, 4)
	for name, tc := range map[string]struct {
		change func(m []staking.Member) []staking.Member
		says   string
	}{
		"nobody":         {func([]staking.Member) []staking.Member { return nil }, "0 members"},
		"too many":       {func([]staking.Member) []staking.Member { return make([]staking.Member, staking.MaxMembers+1) }, "members, want"},
		"unsorted":       {func(m []staking.Member) []staking.Member { m[0], m[1] = m[1], m[0]; return m }, "out of order"},
		"same node id":   {func(m []staking.Member) []staking.Member { m[1].NodeID = m[0].NodeID; return m }, "out of order"},
		"same peer":      {func(m []staking.Member) []staking.Member { m[1].PeerID = m[0].PeerID; return m }, "twice"},
		"no peer":        {func(m []staking.Member) []staking.Member { m[1].PeerID = ""; return m }, "peer id"},
		"same key":       {func(m []staking.Member) []staking.Member { m[1].PublicKey = m[0].PublicKey; return m }, "BLS key"},
		"no key":         {func(m []staking.Member) []staking.Member { m[1].PublicKey = bls.PublicKey{}; return m }, "no BLS key"},
		"no shards":      {func(m []staking.Member) []staking.Member { m[1].Shards = nil; return m }, "not empty"},
		"unsorted shard": {func(m []staking.Member) []staking.Member { slices.Reverse(m[1].Shards); return m }, "ascending"},
		"repeated shard": {func(m []staking.Member) []staking.Member { m[1].Shards = []int{1, 1, 5, 9}; return m }, "held twice"},
		"stolen shard":   {func(m []staking.Member) []staking.Member { m[1].Shards = []int{0, 1, 5, 9}; return m }, "held twice"},
		"lost shard":     {func(m []staking.Member) []staking.Member { m[1].Shards = []int{5, 9}; return m }, "nobody holds shard 1"},
		"shard -1":       {func(m []staking.Member) []staking.Member { m[1].Shards[0] = -1; return m }, "shard -1"},
		"shard 10":       {func(m []staking.Member) []staking.Member { m[1].Shards[2] = 10; return m }, "shard 10"},
		"addresses": {func(m []staking.Member) []staking.Member {
			m[1].Addrs = make([]ma.Multiaddr, staking.MaxMemberAddrs+1)
			return m
		}, "addresses"},
	} {
		_, err := staking.NewCommittee("test", 1, 10, tc.change(stakingtest.Members(t, nodes, 10)))
		if !errors.Is(err, staking.ErrInvalid) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v, want %q", name, err, tc.says)
		}
	}
	for _, shards := range []int{-1, 0, 3, 4097} {
		if _, err := staking.NewCommittee("test", 1, shards, stakingtest.Members(t, nodes, 10)); !errors.Is(err, staking.ErrInvalid) {
			t.Errorf("%d shards: %v", shards, err)
		}
	}
}

func TestCheckNetworkName(t *testing.T) {
	for _, s := range []string{"a", "floe-testnet-2", strings.Repeat("x", 32)} {
		if err := staking.CheckNetworkName(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"", "A", "a/b", "a b", "ä", "a.b", strings.Repeat("x", 33)} {
		if err := staking.CheckNetworkName(s); !errors.Is(err, staking.ErrInvalid) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestNodeIDText(t *testing.T) {
	var id, back staking.NodeID
	for i := range id {
		id[i] = byte(i)
	}
	for _, s := range []string{id.String(), id.String()[2:]} {
		if err := back.UnmarshalText([]byte(s)); err != nil || back != id {
			t.Errorf("%q: %v, %s", s, err, back)
		}
	}
	for _, s := range []string{"", "0x", "0x00", id.String() + "00", strings.Repeat("z", 64)} {
		if err := back.UnmarshalText([]byte(s)); !errors.Is(err, staking.ErrInvalid) || back != id {
			t.Errorf("%q: %v", s, err)
		}
	}
}
