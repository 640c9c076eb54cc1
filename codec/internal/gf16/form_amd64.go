//go:build !purego

package gf16

import (
	"encoding/binary"

	"golang.org/x/sys/cpu"
)

//go:generate go run -C ../gen ./gf16 -dir ../gf16

// avx512 multiplies by 8x8 bit matrices (GF2P8AFFINEQB): four of them make one product of 16-bit elements.
var avx512 = assembly{
	inverse: []butterflyKernel{inverse2AVX512, inverse4AVX512, inverse8AVX512},
	forward: []butterflyKernel{forward2AVX512, forward4AVX512, forward8AVX512},
	derive:  []deriveKernel{derive2AVX512, derive4AVX512, derive8AVX512},
	scale:   scaleAVX512,
	mulAdd:  mulAddAVX512,
}.form("avx512", 4*8, fillMatrices)

// avx2 multiplies by shuffles of 16-byte tables (PSHUFB), one for the low and one for the high byte of the product with
// each nibble.
var avx2 = assembly{
	inverse: []butterflyKernel{inverse2AVX2, inverse4AVX2},
	forward: []butterflyKernel{forward2AVX2, forward4AVX2},
	derive:  []deriveKernel{derive2AVX2, derive4AVX2},
	scale:   scaleAVX2,
	mulAdd:  mulAddAVX2,
}.form("avx2", 4*2*16, fillNibbles)

// forms returns the forms that this processor can run, the fastest first.
func forms() []*form {
	switch {
	case cpu.X86.HasAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512GFNI:
		return []*form{&avx512, &avx2, &generic}
	case cpu.X86.HasAVX2:
		return []*form{&avx2, &generic}
	default:
		return []*form{&generic}
	}
}

// vectorCache is most of the 512 KiB to 2 MiB of second-level cache that a core of a server or a desktop has, with room left for the
// symbols that pass through.
const vectorCache = 640 << 10

type (
	butterflyKernel = func(dst *byte, dstDist int, src *byte, srcDist, step, count, n int, table *byte, q int)
	deriveKernel    = func(dst *byte, dstDist int, src *byte, srcDist, step, count, n int)
	pairKernel      = func(dst, src *byte, n int, factor *byte)
	packKernel      = func(packed, symbols *byte, step, full, h, count int)
)

// assembly lists the kernels of an instruction set, by layers less one.
type assembly struct {
	inverse, forward []butterflyKernel
	derive           []deriveKernel
	scale, mulAdd    pairKernel
}

// form returns functions that check bounds before they enter assembly, which does not.
func (a assembly) form(name string, entry int, fill func(f *field, c uint16, entry []byte)) form {
	butterfly := func(kernels []butterflyKernel) func(layers int, dst, src rows, step, count, n int, table []byte, q int) {
		return func(layers int, dst, src rows, step, count, n int, table []byte, q int) {
			dst.check(layers, step, count, n)
			src.check(layers, step, count, n)
			_ = table[(q+1)<<(layers-1)*entry-1]
			kernels[layers-1](&dst.b[0], dst.dist, &src.b[0], src.dist, step, count, n, &table[0], q)
		}
	}
	pair := func(kernel pairKernel) func(dst, src, factor []byte) {
		return func(dst, src, factor []byte) {
			kernel(&dst[0], &src[:len(dst)][0], len(dst), &factor[:entry][0])
		}
	}
	pack := func(kernel packKernel) func(packed, symbols []byte, step, size, count int) {
		return func(packed, symbols []byte, step, size, count int) {
			_, _ = packed[packedLen(size, count)-1], symbols[(count-1)*step+size-1]
			tail := size % BlockSize
			kernel(&packed[0], &symbols[0], step, size-tail, tail/2, count)
		}
	}
	return form{
		name:    name,
		layers:  len(a.inverse),
		entry:   entry,
		cache:   vectorCache,
		fill:    fill,
		inverse: butterfly(a.inverse),
		forward: butterfly(a.forward),
		derive: func(layers int, dst, src rows, step, count, n int) {
			dst.check(layers, step, count, n)
			src.check(layers, step, count, n)
			a.derive[layers-1](&dst.b[0], dst.dist, &src.b[0], src.dist, step, count, n)
		},
		scale:  pair(a.scale),
		mulAdd: pair(a.mulAdd),
		pack:   pack(packAVX2),
		unpack: pack(unpackAVX2),
	}
}

// check panics unless the rows of a call are there.
func (r rows) check(layers, step, count, n int) {
	_ = r.b[(1<<layers-1)*r.dist+(count-1)*step+n-1]
}

// fillMatrices writes the bit matrices A, B, C, D of c: low byte of the product = A low + B high, high byte = C low + D high.
// The instruction reads the row of output bit i from byte 7-i.
func fillMatrices(f *field, c uint16, entry []byte) {
	for half := range 2 {
		var low, high uint64 // byte i is a column: a byte of the product with bit i of this half
		for i := range 8 {
			p := f.mul(1<<(8*half+i), c)
			low |= uint64(p&0xff) << (8 * i)
			high |= uint64(p>>8) << (8 * i)
		}
		binary.BigEndian.PutUint64(entry[8*half:], transpose(low))
		binary.BigEndian.PutUint64(entry[16+8*half:], transpose(high))
	}
}

// transpose exchanges bit j of byte i with bit i of byte j.
func transpose(x uint64) uint64 {
	swap := func(mask uint64, shift int) {
		d := (x ^ x>>shift) & mask
		x ^= d ^ d<<shift
	}
	swap(0x00aa00aa00aa00aa, 7)
	swap(0x0000cccc0000cccc, 14)
	swap(0x00000000f0f0f0f0, 28)
	return x
}

// fillNibbles writes, for each nibble from the lowest, the low and then the high bytes of the products of its 16 values.
func fillNibbles(f *field, c uint16, entry []byte) {
	for nibble := range 4 {
		t := entry[32*nibble:][:32]
		for bit := range 4 {
			p := f.mul(1<<(4*nibble+bit), c)
			for x := range 1 << bit {
				t[x+1<<bit], t[16+x+1<<bit] = t[x]^byte(p), t[16+x]^byte(p>>8)
			}
		}
	}
}
