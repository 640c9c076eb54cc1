package main

// A compression is worked out symbolically before it is written for an instruction set: words that are the same constant in every
// lane (the initial state, the zero words after a short message) are folded, and what no result needs is left out.

// kind says where a value is.
type kind int

const (
	constant kind = iota // the same known number in every lane
	state                // word index of the working state, one number a lane
	message              // word index of the message block, one number a lane
)

type value struct {
	kind   kind
	index  int
	number uint64
}

func number(n uint64) value  { return value{kind: constant, number: n} }
func stateWord(i int) value  { return value{kind: state, index: i} }
func blockWord(i int) value  { return value{kind: message, index: i} }
func (v value) isZero() bool { return v.kind == constant && v.number == 0 }

type opcode int

const (
	add opcode = iota
	xor
	rotateRight
)

// op is one lane-wise operation. dst = x add/xor y, or dst = x rotated right by y.number. Where x is a state word it is dst itself.
type op struct {
	code opcode
	dst  int
	x, y value
}

// digestWords are the words of the final state that a 32-byte digest depends on.
var digestWords = []int{0, 1, 2, 3, 8, 9, 10, 11}

// compression is the working out of the twelve rounds.
type compression struct {
	v   [16]value
	m   [16]value
	ops []op
}

// newCompression starts from the given working state with a message block whose words from count on are zero.
func newCompression(v [16]value, count int) *compression {
	c := &compression{v: v}
	for i := range c.m {
		if i < count {
			c.m[i] = blockWord(i)
		}
	}
	return c
}

// rounds appends the twelve rounds. Within a half round, groups of width mixings are interleaved operation by operation.
func (c *compression) rounds(width int) {
	for _, s := range sigma {
		for g := 0; g < len(quads); g += width {
			for half := range 2 {
				words := make([]int, width)
				for k := range words {
					words[k] = s[2*(g+k)+half]
				}
				c.halfMixings(quads[g:g+width], words, half)
			}
		}
	}
}

// halfMixings appends one half of each mixing: a += b + m, d = (d ^ a) >>> r, c += d, b = (b ^ c) >>> r'.
func (c *compression) halfMixings(quads [][4]int, words []int, half int) {
	// The message is added first, because b comes late, unless a and b are known numbers.
	first, second := make([]value, len(quads)), make([]value, len(quads))
	for k, q := range quads {
		first[k], second[k] = c.m[words[k]], c.v[q[1]]
		if c.v[q[0]].kind == constant && second[k].kind == constant {
			first[k], second[k] = second[k], first[k]
		}
	}
	for k, q := range quads {
		c.apply(add, q[0], first[k])
	}
	for k, q := range quads {
		c.apply(add, q[0], second[k])
	}
	for _, q := range quads {
		c.apply(xor, q[3], c.v[q[0]])
	}
	for _, q := range quads {
		c.apply(rotateRight, q[3], number([2]uint64{32, 16}[half]))
	}
	for _, q := range quads {
		c.apply(add, q[2], c.v[q[3]])
	}
	for _, q := range quads {
		c.apply(xor, q[1], c.v[q[2]])
	}
	for _, q := range quads {
		c.apply(rotateRight, q[1], number([2]uint64{24, 63}[half]))
	}
}

// apply computes v[dst] = v[dst] code y, at once where both are known.
func (c *compression) apply(code opcode, dst int, y value) {
	x := c.v[dst]
	switch {
	case x.kind == constant && y.kind == constant:
		c.v[dst] = number(fold(code, x.number, y.number))
	case code == add && y.isZero():
	default:
		c.ops = append(c.ops, op{code: code, dst: dst, x: x, y: y})
		c.v[dst] = stateWord(dst)
	}
}

func fold(code opcode, x, y uint64) uint64 {
	switch code {
	case add:
		return x + y
	case xor:
		return x ^ y
	default:
		return x>>y | x<<(64-y)
	}
}

// keep drops the operations that none of the given words of the final state depends on.
func (c *compression) keep(words ...int) {
	var live [16]bool
	for _, w := range words {
		live[w] = true
	}
	kept := make([]bool, len(c.ops))
	for i := len(c.ops) - 1; i >= 0; i-- {
		o := c.ops[i]
		if !live[o.dst] {
			continue
		}
		kept[i] = true
		live[o.dst] = o.x.kind == state
		if o.y.kind == state {
			live[o.y.index] = true
		}
	}
	var ops []op
	for i, o := range c.ops {
		if kept[i] {
			ops = append(ops, o)
		}
	}
	c.ops = ops
}
