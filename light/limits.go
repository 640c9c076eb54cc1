package light

import (
	"context"
	"sync"

	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/semaphore"
)

// limiter bounds what a client has under way over all its operations: bytes of bodies, and requests to one peer.
type limiter struct {
	total   int64 // bytes
	streams int   // requests to one peer
	bytes   *semaphore.Weighted

	mu    sync.Mutex
	peers map[peer.ID]*peerSlots
}

// peerSlots exists while somebody holds or waits for one of the peer's slots, so that the table never outgrows the work.
type peerSlots struct {
	slots chan struct{}
	users int
}

func newLimiter(total int64, streams int) *limiter {
	return &limiter{total: total, streams: streams, bytes: semaphore.NewWeighted(total), peers: make(map[peer.ID]*peerSlots)}
}

// acquire waits for a request slot of the peer and then for n bytes, in this order, so that nobody holds bytes while it
// waits for a busy peer. A body larger than the whole budget takes all of it. If it has to wait for bytes, it calls waits
// (which may be nil) with true before and with false after that. The caller must call release once.
func (l *limiter) acquire(ctx context.Context, p peer.ID, n int64, waits func(bool)) (release func(), err error) {
	n = min(max(n, 0), l.total)
	s := l.enter(p)
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		l.leave(p, s)
		return nil, context.Cause(ctx)
	}
	if !l.bytes.TryAcquire(n) {
		if waits != nil {
			waits(true)
		}
		if err := l.bytes.Acquire(ctx, n); err != nil {
			<-s.slots
			l.leave(p, s)
			return nil, context.Cause(ctx)
		}
		if waits != nil {
			waits(false)
		}
	}
	return func() {
		l.bytes.Release(n)
		<-s.slots
		l.leave(p, s)
	}, nil
}

func (l *limiter) enter(p peer.ID) *peerSlots {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.peers[p]
	if s == nil {
		s = &peerSlots{slots: make(chan struct{}, l.streams)}
		l.peers[p] = s
	}
	s.users++
	return s
}

func (l *limiter) leave(p peer.ID, s *peerSlots) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.users--; s.users == 0 {
		delete(l.peers, p)
	}
}
