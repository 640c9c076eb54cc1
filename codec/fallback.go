package codec

import (
	"fmt"
	"math/bits"

	"github.com/klauspost/reedsolomon"
)

// rsCode is a stand-in for gf16.Code.
type rsCode struct {
	k, n, m int
	high    bool
}

func newRS(k, n int) (*rsCode, error) {
	pk, pr := 1<<bits.Len(uint(k-1)), 1<<bits.Len(uint(n-k-1))
	return &rsCode{k: k, n: n, m: pk, high: pk > pr || pk == pr && k <= n-k}, nil
}

func (c *rsCode) encode(source, recovery [][]byte) error {
	size := len(source[0])
	if c.high {
		e, err := reedsolomon.New(c.k, c.n-c.k, reedsolomon.WithLeopardGF16(true))
		if err != nil {
			return err
		}
		sh := append([][]byte{}, source...)
		for _, r := range recovery {
			if r == nil {
				r = make([]byte, size)
			}
			sh = append(sh, r)
		}
		return e.Encode(sh)
	}
	for j := 1; (j-1)*c.m < c.n-c.k; j++ {
		e, err := reedsolomon.New((j-1)*c.m+c.k, c.m, reedsolomon.WithLeopardGF16(true))
		if err != nil {
			return err
		}
		zero := make([]byte, size)
		var sh [][]byte
		for range (j - 1) * c.m {
			sh = append(sh, zero)
		}
		sh = append(sh, source...)
		for i := range c.m {
			o := (j-1)*c.m + i
			if o < len(recovery) && recovery[o] != nil {
				sh = append(sh, recovery[o])
			} else {
				sh = append(sh, make([]byte, size))
			}
		}
		if err := e.Encode(sh); err != nil {
			return err
		}
	}
	return nil
}

func (c *rsCode) decode(present []int, shards, out [][]byte) error {
	size := len(shards[0])
	if c.high {
		e, err := reedsolomon.New(c.k, c.n-c.k, reedsolomon.WithLeopardGF16(true))
		if err != nil {
			return err
		}
		sh := make([][]byte, c.n)
		for i, p := range present {
			sh[p] = append([]byte{}, shards[i]...)
		}
		if err := e.ReconstructData(sh); err != nil {
			return err
		}
		for i, o := range out {
			if o != nil {
				copy(o, sh[i])
			}
		}
		return nil
	}
	// data at points [0,k), zero to m; recovery at [m, 2m): by translation the data is recovery of New(k', m).
	dataShards := c.m
	e, err := reedsolomon.New(dataShards, c.m, reedsolomon.WithLeopardGF16(true))
	if err != nil {
		return err
	}
	sh := make([][]byte, 2*c.m)
	have := 0
	for i, p := range present {
		switch {
		case p < c.k:
			sh[c.m+p] = append([]byte{}, shards[i]...)
		case p-c.k < c.m:
			sh[p-c.k] = append([]byte{}, shards[i]...)
		default:
			continue
		}
		have++
	}
	if have < c.k {
		return fmt.Errorf("%w: only %d of %d usable", ErrNotEnough, have, c.k)
	}
	for i := c.k; i < c.m; i++ {
		sh[c.m+i] = make([]byte, size)
	}
	if err := e.Reconstruct(sh); err != nil {
		return err
	}
	for i, o := range out {
		if o != nil {
			copy(o, sh[c.m+i])
		}
	}
	return nil
}

func packedLen(s, count int) int { return (s + 63) / 64 * 64 * count }

func pack(dst, src []byte, s, stride, count int) {
	per := (s + 63) / 64 * 64
	clear(dst)
	full, t := s/64*64, s%64
	for i := range count {
		d, b := dst[i*per:][:per], src[i*stride:][:s]
		copy(d, b[:full])
		if t > 0 {
			copy(d[full:], b[full:full+t/2])
			copy(d[full+32:], b[full+t/2:])
		}
	}
}

func unpack(dst, src []byte, s, stride, count int) {
	per := (s + 63) / 64 * 64
	full, t := s/64*64, s%64
	for i := range count {
		b, d := src[i*per:][:per], dst[i*stride:][:s]
		copy(d, b[:full])
		if t > 0 {
			copy(d[full:], b[full:][:t/2])
			copy(d[full+t/2:], b[full+32:][:t/2])
		}
	}
}
