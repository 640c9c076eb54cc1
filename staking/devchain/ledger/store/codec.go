package store

import (
	"encoding/binary"
	"fmt"
)

func appendNumber(b []byte, n uint64) []byte { return binary.AppendUvarint(b, n) }

func appendBytes(b, s []byte) []byte { return append(binary.AppendUvarint(b, uint64(len(s))), s...) }

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendFlag(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// decoder reads what the functions above append, until something is wrong.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) take(n uint64) []byte {
	if d.bad || n > uint64(len(d.b)) {
		d.bad = true
		return nil
	}
	head := d.b[:n:n]
	d.b = d.b[n:]
	return head
}

func (d *decoder) number() uint64 {
	n, size := binary.Uvarint(d.b)
	if size <= 0 {
		d.bad = true
		return 0
	}
	d.b = d.b[size:]
	return n
}

// count reads the length of a list, whose elements have a byte each at least.
func (d *decoder) count() int {
	n := d.number()
	if n > uint64(len(d.b)) {
		d.bad = true
		return 0
	}
	return int(n)
}

func (d *decoder) bytes() []byte { return d.take(d.number()) }

func (d *decoder) text() string { return string(d.bytes()) }

func (d *decoder) flag() bool {
	b := d.take(1)
	return len(b) == 1 && b[0] != 0
}

func (d *decoder) byte() byte {
	if b := d.take(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (d *decoder) wide() (w [32]byte) {
	copy(w[:], d.take(32))
	return w
}

// end is ErrCorrupt unless everything was read.
func (d *decoder) end(what string, args ...any) error {
	if d.bad || len(d.b) > 0 {
		return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(what, args...))
	}
	return nil
}
