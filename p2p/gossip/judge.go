package gossip

import (
	"errors"
	"slices"
	"sync"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/time/rate"

	"github.com/floe-network/floe/staking"
)

// Reasons for a verdict, as they appear in metrics.
const (
	reasonAccepted    = "accepted"
	reasonMalformed   = "malformed"
	reasonSignature   = "signature"
	reasonNotMember   = "not_member"
	reasonShards      = "shards"
	reasonNoCommittee = "no_committee"
	reasonEpoch       = "other_epoch"
	reasonStale       = "stale"
	reasonRate        = "rate"
)

// judge decides about messages. It is safe for concurrent use.
type judge struct {
	network   string
	committee func() *staking.Committee

	mu      sync.Mutex
	epoch   uint32
	authors map[peer.ID]*author // members of the committee of epoch that have spoken
}

// author is what is remembered of a sender.
type author struct {
	newest uint64
	window uint64 // bit i: newest - i was seen
	budget *rate.Limiter
}

func newJudge(network string, committee func() *staking.Committee) *judge {
	return &judge{network: network, committee: committee, authors: make(map[peer.ID]*author)}
}

// verdict decides about a message; the Availability is nil unless the message is accepted.
func (j *judge) verdict(data []byte) (*Availability, pubsub.ValidationResult, string) {
	a, err := open(j.network, data)
	switch {
	case errors.Is(err, errMalformed):
		return nil, pubsub.ValidationReject, reasonMalformed
	case err != nil:
		return nil, pubsub.ValidationReject, reasonSignature
	}
	c := j.committee()
	if c == nil {
		return nil, pubsub.ValidationIgnore, reasonNoCommittee
	}
	if a.Epoch != c.Epoch() {
		return nil, pubsub.ValidationIgnore, reasonEpoch
	}
	i, ok := c.MemberOfPeer(a.Peer)
	if !ok {
		return nil, pubsub.ValidationReject, reasonNotMember
	}
	a.Member = i
	own := c.Member(i).Shards
	for _, s := range a.Shards {
		if _, found := slices.BinarySearch(own, s); !found {
			return nil, pubsub.ValidationReject, reasonShards
		}
	}
	if result, reason := j.admit(c, a); result != pubsub.ValidationAccept {
		return nil, result, reason
	}
	return a, pubsub.ValidationAccept, reasonAccepted
}

// admit checks sequence and rate of a sender, and remembers the message.
func (j *judge) admit(c *staking.Committee, a *Availability) (pubsub.ValidationResult, string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if c.Epoch() > j.epoch {
		j.epoch = c.Epoch()
		for p := range j.authors {
			if _, ok := c.MemberOfPeer(p); !ok {
				delete(j.authors, p)
			}
		}
	}
	w, ok := j.authors[a.Peer]
	if !ok {
		w = &author{budget: rate.NewLimiter(authorRate, authorBurst)}
		j.authors[a.Peer] = w
	}
	if w.seen(a.Sequence) {
		return pubsub.ValidationIgnore, reasonStale
	}
	if !w.budget.AllowN(time.Now(), 1) {
		return pubsub.ValidationIgnore, reasonRate
	}
	w.mark(a.Sequence)
	return pubsub.ValidationAccept, reasonAccepted
}

// seen reports whether a sequence number was marked or is behind the window.
func (w *author) seen(n uint64) bool {
	switch {
	case w.window == 0 || n > w.newest:
		return false
	case w.newest-n >= sequenceWindow:
		return true
	default:
		return w.window>>(w.newest-n)&1 == 1
	}
}

// mark remembers a sequence number that is not seen.
func (w *author) mark(n uint64) {
	switch {
	case w.window == 0:
		w.newest, w.window = n, 1
	case n > w.newest:
		w.window = w.window<<(n-w.newest) | 1 // a shift by 64 or more gives 0
		w.newest = n
	default:
		w.window |= 1 << (w.newest - n)
	}
}
