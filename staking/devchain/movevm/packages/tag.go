package packages

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// TypeTag is a type as transactions, objects and events spell it: closed, no reference, its datatypes named by the id of
// the package that first had them. (In a transaction, the id of a later version of that package does as well.)
type TypeTag struct {
	Kind   types.Kind // Bool to Signer, Vector, or Struct, which stands for enums too
	Elem   *TypeTag   // of a vector
	Struct *StructTag
}

// StructTag names a struct or enum with its type arguments.
type StructTag struct {
	Address      types.Address
	Module, Name string
	Params       []TypeTag
}

// String is the spelling with full addresses and without spaces, as types.Type has it.
func (t TypeTag) String() string {
	var b strings.Builder
	t.write(&b)
	return b.String()
}

func (t TypeTag) write(b *strings.Builder) {
	switch {
	case t.Kind == types.Vector && t.Elem != nil:
		b.WriteString("vector<")
		t.Elem.write(b)
		b.WriteByte('>')
	case t.Kind == types.Struct && t.Struct != nil:
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

// tagNumbers has the numbers of the primitive types in BCS; types that came later have the later numbers.
var tagNumbers = map[types.Kind]byte{types.Bool: 0, types.U8: 1, types.U64: 2, types.U128: 3, types.AddressKind: 4,
	types.Signer: 5, types.Vector: 6, types.Struct: 7, types.U16: 8, types.U32: 9, types.U256: 10}

// AppendBCS appends the BCS of Sui's TypeTag.
func (t TypeTag) AppendBCS(b []byte) []byte {
	b = append(b, tagNumbers[t.Kind])
	switch {
	case t.Elem != nil:
		return t.Elem.AppendBCS(b)
	case t.Struct != nil:
		return t.Struct.AppendBCS(b)
	default:
		return b
	}
}

// AppendBCS appends the BCS of Sui's StructTag.
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

// ParseTypeTag reads a type as String writes it. Addresses may be short, and spaces may follow commas.
func ParseTypeTag(s string) (TypeTag, error) {
	if len(s) > maxSpelling {
		return TypeTag{}, fmt.Errorf("%w: %d bytes, at most %d", ErrTag, len(s), maxSpelling)
	}
	p := tagParser{rest: s}
	t, err := p.tag(0)
	if err == nil && p.rest != "" {
		err = fmt.Errorf("%w: %q follows", ErrTag, p.rest)
	}
	if err != nil {
		return TypeTag{}, err
	}
	return t, nil
}

type tagParser struct{ rest string }

var primitiveNames = map[string]types.Kind{"bool": types.Bool, "u8": types.U8, "u16": types.U16, "u32": types.U32,
	"u64": types.U64, "u128": types.U128, "u256": types.U256, "address": types.AddressKind, "signer": types.Signer}

func (p *tagParser) tag(depth int) (TypeTag, error) {
	if depth >= maxTagDepth {
		return TypeTag{}, fmt.Errorf("%w: more than %d types inside each other", ErrTag, maxTagDepth)
	}
	word := p.until("<,>")
	if kind, ok := primitiveNames[word]; ok {
		return TypeTag{Kind: kind}, nil
	}
	if word == "vector" {
		params, err := p.params(depth)
		if err != nil {
			return TypeTag{}, err
		}
		if len(params) != 1 {
			return TypeTag{}, fmt.Errorf("%w: a vector of %d types", ErrTag, len(params))
		}
		return TypeTag{Kind: types.Vector, Elem: &params[0]}, nil
	}
	parts := strings.Split(word, "::")
	if len(parts) != 3 || parts[1] == "" || parts[2] == "" {
		return TypeTag{}, fmt.Errorf("%w: %q is no address::module::Name", ErrTag, word)
	}
	address, err := types.ParseAddress(parts[0])
	if err != nil {
		return TypeTag{}, fmt.Errorf("%w: %w", ErrTag, err)
	}
	tag := &StructTag{Address: address, Module: parts[1], Name: parts[2]}
	if strings.HasPrefix(p.rest, "<") {
		if tag.Params, err = p.params(depth); err != nil {
			return TypeTag{}, err
		}
	}
	return TypeTag{Kind: types.Struct, Struct: tag}, nil
}

// until takes what stands before any of the characters.
func (p *tagParser) until(stops string) string {
	n := strings.IndexAny(p.rest, stops)
	if n < 0 {
		n = len(p.rest)
	}
	word := strings.TrimSpace(p.rest[:n])
	p.rest = p.rest[n:]
	return word
}

// params reads type arguments in angle brackets.
func (p *tagParser) params(depth int) ([]TypeTag, error) {
	if !p.skip('<') {
		return nil, fmt.Errorf("%w: %q where type arguments are wanted", ErrTag, p.rest)
	}
	var params []TypeTag
	for {
		t, err := p.tag(depth + 1)
		if err != nil {
			return nil, err
		}
		params = append(params, t)
		switch {
		case p.skip('>'):
			p.rest = strings.TrimLeft(p.rest, " ")
			return params, nil
		case !p.skip(','):
			return nil, fmt.Errorf("%w: type arguments do not end", ErrTag)
		}
	}
}

func (p *tagParser) skip(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// FrameworkTag spells a type of the Sui framework.
func FrameworkTag(module, name string, params ...TypeTag) TypeTag {
	return TypeTag{Kind: types.Struct, Struct: &StructTag{Address: framework, Module: module, Name: name, Params: params}}
}
