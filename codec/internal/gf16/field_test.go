package gf16

import (
	"math/rand/v2"
	"testing"
)

// polynomialBasis converts an element from coordinates in the Cantor basis.
func polynomialBasis(e uint16) uint16 {
	var p uint16
	for i, b := range cantorBasis {
		if e>>i&1 != 0 {
			p ^= b
		}
	}
	return p
}

// multiply is the product in the polynomial basis, bit by bit.
func multiply(a, b uint16) uint16 {
	var p uint32
	for i := range 16 {
		if b>>i&1 != 0 {
			p ^= uint32(a) << i
		}
	}
	for i := 31; i >= 16; i-- {
		if p>>i&1 != 0 {
			p ^= polynomial << (i - 16)
		}
	}
	return uint16(p)
}

func TestCantorBasis(t *testing.T) {
	for i := 1; i < len(cantorBasis); i++ {
		b := cantorBasis[i]
		if got := multiply(b, b) ^ b; got != cantorBasis[i-1] {
			t.Errorf("basis element %d: x^2+x = %#x, not element %d", i, got, i-1)
		}
	}
}

func TestFieldMultiplication(t *testing.T) {
	f := tables()
	rng := rand.New(rand.NewPCG(5, 6))
	for range 100_000 {
		a, b := uint16(rng.Uint32()), uint16(rng.Uint32())
		if got, want := polynomialBasis(f.mul(a, b)), multiply(polynomialBasis(a), polynomialBasis(b)); got != want {
			t.Fatalf("%#x times %#x is %#x, want %#x in the polynomial basis", a, b, got, want)
		}
	}
	for a := 1; a < order; a++ {
		if f.mul(uint16(a), f.inv(uint16(a))) != 1 {
			t.Fatalf("%#x times its inverse is not 1", a)
		}
	}
}

// The value of a subspace polynomial, the product of x-e over the elements e below 1<<d, is x>>d.
func TestSubspacePolynomials(t *testing.T) {
	f := tables()
	rng := rand.New(rand.NewPCG(7, 8))
	for d := range 12 {
		for range 4 {
			x := uint16(rng.Uint32())
			product := uint16(1)
			for e := range uint16(1) << d {
				product = f.mul(product, x^e)
			}
			if product != x>>d {
				t.Fatalf("subspace polynomial %d at %#x is %#x, want %#x", d, x, product, x>>d)
			}
		}
	}
}
