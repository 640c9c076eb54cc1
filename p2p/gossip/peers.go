package gossip

import (
	"math"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/time/rate"
)

// peers watches how much each neighbour sends. It is safe for concurrent use.
type peers struct {
	mu   sync.Mutex
	list map[peer.ID]*neighbour
}

// neighbour is what is remembered of a peer that sends to us.
type neighbour struct {
	messages, ignored *rate.Limiter
	excess            float64 // at the time of changed
	changed           time.Time
}

func newPeers() *peers { return &peers{list: make(map[peer.ID]*neighbour)} }

// get returns the entry of a peer. p.mu is held.
func (p *peers) get(id peer.ID, now time.Time) *neighbour {
	n, ok := p.list[id]
	if ok {
		return n
	}
	if len(p.list) >= maxPeers {
		p.forget(now)
	}
	n = &neighbour{messages: rate.NewLimiter(peerRate, peerBurst), ignored: rate.NewLimiter(ignoredRate, ignoredBurst), changed: now}
	p.list[id] = n
	return n
}

// forget drops an entry, one without excess if there is any.
func (p *peers) forget(now time.Time) {
	var victim peer.ID
	least := math.Inf(1)
	for id, n := range p.list {
		if e := n.fade(now); e < least {
			victim, least = id, e
		}
		if least < excessPenalty {
			break
		}
	}
	delete(p.list, victim)
}

// fade returns the excess at a time.
func (n *neighbour) fade(now time.Time) float64 {
	return n.excess * math.Exp2(-float64(now.Sub(n.changed))/float64(excessHalf))
}

func (n *neighbour) punish(now time.Time, messages int) {
	n.excess = min(n.fade(now)+float64(messages)*excessPenalty, excessMax)
	n.changed = now
}

// allow reports whether a peer may send this many messages now; it loses score when not.
func (p *peers) allow(id peer.ID, messages int) bool {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.get(id, now)
	if n.messages.AllowN(now, messages) {
		return true
	}
	n.punish(now, messages)
	return false
}

// ignored counts a message of a peer that could not be judged or was stale.
func (p *peers) ignored(id peer.ID) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := p.get(id, now); !n.ignored.AllowN(now, 1) {
		n.punish(now, 1)
	}
}

// excess returns the penalty of a peer, 0 or more.
func (p *peers) excess(id peer.ID) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, ok := p.list[id]
	if !ok {
		return 0
	}
	return n.fade(time.Now())
}
