// Package draft reads transactions as clients of Sui's gRPC API describe them, and finds out what they leave open: which
// version of an object is meant, whether it is shared, what code does with it, what gas costs.
package draft

import (
	"errors"
	"fmt"
	"math"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"

	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/rpc/message"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// ErrUnsupported says that a client used something that exists on Sui and not here.
var ErrUnsupported = errors.New("not supported by this chain")

// Draft is a transaction with what its client knows of it.
type Draft struct {
	Sender     ptb.Address
	Gas        Gas
	Expiration ptb.Expiration

	inputs   []*v2.Input
	commands []ptb.Command
}

// Gas says who pays how much, where nil and empty are for the chain to find out.
type Gas struct {
	Payment []ptb.ObjectRef
	Owner   *ptb.Address
	Price   *uint64 // MIST for a computation unit
	Budget  *uint64 // MIST
}

// Read reads the fields of a transaction; its BCS is not looked at. It fails with a *message.FieldError, which wraps
// ErrUnsupported where that is why.
func Read(m *v2.Transaction, limits transaction.Limits) (*Draft, error) {
	d := &Draft{}
	var err error
	if d.Sender, err = message.Address("transaction.sender", m.Sender); err != nil {
		return nil, err
	}
	if m.Version != nil && m.GetVersion() != 1 {
		return nil, message.Invalid("transaction.version", fmt.Errorf("version %d: there is only version 1", m.GetVersion()))
	}
	if d.Gas, err = gas(m.GasPayment, limits); err != nil {
		return nil, err
	}
	if d.Expiration, err = expiration(m.Expiration); err != nil {
		return nil, err
	}
	p := m.GetKind().GetProgrammableTransaction()
	if p == nil {
		return nil, message.Missing("transaction.kind.programmable_transaction")
	}
	if len(p.Inputs) > math.MaxUint16 {
		return nil, message.Invalid(inputsField, fmt.Errorf("%d inputs, at most %d", len(p.Inputs), math.MaxUint16))
	}
	if len(p.Commands) > limits.Commands {
		return nil, message.Invalid(commandsField, fmt.Errorf("%d commands, at most %d", len(p.Commands), limits.Commands))
	}
	d.inputs = p.Inputs
	for i, c := range p.Commands {
		read, err := command(c)
		if err != nil {
			return nil, message.Invalid(fmt.Sprintf("%s[%d]", commandsField, i), err)
		}
		d.commands = append(d.commands, read)
	}
	return d, nil
}

// Fields of requests.
const (
	inputsField   = "transaction.kind.programmable_transaction.inputs"
	commandsField = "transaction.kind.programmable_transaction.commands"
)

func gas(m *v2.GasPayment, limits transaction.Limits) (Gas, error) {
	var g Gas
	if m == nil {
		return g, nil
	}
	g.Price, g.Budget = m.Price, m.Budget
	if m.Owner != nil {
		owner, err := message.Address("transaction.gas_payment.owner", m.Owner)
		if err != nil {
			return g, err
		}
		g.Owner = &owner
	}
	if len(m.Objects) > limits.GasCoins {
		return g, message.Invalid("transaction.gas_payment.objects", fmt.Errorf("%d coins, at most %d", len(m.Objects), limits.GasCoins))
	}
	for i, o := range m.Objects {
		ref, err := reference(o.ObjectId, o.Version, o.Digest)
		if err != nil {
			return g, message.Invalid(fmt.Sprintf("transaction.gas_payment.objects[%d]", i), err)
		}
		g.Payment = append(g.Payment, ref)
	}
	return g, nil
}

func reference(id *string, version *uint64, digest *string) (ptb.ObjectRef, error) {
	var ref ptb.ObjectRef
	var err error
	if ref.ID, err = message.Address("object_id", id); err != nil {
		return ref, err
	}
	if version == nil {
		return ref, message.Missing("version")
	}
	ref.Version = *version
	ref.Digest, err = message.Digest("digest", digest)
	return ref, err
}

func expiration(m *v2.TransactionExpiration) (ptb.Expiration, error) {
	switch {
	case m == nil || m.Kind == nil || m.GetKind() == v2.TransactionExpiration_NONE:
		return ptb.Never(), nil
	case m.GetKind() != v2.TransactionExpiration_EPOCH:
		return ptb.Expiration{}, message.Invalid("transaction.expiration.kind", fmt.Errorf("kind %d in fields: %w; send the transaction as BCS", m.GetKind(), ErrUnsupported))
	case m.Epoch == nil:
		return ptb.Expiration{}, message.Missing("transaction.expiration.epoch")
	default:
		return ptb.AfterEpoch(m.GetEpoch()), nil
	}
}

func command(m *v2.Command) (ptb.Command, error) {
	var r reader
	var c ptb.Command
	switch m := m.GetCommand().(type) {
	case *v2.Command_MoveCall:
		c.MoveCall = &ptb.MoveCall{
			Package: r.address("package", m.MoveCall.Package), Module: r.name("module", m.MoveCall.Module), Function: r.name("function", m.MoveCall.Function),
			TypeArguments: r.types("type_arguments", m.MoveCall.TypeArguments), Arguments: r.arguments("arguments", m.MoveCall.Arguments),
		}
	case *v2.Command_TransferObjects:
		c.TransferObjects = &ptb.TransferObjects{
			Objects: r.arguments("objects", m.TransferObjects.Objects), Recipient: r.argument("address", m.TransferObjects.Address),
		}
	case *v2.Command_SplitCoins:
		c.SplitCoins = &ptb.SplitCoins{Coin: r.argument("coin", m.SplitCoins.Coin), Amounts: r.arguments("amounts", m.SplitCoins.Amounts)}
	case *v2.Command_MergeCoins:
		c.MergeCoins = &ptb.MergeCoins{Target: r.argument("coin", m.MergeCoins.Coin), Coins: r.arguments("coins_to_merge", m.MergeCoins.CoinsToMerge)}
	case *v2.Command_Publish:
		c.Publish = &ptb.Publish{Modules: m.Publish.Modules, Dependencies: r.addresses("dependencies", m.Publish.Dependencies)}
	case *v2.Command_MakeMoveVector:
		c.MakeMoveVec = &ptb.MakeMoveVec{Elements: r.arguments("elements", m.MakeMoveVector.Elements)}
		if m.MakeMoveVector.ElementType != nil {
			c.MakeMoveVec.Type = &r.types("element_type", []string{m.MakeMoveVector.GetElementType()})[0]
		}
	case *v2.Command_Upgrade:
		c.Upgrade = &ptb.Upgrade{
			Modules: m.Upgrade.Modules, Dependencies: r.addresses("dependencies", m.Upgrade.Dependencies),
			Package: r.address("package", m.Upgrade.Package), Ticket: r.argument("ticket", m.Upgrade.Ticket),
		}
	default:
		return c, message.Missing("command")
	}
	return c, r.err
}

// reader reads the fields of a command and keeps the first error.
type reader struct{ err error }

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) address(field string, s *string) ptb.Address {
	a, err := message.Address(field, s)
	if err != nil {
		r.fail(err)
	}
	return a
}

func (r *reader) addresses(field string, list []string) []ptb.Address {
	out := make([]ptb.Address, len(list))
	for i := range list {
		out[i] = r.address(field, &list[i])
	}
	return out
}

func (r *reader) name(field string, s *string) string {
	if s == nil {
		r.fail(message.Missing(field))
		return ""
	}
	return *s
}

func (r *reader) types(field string, list []string) []ptb.TypeTag {
	out := make([]ptb.TypeTag, len(list))
	for i, s := range list {
		t, err := ptb.ParseTypeTag(s)
		if err != nil {
			r.fail(message.Invalid(field, err))
		}
		out[i] = t
	}
	return out
}

func (r *reader) arguments(field string, list []*v2.Argument) []ptb.Argument {
	out := make([]ptb.Argument, len(list))
	for i, m := range list {
		out[i] = r.argument(field, m)
	}
	return out
}

func (r *reader) argument(field string, m *v2.Argument) ptb.Argument {
	switch m.GetKind() {
	case v2.Argument_GAS:
		return ptb.GasCoin()
	case v2.Argument_INPUT:
		return ptb.Input(r.index(field, m.Input))
	case v2.Argument_RESULT:
		if m.Subresult != nil {
			return ptb.Nested(r.index(field, m.Result), r.index(field, m.Subresult))
		}
		return ptb.Result(r.index(field, m.Result))
	default:
		r.fail(message.Missing(field + ".kind"))
		return ptb.Argument{}
	}
}

func (r *reader) index(field string, n *uint32) uint16 {
	switch {
	case n == nil:
		r.fail(message.Missing(field + " with its number"))
		return 0
	case *n > math.MaxUint16:
		r.fail(message.Invalid(field, fmt.Errorf("number %d, at most %d", *n, math.MaxUint16)))
		return 0
	default:
		return uint16(*n)
	}
}
