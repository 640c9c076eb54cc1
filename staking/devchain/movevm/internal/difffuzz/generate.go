package difffuzz

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Program is a Move module in parts: all functions need the head, and none another.
type Program struct {
	Head      string
	Functions []string // each with its test
}

// Source is the module.
func (p Program) Source() string { return p.Head + strings.Join(p.Functions, "") + "\n" }

// Generate writes a module with a number of functions, each with a test that aborts with a digest of what the function
// computed. The same seed gives the same module.
func Generate(seed uint64, functions int) Program {
	g := &generator{rng: rand.New(rand.NewPCG(seed, 0))} //nolint:gosec // reproducible programs, no secrets
	g.declare()
	for i := range 4 {
		g.helper(i)
	}
	p := Program{Head: g.take()}
	for i := range functions {
		g.test(i)
		p.Functions = append(p.Functions, g.take())
	}
	return p
}

// take is what was written since the last time.
func (g *generator) take() string {
	text := g.out.String()
	g.out.Reset()
	return text
}

// shape is a type of generated programs. All have copy, drop and store.
type shape struct {
	name     string
	bits     int // of an integer
	elem     *shape
	fields   []*shape // of a struct, named f0, f1...
	variants [][]*shape
}

func (s *shape) isInteger() bool { return s.bits > 0 }

var (
	boolean  = &shape{name: "bool"}
	address  = &shape{name: "address"}
	u8       = &shape{name: "u8", bits: 8}
	u64      = &shape{name: "u64", bits: 64}
	integers = []*shape{u8, {name: "u16", bits: 16}, {name: "u32", bits: 32}, u64, {name: "u128", bits: 128},
		{name: "u256", bits: 256}}
)

type variable struct {
	name string
	of   *shape
	ref  bool // a parameter of type &mut
}

type generator struct {
	rng     *rand.Rand
	out     strings.Builder
	shapes  []*shape
	helpers []helper
	scope   []variable
	counter int
	depth   int // of blocks
}

type helper struct {
	name   string
	params []variable
	result *shape
}

// prelude has what generated functions build on.
const prelude = `#[allow(all)]
module gen::generated;

use std::bcs;
use std::hash;

public struct Box<T> has copy, drop, store { f0: T, f1: vector<T> }
public enum Maybe<T> has copy, drop, store { V0, V1 { f0: T }, V2 { f0: T, f1: vector<T> } }
public struct Token { value: u64 }

const WORDS: vector<vector<u8>> = vector[b"", b"a", b"bcd", x"ff00"];
const NUMBERS: vector<u64> = vector[0, 1, 18446744073709551615];

fun digest(b: vector<u8>): u64 {
    let d = hash::sha2_256(b);
    let mut x = 0u64;
    let mut i = 0;
    while (i < 7) {
        x = (x << 8) | (d[i] as u64);
        i = i + 1;
    };
    x
}

fun swap<T: copy + drop>(a: &mut T, b: &mut T) {
    let x = *a;
    *a = *b;
    *b = x;
}

fun pick<T>(a: &mut T, b: &mut T, first: bool): &mut T { if (first) a else b }

fun inside<T>(b: &mut Box<T>, i: u64): &mut T { if (b.f1.length() > i) &mut b.f1[i] else &mut b.f0 }

fun rotate<T: copy + drop>(v: &mut vector<T>, x: T, n: u64): T {
    let mut i = 0;
    let mut last = x;
    while (i < n) {
        v.push_back(last);
        v.reverse();
        last = v.pop_back();
        i = i + 1;
    };
    last
}

fun unwrap<T: copy + drop>(m: &Maybe<T>, default: T): T {
    match (m) {
        Maybe::V0 => default,
        Maybe::V1 { f0 } => *f0,
        Maybe::V2 { f0, f1 } => if (f1.is_empty()) *f0 else f1[f1.length() - 1],
    }
}

fun fill<T: copy + drop>(m: &mut Maybe<T>, x: T) {
    match (m) {
        Maybe::V0 => *m = Maybe::V1 { f0: x },
        Maybe::V1 { f0 } => *f0 = x,
        Maybe::V2 { f0, f1 } => { swap(f0, &mut copy x); f1.push_back(x) },
    }
}

fun tokens(mut values: vector<u64>, a: u64, b: u64): u64 {
    let mut all = vector[];
    while (!values.is_empty()) all.push_back(Token { value: values.pop_back() });
    if (a < all.length() && b < all.length()) all.swap(a, b);
    let mut sum = 0u64;
    while (!all.is_empty()) {
        let Token { value } = all.pop_back();
        sum = (sum ^ value) << 1;
    };
    all.destroy_empty();
    sum
}

`

func (g *generator) writef(format string, args ...any) { fmt.Fprintf(&g.out, format, args...) }

func (g *generator) line(format string, args ...any) {
	g.writef("%s%s\n", strings.Repeat("    ", g.depth), fmt.Sprintf(format, args...))
}

func (g *generator) fresh(prefix string) string {
	g.counter++
	return fmt.Sprintf("%s%d", prefix, g.counter)
}

func (g *generator) chance(percent int) bool { return g.rng.IntN(100) < percent }

func choose[T any](g *generator, list []T) T { return list[g.rng.IntN(len(list))] }

// declare writes the datatypes and collects the types in use.
func (g *generator) declare() {
	g.out.WriteString(prelude)
	g.shapes = append(g.shapes, integers...)
	g.shapes = append(g.shapes, boolean, address)
	for i := range 5 {
		s := &shape{name: fmt.Sprintf("S%d", i)}
		for range 1 + g.rng.IntN(4) {
			s.fields = append(s.fields, choose(g, g.shapes))
		}
		// A second field of the type of the first, to be exchanged with it.
		s.fields = append(s.fields, s.fields[0])
		g.writef("public struct %s has copy, drop, store%s\n", s.name, fieldList(s.fields))
		g.addShape(s)
	}
	for i := range 3 {
		e := &shape{name: fmt.Sprintf("E%d", i), variants: [][]*shape{nil}}
		for range 1 + g.rng.IntN(3) {
			var fields []*shape
			for range 1 + g.rng.IntN(3) {
				fields = append(fields, choose(g, g.shapes))
			}
			e.variants = append(e.variants, fields)
		}
		var list []string
		for j, fields := range e.variants {
			list = append(list, fmt.Sprintf("V%d%s", j, fieldList(fields)))
		}
		g.writef("public enum %s has copy, drop, store { %s }\n", e.name, strings.Join(list, ", "))
		g.addShape(e)
	}
	g.writef("\n")
}

// addShape takes a type and some made of it into use.
func (g *generator) addShape(s *shape) {
	g.shapes = append(g.shapes, s)
	of := choose(g, g.shapes)
	vec := &shape{name: "vector<" + of.name + ">", elem: of}
	of = choose(g, g.shapes)
	box := &shape{name: "Box<" + of.name + ">", fields: []*shape{of, {name: "vector<" + of.name + ">", elem: of}}}
	of = choose(g, g.shapes)
	maybe := &shape{name: "Maybe<" + of.name + ">", variants: [][]*shape{nil, {of},
		{of, {name: "vector<" + of.name + ">", elem: of}}}}
	for _, made := range []*shape{vec, box, maybe} {
		if len(made.name) < 40 {
			g.shapes = append(g.shapes, made)
		}
	}
}

// fieldList are declarations of fields in braces, or nothing where there are none.
func fieldList(fields []*shape) string {
	if len(fields) == 0 {
		return ""
	}
	var list []string
	for i, f := range fields {
		list = append(list, fmt.Sprintf("f%d: %s", i, f.name))
	}
	return " { " + strings.Join(list, ", ") + " }"
}

// helper writes a function with parameters by value and by mutable reference.
func (g *generator) helper(i int) {
	h := helper{name: fmt.Sprintf("h%d", i), result: choose(g, g.shapes)}
	var params []string
	g.scope = nil
	for range 1 + g.rng.IntN(3) {
		v := variable{g.fresh("p"), choose(g, g.shapes), g.chance(60)}
		h.params = append(h.params, v)
		g.scope = append(g.scope, v)
		if v.ref {
			params = append(params, fmt.Sprintf("%s: &mut %s", v.name, v.of.name))
		} else {
			params = append(params, fmt.Sprintf("mut %s: %s", v.name, v.of.name))
		}
	}
	g.line("fun %s(%s): %s {", h.name, strings.Join(params, ", "), h.result.name)
	g.depth++
	g.statements(3)
	g.line("%s", g.expr(h.result, 2))
	g.depth--
	g.line("}\n")
	g.helpers = append(g.helpers, h)
}

// test writes a function and its test.
func (g *generator) test(i int) {
	g.scope = nil
	g.line("fun f%d(): u64 {", i)
	g.depth++
	for range 2 {
		g.let()
	}
	// The compiler breaks down on functions that are much larger.
	g.statements(3 + g.rng.IntN(5))
	g.line("let mut out = vector<u8>[];")
	for _, v := range g.scope {
		g.line("out.append(bcs::to_bytes(&%s));", v.name)
	}
	g.line("digest(out)")
	g.depth--
	g.line("}")
	g.line("#[test] fun t%d() { abort f%d() }\n", i, i)
}

// statements writes n statements, and forgets the variables that they declare where they are in a block of their own.
func (g *generator) statements(n int) {
	for range n {
		g.statement()
	}
}

func (g *generator) block(n int) {
	g.depth++
	outer := len(g.scope)
	g.statements(n)
	g.scope = g.scope[:outer]
	g.depth--
}

func (g *generator) let() {
	v := variable{name: g.fresh("x"), of: choose(g, g.shapes)}
	g.line("let mut %s: %s = %s;", v.name, v.of.name, g.expr(v.of, 3))
	g.scope = append(g.scope, v)
}
