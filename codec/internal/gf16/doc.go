// Package gf16 is the erasure code of Walrus's encoding RS2: Reed-Solomon over GF(2^16) by additive fast Fourier
// transforms.
package gf16
