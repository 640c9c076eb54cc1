package ptb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/floe-network/floe/staking/sui/bcs"
)

// ErrTypeTag is the error of types that are not well-formed, as text and as values.
var ErrTypeTag = errors.New("malformed type")

// Bounds of type tags.
const (
	// maxTagNodes of a type, itself included: Sui's bound (max_type_nodes is no more than that in any protocol).
	maxTagNodes = 128
	// maxName is the most bytes of a module's or a datatype's name (max_move_identifier_len).
	maxName = 128
	// maxSpelling is the most bytes of a type as written out, of nodes with two names and an address each.
	maxSpelling = maxTagNodes * (2*maxName + 144)
)

// Kind is the shape of a type. The zero Kind is none.
type Kind uint8

// The kinds. U8 to U256 are in order of width.
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
	Struct // stands for enums too
)

var kindNames = [...]string{"none", "bool", "u8", "u16", "u32", "u64", "u128", "u256", "address", "signer", "vector", "struct"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// TypeTag is a type as transactions, objects and events spell it: closed, no reference, its datatypes named by the id of
// the package that first had them. (In a transaction, the id of a later version of that package does as well.)
type TypeTag struct {
	Kind   Kind
	Elem   *TypeTag   // of a vector
	Struct *StructTag // of a struct or enum
}

// StructTag names a struct or enum with its type arguments.
type StructTag struct {
	Address      Address
	Module, Name string
	Params       []TypeTag
}

// Tag is the TypeTag of the struct.
func (s StructTag) Tag() TypeTag { return TypeTag{Kind: Struct, Struct: &s} }

// VectorOf makes the TypeTag of a vector.
func VectorOf(elem TypeTag) TypeTag { return TypeTag{Kind: Vector, Elem: &elem} }

// FrameworkTag spells a type of the Sui framework.
func FrameworkTag(module, name string, params ...TypeTag) TypeTag {
	return StructTag{Address: ShortAddress(2), Module: module, Name: name, Params: params}.Tag()
}

// String is the spelling with full addresses and without spaces, as 0x00..02::coin::Coin<0x00..02::sui::SUI>.
func (t TypeTag) String() string {
	var b strings.Builder
	t.write(&b)
	return b.String()
}

// String is the spelling, as that of a TypeTag.
func (s StructTag) String() string { return s.Tag().String() }

func (t TypeTag) write(b *strings.Builder) {
	switch {
	case t.Kind == Vector && t.Elem != nil:
		b.WriteString("vector<")
		t.Elem.write(b)
		b.WriteByte('>')
	case t.Kind == Struct && t.Struct != nil:
		s := t.Struct
		b.WriteString(s.Address.String() + "::" + s.Module + "::" + s.Name)
		for i := range s.Params {
			b.WriteByte("<,"[min(i, 1)])
			s.Params[i].write(b)
		}
		if len(s.Params) > 0 {
			b.WriteByte('>')
		}
	default:
		b.WriteString(t.Kind.String())
	}
}

// packages calls visit with the packages that the type names.
func (t TypeTag) packages(visit func(Address)) {
	if t.Elem != nil {
		t.Elem.packages(visit)
	}
	if t.Struct != nil {
		visit(t.Struct.Address)
		for _, p := range t.Struct.Params {
			p.packages(visit)
		}
	}
}

// Nodes counts the type and all types inside it, and says how many are inside each other at most. It fails with ErrTypeTag
// where a type is not exactly one thing.
func (t TypeTag) Nodes() (nodes, depth int, err error) {
	switch primitive := t.Kind >= Bool && t.Kind <= Signer; {
	case primitive && t.Elem == nil && t.Struct == nil:
		return 1, 1, nil
	case t.Kind == Vector && t.Elem != nil && t.Struct == nil:
		nodes, depth, err = t.Elem.Nodes()
		return nodes + 1, depth + 1, err
	case t.Kind == Struct && t.Struct != nil && t.Elem == nil:
		return t.Struct.nodes()
	default:
		return 0, 0, fmt.Errorf("%w: a %s is not one thing", ErrTypeTag, t.Kind)
	}
}

func (s *StructTag) nodes() (nodes, depth int, err error) {
	for _, name := range [...]string{s.Module, s.Name} {
		if !spelled(name) {
			return 0, 0, fmt.Errorf("%w: %.140q is no name", ErrTypeTag, name)
		}
	}
	for _, p := range s.Params {
		n, d, err := p.Nodes()
		if err != nil {
			return 0, 0, err
		}
		nodes, depth = nodes+n, max(depth, d)
	}
	return nodes + 1, depth + 1, nil
}

// tagNumbers has the kinds by their numbers in BCS; kinds that came later have the later numbers.
var tagNumbers = [...]Kind{Bool, U8, U64, U128, AddressKind, Signer, Vector, Struct, U16, U32, U256}

// AppendBCS appends the BCS of Sui's TypeTag. The type must be well-formed.
func (t TypeTag) AppendBCS(b []byte) []byte {
	b = append(b, byte(slices.Index(tagNumbers[:], t.Kind)))
	switch {
	case t.Elem != nil:
		return t.Elem.AppendBCS(b)
	case t.Struct != nil:
		return t.Struct.AppendBCS(b)
	default:
		return b
	}
}

// AppendBCS appends the BCS of Sui's StructTag. The type must be well-formed.
func (s *StructTag) AppendBCS(b []byte) []byte {
	b = append(b, s.Address[:]...)
	b = appendString(b, s.Module)
	b = appendString(b, s.Name)
	b = binary.AppendUvarint(b, uint64(len(s.Params)))
	for i := range s.Params {
		b = s.Params[i].AppendBCS(b)
	}
	return b
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// MarshalBCS is AppendBCS that fails with ErrTypeTag for types that are not well-formed, and for those of more than 128
// nodes.
func (t TypeTag) MarshalBCS() ([]byte, error) {
	if err := bounded(t.Nodes()); err != nil {
		return nil, err
	}
	return t.AppendBCS(nil), nil
}

// MarshalBCS is AppendBCS that fails with ErrTypeTag as that of TypeTag does.
func (s StructTag) MarshalBCS() ([]byte, error) {
	if err := bounded(s.nodes()); err != nil {
		return nil, err
	}
	return s.AppendBCS(nil), nil
}

func bounded(nodes, _ int, err error) error {
	if err == nil && nodes > maxTagNodes {
		err = errNodes
	}
	return err
}

var errNodes = fmt.Errorf("%w: more than %d types inside it", ErrTypeTag, maxTagNodes)

// UnmarshalBCS reads a type of at most 128 nodes.
func (t *TypeTag) UnmarshalBCS(r io.Reader) (int, error) {
	d := tagDecoder{r: r}
	*t = d.tag()
	return d.n, d.err
}

// UnmarshalBCS reads a type of at most 128 nodes.
func (s *StructTag) UnmarshalBCS(r io.Reader) (int, error) {
	d := tagDecoder{r: r, nodes: 1}
	*s = d.structTag()
	return d.n, d.err
}

// tagDecoder reads types until something is wrong.
type tagDecoder struct {
	r     io.Reader
	n     int // bytes read
	nodes int
	err   error
}

func (d *tagDecoder) read(b []byte) {
	if d.err != nil {
		return
	}
	var n int
	n, d.err = io.ReadFull(d.r, b)
	d.n += n
}

func (d *tagDecoder) readByte() byte {
	b := make([]byte, 1)
	d.read(b)
	return b[0]
}

// size reads a number of at most limit. All numbers here are 128 at most: two bytes do.
func (d *tagDecoder) size(limit int) int {
	n := int(d.readByte())
	if n >= 1<<7 {
		n = n&(1<<7-1) | int(d.readByte())<<7
	}
	if d.err == nil && n > limit {
		d.err = fmt.Errorf("%w: a length of %d, at most %d", ErrTypeTag, n, limit)
	}
	if d.err != nil {
		return 0
	}
	return n
}

func (d *tagDecoder) name() string {
	b := make([]byte, d.size(maxName))
	d.read(b)
	return string(b)
}

func (d *tagDecoder) tag() TypeTag {
	if d.nodes++; d.nodes > maxTagNodes && d.err == nil {
		d.err = errNodes
	}
	number := int(d.readByte())
	if d.err != nil {
		return TypeTag{}
	}
	if number >= len(tagNumbers) {
		d.err = fmt.Errorf("%w: a type tag numbered %d", bcs.ErrUnsupported, number)
		return TypeTag{}
	}
	switch kind := tagNumbers[number]; kind {
	case Vector:
		return VectorOf(d.tag())
	case Struct:
		return d.structTag().Tag()
	default:
		return TypeTag{Kind: kind}
	}
}

func (d *tagDecoder) structTag() StructTag {
	var s StructTag
	d.read(s.Address[:])
	s.Module, s.Name = d.name(), d.name()
	for range d.size(maxTagNodes) {
		if s.Params = append(s.Params, d.tag()); d.err != nil {
			return s
		}
	}
	return s
}
