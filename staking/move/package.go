// Package move has the compiled Move packages of the contracts.
//
// The packages wal, floe and floe_reads are compiled at address zero, as Sui publishes them. floe sees wal, and floe_reads
// sees both, at placeholder addresses, because where a package is published is known only afterwards: Link puts the real
// addresses in their place. move-stdlib and sui-framework are at their addresses on every Sui network (0x1 and 0x2) and
// are here for development chains, which have to bring them along.
//
// `npm run build` in this directory writes what is embedded; a test fails when it is stale.
package move

import (
	"bytes"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"golang.org/x/crypto/blake2b"
)

//go:embed build
var build embed.FS

// Errors that callers ask for.
var (
	// ErrDigest says that modules and dependencies of a package are not those of its digest.
	ErrDigest = errors.New("package digest does not match")
	// ErrNoPackage says that a set has no package of that name.
	ErrNoPackage = errors.New("no such Move package")
	// ErrNotLinked says that a dependency still is at its placeholder.
	ErrNotLinked = errors.New("dependency is not linked")
)

// Module is a compiled module.
type Module struct {
	Name     string
	Bytecode []byte
}

// Package is a compiled package.
type Package struct {
	Name string
	// Address is the package's own address in its modules: zero until it is published.
	Address Address
	// Placeholder is the address at which packages that depend on this one see it.
	Placeholder Address
	// Modules are in an order in which each comes after those that it uses.
	Modules []Module
	// Dependencies are the addresses of all packages that are used, directly or not, in no particular order.
	Dependencies []Address
	// Digest is what Sui calls the package digest, the one that an upgrade is authorised for; zero for the framework.
	Digest [32]byte
	// Aborts are the codes that functions of the package abort with.
	Aborts []Abort
}

// Abort is an abort code of a module.
type Abort struct {
	Module  string
	Code    uint64
	Name    string // as EWrongEpoch
	Meaning string // a sentence, empty for some of the framework
}

// Abort finds an abort code of a module.
func (p *Package) Abort(module string, code uint64) (Abort, bool) {
	i := slices.IndexFunc(p.Aborts, func(a Abort) bool { return a.Module == module && a.Code == code })
	if i < 0 {
		return Abort{}, false
	}
	return p.Aborts[i], true
}

// Set is everything that one build made.
type Set struct {
	// Compiler names the compiler and its version.
	Compiler string
	// Packages are in an order in which each comes after those that it depends on.
	Packages []Package
}

// Embedded gives the packages that this program was built with.
func Embedded() (*Set, error) {
	sub, err := fs.Sub(build, "build")
	if err != nil {
		return nil, err
	}
	return Read(sub)
}

type manifest struct {
	Compiler struct{ Package, Version, Sui string }
	Packages []struct {
		Name, Address, Placeholder string
		Modules, Dependencies      []string
		Digest                     string
		Aborts                     []Abort
	}
}

// Read reads a build: manifest.json and PACKAGE/MODULE.mv. It returns ErrDigest when a package is not what the manifest
// says.
func Read(fsys fs.FS) (*Set, error) {
	text, err := readFile(fsys, "manifest.json", maxManifest)
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("manifest of the Move packages: %w", err)
	}
	set := &Set{Compiler: fmt.Sprintf("%s %s (Sui %s)", m.Compiler.Package, m.Compiler.Version, m.Compiler.Sui)}
	for _, entry := range m.Packages {
		p := Package{Name: entry.Name, Aborts: entry.Aborts}
		if p.Address, err = ParseAddress(entry.Address); err != nil {
			return nil, fmt.Errorf("package %s: %w", p.Name, err)
		}
		if p.Placeholder, err = ParseAddress(entry.Placeholder); err != nil {
			return nil, fmt.Errorf("package %s: placeholder: %w", p.Name, err)
		}
		for _, d := range entry.Dependencies {
			a, err := ParseAddress(d)
			if err != nil {
				return nil, fmt.Errorf("package %s: dependency: %w", p.Name, err)
			}
			p.Dependencies = append(p.Dependencies, a)
		}
		if len(entry.Modules) > maxModules {
			return nil, fmt.Errorf("package %s: %d modules, at most %d", p.Name, len(entry.Modules), maxModules)
		}
		for _, name := range entry.Modules {
			code, err := readFile(fsys, path.Join(p.Name, name+".mv"), maxModule)
			if err != nil {
				return nil, err
			}
			p.Modules = append(p.Modules, Module{Name: name, Bytecode: code})
		}
		if entry.Digest != "" {
			p.Digest = p.digest()
			if hex.EncodeToString(p.Digest[:]) != entry.Digest {
				return nil, fmt.Errorf("%w: %s is %x, the manifest says %s", ErrDigest, p.Name, p.Digest, entry.Digest)
			}
		}
		set.Packages = append(set.Packages, p)
	}
	return set, nil
}

func readFile(fsys fs.FS, name string, limit int64) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("compiled Move packages: %w", err)
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("compiled Move packages: %s has %d bytes, at most %d", name, info.Size(), limit)
	}
	return fs.ReadFile(fsys, name)
}

// Package gives the package of a name, or ErrNoPackage.
func (s *Set) Package(name string) (Package, error) {
	i := slices.IndexFunc(s.Packages, func(p Package) bool { return p.Name == name })
	if i < 0 {
		return Package{}, fmt.Errorf("%w: %q", ErrNoPackage, name)
	}
	return s.Packages[i], nil
}

// Link gives the package of a name with its dependencies at the addresses in at, by name: ready to be published. It
// returns ErrNotLinked when one is missing.
func (s *Set) Link(name string, at map[string]Address) (Package, error) {
	p, err := s.Package(name)
	if err != nil {
		return Package{}, err
	}
	replace := map[Address]Address{}
	for _, d := range s.Packages {
		published := d.Address == d.Placeholder
		if published || !slices.Contains(p.Dependencies, d.Placeholder) {
			continue
		}
		to, found := at[d.Name]
		if !found {
			return Package{}, fmt.Errorf("%w: %s needs the address of %s", ErrNotLinked, name, d.Name)
		}
		replace[d.Placeholder] = to
	}
	linked := p
	linked.Modules = make([]Module, len(p.Modules))
	for i, m := range p.Modules {
		code, err := Relink(m.Bytecode, replace)
		if err != nil {
			return Package{}, fmt.Errorf("module %s::%s: %w", name, m.Name, err)
		}
		linked.Modules[i] = Module{Name: m.Name, Bytecode: code}
	}
	linked.Dependencies = slices.Clone(p.Dependencies)
	for i, d := range linked.Dependencies {
		if to, found := replace[d]; found {
			linked.Dependencies[i] = to
		}
	}
	linked.Digest = linked.digest()
	return linked, nil
}

// digest is BLAKE2b-256 over the sorted concatenation of the modules' BLAKE2b-256 and the dependencies, as Sui has it: the
// order of neither matters.
func (p *Package) digest() [32]byte {
	parts := make([][32]byte, 0, len(p.Modules)+len(p.Dependencies))
	for _, m := range p.Modules {
		parts = append(parts, blake2b.Sum256(m.Bytecode))
	}
	for _, d := range p.Dependencies {
		parts = append(parts, d)
	}
	slices.SortFunc(parts, func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) })
	joined := make([]byte, 0, 32*len(parts))
	for _, part := range parts {
		joined = append(joined, part[:]...)
	}
	return blake2b.Sum256(joined)
}
