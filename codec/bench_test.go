package codec

import (
	"bytes"
	"context"
	"fmt"
	"testing"
)

// benchSizes are blobs whose symbols have very different sizes.
var benchSizes = []struct{ n, size int }{{1000, 1 << 20}, {1000, 5 << 20}, {1000, 32 << 20}, {1000, 256 << 20}, {100, 32 << 20}, {10, 1 << 20}}

func BenchmarkPrepare(b *testing.B) { benchmarkEncode(b, false) }

func BenchmarkEncode(b *testing.B) { benchmarkEncode(b, true) }

func benchmarkEncode(b *testing.B, slivers bool) {
	for _, v := range benchSizes {
		b.Run(fmt.Sprintf("n=%d/%dMiB", v.n, v.size>>20), func(b *testing.B) {
			c := newCodec(b, v.n, Options{})
			blob := randomBlob(1, v.size)
			b.SetBytes(int64(v.size))
			for b.Loop() {
				e, err := c.Prepare(b.Context(), bytes.NewReader(blob), int64(v.size))
				if err != nil {
					b.Fatal(err)
				}
				if slivers {
					if err := e.Slivers(b.Context(), nil, func(context.Context, []Sliver) error { return nil }); err != nil {
						b.Fatal(err)
					}
				}
				e.Close()
			}
		})
	}
}

func BenchmarkVerifySliver(b *testing.B) {
	for _, v := range benchSizes {
		if v.size > 32<<20 {
			continue
		}
		e := encode(b, v.n, randomBlob(1, v.size), Options{})
		for _, a := range []Axis{Primary, Secondary} {
			b.Run(fmt.Sprintf("n=%d/%dMiB/%s", v.n, v.size>>20, a), func(b *testing.B) {
				s := e.sliver(a, v.n/2)
				b.SetBytes(int64(len(s.Data)))
				for b.Loop() {
					if err := e.c.VerifySliver(e.m, &s); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
