package lanes_test

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/codec/internal/lanes"
)

// benchCount is about one row of the widest committee, so that a batch and its digests stay in the first-level caches.
const benchCount = 1000

// reference is the time that x/crypto takes for one message of the length, prefix included.
func reference(b *testing.B, length int) float64 {
	b.Helper()
	const rounds = 2000
	msg := randomBytes(9, length)
	best := 0.0
	for range 5 {
		start := time.Now()
		for range rounds {
			sum := blake2b.Sum256(msg)
			msg[0] = sum[0]
		}
		if ns := float64(time.Since(start).Nanoseconds()) / rounds; best == 0 || ns < best {
			best = ns
		}
	}
	return best
}

func report(b *testing.B, ref float64, count, length int) {
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(count)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ns, "ns/hash")
	b.ReportMetric(ns/float64((length+127)/128), "ns/block")
	b.ReportMetric(ref/ns, "x/crypto")
}

func BenchmarkSum256(b *testing.B) {
	for _, f := range lanes.Forms() {
		for _, length := range []int{25, 65, 153, 1207, 65535} {
			b.Run(fmt.Sprintf("%s/%d", f.Name(), length), func(b *testing.B) {
				count := benchCount
				if length > 4096 {
					count = 16
				}
				src := randomBytes(1, count*(length-1))
				dst := make([]byte, count*lanes.Size)
				ref := reference(b, length)
				b.ResetTimer()
				for b.Loop() {
					f.Sum256(dst, lanes.Size, 0, src, length-1, length-1, count)
				}
				report(b, ref, count, length)
			})
		}
	}
}

func BenchmarkPairs(b *testing.B) {
	for _, f := range lanes.Forms() {
		b.Run(f.Name(), func(b *testing.B) {
			left, right := randomBytes(1, benchCount*lanes.Size), randomBytes(2, benchCount*lanes.Size)
			dst := make([]byte, benchCount*lanes.Size)
			ref := reference(b, 65)
			b.ResetTimer()
			for b.Loop() {
				f.Pairs(dst, lanes.Size, 1, left, right, lanes.Size, benchCount)
			}
			report(b, ref, benchCount, 65)
		})
	}
}
