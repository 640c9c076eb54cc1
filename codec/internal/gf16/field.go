package gf16

import "sync"

const (
	// order is the number of field elements.
	order = 1 << 16
	// modulus is the order of the multiplicative group: exponents of the generator are taken modulo it.
	modulus = order - 1
	// polynomial is the primitive polynomial that defines the field.
	polynomial = 0x1002D
)

// cantorBasis spans GF(2^16) over GF(2), written in the polynomial basis. Each entry after the first solves
// x^2 + x = previous, which is what makes every subspace polynomial a plain shift (see the package documentation).
var cantorBasis = [16]uint16{
	0x0001, 0xACCA, 0x3C0E, 0x163E, 0xC582, 0xED2E, 0x914C, 0x4012,
	0x6C98, 0x10D8, 0x6A72, 0xB900, 0xFDB8, 0xFB34, 0xFF38, 0x991E,
}

// field holds discrete logarithms of the elements. An element is its coordinates in the Cantor basis, as an integer.
type field struct {
	log [order]uint16     // log[0] is not used
	exp [2 * order]uint16 // twice over, so that the sum of two logarithms needs no reduction
}

var tables = sync.OnceValue(newField)

func newField() *field {
	f := new(field)
	var power [order]uint16 // logarithm by polynomial-basis element
	x := 1
	for i := range modulus {
		power[x] = uint16(i) //nolint:gosec // x is reduced below order
		x <<= 1
		if x >= order {
			x ^= polynomial
		}
	}
	for e := 1; e < order; e++ {
		var p uint16
		for i, b := range cantorBasis {
			if e>>i&1 != 0 {
				p ^= b
			}
		}
		l := power[p]
		f.log[e] = l
		f.exp[l] = uint16(e)
		f.exp[int(l)+modulus] = uint16(e)
	}
	return f
}

// mul returns the product of two elements.
func (f *field) mul(a, b uint16) uint16 {
	if a == 0 || b == 0 {
		return 0
	}
	return f.exp[int(f.log[a])+int(f.log[b])]
}

// inv returns the inverse of a non-zero element.
func (f *field) inv(a uint16) uint16 { return f.exp[modulus-int(f.log[a])] }
