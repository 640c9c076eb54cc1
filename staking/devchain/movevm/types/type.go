package types

import (
	"strings"
	"sync/atomic"
)

// Kind is the shape of a type and of a value of it. The zero Kind is none: an empty place.
type Kind uint8

// The kinds of types. U8 to U256 are in order of width. Up to Struct they have the numbers of the kinds of type tags.
const (
	None Kind = iota
	Bool
	U8
	U16
	U32
	U64
	U128
	U256
	AddressKind
	Signer
	Vector
	Struct
	Enum
	Reference
	MutReference
	Parameter // of a generic declaration, replaced before code runs
)

var kindNames = [...]string{"none", "bool", "u8", "u16", "u32", "u64", "u128", "u256", "address", "signer", "vector",
	"struct", "enum", "&", "&mut", "parameter"}

func (k Kind) String() string { return kindNames[k] }

// IsInteger says whether values of the kind take part in arithmetic.
func (k Kind) IsInteger() bool { return k >= U8 && k <= U256 }

// Type is an interned type: equal types of one Universe are the same pointer. It is immutable, except that its layout
// is filled in once, under the Universe's lock.
type Type struct {
	kind      Kind
	abilities Abilities
	index     uint16 // of a Parameter
	nodes     int
	open      bool // mentions a Parameter
	id        uint32
	elem      *Type
	def       *Datatype
	args      []*Type
	layout    atomic.Pointer[Layout]
}

// Kind is the shape of the type.
func (t *Type) Kind() Kind { return t.kind }

// Abilities of values of the type. A Parameter has none until it is replaced.
func (t *Type) Abilities() Abilities { return t.abilities }

// Elem is the element type of a vector and the target type of a reference; nil for others.
func (t *Type) Elem() *Type { return t.elem }

// Datatype is the declaration of a struct or enum; nil for others.
func (t *Type) Datatype() *Datatype { return t.def }

// Args are the type arguments of a struct or enum. The caller must not change them.
func (t *Type) Args() []*Type { return t.args }

// Index is the number of a Parameter.
func (t *Type) Index() int { return int(t.index) }

// IsOpen says whether the type mentions a Parameter.
func (t *Type) IsOpen() bool { return t.open }

// IsReference says whether the type is a reference, of either sort.
func (t *Type) IsReference() bool { return t.kind == Reference || t.kind == MutReference }

// ID is a number that no other type of the Universe has.
func (t *Type) ID() uint32 { return t.id }

// Nodes counts the type and all types inside it, as written out.
func (t *Type) Nodes() int { return t.nodes }

// String is the canonical spelling with full addresses and no spaces, as 0x00..02::coin::Coin<0x00..02::sui::SUI>.
func (t *Type) String() string {
	var b strings.Builder
	t.write(&b, Address.String)
	return b.String()
}

// Format spells the type with addresses written by the caller's function.
func (t *Type) Format(address func(Address) string) string {
	var b strings.Builder
	t.write(&b, address)
	return b.String()
}

// write recurses no deeper than the Universe's limit on nodes.
func (t *Type) write(b *strings.Builder, address func(Address) string) {
	switch t.kind {
	case Vector:
		b.WriteString("vector<")
		t.elem.write(b, address)
		b.WriteByte('>')
	case Reference:
		b.WriteByte('&')
		t.elem.write(b, address)
	case MutReference:
		b.WriteString("&mut ")
		t.elem.write(b, address)
	case Struct, Enum:
		b.WriteString(address(t.def.Module.Address))
		b.WriteString("::")
		b.WriteString(t.def.Module.Name)
		b.WriteString("::")
		b.WriteString(t.def.Name)
		for i, a := range t.args {
			if i == 0 {
				b.WriteByte('<')
			} else {
				b.WriteByte(',')
			}
			a.write(b, address)
		}
		if len(t.args) > 0 {
			b.WriteByte('>')
		}
	default:
		b.WriteString(t.kind.String())
	}
}

// The primitive types and vector<u8> are the same in every Universe.
var (
	BoolType    = primitive(Bool, Primitive)
	U8Type      = primitive(U8, Primitive)
	U16Type     = primitive(U16, Primitive)
	U32Type     = primitive(U32, Primitive)
	U64Type     = primitive(U64, Primitive)
	U128Type    = primitive(U128, Primitive)
	U256Type    = primitive(U256, Primitive)
	AddressType = primitive(AddressKind, Primitive)
	SignerType  = primitive(Signer, Drop)
	BytesType   = bytesType()
)

// primitives by kind.
var primitives = [...]*Type{Bool: BoolType, U8: U8Type, U16: U16Type, U32: U32Type, U64: U64Type, U128: U128Type,
	U256: U256Type, AddressKind: AddressType, Signer: SignerType}

// firstFreeID is above the ids of the types that every Universe has.
const firstFreeID = uint32(len(primitives)) + 1

func primitive(k Kind, a Abilities) *Type {
	t := &Type{kind: k, abilities: a, nodes: 1, id: uint32(k)}
	t.layout.Store(&Layout{Depth: 1, Nodes: 1})
	return t
}

func bytesType() *Type {
	t := &Type{kind: Vector, abilities: Primitive, nodes: 2, id: firstFreeID - 1, elem: U8Type}
	t.layout.Store(&Layout{Depth: 2, Nodes: 2})
	return t
}

// OfKind is the primitive type of a kind, nil where the kind is not primitive.
func OfKind(k Kind) *Type {
	if int(k) < len(primitives) {
		return primitives[k]
	}
	return nil
}

// TypeParameter of a datatype.
type TypeParameter struct {
	Constraints Abilities
	Phantom     bool
}

// Field of a struct or of a variant. Its type may mention the datatype's parameters.
type Field struct {
	Name string
	Type *Type
}

// Variant is one shape of an enum; a struct has exactly one, without a name.
type Variant struct {
	Name   string
	Fields []Field
}

// Datatype is the declaration of a struct or an enum. It is immutable once its module is linked.
type Datatype struct {
	Module    ModuleID
	Name      string
	IsEnum    bool
	Abilities Abilities // as declared; an instance may have fewer
	Params    []TypeParameter
	Variants  []Variant
}

// mostNodes is where counts of nodes stop: they can grow exponentially with the depth of a type.
const mostNodes = 1 << 20

// Layout is how values of a closed type are built.
type Layout struct {
	// Variants are the field types of a struct (one entry) or of each variant of an enum; nil for other types.
	Variants [][]*Type
	// Depth counts the values inside each other in a value of the type, itself included.
	Depth int
	// Nodes counts the types of which the type is made, itself, fields of all variants and the variants included; at most
	// mostNodes.
	Nodes int
}
