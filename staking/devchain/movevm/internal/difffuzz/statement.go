package difffuzz

import (
	"fmt"
	"strings"
)

// deepest block in a function.
const deepest = 4

func (g *generator) statement() {
	kinds := []func(){g.let, g.assign, g.write, g.write, g.write, g.exchange, g.aliased, g.matched, g.call, g.generic}
	if g.depth < deepest {
		kinds = append(kinds, g.branch, g.loop)
	}
	if g.chance(4) {
		g.line("if (%s) abort %d;", g.expr(boolean, 2), g.rng.IntN(1000))
	}
	choose(g, kinds)()
}

// owned is a variable that is not a reference; false where there is none.
func (g *generator) owned() (variable, bool) {
	var list []variable
	for _, v := range g.scope {
		if !v.ref {
			list = append(list, v)
		}
	}
	if len(list) == 0 {
		return variable{}, false
	}
	return choose(g, list), true
}

func (g *generator) assign() {
	v, ok := g.owned()
	if !ok {
		return
	}
	// On a branch that does nothing but assign a variable to itself, the compiler breaks down.
	if value := g.expr(v.of, 3); value != "("+v.name+")" {
		g.line("%s = %s;", v.name, value)
	}
}

// start is a mutable reference to a variable.
func (v variable) start() string {
	if v.ref {
		return "&mut *" + v.name
	}
	return "&mut " + v.name
}

// write changes something deep inside a variable through references into it.
func (g *generator) write() {
	if len(g.scope) == 0 {
		return
	}
	v := choose(g, g.scope)
	at, of := g.fresh("r"), v.of
	// What is computed must not read the variable while it is borrowed: a path is chosen first, and what is needed on it
	// comes before the first reference.
	type step struct {
		field int
		index string
	}
	var steps []step
	for range 5 {
		switch {
		case of.fields != nil && g.chance(80):
			i := g.rng.IntN(len(of.fields))
			steps = append(steps, step{field: i})
			of = of.fields[i]
		case of.elem != nil && g.chance(60):
			index := g.fresh("i")
			g.line("let %s = %s;", index, g.expr(u64, 1))
			steps = append(steps, step{index: index})
			of = of.elem
		}
	}
	value := g.fresh("y")
	what := of
	grows := of.elem != nil && g.chance(80)
	if grows {
		what = of.elem
	}
	g.line("let %s = %s;", value, g.expr(what, 2))
	i, j := g.fresh("i"), g.fresh("i")
	if grows {
		g.line("let %s = %s;", i, g.expr(u64, 1))
		g.line("let %s = %s;", j, g.expr(u64, 1))
	}
	g.line("let %s = %s;", at, v.start())
	closing := 0
	for _, s := range steps {
		next := g.fresh("r")
		if s.index == "" {
			g.line("let %s = &mut %s.f%d;", next, at, s.field)
		} else {
			guarded := !g.chance(5)
			if guarded {
				g.line("if (!%s.is_empty()) {", at)
				closing++
				g.depth++
				g.line("let %s = %s %% %s.length();", s.index, s.index, at)
			}
			g.line("let %s = &mut %s[%s & 0xffff];", next, at, s.index)
		}
		at = next
	}
	if grows {
		g.changeVector(at, value, i, j)
	} else {
		g.changePlace(at, value)
	}
	for range closing {
		g.depth--
		g.line("};")
	}
}

// changePlace does something to the value behind a reference.
func (g *generator) changePlace(at, value string) {
	other := g.fresh("y")
	switch g.rng.IntN(6) {
	case 0:
		g.line("let mut %s = %s; swap(%s, &mut %s);", other, value, at, other)
	case 1:
		g.line("let mut %s = %s; *pick(%s, &mut %s, %t) = %s;", other, value, at, other, g.chance(50), value)
	case 2:
		g.line("let mut %s = *%s; *pick(&mut %s, %s, %t) = %s;", other, at, other, at, g.chance(50), value)
	case 3:
		g.line("let %s = *%s == %s; if (%s) *%s = %s;", other, at, value, other, at, value)
	default:
		g.line("*%s = %s;", at, value)
	}
}

// changeVector does something to the vector behind a reference.
func (g *generator) changeVector(at, value, i, j string) {
	switch g.rng.IntN(7) {
	case 0, 1:
		g.line("%s.push_back(%s);", at, value)
	case 2:
		if g.chance(5) {
			g.line("%s.pop_back();", at)
			return
		}
		g.line("if (!%s.is_empty()) { %s.pop_back(); };", at, at)
	case 3:
		n := g.fresh("n")
		g.line("let %s = %s.length(); if (%s > 0) { %s.swap(%s %% %s, %s %% %s); };", n, at, n, at, i, n, j, n)
	case 4:
		g.line("%s.push_back(%s); %s.reverse();", at, value, at)
	case 5:
		g.line("rotate(%s, %s, %s %% 4);", at, value, i)
	default:
		if g.chance(15) {
			g.line("%s.swap(%s & 3, %s & 3); %s.pop_back();", at, i, j, at)
		} else {
			g.line("*%s = vector[%s, %s];", at, value, value)
		}
	}
}

// exchange swaps two places of one type, in one variable or in two.
func (g *generator) exchange() {
	v, ok := g.owned()
	if !ok {
		return
	}
	if n := len(v.of.fields); n > 1 && v.of.fields[0] == v.of.fields[n-1] {
		g.line("swap(&mut %s.f0, &mut %s.f%d);", v.name, v.name, n-1)
		return
	}
	other := g.fresh("x")
	g.line("let mut %s: %s = %s;", other, v.of.name, g.expr(v.of, 2))
	g.line("swap(&mut %s, &mut %s);", v.name, other)
	g.scope = append(g.scope, variable{name: other, of: v.of})
}

// aliased writes through a reference that points to one of two places.
func (g *generator) aliased() {
	v, ok := g.owned()
	if !ok {
		return
	}
	other, first, value, r := g.fresh("x"), g.fresh("b"), g.fresh("y"), g.fresh("r")
	g.line("let mut %s: %s = %s;", other, v.of.name, g.expr(v.of, 2))
	g.line("let %s = %s;", first, g.expr(boolean, 2))
	g.line("let %s = %s;", value, g.expr(v.of, 2))
	switch g.rng.IntN(3) {
	case 0:
		g.line("let %s = if (%s) &mut %s else &mut %s;", r, first, v.name, other)
		g.line("*%s = %s;", r, value)
	case 1:
		g.line("*pick(&mut %s, &mut %s, %s) = %s;", v.name, other, first, value)
	default:
		g.line("let %s = pick(&mut %s, &mut %s, %s);", r, v.name, other, first)
		g.line("let mut %s = *%s;", first, r)
		g.line("*%s = %s;", r, value)
		g.scope = append(g.scope, variable{name: first, of: v.of})
	}
	g.scope = append(g.scope, variable{name: other, of: v.of})
}

// matched looks into an enum by mutable reference.
func (g *generator) matched() {
	for _, v := range g.scope {
		if v.of.variants == nil || v.ref || g.chance(30) {
			continue
		}
		fresh := make([]string, 0)
		for _, fields := range v.of.variants {
			for _, f := range fields {
				name := g.fresh("y")
				g.line("let %s = %s;", name, g.expr(f, 1))
				fresh = append(fresh, name)
			}
		}
		g.line("match (&mut %s) {", v.name)
		at := 0
		for i, fields := range v.of.variants {
			arm, body := "", ""
			for j := range fields {
				name := g.fresh("m")
				if j > 0 {
					arm += ", "
				}
				arm += fmt.Sprintf("f%d: %s", j, name)
				body += fmt.Sprintf(" *%s = %s;", name, fresh[at])
				at++
			}
			if arm != "" {
				arm = " { " + arm + " }"
			}
			g.line("    %s::V%d%s => {%s },", bare(v.of.name), i, arm, body)
		}
		g.line("};")
		return
	}
	g.assign()
}

// bare is the name of a datatype without type arguments.
func bare(name string) string {
	for i := range name {
		if name[i] == '<' {
			return name[:i]
		}
	}
	return name
}

// call calls a helper, with references to variables made for it or to places inside others.
func (g *generator) call() {
	if len(g.helpers) == 0 {
		g.let()
		return
	}
	h := choose(g, g.helpers)
	var args []string
	var made []variable
	lent := make(map[string]bool) // a variable is lent once
	for _, p := range h.params {
		if p.ref && g.chance(60) {
			if place, owner, ok := g.place(p.of, lent); ok {
				lent[owner] = true
				args = append(args, "&mut "+place)
				continue
			}
		}
		v := variable{name: g.fresh("x"), of: p.of}
		made = append(made, v)
		arg := v.name
		if p.ref {
			arg = "&mut " + arg
		}
		args = append(args, arg)
	}
	// What the arguments are made of is computed before anything is lent.
	for _, v := range made {
		g.line("let mut %s: %s = %s;", v.name, v.of.name, g.expr(v.of, 2))
	}
	result := variable{name: g.fresh("x"), of: h.result}
	g.line("let mut %s: %s = %s(%s);", result.name, h.result.name, h.name, strings.Join(args, ", "))
	g.scope = append(append(g.scope, made...), result)
}

// place is a field of a type somewhere in a variable that is not lent, and the variable.
func (g *generator) place(of *shape, lent map[string]bool) (path, owner string, ok bool) {
	var found [][2]string
	for _, v := range g.scope {
		if v.ref || lent[v.name] {
			continue
		}
		for i, f := range v.of.fields {
			if f.name == of.name {
				found = append(found, [2]string{fmt.Sprintf("%s.f%d", v.name, i), v.name})
			}
			for j, inner := range f.fields {
				if inner.name == of.name {
					found = append(found, [2]string{fmt.Sprintf("%s.f%d.f%d", v.name, i, j), v.name})
				}
			}
		}
		if v.of.name == of.name {
			found = append(found, [2]string{v.name, v.name})
		}
	}
	if len(found) == 0 {
		return "", "", false
	}
	one := choose(g, found)
	return one[0], one[1], true
}

// generic calls one of the generic functions of the prelude.
func (g *generator) generic() {
	of := choose(g, g.shapes)
	box, value, result := g.fresh("x"), g.fresh("y"), g.fresh("x")
	vec := &shape{name: "vector<" + of.name + ">", elem: of}
	g.line("let %s = %s;", value, g.expr(of, 2))
	switch g.rng.IntN(4) {
	case 0:
		g.line("let mut %s = Box { f0: %s, f1: %s };", box, g.expr(of, 1), g.expr(vec, 1))
		g.line("*inside(&mut %s, %s & 3) = %s;", box, g.expr(u64, 1), value)
		g.scope = append(g.scope, variable{name: box, of: &shape{name: "Box<" + of.name + ">", fields: []*shape{of, vec}}})
	case 1:
		maybe := &shape{name: "Maybe<" + of.name + ">", variants: [][]*shape{nil, {of}, {of, vec}}}
		g.line("let mut %s: %s = %s;", box, maybe.name, g.expr(maybe, 2))
		g.line("fill(&mut %s, %s);", box, value)
		g.line("let mut %s = unwrap(&%s, %s);", result, box, g.expr(of, 1))
		g.scope = append(g.scope, variable{name: box, of: maybe}, variable{name: result, of: of})
	case 2:
		g.line("let mut %s: %s = %s;", box, vec.name, g.expr(vec, 2))
		g.line("let mut %s = rotate(&mut %s, %s, %s %% 5);", result, box, value, g.expr(u64, 1))
		g.scope = append(g.scope, variable{name: box, of: vec}, variable{name: result, of: of})
	default:
		list := &shape{name: "vector<u64>", elem: u64}
		g.line("let mut %s = tokens(%s, %s & 3, %s & 3);", result, g.expr(list, 2), g.expr(u64, 1), g.expr(u64, 1))
		g.scope = append(g.scope, variable{name: result, of: u64})
	}
}

func (g *generator) branch() {
	g.line("if (%s) {", g.expr(boolean, 3))
	g.block(1 + g.rng.IntN(2))
	if g.chance(50) {
		g.line("} else {")
		g.block(1 + g.rng.IntN(2))
	}
	g.line("};")
}

func (g *generator) loop() {
	i := g.fresh("n")
	g.line("let mut %s = 0u64;", i)
	g.line("while (%s < %d) {", i, 1+g.rng.IntN(4))
	g.depth++
	g.line("%s = %s + 1;", i, i)
	if g.chance(30) {
		g.line("if (%s) %s;", g.expr(boolean, 2), choose(g, []string{"break", "continue"}))
	}
	g.depth--
	g.block(1 + g.rng.IntN(2))
	g.line("};")
}
