package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
)

// pool keeps the read-only numbers of the assembly, each once.
type pool struct {
	context *build.Context
	placed  map[string]operand.Mem
}

func newPool(c *build.Context) *pool {
	return &pool{context: c, placed: map[string]operand.Mem{}}
}

// repeated places a number that fills the given count of 64-bit words.
func (p *pool) repeated(n uint64, count int) operand.Mem {
	words := make([]uint64, count)
	for i := range words {
		words[i] = n
	}
	return p.list(fmt.Sprintf("x%d_%016x", count, n), words...)
}

// list places the words under a name.
func (p *pool) list(name string, words ...uint64) operand.Mem {
	if m, ok := p.placed[name]; ok {
		return m
	}
	m := p.context.StaticGlobal(name)
	p.context.DataAttributes(attr.RODATA | attr.NOPTR)
	for _, w := range words {
		p.context.AppendDatum(operand.U64(w))
	}
	p.placed[name] = m
	return m
}
