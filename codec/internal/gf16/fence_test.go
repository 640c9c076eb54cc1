package gf16

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/floe-network/floe/codec/internal/fence"
)

// Symbols that touch inaccessible pages fault when a kernel strays by one byte.
func TestNothingOutsideIsTouched(t *testing.T) {
	rng := rand.New(rand.NewPCG(29, 30))
	const k, n, maxSize, maxCount = 9, 13, 260, 35
	before, after := fence.Bytes(t, k*maxSize*maxCount), fence.Bytes(t, k*maxSize*maxCount)
	eachForm(t, func(t *testing.T, f *form) {
		c := mustCode(t, k, n, f)
		for size := 2; size <= maxSize; size += 2 {
			w := encoded(t, rng, c, size, 1+rng.IntN(maxCount))
			length := len(w.shard(0))
			present := rng.Perm(n)[:k]
			d, err := c.NewDecoder(present)
			if err != nil {
				t.Fatal(err)
			}
			view := func(b []byte) Symbols { return Symbols{Bytes: b, Shard: length, Symbol: size} }
			from, to := after[len(after)-k*length:], before[:k*length]
			for range 2 {
				copy(from, w.b)
				if err := c.Encode(new(Workspace), size, w.count, view(from), view(to), nil); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(to[:(n-k)*length], w.b[k*length:]) {
					t.Fatalf("recovery symbols of %d bytes differ", size)
				}
				copy(from, w.pick(present).b)
				if err := d.Decode(new(Workspace), size, w.count, view(from), view(to)); err != nil {
					t.Fatal(err)
				}
				for _, i := range d.Missing() {
					if !bytes.Equal(to[i*length:][:length], w.shard(i)) {
						t.Fatalf("source symbol %d of %d bytes differs", i, size)
					}
				}
				from, to = before[:k*length], after[len(after)-k*length:]
			}
		}
	})
}
