package packages_test

import (
	"errors"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/move"
)

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
