package linker_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/internal/fixture"
	"github.com/floe-network/floe/staking/devchain/movevm/linker"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func load(t *testing.T) fixture.Modules {
	t.Helper()
	all, err := fixture.Load("../testdata")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func std(name string) types.ModuleID {
	return types.ModuleID{Address: ptb.ShortAddress(1), Name: name}
}

// edit changes a module.
func edit(t *testing.T, all fixture.Modules, id types.ModuleID, change func(m *bytecode.Module)) {
	t.Helper()
	m, err := bytecode.Read(all[id])
	if err != nil {
		t.Fatal(err)
	}
	change(m)
	all[id] = m.Bytes()
}

func function(m *bytecode.Module, name string) int {
	return slices.IndexFunc(m.FunctionDefs, func(d bytecode.FunctionDef) bool {
		return m.Identifiers[m.Functions[d.Handle].Name] == name
	})
}

func TestLinking(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(all fixture.Modules)
		want   status.Code
	}{
		{"nothing", func(fixture.Modules) {}, 0},
		{"module missing", func(all fixture.Modules) { delete(all, std("option")) }, status.MissingDependency},
		{"module of a module missing", func(all fixture.Modules) { delete(all, std("address")) }, status.MissingDependency},
		{"another module", func(all fixture.Modules) { all[std("option")] = all[std("ascii")] }, status.MissingDependency},
		{"no module", func(all fixture.Modules) { all[std("option")] = []byte("no module at all") }, status.BadMagic},
		{"function missing", func(all fixture.Modules) {
			edit(t, all, std("option"), func(m *bytecode.Module) {
				m.FunctionDefs = slices.Delete(m.FunctionDefs, function(m, "extract"), function(m, "extract")+1)
			})
		}, status.MissingDependency},
		{"function private", func(all fixture.Modules) {
			edit(t, all, std("option"), func(m *bytecode.Module) { m.FunctionDefs[function(m, "extract")].Visibility = bytecode.Private })
		}, status.FunctionNotVisible},
		{"function for friends", func(all fixture.Modules) {
			edit(t, all, std("option"), func(m *bytecode.Module) { m.FunctionDefs[function(m, "extract")].Visibility = bytecode.Friend })
		}, status.FunctionNotVisible},
		{"function with other parameters", func(all fixture.Modules) {
			edit(t, all, std("hash"), func(m *bytecode.Module) {
				m.Signatures[m.Functions[0].Parameters] = bytecode.Signature{{Kind: types.U8}}
			})
		}, status.TypeMismatch},
		{"function that asks for more", func(all fixture.Modules) {
			edit(t, all, std("bcs"), func(m *bytecode.Module) {
				m.Functions[m.FunctionDefs[function(m, "to_bytes")].Handle].TypeParams[0] = types.Key
			})
		}, status.TypeMismatch},
		{"datatype with fewer abilities", func(all fixture.Modules) {
			edit(t, all, std("option"), func(m *bytecode.Module) { m.Datatypes[m.Structs[0].Handle].Abilities = 0 })
		}, status.TypeMismatch},
		{"datatype that is not defined", func(all fixture.Modules) {
			edit(t, all, std("option"), func(m *bytecode.Module) {
				own := m.Datatypes[m.Structs[0].Handle]
				m.Identifiers = append(m.Identifiers, "Undefined")
				own.Name = uint16(len(m.Identifiers) - 1)
				m.Datatypes = append(m.Datatypes, own)
			})
		}, status.MissingDependency},
		{"cycle", func(all fixture.Modules) {
			edit(t, all, std("hash"), func(m *bytecode.Module) {
				m.Addresses = append(m.Addresses, fixture.Handwritten.Address)
				m.Identifiers = append(m.Identifiers, fixture.Handwritten.Name)
				m.Modules = append(m.Modules, bytecode.ModuleHandle{Address: uint16(len(m.Addresses) - 1), Name: uint16(len(m.Identifiers) - 1)})
			})
		}, status.CyclicDependency},
	} {
		all := load(t)
		c.change(all)
		_, err := linker.New(all, types.DefaultLimits(), linker.Options{TestOnly: true}).Module(fixture.Handwritten)
		if status.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// TestContractsLink links all compiled packages at the addresses under which they know each other, and instantiates what
// takes no type arguments.
func TestContractsLink(t *testing.T) {
	const build = "../../../move/build"
	text, err := os.ReadFile(filepath.Join(build, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Packages []struct {
			Name, Placeholder string
			Modules           []string
		}
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	all := make(fixture.Modules)
	for _, p := range manifest.Packages {
		address, err := ptb.ParseAddress(p.Placeholder)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range p.Modules {
			b, err := os.ReadFile(filepath.Join(build, p.Name, name+".mv"))
			if err != nil {
				t.Fatal(err)
			}
			m, err := bytecode.Read(b)
			if err != nil {
				t.Fatal(err)
			}
			m.Addresses[m.Modules[m.Self].Address] = address
			all[m.SelfID()] = m.Bytes()
		}
	}
	l := linker.New(all, types.DefaultLimits(), linker.Options{})
	functions := 0
	for id := range all {
		m, err := l.Module(id)
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		for _, f := range m.Functions {
			if len(f.TypeParams) > 0 {
				continue
			}
			functions++
			inst, err := l.Instance(f, nil)
			if err != nil {
				t.Error(err)
				continue
			}
			for _, in := range inst.Code {
				if in.Op == linker.Fails {
					t.Errorf("%s: %v", f, in.Failure)
				}
			}
		}
	}
	if functions == 0 {
		t.Error("no functions")
	}
	t.Logf("%d modules, %d functions", len(all), functions)
}

func TestModulesForTestsAreRefused(t *testing.T) {
	_, err := linker.New(load(t), types.DefaultLimits(), linker.Options{}).Module(fixture.Handwritten)
	if !errors.Is(err, status.UnsupportedFeature) {
		t.Error(err)
	}
}

// TestConcurrentUse links and instantiates from several sides at once: all get the same.
func TestConcurrentUse(t *testing.T) {
	l := linker.New(load(t), types.DefaultLimits(), linker.Options{TestOnly: true})
	const sides = 8
	found := make([]*linker.Instance, sides)
	var wg sync.WaitGroup
	for i := range sides {
		wg.Go(func() {
			f, err := l.Function(fixture.Handwritten, "swap")
			if err != nil {
				t.Error(err)
				return
			}
			if found[i], err = l.Instance(f, []*types.Type{types.BytesType}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, inst := range found {
		if inst != found[0] {
			t.Error("two instances of one function and type")
		}
	}
}
