package discovery

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/floe-network/floe/staking"
)

// dhtHost is the host as the DHT sees it: addresses that it hears for committee members end up in hints, and it reaches
// members as everybody else does, trusted addresses first.
type dhtHost struct {
	host.Host
	book  *hintBook
	reach func(ctx context.Context, p peer.ID) error
}

func (h *dhtHost) Peerstore() peerstore.Peerstore { return h.book }

func (h *dhtHost) Connect(ctx context.Context, pi peer.AddrInfo) error {
	if h.book.isMember(pi.ID) {
		return h.reach(ctx, pi.ID)
	}
	return h.Host.Connect(ctx, pi)
}

// hintBook is the host's peerstore, but for hearsay about committee members, which it keeps apart.
type hintBook struct {
	peerstore.Peerstore
	committee func() *staking.Committee

	mu    sync.Mutex
	hints map[peer.ID][]hint // only members: at most maxHints each
}

type hint struct {
	addr  ma.Multiaddr
	until time.Time
}

func newHintBook(ps peerstore.Peerstore, committee func() *staking.Committee) *hintBook {
	return &hintBook{Peerstore: ps, committee: committee, hints: make(map[peer.ID][]hint)}
}

func (b *hintBook) isMember(p peer.ID) bool {
	c := b.committee()
	if c == nil {
		return false
	}
	_, ok := c.MemberOfPeer(p)
	return ok
}

// AddAddr implements peerstore.AddrBook.
func (b *hintBook) AddAddr(p peer.ID, addr ma.Multiaddr, ttl time.Duration) {
	b.AddAddrs(p, []ma.Multiaddr{addr}, ttl)
}

// AddAddrs implements peerstore.AddrBook. The DHT adds what others say of a peer for TempAddrTTL, and what a peer says of
// itself, over a connection that proves who it is, for longer: only the first is hearsay.
func (b *hintBook) AddAddrs(p peer.ID, addrs []ma.Multiaddr, ttl time.Duration) {
	if ttl > peerstore.TempAddrTTL || !b.isMember(p) {
		b.Peerstore.AddAddrs(p, addrs, ttl)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.hints[p]
	until := time.Now().Add(ttl)
next:
	for _, a := range addrs {
		for i := range list {
			if list[i].addr.Equal(a) {
				list[i].until = until
				continue next
			}
		}
		if len(list) < maxHints {
			list = append(list, hint{a, until})
		} else {
			// Neither the first nor the last to speak is more often right.
			list[rand.IntN(maxHints)] = hint{a, until} //nolint:gosec // fairness, not secrecy
		}
	}
	b.hints[p] = list
}

// take returns the hints of a peer that still hold.
func (b *hintBook) take(p peer.ID) []ma.Multiaddr {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	var addrs []ma.Multiaddr
	for _, h := range b.hints[p] {
		if h.until.After(now) {
			addrs = append(addrs, h.addr)
		}
	}
	return addrs
}

// drop takes hints that did not lead to the peer out of the peerstore, where dialling has put them; when they have been tried
// to the end, they are forgotten here too.
func (b *hintBook) drop(p peer.ID, bad []ma.Multiaddr, tried bool) {
	b.SetAddrs(p, bad, 0)
	if !tried {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hints[p] = slices.DeleteFunc(b.hints[p], func(h hint) bool { return ma.Contains(bad, h.addr) })
}

// sweep drops expired hints and those of peers that are no members any more.
func (b *hintBook) sweep() {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	for p, list := range b.hints {
		live := false
		for _, h := range list {
			live = live || h.until.After(now)
		}
		if !live || !b.isMember(p) {
			delete(b.hints, p)
		}
	}
}
