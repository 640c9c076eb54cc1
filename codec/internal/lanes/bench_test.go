package lanes_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/codec/internal/lanes"
)

// benchCount keeps a batch and its digests in the first-level caches and fills groups of every width.
const benchCount = 64

// least is the shortest time that something took: other work on the machine only adds to it.
type least time.Duration

func (l *least) measure(f func()) {
	start := time.Now()
	f()
	*l = min(*l, least(time.Since(start)))
}

// compare runs count hashes of messages of length bytes, prefix included, in turns with as many of x/crypto, and reports the
// least time of a hash and of a block and how many times faster than x/crypto that is.
func compare(b *testing.B, count, length int, hash func()) {
	msg := randomBytes(9, length)
	ours, reference := least(math.MaxInt64), least(math.MaxInt64)
	for b.Loop() {
		ours.measure(hash)
		reference.measure(func() {
			for range count {
				sum := blake2b.Sum256(msg)
				msg[0] = sum[0]
			}
		})
	}
	ns := float64(ours) / float64(count)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ns, "ns/hash")
	b.ReportMetric(ns/float64((length+127)/128), "ns/block")
	b.ReportMetric(float64(reference)/float64(ours), "times-x/crypto")
}

func BenchmarkSum256(b *testing.B) {
	for _, f := range lanes.Forms() {
		for _, length := range []int{25, 65, 153, 1207, 65535} {
			b.Run(fmt.Sprintf("%s/%d", f.Name(), length), func(b *testing.B) {
				src, dst := randomBytes(1, benchCount*(length-1)), make([]byte, benchCount*lanes.Size)
				compare(b, benchCount, length, func() {
					f.Sum256(dst, lanes.Size, 0, src, length-1, length-1, benchCount)
				})
			})
		}
	}
}

func BenchmarkPairs(b *testing.B) {
	for _, f := range lanes.Forms() {
		b.Run(f.Name(), func(b *testing.B) {
			left, right := randomBytes(1, benchCount*lanes.Size), randomBytes(2, benchCount*lanes.Size)
			dst := make([]byte, benchCount*lanes.Size)
			compare(b, benchCount, 65, func() {
				f.Pairs(dst, lanes.Size, 1, left, right, lanes.Size, benchCount)
			})
		})
	}
}
