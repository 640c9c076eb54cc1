package crypto

import (
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc"
	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
)

// Group numbers a group as the natives of sui::group_ops do.
type Group uint8

// The groups of the curve BLS12-381 and the encodings of their elements. Numbers are big-endian and canonical.
const (
	Scalar         Group = iota // 32 bytes: a number below the group order
	G1                          // 48 bytes: compressed
	G2                          // 96 bytes: compressed
	GT                          // 576 bytes: twelve coordinates
	UncompressedG1              // 96 bytes: two coordinates, with flags as in the compressed form
)

// Limits of Sui's protocol, in elements.
const (
	// MaxMultiScalarTerms is the most terms of MultiScalarMul (bls12381_msm_max_len).
	MaxMultiScalarTerms = 32
	// MaxSumTerms is the most terms of Sum (bls12381_uncompressed_g1_sum_max_terms).
	MaxSumTerms = 1200
)

// Errors that callers ask for.
var (
	ErrInvalidInput = errors.New("not an element of the group, or an operation that the group lacks")
	ErrTooLong      = errors.New("too many elements")
)

// Validate says whether e is an element of Scalar, G1 or G2. For points it checks the curve and the subgroup. Elements
// of other groups come only out of operations, so that Sui validates none.
func Validate(g Group, e []byte) bool {
	if g > G2 {
		return false
	}
	return arithmetics[g].validate(e) == nil
}

// Add is a + b.
func Add(g Group, a, b []byte) ([]byte, error) {
	if g > GT {
		return nil, lacks(g, "addition")
	}
	return arithmetics[g].add(a, b)
}

// Sub is a - b.
func Sub(g Group, a, b []byte) ([]byte, error) {
	if g > GT {
		return nil, lacks(g, "subtraction")
	}
	return arithmetics[g].sub(a, b)
}

// Mul is an element of g as many times as a Scalar says.
func Mul(g Group, scalar, e []byte) ([]byte, error) {
	if g > GT {
		return nil, lacks(g, "multiplication")
	}
	k, err := parseScalar(scalar)
	if err != nil {
		return nil, err
	}
	return arithmetics[g].mul(&k, e)
}

// Div is an element of g times the inverse of a Scalar that is not zero.
func Div(g Group, scalar, e []byte) ([]byte, error) {
	if g > GT {
		return nil, lacks(g, "division")
	}
	k, err := parseScalar(scalar)
	if err != nil {
		return nil, err
	}
	if k.IsZero() {
		return nil, fmt.Errorf("%w: division by zero", ErrInvalidInput)
	}
	k.Inverse(&k)
	return arithmetics[g].mul(&k, e)
}

func lacks(g Group, operation string) error {
	return fmt.Errorf("%w: %s in group %d", ErrInvalidInput, operation, g)
}

// HashTo hashes a message that is not empty to G1 or G2.
func HashTo(g Group, msg []byte) ([]byte, error) {
	if len(msg) == 0 {
		return nil, fmt.Errorf("%w: an empty message", ErrInvalidInput)
	}
	switch g {
	case G1:
		p, err := curve.HashToG1(msg, []byte(suiteG1))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInvalidInput, err)
		}
		b := p.Bytes()
		return b[:], nil
	case G2:
		p, err := curve.HashToG2(msg, []byte(suiteG2))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInvalidInput, err)
		}
		b := p.Bytes()
		return b[:], nil
	default:
		return nil, lacks(g, "hashing")
	}
}

// MultiScalarMul is the sum of the products of scalars and elements of G1 or G2, each list concatenated.
func MultiScalarMul(g Group, scalars, elements []byte) ([]byte, error) {
	size := curve.SizeOfG1AffineCompressed
	switch g {
	case G1:
	case G2:
		size = curve.SizeOfG2AffineCompressed
	default:
		return nil, lacks(g, "multiplication of many")
	}
	n := len(elements) / size
	if n == 0 || len(elements) != n*size || len(scalars) != n*fr.Bytes {
		return nil, fmt.Errorf("%w: %d bytes of scalars for %d bytes of elements", ErrInvalidInput, len(scalars), len(elements))
	}
	if n > MaxMultiScalarTerms {
		return nil, fmt.Errorf("%w: %d terms, at most %d", ErrTooLong, n, MaxMultiScalarTerms)
	}
	factors := make([]fr.Element, n)
	for i := range factors {
		var err error
		if factors[i], err = parseScalar(scalars[i*fr.Bytes : (i+1)*fr.Bytes]); err != nil {
			return nil, err
		}
	}
	if g == G1 {
		return sumOfProducts(elements, factors, parseG1, func(points []curve.G1Affine) ([]byte, error) {
			var p curve.G1Affine
			_, err := p.MultiExp(points, factors, ecc.MultiExpConfig{NbTasks: 1})
			b := p.Bytes()
			return b[:], err
		})
	}
	return sumOfProducts(elements, factors, parseG2, func(points []curve.G2Affine) ([]byte, error) {
		var p curve.G2Affine
		_, err := p.MultiExp(points, factors, ecc.MultiExpConfig{NbTasks: 1})
		b := p.Bytes()
		return b[:], err
	})
}

func sumOfProducts[P any](elements []byte, factors []fr.Element, parse func([]byte) (P, error),
	sum func([]P) ([]byte, error)) ([]byte, error) {
	size := len(elements) / len(factors)
	points := make([]P, len(factors))
	for i := range points {
		var err error
		if points[i], err = parse(elements[i*size : (i+1)*size]); err != nil {
			return nil, err
		}
	}
	b, err := sum(points)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidInput, err)
	}
	return b, nil
}

// Pairing is the element of GT of an element of G1, which must be the group that is named, and one of G2.
func Pairing(g Group, e1, e2 []byte) ([]byte, error) {
	if g != G1 {
		return nil, lacks(g, "pairing")
	}
	p, err := parseG1(e1)
	if err != nil {
		return nil, err
	}
	q, err := parseG2(e2)
	if err != nil {
		return nil, err
	}
	r, err := curve.Pair([]curve.G1Affine{p}, []curve.G2Affine{q})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidInput, err)
	}
	return (&gt{r}).bytes(), nil
}

// Convert compresses an element of UncompressedG1, whose subgroup it checks, or uncompresses one of G1.
func Convert(from, to Group, e []byte) ([]byte, error) {
	switch {
	case from == UncompressedG1 && to == G1:
		p, err := parseUncompressed(e)
		if err != nil {
			return nil, err
		}
		if !p.IsInSubGroup() {
			return nil, fmt.Errorf("%w: a point outside the subgroup", ErrInvalidInput)
		}
		b := p.Bytes()
		return b[:], nil
	case from == G1 && to == UncompressedG1:
		p, err := parseG1(e)
		if err != nil {
			return nil, err
		}
		b := p.RawBytes()
		return b[:], nil
	default:
		return nil, fmt.Errorf("%w: conversion from group %d to %d", ErrInvalidInput, from, to)
	}
}

// Sum adds up to MaxSumTerms elements of UncompressedG1. It checks that they are on the curve, not their subgroup, which
// was checked when the elements were made.
func Sum(g Group, terms [][]byte) ([]byte, error) {
	if g != UncompressedG1 {
		return nil, lacks(g, "a sum of many")
	}
	if len(terms) > MaxSumTerms {
		return nil, fmt.Errorf("%w: %d terms, at most %d", ErrTooLong, len(terms), MaxSumTerms)
	}
	var sum curve.G1Jac
	for _, t := range terms {
		p, err := parseUncompressed(t)
		if err != nil {
			return nil, err
		}
		sum.AddMixed(&p)
	}
	var p curve.G1Affine
	p.FromJacobian(&sum)
	b := p.RawBytes()
	return b[:], nil
}
