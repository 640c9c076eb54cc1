package ptb

import (
	"fmt"
	"strings"
)

// ParseTypeTag reads a type as String writes it. Addresses may be short, and spaces may follow commas. It fails with
// ErrTypeTag.
func ParseTypeTag(s string) (TypeTag, error) {
	if len(s) > maxSpelling {
		return TypeTag{}, fmt.Errorf("%w: %d bytes, at most %d", ErrTypeTag, len(s), maxSpelling)
	}
	p := tagParser{rest: s}
	t, err := p.tag()
	if err == nil && p.rest != "" {
		err = fmt.Errorf("%w: %.80q follows", ErrTypeTag, p.rest)
	}
	if err != nil {
		return TypeTag{}, err
	}
	return t, nil
}

// ParseStructTag is ParseTypeTag for types of structs.
func ParseStructTag(s string) (StructTag, error) {
	t, err := ParseTypeTag(s)
	if err == nil && t.Struct == nil {
		err = fmt.Errorf("%w: %s is no struct", ErrTypeTag, t)
	}
	if err != nil {
		return StructTag{}, err
	}
	return *t.Struct, nil
}

type tagParser struct {
	rest  string
	nodes int
}

var primitiveNames = map[string]Kind{"bool": Bool, "u8": U8, "u16": U16, "u32": U32, "u64": U64, "u128": U128, "u256": U256,
	"address": AddressKind, "signer": Signer}

func (p *tagParser) tag() (TypeTag, error) {
	if p.nodes++; p.nodes > maxTagNodes {
		return TypeTag{}, errNodes
	}
	word := p.until("<,>")
	if kind, ok := primitiveNames[word]; ok {
		return TypeTag{Kind: kind}, nil
	}
	if word == "vector" {
		params, err := p.params()
		if err != nil {
			return TypeTag{}, err
		}
		if len(params) != 1 {
			return TypeTag{}, fmt.Errorf("%w: a vector of %d types", ErrTypeTag, len(params))
		}
		return VectorOf(params[0]), nil
	}
	parts := strings.Split(word, "::")
	if len(parts) != 3 || !spelled(parts[1]) || !spelled(parts[2]) {
		return TypeTag{}, fmt.Errorf("%w: %.400q is no address::module::Name", ErrTypeTag, word)
	}
	address, err := ParseAddress(parts[0])
	if err != nil {
		return TypeTag{}, fmt.Errorf("%w: %w", ErrTypeTag, err)
	}
	s := StructTag{Address: address, Module: parts[1], Name: parts[2]}
	if strings.HasPrefix(p.rest, "<") {
		if s.Params, err = p.params(); err != nil {
			return TypeTag{}, err
		}
	}
	return s.Tag(), nil
}

// IsIdentifier says whether s can name something in Move: letters, digits and underscores; no digit first, and not a lone
// underscore.
func IsIdentifier(s string) bool {
	if s == "" || s == "_" || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for _, b := range []byte(s) {
		if b != '_' && (b < '0' || b > '9') && (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') {
			return false
		}
	}
	return true
}

// spelled says whether s can name a module or a datatype.
func spelled(s string) bool { return len(s) <= maxName && IsIdentifier(s) }

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
func (p *tagParser) params() ([]TypeTag, error) {
	if !p.skip('<') {
		return nil, fmt.Errorf("%w: %.80q where type arguments are wanted", ErrTypeTag, p.rest)
	}
	var params []TypeTag
	for {
		t, err := p.tag()
		if err != nil {
			return nil, err
		}
		params = append(params, t)
		switch {
		case p.skip('>'):
			p.rest = strings.TrimLeft(p.rest, " ")
			return params, nil
		case !p.skip(','):
			return nil, fmt.Errorf("%w: type arguments do not end", ErrTypeTag)
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
