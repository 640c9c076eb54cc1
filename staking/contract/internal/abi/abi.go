// Package abi reads from the compiled contracts what their functions take and what their structs hold, for tests that compare
// the Go side with it.
package abi

import (
	"fmt"
	"strings"

	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Type is a type, with packages by their names in the build.
type Type struct {
	Kind                  types.Kind
	Package, Module, Name string // of a struct
	Args                  []Type // type arguments; the one inner type of a vector or reference
	Parameter             int    // number of a type parameter
}

// StructType is the type of a struct without type parameters, named package::module::name.
func StructType(name string) (Type, error) {
	parts := strings.Split(name, "::")
	if len(parts) != 3 {
		return Type{}, fmt.Errorf("%q is no package::module::name", name)
	}
	return Type{Kind: types.Struct, Package: parts[0], Module: parts[1], Name: parts[2]}, nil
}

// Is says whether the type is the struct package::module::name, whatever its type arguments.
func (t Type) Is(name string) bool {
	return t.Kind == types.Struct && t.Package+"::"+t.Module+"::"+t.Name == name
}

// Inner is what a reference refers to, and other types themselves.
func (t Type) Inner() Type {
	if t.Kind == types.Reference || t.Kind == types.MutReference {
		return t.Args[0]
	}
	return t
}

func (t Type) String() string {
	var args []string
	for _, a := range t.Args {
		args = append(args, a.String())
	}
	name := t.Kind.String()
	if t.Kind == types.Struct {
		name = t.Package + "::" + t.Module + "::" + t.Name
	}
	if args == nil {
		return name
	}
	return name + "<" + strings.Join(args, ", ") + ">"
}

// Field of a struct.
type Field struct {
	Name string
	Type Type
}

// Struct is a declaration. Types of fields are Parameter where the struct is generic.
type Struct struct {
	Fields    []Field
	Abilities types.Abilities
}

// Function is a declaration. Parameters are without the transaction's context, which the chain adds.
type Function struct {
	Public, Entry       bool
	Parameters, Results []Type
}

// IsView says whether a function only looks: it takes nothing that it could change or use up.
func (f *Function) IsView() bool {
	for _, p := range f.Parameters {
		switch {
		case p.Kind == types.MutReference:
			return false
		case p.Kind == types.Struct && !p.Is("sui-framework::object::ID") && !p.Is("move-stdlib::string::String") && !p.Is("move-stdlib::option::Option"):
			return false
		}
	}
	return len(f.Results) > 0
}

// Contracts are the compiled packages, by names as package::module::name.
type Contracts struct {
	Structs   map[string]Struct
	Functions map[string]*Function
	// Events are the names of the structs that the contracts emit.
	Events map[string]bool
}

// Load reads the embedded build.
func Load() (*Contracts, error) {
	set, err := move.Embedded()
	if err != nil {
		return nil, err
	}
	at := make(map[ptb.Address]string)
	for _, p := range set.Packages {
		at[ptb.Address(p.Placeholder)] = p.Name
	}
	c := &Contracts{Structs: make(map[string]Struct), Functions: make(map[string]*Function), Events: make(map[string]bool)}
	for _, p := range set.Packages {
		at[ptb.Address(p.Address)] = p.Name // its own name for itself
		for _, m := range p.Modules {
			module, err := bytecode.Read(m.Bytecode)
			if err != nil {
				return nil, fmt.Errorf("%s::%s: %w", p.Name, m.Name, err)
			}
			r := reader{module, at}
			r.read(c, p.Name+"::"+m.Name+"::")
		}
	}
	return c, nil
}

// reader reads a module.
type reader struct {
	*bytecode.Module
	packages map[ptb.Address]string
}

func (r reader) read(c *Contracts, prefix string) {
	for _, s := range r.Structs {
		handle := r.Datatypes[s.Handle]
		declared := Struct{Abilities: handle.Abilities}
		for _, f := range s.Fields {
			declared.Fields = append(declared.Fields, Field{r.Identifiers[f.Name], r.typ(f.Type)})
		}
		c.Structs[prefix+r.Identifiers[handle.Name]] = declared
	}
	for _, f := range r.FunctionDefs {
		handle := r.Functions[f.Handle]
		declared := &Function{Public: f.Visibility == bytecode.Public, Entry: f.Entry,
			Parameters: r.types(handle.Parameters), Results: r.types(handle.Results)}
		if n := len(declared.Parameters); n > 0 && declared.Parameters[n-1].Inner().Is("sui-framework::tx_context::TxContext") {
			declared.Parameters = declared.Parameters[:n-1]
		}
		c.Functions[prefix+r.Identifiers[handle.Name]] = declared
	}
	for _, i := range r.FunctionInstances {
		handle := r.Functions[i.Of]
		owner := r.ID(r.Modules[handle.Module])
		if r.packages[owner.Address] == "sui-framework" && owner.Name == "event" && r.Identifiers[handle.Name] == "emit" {
			c.Events[r.typ(r.Signatures[i.Args][0]).String()] = true
		}
	}
}

func (r reader) types(signature uint16) []Type {
	var list []Type
	for _, t := range r.Signatures[signature] {
		list = append(list, r.typ(t))
	}
	return list
}

func (r reader) typ(t bytecode.Token) Type {
	named := Type{Kind: t.Kind, Parameter: int(t.Index)}
	if t.Kind == types.Struct {
		handle := r.Datatypes[t.Index]
		owner := r.ID(r.Modules[handle.Module])
		named.Package, named.Module, named.Name, named.Parameter = r.packages[owner.Address], owner.Name, r.Identifiers[handle.Name], 0
	}
	for _, a := range t.Args {
		named.Args = append(named.Args, r.typ(a))
	}
	return named
}
