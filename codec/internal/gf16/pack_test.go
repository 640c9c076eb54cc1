package gf16

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// All forms pack alike, and unpack what was packed, without touching other bytes.
func TestPack(t *testing.T) {
	for size := 2; size <= 260; size += 2 {
		for _, count := range []int{1, 2, 31, 32, 33, 100} {
			rng := rand.New(rand.NewPCG(3, uint64(size)))
			step := size + rng.IntN(3)
			symbols := randomWord(rng, 1, step*(count-1)+size, 1).b
			want := make([]byte, packedLen(size, count))
			generic.pack(want, symbols, step, size, count)
			eachForm(t, func(t *testing.T, f *form) {
				packed := make([]byte, len(want)+1)
				packed[len(want)] = 0xa5
				f.pack(packed, symbols, step, size, count)
				if !bytes.Equal(packed[:len(want)], want) || packed[len(want)] != 0xa5 {
					t.Fatalf("%d symbols of %d bytes are packed differently", count, size)
				}
				got := bytes.Clone(symbols)
				for i := range count {
					clear(got[i*step:][:size])
				}
				f.unpack(packed, got, step, size, count)
				if !bytes.Equal(got, symbols) {
					t.Fatalf("%d symbols of %d bytes differ after packing and unpacking", count, size)
				}
			})
		}
	}
}

// The pieces cover every byte of every symbol once, and none exceeds the limit.
func TestPieces(t *testing.T) {
	rng := rand.New(rand.NewPCG(27, 28))
	for range 500 {
		size, count := 2*(1+rng.IntN(1000)), 1+rng.IntN(300)
		limit := BlockSize * (1 + rng.IntN(20))
		seen := make([]byte, size*count)
		pieces(size, count, limit, func(p piece) {
			if p.packed() > limit {
				t.Fatalf("%d symbols of %d bytes: %+v takes %d bytes of at most %d", count, size, p, p.packed(), limit)
			}
			if p.off%BlockSize != 0 || p.count > 1 && p.size != size {
				t.Fatalf("%d symbols of %d bytes: %+v", count, size, p)
			}
			for j := range p.count {
				for b := range p.size {
					seen[(p.first+j)*size+p.off+b]++
				}
			}
		})
		if !bytes.Equal(seen, bytes.Repeat([]byte{1}, len(seen))) {
			t.Fatalf("%d symbols of %d bytes in pieces of %d are not covered once", count, size, limit)
		}
	}
}
