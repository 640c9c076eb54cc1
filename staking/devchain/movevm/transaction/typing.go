package transaction

import (
	"errors"

	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/linker"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// place is where a value is: the gas coin, an input, a result.
type place struct {
	kind placeKind
	i, j int // number of the input; of the command and its result
}

type placeKind uint8

const (
	atGas placeKind = iota
	atInput
	atResult
)

// use says how a command uses a value.
type use uint8

const (
	moved    use = iota // and gone afterwards
	copied              // by value, and still there afterwards
	borrowed            // by immutable reference
	changed             // by mutable reference
)

// argument is an argument whose type is known.
type argument struct {
	at  place
	use use
	typ *types.Type // of the value; never a reference
}

// step is a command whose types are known.
type step struct {
	*Command
	number  int
	args    []argument // in the order in which failures count them
	results []*types.Type

	// of a MoveCall
	pkg      *packages.Package
	linker   *linker.Linker
	function *linker.Function
	typeArgs []*types.Type
	params   []*types.Type // without the TxContext
	context  *types.Type   // reference to the TxContext, nil where there is none

	element *types.Type // of a MakeMoveVec
}

// input is an input as commands see it.
type input struct {
	typ       *types.Type // nil for bytes that any type can be read from
	pure      []byte
	receiving *ObjectRef
	readable  bool // an object that is only to be read
	shared    bool // an object that is shared, and not only to be read
}

// typing finds the types of a transaction's commands.
type typing struct {
	view    *packages.View
	mode    Mode
	gasCoin *types.Type // nil where there is no gas
	inputs  []input
	steps   []step
}

// well-known types of the framework, by module and name.
func frameworkTag(module, name string, params ...packages.TypeTag) packages.TypeTag {
	return packages.TypeTag{Kind: types.Struct, Struct: &packages.StructTag{Address: types.ShortAddress(2), Module: module,
		Name: name, Params: params}}
}

// is says whether t is an instance of a datatype of a system package.
func is(t *types.Type, address byte, module, name string) bool {
	d := t.Datatype()
	return d != nil && d.Name == name && d.Module == types.ModuleID{Address: types.ShortAddress(address), Name: module}
}

// isContext says whether t is a reference to a TxContext.
func isContext(t *types.Type) bool {
	return t.IsReference() && is(t.Elem(), 2, "tx_context", "TxContext")
}

// commands finds the types of all commands.
func (t *typing) commands(list []Command) error {
	for i := range list {
		s := step{Command: &list[i], number: i}
		if err := t.command(&s); err != nil {
			return at(i, err)
		}
		t.steps = append(t.steps, s)
	}
	return nil
}

// at says which command failed.
func at(command int, err error) error {
	var f *Failure
	if errors.As(err, &f) && f.Command == NoCommand {
		f.Command = command
	}
	return err
}

func (t *typing) command(s *step) error {
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
			s.results = append(s.results, coin)
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
		if t.mode == System {
			return nil
		}
		return t.result(s, "UpgradeCap")
	default:
		ticket, err := t.view.Type(frameworkTag("package", "UpgradeTicket"))
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
func (t *typing) result(s *step, name string) error {
	typ, err := t.view.Type(frameworkTag("package", name))
	s.results = append(s.results, typ)
	return err
}

func (t *typing) transferObjects(s *step) error {
	for _, a := range s.TransferObjects.Objects {
		if err := t.addObject(s, a, types.Key|types.Store, InvalidTransferObject); err != nil {
			return err
		}
	}
	return t.add(s, s.TransferObjects.Recipient, types.AddressType)
}

func (t *typing) makeMoveVec(s *step) error {
	elements := s.MakeMoveVec.Elements
	if tag := s.MakeMoveVec.Type; tag != nil {
		var err error
		if s.element, err = t.typeArgument(0, *tag); err != nil {
			return err
		}
	} else {
		if err := t.addObject(s, elements[0], types.Key, InvalidMakeMoveVecNonObjectArgument); err != nil {
			return err
		}
		s.element = s.args[0].typ
		elements = elements[1:]
	}
	if err := t.addAll(s, elements, s.element); err != nil {
		return err
	}
	vector, err := t.view.Universe().VectorOf(s.element)
	if err != nil {
		return err
	}
	s.results = []*types.Type{vector}
	_, err = t.view.Universe().Layout(vector)
	return err
}

func (t *typing) moveCall(s *step) error {
	c := s.MoveCall
	var err error
	if s.pkg, err = t.view.Package(c.Package); err != nil {
		return err
	}
	if s.linker, err = t.view.Linker(c.Package); err != nil {
		return err
	}
	for i, tag := range c.TypeArguments {
		typ, err := t.typeArgument(i, tag)
		if err != nil {
			return err
		}
		s.typeArgs = append(s.typeArgs, typ)
	}
	s.function, err = s.linker.Function(types.ModuleID{Address: s.pkg.Original, Name: c.Module}, c.Function)
	if errors.Is(err, status.MissingDependency) {
		return fail(FunctionNotFound, "%w", err)
	}
	if err != nil {
		return err
	}
	if n := len(s.function.TypeParams); n != len(s.typeArgs) {
		return fail(TypeArityMismatch, "%s takes %d type arguments, not %d", s.function, n, len(s.typeArgs))
	}
	for i, a := range s.typeArgs {
		if want := s.function.TypeParams[i]; !a.Abilities().Has(want) {
			f := fail(TypeArgumentError, "%s lacks some of %s", a, want)
			f.Index = uint16(i)
			return f
		}
	}
	inst, err := s.linker.Instance(s.function, s.typeArgs)
	if err != nil {
		return err
	}
	s.params = inst.Params
	if n := len(s.params); n > 0 && isContext(s.params[n-1]) {
		s.context, s.params = s.params[n-1], s.params[:n-1]
	}
	if len(s.params) != len(c.Arguments) {
		return fail(ArityMismatch, "%s takes %d arguments, not %d", s.function, len(s.params), len(c.Arguments))
	}
	for i, a := range c.Arguments {
		if err := t.add(s, a, s.params[i]); err != nil {
			return err
		}
	}
	for _, r := range inst.Results {
		if r.IsReference() && t.mode == Inspection {
			r = r.Elem() // what it points to is copied
		}
		s.results = append(s.results, r)
	}
	return nil
}

// typeArgument is the type that a tag spells.
func (t *typing) typeArgument(i int, tag packages.TypeTag) (*types.Type, error) {
	typ, err := t.view.Type(tag)
	missing := errors.Is(err, packages.ErrNoType)
	if missing || errors.Is(err, status.ConstraintNotMet) || errors.Is(err, status.InvalidSignature) {
		f := fail(TypeArgumentError, "%w", err)
		f.Index, f.TypeNotFound = uint16(i), missing
		return nil, f
	}
	return typ, err
}

// find locates an argument.
func (t *typing) find(index int, a Argument) (place, error) {
	outOfBounds := func(i uint16) error {
		f := badArgument(index, IndexOutOfBounds, "there is no %d", i)
		f.Position = i
		return f
	}
	switch {
	case a.GasCoin != nil:
		if t.gasCoin == nil {
			return place{}, badArgument(index, InvalidGasCoinUsage, "there is no gas coin")
		}
		return place{kind: atGas}, nil
	case a.Input != nil:
		if int(*a.Input) >= len(t.inputs) {
			return place{}, outOfBounds(*a.Input)
		}
		return place{kind: atInput, i: int(*a.Input)}, nil
	case a.Result != nil:
		if int(*a.Result) >= len(t.steps) {
			return place{}, outOfBounds(*a.Result)
		}
		if n := len(t.steps[*a.Result].results); n != 1 {
			f := badArgument(index, InvalidResultArity, "command %d has %d results", *a.Result, n)
			f.Position = *a.Result
			return place{}, f
		}
		return place{kind: atResult, i: int(*a.Result)}, nil
	default:
		r := a.NestedResult
		if int(r.Command) >= len(t.steps) {
			return place{}, outOfBounds(r.Command)
		}
		if n := len(t.steps[r.Command].results); int(r.Result) >= n {
			f := badArgument(index, SecondaryIndexOutOfBounds, "command %d has %d results", r.Command, n)
			f.Position, f.Secondary = r.Command, r.Result
			return place{}, f
		}
		return place{atResult, int(r.Command), int(r.Result)}, nil
	}
}

// typeAt is the type of what is in a place, nil for bytes.
func (t *typing) typeAt(p place) *types.Type {
	switch p.kind {
	case atGas:
		return t.gasCoin
	case atInput:
		return t.inputs[p.i].typ
	default:
		return t.steps[p.i].results[p.j]
	}
}

func (t *typing) addAll(s *step, list []Argument, want *types.Type) error {
	for _, a := range list {
		if err := t.add(s, a, want); err != nil {
			return err
		}
	}
	return nil
}

// add appends an argument for a parameter of a type.
func (t *typing) add(s *step, a Argument, want *types.Type) error {
	index := len(s.args)
	p, err := t.find(index, a)
	if err != nil {
		return err
	}
	arg := argument{at: p, typ: want}
	switch {
	case want.IsReference():
		arg.use, arg.typ = borrowed, want.Elem()
		if want.Kind() == types.MutReference {
			arg.use = changed
		}
	case want.Abilities().Has(types.Copy):
		arg.use = copied
	}
	if have := t.typeAt(p); have != nil {
		if have != arg.typ {
			return badArgument(index, TypeMismatch, "%s where %s is wanted", have, arg.typ)
		}
	} else if err := t.bytes(index, p, arg); err != nil {
		return err
	}
	s.args = append(s.args, arg)
	return nil
}

// bytes checks an argument whose value is read from an input.
func (t *typing) bytes(index int, p place, arg argument) error {
	in := &t.inputs[p.i]
	if _, err := t.view.Universe().Layout(arg.typ); err != nil {
		return err
	}
	if in.receiving != nil {
		if !is(arg.typ, 2, "transfer", "Receiving") {
			return badArgument(index, TypeMismatch, "an object to be received where %s is wanted", arg.typ)
		}
	} else if err := t.checkPure(index, in.pure, arg.typ); err != nil {
		return err
	}
	if arg.use == changed {
		in.typ = arg.typ // from now on it is a value that was changed
	}
	return nil
}

// addObject appends an argument that is used by value and can be of any type with some abilities.
func (t *typing) addObject(s *step, a Argument, want types.Abilities, problem ArgumentProblem) error {
	index := len(s.args)
	p, err := t.find(index, a)
	if err != nil {
		return err
	}
	typ := t.typeAt(p)
	if typ == nil || !typ.Abilities().Has(want) {
		return badArgument(index, problem, "the argument lacks some of %s", want)
	}
	s.args = append(s.args, argument{at: p, typ: typ, use: moved})
	return nil
}

// coin appends an argument that is a coin to be changed, and says which.
func (t *typing) coin(s *step, a Argument) (*types.Type, error) {
	p, err := t.find(0, a)
	if err != nil {
		return nil, err
	}
	typ := t.typeAt(p)
	if typ == nil || !is(typ, 2, "coin", "Coin") {
		return nil, badArgument(0, TypeMismatch, "the argument is no coin")
	}
	s.args = append(s.args, argument{at: p, typ: typ, use: changed})
	return typ, nil
}

// checkCalls checks which functions are called.
func (t *typing) checkCalls() error {
	for i := range t.steps {
		s := &t.steps[i]
		if s.MoveCall == nil || t.mode == System {
			continue
		}
		if err := t.checkCall(s); err != nil {
			return at(s.number, err)
		}
	}
	return nil
}

func (t *typing) checkCall(s *step) error {
	f := s.function
	if t.mode == Signed {
		for i, r := range s.results {
			if r.IsReference() {
				failure := fail(InvalidPublicFunctionReturnType, "%s returns %s", f, r)
				failure.Index = uint16(i)
				return failure
			}
		}
	}
	switch {
	case packages.IsPrivateTransfer(f.Module.ID, f.Name), f.Module.ID == (types.ModuleID{Address: types.ShortAddress(2), Name: "event"}):
		return fail(NonEntryFunctionInvoked, "%s is for the module of its type argument only", f)
	case f.Name == "init":
		return fail(NonEntryFunctionInvoked, "%s runs when a package is published", f)
	case f.Visibility != bytecode.Public && !f.Entry && t.mode == Signed:
		return fail(NonEntryFunctionInvoked, "%s is neither public nor entry", f)
	}
	return nil
}
