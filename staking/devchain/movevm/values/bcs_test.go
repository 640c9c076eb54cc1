package values_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// zoo has types with a bit of everything.
type zoo struct {
	u                  *types.Universe
	pair, pairs, maybe *types.Type
	words, flags       *types.Type
}

func newZoo(t testing.TB) zoo {
	t.Helper()
	z := zoo{u: types.NewUniverse(types.DefaultLimits())}
	must := func(typ *types.Type, err error) *types.Type {
		if err != nil {
			t.Fatal(err)
		}
		return typ
	}
	parameter := must(z.u.ParameterOf(0))
	id := types.ModuleID{Address: ptb.ShortAddress(7), Name: "zoo"}
	pair := &types.Datatype{Module: id, Name: "Pair", Abilities: types.Primitive, Variants: []types.Variant{
		{Fields: []types.Field{{Name: "a", Type: types.U16Type}, {Name: "b", Type: types.BytesType}}}}}
	maybe := &types.Datatype{Module: id, Name: "Maybe", Abilities: types.Primitive, IsEnum: true,
		Params: []types.TypeParameter{{}}, Variants: []types.Variant{{Name: "None"},
			{Name: "Some", Fields: []types.Field{{Name: "x", Type: parameter}, {Name: "wide", Type: types.U128Type}}}}}
	z.pair = must(z.u.Instance(pair, nil))
	z.pairs = must(z.u.VectorOf(z.pair))
	z.maybe = must(z.u.Instance(maybe, []*types.Type{z.pairs}))
	z.words = must(z.u.VectorOf(types.U256Type))
	z.flags = must(z.u.VectorOf(types.BoolType))
	for _, typ := range z.all() {
		if _, err := z.u.Layout(typ); err != nil {
			t.Fatal(err)
		}
	}
	return z
}

func (z zoo) all() []*types.Type {
	return []*types.Type{z.pair, z.pairs, z.maybe, z.words, z.flags, types.AddressType, types.U64Type, types.BytesType}
}

func TestUnmarshal(t *testing.T) {
	z := newZoo(t)
	wide := "0100000000000000000000000000000000000000000000000000000000000000"
	for _, c := range []struct {
		name  string
		typ   *types.Type
		bytes string
		ok    bool
	}{
		{"u64", types.U64Type, "0100000000000080", true},
		{"short u64", types.U64Type, "01000000000000", false},
		{"long u64", types.U64Type, "010000000000000000", false},
		{"bool", types.BoolType, "01", true},
		{"bool of 2", types.BoolType, "02", false},
		{"address", types.AddressType, wide, true},
		{"bytes", types.BytesType, "03616263", true},
		{"bytes cut off", types.BytesType, "036162", false},
		{"length not canonical", types.BytesType, "8000", false},
		{"length of five bytes", types.BytesType, "ffffffff7f", false},
		{"length beyond the input", z.words, "ffffffff0f" + wide, false},
		{"words", z.words, "02" + wide + wide, true},
		{"flags", z.flags, "03000100", true},
		{"struct", z.pair, "01020161", true},
		{"structs", z.pairs, "02" + "01020161" + "030400", true},
		{"variant without fields", z.maybe, "00", true},
		{"variant with fields", z.maybe, "01" + "01" + "030400" + wide[:32], true},
		{"variant that is none", z.maybe, "02", false},
		{"variant not canonical", z.maybe, "8000", false},
		{"signer", types.SignerType, wide, false},
		{"nothing", z.pair, "", false},
	} {
		b, err := hex.DecodeString(c.bytes)
		if err != nil {
			t.Fatal(err)
		}
		v, err := values.Unmarshal(b, c.typ)
		if (err == nil) != c.ok || err != nil && !errors.Is(err, status.FailedDeserialize) {
			t.Errorf("%s: %v, %v", c.name, v, err)
			continue
		}
		if err != nil {
			continue
		}
		if got, err := values.Marshal(v, len(b)); err != nil || !bytes.Equal(got, b) {
			t.Errorf("%s: %x, %v", c.name, got, err)
		}
		if _, err := values.Marshal(v, len(b)-1); !errors.Is(err, status.MemoryLimitExceeded) {
			t.Errorf("%s: beyond the limit: %v", c.name, err)
		}
		if values.TypeOf(v) != c.typ {
			t.Errorf("%s: it is %s", c.name, values.Describe(v))
		}
	}
}

func TestCopyIsSeparate(t *testing.T) {
	z := newZoo(t)
	b, _ := hex.DecodeString("0101020161")
	v, err := values.Unmarshal(b, z.pairs)
	if err != nil {
		t.Fatal(err)
	}
	cell := values.NewCell(v)
	second := values.Copy(v)
	ref, err := cell.Borrow(true).Element(z.pairs, 0, true)
	if err != nil {
		t.Fatal(err)
	}
	field, err := ref.Field(z.pair, 1, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := field.PushBack(types.BytesType, values.U8(0x62)); err != nil {
		t.Fatal(err)
	}
	if same, err := values.Equal(v, second); err != nil || same {
		t.Errorf("the copy changed too: %v %v, %v", v, second, err)
	}
	if got, _ := values.Marshal(second, 100); !bytes.Equal(got, b) {
		t.Errorf("the copy is %x", got)
	}
	if got, _ := values.Marshal(v, 100); hex.EncodeToString(got) != "010102026162" {
		t.Errorf("the original is %x", got)
	}
	if values.Size(v) != values.Size(second)+1 {
		t.Errorf("sizes %d and %d", values.Size(v), values.Size(second))
	}
}

func FuzzUnmarshal(f *testing.F) {
	z := newZoo(f)
	f.Add(byte(0), []byte{1, 2, 1, 'a'})
	f.Add(byte(2), []byte{1, 1, 3, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, which byte, b []byte) {
		typ := z.all()[int(which)%len(z.all())]
		v, err := values.Unmarshal(b, typ)
		if err != nil {
			if !errors.Is(err, status.FailedDeserialize) {
				t.Error(err)
			}
			return
		}
		again, err := values.Marshal(v, len(b))
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x comes back as %x, %v", b, again, err)
		}
	})
}
