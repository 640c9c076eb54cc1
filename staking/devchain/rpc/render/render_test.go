package render_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/rpc/render"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// framework has the packages of the framework.
type framework map[ptb.Address]*packages.Package

func (f framework) Package(id ptb.Address) (*packages.Package, error) { return f[id], nil }

func view(tb testing.TB) *packages.View {
	tb.Helper()
	set, err := move.Embedded()
	if err != nil {
		tb.Fatal(err)
	}
	f := make(framework)
	var before []*packages.Package
	for _, p := range set.Packages[:2] {
		var modules [][]byte
		for _, m := range p.Modules {
			modules = append(modules, m.Bytecode)
		}
		built, err := packages.System(ptb.Address(p.Address), modules, before)
		if err != nil {
			tb.Fatal(err)
		}
		before = append(before, built)
		f[built.ID] = built
	}
	return packages.NewLoader(f).View()
}

func join(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func u64(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

func TestJSON(t *testing.T) {
	v := view(t)
	id := ptb.ShortAddress(0x77)
	wide := make([]byte, 32)
	wide[16], wide[0] = 1, 2
	for _, c := range []struct {
		spelling string
		contents []byte
		want     string
	}{
		{"bool", []byte{1}, `true`},
		{"u8", []byte{255}, `255`},
		{"u16", []byte{1, 2}, `513`},
		{"u32", []byte{0, 0, 0, 128}, `2147483648`},
		{"u64", u64(1 << 63), `"9223372036854775808"`},
		{"u128", wide[16-8 : 16-8+16], `"18446744073709551616"`},
		{"u256", wide, `"340282366920938463463374607431768211458"`},
		{"address", id[:], `"0x0000000000000000000000000000000000000000000000000000000000000077"`},
		{"vector<u8>", []byte{3, 1, 2, 3}, `"AQID"`},
		{"vector<u16>", []byte{2, 1, 0, 2, 0}, `[1, 2]`},
		{"vector<bool>", []byte{0}, `[]`},
		{"0x1::string::String", []byte{3, 'a', '"', 'b'}, `"a\"b"`},
		{"0x1::ascii::String", []byte{1, 'a'}, `"a"`},
		{"0x1::option::Option<u64>", []byte{0}, `null`},
		{"0x1::option::Option<u64>", join([]byte{1}, u64(5)), `"5"`},
		{"0x1::option::Option<u8>", []byte{1, 5}, `5`},
		{"0x1::option::Option<vector<u8>>", []byte{1, 1, 5}, `"BQ=="`},
		{"0x2::object::ID", id[:], `"0x0000000000000000000000000000000000000000000000000000000000000077"`},
		{"0x2::balance::Balance<0x2::sui::SUI>", u64(9), `"9"`},
		{"0x2::coin::Coin<0x2::sui::SUI>", join(id[:], u64(9)),
			`{"id": "0x0000000000000000000000000000000000000000000000000000000000000077", "balance": "9"}`},
		{"0x2::table::Table<u64,bool>", join(id[:], u64(2)),
			`{"id": "0x0000000000000000000000000000000000000000000000000000000000000077", "size": "2"}`},
	} {
		t.Run(c.spelling, func(t *testing.T) {
			m, err := render.JSON(typeOf(t, v, c.spelling), c.contents)
			if err != nil {
				t.Fatal(err)
			}
			got, err := protojson.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if !sameJSON(t, string(got), c.want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func typeOf(tb testing.TB, v *packages.View, spelling string) *types.Type {
	tb.Helper()
	tag, err := ptb.ParseTypeTag(spelling)
	if err != nil {
		tb.Fatal(err)
	}
	ty, err := v.Type(tag)
	if err != nil {
		tb.Fatal(err)
	}
	return ty
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	spell := func(s string) string {
		var v any
		if err := json.Unmarshal([]byte(s), &v); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(again)
	}
	return spell(a) == spell(b)
}

// TestVariants renders an enum, which the framework has none of.
func TestVariants(t *testing.T) {
	u := types.NewUniverse(types.DefaultLimits())
	def := &types.Datatype{
		Module: types.ModuleID{Address: ptb.ShortAddress(9), Name: "m"}, Name: "Shape", IsEnum: true, Abilities: types.Copy | types.Drop | types.Store,
		Variants: []types.Variant{{Name: "Dot"}, {Name: "Circle", Fields: []types.Field{{Name: "radius", Type: types.U64Type}}}},
	}
	ty, err := u.Instance(def, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Layout(ty); err != nil {
		t.Fatal(err)
	}
	for want, contents := range map[string][]byte{`{"@variant": "Dot"}`: {0}, `{"@variant": "Circle", "radius": "3"}`: join([]byte{1}, u64(3))} {
		m, err := render.JSON(ty, contents)
		if err != nil {
			t.Fatal(err)
		}
		got, err := protojson.Marshal(m)
		if err != nil || !sameJSON(t, string(got), want) {
			t.Errorf("got %s (%v), want %s", got, err, want)
		}
	}
}

func TestRefuses(t *testing.T) {
	v := view(t)
	big := join(binary.AppendUvarint(nil, render.MostNodes), make([]byte, render.MostNodes))
	if _, err := render.JSON(typeOf(t, v, "vector<bool>"), big); !errors.Is(err, render.ErrTooBig) {
		t.Errorf("too big: %v", err)
	}
	for _, contents := range [][]byte{nil, {2}, {1, 0}} {
		if _, err := render.JSON(typeOf(t, v, "bool"), contents); err == nil {
			t.Errorf("contents %x were rendered", contents)
		}
	}
}
