package gf16

// Workspace is scratch memory for Encode and Decode. The zero value is ready; it grows to what a call needs and is
// reused by later ones. One goroutine at a time.
type Workspace struct {
	buf []byte
}

func (w *Workspace) grow(n int) []byte {
	if cap(w.buf) < n {
		w.buf = make([]byte, n)
	}
	return w.buf[:n]
}
