package store_test

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/node/store/storetest"
)

// benchDir is where benchmarks write: the temporary directory, unless FLOE_BENCH_DIR names one on the disk to measure.
func benchDir(b *testing.B) string {
	b.Helper()
	dir, err := os.MkdirTemp(os.Getenv("FLOE_BENCH_DIR"), "floe-store-bench")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			b.Error(err)
		}
	})
	return dir
}

func benchStore(b *testing.B, o store.Options) *store.Files {
	b.Helper()
	o.Reserve = -1
	s, err := store.Open(benchDir(b), o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

// putAll puts n slivers by some writers.
func putAll(b *testing.B, s *store.Files, n, size, writers int) {
	b.Helper()
	body := storetest.Body(storetest.Key(0), size)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				k := storetest.Key(i)
				if err := s.Put(b.Context(), k, 2, body); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

var benchSizes = []struct {
	name string
	size int
}{{"1.3KB", 1300}, {"10KiB", 10 << 10}, {"256KiB", 256 << 10}, {"4MiB", 4 << 20}}

// BenchmarkPut measures durable puts.
func BenchmarkPut(b *testing.B) {
	for _, c := range benchSizes {
		for _, writers := range []int{1, 16} {
			b.Run(fmt.Sprintf("%s/%d", c.name, writers), func(b *testing.B) {
				s := benchStore(b, store.Options{})
				b.SetBytes(int64(c.size))
				b.ResetTimer()
				putAll(b, s, b.N, c.size, writers)
				b.StopTimer()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
			})
		}
	}
}

// BenchmarkPack puts slivers of sizes around the border, packed and in files of their own: where packing pays.
func BenchmarkPack(b *testing.B) {
	for _, size := range []int{16 << 10, 32 << 10, 64 << 10, 128 << 10, 256 << 10} {
		for _, writers := range []int{1, 16} {
			for _, c := range []struct {
				name  string
				below int64
			}{{"packed", 2 << 20}, {"file", 1}} {
				b.Run(fmt.Sprintf("%dKiB/%d/%s", size>>10, writers, c.name), func(b *testing.B) {
					s := benchStore(b, store.Options{}.Tuned(c.below, 64<<20))
					b.SetBytes(int64(size))
					b.ResetTimer()
					putAll(b, s, b.N, size, writers)
					b.StopTimer()
					b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
				})
			}
		}
	}
}

// BenchmarkBurst is all slivers of one blob on a node with a hundred shards, at once.
func BenchmarkBurst(b *testing.B) {
	for _, c := range benchSizes[:3] {
		b.Run(c.name, func(b *testing.B) {
			s := benchStore(b, store.Options{})
			body := storetest.Body(storetest.Key(0), c.size)
			b.SetBytes(200 * int64(c.size))
			b.ResetTimer()
			for i := range b.N {
				var wg sync.WaitGroup
				for j := range 200 {
					wg.Go(func() {
						k := storetest.Key(8*i + j%2)
						k.Shard = j / 2
						if err := s.Put(b.Context(), k, 2, body); err != nil {
							b.Error(err)
						}
					})
				}
				wg.Wait()
			}
		})
	}
}

// BenchmarkRange reads 1 KiB from the middle of a sliver of a reader that is open, and of one opened for it.
func BenchmarkRange(b *testing.B) {
	for _, c := range benchSizes {
		s := benchStore(b, store.Options{})
		const n = 50
		putAll(b, s, n, c.size, 8)
		p := make([]byte, 1024)
		b.Run(c.name+"/open", func(b *testing.B) {
			for i := range b.N {
				r, err := s.Open(b.Context(), storetest.Key(i%n))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := r.ReadAt(p, max(0, r.Size()/2-512)); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/read", func(b *testing.B) {
			r, err := s.Open(b.Context(), storetest.Key(0))
			if err != nil {
				b.Fatal(err)
			}
			for range b.N {
				if _, err := r.ReadAt(p, max(0, r.Size()/2-512)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkUsage shows that it costs nothing to ask.
func BenchmarkUsage(b *testing.B) {
	s := benchStore(b, store.Options{})
	putAll(b, s, 2000, 1300, 16)
	b.ResetTimer()
	for range b.N {
		s.Usage()
	}
}
