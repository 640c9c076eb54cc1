package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tailGroup is how many tails fill whole blocks together: one element of each fills one.
const tailGroup = blockBytes / 2

// packer writes the functions that move symbols to and from packed layout.
type packer struct{ *build.Context }

func (g packer) function(name, signature, doc string) {
	g.Function(name)
	g.Attributes(attr.NOSPLIT)
	g.SignatureExpr(signature)
	g.Pragma("noescape")
	g.Doc(name + " " + doc)
}

func (g packer) param(name string) reg.Register { return g.Load(g.Param(name), g.GP64()) }

func (g packer) moveBlocks() {
	g.function("moveBlocksAVX2", "func(dst, src *byte, dstStep, srcStep, n, count int)",
		"copies n bytes, count times, from every srcStep to every dstStep bytes.")
	dst, src, dstGap, srcGap := g.param("dst"), g.param("src"), g.param("dstStep"), g.param("srcStep")
	n, count := g.param("n"), g.param("count")
	g.SUBQ(n, dstGap)
	g.SUBQ(n, srcGap)
	left := g.GP64()
	g.Label("symbol")
	g.MOVQ(n, left)
	g.Label("block")
	low, high := g.YMM(), g.YMM()
	g.VMOVDQU(operand.Mem{Base: src}, low)
	g.VMOVDQU(operand.Mem{Base: src, Disp: 32}, high)
	g.VMOVDQU(low, operand.Mem{Base: dst})
	g.VMOVDQU(high, operand.Mem{Base: dst, Disp: 32})
	g.ADDQ(operand.Imm(blockBytes), src)
	g.ADDQ(operand.Imm(blockBytes), dst)
	g.SUBQ(operand.Imm(blockBytes), left)
	g.JNZ(operand.LabelRef("block"))
	g.ADDQ(srcGap, src)
	g.ADDQ(dstGap, dst)
	g.DECQ(count)
	g.JNZ(operand.LabelRef("symbol"))
	g.VZEROUPPER()
	g.RET()
}

func (g packer) packTails() {
	g.function("packTailsAVX2", "func(blocks, tails *byte, step, h, groups int)", "packs groups of tails.")
	g.eachPiece(func(block, tail operand.Mem, p int) { g.move(p, tail, block) })
}

func (g packer) unpackTails() {
	g.function("unpackTailsAVX2", "func(blocks, tails *byte, step, h, groups int)", "is the inverse of packTailsAVX2.")
	g.eachPiece(func(block, tail operand.Mem, p int) { g.move(p, block, tail) })
}

// eachPiece goes through groups of tailGroup tails of h low and h high bytes, every step bytes, and h blocks each. A tail is
// cut into pieces whose lengths are the powers of two in h: pieces of p elements fill p blocks, and each is one load and one
// store for either half.
func (g packer) eachPiece(move func(block, tail operand.Mem, p int)) {
	block, first, step, h, groups := g.param("blocks"), g.param("tails"), g.param("step"), g.param("h"), g.param("groups")
	piece, tail, left := g.GP64(), g.GP64(), g.GP64()
	g.Label("group")
	g.MOVQ(first, piece)
	for p := tailGroup / 2; p > 0; p /= 2 {
		without, again := fmt.Sprintf("without%d", p), fmt.Sprintf("again%d", p)
		g.TESTQ(operand.U32(p), h)
		g.JZ(operand.LabelRef(without))
		g.MOVQ(piece, tail)
		g.MOVQ(operand.U32(p), left)
		g.Label(again)
		for at := 0; at < tailGroup; at += p {
			move(operand.Mem{Base: block, Disp: at}, operand.Mem{Base: tail}, p)
			move(operand.Mem{Base: block, Disp: at + tailGroup}, operand.Mem{Base: tail, Index: h, Scale: 1}, p)
			g.ADDQ(step, tail)
		}
		g.ADDQ(operand.Imm(blockBytes), block)
		g.DECQ(left)
		g.JNZ(operand.LabelRef(again))
		g.ADDQ(operand.Imm(uint64(p)), piece)
		g.Label(without)
	}
	g.MOVQ(step, tail)
	g.SHLQ(operand.Imm(5), tail) // times tailGroup
	g.ADDQ(tail, first)
	g.DECQ(groups)
	g.JNZ(operand.LabelRef("group"))
	g.RET()
}

func (g packer) move(p int, from, to operand.Mem) {
	switch p {
	case 16:
		x := g.XMM()
		g.VMOVDQU(from, x)
		g.VMOVDQU(x, to)
	case 8:
		x := g.GP64()
		g.MOVQ(from, x)
		g.MOVQ(x, to)
	case 4:
		x := g.GP32()
		g.MOVL(from, x)
		g.MOVL(x, to)
	case 2:
		x := g.GP32()
		g.MOVWLZX(from, x)
		g.MOVW(x.As16(), to)
	case 1:
		x := g.GP32()
		g.MOVBLZX(from, x)
		g.MOVB(x.As8(), to)
	}
}
