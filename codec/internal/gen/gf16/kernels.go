package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// kernels writes the functions of one instruction set.
type kernels struct {
	*build.Context
	isa isa
}

// function begins a function, whose name says how many rows it works on at a time if layers is not 0.
func (g kernels) function(name string, layers int, signature, doc string) {
	if layers > 0 {
		name += fmt.Sprint(1 << layers)
	}
	name += g.isa.name()
	g.Function(name)
	g.Attributes(attr.NOSPLIT)
	g.SignatureExpr(signature)
	g.Pragma("noescape")
	g.Doc(name + " " + doc)
}

func (g kernels) param(name string) reg.Register { return g.Load(g.Param(name), g.GP64()) }

func (g kernels) end() {
	g.VZEROUPPER()
	g.RET()
}

func (g kernels) inverse(layers int) {
	g.butterflies("inverse", layers, "runs inverse butterflies from src to dst, which may be the same.", g.runInverse)
}

func (g kernels) forward(layers int) {
	g.butterflies("forward", layers, "runs forward butterflies from src to dst, which may be the same.", g.runForward)
}

func (g kernels) butterflies(name string, layers int, doc string, run func(e []element, by [][]constant)) {
	g.function(name, layers, "func(dst *byte, dstDist int, src *byte, srcDist, step, count, n int, table *byte, q int)", doc)
	g.isa.begin()
	by := g.constants(layers)
	g.eachBlock(layers, func(dst, src rows) {
		e := g.loadAll(layers, src.at)
		run(e, by)
		g.storeAll(e, dst.at)
	})
	g.end()
}

func (g kernels) derive(layers int) {
	g.function("derive", layers, "func(dst *byte, dstDist int, src *byte, srcDist, step, count, n int)",
		"adds to dst the part of the formal derivative of src that these layers give.")
	g.eachBlock(layers, func(dst, src rows) {
		e := make([]element, 1<<layers)
		for i := 1; i < len(e); i++ {
			e[i] = g.isa.load(src.at(i))
		}
		for i := range len(e) - 1 {
			d := g.isa.load(dst.at(i))
			for bit := 1; bit < len(e); bit *= 2 {
				if i&bit == 0 {
					g.isa.add(d, e[i|bit])
				}
			}
			g.isa.store(d, dst.at(i))
		}
	})
	g.end()
}

func (g kernels) scale() {
	g.function("scale", 0, "func(dst, src *byte, n int, factor *byte)", "sets dst to src times the table entry factor.")
	g.eachPair(func(dst, src operand.Mem, factor constant) {
		g.isa.store(g.isa.mul(g.isa.load(src), factor), dst)
	})
}

func (g kernels) mulAdd() {
	g.function("mulAdd", 0, "func(dst, src *byte, n int, factor *byte)", "adds to dst src times the table entry factor.")
	g.eachPair(func(dst, src operand.Mem, factor constant) {
		d := g.isa.load(dst)
		g.isa.mulAdd(d, g.isa.load(src), factor)
		g.isa.store(d, dst)
	})
}

// eachPair writes the rest of a function that runs body over the blocks of dst and src.
func (g kernels) eachPair(body func(dst, src operand.Mem, factor constant)) {
	g.isa.begin()
	factor := g.isa.constant(operand.Mem{Base: g.param("factor")})
	dst, src, n := g.param("dst"), g.param("src"), g.param("n")
	at := g.GP64()
	g.XORQ(at, at)
	g.Label("block")
	body(operand.Mem{Base: dst, Index: at, Scale: 1}, operand.Mem{Base: src, Index: at, Scale: 1}, factor)
	g.ADDQ(operand.Imm(blockBytes), at)
	g.CMPQ(at, n)
	g.JLT(operand.LabelRef("block"))
	g.end()
}
