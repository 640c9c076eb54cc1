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

// BenchmarkEncode encodes the matrix of a blob of 32 MiB at n = 1000, 152 bytes a symbol: 334 shards of 667 symbols with the
// column code, 667 shards of 334 symbols with the row code.
func BenchmarkEncode(b *testing.B) {
	for _, bench := range []struct{ k, n, count, size int }{
		{334, 1000, 667, 152},
		{667, 1000, 334, 152},
		{334, 1000, 16, 152},
		{334, 1000, 667, 6},
		{34, 100, 67, 14730},
		{4, 10, 7, 37450},
	} {
		rng := rand.New(rand.NewPCG(1, 2))
		length := PackedLen(bench.size, bench.count)
		source, recovery := randomShards(rng, bench.k, length), randomShards(rng, bench.n-bench.k, length)
		for _, f := range forms() {
			if f == &generic {
				continue
			}
			b.Run(fmt.Sprintf("%dof%d/%d/%s", bench.k, bench.n, length, f.name), func(b *testing.B) {
				c, k, ws := mustCode(b, bench.k, bench.n, f), newKlauspost(b, bench.k, bench.n), new(Workspace)
				versus(b, "klauspost", bench.k*length, func() {
					if err := c.Encode(ws, source, recovery); err != nil {
						b.Fatal(err)
					}
				}, func() { k.encode(b, source, recovery) })
			})
		}
	}
}

// BenchmarkDecode restores source symbols of the matrix of a blob of 32 MiB at n = 1000, a new decoder each time, with half and
// with none of the source symbols present. Its rival reconstructs what it can: the code of the source symbols and the first
// coset of recovery symbols.
func BenchmarkDecode(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	const k, n = 334, 1000
	length := PackedLen(152, 667)
	c := mustCode(b, k, n, forms()[0])
	all := codeword(b, rng, c, length)
	rival, err := reedsolomon.New(k, c.m, reedsolomon.WithLeopardGF16(true))
	if err != nil {
		b.Fatal(err)
	}
	for _, missing := range []int{k / 2, k} {
		present := append(rng.Perm(k)[missing:], rng.Perm(c.m)[:missing]...)
		for i := k - missing; i < k; i++ {
			present[i] += k
		}
		shards, out := make([][]byte, k), make([][]byte, k)
		for i, p := range present {
			shards[i] = all[p]
		}
		for i := range out {
			out[i] = make([]byte, length)
		}
		b.Run(fmt.Sprintf("%dmissing", missing), func(b *testing.B) {
			ws := new(Workspace)
			versus(b, "klauspost", k*length, func() {
				d, err := c.NewDecoder(present)
				if err != nil {
					b.Fatal(err)
				}
				if err := d.Decode(ws, shards, out); err != nil {
					b.Fatal(err)
				}
			}, func() {
				word := make([][]byte, k+c.m)
				for i, p := range present {
					word[p] = shards[i]
				}
				for i := range out {
					if word[i] == nil {
						word[i] = out[i][:0]
					}
				}
				if err := rival.ReconstructData(word); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

// BenchmarkPack packs and unpacks rows of adjacent symbols; the rival is a plain copy.
func BenchmarkPack(b *testing.B) {
	const count = 667
	for _, size := range []int{2, 6, 24, 64, 152, 1206} {
		symbols, packed := make([]byte, size*count), make([]byte, PackedLen(size, count))
		plain := make([]byte, size*count)
		rival := func() { copy(plain, symbols) }
		b.Run(fmt.Sprintf("pack/%d", size), func(b *testing.B) {
			versus(b, "copy", len(symbols), func() { Pack(packed, symbols, size, count) }, rival)
		})
		b.Run(fmt.Sprintf("unpack/%d", size), func(b *testing.B) {
			versus(b, "copy", len(symbols), func() { Unpack(symbols, packed, size, count) }, rival)
		})
	}
}
