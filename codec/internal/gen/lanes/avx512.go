package main

import (
	"fmt"
	"slices"

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

// avx512Width is how many mixings are interleaved, and after how many operations the other stream has its turn.
const avx512Width = 4

// avx512 writes kernels of eight or, in two streams, sixteen lanes. One stream does not keep the vector units busy, since it waits for
// results; two do. State word i of stream t lives in Z(16t+i). The message words of a single stream are in Z16 to Z31, those of two in
// memory.
type avx512 struct {
	*build.Context
	pool    *pool
	streams int
	words   int // message words that a stream has in the frame
}

// frame is where message words of two streams and chaining values are kept: an address that is a multiple of 64, so that
// no load crosses a cache line.
var frame = reg.R14

func (a *avx512) blockWord(stream, i int) operand.Mem {
	return operand.Mem{Base: frame, Disp: 64 * (a.words*stream + i)}
}

func (a *avx512) chainWord(stream, i int) operand.Mem {
	return operand.Mem{Base: frame, Disp: 64 * (a.words*a.streams + 8*stream + i)}
}

// function opens a function whose name, signature and documentation get the number of lanes. Messages have the given number of words, and
// chained says whether they can be longer than a block.
func (a *avx512) function(name, signature string, words int, chained bool, doc string) {
	lanes := 8 * a.streams
	a.Function(fmt.Sprintf("%s%d", name, lanes))
	a.Doc(fmt.Sprintf(doc, lanes))
	a.Pragma("noescape")
	a.SignatureExpr(fmt.Sprintf(signature, lanes))
	a.words = words
	if a.streams == 1 {
		a.words = 0
	}
	vectors := a.words * a.streams
	if chained {
		vectors += 8 * a.streams
	}
	if vectors > 0 {
		a.LEAQ(a.AllocLocal(64*vectors+64).Offset(63), frame)
		a.ANDQ(operand.I8(-64), frame)
	}
}

// point sets the pointers to base + offsets[lane] + delta for the lanes of a stream.
func (a *avx512) point(stream int, base, offsets string, delta int) {
	a.Load(a.Param(offsets), reg.RAX)
	a.Load(a.Param(base), reg.RBX)
	if delta != 0 {
		a.ADDQ(operand.I8(delta), reg.RBX)
	}
	for i, p := range pointers8 {
		a.MOVQ(operand.Mem{Base: reg.RAX, Disp: 8 * (8*stream + i)}, p)
		a.ADDQ(reg.RBX, p)
	}
}

// keepBlock puts the first count message words of a stream where the rounds look for them. They are in Z16 and up.
func (a *avx512) keepBlock(stream, count int) {
	if a.streams == 1 {
		return
	}
	for i := range count {
		a.VMOVDQA64(zmm[16+i], a.blockWord(stream, i))
	}
}

// rounds writes the operations of a compression, the same in every stream, in turns.
func (a *avx512) rounds(c *compression) {
	for turn := range slices.Chunk(c.ops, avx512Width) {
		for stream := range a.streams {
			for _, o := range turn {
				a.operation(stream, o)
			}
		}
	}
}

func (a *avx512) operation(stream int, o op) {
	dst := zmm[16*stream+o.dst]
	if o.code == rotateRight {
		a.VPRORQ(operand.U8(o.y.number), dst, dst)
		return
	}
	x, y := o.x, o.y
	if x.kind == constant {
		x, y = y, x // both operations commute, and only one operand can be memory
	}
	if x.kind == message && a.streams > 1 {
		a.VMOVDQA64(a.blockWord(stream, x.index), dst)
		x = stateWord(o.dst)
	}
	switch {
	case y.kind == constant && o.code == add:
		a.VPADDQ_BCST(a.pool.repeated(y.number, 1), a.vector(stream, x), dst)
	case y.kind == constant:
		a.VPXORQ_BCST(a.pool.repeated(y.number, 1), a.vector(stream, x), dst)
	case o.code == add:
		a.VPADDQ(a.vector(stream, y), a.vector(stream, x), dst)
	default:
		a.VPXORQ(a.vector(stream, y), a.vector(stream, x), dst)
	}
}

func (a *avx512) vector(stream int, v value) operand.Op {
	switch {
	case v.kind == state:
		return zmm[16*stream+v.index]
	case a.streams > 1:
		return a.blockWord(stream, v.index)
	default:
		return zmm[16+v.index]
	}
}

// transpose turns eight rows, one lane's 8 words each, in Z0 to Z7 into columns, one word of all lanes each, in
// Z(out) to Z(out+7). It spoils Z8 to Z15.
func (a *avx512) transpose(out int) {
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
func (a *avx512) transposeHalves(in, out int) {
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

// finish completes the digests of a one-block compression and stores them.
func (a *avx512) finish() {
	for stream := range a.streams {
		for i := range 4 {
			z := zmm[16*stream:]
			a.VPTERNLOGQ_BCST(operand.U8(0x96), a.pool.repeated(initial(i), 1), z[i+8], z[i])
		}
	}
	a.store()
}

// store writes the digests, whose words 0 to 3 are in the places of those state words, to the lanes' places and returns.
func (a *avx512) store() {
	order := [2]operand.Mem{
		a.pool.list("firstHalves", 0, 1, 8, 9, 2, 3, 10, 11),
		a.pool.list("secondHalves", 4, 5, 12, 13, 6, 7, 14, 15),
	}
	for stream := range a.streams {
		a.Comment("Columns to rows: digests of lanes 0|2, 4|6, 1|3, 5|7.")
		z := zmm[16*stream:]
		a.point(stream, "dst", "dstOffsets", 0)
		a.VPUNPCKLQDQ(z[1], z[0], zmm[4])
		a.VPUNPCKHQDQ(z[1], z[0], zmm[5])
		a.VPUNPCKLQDQ(z[3], z[2], zmm[6])
		a.VPUNPCKHQDQ(z[3], z[2], zmm[7])
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

// prefixed puts the prefix into the lowest byte of message word 0, which is in Z16.
func (a *avx512) prefixed() {
	a.Load(a.Param("prefix"), reg.RAX)
	a.VPBROADCASTQ(reg.RAX, zmm[0])
	a.VPORQ(zmm[0], zmm[16], zmm[16])
}

// short writes the kernel for messages of at most 31 bytes behind the prefix: 4 of 16 message words.
func (a *avx512) short() {
	a.function("short", sumSignature, 4, false, "short%[1]d is sum%[1]d for a length of at most 31.")
	a.Comment("Bytes 1 to length of each half are read; what a mask leaves out is not touched and counts as zero.")
	a.Load(a.Param("length"), reg.RCX)
	a.INCQ(reg.RCX)
	a.MOVQ(operand.I32(-2), reg.RAX)
	a.BZHIQ(reg.RCX, reg.RAX, reg.RAX)
	a.KMOVQ(reg.RAX, reg.K1)
	a.SHLQ(operand.U8(32), reg.RAX)
	a.KMOVQ(reg.RAX, reg.K2)
	for stream := range a.streams {
		a.point(stream, "src", "srcOffsets", -1)
		for i := range 4 {
			a.VMOVDQU8_Z(operand.Mem{Base: pointers8[half(i)]}, reg.K1, zmm[i])
		}
		for i := range 4 {
			a.VMOVDQU8(operand.Mem{Base: pointers8[half(i)+2], Disp: -32}, reg.K2, zmm[i])
		}
		a.transposeHalves(0, 16)
		a.prefixed()
		a.keepBlock(stream, 4)
	}

	v := firstWords()
	v[12] = stateWord(12)
	a.MOVQ(operand.U64(iv[4]), reg.RAX)
	a.XORQ(reg.RAX, reg.RCX)
	for stream := range a.streams {
		a.VPBROADCASTQ(reg.RCX, zmm[16*stream+12])
	}
	a.oneBlock(newCompression(v, 4))
}

func (a *avx512) oneBlock(c *compression) {
	c.rounds(avx512Width)
	c.keep(digestWords...)
	a.rounds(c)
	a.finish()
}

// pairs writes the kernel for inner nodes: 9 of 16 message words.
func (a *avx512) pairs() {
	a.function("pairs", pairsSignature, 9, false,
		"pairs%d hashes prefix || left[leftOffsets[i]:][:32] || right[rightOffsets[i]:][:32] to dst[dstOffsets[i]:][:32] for each lane i.")
	for stream := range a.streams {
		for i, side := range []string{"left", "right"} {
			a.point(stream, side, side+"Offsets", 0)
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
		a.prefixed()
		a.keepBlock(stream, 9)
	}
	v := firstWords()
	v[12] = number(iv[4] ^ 65)
	a.oneBlock(newCompression(v, 9))
}

// sum writes the kernel for messages of any length.
func (a *avx512) sum() {
	a.function("sum", sumSignature, 16, true,
		"sum%d hashes prefix || src[srcOffsets[i]:][:length] to dst[dstOffsets[i]:][:32] for each lane i.")
	left, done := reg.RCX, reg.RDX
	a.Load(a.Param("length"), left)
	a.INCQ(left)
	a.XORQ(done, done)
	for i := range 8 {
		a.VPBROADCASTQ(a.pool.repeated(initial(i), 1), zmm[i])
		for stream := range a.streams {
			a.VMOVDQA64(zmm[i], a.chainWord(stream, i))
		}
	}

	a.Label("block")
	a.Comment("A block takes the next bytes of prefix and message, 128 or the rest. Byte 0 of the first is the prefix, not memory.")
	for stream := range a.streams {
		a.load(stream, left, done)
	}

	a.Comment("Counter and last-block flag enter words 12 and 14.")
	a.MOVQ(operand.I32(128), reg.RAX)
	a.CMPQ(left, reg.RAX)
	a.CMOVQLT(left, reg.RAX)
	a.ADDQ(reg.RAX, done)
	a.SUBQ(reg.RAX, left)
	a.MOVQ(operand.U64(iv[4]), reg.RAX)
	a.XORQ(done, reg.RAX)
	a.MOVQ(operand.U64(iv[6]), reg.RBX)
	a.MOVQ(operand.U64(^iv[6]), reg.RSI)
	a.TESTQ(left, left)
	a.CMOVQEQ(reg.RSI, reg.RBX)
	v := firstWords()
	v[12], v[14] = stateWord(12), stateWord(14)
	for i := range 8 {
		v[i] = stateWord(i)
	}
	for stream := range a.streams {
		z := zmm[16*stream:]
		a.VPBROADCASTQ(reg.RAX, z[12])
		a.VPBROADCASTQ(reg.RBX, z[14])
		for i := range 8 {
			a.VMOVDQA64(a.chainWord(stream, i), z[i])
		}
	}
	c := newCompression(v, 16)
	c.rounds(avx512Width)
	a.rounds(c)
	for stream := range a.streams {
		z := zmm[16*stream:]
		for i := range 8 {
			a.VPTERNLOGQ(operand.U8(0x96), a.chainWord(stream, i), z[i+8], z[i])
			a.VMOVDQA64(z[i], a.chainWord(stream, i))
		}
	}
	a.TESTQ(left, left)
	a.JNE(operand.LabelRef("block"))
	a.store()
}

// load reads a stream's next message words to Z16 and up, or where the rounds look for them.
func (a *avx512) load(stream int, left, done reg.Register) {
	label := func(name string) string { return fmt.Sprintf("%s%d", name, stream) }
	a.point(stream, "src", "srcOffsets", -1)
	row := func(i, disp int) operand.Mem {
		return operand.Mem{Base: pointers8[i], Index: done, Scale: 1, Disp: disp}
	}
	a.MOVQ(operand.I32(-1), reg.RBX)
	a.BZHIQ(left, reg.RBX, reg.RAX)
	a.CMPQ(left, operand.U8(64))
	a.CMOVQGE(reg.RBX, reg.RAX)
	a.TESTQ(done, done)
	a.JNE(operand.LabelRef(label("inside")))
	a.ANDQ(operand.I8(-2), reg.RAX)
	a.Label(label("inside"))
	a.KMOVQ(reg.RAX, reg.K1)
	for i := range 8 {
		a.VMOVDQU8_Z(row(i, 0), reg.K1, zmm[i])
	}
	a.transpose(16)
	a.LEAQ(operand.Mem{Base: left, Disp: -64}, reg.RAX)
	a.CMPQ(left, operand.I32(128))
	a.JGE(operand.LabelRef(label("whole")))
	a.CMPQ(reg.RAX, operand.I8(0))
	a.JGT(operand.LabelRef(label("part")))
	for i := range 8 {
		a.VPXORQ(zmm[24+i], zmm[24+i], zmm[24+i])
	}
	a.JMP(operand.LabelRef(label("loaded")))
	a.Label(label("part"))
	a.BZHIQ(reg.RAX, reg.RBX, reg.RBX)
	a.Label(label("whole"))
	a.KMOVQ(reg.RBX, reg.K1)
	for i := range 8 {
		a.VMOVDQU8_Z(row(i, 64), reg.K1, zmm[i])
	}
	a.transpose(24)
	a.Label(label("loaded"))
	a.TESTQ(done, done)
	a.JNE(operand.LabelRef(label("prefixed")))
	a.prefixed()
	a.Label(label("prefixed"))
	a.keepBlock(stream, 16)
}
