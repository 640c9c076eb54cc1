// Package linker turns modules as stored into code that can run: names become pointers, signatures become interned
// types, and each function gets an Instance per list of type arguments, whose instructions have their types, constants
// and callees resolved.
package linker

import (
	"encoding/binary"
	"errors"
	"slices"
	"sync"

	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// ErrNoModule is what a Source says about a module that it does not have.
var ErrNoModule = errors.New("no such module")

// Source has the bytes of modules by the name under which code refers to them. After an upgrade of a package another
// Source, and so another Linker, has the new bytes under the same names; values pass between Linkers that were made beside
// each other, and between others as BCS.
type Source interface {
	// Module has the bytes of a module. The Linker calls it once for each, and waits: it must not use the Linker.
	Module(id types.ModuleID) ([]byte, error)
}

// Options of a Linker.
type Options struct {
	// TestOnly accepts modules that were compiled for unit tests.
	TestOnly bool
}

// Linker links modules when they are first needed and keeps them. It is safe for concurrent use.
type Linker struct {
	source   Source
	universe *types.Universe
	known    *declarations
	options  Options

	mu      sync.RWMutex
	modules map[types.ModuleID]*Module
	insts   map[instanceKey]*Instance
	size    int // instructions of all instances
}

// declarations are the datatypes of all Linkers of a family.
type declarations struct {
	loading   sync.Mutex // held while a module and what it needs are linked
	datatypes map[datatypeName]*types.Datatype
}

type datatypeName struct {
	module types.ModuleID
	name   string
}

type instanceKey struct {
	function *Function
	args     string
}

// Module is a linked module.
type Module struct {
	ID        types.ModuleID
	Code      *bytecode.Module
	Functions map[string]*Function
	Datatypes map[string]*types.Datatype

	friends   map[types.ModuleID]bool
	datatypes []*types.Datatype // by handle
	functions []*Function       // by handle
	sigs      [][]*types.Type   // by signature
}

// Function is a function of a linked module. Its types may mention its type parameters.
type Function struct {
	Module     *Module
	Name       string
	Visibility bytecode.Visibility
	Entry      bool
	Native     bool
	TypeParams []types.Abilities
	Params     []*types.Type
	Results    []*types.Type

	locals []*types.Type // that are no parameters
	def    *bytecode.FunctionDef
}

// String is the full name of the function.
func (f *Function) String() string { return f.Module.ID.String() + "::" + f.Name }

// New makes a Linker with nothing linked.
func New(source Source, limits types.Limits, options Options) *Linker {
	return &Linker{
		source: source, universe: types.NewUniverse(limits), options: options,
		known:   &declarations{datatypes: make(map[datatypeName]*types.Datatype)},
		modules: make(map[types.ModuleID]*Module), insts: make(map[instanceKey]*Instance),
	}
}

// Beside makes a Linker of the same family: it may have other code under the same names, such as an earlier version of a
// package, but the datatypes and types of the family are the same, so that values pass between its Linkers. A module whose
// declaration of a datatype differs from what the family knows under that name does not link.
func (l *Linker) Beside(source Source) *Linker {
	return &Linker{
		source: source, universe: l.universe, options: l.options, known: l.known,
		modules: make(map[types.ModuleID]*Module), insts: make(map[instanceKey]*Instance),
	}
}

// Universe has the types of the linked modules.
func (l *Linker) Universe() *types.Universe { return l.universe }

// Module links a module and those that it needs.
func (l *Linker) Module(id types.ModuleID) (*Module, error) {
	if m := l.linked(id); m != nil {
		return m, nil
	}
	l.known.loading.Lock()
	defer l.known.loading.Unlock()
	return l.load(id, nil)
}

func (l *Linker) linked(id types.ModuleID) *Module {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.modules[id]
}

// Function finds a function, linking its module if need be.
func (l *Linker) Function(id types.ModuleID, name string) (*Function, error) {
	m, err := l.Module(id)
	if err != nil {
		return nil, err
	}
	f := m.Functions[name]
	if f == nil {
		return nil, status.New(status.MissingDependency, "module %s has no function %s", id, name)
	}
	return f, nil
}

// Datatype finds a struct or enum, linking its module if need be.
func (l *Linker) Datatype(id types.ModuleID, name string) (*types.Datatype, error) {
	m, err := l.Module(id)
	if err != nil {
		return nil, err
	}
	d := m.Datatypes[name]
	if d == nil {
		return nil, status.New(status.MissingDependency, "module %s has no datatype %s", id, name)
	}
	return d, nil
}

// load links a module; waiting has those that wait for it, outermost first.
func (l *Linker) load(id types.ModuleID, waiting []types.ModuleID) (*Module, error) {
	if m := l.linked(id); m != nil {
		return m, nil
	}
	for _, w := range waiting {
		if w == id {
			return nil, status.New(status.CyclicDependency, "module %s needs itself", id)
		}
	}
	if len(waiting) >= maxChain {
		return nil, status.New(status.CyclicDependency, "more than %d modules need each other in a row", maxChain)
	}
	b, err := l.source.Module(id)
	if err != nil {
		if errors.Is(err, ErrNoModule) {
			return nil, status.New(status.MissingDependency, "module %s: %w", id, err)
		}
		return nil, err
	}
	code, err := bytecode.Read(b)
	if err != nil {
		return nil, status.New(status.CodeOf(err), "module %s: %w", id, err)
	}
	if code.SelfID() != id {
		return nil, status.New(status.MissingDependency, "module %s calls itself %s", id, code.SelfID())
	}
	if code.TestOnly && !l.options.TestOnly {
		return nil, status.New(status.UnsupportedFeature, "module %s was compiled for unit tests", id)
	}
	waiting = append(waiting, id)
	needed := make([]*Module, len(code.Modules))
	for i, h := range code.Modules {
		if i == int(code.Self) {
			continue
		}
		if needed[i], err = l.load(code.ID(h), waiting); err != nil {
			return nil, err
		}
	}
	m := &Module{ID: id, Code: code, Functions: make(map[string]*Function), Datatypes: make(map[string]*types.Datatype),
		friends: make(map[types.ModuleID]bool)}
	needed[code.Self] = m
	if err := l.link(m, needed); err != nil {
		return nil, status.New(status.CodeOf(err), "module %s: %w", id, err)
	}
	for name, d := range m.Datatypes {
		l.known.datatypes[datatypeName{id, name}] = d
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.modules[id] = m
	return m, nil
}

// link resolves a module, given the modules that its handles name.
func (l *Linker) link(m *Module, needed []*Module) error {
	for _, h := range m.Code.Friends {
		m.friends[m.Code.ID(h)] = true
	}
	for _, step := range []func(*Module, []*Module) error{l.linkDatatypes, l.linkSignatures, l.linkFunctions} {
		if err := step(m, needed); err != nil {
			return err
		}
	}
	return nil
}

func (l *Linker) linkDatatypes(m *Module, needed []*Module) error {
	code := m.Code
	enums := make(map[uint16]bool)
	for _, d := range code.Enums {
		enums[d.Handle] = true
	}
	for i, h := range code.Datatypes {
		name := code.Identifiers[h.Name]
		from := needed[h.Module]
		if from == m {
			own := &types.Datatype{Module: m.ID, Name: name, IsEnum: enums[uint16(i)], Abilities: h.Abilities, Params: h.Params}
			if known := l.known.datatypes[datatypeName{m.ID, name}]; known != nil {
				if known.IsEnum != own.IsEnum || known.Abilities != own.Abilities || !slices.Equal(known.Params, own.Params) {
					return redeclared(known)
				}
				own = known
			}
			m.Datatypes[name] = own
			m.datatypes = append(m.datatypes, own)
			continue
		}
		d := from.Datatypes[name]
		if d == nil {
			return status.New(status.MissingDependency, "module %s has no datatype %s", from.ID, name)
		}
		if err := compatible(h, d); err != nil {
			return err
		}
		m.datatypes = append(m.datatypes, d)
	}
	defined := make(map[*types.Datatype][]types.Variant)
	for _, def := range code.Structs {
		fields, err := l.fields(m, def.Fields)
		if err != nil {
			return err
		}
		defined[m.datatypes[def.Handle]] = []types.Variant{{Fields: fields}}
	}
	for _, def := range code.Enums {
		d := m.datatypes[def.Handle]
		for _, v := range def.Variants {
			fields, err := l.fields(m, v.Fields)
			if err != nil {
				return err
			}
			defined[d] = append(defined[d], types.Variant{Name: code.Identifiers[v.Name], Fields: fields})
		}
	}
	for _, d := range m.Datatypes {
		switch variants := defined[d]; {
		case variants == nil:
			return status.New(status.MissingDependency, "datatype %s is not defined", d.Name)
		case d.Variants == nil:
			d.Variants = variants
		case !slices.EqualFunc(d.Variants, variants, sameVariant):
			return redeclared(d)
		}
	}
	return nil
}

// sameVariant compares declarations of one family, whose types are equal when their pointers are.
func sameVariant(a, b types.Variant) bool {
	return a.Name == b.Name && slices.Equal(a.Fields, b.Fields)
}

func redeclared(d *types.Datatype) error {
	return status.New(status.TypeMismatch, "datatype %s::%s differs from the one of another version", d.Module, d.Name)
}

// compatible checks a handle against the datatype that it names: the handle may promise less than there is.
func compatible(h bytecode.DatatypeHandle, d *types.Datatype) error {
	ok := d.Abilities.Has(h.Abilities) && len(h.Params) == len(d.Params)
	for i := 0; ok && i < len(h.Params); i++ {
		ok = h.Params[i].Constraints.Has(d.Params[i].Constraints) && (d.Params[i].Phantom || !h.Params[i].Phantom)
	}
	if !ok {
		return status.New(status.TypeMismatch, "datatype %s::%s is not what its user was compiled against", d.Module, d.Name)
	}
	return nil
}

func (l *Linker) fields(m *Module, defs []bytecode.FieldDef) ([]types.Field, error) {
	fields := make([]types.Field, len(defs))
	for i, f := range defs {
		t, err := l.typeOf(m, f.Type)
		if err != nil {
			return nil, err
		}
		fields[i] = types.Field{Name: m.Code.Identifiers[f.Name], Type: t}
	}
	return fields, nil
}

// typeOf interns a type as written in a module whose datatypes are known.
func (l *Linker) typeOf(m *Module, t bytecode.Token) (*types.Type, error) {
	typ, err := l.intern(m, t)
	if err != nil {
		return nil, err
	}
	return typ, checkNodes(typ.Nodes())
}

func checkNodes(n int) error {
	if n > maxTypeNodes {
		return status.New(status.VMMaxTypeNodesReached, "types of %d nodes, at most %d are allowed", n, maxTypeNodes)
	}
	return nil
}

// nodes of some types together.
func nodes(ts []*types.Type) int {
	n := 0
	for _, t := range ts {
		n += t.Nodes()
	}
	return n
}

func (l *Linker) intern(m *Module, t bytecode.Token) (*types.Type, error) {
	if prim := types.OfKind(t.Kind); prim != nil {
		return prim, nil
	}
	args, err := l.typesOf(m, t.Args)
	if err != nil {
		return nil, err
	}
	switch t.Kind {
	case types.Parameter:
		return l.universe.ParameterOf(t.Index)
	case types.Vector:
		return l.universe.VectorOf(args[0])
	case types.Reference, types.MutReference:
		return l.universe.ReferenceTo(args[0], t.Kind == types.MutReference)
	default:
		return l.universe.Instance(m.datatypes[t.Index], args)
	}
}

func (l *Linker) typesOf(m *Module, tokens []bytecode.Token) ([]*types.Type, error) {
	out := make([]*types.Type, len(tokens))
	for i, t := range tokens {
		var err error
		if out[i], err = l.typeOf(m, t); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (l *Linker) linkSignatures(m *Module, _ []*Module) error {
	m.sigs = make([][]*types.Type, len(m.Code.Signatures))
	for i, s := range m.Code.Signatures {
		var err error
		if m.sigs[i], err = l.typesOf(m, s); err != nil {
			return err
		}
	}
	return nil
}

func (l *Linker) linkFunctions(m *Module, needed []*Module) error {
	code := m.Code
	for i := range code.FunctionDefs {
		def := &code.FunctionDefs[i]
		h := code.Functions[def.Handle]
		f := &Function{Module: m, Name: code.Identifiers[h.Name], Visibility: def.Visibility, Entry: def.Entry, Native: def.Native,
			TypeParams: h.TypeParams, Params: m.sigs[h.Parameters], Results: m.sigs[h.Results], def: def}
		if !def.Native {
			f.locals = m.sigs[def.Locals]
		}
		m.Functions[f.Name] = f
	}
	for _, h := range code.Functions {
		name := code.Identifiers[h.Name]
		f := needed[h.Module].Functions[name]
		if f == nil {
			return status.New(status.MissingDependency, "module %s has no function %s", needed[h.Module].ID, name)
		}
		if err := callable(m, h, f); err != nil {
			return err
		}
		m.functions = append(m.functions, f)
	}
	return nil
}

// callable checks a handle against the function that it names.
func callable(m *Module, h bytecode.FunctionHandle, f *Function) error {
	if f.Module != m && f.Visibility != bytecode.Public && (f.Visibility != bytecode.Friend || !f.Module.friends[m.ID]) {
		return status.New(status.FunctionNotVisible, "%s cannot be called from here", f)
	}
	ok := len(h.TypeParams) == len(f.TypeParams) && same(m.sigs[h.Parameters], f.Params) && same(m.sigs[h.Results], f.Results)
	for i := 0; ok && i < len(h.TypeParams); i++ {
		ok = h.TypeParams[i].Has(f.TypeParams[i])
	}
	if !ok {
		return status.New(status.TypeMismatch, "%s is not what its user was compiled against", f)
	}
	return nil
}

func same(a, b []*types.Type) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// argsKey identifies a list of interned types.
func argsKey(args []*types.Type) string {
	b := make([]byte, 0, 4*len(args))
	for _, t := range args {
		b = binary.LittleEndian.AppendUint32(b, t.ID())
	}
	return string(b)
}
