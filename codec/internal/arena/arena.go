// Package arena lends large blocks of memory, so that a call after another finds pages that are already mapped.
package arena

import (
	"slices"
	"sync"
	"time"
	"weak"
)

const (
	// align keeps blocks on cache lines of their own, which also suits vector loads.
	align = 64
	// maxIdle is how many arenas a pool keeps for later: one for a call, and one for a call beside it.
	maxIdle = 2
	// idleTime is how long: a series of calls finds its memory, and a process that is done gives it back.
	idleTime = 10 * time.Second
)

// Pool keeps a few arenas for some seconds after their use. The zero value is ready. It is safe for concurrent use.
//
// Compared to a sync.Pool it does not lose an arena because the next call runs on another processor: a few large blocks
// matter one by one.
type Pool struct {
	mu    sync.Mutex
	idle  []*Arena
	timer *time.Timer // clears idle
}

// Get returns an empty arena of at least size bytes. Its memory has arbitrary content.
func (p *Pool) Get(size int) *Arena {
	p.mu.Lock()
	defer p.mu.Unlock()
	best := -1
	for i, a := range p.idle {
		if a.Size() >= size && (best < 0 || a.Size() < p.idle[best].Size()) {
			best = i
		}
	}
	if best < 0 {
		// Arenas that are too small now would be in memory beside the new one.
		p.idle = nil
		return New(size)
	}
	a := p.idle[best]
	p.idle = slices.Delete(p.idle, best, best+1)
	return a
}

// Put takes an arena back; nothing taken from it may be used afterwards.
func (p *Pool) Put(a *Arena) {
	a.used = 0
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == maxIdle {
		return
	}
	p.idle = append(p.idle, a)
	if p.timer == nil {
		// The timer must not keep a pool that nobody has any more.
		self := weak.Make(p)
		p.timer = time.AfterFunc(idleTime, func() {
			if p := self.Value(); p != nil {
				p.clear()
			}
		})
		return
	}
	p.timer.Reset(idleTime)
}

func (p *Pool) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = nil
}

// Arena is a block of memory that is handed out from its front. One goroutine at a time may take from it.
type Arena struct {
	b    []byte
	used int
}

// New returns an arena of size bytes that belongs to no pool.
func New(size int) *Arena { return &Arena{b: make([]byte, size)} }

// Size returns how many bytes the arena has.
func (a *Arena) Size() int { return len(a.b) }

// Padded returns how much of an arena Take(n) uses.
func Padded(n int) int { return (n + align - 1) / align * align }

// Take returns the next n bytes, with arbitrary content. Whoever gets the arena plans its size; what does not fit is
// allocated apart.
func (a *Arena) Take(n int) []byte {
	if a.used+n > len(a.b) {
		return make([]byte, n)
	}
	b := a.b[a.used:][:n:n]
	a.used = min(a.used+Padded(n), len(a.b))
	return b
}
