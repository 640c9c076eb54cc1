package message

import (
	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"

	"github.com/floe-network/floe/staking/sui/ptb"
)

func program(p *ptb.Program) *v2.ProgrammableTransaction {
	return &v2.ProgrammableTransaction{Inputs: each(p.Inputs, input), Commands: each(p.Commands, command)}
}

func input(a ptb.CallArg) *v2.Input {
	switch {
	case a.Pure != nil:
		return &v2.Input{Kind: v2.Input_PURE.Enum(), Pure: append([]byte{}, *a.Pure...)} // present, also when it is empty
	case a.Object == nil:
		return &v2.Input{}
	case a.Object.ImmOrOwned != nil:
		return reference(v2.Input_IMMUTABLE_OR_OWNED, a.Object.ImmOrOwned)
	case a.Object.Receiving != nil:
		return reference(v2.Input_RECEIVING, a.Object.Receiving)
	case a.Object.Shared != nil:
		s := a.Object.Shared
		return &v2.Input{Kind: v2.Input_SHARED.Enum(), ObjectId: text(s.ID), Version: &s.InitialVersion, Mutable: &s.Mutable}
	default:
		return &v2.Input{}
	}
}

func reference(kind v2.Input_InputKind, r *ptb.ObjectRef) *v2.Input {
	return &v2.Input{Kind: &kind, ObjectId: text(r.ID), Version: &r.Version, Digest: text(r.Digest)}
}

func command(c ptb.Command) *v2.Command {
	switch {
	case c.MoveCall != nil:
		m := c.MoveCall
		return &v2.Command{Command: &v2.Command_MoveCall{MoveCall: &v2.MoveCall{
			Package: text(m.Package), Module: &m.Module, Function: &m.Function, TypeArguments: texts(m.TypeArguments), Arguments: each(m.Arguments, Argument),
		}}}
	case c.TransferObjects != nil:
		return &v2.Command{Command: &v2.Command_TransferObjects{TransferObjects: &v2.TransferObjects{
			Objects: each(c.TransferObjects.Objects, Argument), Address: Argument(c.TransferObjects.Recipient),
		}}}
	case c.SplitCoins != nil:
		return &v2.Command{Command: &v2.Command_SplitCoins{SplitCoins: &v2.SplitCoins{
			Coin: Argument(c.SplitCoins.Coin), Amounts: each(c.SplitCoins.Amounts, Argument),
		}}}
	case c.MergeCoins != nil:
		return &v2.Command{Command: &v2.Command_MergeCoins{MergeCoins: &v2.MergeCoins{
			Coin: Argument(c.MergeCoins.Target), CoinsToMerge: each(c.MergeCoins.Coins, Argument),
		}}}
	case c.Publish != nil:
		return &v2.Command{Command: &v2.Command_Publish{Publish: &v2.Publish{Modules: c.Publish.Modules, Dependencies: texts(c.Publish.Dependencies)}}}
	case c.MakeMoveVec != nil:
		m := &v2.MakeMoveVector{Elements: each(c.MakeMoveVec.Elements, Argument)}
		if c.MakeMoveVec.Type != nil {
			m.ElementType = text(*c.MakeMoveVec.Type)
		}
		return &v2.Command{Command: &v2.Command_MakeMoveVector{MakeMoveVector: m}}
	case c.Upgrade != nil:
		u := c.Upgrade
		return &v2.Command{Command: &v2.Command_Upgrade{Upgrade: &v2.Upgrade{
			Modules: u.Modules, Dependencies: texts(u.Dependencies), Package: text(u.Package), Ticket: Argument(u.Ticket),
		}}}
	default:
		return &v2.Command{}
	}
}

// Argument makes the message of where a command finds a value.
func Argument(a ptb.Argument) *v2.Argument {
	switch {
	case a.GasCoin != nil:
		return &v2.Argument{Kind: v2.Argument_GAS.Enum()}
	case a.Input != nil:
		return &v2.Argument{Kind: v2.Argument_INPUT.Enum(), Input: pointer(uint32(*a.Input))}
	case a.Result != nil:
		return &v2.Argument{Kind: v2.Argument_RESULT.Enum(), Result: pointer(uint32(*a.Result))}
	case a.NestedResult != nil:
		return &v2.Argument{Kind: v2.Argument_RESULT.Enum(), Result: pointer(uint32(a.NestedResult.Command)), Subresult: pointer(uint32(a.NestedResult.Result))}
	default:
		return &v2.Argument{}
	}
}
