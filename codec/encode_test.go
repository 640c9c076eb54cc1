package codec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"testing"
)

// randomBlob returns n bytes that depend on seed only.
func randomBlob(seed byte, n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// blobSizes are sizes that put the symbol size around interesting values: one element, tails of a 64-byte block, several
// pieces.
func blobSizes(p Params) []int {
	cells := p.Rows() * p.Cols()
	var sizes []int
	for _, s := range []int{2, 4, 62, 64, 66, 130} {
		sizes = append(sizes, s*cells, s*cells-1)
	}
	return append(sizes, 0, 1, 3*cells+1)
}

// reference expands a blob by definition: every row by the row code, then every column by the column code, one symbol at
// a time. It shares only the code of package gf16 with what it checks.
func reference(t testing.TB, c *Codec, blob []byte) (symbols [][][]byte) {
	t.Helper()
	p := c.p
	s, err := p.SymbolSize(uint64(len(blob)))
	if err != nil {
		t.Fatal(err)
	}
	matrix := make([]byte, p.Rows()*p.Cols()*s)
	copy(matrix, blob)
	expand := func(a Axis, data []byte) [][]byte {
		e, err := c.Expand(&Sliver{Axis: a, SymbolSize: s, Data: data})
		if err != nil {
			t.Fatal(err)
		}
		list := make([][]byte, p.n)
		for i := range list {
			list[i] = e.Symbol(i)
		}
		return list
	}
	for r := range p.Rows() {
		symbols = append(symbols, expand(Primary, matrix[r*p.Cols()*s:][:p.Cols()*s]))
	}
	for range p.n - p.Rows() {
		symbols = append(symbols, make([][]byte, p.n))
	}
	for col := range p.n {
		var data []byte
		for r := range p.Rows() {
			data = append(data, symbols[r][col]...)
		}
		for r, sym := range expand(Secondary, data) {
			symbols[r][col] = sym
		}
	}
	return symbols
}

// collect returns clones of the slivers by axis and index.
func collect(t testing.TB, e *Encoding, want func(Axis, int) bool) (list [2]map[int]Sliver) {
	t.Helper()
	list = [2]map[int]Sliver{{}, {}}
	if err := e.Slivers(context.Background(), want, func(_ context.Context, batch []Sliver) error {
		for _, s := range batch {
			if _, ok := list[s.Axis][s.Index]; ok {
				t.Errorf("%s sliver %d came twice", s.Axis, s.Index)
			}
			s.Data = bytes.Clone(s.Data)
			list[s.Axis][s.Index] = s
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestEncode compares the metadata and slivers of every way to encode with the definition.
func TestEncode(t *testing.T) {
	for _, n := range []int{4, 5, 6, 7, 10, 13, 31, 32, 33, 50} {
		c := newCodec(t, n, Options{})
		p := c.Params()
		for _, size := range blobSizes(p) {
			blob := randomBlob(1, size)
			symbols := reference(t, c, blob)
			check := func(s Sliver) {
				for i := range p.SliverSymbols(s.Axis) {
					r, col := s.Index, i
					if s.Axis == Secondary {
						r, col = i, s.Index
					}
					if !bytes.Equal(s.Data[i*s.SymbolSize:][:s.SymbolSize], symbols[r][col]) {
						t.Fatalf("n=%d size=%d: %s sliver %d: symbol %d differs", n, size, s.Axis, s.Index, i)
					}
				}
			}
			pairs, m, id, err := c.EncodeBytes(t.Context(), blob)
			if err != nil {
				t.Fatal(err)
			}
			for i, pair := range pairs {
				for _, s := range []Sliver{pair.Primary, pair.Secondary} {
					if p.PairIndex(s.Index, s.Axis) != i {
						t.Fatalf("%s sliver %d in pair %d", s.Axis, s.Index, i)
					}
					check(s)
					if err := c.VerifySliver(m, &s); err != nil {
						t.Fatalf("n=%d size=%d: %v", n, size, err)
					}
				}
			}
			for _, o := range []Options{{}, {MemoryBudget: 1}, {MemoryBudget: int64(8*size + 1), Workers: 3}} {
				e, err := newCodec(t, n, o).Prepare(t.Context(), bytes.NewReader(blob), int64(size))
				if err != nil {
					t.Fatal(err)
				}
				if e.BlobID() != id {
					t.Fatalf("n=%d size=%d %+v: id %s, want %s", n, size, o, e.BlobID(), id)
				}
				list := collect(t, e, nil)
				for _, a := range []Axis{Primary, Secondary} {
					if len(list[a]) != n {
						t.Fatalf("n=%d size=%d %+v: %d %s slivers", n, size, o, len(list[a]), a)
					}
					for _, s := range list[a] {
						check(s)
					}
				}
				e.Close()
			}
		}
	}
}

// TestEncodeWide compares windows and groups at committee sizes that have several of them.
func TestEncodeWide(t *testing.T) {
	cases := []struct {
		n, size int
		budgets []int64
	}{
		{100, 3_000_000, []int64{8 << 20, 1}},
		{100, 20_000_000, []int64{32 << 20, 4 << 20}},
		{301, 200_000, []int64{1}},
		{1000, 3 << 20, []int64{12 << 20, 4 << 20}},
		{4096, 1000, []int64{64 << 20}},
	}
	for _, v := range cases {
		if raceEnabled && v.n >= 1000 || testing.Short() && v.n > 1000 {
			continue
		}
		t.Run(fmt.Sprintf("n=%d/size=%d", v.n, v.size), func(t *testing.T) {
			blob := randomBlob(2, v.size)
			var id BlobID
			var want [2]map[int]Sliver
			some := func(_ Axis, i int) bool { return i%7 == 3 || i < 3 || i > v.n-3 }
			for i, budget := range append([]int64{1 << 40}, v.budgets...) {
				e, err := newCodec(t, v.n, Options{MemoryBudget: budget}).Prepare(t.Context(), bytes.NewReader(blob), int64(v.size))
				if err != nil {
					t.Fatal(err)
				}
				if kept := e.geo.keep == keepExpansion; kept != (i == 0) {
					t.Errorf("budget %d: expansion kept is %v", budget, kept)
				}
				got := collect(t, e, some)
				if i == 0 {
					id, want = e.BlobID(), got
				}
				if e.BlobID() != id {
					t.Fatalf("budget %d: id %s, want %s", budget, e.BlobID(), id)
				}
				for _, a := range []Axis{Primary, Secondary} {
					if len(got[a]) != len(want[a]) {
						t.Fatalf("budget %d: %d %s slivers, want %d", budget, len(got[a]), a, len(want[a]))
					}
					for i, s := range want[a] {
						if !bytes.Equal(got[a][i].Data, s.Data) {
							t.Fatalf("budget %d: %s sliver %d differs", budget, a, i)
						}
					}
				}
				c := newCodec(t, v.n, Options{})
				for _, a := range []Axis{Primary, Secondary} {
					for _, i := range []int{0, v.n - 1} {
						s := got[a][i]
						if err := c.VerifySliver(e.Metadata(), &s); err != nil {
							t.Error(err)
						}
					}
				}
				e.Close()
			}
		})
	}
}

// TestLinearity checks that recovery rows and recovery columns give the same symbols where they cross.
func TestLinearity(t *testing.T) {
	for _, n := range []int{4, 7, 10, 31, 100} {
		c := newCodec(t, n, Options{})
		pairs, _, _, err := c.EncodeBytes(t.Context(), randomBlob(3, 5*n*n))
		if err != nil {
			t.Fatal(err)
		}
		rows, columns := make([]*Expanded, n), make([]*Expanded, n)
		for _, pair := range pairs {
			if rows[pair.Primary.Index], err = c.Expand(&pair.Primary); err != nil {
				t.Fatal(err)
			}
			if columns[pair.Secondary.Index], err = c.Expand(&pair.Secondary); err != nil {
				t.Fatal(err)
			}
		}
		for r := range n {
			for col := range n {
				if !bytes.Equal(rows[r].Symbol(col), columns[col].Symbol(r)) {
					t.Fatalf("n=%d: symbol %d-%d differs between its slivers", n, r, col)
				}
			}
		}
	}
}

// mutable is a source that a test changes.
type mutable struct {
	b     []byte
	reads atomic.Int64
	// after is when the byte at flip changes, in reads; negative: never.
	after int64
	flip  int
}

func (m *mutable) ReadAt(p []byte, off int64) (int, error) {
	changed := m.reads.Add(1) > m.after && m.after >= 0
	n, err := bytes.NewReader(m.b).ReadAt(p, off)
	if at := m.flip - int(off); changed && at >= 0 && at < n {
		p[at] ^= 1
	}
	return n, err
}

func TestSourceChanged(t *testing.T) {
	const n, size = 13, 20_000
	c := newCodec(t, n, Options{MemoryBudget: 1})
	blob := randomBlob(4, size)
	for flip := 0; flip < size; flip += 997 {
		src := &mutable{b: blob, after: -1, flip: flip}
		e, err := c.Prepare(t.Context(), src, size)
		if err != nil {
			t.Fatal(err)
		}
		src.after = 0
		seen := map[int]bool{}
		err = e.Slivers(t.Context(), nil, func(_ context.Context, batch []Sliver) error {
			for _, s := range batch {
				seen[s.Index] = true
				if err := c.VerifySliver(e.Metadata(), &s); err != nil {
					t.Errorf("flip at %d: %v", flip, err)
				}
			}
			return nil
		})
		if !errors.Is(err, ErrSourceChanged) {
			t.Errorf("flip at %d between the passes: %v", flip, err)
		}
		if row := flip / (c.p.Cols() * e.SymbolSize()); seen[row] {
			t.Errorf("flip at %d: row %d was handed out", flip, row)
		}
		e.Close()
	}

	// Within the first pass: both dimensions read the matrix.
	src := &mutable{b: blob, after: -1, flip: 5}
	e, err := c.Prepare(t.Context(), src, size)
	if err != nil {
		t.Fatal(err)
	}
	reads := src.reads.Load()
	caught := 0
	for after := range reads {
		changing := &mutable{b: blob, after: after, flip: 5}
		other, err := c.Prepare(t.Context(), changing, size)
		switch {
		case errors.Is(err, ErrSourceChanged):
			caught++
		case err != nil:
			t.Fatal(err)
		default:
			// Every read of the byte saw the same value.
			changed := bytes.Clone(blob)
			changed[5] ^= 1
			_, _, id, err := c.EncodeBytes(t.Context(), changed)
			if err != nil {
				t.Fatal(err)
			}
			if other.BlobID() != e.BlobID() && other.BlobID() != id {
				t.Fatalf("change after %d reads: the id is that of neither content", after)
			}
		}
	}
	if caught == 0 {
		t.Error("no change within the first pass was caught")
	}
}

func TestPrepareErrors(t *testing.T) {
	c := newCodec(t, 4, Options{})
	limit := int64(c.p.MaxBlobSize())
	short := bytes.NewReader(make([]byte, 10))
	for _, v := range []struct {
		name string
		src  io.ReaderAt
		size int64
		want error
	}{
		{"negative size", short, -1, ErrInvalid},
		{"over the limit", short, limit + 1, ErrTooLarge},
		{"short source", short, 11, io.ErrUnexpectedEOF},
	} {
		if _, err := c.Prepare(t.Context(), v.src, v.size); !errors.Is(err, v.want) {
			t.Errorf("%s: %v, want %v", v.name, err, v.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Prepare(ctx, short, 10); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	e, err := c.Prepare(t.Context(), short, 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Slivers(ctx, nil, func(context.Context, []Sliver) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("slivers, cancelled: %v", err)
	}
	stop := errors.New("stop")
	calls := 0
	if err := e.Slivers(t.Context(), nil, func(context.Context, []Sliver) error { calls++; return stop }); !errors.Is(err, stop) || calls != 1 {
		t.Errorf("error of the callback: %v after %d calls", err, calls)
	}
	e.Close()
	if err := e.Slivers(t.Context(), nil, nil); !errors.Is(err, ErrInvalid) {
		t.Errorf("closed: %v", err)
	}
	if _, err := New(Params{}, Options{}); !errors.Is(err, ErrInvalid) {
		t.Errorf("zero params: %v", err)
	}
	if _, err := New(c.p, Options{Workers: -1}); !errors.Is(err, ErrInvalid) {
		t.Errorf("negative workers: %v", err)
	}
	// The largest blob of the smallest committee.
	blob := randomBlob(5, int(limit))
	pairs, m, _, err := c.EncodeBytes(t.Context(), blob)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.DecodeBytes(t.Context(), m, []Sliver{pairs[3].Primary, pairs[2].Primary}, Strict)
	if err != nil || !bytes.Equal(got, blob) {
		t.Errorf("largest blob: %v", err)
	}
}
