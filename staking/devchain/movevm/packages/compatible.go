package packages

import (
	"fmt"
	"slices"

	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// Policy says what an upgrade may change, as an UpgradeCap has it.
type Policy uint8

// The policies.
const (
	// Compatible upgrades keep public functions and the layouts of types.
	Compatible Policy = 0
	// Additive upgrades keep everything, code included, and add to it.
	Additive Policy = 128
	// DependenciesOnly upgrades keep everything and add nothing.
	DependenciesOnly Policy = 192
)

// CheckUpgrade compares two versions of a package by a policy.
func CheckUpgrade(old, upgraded *Package, policy Policy) error {
	if policy != Compatible && policy != Additive && policy != DependenciesOnly {
		return fmt.Errorf("%w: %d", ErrPolicy, policy)
	}
	if policy == DependenciesOnly && len(old.Modules) != len(upgraded.Modules) {
		return fmt.Errorf("%w: %d modules become %d", ErrIncompatible, len(old.Modules), len(upgraded.Modules))
	}
	for _, m := range old.Modules {
		after, ok := upgraded.Module(m.Name)
		if !ok {
			return fmt.Errorf("%w: module %s is gone", ErrIncompatible, m.Name)
		}
		a, err := outline(m.Bytecode)
		if err != nil {
			return err
		}
		b, err := outline(after)
		if err != nil {
			return err
		}
		if policy == Compatible {
			err = a.compatible(b)
		} else {
			err = a.included(b, policy == DependenciesOnly)
		}
		if err != nil {
			return fmt.Errorf("%w: module %s: %w", ErrIncompatible, m.Name, err)
		}
	}
	return nil
}

// outlined is a module without the order and the numbers of its tables: everything is spelled with names, so that two
// modules can be compared.
type outlined struct {
	version   uint32
	datatypes map[string]outlinedDatatype
	functions map[string]outlinedFunction
	friends   []string
}

type outlinedDatatype struct {
	abilities types.Abilities
	params    []types.TypeParameter
	variants  string // fields with their types, of all variants
}

type outlinedFunction struct {
	visibility bytecode.Visibility
	entry      bool
	params     []types.Abilities
	signature  string
	code       string
}

func outline(b []byte) (*outlined, error) {
	m, err := bytecode.Read(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModules, err)
	}
	s := speller{m}
	o := &outlined{version: m.Version, datatypes: make(map[string]outlinedDatatype), functions: make(map[string]outlinedFunction)}
	add := func(handle uint16, variants string) {
		h := m.Datatypes[handle]
		o.datatypes[m.Identifiers[h.Name]] = outlinedDatatype{h.Abilities, h.Params, variants}
	}
	for _, d := range m.Structs {
		add(d.Handle, "struct"+s.fields(d.Fields))
	}
	for _, d := range m.Enums {
		text := "enum"
		for _, v := range d.Variants {
			text += " " + m.Identifiers[v.Name] + s.fields(v.Fields)
		}
		add(d.Handle, text)
	}
	for i := range m.FunctionDefs {
		d := &m.FunctionDefs[i]
		h := m.Functions[d.Handle]
		o.functions[m.Identifiers[h.Name]] = outlinedFunction{d.Visibility, d.Entry, h.TypeParams,
			s.tokens(m.Signatures[h.Parameters]) + s.tokens(m.Signatures[h.Results]), s.code(d)}
	}
	for _, f := range m.Friends {
		o.friends = append(o.friends, m.ID(f).String())
	}
	slices.Sort(o.friends)
	return o, nil
}

// compatible says whether code that was compiled against o runs with b.
func (o *outlined) compatible(b *outlined) error {
	for name, d := range o.datatypes {
		after, ok := b.datatypes[name]
		if !ok {
			return fmt.Errorf("datatype %s is gone", name)
		}
		if !d.same(after) {
			return fmt.Errorf("datatype %s has changed", name)
		}
	}
	for name, f := range o.functions {
		if f.visibility != bytecode.Public {
			continue
		}
		after, ok := b.functions[name]
		if !ok || after.visibility != bytecode.Public {
			return fmt.Errorf("public function %s is gone", name)
		}
		// Callers may give type arguments of fewer abilities than before, and not be asked for more.
		weaker := func(now, before types.Abilities) bool { return before.Has(now) }
		if after.signature != f.signature || !slices.EqualFunc(after.params, f.params, weaker) {
			return fmt.Errorf("the signature of public function %s has changed", name)
		}
	}
	return nil
}

// included says whether all of o is in b, and with exactly whether nothing else is.
func (o *outlined) included(b *outlined, exactly bool) error {
	if o.version > b.version {
		return fmt.Errorf("version %d of the format becomes %d", o.version, b.version)
	}
	for name, d := range o.datatypes {
		if after, ok := b.datatypes[name]; !ok || !d.same(after) {
			return fmt.Errorf("datatype %s is gone or has changed", name)
		}
	}
	for name, f := range o.functions {
		if after, ok := b.functions[name]; !ok || !f.same(after) {
			return fmt.Errorf("function %s is gone or has changed", name)
		}
	}
	if exactly && (len(o.datatypes) != len(b.datatypes) || len(o.functions) != len(b.functions) || !slices.Equal(o.friends, b.friends)) {
		return fmt.Errorf("there is more than before")
	}
	for _, f := range o.friends {
		if !slices.Contains(b.friends, f) {
			return fmt.Errorf("%s is no friend any more", f)
		}
	}
	return nil
}

func (d outlinedDatatype) same(b outlinedDatatype) bool {
	return d.abilities == b.abilities && slices.Equal(d.params, b.params) && d.variants == b.variants
}

func (f outlinedFunction) same(b outlinedFunction) bool {
	return f.visibility == b.visibility && f.entry == b.entry && slices.Equal(f.params, b.params) && f.signature == b.signature &&
		f.code == b.code
}

// speller writes parts of a module with names in the place of numbers.
type speller struct{ m *bytecode.Module }

func (s speller) fields(fields []bytecode.FieldDef) string {
	text := "{"
	for _, f := range fields {
		text += s.m.Identifiers[f.Name] + ":" + s.token(f.Type) + ";"
	}
	return text + "}"
}

func (s speller) tokens(tokens []bytecode.Token) string {
	text := "("
	for _, t := range tokens {
		text += s.token(t) + ","
	}
	return text + ")"
}

func (s speller) token(t bytecode.Token) string {
	switch t.Kind {
	case types.Parameter:
		return fmt.Sprintf("#%d", t.Index)
	case types.Struct, types.Enum:
		return s.datatype(t.Index) + s.tokens(t.Args)
	case types.Vector, types.Reference, types.MutReference:
		return t.Kind.String() + s.tokens(t.Args)
	default:
		return t.Kind.String()
	}
}

func (s speller) datatype(handle uint16) string {
	h := s.m.Datatypes[handle]
	return s.m.ID(s.m.Modules[h.Module]).String() + "::" + s.m.Identifiers[h.Name]
}

func (s speller) function(handle uint16) string {
	h := s.m.Functions[handle]
	return s.m.ID(s.m.Modules[h.Module]).String() + "::" + s.m.Identifiers[h.Name]
}

func (s speller) code(d *bytecode.FunctionDef) string {
	if d.Native {
		return "native"
	}
	text := s.tokens(s.m.Signatures[d.Locals])
	for _, in := range d.Code {
		text += "\n" + in.Op.String() + " " + s.operand(d, in)
	}
	return text
}

func (s speller) operand(d *bytecode.FunctionDef, in bytecode.Instruction) string {
	m := s.m
	args := func(i bytecode.Instance) string { return s.tokens(m.Signatures[i.Args]) }
	structure := func(i uint16) string { return s.datatype(m.Structs[i].Handle) }
	enum := func(i uint16) string { return s.datatype(m.Enums[i].Handle) }
	field := func(f bytecode.FieldHandle) string { return fmt.Sprintf("%s.%d", structure(f.Struct), f.Field) }
	switch in.Op {
	case bytecode.LdConst:
		c := m.Constants[in.Index]
		return fmt.Sprintf("%s %x", s.token(c.Type), c.Data)
	case bytecode.LdU128, bytecode.LdU256:
		return fmt.Sprintf("%x", *in.Wide)
	case bytecode.Call:
		return s.function(in.Index)
	case bytecode.CallGeneric:
		i := m.FunctionInstances[in.Index]
		return s.function(i.Of) + args(i)
	case bytecode.Pack, bytecode.Unpack:
		return structure(in.Index)
	case bytecode.PackGeneric, bytecode.UnpackGeneric:
		i := m.StructInstances[in.Index]
		return structure(i.Of) + args(i)
	case bytecode.MutBorrowField, bytecode.ImmBorrowField:
		return field(m.Fields[in.Index])
	case bytecode.MutBorrowFieldGeneric, bytecode.ImmBorrowFieldGeneric:
		i := m.FieldInstances[in.Index]
		return field(m.Fields[i.Of]) + args(i)
	case bytecode.PackVariant, bytecode.UnpackVariant, bytecode.UnpackVariantImmRef, bytecode.UnpackVariantMutRef:
		v := m.Variants[in.Index]
		return fmt.Sprintf("%s.%d", enum(v.Enum), v.Variant)
	case bytecode.PackVariantGeneric, bytecode.UnpackVariantGeneric, bytecode.UnpackVariantGenericImmRef, bytecode.UnpackVariantGenericMutRef:
		v := m.VariantInstances[in.Index]
		i := m.EnumInstances[v.Enum]
		return fmt.Sprintf("%s.%d%s", enum(i.Of), v.Variant, args(i))
	case bytecode.VecPack, bytecode.VecLen, bytecode.VecImmBorrow, bytecode.VecMutBorrow, bytecode.VecPushBack, bytecode.VecPopBack,
		bytecode.VecUnpack, bytecode.VecSwap:
		return fmt.Sprintf("%s %d", s.tokens(m.Signatures[in.Index]), in.Int)
	case bytecode.VariantSwitch:
		t := d.Jumps[in.Index]
		return fmt.Sprintf("%s %v", enum(t.Enum), t.Targets)
	default:
		return fmt.Sprintf("%d %d", in.Index, in.Int)
	}
}
