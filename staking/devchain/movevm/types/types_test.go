package types_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

var module = types.ModuleID{Address: ptb.ShortAddress(9), Name: "m"}

// generic declares a struct with one type parameter and a field of a type.
func generic(t *testing.T, u *types.Universe, name string, a types.Abilities, phantom bool, field func(parameter *types.Type) *types.Type) *types.Datatype {
	t.Helper()
	p, err := u.ParameterOf(0)
	if err != nil {
		t.Fatal(err)
	}
	return &types.Datatype{Module: module, Name: name, Abilities: a, Params: []types.TypeParameter{{Phantom: phantom}},
		Variants: []types.Variant{{Fields: []types.Field{{Name: "x", Type: field(p)}}}}}
}

func itself(p *types.Type) *types.Type { return p }
func number(*types.Type) *types.Type   { return types.U8Type }

func TestInterning(t *testing.T) {
	u := types.NewUniverse(types.DefaultLimits())
	box := generic(t, u, "Box", types.AllAbilities, false, itself)
	a, err := u.Instance(box, []*types.Type{types.BytesType})
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := u.VectorOf(types.U8Type)
	if err != nil || bytes != types.BytesType {
		t.Fatalf("vector<u8> is another type: %v", err)
	}
	p, err := u.ParameterOf(0)
	if err != nil {
		t.Fatal(err)
	}
	open, err := u.Instance(box, []*types.Type{p})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := u.Substitute(open, []*types.Type{bytes}); err != nil || b != a {
		t.Errorf("%v is not %v: %v", b, a, err)
	}
	if _, err := u.Substitute(open, nil); !errors.Is(err, status.IndexOutOfBounds) {
		t.Errorf("a parameter without argument: %v", err)
	}
	want := "0x" + strings.Repeat("0", 63) + "9::m::Box<vector<u8>>"
	if a.String() != want {
		t.Errorf("%s, want %s", a, want)
	}
}

func TestAbilitiesOfInstances(t *testing.T) {
	u := types.NewUniverse(types.DefaultLimits())
	plain := generic(t, u, "Plain", types.AllAbilities, false, itself)
	phantom := generic(t, u, "Phantom", types.AllAbilities, true, number)
	for _, c := range []struct {
		def  *types.Datatype
		arg  *types.Type
		want types.Abilities
	}{
		{plain, types.U8Type, types.AllAbilities},
		{plain, types.SignerType, types.Drop},
		{phantom, types.SignerType, types.AllAbilities},
	} {
		got, err := u.Instance(c.def, []*types.Type{c.arg})
		if err != nil || got.Abilities() != c.want {
			t.Errorf("%s of %s has %s, want %s (%v)", c.def.Name, c.arg, got.Abilities(), c.want, err)
		}
	}
	strict := generic(t, u, "Strict", types.Drop, false, itself)
	strict.Params[0].Constraints = types.Copy
	if _, err := u.Instance(strict, []*types.Type{types.SignerType}); !errors.Is(err, status.ConstraintNotMet) {
		t.Errorf("constraint: %v", err)
	}
}

func TestLayouts(t *testing.T) {
	u := types.NewUniverse(types.DefaultLimits())
	vector := func(p *types.Type) *types.Type {
		v, err := u.VectorOf(p)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	// Ever larger instances of itself.
	growing := generic(t, u, "Growing", types.Drop, false, itself)
	inner, err := u.Instance(growing, []*types.Type{vector(growing.Variants[0].Fields[0].Type)})
	if err != nil {
		t.Fatal(err)
	}
	growing.Variants[0].Fields[0].Type = inner
	// Itself.
	loop := &types.Datatype{Module: module, Name: "Loop", Abilities: types.Drop}
	self, err := u.Instance(loop, nil)
	if err != nil {
		t.Fatal(err)
	}
	loop.Variants = []types.Variant{{Fields: []types.Field{{Name: "x", Type: self}}}}
	// More abilities than its field.
	proud := &types.Datatype{Module: module, Name: "Proud", Abilities: types.Copy | types.Drop,
		Variants: []types.Variant{{Fields: []types.Field{{Name: "x", Type: types.SignerType}}}}}
	// Deep but finite: each of two fields holds the next, which must not take exponential time.
	deep := types.U8Type
	for i := range 150 {
		d := &types.Datatype{Module: module, Name: "D" + strings.Repeat("i", i), Abilities: types.Drop,
			Variants: []types.Variant{{Fields: []types.Field{{Name: "a", Type: deep}, {Name: "b", Type: deep}}}}}
		if deep, err = u.Instance(d, nil); err != nil {
			t.Fatal(err)
		}
		_, err := u.Layout(deep)
		if ok := i+2 <= types.DefaultLimits().ValueDepth; ok != (err == nil) || !ok && !errors.Is(err, status.VMMaxValueDepthReached) {
			t.Fatalf("depth %d: %v", i+2, err)
		}
	}
	ofU8, err := u.Instance(growing, []*types.Type{types.U8Type})
	if err != nil {
		t.Fatal(err)
	}
	proudType, err := u.Instance(proud, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		typ  *types.Type
		want status.Code
	}{
		{ofU8, status.VMMaxValueDepthReached},
		{self, status.VMMaxValueDepthReached},
		{proudType, status.ConstraintNotMet},
		{inner, status.InvalidSignature}, // open
	} {
		if _, err := u.Layout(c.typ); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.typ, err, c.want)
		}
	}
}

func TestUniverseIsBounded(t *testing.T) {
	limits := types.DefaultLimits()
	limits.Types = 10
	u := types.NewUniverse(limits)
	typ := types.U16Type
	var err error
	for range 20 {
		if typ, err = u.VectorOf(typ); err != nil {
			break
		}
	}
	if !errors.Is(err, status.TooManyTypeNodes) {
		t.Errorf("20 types in a universe of 10: %v", err)
	}
}

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]string{
		"0x2":                          "0x" + strings.Repeat("0", 63) + "2",
		"0xabc":                        "0x" + strings.Repeat("0", 61) + "abc",
		"0x" + strings.Repeat("f", 64): "0x" + strings.Repeat("f", 64),
		"2":                            "",
		"0x":                           "",
		"0xg":                          "",
		"0x" + strings.Repeat("f", 65): "",
	} {
		a, err := ptb.ParseAddress(text)
		if (err == nil) != (want != "") || err == nil && a.String() != want {
			t.Errorf("%s: %v, %v", text, a, err)
		}
	}
}

// Kinds of type tags are kinds of types.
func TestKindsOfTags(t *testing.T) {
	for k := ptb.None; k <= ptb.Struct; k++ {
		if got := types.Kind(k).String(); got != k.String() {
			t.Errorf("kind %d is %s here and %s in a tag", k, got, k)
		}
	}
}
