package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var zmm = [32]reg.VecPhysical{
	reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
	reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
	reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
	reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
}

// pointers8 hold the address of each lane's message, later of its digest. R15 stays free: it belongs to the linker in
// position-independent code.
var pointers8 = [8]reg.GPPhysical{reg.RSI, reg.RDI, reg.R8, reg.R9, reg.R10, reg.R11, reg.R12, reg.R13}

// avx512 writes kernels of eight lanes. State word i lives in Zi and message word i in Z16+i, and nothing is ever spilled.
type avx512 struct {
	*build.Context
	pool *pool
}

func (a avx512) function(name, signature string, doc ...string) {
	a.Function(name)
	a.Attributes(attr.NOSPLIT)
	a.Doc(doc...)
	a.Pragma("noescape")
	a.SignatureExpr(signature)
}

// point sets the pointers to base + offsets[lane] + delta.
func (a avx512) point(base, offsets string, delta int) {
	a.Load(a.Param(offsets), reg.RAX)
	a.Load(a.Param(base), reg.RBX)
	if delta != 0 {
		a.ADDQ(operand.I8(delta), reg.RBX)
	}
	for i, p := range pointers8 {
		a.MOVQ(operand.Mem{Base: reg.RAX, Disp: 8 * i}, p)
		a.ADDQ(reg.RBX, p)
	}
}

// rounds writes the operations of a compression.
func (a avx512) rounds(c *compression) {
	for _, o := range c.ops {
		dst := zmm[o.dst]
		if o.code == rotateRight {
			a.VPRORQ(operand.U8(o.y.number), dst, dst)
			continue
		}
		x, y := o.x, o.y
		if x.kind == constant {
			x, y = y, x // both operations commute, and only one operand can be memory
		}
		switch {
		case y.kind == constant && o.code == add:
			a.VPADDQ_BCST(a.pool.repeated(y.number, 1), vector8(x), dst)
		case y.kind == constant:
			a.VPXORQ_BCST(a.pool.repeated(y.number, 1), vector8(x), dst)
		case o.code == add:
			a.VPADDQ(vector8(y), vector8(x), dst)
		default:
			a.VPXORQ(vector8(y), vector8(x), dst)
		}
	}
}

func vector8(v value) reg.VecPhysical {
	if v.kind == message {
		return zmm[16+v.index]
	}
	return zmm[v.index]
}

// transpose turns eight rows, one lane's 8 words each, in Z0 to Z7 into columns, one word of all lanes each, in
// Z(out) to Z(out+7). It spoils Z8 to Z15.
func (a avx512) transpose(out int) {
	for i := range 4 {
		a.VPUNPCKLQDQ(zmm[2*i+1], zmm[2*i], zmm[8+i])
		a.VPUNPCKHQDQ(zmm[2*i+1], zmm[2*i], zmm[12+i])
	}
	for odd := range 2 {
		t := zmm[8+4*odd : 12+4*odd]
		for high := range 2 {
			quarters := operand.U8(0x44 + 0xaa*high)
			a.VSHUFI64X2(quarters, t[1], t[0], zmm[0])
			a.VSHUFI64X2(quarters, t[3], t[2], zmm[1])
			a.VSHUFI64X2(operand.U8(0x88), zmm[1], zmm[0], zmm[out+4*high+odd])
			a.VSHUFI64X2(operand.U8(0xdd), zmm[1], zmm[0], zmm[out+4*high+odd+2])
		}
	}
}

// transposeHalves turns eight rows of 4 words into columns in Z(out) to Z(out+3). The rows are in the halves of Z(in) to Z(in+3), as
// lanes 0|2, 1|3, 4|6, 5|7. It spoils Z12 to Z15.
func (a avx512) transposeHalves(in, out int) {
	for i := range 2 {
		a.VPUNPCKLQDQ(zmm[in+2*i+1], zmm[in+2*i], zmm[12+i])
		a.VPUNPCKHQDQ(zmm[in+2*i+1], zmm[in+2*i], zmm[14+i])
	}
	for odd := range 2 {
		t := zmm[12+2*odd : 14+2*odd]
		a.VSHUFI64X2(operand.U8(0x88), t[1], t[0], zmm[out+odd])
		a.VSHUFI64X2(operand.U8(0xdd), t[1], t[0], zmm[out+odd+2])
	}
}

// half is the lane whose row is in the lower half of register i for transposeHalves; that in the upper half is two more.
func half(i int) int { return i/2*4 + i%2 }

// finish completes digests from a one-block compression and stores them.
func (a avx512) finish() {
	for i := range 4 {
		a.VPTERNLOGQ_BCST(operand.U8(0x96), a.pool.repeated(initial(i), 1), zmm[i+8], zmm[i])
	}
	a.store()
}

// store writes the digests, whose words 0 to 3 are in Z0 to Z3, to the lanes' places and returns.
func (a avx512) store() {
	a.Comment("Columns to rows: digests of lanes 0|2, 4|6, 1|3, 5|7.")
	a.point("dst", "dstOffsets", 0)
	a.VPUNPCKLQDQ(zmm[1], zmm[0], zmm[4])
	a.VPUNPCKHQDQ(zmm[1], zmm[0], zmm[5])
	a.VPUNPCKLQDQ(zmm[3], zmm[2], zmm[6])
	a.VPUNPCKHQDQ(zmm[3], zmm[2], zmm[7])
	order := [2]operand.Mem{
		a.pool.list("firstHalves", 0, 1, 8, 9, 2, 3, 10, 11),
		a.pool.list("secondHalves", 4, 5, 12, 13, 6, 7, 14, 15),
	}
	for odd := range 2 {
		for high := range 2 {
			i := 8 + 2*odd + high
			lane := 4*high + odd
			a.VMOVDQU64(order[high], zmm[i])
			a.VPERMI2Q(zmm[6+odd], zmm[4+odd], zmm[i])
			a.VMOVDQU(zmm[i].AsY(), operand.Mem{Base: pointers8[lane]})
			a.VEXTRACTI64X4(operand.U8(1), zmm[i], operand.Mem{Base: pointers8[lane+2]})
		}
	}
	a.VZEROUPPER()
	a.RET()
}

// firstWords is the working state of a first block, known but for what depends on the message's length.
func firstWords() (v [16]value) {
	for i := range 8 {
		v[i] = number(initial(i))
		v[8+i] = number(iv[i])
	}
	v[14] = number(^iv[6])
	return v
}

const (
	sumSignature   = "func(dst *byte, dstOffsets *[%d]int, src *byte, srcOffsets *[%[1]d]int, prefix uint64, length int)"
	pairsSignature = "func(dst *byte, dstOffsets *[%d]int, left *byte, leftOffsets *[%[1]d]int, right *byte, rightOffsets *[%[1]d]int, prefix uint64)"
)

// short writes the kernel for messages of at most 31 bytes behind the prefix: 4 of 16 message words.
func (a avx512) short() {
	a.function("short8", fmt.Sprintf(sumSignature, 8),
		"short8 is sum8 for a length of at most 31.")
	a.point("src", "srcOffsets", -1)
	a.Comment("Bytes 1 to length of each half are read; what a mask leaves out is not touched and counts as zero.")
	a.Load(a.Param("length"), reg.RCX)
	a.INCQ(reg.RCX)
	a.MOVQ(operand.I32(-2), reg.RAX)
	a.BZHIQ(reg.RCX, reg.RAX, reg.RAX)
	a.KMOVQ(reg.RAX, reg.K1)
	a.SHLQ(operand.U8(32), reg.RAX)
	a.KMOVQ(reg.RAX, reg.K2)
	for i := range 4 {
		a.VMOVDQU8_Z(operand.Mem{Base: pointers8[half(i)]}, reg.K1, zmm[i])
	}
	for i := range 4 {
		a.VMOVDQU8(operand.Mem{Base: pointers8[half(i)+2], Disp: -32}, reg.K2, zmm[i])
	}
	a.transposeHalves(0, 16)
	a.Load(a.Param("prefix"), reg.RAX)
	a.VPBROADCASTQ(reg.RAX, zmm[0])
	a.VPORQ(zmm[0], zmm[16], zmm[16])

	v := firstWords()
	v[12] = stateWord(12)
	a.MOVQ(operand.U64(iv[4]), reg.RAX)
	a.XORQ(reg.RAX, reg.RCX)
	a.VPBROADCASTQ(reg.RCX, zmm[12])
	c := newCompression(v, 4)
	c.rounds(4)
	c.keep(digestWords...)
	a.rounds(c)
	a.finish()
}

// pairs writes the kernel for inner nodes: 9 of 16 message words.
func (a avx512) pairs() {
	a.function("pairs8", fmt.Sprintf(pairsSignature, 8),
		"pairs8 hashes prefix || left[leftOffsets[i]:][:32] || right[rightOffsets[i]:][:32] to dst[dstOffsets[i]:][:32] for each lane i.")
	for i, side := range []string{"left", "right"} {
		a.point(side, side+"Offsets", 0)
		for k := range 4 {
			z := zmm[4*i+k]
			a.VMOVDQU(operand.Mem{Base: pointers8[half(k)]}, z.AsY())
			a.VINSERTI64X4(operand.U8(1), operand.Mem{Base: pointers8[half(k)+2]}, z, z)
		}
	}
	a.transposeHalves(0, 16)
	a.transposeHalves(4, 20)
	a.Comment("The prefix moves every byte up by one.")
	a.VPSRLQ(operand.U8(56), zmm[23], zmm[24])
	for i := 7; i > 0; i-- {
		a.VPSRLQ(operand.U8(56), zmm[16+i-1], zmm[i])
		a.VPSLLQ(operand.U8(8), zmm[16+i], zmm[16+i])
		a.VPORQ(zmm[i], zmm[16+i], zmm[16+i])
	}
	a.VPSLLQ(operand.U8(8), zmm[16], zmm[16])
	a.Load(a.Param("prefix"), reg.RAX)
	a.VPBROADCASTQ(reg.RAX, zmm[0])
	a.VPORQ(zmm[0], zmm[16], zmm[16])

	v := firstWords()
	v[12] = number(iv[4] ^ 65)
	c := newCompression(v, 9)
	c.rounds(4)
	c.keep(digestWords...)
	a.rounds(c)
	a.finish()
}

// sum writes the kernel for messages of any length.
func (a avx512) sum() {
	a.function("sum8", fmt.Sprintf(sumSignature, 8),
		"sum8 hashes prefix || src[srcOffsets[i]:][:length] to dst[dstOffsets[i]:][:32] for each lane i.")
	chain := a.AllocLocal(8 * 64)
	h := func(i int) operand.Mem { return chain.Offset(64 * i) }
	for i := range 8 {
		a.VPBROADCASTQ(a.pool.repeated(initial(i), 1), zmm[i])
		a.VMOVDQU64(zmm[i], h(i))
	}
	a.point("src", "srcOffsets", -1)
	left, done, first := reg.RCX, reg.RDX, reg.R14
	a.Load(a.Param("length"), left)
	a.INCQ(left)
	a.XORQ(done, done)
	a.MOVQ(operand.I32(-2), first)

	a.Label("block")
	a.Comment("A block takes the next bytes of prefix and message, 128 or the rest. Byte 0 of the first is the prefix, not memory.")
	a.MOVQ(operand.I32(-1), reg.RBX)
	a.BZHIQ(left, first, reg.RAX)
	a.CMPQ(left, operand.U8(64))
	a.CMOVQGE(first, reg.RAX)
	a.KMOVQ(reg.RAX, reg.K1)
	for i := range 8 {
		a.VMOVDQU8_Z(operand.Mem{Base: pointers8[i], Index: done, Scale: 1}, reg.K1, zmm[i])
	}
	a.transpose(16)
	a.LEAQ(operand.Mem{Base: left, Disp: -64}, reg.RAX)
	a.CMPQ(left, operand.I32(128))
	a.JGE(operand.LabelRef("whole"))
	a.CMPQ(reg.RAX, operand.I8(0))
	a.JGT(operand.LabelRef("part"))
	for i := range 8 {
		a.VPXORQ(zmm[24+i], zmm[24+i], zmm[24+i])
	}
	a.JMP(operand.LabelRef("loaded"))
	a.Label("part")
	a.BZHIQ(reg.RAX, reg.RBX, reg.RBX)
	a.Label("whole")
	a.KMOVQ(reg.RBX, reg.K1)
	for i := range 8 {
		a.VMOVDQU8_Z(operand.Mem{Base: pointers8[i], Index: done, Scale: 1, Disp: 64}, reg.K1, zmm[i])
	}
	a.transpose(24)
	a.Label("loaded")
	a.CMPQ(first, operand.I8(-1))
	a.JEQ(operand.LabelRef("prefixed"))
	a.Load(a.Param("prefix"), reg.RAX)
	a.VPBROADCASTQ(reg.RAX, zmm[0])
	a.VPORQ(zmm[0], zmm[16], zmm[16])
	a.MOVQ(operand.I32(-1), first)
	a.Label("prefixed")

	a.Comment("Counter and last-block flag enter words 12 and 14.")
	a.MOVQ(operand.I32(128), reg.RAX)
	a.CMPQ(left, reg.RAX)
	a.CMOVQLT(left, reg.RAX)
	a.ADDQ(reg.RAX, done)
	a.SUBQ(reg.RAX, left)
	a.MOVQ(operand.U64(iv[4]), reg.RAX)
	a.XORQ(done, reg.RAX)
	a.VPBROADCASTQ(reg.RAX, zmm[12])
	a.MOVQ(operand.U64(iv[6]), reg.RAX)
	a.MOVQ(operand.U64(^iv[6]), reg.RBX)
	a.TESTQ(left, left)
	a.CMOVQEQ(reg.RBX, reg.RAX)
	a.VPBROADCASTQ(reg.RAX, zmm[14])
	v := firstWords()
	for i := range 8 {
		a.VMOVDQU64(h(i), zmm[i])
		v[i] = stateWord(i)
	}
	v[12], v[14] = stateWord(12), stateWord(14)
	c := newCompression(v, 16)
	c.rounds(4)
	a.rounds(c)
	for i := range 8 {
		a.VPTERNLOGQ(operand.U8(0x96), h(i), zmm[i+8], zmm[i])
	}
	a.TESTQ(left, left)
	a.JEQ(operand.LabelRef("done"))
	for i := range 8 {
		a.VMOVDQU64(zmm[i], h(i))
	}
	a.JMP(operand.LabelRef("block"))
	a.Label("done")
	a.store()
}
