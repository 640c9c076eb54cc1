package light

import (
	"slices"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/stakingtest"
)

// A client knows where the members of the epochs before and after are, who may be asked as well.
func TestNeighbours(t *testing.T) {
	addr := ma.StringCast("/ip4/192.0.2.1/tcp/4001")
	com := func(epoch uint32, from int) *staking.Committee {
		members := stakingtest.Members(t, stakingtest.Nodes(t, 8), 8)[from : from+4]
		for i := range members {
			members[i].Shards = []int{i}
			members[i].Addrs = []ma.Multiaddr{addr}
		}
		members[3].Addrs = nil
		c, err := staking.NewCommittee(stakingtest.Network, epoch, 4, members)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	e := &staking.Epochs{Previous: com(1, 0), Current: com(2, 1), Next: com(3, 4)}
	var want []peer.ID
	for _, i := range []int{0, 5, 6} { // 1 to 4 are in the current one, 7 has no address
		want = append(want, stakingtest.Nodes(t, 8)[i].ID(t))
	}
	var got []peer.ID
	for _, info := range neighbours(e) {
		got = append(got, info.ID)
		if len(info.Addrs) != 1 || !info.Addrs[0].Equal(addr) {
			t.Errorf("%s is at %v", info.ID, info.Addrs)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
