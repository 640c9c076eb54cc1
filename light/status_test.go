package light

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light/internal/simnet"
	"github.com/floe-network/floe/staking"
)

func TestStatus(t *testing.T) {
	for _, tc := range []struct {
		name                  string
		fault                 simnet.Fault
		count                 int
		confirmed             int
		readable, certifiable bool
	}{
		{"all well", simnet.Fault{}, 0, 100, true, true},
		{"f dead", simnet.Fault{Dead: true}, 3, 70, true, true},
		{"more dead", simnet.Fault{Dead: true}, 4, 60, true, false},
		{"2f silent", simnet.Fault{Silent: true}, 6, 40, true, false},
		{"more silent", simnet.Fault{Silent: true}, 7, 30, false, false},
		{"forgetful", simnet.Fault{Forgetful: true}, 7, 30, false, false},
		{"forgers", simnet.Fault{Forger: true}, 4, 60, true, false},
		{"another epoch", simnet.Fault{Epoch: true}, 4, 60, true, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := simnet.New(t, simnet.Even(10, 10)...)
				id := s.Load(sample(3000, 1))
				s.Set(tc.fault, last(10, tc.count)...)
				st, err := newClient(t, s, Limits{}).Status(context.Background(), id, StatusOptions{Kind: &staking.BlobKind{}})
				if err != nil {
					t.Fatal(err)
				}
				if st.Confirmed != tc.confirmed || st.Readable != tc.readable || st.Certifiable != tc.certifiable || !st.Known || st.Total != 100 {
					t.Errorf("%+v", st)
				}
				if len(st.Members) != 10 {
					t.Fatalf("%d members", len(st.Members))
				}
				for i, m := range st.Members {
					if well := i < 10-tc.count; well != m.Confirmed || well && (!m.Reachable || m.Cause != CauseNone) {
						t.Errorf("member %d: %+v", i, m)
					}
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(10, 10)...)
		c := newClient(t, s, Limits{})
		st, err := c.Status(context.Background(), codec.BlobID{1}, StatusOptions{Kind: &staking.BlobKind{}})
		if err != nil {
			t.Fatal(err)
		}
		if st.Known || st.Readable || st.Reachable != 100 {
			t.Errorf("an unknown blob: %+v", st)
		}
		s.Set(simnet.Fault{Dead: true}, 9)
		nodes, err := c.Nodes(context.Background())
		if err != nil || len(nodes) != 10 {
			t.Fatal(nodes, err)
		}
		if nodes[9].Reachable || nodes[9].Cause != CauseUnreachable || !nodes[0].Reachable || !nodes[0].Node.AcceptsPuts {
			t.Errorf("%+v", nodes)
		}
	})
}
