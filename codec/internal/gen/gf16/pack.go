package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// half is the length of either half of a block.
const half = blockBytes / 2

// packer writes the functions that move symbols to and from packed layout.
type packer struct{ *build.Context }

func (g packer) pack() {
	g.function("packAVX2", "brings symbols into packed layout.", func(p int, packed, symbol operand.Mem) {
		g.move(p, symbol, packed)
	})
}

func (g packer) unpack() {
	g.function("unpackAVX2", "is the inverse of packAVX2.", func(p int, packed, symbol operand.Mem) {
		g.move(p, packed, symbol)
	})
}

// function writes a loop over the full blocks of count symbols, full bytes every step bytes, and then over their tails, h low
// and h high bytes each. Tails are cut into pieces whose lengths are the powers of two in h. The pieces of one length of all
// symbols follow each other, the longest first, so that none lies across two blocks.
func (g packer) function(name, doc string, move func(p int, packed, symbol operand.Mem)) {
	g.Function(name)
	g.Attributes(attr.NOSPLIT)
	g.SignatureExpr("func(packed, symbols *byte, step, full, h, count int)")
	g.Pragma("noescape")
	g.Doc(name + " " + doc)
	packed, symbols, step, full := g.param("packed"), g.param("symbols"), g.param("step"), g.param("full")
	h, count := g.param("h"), g.param("count")
	at, left := g.GP64(), g.GP64()

	g.TESTQ(full, full)
	g.JZ(operand.LabelRef("tails"))
	symbol := g.GP64()
	g.MOVQ(symbols, symbol)
	g.MOVQ(count, left)
	g.Label("symbol")
	g.XORQ(at, at)
	g.Label("block")
	for _, disp := range []int{0, half} {
		move(half, operand.Mem{Base: packed, Index: at, Scale: 1, Disp: disp}, operand.Mem{Base: symbol, Index: at, Scale: 1, Disp: disp})
	}
	g.ADDQ(operand.Imm(blockBytes), at)
	g.CMPQ(at, full)
	g.JLT(operand.LabelRef("block"))
	g.ADDQ(full, packed)
	g.ADDQ(step, symbol)
	g.DECQ(left)
	g.JNZ(operand.LabelRef("symbol"))
	g.ADDQ(full, symbols)

	g.Label("tails")
	tail, carry := g.GP64(), g.GP64()
	g.XORQ(at, at) // within a half block
	for p := half / 2; p > 0; p /= 2 {
		again, without := fmt.Sprintf("piece%d", p), fmt.Sprintf("without%d", p)
		g.TESTQ(operand.U32(p), h)
		g.JZ(operand.LabelRef(without))
		g.MOVQ(symbols, tail)
		g.MOVQ(count, left)
		g.Label(again)
		move(p, operand.Mem{Base: packed, Index: at, Scale: 1}, operand.Mem{Base: tail})
		move(p, operand.Mem{Base: packed, Index: at, Scale: 1, Disp: half}, operand.Mem{Base: tail, Index: h, Scale: 1})
		g.ADDQ(step, tail)
		g.ADDQ(operand.Imm(uint64(p)), at)
		g.MOVQ(at, carry)
		g.ANDQ(operand.Imm(half), carry)
		g.LEAQ(operand.Mem{Base: packed, Index: carry, Scale: blockBytes / half}, packed)
		g.ANDQ(operand.Imm(half-1), at)
		g.DECQ(left)
		g.JNZ(operand.LabelRef(again))
		g.ADDQ(operand.Imm(uint64(p)), symbols)
		g.Label(without)
	}
	g.VZEROUPPER()
	g.RET()
}

func (g packer) param(name string) reg.Register { return g.Load(g.Param(name), g.GP64()) }

// move copies p bytes, a power of two up to 32.
func (g packer) move(p int, from, to operand.Mem) {
	switch p {
	case 32:
		x := g.YMM()
		g.VMOVDQU(from, x)
		g.VMOVDQU(x, to)
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
