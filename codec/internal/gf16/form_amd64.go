//go:build !purego

package gf16

import (
	"encoding/binary"

	"golang.org/x/sys/cpu"
)

// avx512 multiplies by 8x8 bit matrices (GF2P8AFFINEQB): four of them make one product of 16-bit elements.
var avx512 = assembled{
	inverse: []inverseKernel{inverse2AVX512, inverse4AVX512, inverse8AVX512},
	forward: []forwardKernel{forward2AVX512, forward4AVX512, forward8AVX512},
	derive:  []deriveKernel{derive2AVX512, derive4AVX512, derive8AVX512},
	scale:   scaleAVX512,
	mulAdd:  mulAddAVX512,
}.form(form{
	name:  "avx512",
	entry: 4 * 8,
	fill:  fillMatrices,
	inverseFrom: func(dst []byte, dist int, src [][]byte, off, n int, table []byte, q int) {
		from := (*[8][]byte)(src)
		for _, s := range from {
			_ = s[off : off+n]
		}
		_ = dst[7*dist+n-1]
		inverseFrom8AVX512(&dst[0], dist, from, off, n, &table[0], q)
	},
	forwardTo: func(dst [][]byte, off int, src []byte, dist, n int, table []byte, q int) {
		to := (*[8][]byte)(dst)
		for _, d := range to {
			_ = d[off : off+n]
		}
		_ = src[7*dist+n-1]
		forwardTo8AVX512(to, off, &src[0], dist, n, &table[0], q)
	},
})

// avx2 multiplies by shuffles of 16-byte tables (PSHUFB), one for the low and one for the high byte of the product with
// each nibble.
var avx2 = assembled{
	inverse: []inverseKernel{inverse2AVX2, inverse4AVX2},
	forward: []forwardKernel{forward2AVX2, forward4AVX2},
	derive:  []deriveKernel{derive2AVX2, derive4AVX2},
	scale:   scaleAVX2,
	mulAdd:  mulAddAVX2,
}.form(form{
	name:  "avx2",
	entry: 4 * 2 * 16,
	fill:  fillNibbles,
	inverseFrom: func(dst []byte, dist int, src [][]byte, off, n int, table []byte, q int) {
		from := (*[4][]byte)(src)
		for _, s := range from {
			_ = s[off : off+n]
		}
		_ = dst[3*dist+n-1]
		inverseFrom4AVX2(&dst[0], dist, from, off, n, &table[0], q)
	},
	forwardTo: func(dst [][]byte, off int, src []byte, dist, n int, table []byte, q int) {
		to := (*[4][]byte)(dst)
		for _, d := range to {
			_ = d[off : off+n]
		}
		_ = src[3*dist+n-1]
		forwardTo4AVX2(to, off, &src[0], dist, n, &table[0], q)
	},
})

//go:generate go run -C ../gen ./gf16 -dir ../gf16

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

type (
	inverseKernel = func(base *byte, dist, step, count, n int, table *byte, q int)
	forwardKernel = func(dst, src *byte, dist, step, count, n int, table *byte, q int)
	deriveKernel  = func(dst, src *byte, dist, step, count, n int)
	pairKernel    = func(dst, src *byte, n int, factor *byte)
)

// assembled lists the kernels of an instruction set, by layers less one.
type assembled struct {
	inverse       []inverseKernel
	forward       []forwardKernel
	derive        []deriveKernel
	scale, mulAdd pairKernel
}

// form completes m with functions that check bounds before they enter assembly, which does not.
func (a assembled) form(m form) form {
	m.layers = len(a.inverse)
	m.inverse = func(layers int, area []byte, dist, step, count, n int, table []byte, q int) {
		_ = area[reach(layers, dist, step, count, n)-1]
		_ = table[(q<<(layers-1)+1<<(layers-1))*m.entry-1]
		a.inverse[layers-1](&area[0], dist, step, count, n, &table[0], q)
	}
	m.forward = func(layers int, dst, src []byte, dist, step, count, n int, table []byte, q int) {
		end := reach(layers, dist, step, count, n) - 1
		_, _ = dst[end], src[end]
		_ = table[(q<<(layers-1)+1<<(layers-1))*m.entry-1]
		a.forward[layers-1](&dst[0], &src[0], dist, step, count, n, &table[0], q)
	}
	m.derive = func(layers int, dst, src []byte, dist, step, count, n int) {
		end := reach(layers, dist, step, count, n) - 1
		_, _ = dst[end], src[end]
		a.derive[layers-1](&dst[0], &src[0], dist, step, count, n)
	}
	m.moveBlocks = func(dst, src []byte, dstStep, srcStep, n, count int) {
		_, _ = dst[(count-1)*dstStep+n-1], src[(count-1)*srcStep+n-1]
		moveBlocksAVX2(&dst[0], &src[0], dstStep, srcStep, n, count)
	}
	m.packTails = func(blocks, tails []byte, step, h, groups int) {
		_, _ = blocks[groups*h*BlockSize-1], tails[(groups*tailGroup-1)*step+2*h-1]
		packTailsAVX2(&blocks[0], &tails[0], step, h, groups)
	}
	m.unpackTails = func(blocks, tails []byte, step, h, groups int) {
		_, _ = blocks[groups*h*BlockSize-1], tails[(groups*tailGroup-1)*step+2*h-1]
		unpackTailsAVX2(&blocks[0], &tails[0], step, h, groups)
	}
	m.scale = func(dst, src, factor []byte) { a.scale(&dst[0], &src[:len(dst)][0], len(dst), &factor[:m.entry][0]) }
	m.mulAdd = func(dst, src, factor []byte) { a.mulAdd(&dst[0], &src[:len(dst)][0], len(dst), &factor[:m.entry][0]) }
	return m
}

// reach is the length of area that a call works on.
func reach(layers, dist, step, count, n int) int { return (1<<layers-1)*dist + (count-1)*step + n }

// fillMatrices writes the bit matrices A, B, C, D of c: low byte of the product = A low + B high, high byte = C low + D high.
// The instruction reads the row of output bit i from byte 7-i.
func fillMatrices(f *field, c uint16, entry []byte) {
	var m [4]uint64
	for in := range 16 {
		p := f.mul(1<<in, c)
		for out := range 16 {
			bit := uint64(p>>out&1) << (8*(7-out%8) + in%8)
			m[out/8*2+in/8] |= bit
		}
	}
	for i, x := range m {
		binary.LittleEndian.PutUint64(entry[8*i:], x)
	}
}

// fillNibbles writes, for each nibble from the lowest, the low and then the high bytes of the products of its 16 values.
func fillNibbles(f *field, c uint16, entry []byte) {
	for nibble := range 4 {
		t := entry[32*nibble:][:32]
		for x := range 16 {
			p := f.mul(uint16(x)<<(4*nibble), c)
			t[x], t[16+x] = byte(p), byte(p>>8)
		}
	}
}
