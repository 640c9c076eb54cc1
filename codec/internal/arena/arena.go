// Package arena lends large blocks of memory, so that a call after another finds pages that are already mapped.
package arena

import "sync"

// align keeps blocks on cache lines of their own, which also suits vector loads.
const align = 64

// Pool keeps arenas between uses until the garbage collector wants the memory. The zero value is ready. It is safe for
// concurrent use.
type Pool struct {
	free sync.Pool
}

// Get returns an empty arena of at least size bytes. Its memory has arbitrary content.
func (p *Pool) Get(size int) *Arena {
	if a, ok := p.free.Get().(*Arena); ok && cap(a.b) >= size {
		return a
	}
	return New(size)
}

// Put takes an arena back; nothing taken from it may be used afterwards.
func (p *Pool) Put(a *Arena) {
	a.used = 0
	p.free.Put(a)
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
