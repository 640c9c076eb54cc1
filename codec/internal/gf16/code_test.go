package gf16

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// shapes are (k, n) of the column and row codes for some committee sizes.
func shapes(sizes ...int) [][2]int {
	var s [][2]int
	for _, n := range sizes {
		f := (n - 1) / 3
		s = append(s, [2]int{n - 2*f, n}, [2]int{n - f, n})
	}
	return s
}

// oddShapes are (k, n) at the ends: one source or recovery symbol, many cosets, and powers of two with both orders of k and r.
var oddShapes = [][2]int{{1, 2}, {1, 3}, {1, 9}, {2, 3}, {5, 6}, {12, 13}, {20, 23}, {3, 100}, {4, 8}, {4, 7}, {3, 7}, {8, 13}, {5, 13}, {16, 80}}

// randomShards returns count shards of length bytes.
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

// eachForm runs a test for every form of this machine.
func eachForm(t *testing.T, test func(t *testing.T, f *form)) {
	for _, f := range forms() {
		t.Run(f.name, func(t *testing.T) { test(t, f) })
	}
}

func mustCode(t testing.TB, k, n int, f *form) *Code {
	t.Helper()
	c, err := newCode(k, n, f)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// codeword returns random source symbols and their recovery symbols.
func codeword(t testing.TB, rng *rand.Rand, c *Code, length int) [][]byte {
	t.Helper()
	all := randomShards(rng, c.n, length)
	if err := c.Encode(new(Workspace), all[:c.k], all[c.k:]); err != nil {
		t.Fatal(err)
	}
	return all
}

// pick returns the shards of some symbols.
func pick(all [][]byte, symbols []int) [][]byte {
	s := make([][]byte, len(symbols))
	for i, p := range symbols {
		s[i] = all[p]
	}
	return s
}

// checkDecode decodes from the present symbols and compares.
func checkDecode(t testing.TB, c *Code, all [][]byte, present []int) {
	t.Helper()
	d, err := c.NewDecoder(present)
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.k {
		if slices.Contains(present, i) == slices.Contains(d.Missing(), i) {
			t.Fatalf("k=%d n=%d: symbol %d is both missing and present, or neither: %v", c.k, c.n, i, present)
		}
	}
	out := make([][]byte, c.k)
	for _, i := range d.Missing() {
		out[i] = make([]byte, len(all[0]))
	}
	if err := d.Decode(new(Workspace), pick(all, present), out); err != nil {
		t.Fatal(err)
	}
	for _, i := range d.Missing() {
		if !bytes.Equal(out[i], all[i]) {
			t.Fatalf("k=%d n=%d: symbol %d differs when decoded from %v", c.k, c.n, i, present)
		}
	}
}

func TestEncodeAgainstKlauspost(t *testing.T) {
	sizes := []int{4, 5, 6, 7, 8, 9, 10, 13, 16, 17, 31, 33, 49, 64, 97, 100, 193, 256, 257, 385}
	if !raceEnabled {
		sizes = append(sizes, 1000, 2048, 4096)
	}
	eachForm(t, func(t *testing.T, f *form) {
		rng := rand.New(rand.NewPCG(1, 2))
		for _, s := range append(shapes(sizes...), oddShapes...) {
			for _, length := range []int{64, 192, 8256} {
				if length*s[1] > 8<<20 {
					continue
				}
				c := mustCode(t, s[0], s[1], f)
				all := codeword(t, rng, c, length)
				want := randomShards(rng, c.n-c.k, length)
				newKlauspost(t, c.k, c.n).encode(t, all[:c.k], want)
				for i := range want {
					if !bytes.Equal(all[c.k+i], want[i]) {
						t.Fatalf("k=%d n=%d, shards of %d: recovery symbol %d differs", c.k, c.n, length, i)
					}
				}
			}
		}
	})
}

// Only what is wanted is written, whatever the pattern.
func TestEncodeWanted(t *testing.T) {
	eachForm(t, func(t *testing.T, f *form) {
		rng := rand.New(rand.NewPCG(11, 12))
		for _, s := range shapes(4, 10, 100, 301) {
			c := mustCode(t, s[0], s[1], f)
			all := codeword(t, rng, c, 640)
			r := c.n - c.k
			first := rng.IntN(r)
			patterns := []func(i int) bool{
				func(i int) bool { return false },
				func(i int) bool { return i == first },
				func(i int) bool { return i >= first && i < first+(r-first+1)/2 },
				func(i int) bool { return rng.IntN(2) == 0 },
				func(i int) bool { return i != first },
			}
			ws := new(Workspace)
			for p, wanted := range patterns {
				recovery := make([][]byte, r)
				for i := range recovery {
					if wanted(i) {
						recovery[i] = make([]byte, 640)
					}
				}
				if err := c.Encode(ws, all[:c.k], recovery); err != nil {
					t.Fatal(err)
				}
				for i, got := range recovery {
					if got != nil && !bytes.Equal(got, all[c.k+i]) {
						t.Fatalf("k=%d n=%d, pattern %d: recovery symbol %d differs", c.k, c.n, p, i)
					}
				}
			}
		}
	})
}

func TestDecodeRandomSets(t *testing.T) {
	eachForm(t, func(t *testing.T, f *form) {
		for _, s := range append(shapes(4, 5, 6, 7, 8, 9, 10, 13, 16, 17, 31, 33, 49, 64, 97, 100, 193, 257), oddShapes...) {
			rng := rand.New(rand.NewPCG(1, 2))
			c := mustCode(t, s[0], s[1], f)
			all := codeword(t, rng, c, 128)
			for range 20 {
				checkDecode(t, c, all, rng.Perm(c.n)[:c.k])
			}
			checkDecode(t, c, all, indexes(0, c.k))
			checkDecode(t, c, all, indexes(c.n-c.k, c.n))
			checkDecode(t, c, all, rng.Perm(c.n)[:c.k+rng.IntN(c.n-c.k+1)])
		}
	})
}

func TestDecodeLargeCodes(t *testing.T) {
	if raceEnabled {
		t.Skip("large codes run without the race detector")
	}
	eachForm(t, func(t *testing.T, f *form) {
		for _, s := range shapes(1000, 4096) {
			t.Run(fmt.Sprintf("%dof%d", s[0], s[1]), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(13, 14))
				c := mustCode(t, s[0], s[1], f)
				all := codeword(t, rng, c, 192)
				for range 3 {
					checkDecode(t, c, all, rng.Perm(c.n)[:c.k])
				}
				checkDecode(t, c, all, indexes(c.n-c.k, c.n))
				half := append(rng.Perm(c.k)[:c.k/2], indexes(c.k, c.n)...)
				checkDecode(t, c, all, half[:c.k])
			})
		}
	})
}

// Outputs that are not wanted are left alone, and so are shards beyond the k that are used.
func TestDecodeWanted(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	for _, s := range shapes(10, 100) {
		c := mustCode(t, s[0], s[1], best())
		all := codeword(t, rng, c, 64)
		present := append(indexes(c.k/2, c.k), indexes(c.k, c.n)...)
		d, err := c.NewDecoder(present)
		if err != nil {
			t.Fatal(err)
		}
		shards := pick(all, present)
		clear(shards[c.k:])
		out := make([][]byte, c.k)
		out[0] = make([]byte, 64)
		out[c.k-1] = []byte(string(bytes.Repeat([]byte{7}, 64)))
		if err := d.Decode(new(Workspace), shards, out); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out[0], all[0]) {
			t.Fatal("the wanted symbol differs")
		}
		if !bytes.Equal(out[c.k-1], bytes.Repeat([]byte{7}, 64)) {
			t.Fatal("the output of a present symbol was written")
		}
	}
}

func TestSharedByGoroutines(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 18))
	c := mustCode(t, 34, 100, best())
	all := codeword(t, rng, c, 1024)
	present := rng.Perm(c.n)[:c.k]
	d, err := c.NewDecoder(present)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			ws := new(Workspace)
			recovery, out := make([][]byte, c.n-c.k), make([][]byte, c.k)
			for i := range recovery {
				recovery[i] = make([]byte, 1024)
			}
			for i := range out {
				out[i] = make([]byte, 1024)
			}
			for range 10 {
				if err := errors.Join(c.Encode(ws, all[:c.k], recovery), d.Decode(ws, pick(all, present), out)); err != nil {
					t.Error(err)
				}
			}
			for i := range recovery {
				if !bytes.Equal(recovery[i], all[c.k+i]) {
					t.Errorf("recovery symbol %d differs", i)
				}
			}
			for _, i := range d.Missing() {
				if !bytes.Equal(out[i], all[i]) {
					t.Errorf("source symbol %d differs", i)
				}
			}
		})
	}
	group.Wait()
}

// A workspace serves codes and lengths in any order.
func TestWorkspaceReuse(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 20))
	ws := new(Workspace)
	for range 60 {
		all := append(shapes(4, 7, 31, 100, 257), oddShapes...)
		s := all[rng.IntN(len(all))]
		c := mustCode(t, s[0], s[1], best())
		length := BlockSize * (1 + rng.IntN(40))
		want := codeword(t, rng, c, length)
		got := randomShards(rng, c.n-c.k, length)
		if err := c.Encode(ws, want[:c.k], got); err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if !bytes.Equal(got[i], want[c.k+i]) {
				t.Fatalf("k=%d n=%d: recovery symbol %d differs with a used workspace", c.k, c.n, i)
			}
		}
		present := rng.Perm(c.n)[:c.k]
		d, err := c.NewDecoder(present)
		if err != nil {
			t.Fatal(err)
		}
		out := randomShards(rng, c.k, length)
		if err := d.Decode(ws, pick(want, present), out); err != nil {
			t.Fatal(err)
		}
		for _, i := range d.Missing() {
			if !bytes.Equal(out[i], want[i]) {
				t.Fatalf("k=%d n=%d: source symbol %d differs with a used workspace", c.k, c.n, i)
			}
		}
	}
}

func TestWrongShapes(t *testing.T) {
	for _, s := range [][2]int{{0, 4}, {-1, 4}, {4, 4}, {5, 4}, {1, MaxTotal + 1}, {1, 1 << 40}, {MaxTotal, MaxTotal}} {
		if _, err := New(s[0], s[1]); !errors.Is(err, ErrShape) {
			t.Errorf("New(%d, %d): %v", s[0], s[1], err)
		}
	}
	c, err := New(3, 7)
	if err != nil {
		t.Fatal(err)
	}
	some := func(lengths ...int) [][]byte {
		s := make([][]byte, len(lengths))
		for i, l := range lengths {
			if l >= 0 {
				s[i] = make([]byte, l)
			}
		}
		return s
	}
	good, recovery := some(64, 64, 64), some(64, 64, 64, 64)
	for name, shards := range map[string][2][][]byte{
		"few source shards":    {some(64, 64), recovery},
		"many source shards":   {some(64, 64, 64, 64), recovery},
		"missing source shard": {some(64, -1, 64), recovery},
		"few recovery shards":  {good, some(64, 64, 64)},
		"uneven source":        {some(64, 128, 64), recovery},
		"uneven recovery":      {good, some(64, 64, 128, 64)},
		"not blocks":           {some(32, 32, 32), some(32, 32, 32, 32)},
		"empty and full":       {some(64, 0, 64), recovery},
		"no recovery":          {good, nil},
	} {
		if err := c.Encode(new(Workspace), shards[0], shards[1]); !errors.Is(err, ErrShape) {
			t.Errorf("encode with %s: %v", name, err)
		}
	}
	for name, present := range map[string][]int{"negative": {-1, 1, 2}, "beyond the end": {0, 1, 7}, "twice": {0, 1, 1}} {
		if _, err := c.NewDecoder(present); !errors.Is(err, ErrShape) {
			t.Errorf("index %s: %v", name, err)
		}
	}
	for _, present := range [][]int{nil, {0}, {5, 6}} {
		if _, err := c.NewDecoder(present); !errors.Is(err, ErrTooFew) {
			t.Errorf("%d present of 3: %v", len(present), err)
		}
	}
	d, err := c.NewDecoder([]int{1, 4, 6})
	if err != nil {
		t.Fatal(err)
	}
	for name, shards := range map[string][2][][]byte{
		"few shards":    {some(64, 64), good},
		"missing shard": {some(64, -1, 64), good},
		"few outputs":   {good, some(64, 64)},
		"uneven output": {good, some(64, 64, 128)},
		"uneven shard":  {some(64, 128, 64), good},
		"not blocks":    {some(65, 65, 65), some(65, 65, 65)},
	} {
		if err := d.Decode(new(Workspace), shards[0], shards[1]); !errors.Is(err, ErrShape) {
			t.Errorf("decode with %s: %v", name, err)
		}
	}
	if err := c.Encode(new(Workspace), some(0, 0, 0), some(0, 0, 0, 0)); err != nil {
		t.Errorf("encode of nothing: %v", err)
	}
}
