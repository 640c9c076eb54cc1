package draft

import (
	"errors"
	"fmt"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"

	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/rpc/message"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// ErrNoObject says that a transaction names an object that there is not.
var ErrNoObject = errors.New("there is no such object")

// Chain has what drafts leave open.
type Chain interface {
	// Object is the present version of a Move object, nil when there is none.
	Object(id ptb.Address) (*effects.Object, error)
	// Package is a package, nil when there is none.
	Package(id ptb.Address) (*packages.Package, error)
}

// Resolve makes the program that a draft means on a chain: objects named by their id alone get the version and digest that
// they have now; shared ones are mutable if a command needs them so, and ones that a function receives are received. It
// fails with a *message.FieldError, which wraps ErrNoObject where that is why, and with the chain's errors.
func (d *Draft) Resolve(chain Chain) (ptb.Program, error) {
	p := ptb.Program{Commands: d.commands}
	var uses []use
	for i, m := range d.inputs {
		in, done, err := complete(m)
		if err == nil && !done {
			if uses == nil {
				if uses, err = d.uses(chain); err != nil {
					return p, err
				}
			}
			in, err = resolve(m, uses[i], chain)
		}
		if err != nil {
			return p, message.Invalid(fmt.Sprintf("%s[%d]", inputsField, i), err)
		}
		p.Inputs = append(p.Inputs, in)
	}
	return p, nil
}

// complete reads an input that leaves nothing open, and says whether it is one.
func complete(m *v2.Input) (ptb.CallArg, bool, error) {
	switch {
	case m.GetLiteral() != nil:
		return ptb.CallArg{}, false, fmt.Errorf("literal values: %w; encode the value in BCS", ErrUnsupported)
	case m.GetKind() == v2.Input_PURE || m.GetKind() == v2.Input_INPUT_KIND_UNKNOWN && m.GetPure() != nil:
		if m.GetObjectId() != "" {
			return ptb.CallArg{}, false, errors.New("an input is a pure value or an object, not both")
		}
		pure := m.GetPure()
		return ptb.CallArg{Pure: &pure}, true, nil
	case m.GetKind() == v2.Input_SHARED && m.Version != nil && m.Mutable != nil:
		id, err := message.Address("object_id", m.ObjectId)
		return object(ptb.ObjectArg{Shared: &ptb.SharedRef{ID: id, InitialVersion: m.GetVersion(), Mutable: m.GetMutable()}}), true, err
	case m.GetKind() == v2.Input_IMMUTABLE_OR_OWNED && m.Version != nil && m.Digest != nil:
		ref, err := reference(m.ObjectId, m.Version, m.Digest)
		return object(ptb.ObjectArg{ImmOrOwned: &ref}), true, err
	case m.GetKind() == v2.Input_RECEIVING && m.Version != nil && m.Digest != nil:
		ref, err := reference(m.ObjectId, m.Version, m.Digest)
		return object(ptb.ObjectArg{Receiving: &ref}), true, err
	case m.GetKind() > v2.Input_RECEIVING:
		return ptb.CallArg{}, false, fmt.Errorf("inputs of kind %d: %w", m.GetKind(), ErrUnsupported)
	default:
		return ptb.CallArg{}, false, nil
	}
}

func object(a ptb.ObjectArg) ptb.CallArg { return ptb.CallArg{Object: &a} }

// resolve finds out what an input leaves open.
func resolve(m *v2.Input, u use, chain Chain) (ptb.CallArg, error) {
	id, err := message.Address("object_id", m.ObjectId)
	if err != nil {
		return ptb.CallArg{}, err
	}
	o, err := chain.Object(id)
	if err != nil {
		return ptb.CallArg{}, err
	}
	if o == nil {
		return ptb.CallArg{}, fmt.Errorf("object %s: %w", id, ErrNoObject)
	}
	version := o.Version
	if o.Owner.Kind == objects.Shared {
		version = o.SharedAt
	}
	if m.Version != nil && m.GetVersion() != version {
		return ptb.CallArg{}, fmt.Errorf("object %s: version %d, the present one is %d", id, m.GetVersion(), version)
	}
	if o.Owner.Kind == objects.Shared {
		if err := kindIs(m, v2.Input_SHARED); err != nil {
			return ptb.CallArg{}, fmt.Errorf("shared object %s: %w", id, err)
		}
		mutable := u.mutable
		if m.Mutable != nil {
			mutable = m.GetMutable()
		}
		return object(ptb.ObjectArg{Shared: &ptb.SharedRef{ID: id, InitialVersion: version, Mutable: mutable}}), nil
	}
	digest, err := o.Digest()
	if err != nil {
		return ptb.CallArg{}, err
	}
	if m.Digest != nil && m.GetDigest() != digest.String() {
		return ptb.CallArg{}, fmt.Errorf("object %s: digest %.80s, the one of version %d is %s", id, m.GetDigest(), version, digest)
	}
	ref := ptb.ObjectRef{ID: id, Version: version, Digest: digest}
	switch {
	case o.Owner.Kind == objects.ByObject:
		return ptb.CallArg{}, fmt.Errorf("object %s belongs to object %s: it is no input", id, o.Owner.Address)
	case u.received || m.GetKind() == v2.Input_RECEIVING:
		return object(ptb.ObjectArg{Receiving: &ref}), kindIs(m, v2.Input_RECEIVING)
	default:
		return object(ptb.ObjectArg{ImmOrOwned: &ref}), kindIs(m, v2.Input_IMMUTABLE_OR_OWNED)
	}
}

// kindIs checks what a client says of an input against what it is.
func kindIs(m *v2.Input, kind v2.Input_InputKind) error {
	if k := m.GetKind(); k != v2.Input_INPUT_KIND_UNKNOWN && k != kind {
		return fmt.Errorf("it is an input of kind %s, not %s", kind, k)
	}
	return nil
}

// use is what commands do with an input.
type use struct {
	mutable  bool // some take it, or change it
	received bool // some function receives it
}

// uses finds out what commands do with each input. A function that there is not, and an argument beyond its parameters,
// fail when the transaction is executed, which tells why.
func (d *Draft) uses(chain Chain) ([]use, error) {
	out := make([]use, len(d.inputs))
	code := reading{chain: chain, modules: make(map[types.ModuleID]*bytecode.Module)}
	for i := range d.commands {
		c := &d.commands[i]
		if c.MoveCall == nil { // all other commands take what they are given
			list, single := c.Arguments()
			for _, arguments := range [][]ptb.Argument{list, single} {
				for _, a := range arguments {
					if a.Input != nil && int(*a.Input) < len(out) {
						out[*a.Input].mutable = true
					}
				}
			}
			continue
		}
		parameters, err := code.parameters(c.MoveCall)
		if err != nil {
			return nil, err
		}
		for j, a := range c.MoveCall.Arguments {
			if a.Input == nil || int(*a.Input) >= len(out) || j >= len(parameters) {
				continue
			}
			u := &out[*a.Input]
			u.mutable = u.mutable || parameters[j].mutable
			u.received = u.received || parameters[j].received
		}
	}
	return out, nil
}

// reading reads modules, each once.
type reading struct {
	chain   Chain
	modules map[types.ModuleID]*bytecode.Module
}

// parameters says what a function does with its arguments, nothing for one that there is not.
func (r *reading) parameters(c *ptb.MoveCall) ([]use, error) {
	id := types.ModuleID{Address: c.Package, Name: c.Module}
	m, ok := r.modules[id]
	if !ok {
		var err error
		if m, err = r.module(id); err != nil {
			return nil, err
		}
		r.modules[id] = m
	}
	if m == nil {
		return nil, nil
	}
	for i := range m.FunctionDefs {
		h := &m.Functions[m.FunctionDefs[i].Handle]
		if m.Identifiers[h.Name] != c.Function {
			continue
		}
		tokens := m.Signatures[h.Parameters]
		out := make([]use, len(tokens))
		for j := range tokens {
			out[j] = use{mutable: tokens[j].Kind != types.Reference, received: isReceiving(m, &tokens[j])}
		}
		return out, nil
	}
	return nil, nil
}

func (r *reading) module(id types.ModuleID) (*bytecode.Module, error) {
	p, err := r.chain.Package(id.Address)
	if err != nil || p == nil {
		return nil, err
	}
	code, ok := p.Module(id.Name)
	if !ok {
		return nil, nil
	}
	return bytecode.Read(code)
}

// isReceiving says whether a type is 0x2::transfer::Receiving, or a reference to it.
func isReceiving(m *bytecode.Module, t *bytecode.Token) bool {
	if t.Kind == types.Reference || t.Kind == types.MutReference {
		t = &t.Args[0]
	}
	if t.Kind != types.Struct {
		return false
	}
	h := &m.Datatypes[t.Index]
	module := m.ID(m.Modules[h.Module])
	return m.Identifiers[h.Name] == "Receiving" && module == types.ModuleID{Address: ptb.ShortAddress(2), Name: "transfer"}
}
