package staking_test

import (
	"testing"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/stakingtest"
)

func TestReadersFollowTheChange(t *testing.T) {
	nodes := stakingtest.Nodes(t, 4)
	var committees [4]*staking.Committee
	for i := range committees {
		committees[i] = stakingtest.Committee(t, nodes, uint32(i), 7)
	}
	e := staking.Epochs{Previous: committees[1], Current: committees[2], Next: committees[3]}
	for _, c := range []struct {
		certified uint32
		changing  bool
		want      *staking.Committee
	}{
		{certified: 1, changing: true, want: committees[1]},
		{certified: 0, changing: true, want: committees[1]},
		{certified: 2, changing: true, want: committees[2]},
		{certified: 1, changing: false, want: committees[2]},
		{certified: 3, changing: false, want: nil},
	} {
		e.Changing = c.changing
		if got := e.Readers(c.certified); got != c.want {
			t.Errorf("certified in %d, changing %t: %v", c.certified, c.changing, got)
		}
	}
	first := staking.Epochs{Current: committees[1], Changing: true}
	if first.Readers(0) != committees[1] {
		t.Error("without a committee before, the first serves everything")
	}
	for epoch, want := range map[uint32]*staking.Committee{0: nil, 1: committees[1], 2: committees[2], 3: committees[3], 4: nil} {
		if got := e.Of(epoch); got != want {
			t.Errorf("epoch %d: %v", epoch, got)
		}
	}
}
