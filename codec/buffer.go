package codec

import (
	"fmt"
	"io"
	"sync"
)

// Buffer is an Output in memory, for blobs that are known to be small. It is safe for concurrent use.
type Buffer struct {
	mu sync.RWMutex
	b  []byte
}

// NewBuffer returns an empty buffer.
func NewBuffer() *Buffer { return &Buffer{} }

// Bytes returns the content. It aliases the buffer.
func (b *Buffer) Bytes() []byte {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.b
}

// ReadAt implements io.ReaderAt.
func (b *Buffer) ReadAt(p []byte, off int64) (int, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if off < 0 {
		return 0, fmt.Errorf("%w: read at %d", ErrInvalid, off)
	}
	if off >= int64(len(b.b)) {
		return 0, io.EOF
	}
	n := copy(p, b.b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt implements io.WriterAt; the buffer grows as needed.
func (b *Buffer) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("%w: write at %d", ErrInvalid, off)
	}
	b.mu.RLock()
	if end := off + int64(len(p)); end > int64(len(b.b)) {
		b.mu.RUnlock()
		b.mu.Lock()
		if end > int64(len(b.b)) {
			b.resize(end)
		}
		b.mu.Unlock()
		b.mu.RLock()
	}
	defer b.mu.RUnlock()
	return copy(b.b[off:], p), nil
}

// Truncate makes the buffer exactly size bytes long.
func (b *Buffer) Truncate(size int64) error {
	if size < 0 {
		return fmt.Errorf("%w: truncate to %d", ErrInvalid, size)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.resize(size)
	return nil
}

func (b *Buffer) resize(size int64) {
	if size <= int64(cap(b.b)) {
		old := len(b.b)
		b.b = b.b[:size]
		if old < int(size) {
			clear(b.b[old:])
		}
		return
	}
	grown := make([]byte, size)
	copy(grown, b.b)
	b.b = grown
}
