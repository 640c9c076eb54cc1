package values_test

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
)

var widths = map[types.Kind]uint{types.U8: 8, types.U16: 16, types.U32: 32, types.U64: 64, types.U128: 128, types.U256: 256}

// integer makes a Move integer by way of BCS.
func integer(t *testing.T, k types.Kind, x *big.Int) values.Value {
	t.Helper()
	b := make([]byte, widths[k]/8)
	x.FillBytes(b)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	v, err := values.Unmarshal(b, types.OfKind(k))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// sample is a number of up to some bits, often near a power of two.
func sample(rng *rand.Rand, bits uint) *big.Int {
	x := new(big.Int)
	for range 4 {
		x.Lsh(x, 64).Or(x, new(big.Int).SetUint64(rng.Uint64()))
	}
	switch rng.IntN(4) {
	case 0:
		x.Rsh(x, 256-uint(rng.IntN(int(bits)+1)))
	case 1:
		x.Lsh(big.NewInt(1), uint(rng.IntN(int(bits))))
	case 2:
		x.Sub(x.Lsh(big.NewInt(1), uint(rng.IntN(int(bits)+1))), big.NewInt(1))
	}
	return x.And(x, most(bits))
}

func most(bits uint) *big.Int {
	return new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), bits), big.NewInt(1))
}

// expect compares with the true result; nil or one out of range stands for an arithmetic error.
func expect(t *testing.T, what string, got values.Value, err error, k types.Kind, want *big.Int) {
	t.Helper()
	if want == nil || want.Sign() < 0 || want.Cmp(most(widths[k])) > 0 {
		if !errors.Is(err, status.ArithmeticError) {
			t.Fatalf("%s = %v, %v; want an arithmetic error", what, got, err)
		}
		return
	}
	if err != nil {
		t.Fatalf("%s: %v, want %v", what, err, want)
	}
	if same, err := values.Equal(got, integer(t, k, want)); err != nil || !same {
		t.Fatalf("%s = %v, want %v", what, got, want)
	}
}

func TestArithmetic(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	divide := func(f func(z, x, y *big.Int) *big.Int) func(x, y *big.Int) *big.Int {
		return func(x, y *big.Int) *big.Int {
			if y.Sign() == 0 {
				return nil
			}
			return f(new(big.Int), x, y)
		}
	}
	plain := func(f func(z, x, y *big.Int) *big.Int) func(x, y *big.Int) *big.Int {
		return func(x, y *big.Int) *big.Int { return f(new(big.Int), x, y) }
	}
	truth := map[values.Op]func(x, y *big.Int) *big.Int{
		values.Add: plain((*big.Int).Add), values.Sub: plain((*big.Int).Sub), values.Mul: plain((*big.Int).Mul),
		values.Div: divide((*big.Int).Quo), values.Mod: divide((*big.Int).Rem), values.BitOr: plain((*big.Int).Or),
		values.BitAnd: plain((*big.Int).And), values.BitXor: plain((*big.Int).Xor),
	}
	for k, bits := range widths {
		for range 3000 {
			x, y := sample(rng, bits), sample(rng, bits)
			if rng.IntN(3) == 0 {
				y = sample(rng, bits/2)
			}
			a, b := integer(t, k, x), integer(t, k, y)
			for op, f := range truth {
				got, err := values.Binary(op, a, b)
				expect(t, a.String()+" op "+b.String(), got, err, k, f(x, y))
			}
			if less, err := values.Less(a, b); err != nil || less != (x.Cmp(y) < 0) {
				t.Fatalf("%v < %v is %v, %v", a, b, less, err)
			}
			n := uint(rng.IntN(256))
			var left, right *big.Int
			if n < bits {
				left = new(big.Int).And(new(big.Int).Lsh(x, n), most(bits))
				right = new(big.Int).Rsh(x, n)
			}
			got, err := values.Shift(a, values.U8(uint8(n)), true)
			expect(t, a.String()+" << ", got, err, k, left)
			got, err = values.Shift(a, values.U8(uint8(n)), false)
			expect(t, a.String()+" >> ", got, err, k, right)
			for to := range widths {
				got, err := values.Cast(a, to)
				expect(t, a.String()+" as "+to.String(), got, err, to, x)
			}
		}
	}
}

func TestArithmeticOfMismatchedTypes(t *testing.T) {
	for _, pair := range [][2]values.Value{
		{values.U8(1), values.U16(1)}, {values.Bool(true), values.Bool(true)}, {values.U64(1), {}},
		{values.Bytes(nil), values.Bytes(nil)}, {values.Address(types.Address{}), values.U256([32]byte{})},
	} {
		if _, err := values.Binary(values.Add, pair[0], pair[1]); !errors.Is(err, status.TypeMismatch) {
			t.Errorf("%v + %v: %v", pair[0], pair[1], err)
		}
		if _, err := values.Less(pair[0], pair[1]); !errors.Is(err, status.TypeMismatch) {
			t.Errorf("%v < %v: %v", pair[0], pair[1], err)
		}
	}
}
