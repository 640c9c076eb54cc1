package ptb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/floe-network/floe/staking/sui/bcs"
)

// ErrProgram says why a Builder has no Program.
var ErrProgram = errors.New("impossible program")

// Builder makes a Program. The same bytes, and the same object, are one input however often they are asked for; a shared
// object that is asked for as mutable once is mutable. The first thing that goes wrong is what Program fails with.
type Builder struct {
	program Program
	pure    map[string]Argument
	objects map[Address]Argument
	err     error
}

// NewBuilder begins a Program.
func NewBuilder() *Builder {
	return &Builder{pure: make(map[string]Argument), objects: make(map[Address]Argument)}
}

// Program is what was built. It fails with ErrProgram.
func (b *Builder) Program() (Program, error) {
	if b.err != nil {
		return Program{}, b.err
	}
	return b.program, nil
}

func (b *Builder) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf("%w: %w", ErrProgram, fmt.Errorf(format, args...))
	}
}

func (b *Builder) input(in CallArg) Argument {
	n := len(b.program.Inputs)
	if n > math.MaxUint16 {
		b.fail("more than %d inputs", math.MaxUint16)
		return Argument{}
	}
	b.program.Inputs = append(b.program.Inputs, in)
	return Input(uint16(n))
}

// Bytes is an input that is BCS already.
func (b *Builder) Bytes(encoded []byte) Argument {
	if a, ok := b.pure[string(encoded)]; ok {
		return a
	}
	a := b.input(CallArg{Pure: &encoded})
	b.pure[string(encoded)] = a
	return a
}

// Pure is an input of the BCS of a value: a boolean, a number of a fixed size, a string, an Address, a slice, an array or
// a struct of those, as package bcs has it. Use Option for Move's options.
func (b *Builder) Pure(v any) Argument {
	encoded, err := bcs.Marshal(v)
	if err != nil {
		b.fail("a %T as an input: %w", v, err)
		return Argument{}
	}
	return b.Bytes(encoded)
}

// Option is an input of the BCS of an option, which is none where v is nil.
func Option[T any](b *Builder, v *T) Argument {
	return b.Pure(struct {
		Value *T `bcs:"optional"`
	}{v})
}

// U64 is Pure for what most numbers are.
func (b *Builder) U64(n uint64) Argument { return b.Bytes(binary.LittleEndian.AppendUint64(nil, n)) }

// Owned is an object that the sender owns, or an immutable one.
func (b *Builder) Owned(ref ObjectRef) Argument {
	return b.object(ref.ID, ObjectArg{ImmOrOwned: &ref})
}

// Receiving is an object that another object, which the transaction may change, owns by its address.
func (b *Builder) Receiving(ref ObjectRef) Argument {
	return b.object(ref.ID, ObjectArg{Receiving: &ref})
}

// Shared is a shared object.
func (b *Builder) Shared(ref SharedRef) Argument {
	return b.object(ref.ID, ObjectArg{Shared: &ref})
}

func (b *Builder) object(id Address, arg ObjectArg) Argument {
	a, ok := b.objects[id]
	if !ok {
		a = b.input(CallArg{Object: &arg})
		b.objects[id] = a
		return a
	}
	if a.Input == nil { // there was no room for it
		return a
	}
	have := b.program.Inputs[*a.Input].Object
	switch {
	case have.ImmOrOwned != nil && arg.ImmOrOwned != nil && *have.ImmOrOwned == *arg.ImmOrOwned:
	case have.Receiving != nil && arg.Receiving != nil && *have.Receiving == *arg.Receiving:
	case have.Shared != nil && arg.Shared != nil && have.Shared.InitialVersion == arg.Shared.InitialVersion:
		have.Shared.Mutable = have.Shared.Mutable || arg.Shared.Mutable
	default:
		b.fail("object %s is wanted in two ways", id)
	}
	return a
}

// Add adds a command and names its result.
func (b *Builder) Add(c Command) Argument {
	n := len(b.program.Commands)
	if n > math.MaxUint16 {
		b.fail("more than %d commands", math.MaxUint16)
		return Argument{}
	}
	b.program.Commands = append(b.program.Commands, c)
	return Result(uint16(n))
}

// Call adds a MoveCall.
func (b *Builder) Call(pkg Address, module, function string, types []TypeTag, args ...Argument) Argument {
	return b.Add(Command{MoveCall: &MoveCall{Package: pkg, Module: module, Function: function, TypeArguments: types, Arguments: args}})
}

// Transfer adds a TransferObjects.
func (b *Builder) Transfer(to Address, objects ...Argument) {
	b.Add(Command{TransferObjects: &TransferObjects{Objects: objects, Recipient: b.Pure(to)}})
}

// Split adds a SplitCoins. Its results are Part(result, 0) and so on.
func (b *Builder) Split(coin Argument, amounts ...uint64) Argument {
	c := &SplitCoins{Coin: coin}
	for _, n := range amounts {
		c.Amounts = append(c.Amounts, b.U64(n))
	}
	return b.Add(Command{SplitCoins: c})
}

// Merge adds a MergeCoins.
func (b *Builder) Merge(target Argument, coins ...Argument) {
	b.Add(Command{MergeCoins: &MergeCoins{Target: target, Coins: coins}})
}

// Vector adds a MakeMoveVec of a type.
func (b *Builder) Vector(elem TypeTag, elements ...Argument) Argument {
	return b.Add(Command{MakeMoveVec: &MakeMoveVec{Type: &elem, Elements: elements}})
}

// Publish adds a Publish. Modules are in the binary format and call their package 0x0.
func (b *Builder) Publish(modules [][]byte, dependencies []Address) Argument {
	return b.Add(Command{Publish: &Publish{Modules: modules, Dependencies: dependencies}})
}

// Upgrade adds an Upgrade.
func (b *Builder) Upgrade(pkg Address, ticket Argument, modules [][]byte, dependencies []Address) Argument {
	return b.Add(Command{Upgrade: &Upgrade{Modules: modules, Dependencies: dependencies, Package: pkg, Ticket: ticket}})
}

// Part is one of the results of a command, of which Add gave all.
func (b *Builder) Part(all Argument, i uint16) Argument {
	if all.Result == nil {
		b.fail("a part of what is no result of a command")
		return Argument{}
	}
	return Nested(*all.Result, i)
}
