package crypto

import (
	"fmt"
	"math/big"

	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fp"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
)

// arithmetic is what a group can do with encoded elements.
type arithmetic struct {
	validate func(e []byte) error
	add, sub func(a, b []byte) ([]byte, error)
	mul      func(k *fr.Element, e []byte) ([]byte, error)
}

// arithmetics of the groups up to GT, by number.
var arithmetics = [...]arithmetic{
	Scalar: arithmeticOf((*scalar).parse, (*scalar).bytes, (*scalar).add, (*scalar).sub, (*scalar).mul),
	G1:     arithmeticOf((*g1).parse, (*g1).bytes, (*g1).add, (*g1).sub, (*g1).mul),
	G2:     arithmeticOf((*g2).parse, (*g2).bytes, (*g2).add, (*g2).sub, (*g2).mul),
	GT:     arithmeticOf((*gt).parse, (*gt).bytes, (*gt).add, (*gt).sub, (*gt).mul),
}

// arithmeticOf lifts operations that leave their result in the first operand to encoded elements.
func arithmeticOf[T any](parse func(*T, []byte) error, encode func(*T) []byte, add, sub func(x, y *T),
	mul func(*T, *fr.Element)) arithmetic {
	binary := func(op func(x, y *T)) func(a, b []byte) ([]byte, error) {
		return func(a, b []byte) ([]byte, error) {
			var x, y T
			if err := parse(&x, a); err != nil {
				return nil, err
			}
			if err := parse(&y, b); err != nil {
				return nil, err
			}
			op(&x, &y)
			return encode(&x), nil
		}
	}
	return arithmetic{
		validate: func(e []byte) error { return parse(new(T), e) },
		add:      binary(add),
		sub:      binary(sub),
		mul: func(k *fr.Element, e []byte) ([]byte, error) {
			var x T
			if err := parse(&x, e); err != nil {
				return nil, err
			}
			mul(&x, k)
			return encode(&x), nil
		},
	}
}

type scalar struct{ fr.Element }

func (s *scalar) parse(b []byte) (err error) {
	s.Element, err = parseScalar(b)
	return err
}

func (s *scalar) bytes() []byte {
	b := s.Bytes()
	return b[:]
}

func (s *scalar) add(a *scalar)     { s.Add(&s.Element, &a.Element) }
func (s *scalar) sub(a *scalar)     { s.Sub(&s.Element, &a.Element) }
func (s *scalar) mul(k *fr.Element) { s.Mul(&s.Element, k) }

type g1 struct{ curve.G1Affine }

func (p *g1) parse(b []byte) (err error) {
	p.G1Affine, err = parseG1(b)
	return err
}

func (p *g1) bytes() []byte {
	b := p.Bytes()
	return b[:]
}

func (p *g1) add(a *g1)         { p.Add(&p.G1Affine, &a.G1Affine) }
func (p *g1) sub(a *g1)         { p.Sub(&p.G1Affine, &a.G1Affine) }
func (p *g1) mul(k *fr.Element) { p.ScalarMultiplication(&p.G1Affine, k.BigInt(new(big.Int))) }

type g2 struct{ curve.G2Affine }

func (p *g2) parse(b []byte) (err error) {
	p.G2Affine, err = parseG2(b)
	return err
}

func (p *g2) bytes() []byte {
	b := p.Bytes()
	return b[:]
}

func (p *g2) add(a *g2)         { p.Add(&p.G2Affine, &a.G2Affine) }
func (p *g2) sub(a *g2)         { p.Sub(&p.G2Affine, &a.G2Affine) }
func (p *g2) mul(k *fr.Element) { p.ScalarMultiplication(&p.G2Affine, k.BigInt(new(big.Int))) }

// gt is written additively in Sui and multiplicatively here.
type gt struct{ curve.GT }

// coordinates of the element, in the order of Sui's encoding.
func (e *gt) coordinates() [12]*fp.Element {
	x, y := &e.C0, &e.C1
	return [12]*fp.Element{
		&x.B0.A0, &x.B0.A1, &y.B0.A0, &y.B0.A1,
		&x.B1.A0, &x.B1.A1, &y.B1.A0, &y.B1.A1,
		&x.B2.A0, &x.B2.A1, &y.B2.A0, &y.B2.A1,
	}
}

func (e *gt) parse(b []byte) error {
	if len(b) != curve.SizeOfGT {
		return fmt.Errorf("%w: %d bytes as an element of GT", ErrInvalidInput, len(b))
	}
	for i, c := range e.coordinates() {
		if err := c.SetBytesCanonical(b[i*fp.Bytes : (i+1)*fp.Bytes]); err != nil {
			return fmt.Errorf("%w: %w", ErrInvalidInput, err)
		}
	}
	return nil
}

func (e *gt) bytes() []byte {
	out := make([]byte, 0, curve.SizeOfGT)
	for _, c := range e.coordinates() {
		b := c.Bytes()
		out = append(out, b[:]...)
	}
	return out
}

func (e *gt) add(a *gt) { e.Mul(&e.GT, &a.GT) }

func (e *gt) sub(a *gt) {
	var inverse curve.GT
	inverse.Inverse(&a.GT)
	e.Mul(&e.GT, &inverse)
}

func (e *gt) mul(k *fr.Element) { e.Exp(e.GT, k.BigInt(new(big.Int))) }

func parseScalar(b []byte) (fr.Element, error) {
	var s fr.Element
	if len(b) != fr.Bytes {
		return s, fmt.Errorf("%w: %d bytes as a scalar", ErrInvalidInput, len(b))
	}
	if err := s.SetBytesCanonical(b); err != nil {
		return s, fmt.Errorf("%w: %w", ErrInvalidInput, err)
	}
	return s, nil
}

func parseG1(b []byte) (curve.G1Affine, error) {
	var p curve.G1Affine
	if len(b) != curve.SizeOfG1AffineCompressed {
		return p, fmt.Errorf("%w: %d bytes as an element of G1", ErrInvalidInput, len(b))
	}
	if _, err := p.SetBytes(b); err != nil {
		return p, fmt.Errorf("%w: %w", ErrInvalidInput, err)
	}
	return p, nil
}

func parseG2(b []byte) (curve.G2Affine, error) {
	var p curve.G2Affine
	if len(b) != curve.SizeOfG2AffineCompressed {
		return p, fmt.Errorf("%w: %d bytes as an element of G2", ErrInvalidInput, len(b))
	}
	if _, err := p.SetBytes(b); err != nil {
		return p, fmt.Errorf("%w: %w", ErrInvalidInput, err)
	}
	return p, nil
}

// The flags in the first byte of an encoded point.
const (
	flagCompressed = 0x80
	flagInfinity   = 0x40
	flagLargest    = 0x20
)

// parseUncompressed checks the curve and not the subgroup, which is most of the work of checking a point.
func parseUncompressed(b []byte) (curve.G1Affine, error) {
	var p curve.G1Affine
	if len(b) != curve.SizeOfG1AffineUncompressed {
		return p, fmt.Errorf("%w: %d bytes as an element of UncompressedG1", ErrInvalidInput, len(b))
	}
	if b[0]&(flagCompressed|flagLargest) != 0 {
		return p, fmt.Errorf("%w: flags of a compressed point", ErrInvalidInput)
	}
	if b[0]&flagInfinity != 0 {
		rest := b[0] &^ flagInfinity
		for _, x := range b[1:] {
			rest |= x
		}
		if rest != 0 {
			return p, fmt.Errorf("%w: a point at infinity with coordinates", ErrInvalidInput)
		}
		return p, nil
	}
	if err := p.X.SetBytesCanonical(b[:fp.Bytes]); err != nil {
		return p, fmt.Errorf("%w: %w", ErrInvalidInput, err)
	}
	if err := p.Y.SetBytesCanonical(b[fp.Bytes:]); err != nil {
		return p, fmt.Errorf("%w: %w", ErrInvalidInput, err)
	}
	// Infinity has its own form. As coordinates it would pass for a point: the library writes it as (0, 0).
	if p.IsInfinity() || !p.IsOnCurve() {
		return p, fmt.Errorf("%w: coordinates off the curve", ErrInvalidInput)
	}
	return p, nil
}
