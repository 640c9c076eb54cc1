package gf16

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/klauspost/reedsolomon"
)

// versus times own and a rival in turn and reports the best time of own, its rate for the given bytes, and how many times
// longer the rival's best time is. Other load on the machine distorts best times least.
func versus(b *testing.B, name string, bytes int, own, rival func()) {
	best := func(t time.Duration, f func()) time.Duration {
		start := time.Now()
		f()
		return min(t, time.Since(start))
	}
	o, r := time.Hour, time.Hour
	for b.Loop() {
		o, r = best(o, own), best(r, rival)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(o.Nanoseconds())/1e6, "ms")
	b.ReportMetric(float64(bytes)/o.Seconds()/1e6, "MB/s")
	b.ReportMetric(float64(r)/float64(o), "x-"+name)
}

// packed is a word for n shards like those of w in packed layout, which the rivals work on; they bring shards there and back
// with the functions that this package uses.
type packed struct {
	word
	from word
}

func newPacked(w word, n int) packed {
	length := packedLen(w.size, w.count)
	return packed{word{make([]byte, n*length), length, 1}, w}
}

func (p packed) pack(i int) []byte {
	best().pack(p.shard(i), p.from.shard(i), p.from.size, p.from.size, p.from.count)
	return p.shard(i)
}

func (p packed) unpack(i int) {
	best().unpack(p.shard(i), p.from.shard(i), p.from.size, p.from.size, p.from.count)
}

// BenchmarkEncode encodes the matrix of a blob of 32 MiB at n = 1000, 152 bytes a symbol: 334 shards of 667 symbols with the
// column code, 667 shards of 334 symbols with the row code; then narrow parts, other sizes and other committees.
func BenchmarkEncode(b *testing.B) {
	for _, bench := range []struct{ k, n, size, count int }{
		{334, 1000, 152, 667},
		{667, 1000, 152, 334},
		{334, 1000, 152, 8},
		{334, 1000, 6, 667},
		{334, 1000, 1206, 1},
		{667, 1000, 1206, 1},
		{34, 100, 14730, 67},
		{4, 10, 37450, 7},
	} {
		rng := rand.New(rand.NewPCG(1, 2))
		w := randomWord(rng, bench.n, bench.size, bench.count)
		p := newPacked(w, bench.n)
		k := newKlauspost(b, bench.k, bench.n)
		for _, f := range forms() {
			if f == &generic {
				continue
			}
			b.Run(fmt.Sprintf("%dof%d/%dx%d/%s", bench.k, bench.n, bench.count, bench.size, f.name), func(b *testing.B) {
				c, ws := mustCode(b, bench.k, bench.n, f), new(Workspace)
				versus(b, "klauspost", bench.k*len(w.shard(0)), func() {
					if err := c.Encode(ws, w.size, w.count, w.from(0), w.from(c.k), nil); err != nil {
						b.Fatal(err)
					}
				}, func() {
					for i := range bench.k {
						p.pack(i)
					}
					k.replace(b, p.word)
					for i := bench.k; i < bench.n; i++ {
						p.unpack(i)
					}
				})
			})
		}
	}
}

// BenchmarkDecode restores source symbols of the matrix of a blob of 32 MiB at n = 1000, a new decoder each time, with half and
// with none of the source symbols present. The rival reconstructs what it can: the code of the source symbols and the first
// coset of recovery symbols.
func BenchmarkDecode(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	const k, n = 334, 1000
	c := mustCode(b, k, n, best())
	w := encoded(b, rng, c, 152, 667)
	rival, err := reedsolomon.New(k, c.m, reedsolomon.WithLeopardGF16(true))
	if err != nil {
		b.Fatal(err)
	}
	for _, missing := range []int{k / 2, k} {
		present := append(rng.Perm(k)[missing:], rng.Perm(c.m)[:missing]...)
		for i := k - missing; i < k; i++ {
			present[i] += k
		}
		from, out, p := w.pick(present), randomWord(rng, k, w.size, w.count), newPacked(w, k+c.m)
		b.Run(fmt.Sprintf("%dmissing", missing), func(b *testing.B) {
			ws := new(Workspace)
			versus(b, "klauspost", k*len(w.shard(0)), func() {
				d, err := c.NewDecoder(present)
				if err != nil {
					b.Fatal(err)
				}
				if err := d.Decode(ws, w.size, w.count, from.from(0), out.from(0)); err != nil {
					b.Fatal(err)
				}
			}, func() {
				shards := make([][]byte, k+c.m)
				for i := range k {
					shards[i] = p.shard(i)[:0]
				}
				for _, i := range present {
					shards[i] = p.pack(i)
				}
				if err := rival.ReconstructData(shards); err != nil {
					b.Fatal(err)
				}
				for i := range missing {
					p.unpack(i) // as many as are missing
				}
			})
		})
	}
}

// BenchmarkNew makes what calls share: a code, and a decoder for random symbols.
func BenchmarkNew(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range shapes(1000) {
		b.Run(fmt.Sprintf("code/%dof%d", s[0], s[1]), func(b *testing.B) {
			for b.Loop() {
				mustCode(b, s[0], s[1], best())
			}
		})
		c := mustCode(b, s[0], s[1], best())
		present := rng.Perm(c.n)[:c.k]
		b.Run(fmt.Sprintf("decoder/%dof%d", s[0], s[1]), func(b *testing.B) {
			for b.Loop() {
				if _, err := c.NewDecoder(present); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPack packs and unpacks adjacent symbols that fill about a row; the rival is a plain copy.
func BenchmarkPack(b *testing.B) {
	for _, size := range []int{2, 6, 24, 152, 1206} {
		count := max(1, 640/size)
		symbols, packed := make([]byte, size*count), make([]byte, packedLen(size, count))
		plain := make([]byte, size*count)
		for name, move := range map[string]func(packed, symbols []byte, step, size, count int){"pack": best().pack, "unpack": best().unpack} {
			b.Run(fmt.Sprintf("%s/%dx%d", name, count, size), func(b *testing.B) {
				const times = 1000
				versus(b, "copy", times*len(symbols), func() {
					for range times {
						move(packed, symbols, size, size, count)
					}
				}, func() {
					for range times {
						copy(plain, symbols)
					}
				})
			})
		}
	}
}
