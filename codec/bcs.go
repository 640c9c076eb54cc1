package codec

import (
	"encoding/binary"
	"fmt"
)

// ulebLen returns the length of v in ULEB128.
func ulebLen(v uint64) int {
	n := 1
	for v >= 0x80 {
		v >>= 7
		n++
	}
	return n
}

// bcsReader takes BCS values off a byte slice. It never allocates, and after the first error every read gives zero.
type bcsReader struct {
	b   []byte
	err error
}

func (r *bcsReader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w BCS: %s", ErrInvalid, what)
	}
	r.b = nil
}

func (r *bcsReader) take(n int, what string) []byte {
	if n < 0 || len(r.b) < n {
		r.fail("truncated at " + what)
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *bcsReader) u8(what string) uint8 {
	if b := r.take(1, what); b != nil {
		return b[0]
	}
	return 0
}

func (r *bcsReader) u16(what string) uint16 {
	if b := r.take(2, what); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (r *bcsReader) u64(what string) uint64 {
	if b := r.take(8, what); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// length reads a canonical ULEB128 length of at most limit.
func (r *bcsReader) length(limit int, what string) int {
	var v uint64
	for shift := 0; ; shift += 7 {
		// Five groups of seven bits are all that BCS allows (lengths below 2^31).
		if shift > 28 {
			r.fail("length of " + what + " has too many bytes")
			return 0
		}
		b := r.u8("length of " + what)
		if r.err != nil {
			return 0
		}
		v |= uint64(b&0x7f) << shift
		if b&0x80 == 0 {
			if b == 0 && shift > 0 {
				r.fail("length of " + what + " is not canonical")
				return 0
			}
			break
		}
	}
	if v > uint64(max(limit, 0)) {
		r.fail(fmt.Sprintf("length of %s is %d, limit %d", what, v, limit))
		return 0
	}
	return int(v)
}

// digest reads a MerkleNode enum. An explicit digest of 32 zero bytes is refused: Empty has a tag of its own, and one
// value has one encoding.
func (r *bcsReader) digest(what string) (d Digest) {
	switch r.u8(what) {
	case 0:
	case 1:
		copy(d[:], r.take(len(d), what))
		if r.err == nil && d == (Digest{}) {
			r.fail(what + " is a zero digest")
		}
	default:
		r.fail(what + " has an unknown tag")
	}
	return d
}

// end fails unless everything was read.
func (r *bcsReader) end() error {
	if r.err == nil && len(r.b) != 0 {
		r.fail(fmt.Sprintf("%d bytes left over", len(r.b)))
	}
	return r.err
}

func appendDigest(b []byte, d Digest) []byte {
	if d == (Digest{}) {
		return append(b, 0)
	}
	return append(append(b, 1), d[:]...)
}
