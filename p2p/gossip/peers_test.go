package gossip

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

func TestNeighbourRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeers()
		flooder, honest := peer.ID("flooder"), peer.ID("honest")
		allowed := 0
		for range 3 * peerBurst {
			if p.allow(flooder, 1) {
				allowed++
			}
		}
		if allowed != peerBurst {
			t.Errorf("%d messages of a flood allowed, want %d", allowed, peerBurst)
		}
		if e := p.excess(flooder); e != 2*peerBurst*excessPenalty || -e > grayBelow {
			t.Errorf("excess %v after %d messages too many, not enough to be ignored", e, 2*peerBurst)
		}
		if !p.allow(honest, 10) || p.excess(honest) != 0 || p.excess("unknown") != 0 {
			t.Error("others pay for a flood")
		}
		time.Sleep(excessHalf)
		if e := p.excess(flooder); e != peerBurst*excessPenalty {
			t.Errorf("excess %v after its half-life, want %v", e, peerBurst)
		}
		for range 100 * excessMax {
			p.allow(flooder, 1)
		}
		if e := p.excess(flooder); e > excessMax {
			t.Errorf("excess %v, at most %d", e, excessMax)
		}
		for range ignoredBurst {
			p.ignored(honest)
		}
		if e := p.excess(honest); e != 0 {
			t.Errorf("excess %v for what a change of epoch explains", e)
		}
		for range ignoredBurst {
			p.ignored(honest)
		}
		if e := p.excess(honest); e != ignoredBurst*excessPenalty {
			t.Errorf("excess %v for a flood of messages to be ignored", e)
		}
	})
}

func TestNeighboursAreBounded(t *testing.T) {
	p := newPeers()
	for range peerBurst + 100 {
		p.allow("flooder", 1)
	}
	for i := range 2 * maxPeers {
		p.allow(peer.ID(fmt.Sprint(i)), 1)
	}
	if n := len(p.list); n != maxPeers {
		t.Errorf("%d peers remembered, at most %d", n, maxPeers)
	}
	if p.excess("flooder") == 0 {
		t.Error("a flooder is forgotten before peers that did nothing")
	}
}
