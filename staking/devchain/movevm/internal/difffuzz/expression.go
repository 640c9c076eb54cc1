package difffuzz

import (
	"fmt"
	"math/big"
	"strings"
)

// How often in a hundred an operation may fail.
const daring = 3

// expr is an expression of a type; depth bounds its size.
func (g *generator) expr(of *shape, depth int) string {
	if depth > 0 && g.chance(45) {
		if s, ok := g.read(of); ok {
			return s
		}
	}
	if depth > 1 && g.chance(8) {
		return fmt.Sprintf("(if (%s) %s else %s)", g.expr(boolean, depth-2), g.expr(of, depth-1), g.expr(of, depth-1))
	}
	switch {
	case of.isInteger():
		return g.integer(of, depth)
	case of == boolean:
		return g.boolean(depth)
	case of == address:
		return fmt.Sprintf("@0x%x", g.rng.Uint64N(1000))
	case of.elem != nil:
		return g.vector(of, depth)
	case of.variants != nil:
		i := g.rng.IntN(len(of.variants))
		if depth <= 0 {
			i = 0
		}
		if len(of.variants[i]) == 0 {
			return fmt.Sprintf("(%s::V%d: %s)", bare(of.name), i, of.name)
		}
		return fmt.Sprintf("%s::V%d%s", of.name, i, g.fieldValues(of.variants[i], depth))
	default:
		return of.name + g.fieldValues(of.fields, depth)
	}
}

// fieldValues are the fields in braces, or nothing where there are none.
func (g *generator) fieldValues(fields []*shape, depth int) string {
	if len(fields) == 0 {
		return ""
	}
	var list []string
	for i, f := range fields {
		list = append(list, fmt.Sprintf("f%d: %s", i, g.expr(f, depth-1)))
	}
	return " { " + strings.Join(list, ", ") + " }"
}

// read is a variable of a type, or a field of one.
func (g *generator) read(of *shape) (string, bool) {
	var found []string
	var visit func(path string, s *shape, left int)
	visit = func(path string, s *shape, left int) {
		if s.name == of.name {
			found = append(found, path)
		}
		if left > 0 {
			for i, f := range s.fields {
				visit(fmt.Sprintf("%s.f%d", path, i), f, left-1)
			}
		}
	}
	for _, v := range g.scope {
		if v.ref && v.of.name == of.name {
			found = append(found, "*"+v.name)
			continue
		}
		visit(v.name, v.of, 3)
	}
	if len(found) == 0 {
		return "", false
	}
	return "(" + choose(g, found) + ")", true
}

func (g *generator) boolean(depth int) string {
	if depth <= 0 {
		return choose(g, []string{"true", "false"})
	}
	switch g.rng.IntN(6) {
	case 0:
		return "!" + g.expr(boolean, depth-1)
	case 1:
		return fmt.Sprintf("(%s %s %s)", g.expr(boolean, depth-1), choose(g, []string{"&&", "||"}), g.expr(boolean, depth-1))
	case 2:
		of := choose(g, g.shapes)
		return fmt.Sprintf("(%s %s %s)", g.expr(of, depth-1), choose(g, []string{"==", "!="}), g.expr(of, depth-1))
	case 3:
		of := choose(g, g.shapes)
		return fmt.Sprintf("(&%s %s &%s)", g.parens(of, depth), choose(g, []string{"==", "!="}), g.parens(of, depth))
	default:
		of := choose(g, integers)
		return fmt.Sprintf("(%s %s %s)", g.expr(of, depth-1), choose(g, []string{"<", "<=", ">", ">=", "=="}), g.expr(of, depth-1))
	}
}

func (g *generator) parens(of *shape, depth int) string { return "(" + g.expr(of, depth-1) + ")" }

func (g *generator) vector(of *shape, depth int) string {
	if of.elem == u8 && g.chance(40) {
		return choose(g, []string{`b"bytes"`, `x"00ff10"`, `b""`, "WORDS[2]", "WORDS[1]"})
	}
	if of.elem == u64 && g.chance(20) {
		return "NUMBERS"
	}
	var list []string
	if depth > 0 {
		for range g.rng.IntN(4) {
			list = append(list, g.expr(of.elem, depth-1))
		}
	}
	return fmt.Sprintf("vector<%s>[%s]", of.elem.name, strings.Join(list, ", "))
}

// literal is a number with a fondness for the ends of the range.
func (g *generator) literal(of *shape) string {
	most := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(of.bits)), big.NewInt(1))
	x := new(big.Int)
	switch g.rng.IntN(6) {
	case 0:
		x.SetInt64(int64(g.rng.IntN(3)))
	case 1:
		x.Sub(most, big.NewInt(int64(g.rng.IntN(3))))
	case 2:
		x.Rsh(most, uint(g.rng.IntN(of.bits)))
	case 3:
		x.SetInt64(int64(g.rng.IntN(100)))
	default:
		for range 4 {
			x.Lsh(x, 64).Or(x, new(big.Int).SetUint64(g.rng.Uint64()))
		}
		x.And(x, most).Rsh(x, uint(g.rng.IntN(of.bits)))
	}
	return x.String() + of.name
}

func (g *generator) integer(of *shape, depth int) string {
	if depth <= 0 || g.chance(20) {
		return g.literal(of)
	}
	a, b := g.expr(of, depth-1), g.expr(of, depth-1)
	if g.chance(daring) {
		return fmt.Sprintf("(%s %s %s)", a, choose(g, []string{"+", "-", "*", "/", "%"}), b)
	}
	half := fmt.Sprintf("%s & %d%s", "%s", 1<<(min(of.bits, 62)/2)-1, of.name)
	switch g.rng.IntN(9) {
	case 0:
		return fmt.Sprintf("(%s %s %s)", a, choose(g, []string{"&", "|", "^"}), b)
	case 1:
		return fmt.Sprintf("(%s %s (%s | 1))", a, choose(g, []string{"/", "%"}), b)
	case 2:
		return fmt.Sprintf("((%s >> 1) + (%s >> 1))", a, b)
	case 3:
		return fmt.Sprintf("(("+half+") * ("+half+"))", a, b)
	case 4:
		p, q := g.fresh("a"), g.fresh("a")
		return fmt.Sprintf("{ let %s = %s; let %s = %s; if (%s > %s) %s - %s else %s - %s }", p, a, q, b, p, q, p, q, q, p)
	case 5:
		return fmt.Sprintf("(%s %s %s)", a, choose(g, []string{"<<", ">>"}), g.shift(of, depth))
	case 6:
		return g.cast(of, depth)
	case 7:
		if of == u64 {
			inner := &shape{name: "vector<u8>", elem: u8}
			return fmt.Sprintf("(%s).length()", g.expr(inner, depth-1))
		}
		return fmt.Sprintf("unwrap(&Maybe::V2 { f0: %s, f1: %s }, %s)", a, g.expr(&shape{name: "vector<" + of.name + ">", elem: of}, depth-1), b)
	default:
		return fmt.Sprintf("(%s ^ %s)", a, b)
	}
}

func (g *generator) shift(of *shape, depth int) string {
	if of.bits == 256 {
		return g.parens(u8, depth)
	}
	if g.chance(daring) {
		return g.parens(u8, depth)
	}
	return fmt.Sprintf("(%s %% %d)", g.parens(u8, depth), of.bits)
}

func (g *generator) cast(to *shape, depth int) string {
	from := choose(g, integers)
	inner := g.expr(from, depth-1)
	if from.bits > to.bits && !g.chance(daring) {
		most := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(to.bits)), big.NewInt(1))
		inner = fmt.Sprintf("(%s & %s%s)", inner, most, from.name)
	}
	return fmt.Sprintf("((%s) as %s)", inner, to.name)
}
