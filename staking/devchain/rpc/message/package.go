package message

import (
	"errors"
	"fmt"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"

	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// ErrAbsent says that a package has no module, datatype or function of a name.
var ErrAbsent = errors.New("not found")

// stored makes the message of a package as it is stored, without descriptions of what is in its modules.
func stored(p *packages.Package) *v2.Package {
	return &v2.Package{
		StorageId:  text(p.ID),
		OriginalId: text(p.Original),
		Version:    &p.Version,
		Modules: each(p.Modules, func(m packages.Module) *v2.Module {
			return &v2.Module{Name: &m.Name, Contents: m.Bytecode}
		}),
		TypeOrigins: each(p.Origins, func(o packages.TypeOrigin) *v2.TypeOrigin {
			return &v2.TypeOrigin{ModuleName: &o.Module, DatatypeName: &o.Datatype, PackageId: text(o.Package)}
		}),
		Linkage: each(p.Linkage, func(d packages.Dependency) *v2.Linkage {
			return &v2.Linkage{OriginalId: text(d.Original), UpgradedId: text(d.ID), UpgradedVersion: &d.Version}
		}),
	}
}

// PackageStore has the packages that another one depends on.
type PackageStore interface {
	// Package is the package of that id, nil when there is none.
	Package(id ptb.Address) (*packages.Package, error)
}

// Package makes the message of a package, and describes what is in its modules.
func Package(p *packages.Package, store PackageStore) (*v2.Package, error) {
	m := stored(p)
	for i := range p.Modules {
		r, err := newReader(p, p.Modules[i].Name, store)
		if err != nil {
			return nil, err
		}
		if err := r.describe(m.Modules[i]); err != nil {
			return nil, fmt.Errorf("module %s of package %s: %w", p.Modules[i].Name, p.ID, err)
		}
	}
	return m, nil
}

// Datatype describes a struct or enum. It fails with ErrAbsent.
func Datatype(p *packages.Package, module, name string, store PackageStore) (*v2.DatatypeDescriptor, error) {
	r, err := newReader(p, module, store)
	if err != nil {
		return nil, err
	}
	for i := range r.module.Structs {
		if s := &r.module.Structs[i]; r.datatypeName(s.Handle) == name {
			return r.structure(s)
		}
	}
	for i := range r.module.Enums {
		if e := &r.module.Enums[i]; r.datatypeName(e.Handle) == name {
			return r.enumeration(e)
		}
	}
	return nil, fmt.Errorf("datatype %s::%s::%s: %w", p.ID, module, name, ErrAbsent)
}

// Function describes a function. It fails with ErrAbsent.
func Function(p *packages.Package, module, name string, store PackageStore) (*v2.FunctionDescriptor, error) {
	r, err := newReader(p, module, store)
	if err != nil {
		return nil, err
	}
	for i := range r.module.FunctionDefs {
		f := &r.module.FunctionDefs[i]
		if r.module.Identifiers[r.module.Functions[f.Handle].Name] == name {
			return r.function(f)
		}
	}
	return nil, fmt.Errorf("function %s::%s::%s: %w", p.ID, module, name, ErrAbsent)
}

// reader describes what a module declares. Types have the id of the package that first had them, which for those of other
// packages stands in these.
type reader struct {
	pkg    *packages.Package
	module *bytecode.Module
	store  PackageStore
	seen   map[ptb.Address]*packages.Package // dependencies by their original id
}

func newReader(p *packages.Package, module string, store PackageStore) (*reader, error) {
	code, ok := p.Module(module)
	if !ok {
		return nil, fmt.Errorf("module %s::%s: %w", p.ID, module, ErrAbsent)
	}
	m, err := bytecode.Read(code)
	if err != nil {
		return nil, fmt.Errorf("module %s::%s: %w", p.ID, module, err)
	}
	return &reader{pkg: p, module: m, store: store, seen: make(map[ptb.Address]*packages.Package)}, nil
}

func (r *reader) describe(m *v2.Module) error {
	for i := range r.module.Structs {
		d, err := r.structure(&r.module.Structs[i])
		if err != nil {
			return err
		}
		m.Datatypes = append(m.Datatypes, d)
	}
	for i := range r.module.Enums {
		d, err := r.enumeration(&r.module.Enums[i])
		if err != nil {
			return err
		}
		m.Datatypes = append(m.Datatypes, d)
	}
	for i := range r.module.FunctionDefs {
		f, err := r.function(&r.module.FunctionDefs[i])
		if err != nil {
			return err
		}
		m.Functions = append(m.Functions, f)
	}
	return nil
}

func (r *reader) datatypeName(handle uint16) string {
	return r.module.Identifiers[r.module.Datatypes[handle].Name]
}

func (r *reader) structure(s *bytecode.StructDef) (*v2.DatatypeDescriptor, error) {
	d, err := r.datatype(s.Handle, v2.DatatypeDescriptor_STRUCT)
	if err != nil {
		return nil, err
	}
	d.Fields, err = r.fields(s.Fields)
	return d, err
}

func (r *reader) enumeration(e *bytecode.EnumDef) (*v2.DatatypeDescriptor, error) {
	d, err := r.datatype(e.Handle, v2.DatatypeDescriptor_ENUM)
	if err != nil {
		return nil, err
	}
	for i := range e.Variants {
		fields, err := r.fields(e.Variants[i].Fields)
		if err != nil {
			return nil, err
		}
		d.Variants = append(d.Variants, &v2.VariantDescriptor{
			Name: &r.module.Identifiers[e.Variants[i].Name], Position: pointer(uint32(i)), Fields: fields,
		})
	}
	return d, nil
}

func (r *reader) datatype(handle uint16, kind v2.DatatypeDescriptor_DatatypeKind) (*v2.DatatypeDescriptor, error) {
	h := &r.module.Datatypes[handle]
	id := r.module.ID(r.module.Modules[h.Module])
	name := r.module.Identifiers[h.Name]
	defining, err := r.defining(id, name)
	if err != nil {
		return nil, err
	}
	return &v2.DatatypeDescriptor{
		TypeName: pointer(spell(defining, id.Name, name)), DefiningId: text(defining), Module: &id.Name, Name: &name,
		Abilities: abilities(h.Abilities), Kind: &kind,
		TypeParameters: each(h.Params, func(p types.TypeParameter) *v2.TypeParameter {
			return &v2.TypeParameter{Constraints: abilities(p.Constraints), IsPhantom: &p.Phantom}
		}),
	}, nil
}

func spell(pkg ptb.Address, module, name string) string {
	return pkg.String() + "::" + module + "::" + name
}

func (r *reader) fields(list []bytecode.FieldDef) ([]*v2.FieldDescriptor, error) {
	out := make([]*v2.FieldDescriptor, len(list))
	for i := range list {
		t, err := r.body(&list[i].Type)
		if err != nil {
			return nil, err
		}
		out[i] = &v2.FieldDescriptor{Name: &r.module.Identifiers[list[i].Name], Position: pointer(uint32(i)), Type: t}
	}
	return out, nil
}

var visibilities = map[bytecode.Visibility]v2.FunctionDescriptor_Visibility{
	bytecode.Private: v2.FunctionDescriptor_PRIVATE, bytecode.Public: v2.FunctionDescriptor_PUBLIC, bytecode.Friend: v2.FunctionDescriptor_FRIEND,
}

func (r *reader) function(f *bytecode.FunctionDef) (*v2.FunctionDescriptor, error) {
	h := &r.module.Functions[f.Handle]
	parameters, err := r.signature(h.Parameters)
	if err != nil {
		return nil, err
	}
	returns, err := r.signature(h.Results)
	if err != nil {
		return nil, err
	}
	return &v2.FunctionDescriptor{
		Name: &r.module.Identifiers[h.Name], Visibility: visibilities[f.Visibility].Enum(), IsEntry: &f.Entry,
		TypeParameters: each(h.TypeParams, func(a types.Abilities) *v2.TypeParameter {
			return &v2.TypeParameter{Constraints: abilities(a)}
		}),
		Parameters: parameters, Returns: returns,
	}, nil
}

func (r *reader) signature(index uint16) ([]*v2.OpenSignature, error) {
	tokens := r.module.Signatures[index]
	out := make([]*v2.OpenSignature, len(tokens))
	for i := range tokens {
		t := &tokens[i]
		s := &v2.OpenSignature{}
		switch t.Kind {
		case types.Reference:
			s.Reference, t = v2.OpenSignature_IMMUTABLE.Enum(), &t.Args[0]
		case types.MutReference:
			s.Reference, t = v2.OpenSignature_MUTABLE.Enum(), &t.Args[0]
		}
		var err error
		if s.Body, err = r.body(t); err != nil {
			return nil, err
		}
		out[i] = s
	}
	return out, nil
}

var primitives = map[types.Kind]v2.OpenSignatureBody_Type{
	types.AddressKind: v2.OpenSignatureBody_ADDRESS, types.Bool: v2.OpenSignatureBody_BOOL, types.U8: v2.OpenSignatureBody_U8, types.U16: v2.OpenSignatureBody_U16,
	types.U32: v2.OpenSignatureBody_U32, types.U64: v2.OpenSignatureBody_U64, types.U128: v2.OpenSignatureBody_U128, types.U256: v2.OpenSignatureBody_U256,
	types.Vector: v2.OpenSignatureBody_VECTOR, types.Parameter: v2.OpenSignatureBody_TYPE_PARAMETER,
}

// body describes a type. Modules have been read, so that it is not deep.
func (r *reader) body(t *bytecode.Token) (*v2.OpenSignatureBody, error) {
	m := &v2.OpenSignatureBody{Type: v2.OpenSignatureBody_DATATYPE.Enum()}
	if primitive, ok := primitives[t.Kind]; ok {
		m.Type = &primitive
	}
	switch t.Kind {
	case types.Parameter:
		m.TypeParameter = pointer(uint32(t.Index))
	case types.Struct, types.Enum:
		h := &r.module.Datatypes[t.Index]
		id := r.module.ID(r.module.Modules[h.Module])
		name := r.module.Identifiers[h.Name]
		defining, err := r.defining(id, name)
		if err != nil {
			return nil, err
		}
		m.TypeName = pointer(spell(defining, id.Name, name))
	case types.Signer:
		m.Type = v2.OpenSignatureBody_TYPE_UNKNOWN.Enum()
	}
	for i := range t.Args {
		inner, err := r.body(&t.Args[i])
		if err != nil {
			return nil, err
		}
		m.TypeParameterInstantiation = append(m.TypeParameterInstantiation, inner)
	}
	return m, nil
}

// defining is the id of the package that first had a datatype.
func (r *reader) defining(module types.ModuleID, name string) (ptb.Address, error) {
	p := r.pkg
	if module.Address != r.module.SelfID().Address {
		var err error
		if p, err = r.dependency(module.Address); err != nil {
			return ptb.Address{}, err
		}
	}
	for _, o := range p.Origins {
		if o.Module == module.Name && o.Datatype == name {
			return o.Package, nil
		}
	}
	return ptb.Address{}, fmt.Errorf("datatype %s::%s: %w", module, name, ErrAbsent)
}

func (r *reader) dependency(original ptb.Address) (*packages.Package, error) {
	if p := r.seen[original]; p != nil {
		return p, nil
	}
	d, ok := r.pkg.Dependency(original)
	if !ok {
		return nil, fmt.Errorf("dependency %s of package %s: %w", original, r.pkg.ID, ErrAbsent)
	}
	p, err := r.store.Package(d.ID)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, fmt.Errorf("package %s: %w", d.ID, ErrAbsent)
	}
	r.seen[original] = p
	return p, nil
}

var abilityNames = []struct {
	bit  types.Abilities
	name v2.Ability
}{{types.Copy, v2.Ability_COPY}, {types.Drop, v2.Ability_DROP}, {types.Store, v2.Ability_STORE}, {types.Key, v2.Ability_KEY}}

func abilities(a types.Abilities) []v2.Ability {
	var out []v2.Ability
	for _, n := range abilityNames {
		if a.Has(n.bit) {
			out = append(out, n.name)
		}
	}
	return out
}
