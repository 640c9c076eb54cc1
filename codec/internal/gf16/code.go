package gf16

import (
	"errors"
	"fmt"
	"math/bits"
)

// Errors of the package. Callers test with errors.Is.
var (
	// ErrShape is returned for dimensions, indexes or shard lengths that do not fit the code.
	ErrShape = errors.New("gf16: wrong shape")
	// ErrTooFew is returned when fewer than k symbols are given to decode.
	ErrTooFew = errors.New("gf16: too few symbols")
)

// MaxTotal bounds the number of symbols of a code word.
const MaxTotal = 4096

// BlockSize is the unit of the packed layout in bytes: 32 field elements, their low bytes first, then their high bytes.
const BlockSize = 64

// Code is a systematic erasure code: k source symbols, n in total, any k restore the rest. It is immutable and safe for
// concurrent use.
type Code struct {
	k, n int
	low  bool // source polynomial on one coset, recovery on the others; otherwise the other way round
	m    int  // points in a coset
	data int  // cosets that hold source symbols
	f    *field
}

// New returns the code with k source symbols and n symbols in total, 1 <= k < n <= MaxTotal.
func New(k, n int) (*Code, error) {
	if k < 1 || n <= k || n > MaxTotal {
		return nil, fmt.Errorf("%w: %d source symbols of %d in total: need 1 <= source < total <= %d", ErrShape, k, n, MaxTotal)
	}
	r := n - k
	pk, pr := ceilPow2(k), ceilPow2(r)
	c := &Code{k: k, n: n, low: pk < pr || pk == pr && k > r, f: tables()}
	if c.low {
		c.m, c.data = pk, 1
	} else {
		c.m = pr
		c.data = (k + c.m - 1) / c.m
	}
	return c, nil
}

func ceilPow2(n int) int { return 1 << bits.Len(uint(n-1)) }

// point returns the evaluation point of symbol i. Source symbols of the low rate start at 0 and recovery symbols at m;
// the high rate has them the other way round.
func (c *Code) point(i int) int {
	switch {
	case c.low && i < c.k:
		return i
	case c.low:
		return c.m + i - c.k
	case i < c.k:
		return c.m + i
	default:
		return i - c.k
	}
}

// shardLen returns the common length of the shards that are not nil; that must be a multiple of BlockSize.
func shardLen(groups ...[][]byte) (int, error) {
	length := -1
	for _, g := range groups {
		for i, s := range g {
			if s == nil {
				continue
			}
			if length < 0 {
				length = len(s)
			}
			if len(s) != length {
				return 0, fmt.Errorf("%w: shard %d has %d bytes, others %d", ErrShape, i, len(s), length)
			}
		}
	}
	if length > 0 && length%BlockSize != 0 {
		return 0, fmt.Errorf("%w: shards of %d bytes: need a multiple of %d", ErrShape, length, BlockSize)
	}
	return max(length, 0), nil
}
