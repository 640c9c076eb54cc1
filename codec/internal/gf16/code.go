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

// Code is a systematic erasure code: k source symbols, n in total, any k restore the rest. It is immutable and safe for
// concurrent use.
type Code struct {
	k, n     int
	low      bool // low rate: the source symbols fit one coset
	m        int  // points in a coset
	cosets   int  // cosets with symbols
	source   int  // first coset of source symbols
	recovery int  // first coset of recovery symbols
	field    *field
	t        transformer
	logs     []int64 // for the locator
}

// New returns the code with k source symbols and n symbols in total, 1 <= k < n <= MaxTotal.
func New(k, n int) (*Code, error) { return newCode(k, n, best()) }

func newCode(k, n int, form *form) (*Code, error) {
	if k < 1 || n <= k || n > MaxTotal {
		return nil, fmt.Errorf("%w: %d source symbols of %d in total: need 1 <= source < total <= %d", ErrShape, k, n, MaxTotal)
	}
	c := &Code{k: k, n: n, field: tables()}
	source, recovery := ceilPow2(k), ceilPow2(n-k)
	c.low = source < recovery || source == recovery && k > n-k
	if c.low {
		c.m = source
		c.recovery = 1
		c.cosets = 1 + (n-k+c.m-1)/c.m
	} else {
		c.m = recovery
		c.source = 1
		c.cosets = 1 + (k+c.m-1)/c.m
	}
	// The constants of butterflies are even elements below the number of points.
	constants := make([]uint16, c.cosets*c.m/2)
	for i := range constants {
		constants[i] = uint16(2 * i)
	}
	c.t = transformer{form: form, layers: bits.Len(uint(c.m)) - 1, table: form.constants(c.field, constants)}
	c.logs = transformedLogs(c.field, ceilPow2(c.cosets*c.m))
	return c, nil
}

// ceilPow2 returns the least power of two that is at least n.
func ceilPow2(n int) int { return 1 << bits.Len(uint(n-1)) }

// point returns the evaluation point of symbol i.
func (c *Code) point(i int) int {
	if i < c.k {
		return c.source*c.m + i
	}
	return c.recovery*c.m + i - c.k
}
