package packages_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/move"
)

const (
	two  = "0x0000000000000000000000000000000000000000000000000000000000000002"
	coin = two + "::coin::Coin<" + two + "::sui::SUI>"
)

func TestParseTypeTag(t *testing.T) {
	for text, want := range map[string]string{
		"u64":                                    "u64",
		"address":                                "address",
		"vector<u8>":                             "vector<u8>",
		"vector<vector<bool>>":                   "vector<vector<bool>>",
		"0x2::sui::SUI":                          two + "::sui::SUI",
		"0x2::coin::Coin<0x2::sui::SUI>":         coin,
		"0x2::m::Two<u8, vector<0x2::a::B>>":     two + "::m::Two<u8,vector<" + two + "::a::B>>",
		"0x2::m::Two<0x2::a::B<u8> , 0x2::c::D>": two + "::m::Two<" + two + "::a::B<u8>," + two + "::c::D>",
		coin:                                     coin,
	} {
		tag, err := packages.ParseTypeTag(text)
		if err != nil || tag.String() != want {
			t.Errorf("%s: %s, %v", text, tag, err)
		}
	}
	for _, text := range []string{"", "u65", "vector", "vector<>", "vector<u8", "vector<u8,u8>", "u8>", "u8<u8>", "0x2", "0x2::a", "0x2::a::", "0x2::a::B<",
		"0x2::a::B<>", "0x2::a::B<u8>u8", "0x2::a::B::C", "2::a::B", "0x::a::B", "&u8", strings.Repeat("vector<", 200) + "u8" + strings.Repeat(">", 200),
		strings.Repeat("a", 1<<20)} {
		if tag, err := packages.ParseTypeTag(text); !errors.Is(err, packages.ErrTag) {
			t.Errorf("%.40q: %v, %v", text, tag, err)
		}
	}
}

// Numbers of type tags in BCS, of which the later ones came later.
func TestTypeTagBCS(t *testing.T) {
	for text, want := range map[string][]byte{
		"bool": {0}, "u8": {1}, "u64": {2}, "u128": {3}, "address": {4}, "signer": {5}, "vector<u8>": {6, 1}, "u16": {8}, "u32": {9}, "u256": {10},
		"0x2::a::B<u8>": append(append([]byte{7}, types2()...), 1, 'a', 1, 'B', 1, 1),
	} {
		tag, err := packages.ParseTypeTag(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := tag.AppendBCS(nil); !bytes.Equal(got, want) {
			t.Errorf("%s: %x, want %x", text, got, want)
		}
	}
}

func types2() []byte {
	a := types.ShortAddress(2)
	return a[:]
}

func FuzzParseTypeTag(f *testing.F) {
	for _, s := range []string{"u8", coin, "vector<vector<u8>>", "0x2::m::Two<u8, address>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tag, err := packages.ParseTypeTag(s)
		if err != nil {
			return
		}
		again, err := packages.ParseTypeTag(tag.String())
		if err != nil || again.String() != tag.String() || !bytes.Equal(again.AppendBCS(nil), tag.AppendBCS(nil)) {
			t.Errorf("%q becomes %q, then %q (%v)", s, tag, again, err)
		}
	})
}

// The digest that an upgrade is authorized for is the one that the compiler computes.
func TestDigest(t *testing.T) {
	set, err := move.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"wal", "floe"} {
		p, err := set.Package(name)
		if err != nil {
			t.Fatal(err)
		}
		var modules [][]byte
		for _, m := range p.Modules {
			modules = append(modules, m.Bytecode)
		}
		var dependencies []types.Address
		for _, d := range p.Dependencies {
			dependencies = append(dependencies, types.Address(d))
		}
		if packages.Digest(modules, dependencies) != p.Digest {
			t.Errorf("%s has another digest", name)
		}
	}
}

// store makes packages without modules.
type store struct{ asked int }

func (s *store) Package(id types.Address) (*packages.Package, error) {
	s.asked++
	if id == (types.Address{}) {
		return nil, nil
	}
	return &packages.Package{ID: id, Original: id, Version: 1}, nil
}

// A Loader asks for a package once, and begins anew when it has many.
func TestLoader(t *testing.T) {
	s := &store{}
	l := packages.NewLoader(s)
	first := l.View()
	for range 3 {
		if _, err := l.View().Package(types.Address{1}); err != nil {
			t.Fatal(err)
		}
	}
	if s.asked != 1 || l.View() != first {
		t.Errorf("asked %d times", s.asked)
	}
	if _, err := l.View().Package(types.Address{}); !errors.Is(err, packages.ErrNoPackage) {
		t.Errorf("got %v", err)
	}
	apart := l.Apart()
	apart.Add(&packages.Package{ID: types.Address{}, Version: 7})
	if p, err := apart.Package(types.Address{}); err != nil || p.Version != 7 {
		t.Errorf("got %v, %v", p, err)
	}
	if _, err := l.View().Package(types.Address{}); !errors.Is(err, packages.ErrNoPackage) {
		t.Errorf("a package that was added apart is seen by all: %v", err)
	}
	for i := range 200 {
		if _, err := l.View().Package(types.Address{2, byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if l.View() == first {
		t.Error("a view grows without bound")
	}
}
