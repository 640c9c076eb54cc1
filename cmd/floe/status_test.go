package main

import (
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/light"
	"github.com/floe-network/floe/p2p/request"
)

func TestChainNote(t *testing.T) {
	const somebody = peer.ID("somebody's id")
	for _, c := range []struct {
		lag     time.Duration
		problem string
		want    string
	}{
		{0, "", ""},
		{time.Minute, "", ""},
		{61 * time.Second, "", "node " + short(somebody) + " is 1m1s behind the chain\n"},
		{time.Hour, "no route", "node " + short(somebody) + " is 1h0m0s behind the chain: no route\n"},
		{time.Second, "events were missed", "node " + short(somebody) + " does not follow the chain: events were missed\n"},
	} {
		m := &light.MemberStatus{Peer: somebody, Node: request.NodeStatus{ChainLag: c.lag, ChainProblem: c.problem}}
		if got := chainNote(m); got != c.want {
			t.Errorf("%s, %q: %q, want %q", c.lag, c.problem, got, c.want)
		}
	}
}
