package gf16

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
)

// shapes are (k, n) of the row and column codes for some committee sizes.
func shapes(sizes ...int) [][2]int {
	var s [][2]int
	for _, n := range sizes {
		f := (n - 1) / 3
		s = append(s, [2]int{n - 2*f, n}, [2]int{n - f, n})
	}
	return s
}

func randomShards(rng *rand.Rand, count, length int) [][]byte {
	s := make([][]byte, count)
	for i := range s {
		s[i] = make([]byte, length)
		for j := range s[i] {
			s[i][j] = byte(rng.Uint32())
		}
	}
	return s
}

func encoded(t testing.TB, rng *rand.Rand, k, n, length int) (*Code, [][]byte) {
	t.Helper()
	c, err := New(k, n)
	if err != nil {
		t.Fatal(err)
	}
	all := append(randomShards(rng, k, length), randomShards(rng, n-k, length)...)
	if err := c.Encode(new(Workspace), all[:k], all[k:]); err != nil {
		t.Fatal(err)
	}
	return c, all
}

func checkDecode(t *testing.T, c *Code, all [][]byte, present []int) {
	t.Helper()
	d, err := c.NewDecoder(present)
	if err != nil {
		t.Fatal(err)
	}
	shards := make([][]byte, len(present))
	for i, p := range present {
		shards[i] = all[p]
	}
	out := make([][]byte, c.k)
	for _, i := range d.Missing() {
		out[i] = make([]byte, len(all[0]))
	}
	if err := d.Decode(new(Workspace), shards, out); err != nil {
		t.Fatal(err)
	}
	for _, i := range d.Missing() {
		if !bytes.Equal(out[i], all[i]) {
			t.Fatalf("k=%d n=%d: symbol %d differs when decoded from %v", c.k, c.n, i, present)
		}
	}
}

func TestDecodeRandomSets(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range shapes(4, 5, 6, 7, 8, 9, 10, 13, 16, 17, 31, 33, 49, 64, 97, 100, 193) {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			c, all := encoded(t, rng, s[0], s[1], 64)
			for range 20 {
				checkDecode(t, c, all, rng.Perm(c.n)[:c.k])
			}
			if _, err := c.NewDecoder(rng.Perm(c.n)[:c.k-1]); !errors.Is(err, ErrTooFew) {
				t.Fatalf("one symbol too few: %v", err)
			}
		})
	}
}
