package linker_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/linker"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// Linkers of a family have other functions under the same names, and the same types.
func TestBeside(t *testing.T) {
	first := linker.New(load(t), types.DefaultLimits(), linker.Options{TestOnly: true})
	changed := load(t)
	edit(t, changed, std("option"), func(m *bytecode.Module) {
		m.FunctionDefs[function(m, "is_some")].Entry = true
	})
	second := first.Beside(changed)
	for i, l := range []*linker.Linker{first, second} {
		f, err := l.Function(std("option"), "is_some")
		if err != nil {
			t.Fatal(err)
		}
		if f.Entry != (i == 1) {
			t.Errorf("linker %d has the code of the other", i)
		}
	}
	a, err := first.Datatype(std("option"), "Option")
	if err != nil {
		t.Fatal(err)
	}
	b, err := second.Datatype(std("option"), "Option")
	if err != nil {
		t.Fatal(err)
	}
	if a != b || first.Universe() != second.Universe() {
		t.Error("a family has two types for one declaration")
	}
}

func TestBesideRefusesOtherDeclarations(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(m *bytecode.Module)
	}{
		{"abilities", func(m *bytecode.Module) {
			m.Datatypes[m.Structs[0].Handle].Abilities = types.Drop
		}},
		{"type parameters", func(m *bytecode.Module) {
			p := &m.Datatypes[m.Structs[0].Handle].Params
			*p = slices.Clone(*p)
			(*p)[0].Phantom = true
		}},
		{"a field's type", func(m *bytecode.Module) {
			m.Structs[0].Fields[0].Type = bytecode.Token{Kind: types.U64}
		}},
		{"a field's name", func(m *bytecode.Module) {
			m.Structs[0].Fields[0].Name = m.Functions[0].Name
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			first := linker.New(load(t), types.DefaultLimits(), linker.Options{TestOnly: true})
			if _, err := first.Module(std("option")); err != nil {
				t.Fatal(err)
			}
			changed := load(t)
			edit(t, changed, std("option"), c.change)
			if _, err := first.Beside(changed).Module(std("option")); !errors.Is(err, status.TypeMismatch) {
				t.Errorf("got %v", err)
			}
			if _, err := first.Beside(load(t)).Module(std("option")); err != nil {
				t.Errorf("the family no longer links what it knew: %v", err)
			}
		})
	}
}
