package abi

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"strings"

	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// scalars are the Go kinds of Move's types of one value.
var scalars = map[types.Kind]reflect.Kind{
	types.Bool: reflect.Bool, types.U8: reflect.Uint8, types.U16: reflect.Uint16, types.U32: reflect.Uint32, types.U64: reflect.Uint64,
}

// transparent are the structs that Go has no struct for, because they are what their one field is.
var transparent = map[string]bool{
	"sui-framework::object::UID":        true,
	"sui-framework::object::ID":         true,
	"sui-framework::balance::Balance":   true,
	"sui-framework::group_ops::Element": true,
	"sui-framework::vec_map::VecMap":    true,
}

// CheckLayout compares a Go type with the Move type that it is decoded from: fields by number, name and type. Names agree
// when they are the same without case and underscores.
func (c *Contracts) CheckLayout(g reflect.Type, m Type) error {
	switch {
	case m.Kind == types.U256 || m.Kind == types.AddressKind:
		if g.Kind() != reflect.Array || g.Len() != 32 || g.Elem().Kind() != reflect.Uint8 {
			return fmt.Errorf("%s for %s", g, m)
		}
		return nil
	case m.Kind == types.U128:
		if g.Kind() != reflect.Struct || g.NumField() != 2 || g.Field(0).Name != "Low" {
			return fmt.Errorf("%s for %s", g, m)
		}
		return nil
	case m.Kind == types.Vector:
		if g.Kind() != reflect.Slice {
			return fmt.Errorf("%s for %s", g, m)
		}
		return c.CheckLayout(g.Elem(), m.Args[0])
	case m.Kind != types.Struct:
		if want, ok := scalars[m.Kind]; !ok || g.Kind() != want {
			return fmt.Errorf("%s for %s", g, m)
		}
		return nil
	case m.Is("move-stdlib::string::String"):
		if g.Kind() != reflect.String {
			return fmt.Errorf("%s for %s", g, m)
		}
		return nil
	case m.Is("move-stdlib::option::Option"):
		if g.Kind() != reflect.Pointer {
			return fmt.Errorf("%s for %s", g, m)
		}
		return c.CheckLayout(g.Elem(), m.Args[0])
	}
	return c.checkStruct(g, m)
}

func (c *Contracts) checkStruct(g reflect.Type, m Type) error {
	name := m.Package + "::" + m.Module + "::" + m.Name
	declared, ok := c.Structs[name]
	if !ok {
		return fmt.Errorf("there is no %s", name)
	}
	if transparent[name] {
		return c.CheckLayout(g, declared.Fields[0].Type.with(m.Args))
	}
	if g.Kind() != reflect.Struct || g.NumField() != len(declared.Fields) {
		return fmt.Errorf("%s for %s of %d fields", g, m, len(declared.Fields))
	}
	for i, want := range declared.Fields {
		field := g.Field(i)
		if !strings.EqualFold(field.Name, strings.ReplaceAll(want.Name, "_", "")) {
			return fmt.Errorf("%s.%s is where %s has %s", g, field.Name, name, want.Name)
		}
		optional := want.Type.Is("move-stdlib::option::Option")
		if optional != (field.Tag.Get("bcs") == "optional") {
			return fmt.Errorf("%s.%s for %s", g, field.Name, want.Type)
		}
		if err := c.CheckLayout(field.Type, want.Type.with(m.Args)); err != nil {
			return fmt.Errorf("%s.%s: %w", g, field.Name, err)
		}
	}
	return nil
}

// with puts type arguments in the place of type parameters.
func (t Type) with(args []Type) Type {
	if t.Kind == types.Parameter {
		return args[t.Parameter]
	}
	closed := t
	closed.Args = nil
	for _, a := range t.Args {
		closed.Args = append(closed.Args, a.with(args))
	}
	return closed
}

// Sample appends the BCS of a value of a type, in which lists have one element, options are some, and every number is n.
func (c *Contracts) Sample(b []byte, t Type, n byte) ([]byte, error) {
	if width, ok := widths[t.Kind]; ok {
		return append(append(b, n), make([]byte, width-1)...), nil
	}
	switch {
	case t.Kind == types.Bool:
		return append(b, n&1), nil
	case t.Kind == types.Vector:
		return c.Sample(append(b, 1), t.Args[0], n)
	case t.Is("move-stdlib::string::String"):
		return append(b, 1, 'a'+n%26), nil
	case t.Is("move-stdlib::option::Option"):
		return c.Sample(append(b, 1), t.Args[0], n)
	}
	declared, ok := c.Structs[t.Package+"::"+t.Module+"::"+t.Name]
	if !ok {
		return nil, fmt.Errorf("there is no %s", t)
	}
	var err error
	for _, f := range declared.Fields {
		if b, err = c.Sample(b, f.Type.with(t.Args), n); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Walk reads the BCS of a value of a type and visits every value of a struct in it, inner ones first, with its bytes. It
// gives what follows the value.
func (c *Contracts) Walk(t Type, b []byte, visit func(t Type, value []byte)) ([]byte, error) {
	switch {
	case widths[t.Kind] > 0 || t.Kind == types.Bool || t.Is("move-stdlib::string::String"):
		return pure(t, b)
	case t.Kind == types.Vector:
		n, read := binary.Uvarint(b)
		if read <= 0 {
			return nil, errShort
		}
		b = b[read:]
		var err error
		for range n {
			if b, err = c.Walk(t.Args[0], b, visit); err != nil {
				return nil, err
			}
		}
		return b, nil
	}
	declared, ok := c.Structs[t.Package+"::"+t.Module+"::"+t.Name]
	if !ok {
		return nil, fmt.Errorf("there is no %s", t)
	}
	all := b
	var err error
	for _, f := range declared.Fields {
		if b, err = c.Walk(f.Type.with(t.Args), b, visit); err != nil {
			return nil, err
		}
	}
	visit(t, all[:len(all)-len(b)])
	return b, nil
}

// TypeOf is the type of a tag, with packages by the names that they have at addresses.
func TypeOf(tag ptb.TypeTag, name func(ptb.Address) (string, bool)) Type {
	switch {
	case tag.Elem != nil:
		return Type{Kind: types.Vector, Args: []Type{TypeOf(*tag.Elem, name)}}
	case tag.Struct != nil:
		t := Type{Kind: types.Struct, Module: tag.Struct.Module, Name: tag.Struct.Name}
		t.Package, _ = name(tag.Struct.Address)
		for _, p := range tag.Struct.Params {
			t.Args = append(t.Args, TypeOf(p, name))
		}
		return t
	default:
		return Type{Kind: types.Kind(tag.Kind)}
	}
}
