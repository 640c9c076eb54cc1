package work

import (
	"context"
	"slices"
	"sync"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/p2p/request"
)

// Pool bounds how much costly work (expanding slivers, hashing) runs at once and shares it among peers: when all slots
// are taken, peers wait in turn, one piece of work each, however many pieces they have brought. It has no goroutines of
// its own; work runs in the goroutine that brings it.
type Pool struct {
	perPeer int // pieces that one peer may have waiting

	mu    sync.Mutex
	free  int
	queue map[peer.ID][]chan struct{} // waiting pieces of each peer, never empty
	turns []peer.ID                   // the keys of queue, the next in turn first
}

// NewPool makes a pool that runs so many pieces at once and lets perPeer of one peer wait.
func NewPool(slots, perPeer int) *Pool {
	return &Pool{free: slots, perPeer: perPeer, queue: make(map[peer.ID][]chan struct{})}
}

// Do runs work for a peer when it is the peer's turn. It fails with Busy when the peer has too much waiting, and with the
// context's error when that ends before the work begins.
func (p *Pool) Do(ctx context.Context, from peer.ID, work func() error) error {
	if err := p.acquire(ctx, from); err != nil {
		return err
	}
	defer p.release()
	return work()
}

func (p *Pool) acquire(ctx context.Context, from peer.ID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	if p.free > 0 {
		p.free--
		p.mu.Unlock()
		return nil
	}
	waiting := p.queue[from]
	if len(waiting) >= p.perPeer {
		p.mu.Unlock()
		return &request.Error{Status: request.Busy, Message: "too many of your requests wait for verification", RetryAfter: busyRetry}
	}
	if len(waiting) == 0 {
		p.turns = append(p.turns, from)
	}
	turn := make(chan struct{})
	p.queue[from] = append(waiting, turn)
	p.mu.Unlock()

	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	i := slices.Index(p.queue[from], turn)
	if i >= 0 {
		p.leave(from, i)
	}
	p.mu.Unlock()
	if i < 0 { // the turn came at the same moment: pass it on
		p.release()
	}
	return ctx.Err()
}

// leave takes piece i of a peer out of the queue. The caller holds mu.
func (p *Pool) leave(from peer.ID, i int) {
	rest := slices.Delete(p.queue[from], i, i+1)
	if len(rest) > 0 {
		p.queue[from] = rest
		return
	}
	delete(p.queue, from)
	p.turns = slices.DeleteFunc(p.turns, func(id peer.ID) bool { return id == from })
}

// release gives the slot to the next in turn. It is only free while nobody waits.
func (p *Pool) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.turns) == 0 {
		p.free++
		return
	}
	next := p.turns[0]
	turn := p.queue[next][0]
	p.leave(next, 0)
	if len(p.queue[next]) > 0 { // to the end of the line
		p.turns = append(p.turns[1:], next)
	}
	close(turn)
}
