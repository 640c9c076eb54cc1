package gf16

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestPackRoundTrip(t *testing.T) {
	eachForm(t, func(t *testing.T, f *form) {
		rng := rand.New(rand.NewPCG(3, 4))
		for size := 2; size <= 260; size += 2 {
			for _, count := range []int{1, 2, 31, 32, 33, 100} {
				stride := size + 2*rng.IntN(2)
				src := randomShards(rng, 1, stride*(count-1)+size)[0]
				packed := randomShards(rng, 1, PackedLen(size, count))[0]
				f.pack(packed, src, stride, size, count)
				got := bytes.Clone(src)
				for i := range count {
					clear(got[i*stride:][:size])
				}
				f.unpack(got, packed, stride, size, count)
				if !bytes.Equal(got, src) {
					t.Fatalf("%d symbols of %d bytes differ after packing and unpacking", count, size)
				}
			}
		}
	})
}

// All forms pack alike, so that what one packs another can unpack.
func TestPackForms(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	for size := 2; size <= 200; size += 2 {
		src := randomShards(rng, 1, size*70)[0]
		want := make([]byte, PackedLen(size, 70))
		generic.pack(want, src, size, size, 70)
		eachForm(t, func(t *testing.T, f *form) {
			got := randomShards(rng, 1, len(want))[0]
			f.pack(got, src, size, size, 70)
			if !bytes.Equal(got, want) {
				t.Fatalf("symbols of %d bytes are packed differently", size)
			}
		})
	}
}

// Symbols encoded side by side are what each is alone, and what padding to whole blocks as the format describes it gives.
func TestPackedSymbolsEncodeAlone(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 24))
	c := mustCode(t, 5, 13, best())
	ws := new(Workspace)
	for _, size := range []int{2, 6, 24, 62, 64, 66, 152, 254} {
		const count = 45
		rows := randomShards(rng, c.n, size*count)
		shards := make([][]byte, c.n)
		for i := range shards {
			shards[i] = make([]byte, PackedLen(size, count))
		}
		for i := range c.k {
			Pack(shards[i], rows[i], size, count)
		}
		if err := c.Encode(ws, shards[:c.k], shards[c.k:]); err != nil {
			t.Fatal(err)
		}
		for i := c.k; i < c.n; i++ {
			Unpack(rows[i], shards[i], size, count)
		}
		for j := range count {
			padded := make([][]byte, c.n)
			for i := range padded {
				padded[i] = pad(rows[i][j*size:][:size])
			}
			want := padded[c.k:]
			got := randomShards(rng, c.n-c.k, len(want[0]))
			if err := c.Encode(ws, padded[:c.k], got); err != nil {
				t.Fatal(err)
			}
			for i := range got {
				if !bytes.Equal(got[i], want[i]) {
					t.Fatalf("size %d: recovery symbol %d of column %d differs", size, i, j)
				}
			}
		}
	}
}

// pad brings one symbol to whole blocks: the halves of its tail start the halves of the last block.
func pad(symbol []byte) []byte {
	tail := len(symbol) % BlockSize
	full := len(symbol) - tail
	p := make([]byte, (len(symbol)+BlockSize-1)/BlockSize*BlockSize)
	copy(p, symbol[:full])
	copy(p[full:], symbol[full:full+tail/2])
	if tail > 0 {
		copy(p[full+BlockSize/2:], symbol[full+tail/2:])
	}
	return p
}
