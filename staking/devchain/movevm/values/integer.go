package values

import (
	"math/big"
	"math/bits"

	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// Op is an operation on two integers of one type with a result of that type.
type Op uint8

// The operations. All but the bitwise ones fail with ArithmeticError rather than wrap.
const (
	Add Op = iota
	Sub
	Mul
	Div
	Mod
	BitOr
	BitAnd
	BitXor
)

var opNames = [...]string{Add: "+", Sub: "-", Mul: "*", Div: "/", Mod: "%", BitOr: "|", BitAnd: "&", BitXor: "^"}

// widths of integer kinds in bits.
var widths = [...]uint{types.U8: 8, types.U16: 16, types.U32: 32, types.U64: 64, types.U128: 128, types.U256: 256}

// Binary applies op to two integers of the same type.
func Binary(op Op, a, b Value) (Value, error) {
	if a.kind != b.kind || !a.kind.IsInteger() {
		return Value{}, status.New(status.TypeMismatch, "%s %s %s", Describe(a), opNames[op], Describe(b))
	}
	var r Value
	var ok bool
	switch {
	case a.kind <= types.U64:
		r, ok = narrow(op, a, b)
	case a.kind == types.U128:
		r, ok = double(op, a, b)
	default:
		r, ok = quadruple(op, a, b)
	}
	if !ok {
		return Value{}, status.New(status.ArithmeticError, "%s %s %s", a, opNames[op], b)
	}
	return r, nil
}

// narrow is Binary for up to 64 bits.
func narrow(op Op, a, b Value) (Value, bool) {
	var lo, over uint64
	switch op {
	case Add:
		lo, over = bits.Add64(a.lo, b.lo, 0)
	case Sub:
		lo, over = bits.Sub64(a.lo, b.lo, 0)
	case Mul:
		over, lo = bits.Mul64(a.lo, b.lo)
	case Div, Mod:
		if b.lo == 0 {
			return Value{}, false
		}
		if lo = a.lo / b.lo; op == Mod {
			lo = a.lo % b.lo
		}
	case BitOr:
		lo = a.lo | b.lo
	case BitAnd:
		lo = a.lo & b.lo
	case BitXor:
		lo = a.lo ^ b.lo
	}
	// A shift by 64 is 0 in Go, so that the second test is vacuous for u64.
	if over != 0 || lo>>widths[a.kind] != 0 {
		return Value{}, false
	}
	return Value{kind: a.kind, lo: lo}, true
}

// double is Binary for u128.
func double(op Op, a, b Value) (Value, bool) {
	var over uint64
	r := Value{kind: types.U128}
	switch op {
	case Add:
		r.lo, over = bits.Add64(a.lo, b.lo, 0)
		r.hi, over = bits.Add64(a.hi, b.hi, over)
	case Sub:
		r.lo, over = bits.Sub64(a.lo, b.lo, 0)
		r.hi, over = bits.Sub64(a.hi, b.hi, over)
	case Mul:
		if a.hi != 0 && b.hi != 0 {
			return r, false
		}
		var c1, c2 uint64
		r.hi, r.lo = bits.Mul64(a.lo, b.lo)
		over1, cross1 := bits.Mul64(a.hi, b.lo)
		over2, cross2 := bits.Mul64(a.lo, b.hi)
		r.hi, c1 = bits.Add64(r.hi, cross1, 0)
		r.hi, c2 = bits.Add64(r.hi, cross2, 0)
		over = over1 | over2 | c1 | c2
	case Div, Mod:
		switch {
		case b.lo == 0 && b.hi == 0:
			return r, false
		case b.hi == 0:
			var q, rest Value
			q.hi, rest.lo = a.hi/b.lo, a.hi%b.lo
			q.lo, rest.lo = bits.Div64(rest.lo, a.lo, b.lo)
			if op == Mod {
				q = rest
			}
			r.lo, r.hi = q.lo, q.hi
		default:
			l := divide(op, a, b)
			r.lo, r.hi = l[0], l[1]
		}
	case BitOr:
		r.lo, r.hi = a.lo|b.lo, a.hi|b.hi
	case BitAnd:
		r.lo, r.hi = a.lo&b.lo, a.hi&b.hi
	case BitXor:
		r.lo, r.hi = a.lo^b.lo, a.hi^b.hi
	}
	return r, over == 0
}

// quadruple is Binary for u256.
func quadruple(op Op, a, b Value) (Value, bool) {
	x, y := a.limbs(), b.limbs()
	var r [4]uint64
	var over uint64
	switch op {
	case Add:
		for i := range r {
			r[i], over = bits.Add64(x[i], y[i], over)
		}
	case Sub:
		for i := range r {
			r[i], over = bits.Sub64(x[i], y[i], over)
		}
	case Mul:
		r, over = multiply(x, y)
	case Div, Mod:
		if y == [4]uint64{} {
			return Value{}, false
		}
		r = divide(op, a, b)
	case BitOr:
		for i := range r {
			r[i] = x[i] | y[i]
		}
	case BitAnd:
		for i := range r {
			r[i] = x[i] & y[i]
		}
	case BitXor:
		for i := range r {
			r[i] = x[i] ^ y[i]
		}
	}
	if over != 0 {
		return Value{}, false
	}
	return fromLimbs(r), true
}

// multiply is the product modulo 2^256; over is not 0 when that is not the whole product.
func multiply(x, y [4]uint64) (r [4]uint64, over uint64) {
	var wide [8]uint64
	for i := range x {
		var carry uint64
		for j := range y {
			hi, lo := bits.Mul64(x[i], y[j])
			var c uint64
			lo, c = bits.Add64(lo, carry, 0)
			hi += c
			wide[i+j], c = bits.Add64(wide[i+j], lo, 0)
			carry = hi + c
		}
		wide[i+4] = carry
	}
	copy(r[:], wide[:4])
	return r, wide[4] | wide[5] | wide[6] | wide[7]
}

// divide is the quotient or the remainder of wide integers. Division by what fills more than 64 bits is rare enough in
// contracts to be left to math/big.
func divide(op Op, a, b Value) [4]uint64 {
	q, rest := new(big.Int).QuoRem(a.big(), b.big(), new(big.Int))
	if op == Mod {
		q = rest
	}
	var be [32]byte
	q.FillBytes(be[:])
	var l [4]uint64
	for i, x := range be {
		l[3-i/8] = l[3-i/8]<<8 | uint64(x)
	}
	return l
}

// big is the value of an integer.
func (v Value) big() *big.Int {
	l := v.limbs()
	var be [32]byte
	for i := range be {
		be[31-i] = byte(l[i/8] >> (8 * (i % 8)))
	}
	return new(big.Int).SetBytes(be[:])
}

// Shift moves the bits of an integer to the left or right by a u8. Bits that leave are lost; shifting by the width or
// more fails with ArithmeticError.
func Shift(v, by Value, left bool) (Value, error) {
	if by.kind != types.U8 || !v.kind.IsInteger() {
		return Value{}, status.New(status.TypeMismatch, "%s shifted by %s", Describe(v), Describe(by))
	}
	n, width := uint(by.lo), widths[v.kind]
	if n >= width {
		return Value{}, status.New(status.ArithmeticError, "%s shifted by %d bits", v.kind, n)
	}
	l := v.limbs()
	var r [4]uint64
	words, rest := int(n/64), n%64
	for i := range r {
		if left {
			if i >= words {
				r[i] = l[i-words] << rest
			}
			if i > words {
				r[i] |= l[i-words-1] >> (64 - rest) // a shift by 64 gives 0
			}
			continue
		}
		if i+words < 4 {
			r[i] = l[i+words] >> rest
		}
		if i+words+1 < 4 {
			r[i] |= l[i+words+1] << (64 - rest)
		}
	}
	return cut(r, v.kind), nil
}

// cut makes an integer of a kind from the low bits of l.
func cut(l [4]uint64, k types.Kind) Value {
	switch k {
	case types.U256:
		return fromLimbs(l)
	case types.U128:
		return Value{kind: k, lo: l[0], hi: l[1]} //nolint:gosec // there are four
	default:
		// A shift by 64 gives 0, and all bits stay.
		return Value{kind: k, lo: l[0] & (1<<widths[k] - 1)} //nolint:gosec // there are four
	}
}

// Cast makes an integer of another kind, with ArithmeticError where it does not fit.
func Cast(v Value, k types.Kind) (Value, error) {
	if !v.kind.IsInteger() || !k.IsInteger() {
		return Value{}, status.New(status.TypeMismatch, "%s cast to %s", Describe(v), k)
	}
	l := v.limbs()
	r := cut(l, k)
	if r.limbs() != l {
		return Value{}, status.New(status.ArithmeticError, "%s cast to %s", v, k)
	}
	return r, nil
}

// Less compares two integers of one type.
func Less(a, b Value) (bool, error) {
	if a.kind != b.kind || !a.kind.IsInteger() {
		return false, status.New(status.TypeMismatch, "%s < %s", Describe(a), Describe(b))
	}
	if a.kind <= types.U64 {
		return a.lo < b.lo, nil
	}
	x, y := a.limbs(), b.limbs()
	for i := 3; i > 0; i-- {
		if x[i] != y[i] {
			return x[i] < y[i], nil
		}
	}
	return x[0] < y[0], nil
}
