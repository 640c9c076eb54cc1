// Package typing finds out what the commands of a transaction mean on a chain, before any of them runs: the functions, the
// types of arguments and results, and how each value is used; and checks Sui's rules about them.
package typing

import (
	"errors"

	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/linker"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Place is where a value is: the gas coin, an input, a result.
type Place struct {
	Kind PlaceKind
	I, J int // number of the input; of the command and its result
}

// PlaceKind says what sort of place it is.
type PlaceKind uint8

// The sorts of places.
const (
	AtGas PlaceKind = iota
	AtInput
	AtResult
)

// Use says how a command uses a value.
type Use uint8

// The ways to use a value.
const (
	Moved    Use = iota // and gone afterwards
	Copied              // by value, and still there afterwards
	Borrowed            // by immutable reference
	Changed             // by mutable reference
)

// Argument is an argument whose type is known.
type Argument struct {
	At   Place
	Use  Use
	Type *types.Type // of the value; never a reference
}

// Step is a command whose types are known.
type Step struct {
	*ptb.Command
	Number  int
	Args    []Argument // in the order in which failures count them
	Results []*types.Type

	// What a MoveCall calls. Context is the type of the reference to the TxContext that comes last, nil where there is none.
	Package  *packages.Package
	Linker   *linker.Linker
	Function *linker.Function
	TypeArgs []*types.Type
	Context  *types.Type
}

// Input is an input as commands see it.
type Input struct {
	Type      *types.Type // nil for bytes that any type can be read from
	Pure      []byte
	Receiving *ptb.ObjectRef
	ReadOnly  bool // an object that is only to be read
	Shared    bool // an object that is shared, and not only to be read
}

// Check finds the types of commands and checks all rules. There is no gas coin where its type is nil. It fails with an
// effects.Failure, or when packages cannot be read. Inputs from whose bytes a command makes a value that it changes get
// the type of that value.
func Check(view *packages.View, mode transaction.Mode, gasCoin *types.Type, inputs []Input, commands []ptb.Command) ([]Step, error) {
	t := &typing{view: view, mode: mode, gasCoin: gasCoin, inputs: inputs}
	if err := t.commands(commands); err != nil {
		return nil, err
	}
	if err := t.checkCalls(); err != nil {
		return nil, err
	}
	t.moveLast()
	return t.steps, t.checkUsage()
}

// typing finds the types of a transaction's commands.
type typing struct {
	view    *packages.View
	mode    transaction.Mode
	gasCoin *types.Type
	inputs  []Input
	steps   []Step
}

// is says whether t is an instance of a datatype of a system package.
func is(t *types.Type, address byte, module, name string) bool {
	d := t.Datatype()
	return d != nil && d.Name == name && d.Module == types.ModuleID{Address: ptb.ShortAddress(address), Name: module}
}

// isContext says whether t is a reference to a TxContext.
func isContext(t *types.Type) bool {
	return t.IsReference() && is(t.Elem(), 2, "tx_context", "TxContext")
}

// commands finds the types of all commands.
func (t *typing) commands(list []ptb.Command) error {
	for i := range list {
		s := Step{Command: &list[i], Number: i}
		if err := t.command(&s); err != nil {
			return effects.At(i, err)
		}
		t.steps = append(t.steps, s)
	}
	return nil
}

func (t *typing) command(s *Step) error {
	switch {
	case s.MoveCall != nil:
		return t.moveCall(s)
	case s.TransferObjects != nil:
		return t.transferObjects(s)
	case s.SplitCoins != nil:
		coin, err := t.coin(s, s.SplitCoins.Coin)
		if err != nil {
			return err
		}
		for _, a := range s.SplitCoins.Amounts {
			if err := t.add(s, a, types.U64Type); err != nil {
				return err
			}
			s.Results = append(s.Results, coin)
		}
		return nil
	case s.MergeCoins != nil:
		coin, err := t.coin(s, s.MergeCoins.Target)
		if err != nil {
			return err
		}
		return t.addAll(s, s.MergeCoins.Coins, coin)
	case s.MakeMoveVec != nil:
		return t.makeMoveVec(s)
	case s.Publish != nil:
		if t.mode == transaction.System {
			return nil
		}
		return t.result(s, "UpgradeCap")
	default:
		ticket, err := t.view.Type(ptb.FrameworkTag("package", "UpgradeTicket"))
		if err != nil {
			return err
		}
		if err := t.add(s, s.Upgrade.Ticket, ticket); err != nil {
			return err
		}
		return t.result(s, "UpgradeReceipt")
	}
}

// result adds a result of a type of the framework's module package.
func (t *typing) result(s *Step, name string) error {
	typ, err := t.view.Type(ptb.FrameworkTag("package", name))
	s.Results = append(s.Results, typ)
	return err
}

func (t *typing) transferObjects(s *Step) error {
	for _, a := range s.TransferObjects.Objects {
		if err := t.addObject(s, a, types.Key|types.Store, effects.InvalidTransferObject); err != nil {
			return err
		}
	}
	return t.add(s, s.TransferObjects.Recipient, types.AddressType)
}

func (t *typing) makeMoveVec(s *Step) error {
	elements := s.MakeMoveVec.Elements
	var element *types.Type
	if tag := s.MakeMoveVec.Type; tag != nil {
		var err error
		if element, err = t.typeArgument(0, *tag); err != nil {
			return err
		}
	} else {
		if err := t.addObject(s, elements[0], types.Key, effects.InvalidMakeMoveVecNonObjectArgument); err != nil {
			return err
		}
		element = s.Args[0].Type
		elements = elements[1:]
	}
	if err := t.addAll(s, elements, element); err != nil {
		return err
	}
	vector, err := t.view.Universe().VectorOf(element)
	if err != nil {
		return err
	}
	s.Results = []*types.Type{vector}
	_, err = t.view.Universe().Layout(vector)
	return err
}

func (t *typing) moveCall(s *Step) error {
	c := s.MoveCall
	var err error
	if s.Package, err = t.view.Package(c.Package); err != nil {
		return err
	}
	if s.Linker, err = t.view.Linker(c.Package); err != nil {
		return err
	}
	for i, tag := range c.TypeArguments {
		typ, err := t.typeArgument(i, tag)
		if err != nil {
			return err
		}
		s.TypeArgs = append(s.TypeArgs, typ)
	}
	s.Function, err = s.Linker.Function(types.ModuleID{Address: s.Package.Original, Name: c.Module}, c.Function)
	if errors.Is(err, status.MissingDependency) {
		return effects.Fail(effects.FunctionNotFound, "%w", err)
	}
	if err != nil {
		return err
	}
	if n := len(s.Function.TypeParams); n != len(s.TypeArgs) {
		return effects.Fail(effects.TypeArityMismatch, "%s takes %d type arguments, not %d", s.Function, n, len(s.TypeArgs))
	}
	for i, a := range s.TypeArgs {
		if want := s.Function.TypeParams[i]; !a.Abilities().Has(want) {
			f := effects.Fail(effects.TypeArgumentError, "%s lacks some of %s", a, want)
			f.Index = uint16(i)
			return f
		}
	}
	inst, err := s.Linker.Instance(s.Function, s.TypeArgs)
	if err != nil {
		return err
	}
	params := inst.Params
	if n := len(params); n > 0 && isContext(params[n-1]) {
		s.Context, params = params[n-1], params[:n-1]
	}
	if len(params) != len(c.Arguments) {
		return effects.Fail(effects.ArityMismatch, "%s takes %d arguments, not %d", s.Function, len(params), len(c.Arguments))
	}
	for i, a := range c.Arguments {
		if err := t.add(s, a, params[i]); err != nil {
			return err
		}
	}
	for _, r := range inst.Results {
		if r.IsReference() && t.mode == transaction.Inspection {
			r = r.Elem() // what it points to is copied
		}
		s.Results = append(s.Results, r)
	}
	return nil
}

// typeArgument is the type that a tag spells.
func (t *typing) typeArgument(i int, tag ptb.TypeTag) (*types.Type, error) {
	typ, err := t.view.Type(tag)
	missing := errors.Is(err, packages.ErrNoType)
	if missing || errors.Is(err, status.ConstraintNotMet) || errors.Is(err, status.InvalidSignature) {
		f := effects.Fail(effects.TypeArgumentError, "%w", err)
		f.Index, f.TypeNotFound = uint16(i), missing
		return nil, f
	}
	return typ, err
}

// find locates an argument.
func (t *typing) find(index int, a ptb.Argument) (Place, error) {
	outOfBounds := func(i uint16) error {
		f := effects.BadArgument(index, effects.IndexOutOfBounds, "there is no %d", i)
		f.Position = i
		return f
	}
	switch {
	case a.GasCoin != nil:
		if t.gasCoin == nil {
			return Place{}, effects.BadArgument(index, effects.InvalidGasCoinUsage, "there is no gas coin")
		}
		return Place{Kind: AtGas}, nil
	case a.Input != nil:
		if int(*a.Input) >= len(t.inputs) {
			return Place{}, outOfBounds(*a.Input)
		}
		return Place{Kind: AtInput, I: int(*a.Input)}, nil
	case a.Result != nil:
		if int(*a.Result) >= len(t.steps) {
			return Place{}, outOfBounds(*a.Result)
		}
		if n := len(t.steps[*a.Result].Results); n != 1 {
			f := effects.BadArgument(index, effects.InvalidResultArity, "command %d has %d results", *a.Result, n)
			f.Position = *a.Result
			return Place{}, f
		}
		return Place{Kind: AtResult, I: int(*a.Result)}, nil
	default:
		r := a.NestedResult
		if int(r.Command) >= len(t.steps) {
			return Place{}, outOfBounds(r.Command)
		}
		if n := len(t.steps[r.Command].Results); int(r.Result) >= n {
			f := effects.BadArgument(index, effects.SecondaryIndexOutOfBounds, "command %d has %d results", r.Command, n)
			f.Position, f.Secondary = r.Command, r.Result
			return Place{}, f
		}
		return Place{AtResult, int(r.Command), int(r.Result)}, nil
	}
}

// typeAt is the type of what is in a place, nil for bytes.
func (t *typing) typeAt(p Place) *types.Type {
	switch p.Kind {
	case AtGas:
		return t.gasCoin
	case AtInput:
		return t.inputs[p.I].Type
	default:
		return t.steps[p.I].Results[p.J]
	}
}

func (t *typing) addAll(s *Step, list []ptb.Argument, want *types.Type) error {
	for _, a := range list {
		if err := t.add(s, a, want); err != nil {
			return err
		}
	}
	return nil
}

// add appends an argument for a parameter of a type.
func (t *typing) add(s *Step, a ptb.Argument, want *types.Type) error {
	index := len(s.Args)
	p, err := t.find(index, a)
	if err != nil {
		return err
	}
	arg := Argument{At: p, Type: want}
	switch {
	case want.IsReference():
		arg.Use, arg.Type = Borrowed, want.Elem()
		if want.Kind() == types.MutReference {
			arg.Use = Changed
		}
	case want.Abilities().Has(types.Copy):
		arg.Use = Copied
	}
	if have := t.typeAt(p); have != nil {
		if have != arg.Type {
			return effects.BadArgument(index, effects.TypeMismatch, "%s where %s is wanted", have, arg.Type)
		}
	} else if err := t.bytes(index, p, arg); err != nil {
		return err
	}
	s.Args = append(s.Args, arg)
	return nil
}

// bytes checks an argument whose value is read from an input.
func (t *typing) bytes(index int, p Place, arg Argument) error {
	in := &t.inputs[p.I]
	if _, err := t.view.Universe().Layout(arg.Type); err != nil {
		return err
	}
	if in.Receiving != nil {
		if !is(arg.Type, 2, "transfer", "Receiving") {
			return effects.BadArgument(index, effects.TypeMismatch, "an object to be received where %s is wanted", arg.Type)
		}
	} else if err := t.checkPure(index, in.Pure, arg.Type); err != nil {
		return err
	}
	if arg.Use == Changed {
		in.Type = arg.Type // from now on it is a value that was changed
	}
	return nil
}

// addObject appends an argument that is used by value and can be of any type with some abilities.
func (t *typing) addObject(s *Step, a ptb.Argument, want types.Abilities, problem effects.ArgumentProblem) error {
	index := len(s.Args)
	p, err := t.find(index, a)
	if err != nil {
		return err
	}
	typ := t.typeAt(p)
	if typ == nil || !typ.Abilities().Has(want) {
		return effects.BadArgument(index, problem, "the argument lacks some of %s", want)
	}
	s.Args = append(s.Args, Argument{At: p, Type: typ, Use: Moved})
	return nil
}

// coin appends an argument that is a coin to be changed, and says which.
func (t *typing) coin(s *Step, a ptb.Argument) (*types.Type, error) {
	p, err := t.find(0, a)
	if err != nil {
		return nil, err
	}
	typ := t.typeAt(p)
	if typ == nil || !is(typ, 2, "coin", "Coin") {
		return nil, effects.BadArgument(0, effects.TypeMismatch, "the argument is no coin")
	}
	s.Args = append(s.Args, Argument{At: p, Type: typ, Use: Changed})
	return typ, nil
}

// checkCalls checks which functions are called.
func (t *typing) checkCalls() error {
	for i := range t.steps {
		s := &t.steps[i]
		if s.MoveCall == nil || t.mode == transaction.System {
			continue
		}
		if err := t.checkCall(s); err != nil {
			return effects.At(s.Number, err)
		}
	}
	return nil
}

func (t *typing) checkCall(s *Step) error {
	f := s.Function
	if t.mode == transaction.Signed {
		for i, r := range s.Results {
			if r.IsReference() {
				failure := effects.Fail(effects.InvalidPublicFunctionReturnType, "%s returns %s", f, r)
				failure.Index = uint16(i)
				return failure
			}
		}
	}
	switch {
	case packages.IsPrivateTransfer(f.Module.ID, f.Name), f.Module.ID == (types.ModuleID{Address: ptb.ShortAddress(2), Name: "event"}):
		return effects.Fail(effects.NonEntryFunctionInvoked, "%s is for the module of its type argument only", f)
	case f.Name == "init":
		return effects.Fail(effects.NonEntryFunctionInvoked, "%s runs when a package is published", f)
	case f.Visibility != bytecode.Public && !f.Entry && t.mode == transaction.Signed:
		return effects.Fail(effects.NonEntryFunctionInvoked, "%s is neither public nor entry", f)
	}
	return nil
}
