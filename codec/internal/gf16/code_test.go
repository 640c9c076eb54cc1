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

// word is a code word of symbols of size bytes, count side by side, every one adjacent to the next.
type word struct {
	b           []byte
	size, count int
}

func randomWord(rng *rand.Rand, shards, size, count int) word {
	w := word{make([]byte, shards*size*count), size, count}
	for i := range w.b {
		w.b[i] = byte(rng.Uint32())
	}
	return w
}

// from returns the view of shards i and following.
func (w word) from(i int) Symbols {
	return Symbols{Bytes: w.b[i*w.size*w.count:], Shard: w.size * w.count, Symbol: w.size}
}

func (w word) shard(i int) []byte { return w.b[i*w.size*w.count:][:w.size*w.count] }

// pick returns a word with some of the shards.
func (w word) pick(shards []int) word {
	p := word{size: w.size, count: w.count}
	for _, i := range shards {
		p.b = append(p.b, w.shard(i)...)
	}
	return p
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

// encoded returns random source symbols and their recovery symbols.
func encoded(t testing.TB, rng *rand.Rand, c *Code, size, count int) word {
	t.Helper()
	w := randomWord(rng, c.n, size, count)
	if err := c.Encode(new(Workspace), size, count, w.from(0), w.from(c.k), nil); err != nil {
		t.Fatal(err)
	}
	return w
}

// checkDecode decodes from the present symbols and compares.
func checkDecode(t testing.TB, c *Code, w word, present []int) {
	t.Helper()
	d, err := c.NewDecoder(present)
	if err != nil {
		t.Fatal(err)
	}
	have := make([]bool, c.n)
	for _, i := range present {
		have[i] = true
	}
	for i := range c.k {
		if have[i] == slices.Contains(d.Missing(), i) {
			t.Fatalf("k=%d n=%d: symbol %d is both missing and present, or neither: %v", c.k, c.n, i, present)
		}
	}
	out := word{bytes.Clone(w.b), w.size, w.count}
	for _, i := range d.Missing() {
		clear(out.shard(i))
	}
	if err := d.Decode(new(Workspace), w.size, w.count, w.pick(present).from(0), out.from(0)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.b, w.b) {
		t.Fatalf("k=%d n=%d: wrong when decoded from %v", c.k, c.n, present)
	}
}

func indexes(first, end int) []int {
	s := []int{}
	for i := first; i < end; i++ {
		s = append(s, i)
	}
	return s
}

func TestEncodeAgainstKlauspost(t *testing.T) {
	sizes := []int{4, 5, 6, 7, 8, 9, 10, 13, 16, 17, 31, 33, 49, 64, 97, 100}
	if !raceEnabled {
		sizes = append(sizes, 193, 256, 257, 385, 1000, 2048, 4096)
	}
	eachForm(t, func(t *testing.T, f *form) {
		rng := rand.New(rand.NewPCG(1, 2))
		for _, s := range append(shapes(sizes...), oddShapes...) {
			for _, size := range []int{64, 192, 20_032} {
				if size*s[1] > 4<<20 {
					continue
				}
				c := mustCode(t, s[0], s[1], f)
				w := encoded(t, rng, c, size, 1)
				want := newKlauspost(t, c.k, c.n).encode(t, w)
				for i := c.k; i < c.n; i++ {
					if !bytes.Equal(w.shard(i), want.shard(i)) {
						t.Fatalf("k=%d n=%d, %d bytes: symbol %d differs", c.k, c.n, size, i)
					}
				}
			}
		}
	})
}

// Symbols of any size coded side by side are what each is alone, padded to whole blocks as the format has it: the halves of
// its tail start the halves of the last block.
func TestSideBySide(t *testing.T) {
	pad := func(symbol []byte) []byte {
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
	step := 2
	if raceEnabled {
		step = 30 // the race detector makes arithmetic slow
	}
	eachForm(t, func(t *testing.T, f *form) {
		rng := rand.New(rand.NewPCG(23, 24))
		for _, s := range [][2]int{{5, 13}, {9, 13}, {17, 20}} {
			c := mustCode(t, s[0], s[1], f)
			for size := 2; size <= 260; size += step {
				count := 1 + rng.IntN(70)
				w := encoded(t, rng, c, size, count)
				j := rng.IntN(count)
				alone := word{size: len(pad(w.b[:size])), count: 1}
				for i := range c.n {
					alone.b = append(alone.b, pad(w.shard(i)[j*size:][:size])...)
				}
				want := bytes.Clone(alone.b)
				if err := c.Encode(new(Workspace), alone.size, 1, alone.from(0), alone.from(c.k), nil); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(alone.b, want) {
					t.Fatalf("symbol %d of %d, %d bytes each, differs", j, count, size)
				}
				checkDecode(t, c, w, rng.Perm(c.n)[:c.k])
			}
		}
	})
}

// A view may have shards nearer than symbols, and gaps; nothing else is written. Results may replace the source.
func TestStrides(t *testing.T) {
	rng := rand.New(rand.NewPCG(25, 26))
	c := mustCode(t, 34, 100, best())
	for _, size := range []int{6, 64, 152, 1206, 3000} {
		const count = 5
		w := encoded(t, rng, c, size, count)
		transposed := Symbols{Shard: size + 4, Symbol: c.n * (size + 4)}
		transposed.Bytes = make([]byte, count*transposed.Symbol)
		for i := range c.k {
			for j := range count {
				copy(transposed.Bytes[i*transposed.Shard+j*transposed.Symbol:][:size], w.shard(i)[j*size:])
			}
		}
		recovery := transposed
		recovery.Bytes = recovery.Bytes[c.k*recovery.Shard:]
		if err := c.Encode(new(Workspace), size, count, transposed, recovery, nil); err != nil {
			t.Fatal(err)
		}
		for i := range c.n {
			for j := range count {
				cell := transposed.Bytes[i*transposed.Shard+j*transposed.Symbol:]
				if !bytes.Equal(cell[:size], w.shard(i)[j*size:][:size]) {
					t.Fatalf("size %d: symbol %d of shard %d differs", size, j, i)
				}
				if !bytes.Equal(cell[size:size+4], make([]byte, 4)) {
					t.Fatalf("size %d: the gap after symbol %d of shard %d was written", size, j, i)
				}
			}
		}
		want := rng.Perm(c.n - c.k)[:c.k]
		replaced := word{bytes.Clone(w.b), size, count}
		if err := c.Encode(new(Workspace), size, count, replaced.from(0), replaced.from(0), want); err != nil {
			t.Fatal(err)
		}
		for i, r := range want {
			if !bytes.Equal(replaced.shard(i), w.shard(c.k+r)) {
				t.Fatalf("size %d: recovery symbol %d differs in the place of source symbol %d", size, r, i)
			}
		}
	}
}

// Only what is wanted is computed, whatever the pattern.
func TestEncodeWanted(t *testing.T) {
	eachForm(t, func(t *testing.T, f *form) {
		rng := rand.New(rand.NewPCG(11, 12))
		ws := new(Workspace)
		for _, s := range shapes(4, 10, 100, 301) {
			c := mustCode(t, s[0], s[1], f)
			w := encoded(t, rng, c, 640, 1)
			r := c.n - c.k
			first := rng.IntN(r)
			for _, want := range [][]int{{}, {first}, indexes(first, r), indexes(0, first), rng.Perm(r), rng.Perm(r)[:(r+1)/2]} {
				got := randomWord(rng, len(want)+1, 640, 1)
				rest := bytes.Clone(got.shard(len(want)))
				if err := c.Encode(ws, 640, 1, w.from(0), got.from(0), want); err != nil {
					t.Fatal(err)
				}
				for i, j := range want {
					if !bytes.Equal(got.shard(i), w.shard(c.k+j)) {
						t.Fatalf("k=%d n=%d, of %v: recovery symbol %d differs", c.k, c.n, want, j)
					}
				}
				if !bytes.Equal(got.shard(len(want)), rest) {
					t.Fatalf("k=%d n=%d: more than %v was written", c.k, c.n, want)
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
			w := encoded(t, rng, c, 128, 1)
			for range 20 {
				checkDecode(t, c, w, rng.Perm(c.n)[:c.k])
			}
			checkDecode(t, c, w, indexes(0, c.k))
			checkDecode(t, c, w, indexes(c.n-c.k, c.n))
			checkDecode(t, c, w, rng.Perm(c.n)[:c.k+rng.IntN(c.n-c.k+1)])
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
				w := encoded(t, rng, c, 24, 7)
				for range 3 {
					checkDecode(t, c, w, rng.Perm(c.n)[:c.k])
				}
				checkDecode(t, c, w, indexes(c.n-c.k, c.n))
				half := append(rng.Perm(c.k)[:c.k/2], indexes(c.k, c.n)...)
				checkDecode(t, c, w, half[:c.k])
			})
		}
	})
}

// Of more than k symbols the rest need not even be in memory.
func TestDecodeSurplus(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	for _, s := range shapes(10, 100) {
		c := mustCode(t, s[0], s[1], best())
		w := encoded(t, rng, c, 64, 1)
		present := append(indexes(c.k/2, c.k), indexes(c.k, c.n)...)
		d, err := c.NewDecoder(present)
		if err != nil {
			t.Fatal(err)
		}
		out := randomWord(rng, c.k, 64, 1)
		if err := d.Decode(new(Workspace), 64, 1, w.pick(present[:c.k]).from(0), out.from(0)); err != nil {
			t.Fatal(err)
		}
		for _, i := range d.Missing() {
			if !bytes.Equal(out.shard(i), w.shard(i)) {
				t.Fatalf("symbol %d differs", i)
			}
		}
	}
}

func TestSharedByGoroutines(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 18))
	c := mustCode(t, 34, 100, best())
	w := encoded(t, rng, c, 152, 9)
	present := rng.Perm(c.n)[:c.k]
	d, err := c.NewDecoder(present)
	if err != nil {
		t.Fatal(err)
	}
	from := w.pick(present)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			ws := new(Workspace)
			got := word{make([]byte, len(w.b)), w.size, w.count}
			for range 10 {
				copy(got.b, w.b[:c.k*len(w.shard(0))])
				err := c.Encode(ws, w.size, w.count, w.from(0), got.from(c.k), nil)
				if err := errors.Join(err, d.Decode(ws, w.size, w.count, from.from(0), got.from(0))); err != nil {
					t.Error(err)
				}
			}
			if !bytes.Equal(got.b, w.b) {
				t.Error("results differ")
			}
		})
	}
	group.Wait()
}

// A workspace serves codes and sizes in any order.
func TestWorkspaceReuse(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 20))
	ws := new(Workspace)
	all := append(shapes(4, 7, 31, 100, 257), oddShapes...)
	for range 50 {
		s := all[rng.IntN(len(all))]
		c := mustCode(t, s[0], s[1], best())
		w := encoded(t, rng, c, 2*(1+rng.IntN(500)), 1+rng.IntN(40))
		got := randomWord(rng, c.n-c.k, w.size, w.count)
		if err := c.Encode(ws, w.size, w.count, w.from(0), got.from(0), nil); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.b, w.b[c.k*len(w.shard(0)):]) {
			t.Fatalf("k=%d n=%d: recovery symbols differ with a used workspace", c.k, c.n)
		}
		present := rng.Perm(c.n)[:c.k]
		d, err := c.NewDecoder(present)
		if err != nil {
			t.Fatal(err)
		}
		out := randomWord(rng, c.k, w.size, w.count)
		if err := d.Decode(ws, w.size, w.count, w.pick(present).from(0), out.from(0)); err != nil {
			t.Fatal(err)
		}
		for _, i := range d.Missing() {
			if !bytes.Equal(out.shard(i), w.shard(i)) {
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
	d, err := c.NewDecoder([]int{1, 4, 6})
	if err != nil {
		t.Fatal(err)
	}
	ws := new(Workspace)
	good := Symbols{Bytes: make([]byte, 1000), Shard: 20, Symbol: 10}
	for name, bad := range map[string]Symbols{
		"no memory":          {},
		"one byte short":     {Bytes: make([]byte, 2*20+10+10-1), Shard: 20, Symbol: 10},
		"negative shards":    {Bytes: make([]byte, 1000), Shard: -20, Symbol: 10},
		"negative symbols":   {Bytes: make([]byte, 1000), Shard: 20, Symbol: -10},
		"shards far apart":   {Bytes: make([]byte, 1000), Shard: 1 << 62, Symbol: 10},
		"symbols far apart":  {Bytes: make([]byte, 1000), Shard: 20, Symbol: 1 << 62},
		"both too far apart": {Bytes: make([]byte, 1000), Shard: 400, Symbol: 400},
	} {
		for call, err := range map[string]error{
			"source":   c.Encode(ws, 10, 2, bad, good, nil),
			"recovery": c.Encode(ws, 10, 2, good, bad, []int{0, 1, 2}),
			"present":  d.Decode(ws, 10, 2, bad, good),
			"missing":  d.Decode(ws, 10, 2, good, bad),
		} {
			if !errors.Is(err, ErrShape) {
				t.Errorf("%s as %s: %v", name, call, err)
			}
		}
	}
	for _, s := range [][2]int{{0, 1}, {-2, 1}, {3, 1}, {10, 0}, {10, -1}} {
		if err := c.Encode(ws, s[0], s[1], good, good, nil); !errors.Is(err, ErrShape) {
			t.Errorf("encode of %d symbols of %d bytes: %v", s[1], s[0], err)
		}
		if err := d.Decode(ws, s[0], s[1], good, good); !errors.Is(err, ErrShape) {
			t.Errorf("decode of %d symbols of %d bytes: %v", s[1], s[0], err)
		}
	}
	for _, want := range [][]int{{-1}, {4}, {0, 0}, {0, 1, 2, 3, 0}} {
		if err := c.Encode(ws, 10, 1, good, good, want); !errors.Is(err, ErrShape) {
			t.Errorf("recovery symbols %v: %v", want, err)
		}
	}
	for _, present := range [][]int{{-1, 1, 2}, {0, 1, 7}, {0, 1, 1}} {
		if _, err := c.NewDecoder(present); !errors.Is(err, ErrShape) {
			t.Errorf("present symbols %v: %v", present, err)
		}
	}
	for _, present := range [][]int{nil, {0}, {5, 6}} {
		if _, err := c.NewDecoder(present); !errors.Is(err, ErrTooFew) {
			t.Errorf("present symbols %v of 3: %v", present, err)
		}
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	for _, s := range shapes(100) {
		c := mustCode(t, s[0], s[1], best())
		w := encoded(t, rng, c, 152, 3)
		present := rng.Perm(c.n)[:c.k]
		from := w.pick(present)
		d, err := c.NewDecoder(present)
		if err != nil {
			t.Fatal(err)
		}
		ws := new(Workspace)
		allocations := testing.AllocsPerRun(5, func() {
			if c.Encode(ws, w.size, w.count, w.from(0), w.from(c.k), nil) != nil || d.Decode(ws, w.size, w.count, from.from(0), w.from(0)) != nil {
				t.Error("refused")
			}
		})
		if allocations > 0 {
			t.Errorf("k=%d n=%d: %v allocations with a used workspace", c.k, c.n, allocations)
		}
	}
}
