package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rows addresses 1<<layers rows of a work area, a fixed distance apart.
type rows struct {
	low, high   reg.Register // rows 0 and 4
	dist, dist3 reg.Register // the distance and three times that
}

// rows loads the rows that two parameters describe. The base moves as the kernel proceeds.
func (g kernels) rows(base, dist string, layers int) rows {
	r := rows{low: g.param(base), dist: g.param(dist)}
	if layers >= 2 {
		r.dist3 = g.GP64()
		g.LEAQ(operand.Mem{Base: r.dist, Index: r.dist, Scale: 2}, r.dist3)
	}
	if layers == 3 {
		r.high = g.GP64()
		g.LEAQ(operand.Mem{Base: r.low, Index: r.dist, Scale: 4}, r.high)
	}
	return r
}

func (r rows) at(i int) operand.Mem {
	base := r.low
	if i >= 4 {
		base = r.high
	}
	switch i % 4 {
	case 0:
		return operand.Mem{Base: base}
	case 3:
		return operand.Mem{Base: base, Index: r.dist3, Scale: 1}
	default:
		return operand.Mem{Base: base, Index: r.dist, Scale: uint8(i % 4)}
	}
}

func (g kernels) advance(r rows, by operand.Op) {
	g.ADDQ(by, r.low)
	if r.high != nil {
		g.ADDQ(by, r.high)
	}
}

// eachBlock runs body over n bytes of count sets of rows that lie step bytes apart.
func (g kernels) eachBlock(layers int, body func(dst, src rows)) {
	dst, src := g.rows("dst", "dstDist", layers), g.rows("src", "srcDist", layers)
	gap, count, n := g.param("step"), g.param("count"), g.param("n")
	g.SUBQ(n, gap)
	left := g.GP64()
	g.Label("set")
	g.MOVQ(n, left)
	g.Label("block")
	body(dst, src)
	g.advance(dst, operand.Imm(blockBytes))
	g.advance(src, operand.Imm(blockBytes))
	g.SUBQ(operand.Imm(blockBytes), left)
	g.JNZ(operand.LabelRef("block"))
	g.advance(dst, gap)
	g.advance(src, gap)
	g.DECQ(count)
	g.JNZ(operand.LabelRef("set"))
}

// constants prepares the table entries for the given layers, from the nearest rows to the farthest. q is the number of the
// group of rows: layer l of L has entries q<<(L-1-l) and following.
func (g kernels) constants(layers int) [][]constant {
	table, q := g.param("table"), g.param("q")
	at := g.GP64()
	g.IMUL3Q(operand.Imm(uint64(g.isa.entry())), q, at)
	by := make([][]constant, layers)
	for l := layers - 1; l >= 0; l-- {
		p := g.GP64()
		g.LEAQ(operand.Mem{Base: table, Index: at, Scale: 1}, p)
		for i := range 1 << (layers - 1 - l) {
			by[l] = append(by[l], g.isa.constant(operand.Mem{Base: p, Disp: i * g.isa.entry()}))
		}
		if l > 0 {
			g.ADDQ(at, at)
		}
	}
	return by
}

// pairs calls do for the butterflies of one layer.
func pairs(layers, layer int, do func(low, high, group int)) {
	d := 1 << layer
	for r := 0; r < 1<<layers; r += 2 * d {
		for i := r; i < r+d; i++ {
			do(i, i+d, r/(2*d))
		}
	}
}

func (g kernels) runInverse(e []element, by [][]constant) {
	for l := range by {
		pairs(len(by), l, func(low, high, group int) {
			g.isa.add(e[high], e[low])
			g.isa.mulAdd(e[low], e[high], by[l][group])
		})
	}
}

func (g kernels) runForward(e []element, by [][]constant) {
	for l := len(by) - 1; l >= 0; l-- {
		pairs(len(by), l, func(low, high, group int) {
			g.isa.mulAdd(e[low], e[high], by[l][group])
			g.isa.add(e[high], e[low])
		})
	}
}

func (g kernels) loadAll(layers int, at func(int) operand.Mem) []element {
	e := make([]element, 1<<layers)
	for i := range e {
		e[i] = g.isa.load(at(i))
	}
	return e
}

func (g kernels) storeAll(e []element, at func(int) operand.Mem) {
	for i := range e {
		g.isa.store(e[i], at(i))
	}
}
