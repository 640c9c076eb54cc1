package gf16

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// dense restores symbols by interpolation, in time quadratic in the points. It shares with the package the field alone: the
// code words are the values of a polynomial at points of a subspace, as the package documentation defines them.
type dense struct {
	k, n int
	f    *field
}

// points returns the evaluation point of every symbol and the points where the polynomial is known to be zero.
func (c dense) points() (symbols, zeros []uint16) {
	pow2 := func(x int) int {
		p := 1
		for p < x {
			p *= 2
		}
		return p
	}
	r := c.n - c.k
	source, recovery, end := 0, pow2(c.k), pow2(c.k) // low rate: data below m, degree below m
	if pow2(c.k) > pow2(r) || pow2(c.k) == pow2(r) && c.k <= r {
		source, recovery, end = pow2(r), 0, pow2(pow2(r)+c.k) // high rate: data from m on, degree below the size less m
	}
	for i := range c.n {
		if i < c.k {
			symbols = append(symbols, uint16(source+i))
		} else {
			symbols = append(symbols, uint16(recovery+i-c.k))
		}
	}
	for p := source + c.k; p < end; p++ {
		zeros = append(zeros, uint16(p))
	}
	return symbols, zeros
}

// restore returns element values of the symbol want from those of the k present ones, by index.
func (c dense) restore(present []int, values [][]uint16, want int) []uint16 {
	symbols, zeros := c.points()
	out := make([]uint16, len(values[0]))
	for i, p := range present {
		// The Lagrange polynomial of p at want: zeros and the other present points are its roots.
		l := uint16(1)
		root := func(e uint16) { l = c.f.mul(l, c.f.mul(symbols[want]^e, c.f.inv(symbols[p]^e))) }
		for _, z := range zeros {
			root(z)
		}
		for _, o := range present {
			if o != p {
				root(symbols[o])
			}
		}
		for e, v := range values[i] {
			out[e] ^= c.f.mul(l, v)
		}
	}
	return out
}

// elements reads the field elements of a packed shard.
func elements(shard []byte) []uint16 {
	var v []uint16
	for ; len(shard) > 0; shard = shard[BlockSize:] {
		for i := range BlockSize / 2 {
			v = append(v, uint16(shard[i])|uint16(shard[i+BlockSize/2])<<8)
		}
	}
	return v
}

// subsets calls do with every subset of size k of 0..n-1, or with 200 random ones if there are more than limit.
func subsets(rng *rand.Rand, n, k, limit int, do func([]int)) {
	count := 1
	for i := range k {
		count = count * (n - i) / (i + 1)
		if count > limit {
			for range 200 {
				do(rng.Perm(n)[:k])
			}
			return
		}
	}
	var walk func(set []int, next int)
	walk = func(set []int, next int) {
		if len(set) == k {
			do(set)
			return
		}
		for i := next; i < n; i++ {
			walk(append(set, i), i+1)
		}
	}
	walk(nil, 0)
}

// Every symbol follows from any k others as interpolation says, recovery symbols from source symbols included.
func TestAgainstInterpolation(t *testing.T) {
	for _, s := range append(shapes(4, 5, 6, 7, 8, 9, 10, 11, 12, 13), oddShapes...) {
		t.Run(fmt.Sprintf("%dof%d", s[0], s[1]), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(9, 10))
			c := mustCode(t, s[0], s[1], best())
			reference := dense{k: c.k, n: c.n, f: c.field}
			w := encoded(t, rng, c, BlockSize, 1)
			values := make([][]uint16, c.n)
			for i := range values {
				values[i] = elements(w.shard(i))
			}
			for i := c.k; i < c.n; i++ {
				if got := reference.restore(indexes(0, c.k), values[:c.k], i); fmt.Sprint(got) != fmt.Sprint(values[i]) {
					t.Fatalf("recovery symbol %d differs from the interpolated one", i)
				}
			}
			for range 20 {
				present := rng.Perm(c.n)[:c.k]
				known := make([][]uint16, c.k)
				for i, p := range present {
					known[i] = values[p]
				}
				want := rng.IntN(c.n)
				if !slices.Contains(present, want) && fmt.Sprint(reference.restore(present, known, want)) != fmt.Sprint(values[want]) {
					t.Fatalf("symbol %d is not what %v interpolate to", want, present)
				}
			}
			subsets(rng, c.n, c.k, 2000, func(present []int) { checkDecode(t, c, w, present) })
		})
	}
}
