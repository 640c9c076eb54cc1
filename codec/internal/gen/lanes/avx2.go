package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var ymm = [16]reg.VecPhysical{
	reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7,
	reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15,
}

// pointers4 hold the address of each lane's message, later of its digest.
var pointers4 = [4]reg.GPPhysical{reg.RSI, reg.RDI, reg.R8, reg.R9}

// avx2Width is how many mixings are interleaved: more hide latency better, fewer need fewer registers at a time.
const avx2Width = 2

// avx2 writes kernels of four lanes. The message words are on the stack, the state words in Y0 to Y14 but for one or two of them.
type avx2 struct {
	*build.Context
	pool  *pool
	block operand.Mem // message words, 32 bytes each
	slots [16]operand.Mem
}

// function opens a function whose frame has room for the given number of message words.
func (a *avx2) function(words int, name, signature string, doc ...string) {
	a.Function(name)
	a.Doc(doc...)
	a.Pragma("noescape")
	a.SignatureExpr(signature)
	a.block = a.AllocLocal(32 * words)
	spilled := a.AllocLocal(32 * len(a.slots))
	for i := range a.slots {
		a.slots[i] = spilled.Offset(32 * i)
	}
}

// point sets the pointers to base + offsets[lane] + delta.
func (a *avx2) point(base, offsets string, delta int) {
	a.Load(a.Param(offsets), reg.RAX)
	a.Load(a.Param(base), reg.RBX)
	if delta != 0 {
		a.ADDQ(operand.I8(delta), reg.RBX)
	}
	for i, p := range pointers4 {
		a.MOVQ(operand.Mem{Base: reg.RAX, Disp: 8 * i}, p)
		a.ADDQ(reg.RBX, p)
	}
}

// gather reads one word of each lane, at its pointer + index + disp, to Y0. It spoils Y1.
func (a *avx2) gather(index reg.Register, disp int) {
	at := func(lane int) operand.Mem {
		m := operand.Mem{Base: pointers4[lane], Disp: disp}
		if index != nil {
			m.Index, m.Scale = index, 1
		}
		return m
	}
	a.VMOVQ(at(0), reg.X0)
	a.VPINSRQ(operand.U8(1), at(1), reg.X0, reg.X0)
	a.VMOVQ(at(2), reg.X1)
	a.VPINSRQ(operand.U8(1), at(3), reg.X1, reg.X1)
	a.VINSERTI128(operand.U8(1), reg.X1, reg.Y0, reg.Y0)
}

// broadcast copies a number to all lanes of y, whose lower half is x.
func (a *avx2) broadcast(r reg.Register, x, y reg.Register) {
	a.VMOVQ(r, x)
	a.VPBROADCASTQ(x, y)
}

// rounds writes the operations of a compression and returns where the kept words then are. homes says where the state words
// that are not known numbers are at the start.
func (a *avx2) rounds(c *compression, homes [16]operand.Mem, kept ...int) *residence {
	r := newResidence(c.ops, kept, ymm[:15], homes, a.slots)
	r.load = func(m operand.Mem, v reg.VecPhysical) { a.VMOVDQU(m, v) }
	r.save = func(v reg.VecPhysical, m operand.Mem) { a.VMOVDQU(v, m) }
	for at, o := range c.ops {
		a.operation(r, at, o)
		r.dirty[o.dst] = true
	}
	return r
}

func (a *avx2) operation(r *residence, at int, o op) {
	if o.code == rotateRight {
		a.rotate(int(o.y.number), r.fetch(o.dst, at))
		return
	}
	var y operand.Op
	switch o.y.kind {
	case state:
		y = r.fetch(o.y.index, at, o.dst)
	case message:
		y = a.block.Offset(32 * o.y.index)
	default:
		y = a.pool.repeated(o.y.number, 4)
	}
	var x, dst reg.VecPhysical
	switch {
	case o.x.kind == state:
		dst = r.fetch(o.dst, at, o.y.index)
		x = dst
	case o.y.kind == state:
		dst = r.allot(o.dst, at, o.y.index)
		x, y = r.in[o.y.index], a.pool.repeated(o.x.number, 4)
	default:
		dst = r.allot(o.dst, at)
		x = dst
		a.VMOVDQU(a.pool.repeated(o.x.number, 4), x)
	}
	if o.code == add {
		a.VPADDQ(y, x, dst)
	} else {
		a.VPXOR(y, x, dst)
	}
}

// rotate rotates every lane right. It spoils Y15.
func (a *avx2) rotate(bits int, v reg.VecPhysical) {
	switch bits {
	case 32:
		a.VPSHUFD(operand.U8(0xb1), v, v)
	case 24:
		a.VPSHUFB(a.pool.list("right24", 0x0201000706050403, 0x0a09080f0e0d0c0b, 0x0201000706050403, 0x0a09080f0e0d0c0b), v, v)
	case 16:
		a.VPSHUFB(a.pool.list("right16", 0x0100070605040302, 0x09080f0e0d0c0b0a, 0x0100070605040302, 0x09080f0e0d0c0b0a), v, v)
	case 63:
		a.VPADDQ(v, v, ymm[15])
		a.VPSRLQ(operand.U8(63), v, v)
		a.VPOR(ymm[15], v, v)
	}
}

// words writes the loop that fills the message words from the cursor (R12) to the end (R13) of the message or block, both relative to the
// pointers, and then zeroes those up to count. R11 is where the next word goes. At least 8 bytes of message come before the end.
func (a *avx2) words(count int) {
	cursor, end, to := reg.R12, reg.R13, reg.R11
	a.Label("word")
	a.LEAQ(operand.Mem{Base: cursor, Disp: 8}, reg.RAX)
	a.CMPQ(reg.RAX, end)
	a.JGT(operand.LabelRef("tail"))
	a.gather(cursor, 0)
	a.VMOVDQU(reg.Y0, operand.Mem{Base: to})
	a.MOVQ(reg.RAX, cursor)
	a.ADDQ(operand.U8(32), to)
	a.JMP(operand.LabelRef("word"))
	a.Label("tail")
	a.Comment("The last 1 to 7 bytes are the top of the 8 bytes before the end.")
	a.SUBQ(end, reg.RAX)
	a.CMPQ(reg.RAX, operand.U8(8))
	a.JEQ(operand.LabelRef("zeros"))
	a.gather(end, -8)
	a.SHLQ(operand.U8(3), reg.RAX)
	a.VMOVQ(reg.RAX, reg.X1)
	a.VPSRLQ(reg.X1, reg.Y0, reg.Y0)
	a.VMOVDQU(reg.Y0, operand.Mem{Base: to})
	a.ADDQ(operand.U8(32), to)
	a.Label("zeros")
	a.VPXOR(reg.Y0, reg.Y0, reg.Y0)
	a.LEAQ(a.block.Offset(32*count), reg.RAX)
	a.Label("zero")
	a.CMPQ(to, reg.RAX)
	a.JGE(operand.LabelRef("loaded"))
	a.VMOVDQU(reg.Y0, operand.Mem{Base: to})
	a.ADDQ(operand.U8(32), to)
	a.JMP(operand.LabelRef("zero"))
	a.Label("loaded")
}

// firstWord writes message word 0: the prefix and the first seven bytes of a message that has at least eight.
func (a *avx2) firstWord() {
	a.gather(nil, 1)
	a.VPSLLQ(operand.U8(8), reg.Y0, reg.Y0)
	a.Load(a.Param("prefix"), reg.RAX)
	a.broadcast(reg.RAX, reg.X1, reg.Y1)
	a.VPOR(reg.Y1, reg.Y0, reg.Y0)
	a.VMOVDQU(reg.Y0, a.block)
}

// short writes the kernel for messages of at most 31 bytes behind the prefix: 4 of 16 message words.
func (a *avx2) short() {
	a.function(4, "short4", fmt.Sprintf(sumSignature, 4),
		"short4 is sum4 for a length of at most 31.")
	a.point("src", "srcOffsets", -1)
	length := reg.RCX
	a.Load(a.Param("length"), length)
	a.LEAQ(a.block.Offset(32), reg.R11)
	a.MOVQ(operand.U32(8), reg.R12)
	a.LEAQ(operand.Mem{Base: length, Disp: 1}, reg.R13)
	a.CMPQ(length, operand.U8(8))
	a.JLT(operand.LabelRef("tiny"))
	a.firstWord()
	a.words(4)
	a.JMP(operand.LabelRef("compress"))

	a.Label("tiny")
	a.Comment("Fewer than 8 bytes: pieces of 1, 2 and 4, the last in front.")
	a.Load(a.Param("prefix"), reg.RDX)
	a.MOVQ(length, reg.R10)
	a.ANDQ(operand.U8(4), reg.R10)
	for lane, p := range pointers4 {
		label := func(name string) string { return fmt.Sprintf("%s%d", name, lane) }
		a.XORQ(reg.RAX, reg.RAX)
		a.TESTQ(operand.U32(1), length)
		a.JEQ(operand.LabelRef(label("even")))
		a.MOVBQZX(operand.Mem{Base: p, Index: length, Scale: 1}, reg.RAX)
		a.Label(label("even"))
		a.TESTQ(operand.U32(2), length)
		a.JEQ(operand.LabelRef(label("fours")))
		a.SHLQ(operand.U8(16), reg.RAX)
		a.MOVWQZX(operand.Mem{Base: p, Index: reg.R10, Scale: 1, Disp: 1}, reg.RBX)
		a.ORQ(reg.RBX, reg.RAX)
		a.Label(label("fours"))
		a.TESTQ(reg.R10, reg.R10)
		a.JEQ(operand.LabelRef(label("whole")))
		a.SHLQ(operand.U8(32), reg.RAX)
		a.MOVL(operand.Mem{Base: p, Disp: 1}, reg.EBX)
		a.ORQ(reg.RBX, reg.RAX)
		a.Label(label("whole"))
		a.SHLQ(operand.U8(8), reg.RAX)
		a.ORQ(reg.RDX, reg.RAX)
		a.MOVQ(reg.RAX, a.block.Offset(8*lane))
	}
	a.VPXOR(reg.Y0, reg.Y0, reg.Y0)
	for i := 1; i < 4; i++ {
		a.VMOVDQU(reg.Y0, a.block.Offset(32*i))
	}

	a.Label("compress")
	v := firstWords()
	v[12] = stateWord(12)
	a.MOVQ(operand.U64(iv[4]), reg.RAX)
	a.XORQ(reg.R13, reg.RAX)
	a.broadcast(reg.RAX, reg.X0, reg.Y0)
	a.VMOVDQU(reg.Y0, a.slots[12])
	a.oneBlock(newCompression(v, 4))
}

// pairs writes the kernel for inner nodes: 9 of 16 message words.
func (a *avx2) pairs() {
	a.function(9, "pairs4", fmt.Sprintf(pairsSignature, 4),
		"pairs4 hashes prefix || left[leftOffsets[i]:][:32] || right[rightOffsets[i]:][:32] to dst[dstOffsets[i]:][:32] for each lane i.")
	a.point("left", "leftOffsets", -1)
	a.firstWord()
	for i := 1; i < 4; i++ {
		a.gather(nil, 8*i)
		a.VMOVDQU(reg.Y0, a.block.Offset(32*i))
	}
	a.gather(nil, 25)
	a.VPSRLQ(operand.U8(56), reg.Y0, reg.Y2)
	a.point("right", "rightOffsets", -1)
	a.gather(nil, 1)
	a.VPSLLQ(operand.U8(8), reg.Y0, reg.Y0)
	a.VPOR(reg.Y2, reg.Y0, reg.Y0)
	a.VMOVDQU(reg.Y0, a.block.Offset(32*4))
	for i := 1; i < 4; i++ {
		a.gather(nil, 8*i)
		a.VMOVDQU(reg.Y0, a.block.Offset(32*(4+i)))
	}
	a.gather(nil, 25)
	a.VPSRLQ(operand.U8(56), reg.Y0, reg.Y0)
	a.VMOVDQU(reg.Y0, a.block.Offset(32*8))

	v := firstWords()
	v[12] = number(iv[4] ^ 65)
	a.oneBlock(newCompression(v, 9))
}

// oneBlock writes the rest of a kernel whose message is one block.
func (a *avx2) oneBlock(c *compression) {
	c.rounds(avx2Width)
	c.keep(digestWords...)
	r := a.rounds(c, a.slots, digestWords...)
	for i := range 4 {
		v := r.fetch(i, len(c.ops), digestWords...)
		a.VPXOR(a.pool.repeated(initial(i), 4), v, v)
		a.VPXOR(r.operand(i+8), v, v)
	}
	a.store(r)
}

// store writes the digests, whose words are state words 0 to 3, to the lanes' places and returns.
func (a *avx2) store(r *residence) {
	a.point("dst", "dstOffsets", 0)
	var free []reg.VecPhysical
	for _, v := range ymm {
		if v != r.in[0] && v != r.in[1] && v != r.in[2] && v != r.in[3] {
			free = append(free, v)
		}
	}
	for odd := range 2 {
		if odd == 0 {
			a.VPUNPCKLQDQ(r.in[1], r.in[0], free[0])
			a.VPUNPCKLQDQ(r.in[3], r.in[2], free[1])
		} else {
			a.VPUNPCKHQDQ(r.in[1], r.in[0], free[0])
			a.VPUNPCKHQDQ(r.in[3], r.in[2], free[1])
		}
		a.VPERM2I128(operand.U8(0x20), free[1], free[0], free[2])
		a.VPERM2I128(operand.U8(0x31), free[1], free[0], free[3])
		a.VMOVDQU(free[2], operand.Mem{Base: pointers4[odd]})
		a.VMOVDQU(free[3], operand.Mem{Base: pointers4[odd+2]})
	}
	a.VZEROUPPER()
	a.RET()
}

// sum writes the kernel for messages of 32 bytes and more.
func (a *avx2) sum() {
	a.function(16, "sum4", fmt.Sprintf(sumSignature, 4),
		"sum4 hashes prefix || src[srcOffsets[i]:][:length] to dst[dstOffsets[i]:][:32] for each lane i. The length is at least 8.")
	chain := a.AllocLocal(8 * 32)
	var homes [16]operand.Mem
	for i := range 8 {
		homes[i] = chain.Offset(32 * i)
		a.VMOVDQU(a.pool.repeated(initial(i), 4), reg.Y0)
		a.VMOVDQU(reg.Y0, homes[i])
	}
	a.point("src", "srcOffsets", -1)
	left, done := reg.RCX, reg.RDX
	a.Load(a.Param("length"), left)
	a.INCQ(left)
	a.XORQ(done, done)

	a.Label("block")
	a.LEAQ(a.block, reg.R11)
	a.MOVQ(done, reg.R12)
	a.MOVQ(operand.U32(128), reg.RAX)
	a.CMPQ(left, reg.RAX)
	a.CMOVQLT(left, reg.RAX)
	a.SUBQ(reg.RAX, left)
	a.ADDQ(reg.RAX, done)
	a.MOVQ(done, reg.R13)
	a.TESTQ(reg.R12, reg.R12)
	a.JNE(operand.LabelRef("word"))
	a.firstWord()
	a.ADDQ(operand.U8(8), reg.R12)
	a.ADDQ(operand.U8(32), reg.R11)
	a.words(16)

	a.Comment("Counter and last-block flag enter words 12 and 14.")
	a.MOVQ(operand.U64(iv[4]), reg.RAX)
	a.XORQ(done, reg.RAX)
	a.broadcast(reg.RAX, reg.X0, reg.Y0)
	a.VMOVDQU(reg.Y0, a.slots[12])
	a.MOVQ(operand.U64(iv[6]), reg.RAX)
	a.MOVQ(operand.U64(^iv[6]), reg.RBX)
	a.TESTQ(left, left)
	a.CMOVQEQ(reg.RBX, reg.RAX)
	a.broadcast(reg.RAX, reg.X0, reg.Y0)
	a.VMOVDQU(reg.Y0, a.slots[14])
	homes[12], homes[14] = a.slots[12], a.slots[14]

	v := firstWords()
	for i := range 8 {
		v[i] = stateWord(i)
	}
	v[12], v[14] = stateWord(12), stateWord(14)
	c := newCompression(v, 16)
	c.rounds(avx2Width)
	every := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	r := a.rounds(c, homes, every...)
	for i := range 8 {
		v := r.fetch(i, len(c.ops), 0, 1, 2, 3, i+8)
		a.VPXOR(r.operand(i+8), v, v)
		a.VPXOR(homes[i], v, v)
		a.VMOVDQU(v, homes[i])
	}
	a.TESTQ(left, left)
	a.JNE(operand.LabelRef("block"))
	a.store(r)
}
