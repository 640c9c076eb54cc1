// Package packages has published Move packages: their form on chain, what publishing and upgrading make of modules, the
// rules of upgrades, and a Loader that links them.
//
// A package has two addresses. Its id is where this version is stored; its original id, under which code and values name
// it, is the id of its first version. Types that came with a later version are spelled with that version's id outside of
// code, in objects and events.
package packages

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// Package is a version of a package as stored. It is not changed.
type Package struct {
	ID       types.Address
	Original types.Address
	Version  uint64       // 1, 2, ...
	Modules  []Module     // by ascending name
	Origins  []TypeOrigin // in the order of declaration
	Linkage  []Dependency // by ascending original id
}

// Module is a compiled module of a package.
type Module struct {
	Name     string
	Bytecode []byte
}

// TypeOrigin says which version of the package first had a datatype.
type TypeOrigin struct {
	Module, Datatype string
	Package          types.Address
}

// Dependency is the version that stands for a package in the eyes of one that depends on it.
type Dependency struct {
	Original types.Address
	ID       types.Address
	Version  uint64
}

// Module is the bytecode of a module.
func (p *Package) Module(name string) ([]byte, bool) {
	i, ok := slices.BinarySearchFunc(p.Modules, name, func(m Module, name string) int { return cmp.Compare(m.Name, name) })
	if !ok {
		return nil, false
	}
	return p.Modules[i].Bytecode, true
}

// Dependency is the version of another package that this one links to.
func (p *Package) Dependency(original types.Address) (Dependency, bool) {
	i, ok := slices.BinarySearchFunc(p.Linkage, original, func(d Dependency, a types.Address) int {
		return bytes.Compare(d.Original[:], a[:])
	})
	if !ok {
		return Dependency{}, false
	}
	return p.Linkage[i], true
}

// Size is what Sui counts as the size of a package, in bytes.
func (p *Package) Size() int {
	const (
		version = 8
		id      = 32
	)
	size := version
	for _, m := range p.Modules {
		size += len(m.Name) + len(m.Bytecode)
	}
	for _, o := range p.Origins {
		size += len(o.Module) + len(o.Datatype) + id
	}
	return size + len(p.Linkage)*(id+id+version)
}

// AppendBCS appends the BCS of Sui's MovePackage.
func (p *Package) AppendBCS(b []byte) []byte {
	b = append(b, p.ID[:]...)
	b = binary.LittleEndian.AppendUint64(b, p.Version)
	b = binary.AppendUvarint(b, uint64(len(p.Modules)))
	// BCS orders the keys of a map by their bytes in BCS, where the length comes first.
	for _, m := range slices.SortedFunc(slices.Values(p.Modules), func(a, b Module) int {
		return bytes.Compare(appendString(nil, a.Name), appendString(nil, b.Name))
	}) {
		b = appendString(b, m.Name)
		b = binary.AppendUvarint(b, uint64(len(m.Bytecode)))
		b = append(b, m.Bytecode...)
	}
	b = binary.AppendUvarint(b, uint64(len(p.Origins)))
	for _, o := range p.Origins {
		b = appendString(b, o.Module)
		b = appendString(b, o.Datatype)
		b = append(b, o.Package[:]...)
	}
	b = binary.AppendUvarint(b, uint64(len(p.Linkage)))
	for _, d := range p.Linkage {
		b = append(b, d.Original[:]...)
		b = append(b, d.ID[:]...)
		b = binary.LittleEndian.AppendUint64(b, d.Version)
	}
	return b
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// Digest is what an upgrade is authorized for: BLAKE2b-256 of the sorted BLAKE2b-256 of the modules, as they are in the
// transaction, and ids of the dependencies.
func Digest(modules [][]byte, dependencies []types.Address) [32]byte {
	parts := make([][32]byte, 0, len(modules)+len(dependencies))
	for _, m := range modules {
		parts = append(parts, blake2b.Sum256(m))
	}
	for _, d := range dependencies {
		parts = append(parts, d)
	}
	slices.SortFunc(parts, func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) })
	var all []byte
	for _, p := range parts {
		all = append(all, p[:]...)
	}
	return blake2b.Sum256(all)
}

// System makes a package that a chain has from its beginning, from modules at its own address.
func System(id types.Address, modules [][]byte, dependencies []*Package) (*Package, error) {
	read, err := readModules(modules, id)
	if err != nil {
		return nil, err
	}
	p := &Package{ID: id, Original: id, Version: 1, Modules: stored(read), Origins: newOrigins(read, id)}
	p.Linkage, err = linkage(id, read, dependencies)
	return p, err
}

// Publish makes the first version of a package with an id, from modules at address zero in any order.
func Publish(id types.Address, modules [][]byte, dependencies []*Package, limits Limits) (*Package, error) {
	read, err := readModules(modules, types.Address{})
	if err != nil {
		return nil, err
	}
	renumber(read, id)
	p := &Package{ID: id, Original: id, Version: 1, Modules: stored(read), Origins: newOrigins(read, id)}
	return p.linked(read, dependencies, limits)
}

// Upgrade makes the next version of a package with an id, from modules at address zero in any order.
func Upgrade(id types.Address, old *Package, modules [][]byte, dependencies []*Package, limits Limits) (*Package, error) {
	read, err := readModules(modules, types.Address{})
	if err != nil {
		return nil, err
	}
	renumber(read, old.Original)
	p := &Package{ID: id, Original: old.Original, Version: old.Version + 1, Modules: stored(read), Origins: newOrigins(read, id)}
	kept := 0
	for i, o := range p.Origins {
		if was, ok := old.origin(o.Module, o.Datatype); ok {
			p.Origins[i].Package = was
			kept++
		}
	}
	if kept != len(old.Origins) {
		return nil, fmt.Errorf("%w: %d of %d datatypes are gone", ErrIncompatible, len(old.Origins)-kept, len(old.Origins))
	}
	return p.linked(read, dependencies, limits)
}

func (p *Package) linked(modules []*bytecode.Module, dependencies []*Package, limits Limits) (*Package, error) {
	var err error
	if p.Linkage, err = linkage(p.Original, modules, dependencies); err != nil {
		return nil, err
	}
	if len(p.Linkage) > limits.Dependencies {
		return nil, fmt.Errorf("%w: %d dependencies, at most %d", ErrTooBig, len(p.Linkage), limits.Dependencies)
	}
	if n := p.Size(); n > limits.Bytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooBig, n, limits.Bytes)
	}
	return p, nil
}

func (p *Package) origin(module, datatype string) (types.Address, bool) {
	for _, o := range p.Origins {
		if o.Module == module && o.Datatype == datatype {
			return o.Package, true
		}
	}
	return types.Address{}, false
}

// readModules reads modules that must all be at an address.
func readModules(modules [][]byte, address types.Address) ([]*bytecode.Module, error) {
	names := make(map[string]bool)
	var out []*bytecode.Module
	for i, b := range modules {
		m, err := bytecode.Read(b)
		if err != nil {
			return nil, fmt.Errorf("%w: module %d: %w", ErrModules, i, err)
		}
		self := m.SelfID()
		switch {
		case self.Address != address:
			return nil, fmt.Errorf("%w: module %s", ErrNonZeroAddress, self)
		case names[self.Name]:
			return nil, fmt.Errorf("%w: two modules %s", ErrModules, self.Name)
		}
		names[self.Name] = true
		out = append(out, m)
	}
	return out, nil
}

// renumber puts an address into the place of the modules' own.
func renumber(modules []*bytecode.Module, address types.Address) {
	for _, m := range modules {
		m.Addresses[m.Modules[m.Self].Address] = address
	}
}

func stored(modules []*bytecode.Module) []Module {
	out := make([]Module, len(modules))
	for i, m := range modules {
		out[i] = Module{Name: m.SelfID().Name, Bytecode: m.Bytes()}
	}
	slices.SortFunc(out, func(a, b Module) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func newOrigins(modules []*bytecode.Module, id types.Address) []TypeOrigin {
	var out []TypeOrigin
	for _, m := range modules {
		add := func(handle uint16) {
			out = append(out, TypeOrigin{m.SelfID().Name, m.Identifiers[m.Datatypes[handle].Name], id})
		}
		for _, d := range m.Structs {
			add(d.Handle)
		}
		for _, d := range m.Enums {
			add(d.Handle)
		}
	}
	return out
}

// linkage is the table of dependencies of modules at an address. All packages must be given that they need, directly or
// not, each in one version that is not older than what any other was linked to.
func linkage(self types.Address, modules []*bytecode.Module, dependencies []*Package) ([]Dependency, error) {
	var table []Dependency
	find := func(original types.Address) *Dependency {
		i := slices.IndexFunc(table, func(d Dependency) bool { return d.Original == original })
		if i < 0 {
			return nil
		}
		return &table[i]
	}
	for _, p := range dependencies {
		if find(p.Original) != nil || p.Original == self {
			return nil, fmt.Errorf("%w: package %s", ErrLinkage, p.Original)
		}
		table = append(table, Dependency{p.Original, p.ID, p.Version})
	}
	for _, p := range dependencies {
		for _, needed := range p.Linkage {
			have := find(needed.Original)
			if have == nil {
				return nil, fmt.Errorf("%w: %s, which %s needs", ErrMissingDependency, needed.Original, p.ID)
			}
			if have.Version < needed.Version {
				return nil, fmt.Errorf("%w: version %d of %s, where %s wants %d", ErrDowngrade, have.Version, needed.Original, p.ID,
					needed.Version)
			}
		}
	}
	for _, m := range modules {
		for _, h := range m.Modules {
			if a := m.Addresses[h.Address]; a != self && find(a) == nil {
				return nil, fmt.Errorf("%w: %s, which module %s uses", ErrMissingDependency, a, m.SelfID().Name)
			}
		}
	}
	slices.SortFunc(table, func(a, b Dependency) int { return bytes.Compare(a.Original[:], b.Original[:]) })
	return table, nil
}
