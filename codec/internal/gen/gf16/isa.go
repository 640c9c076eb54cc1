package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// blockBytes is the length of one packed block: 32 elements.
const blockBytes = 64

// element is one packed block in registers.
type element []reg.VecVirtual

// constant is a field element to multiply with: registers, or the address of its table entry.
type constant struct {
	regs []reg.VecVirtual
	mem  operand.Mem
}

// isa is one instruction set: how it holds a block and how it multiplies one.
type isa interface {
	name() string
	layers() int // butterfly layers whose blocks fit the registers
	entry() int  // bytes of one constant in the table
	begin()      // loads what all multiplications of a kernel share
	load(m operand.Mem) element
	store(e element, m operand.Mem)
	add(dst, src element)               // dst += src
	constant(m operand.Mem) constant    // prepares the table entry at m
	mulAdd(dst, x element, by constant) // dst += by x
	mul(x element, by constant) element
}

// avx2 holds low and high bytes in a register each. It multiplies by table: for each of the four nibbles of an element, 16
// low and 16 high bytes of the products.
type avx2 struct {
	*build.Context
	nibble reg.VecVirtual // mask of the low nibble in every byte
}

func (*avx2) name() string { return "AVX2" }
func (*avx2) layers() int  { return 2 }
func (*avx2) entry() int   { return 4 * 2 * 16 }

func (s *avx2) begin() {
	s.nibble = s.YMM()
	mask := s.GP64()
	s.MOVQ(operand.U64(0x0f0f0f0f0f0f0f0f), mask)
	s.VMOVQ(mask, s.nibble.AsX())
	s.VPBROADCASTQ(s.nibble.AsX(), s.nibble)
}

func (s *avx2) load(m operand.Mem) element {
	e := element{s.YMM(), s.YMM()}
	s.VMOVDQU(m, e[0])
	s.VMOVDQU(m.Offset(32), e[1])
	return e
}

func (s *avx2) store(e element, m operand.Mem) {
	s.VMOVDQU(e[0], m)
	s.VMOVDQU(e[1], m.Offset(32))
}

func (s *avx2) add(dst, src element) {
	s.VPXOR(src[0], dst[0], dst[0])
	s.VPXOR(src[1], dst[1], dst[1])
}

func (*avx2) constant(m operand.Mem) constant { return constant{mem: m} }

func (s *avx2) mulAdd(dst, x element, by constant) { s.product(dst, x, by, true) }

func (s *avx2) mul(x element, by constant) element {
	dst := element{s.YMM(), s.YMM()}
	s.product(dst, x, by, false)
	return dst
}

func (s *avx2) product(dst, x element, by constant, accumulate bool) {
	for i := range 4 {
		n := s.YMM()
		if i%2 == 0 {
			s.VPAND(s.nibble, x[i/2], n)
		} else {
			s.VPSRLQ(operand.U8(4), x[i/2], n)
			s.VPAND(s.nibble, n, n)
		}
		for half := range 2 {
			t := s.YMM()
			s.VBROADCASTI128(by.mem.Offset(32*i+16*half), t)
			if i == 0 && !accumulate {
				s.VPSHUFB(n, t, dst[half])
				continue
			}
			s.VPSHUFB(n, t, t)
			s.VPXOR(t, dst[half], dst[half])
		}
	}
}

// avx512 holds a block in one register. A table entry is four 8x8 bit matrices A, B, C, D: low = A low + B high, high =
// C low + D high. So a product is two affine transforms: by [A|D] of the block and by [B|C] of the block with its halves
// exchanged.
type avx512 struct {
	*build.Context
	spread            operand.Mem    // the two permutations
	straight, crossed reg.VecVirtual // A four times and D four times, B four times and C four times
}

func newAVX512(c *build.Context) *avx512 {
	s := &avx512{Context: c, spread: c.StaticGlobal("spread")}
	c.DataAttributes(attr.RODATA | attr.NOPTR)
	for _, i := range []uint64{0, 0, 0, 0, 3, 3, 3, 3, 1, 1, 1, 1, 2, 2, 2, 2} {
		c.AppendDatum(operand.U64(i))
	}
	return s
}

func (*avx512) name() string { return "AVX512" }
func (*avx512) layers() int  { return 3 }
func (*avx512) entry() int   { return 4 * 8 }

func (s *avx512) begin() {
	s.straight, s.crossed = s.ZMM(), s.ZMM()
	s.VMOVDQU64(s.spread, s.straight)
	s.VMOVDQU64(s.spread.Offset(64), s.crossed)
}

func (s *avx512) load(m operand.Mem) element {
	e := element{s.ZMM()}
	s.VMOVDQU64(m, e[0])
	return e
}

func (s *avx512) store(e element, m operand.Mem) { s.VMOVDQU64(e[0], m) }

func (s *avx512) add(dst, src element) { s.VPXORQ(src[0], dst[0], dst[0]) }

func (s *avx512) constant(m operand.Mem) constant {
	a, b := s.ZMM(), s.ZMM()
	s.VBROADCASTI64X4(m, b)
	s.VPERMQ(b, s.straight, a)
	s.VPERMQ(b, s.crossed, b)
	return constant{regs: []reg.VecVirtual{a, b}}
}

func (s *avx512) mulAdd(dst, x element, by constant) {
	a, b := s.halves(x, by)
	const xor = 0x96 // truth table of a three-way exclusive or
	s.VPTERNLOGQ(operand.U8(xor), a, b, dst[0])
}

func (s *avx512) mul(x element, by constant) element {
	a, b := s.halves(x, by)
	s.VPXORQ(a, b, b)
	return element{b}
}

// halves returns the two transforms whose sum is the product.
func (s *avx512) halves(x element, by constant) (a, b reg.VecVirtual) {
	a, b = s.ZMM(), s.ZMM()
	const exchange = 0x4e
	s.VSHUFI64X2(operand.U8(exchange), x[0], x[0], b)
	s.VGF2P8AFFINEQB(operand.U8(0), by.regs[0], x[0], a)
	s.VGF2P8AFFINEQB(operand.U8(0), by.regs[1], b, b)
	return a, b
}
