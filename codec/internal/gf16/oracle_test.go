package gf16

import (
	"testing"

	"github.com/klauspost/reedsolomon"
)

// klauspost encodes with an independent implementation of the same transforms. The high rate is its own code. A coset of
// recovery symbols of the low rate is what it computes when zeros precede the data, which moves both the right distance
// apart.
type klauspost struct {
	k, m     int
	encoders []reedsolomon.Encoder // by coset of recovery symbols
}

func newKlauspost(t testing.TB, k, n int) *klauspost {
	t.Helper()
	e := &klauspost{k: k, m: n - k}
	if a, b := ceilPow2(k), ceilPow2(n-k); a < b || a == b && k > n-k {
		e.m = a
	}
	for first := 0; first < n-k; first += e.m {
		enc, err := reedsolomon.New(first+k, e.m, reedsolomon.WithLeopardGF16(true))
		if err != nil {
			t.Fatal(err)
		}
		e.encoders = append(e.encoders, enc)
	}
	return e
}

func (e *klauspost) encode(t testing.TB, source, recovery [][]byte) {
	t.Helper()
	length := len(source[0])
	zero := make([]byte, length)
	for j, enc := range e.encoders {
		var shards [][]byte
		for range j * e.m {
			shards = append(shards, zero)
		}
		shards = append(shards, source...)
		shards = append(shards, recovery[j*e.m:min((j+1)*e.m, len(recovery))]...)
		for len(shards) < j*e.m+e.k+e.m {
			shards = append(shards, make([]byte, length))
		}
		if err := enc.Encode(shards); err != nil {
			t.Fatal(err)
		}
	}
}
