package types

import (
	"encoding/binary"
	"sync"

	"github.com/floe-network/floe/staking/devchain/movevm/status"
)

// Limits bound what types a Universe makes.
type Limits struct {
	Nodes      int // types in one type as written out
	ValueDepth int // values inside each other in a value of one type
	Types      int // types of one Universe
}

// DefaultLimits are Sui's where Sui has them.
func DefaultLimits() Limits {
	return Limits{
		// Twice Sui's bound on types that code mentions, which linking sees to: Sui does not count the types of the locals
		// of generic functions. It bounds the depth too, and so the recursions over types.
		Nodes: 256,
		// Sui's bound on nested values. Recursions over values rest on it.
		ValueDepth: 128,
		// About 100 bytes each: 20 MB. A package of 200 modules makes some thousands.
		Types: 200_000,
	}
}

// Universe interns types. It is safe for concurrent use.
type Universe struct {
	limits Limits
	mu     sync.RWMutex
	types  map[key]*Type
}

// key identifies a type by the identities of its parts.
type key struct {
	kind  Kind
	index uint16
	elem  *Type
	def   *Datatype
	args  string // ids, 4 bytes each
}

// NewUniverse makes an empty Universe.
func NewUniverse(limits Limits) *Universe {
	u := &Universe{limits: limits, types: make(map[key]*Type)}
	u.types[key{kind: Vector, elem: U8Type}] = BytesType
	return u
}

// Len counts the types that were made.
func (u *Universe) Len() int {
	u.mu.RLock()
	defer u.mu.RUnlock()
	return len(u.types)
}

// VectorOf is vector<elem>.
func (u *Universe) VectorOf(elem *Type) (*Type, error) {
	if elem.IsReference() {
		return nil, status.New(status.InvalidSignature, "a vector of references")
	}
	return u.intern(key{kind: Vector, elem: elem}, nil)
}

// ReferenceTo is &elem or &mut elem.
func (u *Universe) ReferenceTo(elem *Type, mutable bool) (*Type, error) {
	if elem.IsReference() {
		return nil, status.New(status.InvalidSignature, "a reference to a reference")
	}
	k := key{kind: Reference, elem: elem}
	if mutable {
		k.kind = MutReference
	}
	return u.intern(k, nil)
}

// ParameterOf is the type parameter with a number.
func (u *Universe) ParameterOf(index uint16) (*Type, error) {
	return u.intern(key{kind: Parameter, index: index}, nil)
}

// Instance is the datatype with type arguments. Their count is checked, and their abilities where they are closed.
func (u *Universe) Instance(def *Datatype, args []*Type) (*Type, error) {
	if len(args) != len(def.Params) {
		return nil, status.New(status.InvalidSignature, "%s::%s takes %d type arguments, not %d", def.Module, def.Name,
			len(def.Params), len(args))
	}
	k := key{kind: Struct, def: def}
	if def.IsEnum {
		k.kind = Enum
	}
	ids := make([]byte, 0, 4*len(args))
	for i, a := range args {
		if a.IsReference() {
			return nil, status.New(status.InvalidSignature, "a reference as a type argument of %s::%s", def.Module, def.Name)
		}
		if want := def.Params[i].Constraints; !a.open && !a.abilities.Has(want) {
			return nil, status.New(status.ConstraintNotMet, "type argument %d of %s::%s is %s and lacks some of %s", i,
				def.Module, def.Name, a, want)
		}
		ids = binary.LittleEndian.AppendUint32(ids, a.id)
	}
	k.args = string(ids)
	return u.intern(k, args)
}

func (u *Universe) intern(k key, args []*Type) (*Type, error) {
	u.mu.RLock()
	t := u.types[k]
	u.mu.RUnlock()
	if t != nil {
		return t, nil
	}
	t, err := u.build(k, args)
	if err != nil {
		return nil, err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if first := u.types[k]; first != nil {
		return first, nil
	}
	if len(u.types) >= u.limits.Types {
		return nil, status.New(status.TooManyTypeNodes, "more than %d types; link the packages anew", u.limits.Types)
	}
	t.id = firstFreeID + uint32(len(u.types))
	u.types[k] = t
	return t, nil
}

// build makes a type that is not interned yet.
func (u *Universe) build(k key, args []*Type) (*Type, error) {
	t := &Type{kind: k.kind, index: k.index, elem: k.elem, def: k.def, nodes: 1}
	add := func(part *Type) {
		t.nodes += part.nodes
		t.open = t.open || part.open
	}
	switch k.kind {
	case Parameter:
		t.open = true
	case Vector:
		add(k.elem)
		t.abilities = k.elem.abilities & Primitive
	case Reference, MutReference:
		add(k.elem)
		t.abilities = Copy | Drop
	default:
		t.args = append([]*Type(nil), args...)
		for _, a := range args {
			add(a)
		}
		t.abilities = k.def.instanceAbilities(args)
	}
	if t.nodes > u.limits.Nodes {
		return nil, status.New(status.VMMaxTypeNodesReached, "a type of %d nodes, at most %d are allowed", t.nodes, u.limits.Nodes)
	}
	return t, nil
}

// instanceAbilities are the declared abilities that the arguments, as far as values of them are inside, allow.
func (d *Datatype) instanceAbilities(args []*Type) Abilities {
	set := d.Abilities
	for i, a := range args {
		if d.Params[i].Phantom {
			continue
		}
		allowed := a.abilities & Primitive
		if a.abilities.Has(Store) {
			allowed |= Key // what has key must hold what has store
		}
		set &= allowed
	}
	return set
}

// Substitute replaces the parameters in a type by args.
func (u *Universe) Substitute(t *Type, args []*Type) (*Type, error) {
	if !t.open {
		return t, nil
	}
	switch t.kind {
	case Parameter:
		if int(t.index) >= len(args) {
			return nil, status.New(status.IndexOutOfBounds, "type parameter %d of %d", t.index, len(args))
		}
		return args[t.index], nil
	case Vector, Reference, MutReference:
		elem, err := u.Substitute(t.elem, args)
		if err != nil {
			return nil, err
		}
		if t.kind == Vector {
			return u.VectorOf(elem)
		}
		return u.ReferenceTo(elem, t.kind == MutReference)
	default:
		inner := make([]*Type, len(t.args))
		for i, a := range t.args {
			var err error
			if inner[i], err = u.Substitute(a, args); err != nil {
				return nil, err
			}
		}
		return u.Instance(t.def, inner)
	}
}

// SubstituteAll replaces the parameters in several types.
func (u *Universe) SubstituteAll(ts, args []*Type) ([]*Type, error) {
	out := make([]*Type, len(ts))
	for i, t := range ts {
		var err error
		if out[i], err = u.Substitute(t, args); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Layout resolves how values of a closed type that is no reference are built. Once it has succeeded, the types inside
// have their layouts too.
func (u *Universe) Layout(t *Type) (*Layout, error) {
	return u.layoutOf(t, 0)
}

func (u *Universe) layoutOf(t *Type, outer int) (*Layout, error) {
	if l := t.layout.Load(); l != nil {
		if outer+l.Depth > u.limits.ValueDepth {
			return nil, u.tooDeep(t)
		}
		return l, nil
	}
	// A datatype that contains itself ends here.
	if outer >= u.limits.ValueDepth {
		return nil, u.tooDeep(t)
	}
	if t.open || t.IsReference() {
		return nil, status.New(status.InvalidSignature, "no value layout for %s", t)
	}
	l := &Layout{Nodes: 1}
	inner := 0
	part := func(p *Type) error {
		pl, err := u.layoutOf(p, outer+1)
		if err == nil {
			inner = max(inner, pl.Depth)
			l.Nodes = min(l.Nodes+pl.Nodes, mostNodes)
		}
		return err
	}
	if t.kind == Vector {
		if err := part(t.elem); err != nil {
			return nil, err
		}
	} else {
		if t.kind == Enum {
			l.Nodes += len(t.def.Variants)
		}
		must := t.abilities & Primitive
		if t.abilities.Has(Key) {
			must |= Store
		}
		l.Variants = make([][]*Type, len(t.def.Variants))
		for i, v := range t.def.Variants {
			fields := make([]*Type, len(v.Fields))
			for j, f := range v.Fields {
				var err error
				if fields[j], err = u.Substitute(f.Type, t.args); err != nil {
					return nil, err
				}
				if !fields[j].abilities.Has(must) {
					return nil, status.New(status.ConstraintNotMet, "field %s of %s lacks some of %s", f.Name, t, must)
				}
				if err = part(fields[j]); err != nil {
					return nil, err
				}
			}
			l.Variants[i] = fields
		}
	}
	l.Depth = inner + 1
	t.layout.Store(l)
	return l, nil
}

func (u *Universe) tooDeep(t *Type) error {
	return status.New(status.VMMaxValueDepthReached, "values of %s lie more than %d deep in each other", t, u.limits.ValueDepth)
}

// Layout is the layout of the type as far as it was resolved, nil before.
func (t *Type) Layout() *Layout { return t.layout.Load() }
