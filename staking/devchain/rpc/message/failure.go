package message

import (
	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
)

// Status makes the message of how a transaction ended: well where there is no failure.
func Status(f *effects.Failure) *v2.ExecutionStatus {
	if f == nil {
		return &v2.ExecutionStatus{Success: pointer(true)}
	}
	m := &v2.ExecutionError{
		Description: pointer(f.Error()),
		Kind:        (v2.ExecutionError_ExecutionErrorKind(f.Kind) + 1).Enum(), // the API has an unknown kind before those of BCS
	}
	if f.Command != effects.NoCommand {
		m.Command = pointer(uint64(f.Command))
	}
	details(f, m)
	return &v2.ExecutionStatus{Success: pointer(false), Error: m}
}

// details fills in what kinds have beyond their name.
func details(f *effects.Failure, m *v2.ExecutionError) {
	switch f.Kind {
	case effects.MoveAbort, effects.MovePrimitiveRuntimeError:
		abort := &v2.MoveAbort{Location: location(f.Location)}
		if f.Kind == effects.MoveAbort {
			abort.AbortCode = &f.Code
		}
		m.ErrorDetails = &v2.ExecutionError_Abort{Abort: abort}
	case effects.MoveObjectTooBig, effects.MovePackageTooBig, effects.EffectsTooLarge, effects.WrittenObjectsTooLarge:
		m.ErrorDetails = &v2.ExecutionError_SizeError{SizeError: &v2.SizeError{Size: &f.Size, MaxSize: &f.Max}}
	case effects.CircularObjectOwnership:
		m.ErrorDetails = &v2.ExecutionError_ObjectId{ObjectId: f.Object.String()}
	case effects.CommandArgumentError:
		m.ErrorDetails = &v2.ExecutionError_CommandArgumentError{CommandArgumentError: argumentError(f)}
	case effects.TypeArgumentError:
		kind := v2.TypeArgumentError_CONSTRAINT_NOT_SATISFIED
		if f.TypeNotFound {
			kind = v2.TypeArgumentError_TYPE_NOT_FOUND
		}
		m.ErrorDetails = &v2.ExecutionError_TypeArgumentError{TypeArgumentError: &v2.TypeArgumentError{
			TypeArgument: pointer(uint32(f.Index)), Kind: &kind,
		}}
	case effects.UnusedValueWithoutDrop:
		m.ErrorDetails = &v2.ExecutionError_IndexError{IndexError: indexes(f.Position, &f.Secondary)}
	case effects.InvalidPublicFunctionReturnType:
		m.ErrorDetails = &v2.ExecutionError_IndexError{IndexError: indexes(f.Index, nil)}
	case effects.PackageUpgradeError:
		m.ErrorDetails = &v2.ExecutionError_PackageUpgradeError{PackageUpgradeError: upgradeError(f)}
	}
}

func location(l *effects.Location) *v2.MoveLocation {
	if l == nil {
		return nil
	}
	return &v2.MoveLocation{
		Package: text(l.Package), Module: &l.Module, Function: pointer(uint32(l.Function)), Instruction: pointer(uint32(l.Instruction)),
		FunctionName: known(l.FunctionName),
	}
}

func argumentError(f *effects.Failure) *v2.CommandArgumentError {
	m := &v2.CommandArgumentError{
		Argument: pointer(uint32(f.Index)),
		Kind:     (v2.CommandArgumentError_CommandArgumentErrorKind(f.Argument) + 1).Enum(), // as the kinds of failures
	}
	switch f.Argument {
	case effects.IndexOutOfBounds, effects.InvalidResultArity:
		m.IndexError = indexes(f.Position, nil)
	case effects.SecondaryIndexOutOfBounds:
		m.IndexError = indexes(f.Position, &f.Secondary)
	}
	return m
}

func indexes(index uint16, secondary *uint16) *v2.IndexError {
	m := &v2.IndexError{Index: pointer(uint32(index))}
	if secondary != nil {
		m.Subresult = pointer(uint32(*secondary))
	}
	return m
}

func upgradeError(f *effects.Failure) *v2.PackageUpgradeError {
	m := &v2.PackageUpgradeError{Kind: (v2.PackageUpgradeError_PackageUpgradeErrorKind(f.Upgrade) + 1).Enum()}
	switch f.Upgrade {
	case effects.UnableToFetchPackage:
		m.PackageId = text(f.Object)
	case effects.DigestDoesNotMatch:
		m.Digest = text(f.Digest)
	case effects.UnknownUpgradePolicy:
		m.Policy = pointer(uint32(f.Policy))
	case effects.PackageIDDoesNotMatch:
		m.PackageId, m.TicketId = text(f.Object), text(f.Other)
	}
	return m
}
