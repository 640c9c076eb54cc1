package main

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/p2p/request"
)

// liar makes a node of the demo serve corrupt slivers.
type liar struct {
	mu     sync.RWMutex
	node   peer.ID
	served atomic.Int64 // slivers opened on the lying node
}

// start makes the node lie from now on.
func (l *liar) start(node peer.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.node = node
}

func (l *liar) lies(node peer.ID) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.node == node
}

// wrap is a decorator.
func (l *liar) wrap(node peer.ID, b request.Backend) request.Backend {
	b.Sliver = &lyingSlivers{SliverBackend: b.Sliver, node: node, liar: l}
	return b
}

type lyingSlivers struct {
	request.SliverBackend
	node peer.ID
	liar *liar
}

func (s *lyingSlivers) OpenSliver(ctx context.Context, from peer.ID, ref request.SliverRef) (request.SliverReader, error) {
	r, err := s.SliverBackend.OpenSliver(ctx, from, ref)
	if err != nil || !s.liar.lies(s.node) {
		return r, err
	}
	s.liar.served.Add(1)
	return corruptReader{r}, nil
}

// corruptReader flips a bit in the middle of a sliver, which leaves its form right and its content wrong.
type corruptReader struct{ request.SliverReader }

func (r corruptReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.SliverReader.ReadAt(p, off)
	if i := r.Size()/2 - off; i >= 0 && i < int64(n) {
		p[i] ^= 1
	}
	return n, err
}
