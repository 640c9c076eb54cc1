package abi

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// World is what a program refers to.
type World struct {
	Packages map[ptb.Address]string // by their names in the build
	Objects  map[ptb.Address]Type
}

// CheckProgram compares the calls of a program with the compiled functions: that these can be called by a transaction, and
// that the arguments are as many as the parameters and of their types. Shared objects must be mutable exactly if a call
// changes them. It gives the names of the functions that are called.
func (c *Contracts) CheckProgram(p ptb.Program, w World) ([]string, error) {
	k := checker{Contracts: c, World: w, Program: p, written: make(map[uint16]bool)}
	var called []string
	for i := range p.Commands {
		name, err := k.command(&p.Commands[i])
		if err != nil {
			return nil, fmt.Errorf("command %d, %s: %w", i, name, err)
		}
		if name != "" {
			called = append(called, name)
		}
	}
	for i, in := range p.Inputs {
		if in.Object != nil && in.Object.Shared != nil && in.Object.Shared.Mutable != k.written[uint16(i)] {
			return nil, fmt.Errorf("object %s: mutable %v, written %v", w.Objects[in.Object.ID()], in.Object.Shared.Mutable, k.written[uint16(i)])
		}
	}
	return called, nil
}

type checker struct {
	*Contracts
	World
	ptb.Program
	results [][]Type
	written map[uint16]bool // inputs
}

func (k *checker) name(at ptb.Address) (string, bool) {
	name, ok := k.Packages[at]
	return name, ok
}

func (k *checker) command(c *ptb.Command) (string, error) {
	switch {
	case c.MoveCall != nil:
		return k.call(c.MoveCall)
	case c.MakeMoveVec != nil:
		elem := TypeOf(*c.MakeMoveVec.Type, k.name)
		for i, a := range c.MakeMoveVec.Elements {
			if err := k.argument(a, elem); err != nil {
				return "MakeMoveVec", fmt.Errorf("element %d: %w", i, err)
			}
		}
		k.results = append(k.results, []Type{{Kind: types.Vector, Args: []Type{elem}}})
		return "", nil
	case c.Upgrade != nil:
		k.results = append(k.results, []Type{framework("package", "UpgradeReceipt")})
		return "Upgrade", k.argument(c.Upgrade.Ticket, framework("package", "UpgradeTicket"))
	default:
		k.results = append(k.results, nil)
		return "", nil
	}
}

func framework(module, name string) Type {
	return Type{Kind: types.Struct, Package: "sui-framework", Module: module, Name: name}
}

func (k *checker) call(m *ptb.MoveCall) (string, error) {
	name := k.Packages[m.Package] + "::" + m.Module + "::" + m.Function
	f, ok := k.Functions[name]
	if !ok || !f.Public && !f.Entry {
		return name, errors.New("no transaction can call that")
	}
	if len(m.Arguments) != len(f.Parameters) {
		return name, fmt.Errorf("%d arguments for %d parameters", len(m.Arguments), len(f.Parameters))
	}
	var params []Type
	for _, t := range m.TypeArguments {
		params = append(params, TypeOf(t, k.name))
	}
	for i, a := range m.Arguments {
		if err := k.argument(a, f.Parameters[i].with(params)); err != nil {
			return name, fmt.Errorf("argument %d: %w", i, err)
		}
	}
	var results []Type
	for _, t := range f.Results {
		results = append(results, t.with(params))
	}
	k.results = append(k.results, results)
	return name, nil
}

func (k *checker) argument(a ptb.Argument, want Type) error {
	var have Type
	switch {
	case a.Input != nil:
		in := k.Inputs[*a.Input]
		if in.Pure != nil {
			return checkPure(want, *in.Pure)
		}
		have = k.Objects[in.Object.ID()]
		if want.Kind != types.Reference {
			k.written[*a.Input] = true
		}
	case a.Result != nil && len(k.results[*a.Result]) == 1:
		have = k.results[*a.Result][0]
	case a.NestedResult != nil && int(a.NestedResult.Result) < len(k.results[a.NestedResult.Command]):
		have = k.results[a.NestedResult.Command][a.NestedResult.Result]
	default:
		return fmt.Errorf("no value for %s", want)
	}
	if have.Inner().String() != want.Inner().String() {
		return fmt.Errorf("%s for %s", have, want)
	}
	return nil
}

func checkPure(t Type, encoded []byte) error {
	rest, err := pure(t, encoded)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%d bytes too many", len(rest))
	}
	if err != nil {
		return fmt.Errorf("%x for %s: %w", encoded, t, err)
	}
	return nil
}

// widths are the bytes of the types of a fixed size.
var widths = map[types.Kind]int{types.U8: 1, types.U16: 2, types.U32: 4, types.U64: 8, types.U128: 16, types.U256: 32, types.AddressKind: 32}

var errShort = errors.New("too few bytes")

// pure takes a value of a type off the bytes of an input.
func pure(t Type, b []byte) ([]byte, error) {
	if width, ok := widths[t.Kind]; ok {
		if len(b) < width {
			return nil, errShort
		}
		return b[width:], nil
	}
	switch {
	case t.Kind == types.Bool:
		if len(b) == 0 || b[0] > 1 {
			return nil, errors.New("no boolean")
		}
		return b[1:], nil
	case t.Kind == types.Vector:
		return pureList(t.Args[0], b)
	case t.Is("sui-framework::object::ID"):
		return pure(Type{Kind: types.AddressKind}, b)
	case t.Is("move-stdlib::option::Option"):
		if len(b) > 0 && b[0] > 1 {
			return nil, errors.New("no option")
		}
		return pureList(t.Args[0], b)
	case t.Is("move-stdlib::string::String"):
		rest, err := pureList(Type{Kind: types.U8}, b)
		if err == nil && !utf8.Valid(b[:len(b)-len(rest)]) {
			err = errors.New("no UTF-8")
		}
		return rest, err
	default:
		return nil, errors.New("not a type of inputs")
	}
}

func pureList(elem Type, b []byte) ([]byte, error) {
	n, read := binary.Uvarint(b)
	if read <= 0 || n > uint64(len(b)) {
		return nil, errShort
	}
	b = b[read:]
	var err error
	for range n {
		if b, err = pure(elem, b); err != nil {
			return nil, err
		}
	}
	return b, nil
}
