package gf16

import (
	"bytes"
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

// encode returns the word with the recovery symbols that follow from its source symbols. Symbols are whole blocks.
func (e *klauspost) encode(t testing.TB, w word) word {
	t.Helper()
	w.b = bytes.Clone(w.b)
	e.replace(t, w)
	return w
}

// replace is encode in place.
func (e *klauspost) replace(t testing.TB, w word) {
	t.Helper()
	length := len(w.shard(0))
	n := len(w.b) / length
	zero := make([]byte, length)
	for j, enc := range e.encoders {
		var shards [][]byte
		for range j * e.m {
			shards = append(shards, zero)
		}
		for i := range e.k {
			shards = append(shards, w.shard(i))
		}
		for i := e.k + j*e.m; i < min(e.k+(j+1)*e.m, n); i++ {
			shards = append(shards, w.shard(i))
		}
		for len(shards) < j*e.m+e.k+e.m {
			shards = append(shards, make([]byte, length))
		}
		if err := enc.Encode(shards); err != nil {
			t.Fatal(err)
		}
	}
}
