package packages

import (
	"errors"
	"fmt"
	"sync"

	"github.com/floe-network/floe/staking/devchain/movevm/linker"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Store has the packages of a chain.
type Store interface {
	// Package is the package of that id, nil when there is none.
	Package(id types.Address) (*Package, error)
}

// Loader links packages and keeps them linked from one transaction to the next: a published package never changes. It is
// safe for concurrent use.
type Loader struct {
	store   Store
	mu      sync.Mutex
	current *View
}

// NewLoader makes a Loader with nothing linked.
func NewLoader(store Store) *Loader { return &Loader{store: store} }

// View is what a transaction sees that publishes nothing.
func (l *Loader) View() *View {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current == nil || l.current.full() {
		l.current = l.Apart()
	}
	return l.current
}

// Apart is a View of its own for a transaction that publishes packages, which may not come to be.
func (l *Loader) Apart() *View {
	return &View{
		store: l.store, family: linker.New(nowhere{}, types.DefaultLimits(), linker.Options{}),
		added: make(map[types.Address]*Package), packages: make(map[types.Address]*linked),
		origins: make(map[origin]types.Address), types: make(map[string]*types.Type),
	}
}

// View links packages, each with the versions of others that it was published with. All share one family of types. It is
// safe for concurrent use but for Add.
type View struct {
	store  Store
	family *linker.Linker
	added  map[types.Address]*Package

	mu       sync.Mutex
	packages map[types.Address]*linked
	origins  map[origin]types.Address
	types    map[string]*types.Type
}

type linked struct {
	*Package
	linker *linker.Linker
}

type origin struct {
	module types.ModuleID
	name   string
}

// nowhere is the source of the first linker of a family, which is never asked for a module.
type nowhere struct{}

func (nowhere) Module(types.ModuleID) ([]byte, error) { return nil, linker.ErrNoModule }

func (v *View) full() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.packages) >= maxLinkers || v.family.Universe().Len() >= maxTypes || len(v.types) >= maxTypes
}

// Add makes a package part of the View before it is in the store.
func (v *View) Add(p *Package) { v.added[p.ID] = p }

// Package finds a package, or fails with ErrNoPackage.
func (v *View) Package(id types.Address) (*Package, error) {
	l, err := v.load(id)
	if err != nil {
		return nil, err
	}
	return l.Package, nil
}

// Linker links a package and what it depends on, or fails with ErrNoPackage.
func (v *View) Linker(id types.Address) (*linker.Linker, error) {
	l, err := v.load(id)
	if err != nil {
		return nil, err
	}
	return l.linker, nil
}

// Universe makes types.
func (v *View) Universe() *types.Universe { return v.family.Universe() }

func (v *View) load(id types.Address) (*linked, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if l := v.packages[id]; l != nil {
		return l, nil
	}
	p := v.added[id]
	if p == nil {
		var err error
		if p, err = v.store.Package(id); err != nil {
			return nil, err
		}
		if p == nil {
			return nil, fmt.Errorf("%w: %s", ErrNoPackage, id)
		}
	}
	l := &linked{Package: p, linker: v.family.Beside(source{v, p})}
	v.packages[id] = l
	for _, o := range p.Origins {
		v.origins[origin{types.ModuleID{Address: p.Original, Name: o.Module}, o.Datatype}] = o.Package
	}
	return l, nil
}

// source has the modules that a package sees.
type source struct {
	view *View
	self *Package
}

func (s source) Module(id types.ModuleID) ([]byte, error) {
	p := s.self
	if id.Address != p.Original {
		d, ok := p.Dependency(id.Address)
		if !ok {
			return nil, linker.ErrNoModule
		}
		var err error
		if p, err = s.view.Package(d.ID); err != nil {
			return nil, err
		}
	}
	b, ok := p.Module(id.Name)
	if !ok {
		return nil, linker.ErrNoModule
	}
	return b, nil
}

// DefiningID is the id of the version of a package that first had a datatype. The datatype must be of a package that the
// View has loaded, as any datatype of a linked module is.
func (v *View) DefiningID(module types.ModuleID, name string) types.Address {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.origins[origin{module, name}]
}

// Tag spells a closed type that is no reference.
func (v *View) Tag(t *types.Type) ptb.TypeTag {
	switch d := t.Datatype(); {
	case d != nil:
		s := ptb.StructTag{Address: v.DefiningID(d.Module, d.Name), Module: d.Module.Name, Name: d.Name}
		for _, a := range t.Args() {
			s.Params = append(s.Params, v.Tag(a))
		}
		return s.Tag()
	case t.Kind() == types.Vector:
		return ptb.VectorOf(v.Tag(t.Elem()))
	default:
		return ptb.TypeTag{Kind: ptb.Kind(t.Kind())}
	}
}

// Type is the type that a tag spells, with its layout. It fails with ErrNoPackage and ErrNoType, or with a status.Error for
// a type that cannot be.
func (v *View) Type(tag ptb.TypeTag) (*types.Type, error) {
	t, err := v.build(tag)
	if err != nil {
		return nil, err
	}
	_, err = v.Universe().Layout(t)
	return t, err
}

func (v *View) build(tag ptb.TypeTag) (*types.Type, error) {
	if t := types.OfKind(types.Kind(tag.Kind)); t != nil {
		return t, nil
	}
	if tag.Kind == ptb.Vector && tag.Elem != nil {
		elem, err := v.build(*tag.Elem)
		if err != nil {
			return nil, err
		}
		return v.Universe().VectorOf(elem)
	}
	if tag.Kind != ptb.Struct || tag.Struct == nil {
		return nil, fmt.Errorf("%w: it has no shape", ptb.ErrTypeTag)
	}
	s := tag.Struct
	l, err := v.load(s.Address)
	if err != nil {
		return nil, err
	}
	d, err := l.linker.Datatype(types.ModuleID{Address: l.Original, Name: s.Module}, s.Name)
	if errors.Is(err, status.MissingDependency) {
		return nil, fmt.Errorf("%w: %w", ErrNoType, err)
	}
	if err != nil {
		return nil, err
	}
	args := make([]*types.Type, len(s.Params))
	for i, p := range s.Params {
		if args[i], err = v.build(p); err != nil {
			return nil, err
		}
	}
	return v.Universe().Instance(d, args)
}

// TypeOf is the type of a spelling, as objects have it.
func (v *View) TypeOf(spelling string) (*types.Type, error) {
	v.mu.Lock()
	t := v.types[spelling]
	v.mu.Unlock()
	if t != nil {
		return t, nil
	}
	tag, err := ptb.ParseTypeTag(spelling)
	if err != nil {
		return nil, err
	}
	if t, err = v.Type(tag); err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.types[spelling] = t
	return t, nil
}
