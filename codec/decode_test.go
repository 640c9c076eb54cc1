package codec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// encoded is a blob with all that encoding gives.
type encoded struct {
	c     *Codec
	blob  []byte
	m     *Metadata
	pairs []SliverPair
}

func encode(t testing.TB, n int, blob []byte, opts Options) encoded {
	t.Helper()
	c := newCodec(t, n, opts)
	pairs, m, _, err := c.EncodeBytes(t.Context(), blob)
	if err != nil {
		t.Fatal(err)
	}
	return encoded{c, blob, m, pairs}
}

// sliver returns a sliver by its index.
func (e encoded) sliver(a Axis, index int) Sliver {
	pair := e.pairs[e.c.p.PairIndex(index, a)]
	if a == Primary {
		return pair.Primary
	}
	return pair.Secondary
}

func (e encoded) slivers(a Axis, indexes []int) []Sliver {
	var list []Sliver
	for _, i := range indexes {
		list = append(list, e.sliver(a, i))
	}
	return list
}

// sets returns index sets that decode: the first, the last, random ones.
func sets(p Params, a Axis, random int) [][]int {
	k := p.SourceSlivers(a)
	rng := newRand(uint64(p.n))
	first, last := make([]int, k), make([]int, k)
	for i := range k {
		first[i], last[i] = i, p.n-1-i
	}
	list := [][]int{first, last}
	for range random {
		list = append(list, rng.Perm(p.n)[:k])
	}
	return list
}

func TestDecodeAnySet(t *testing.T) {
	sizes := []int{4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 22, 31, 32, 33, 49, 50, 64, 97, 100, 130}
	for _, n := range sizes {
		for i, size := range []int{3*n*n + 1, 67 * n * n / 3} {
			e := encode(t, n, randomBlob(byte(n), size), Options{MemoryBudget: int64(i) << 16})
			for _, a := range []Axis{Primary, Secondary} {
				for j, set := range sets(e.c.p, a, 6) {
					got, err := e.c.DecodeBytes(t.Context(), e.m, e.slivers(a, set), Check(j%3))
					if err != nil || !bytes.Equal(got, e.blob) {
						t.Fatalf("n=%d size=%d: decode from %s slivers %v: %v", n, size, a, set, err)
					}
					_, err = e.c.DecodeBytes(t.Context(), e.m, e.slivers(a, set[1:]), Skip)
					if !errors.Is(err, ErrNotEnough) {
						t.Fatalf("n=%d: one %s sliver too few: %v", n, a, err)
					}
				}
			}
		}
	}
}

func TestDecodeThousand(t *testing.T) {
	if raceEnabled || testing.Short() {
		t.Skip("n = 1000 takes too long under the race detector")
	}
	e := encode(t, 1000, randomBlob(1, 3<<20), Options{})
	for _, a := range []Axis{Primary, Secondary} {
		for _, set := range sets(e.c.p, a, 2) {
			got, err := e.c.DecodeBytes(t.Context(), e.m, e.slivers(a, set), Default)
			if err != nil || !bytes.Equal(got, e.blob) {
				t.Fatalf("decode from %s slivers: %v", a, err)
			}
		}
	}
}

// TestDecodeFile decodes to a file in small blocks, with slivers in an order that makes systematic ones find their places
// taken, with duplicates, concurrently.
func TestDecodeFile(t *testing.T) {
	const n = 31
	e := encode(t, n, randomBlob(2, 900_000), Options{MemoryBudget: 1 << 20})
	for _, a := range []Axis{Primary, Secondary} {
		k := e.c.p.SourceSlivers(a)
		var order []int
		for i := range n {
			order = append(order, n-1-i)
		}
		order = append(order[:k/2], order[n-k/2-1:]...) // the last recovery slivers, then systematic ones
		for _, check := range []Check{Skip, Default, Strict} {
			f, err := os.Create(filepath.Join(t.TempDir(), "blob"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteString("what was there before"); err != nil {
				t.Fatal(err)
			}
			d, err := e.c.NewDecoder(e.m, a, f)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Finish(t.Context(), check); !errors.Is(err, ErrNotEnough) || d.Need() != k {
				t.Fatalf("empty decoder needs %d, want %d; Finish: %v", d.Need(), k, err)
			}
			var wg sync.WaitGroup
			for _, i := range append(order, order...) {
				s := e.sliver(a, i)
				wg.Go(func() {
					if err := d.Add(t.Context(), &s); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if d.Need() != 0 {
				t.Fatalf("%d %s slivers missing of %d", d.Need(), a, k)
			}
			if err := d.Finish(t.Context(), check); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(f.Name())
			if err != nil || !bytes.Equal(got, e.blob) {
				t.Fatalf("%s, %s: decoded file differs: %v", a, check, err)
			}
			if err := d.Finish(t.Context(), check); !errors.Is(err, ErrInvalid) {
				t.Errorf("second Finish: %v", err)
			}
			s := e.sliver(a, order[0])
			if err := d.AddVerified(t.Context(), &s); err != nil {
				t.Errorf("Add after Finish: %v", err)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestDecodeMoved has a systematic sliver that finds its place taken by a recovery sliver.
func TestDecodeMoved(t *testing.T) {
	e := encode(t, 7, randomBlob(3, 500), Options{})
	out := NewBuffer()
	d, err := e.c.NewDecoder(e.m, Primary, out)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{6, 2, 0} {
		s := e.sliver(Primary, i)
		if err := d.Add(t.Context(), &s); err != nil {
			t.Fatal(err)
		}
	}
	if d.Need() != 0 {
		t.Fatal("not enough")
	}
	if d.slots[2] != 6 || d.slots[1] != 2 {
		t.Fatalf("slots %v", d.slots)
	}
	if err := d.Finish(t.Context(), Default); err != nil || !bytes.Equal(out.Bytes(), e.blob) {
		t.Fatalf("decode: %v", err)
	}
}

var errDisk = errors.New("disk full")

// faulty is an output that fails after some writes or reads.
type faulty struct {
	*Buffer
	mu            sync.Mutex
	writes, reads int
}

func (f *faulty) count(left *int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if *left--; *left < 0 {
		return errDisk
	}
	return nil
}

func (f *faulty) WriteAt(p []byte, off int64) (int, error) {
	if err := f.count(&f.writes); err != nil {
		return 0, err
	}
	return f.Buffer.WriteAt(p, off)
}

func (f *faulty) ReadAt(p []byte, off int64) (int, error) {
	if err := f.count(&f.reads); err != nil {
		return 0, err
	}
	return f.Buffer.ReadAt(p, off)
}

func TestDecodeOutputFails(t *testing.T) {
	e := encode(t, 10, randomBlob(3, 5000), Options{})
	const many = 1 << 30
	for _, a := range []Axis{Primary, Secondary} {
		k := e.c.p.SourceSlivers(a)
		set := sets(e.c.p, a, 0)[1]
		// The first write fails: the sliver is not counted, and can be added again.
		out := &faulty{Buffer: NewBuffer(), reads: many}
		d, err := e.c.NewDecoder(e.m, a, out)
		if err != nil {
			t.Fatal(err)
		}
		s := e.sliver(a, set[0])
		if err := d.Add(t.Context(), &s); !errors.Is(err, errDisk) || d.Need() != k {
			t.Fatalf("write fails: %v, %d needed", err, d.Need())
		}
		out.writes = k
		for _, i := range set {
			s := e.sliver(a, i)
			if err := d.Add(t.Context(), &s); err != nil {
				t.Fatal(err)
			}
		}
		// No write is left for Finish.
		if err := d.Finish(t.Context(), Skip); !errors.Is(err, errDisk) {
			t.Errorf("%s: write fails in Finish: %v", a, err)
		}

		for reads := range 8 {
			out = &faulty{Buffer: NewBuffer(), reads: reads, writes: many}
			if d, err = e.c.NewDecoder(e.m, a, out); err != nil {
				t.Fatal(err)
			}
			for _, i := range set {
				s := e.sliver(a, i)
				if err := d.Add(t.Context(), &s); err != nil {
					t.Fatal(err)
				}
			}
			if err := d.Finish(t.Context(), Strict); !errors.Is(err, errDisk) {
				t.Errorf("%s: read %d fails in Finish: %v", a, reads, err)
			}
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	e := encode(t, 10, randomBlob(4, 1000), Options{})
	other := encode(t, 10, randomBlob(4, 5000), Options{})
	d, err := e.c.NewDecoder(e.m, Primary, NewBuffer())
	if err != nil {
		t.Fatal(err)
	}
	good := e.sliver(Primary, 3)
	for _, v := range []struct {
		name   string
		change func(s *Sliver)
		want   error
	}{
		{"axis", func(s *Sliver) { *s = e.sliver(Secondary, 3) }, ErrInvalid},
		{"unknown axis", func(s *Sliver) { s.Axis = 7 }, ErrInvalid},
		{"negative index", func(s *Sliver) { s.Index = -1 }, ErrInvalid},
		{"index beyond n", func(s *Sliver) { s.Index = 10 }, ErrInvalid},
		{"other index", func(s *Sliver) { s.Index = 4 }, ErrVerify},
		{"short data", func(s *Sliver) { s.Data = s.Data[1:] }, ErrInvalid},
		{"long data", func(s *Sliver) { s.Data = append(bytes.Clone(s.Data), 0) }, ErrInvalid},
		{"symbol size", func(s *Sliver) { *s = other.sliver(Primary, 3) }, ErrInvalid},
		{"odd symbol size", func(s *Sliver) { s.SymbolSize++ }, ErrInvalid},
		{"zero symbol size", func(s *Sliver) { s.SymbolSize, s.Data = 0, nil }, ErrInvalid},
	} {
		s := good
		v.change(&s)
		if err := d.Add(t.Context(), &s); !errors.Is(err, v.want) {
			t.Errorf("%s: %v, want %v", v.name, err, v.want)
		}
	}
	if d.Need() != e.c.p.Rows() {
		t.Error("a refused sliver was taken")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Add(ctx, &good); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := e.c.NewDecoder(e.m, 2, NewBuffer()); !errors.Is(err, ErrInvalid) {
		t.Errorf("unknown axis: %v", err)
	}
	if _, err := newCodec(t, 13, Options{}).NewDecoder(e.m, Primary, NewBuffer()); !errors.Is(err, ErrInvalid) {
		t.Errorf("metadata of another committee: %v", err)
	}
	for _, i := range []int{1, 2, 5, 8} {
		s := e.sliver(Primary, i)
		if err := d.Add(t.Context(), &s); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Finish(t.Context(), 9); !errors.Is(err, ErrInvalid) {
		t.Errorf("unknown check: %v", err)
	}
	if err := d.Finish(ctx, Skip); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestFlippedBit flips every bit of a sliver, and bits of metadata.
func TestFlippedBit(t *testing.T) {
	e := encode(t, 7, randomBlob(5, 60), Options{})
	for _, a := range []Axis{Primary, Secondary} {
		for index := range 7 {
			s := e.sliver(a, index)
			s.Data = bytes.Clone(s.Data)
			for bit := range 8 * len(s.Data) {
				s.Data[bit/8] ^= 1 << (bit % 8)
				if err := e.c.VerifySliver(e.m, &s); !errors.Is(err, ErrVerify) {
					t.Fatalf("%s sliver %d, bit %d: %v", a, index, bit, err)
				}
				s.Data[bit/8] ^= 1 << (bit % 8)
			}
			if err := e.c.VerifySliver(e.m, &s); err != nil {
				t.Fatal(err)
			}
		}
	}
	b := e.m.AppendBCSWithID(nil)
	for bit := range 8 * len(b) {
		b[bit/8] ^= 1 << (bit % 8)
		if _, _, err := UnmarshalMetadataWithID(e.c.p, b); !errors.Is(err, ErrVerify) && !errors.Is(err, ErrInvalid) {
			t.Fatalf("metadata, bit %d: %v", bit, err)
		}
		b[bit/8] ^= 1 << (bit % 8)
	}
}

func TestCheckText(t *testing.T) {
	for _, k := range []Check{Default, Strict, Skip} {
		if got, err := ParseCheck(k.String()); err != nil || got != k {
			t.Errorf("%s: %v, %v", k, got, err)
		}
	}
	if _, err := ParseCheck("check(9)"); !errors.Is(err, ErrInvalid) {
		t.Errorf("unknown check: %v", err)
	}
}

func TestBuffer(t *testing.T) {
	b := NewBuffer()
	if _, err := b.WriteAt([]byte("abc"), 2); err != nil {
		t.Fatal(err)
	}
	if err := b.Truncate(4); err != nil {
		t.Fatal(err)
	}
	if err := b.Truncate(6); err != nil {
		t.Fatal(err)
	}
	if want := "\x00\x00ab\x00\x00"; string(b.Bytes()) != want {
		t.Errorf("content %q, want %q", b.Bytes(), want)
	}
	p := make([]byte, 4)
	if n, err := b.ReadAt(p, 3); n != 3 || !errors.Is(err, io.EOF) || string(p[:n]) != "b\x00\x00" {
		t.Errorf("read over the end: %d, %v, %q", n, err, p)
	}
	if _, err := b.ReadAt(p, 6); !errors.Is(err, io.EOF) {
		t.Errorf("read at the end: %v", err)
	}
	for name, err := range map[string]error{
		"read":     second(b.ReadAt(p, -1)),
		"write":    second(b.WriteAt(p, -1)),
		"truncate": b.Truncate(-1),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s at a negative offset: %v", name, err)
		}
	}
}

func second(_ int, err error) error { return err }

func ExampleCodec_EncodeBytes() {
	p, err := NewParams(7)
	if err != nil {
		panic(err)
	}
	c, err := New(p, Options{})
	if err != nil {
		panic(err)
	}
	pairs, m, id, err := c.EncodeBytes(context.Background(), vectorBlob(100))
	if err != nil {
		panic(err)
	}
	fmt.Println(id)
	// Any three of the seven primary slivers will do.
	blob, err := c.DecodeBytes(context.Background(), m, []Sliver{pairs[1].Primary, pairs[4].Primary, pairs[6].Primary}, Default)
	fmt.Println(len(blob), err)
	// Output:
	// vCnoBxURO20jl7CmsaoGXV8nwQLKY325dofEOeoFM_4
	// 100 <nil>
}
