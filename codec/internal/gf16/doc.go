// Package gf16 is the erasure code of Walrus's encoding RS2: systematic Reed-Solomon over GF(2^16) in which additive fast
// Fourier transforms take the place of matrix products. k source symbols become n, of which any k restore the rest. The
// code is that of the Leopard library and of the crate reed-solomon-simd.
//
// # Field and points
//
// The field is GF(2)[x]/(x^16+x^5+x^3+x^2+1). An element is written as a 16-bit integer by its coordinates in a Cantor basis
// b(0) = 1, b(1), ..., b(15), in which b(i)^2 + b(i) = b(i-1). Evaluation points are the elements 0, 1, 2, ... in that
// writing; addition is XOR. The points below 2^d are a subspace, and s_d(x), the product of x-e over its elements e, is a
// linearized polynomial. The Cantor basis makes it trivial: s_d(x) is the integer x>>d.
//
// # Transform
//
// Lin, Chung and Han ("Novel polynomial basis and its application to Reed-Solomon erasure codes", FOCS 2014; with Al-Naffouri,
// IEEE Trans. Inf. Theory 62(11), 2016) write polynomials in the basis X_i, the product of s_d over the bits d set in i. A
// polynomial of degree below 2h, h = 2^d, is f = f0 + s_d f1 with f0, f1 of degree below h. Where x runs through r..r+h-1 (r a
// multiple of 2h), s_d(x) is the constant c = r>>d, and where it runs through r+h..r+2h-1 it is c+1. So evaluation at 2h points
// is the butterfly
//
//	f0 += c f1;  f1 += f0
//
// on all coefficients and the same problem twice at half the size: m log2(m)/2 multiplications for m points. The inverse
// runs the butterflies backwards. Constants are always even elements below the number of points.
//
// # Rates
//
// Points are grouped in cosets of m, a power of two: coset j is j*m..j*m+m-1. All of it follows from k, r = n-k and the
// rate, which is part of the format: low if pow2(k) < pow2(r), high if pow2(k) > pow2(r), where pow2 rounds up to a
// power of two; if they are equal, high if k <= r and otherwise low.
//
// Low rate: m = pow2(k). A word is the values of a polynomial of degree below m. Source symbols are its values on coset 0,
// from point 0 on; the rest of that coset is zeros. Recovery symbols are the values on cosets 1, 2, ..., without gaps.
// Encoding is an inverse transform of coset 0, and a transform for every coset with wanted symbols.
//
// High rate: m = pow2(r). Recovery symbols are on coset 0, source symbols on cosets 1, 2, ..., and zeros fill the last one.
// The inverse transforms of all cosets sum to zero, which is to say that the polynomial of degree below the number N of all
// points, a power of two, has degree below N-m when the remaining points are zeros too. So encoding is the sum of the
// inverse transforms of the source cosets and one transform for coset 0.
//
// # Decoding
//
// Let L be the product of x-e over all erased points e of the cosets that take part; points of a coset that carry no symbol are
// erased as well, known zeros are not. f L is known everywhere, as it is zero where f is not known, and its formal derivative
// f' L + f L' equals f L' at the erasures. So
//
//	f(x) = (f L)'(x) / L'(x)
//
// there. With exactly k symbols used, f L has degree below the number c m of the points of c cosets, and their inverse
// transforms u_i (of the values of f L on coset i) determine it. Written around coset o, as g0 + (s-o) g1 + ... with s the
// subspace polynomial of the cosets, which is i on coset i, the derivative on coset o is that of g0, plus g1. Interpolation over
// the cosets gives g0 = u_o and, in the high rate, up to a factor that cancels,
//
//	g1 = u_o sum over i of 1/(o-i) + sum over i of u_i/(o-i),  i over the other cosets.
//
// In the low rate u_i must first be divided by the product of i-l over the other cosets l, and the result multiplied by that
// of o. In the basis X_i differentiation is a sum of shifts, as s_d' = 1: the coefficient of X_i in the derivative is the sum,
// over the bits d clear in i, of the coefficient of X_(i+2^d). One transform for coset o then gives its missing symbols. So a
// decode takes as many transforms of m points as there are cosets with symbols to use and to restore, never one of all N.
//
// The logarithms of L and L' at all points are a convolution over XOR of the erasures with the table of logarithms, two
// Walsh-Hadamard transforms of integers. They depend on the erasures alone: a [Decoder] keeps the factors that follow from
// them for any number of symbols.
//
// # Memory and speed
//
// The code acts on every field element of a symbol separately, so the unit of work is a row: the same bytes of one symbol, or
// several symbols, for every point, as many as make all rows of a transform fit the second-level cache. Symbols are brought to
// rows and back as they are read and written; a row has blocks of 32 low and 32 high bytes of elements, which is also how the
// format lays out the first size/64 blocks of a symbol. Several butterfly layers run while a block is in registers (three in
// AVX-512 with GFNI, where a product is an affine transform of bytes; two in AVX2, by table). Zero inputs and unwanted outputs
// are skipped by whole groups of rows. Package codec/internal/gen/gf16 writes the assembly.
package gf16
