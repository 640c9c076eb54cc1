package sui

import (
	"fmt"
	"strings"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"

	"github.com/floe-network/floe/staking/sui/ptb"
)

// Failure says why a transaction that was executed did nothing but pay gas. Where code aborted it, an *Abort is inside.
type Failure struct {
	Kind        string // Sui's name of the kind of failure
	Command     int    // which command failed, below zero where none did
	Description string // in the endpoint's words
	Abort       *Abort // nil for other kinds
}

// Abort is where and with which code a Move function gave up.
type Abort struct {
	Package  ptb.Address // the version that ran
	Module   string
	Function string
	Code     uint64
}

func (a *Abort) Error() string {
	return fmt.Sprintf("%s::%s::%s aborted with code %d", a.Package, a.Module, a.Function, a.Code)
}

func (f *Failure) Error() string {
	var b strings.Builder
	b.WriteString("the transaction failed")
	if f.Command >= 0 {
		fmt.Fprintf(&b, " in command %d", f.Command)
	}
	b.WriteString(": ")
	if f.Abort != nil {
		b.WriteString(f.Abort.Error())
	} else {
		b.WriteString(f.Kind)
	}
	if f.Description != "" {
		fmt.Fprintf(&b, " (%s)", f.Description)
	}
	return b.String()
}

// Unwrap gives the Abort.
func (f *Failure) Unwrap() error {
	if f.Abort == nil {
		return nil
	}
	return f.Abort
}

// Is says whether the failure is of a kind that has a name here.
func (f *Failure) Is(target error) bool {
	switch target {
	case ErrInsufficientGas:
		return f.Kind == v2.ExecutionError_INSUFFICIENT_GAS.String()
	case ErrInsufficientBalance:
		return f.Kind == v2.ExecutionError_INSUFFICIENT_COIN_BALANCE.String()
	default:
		return false
	}
}

// maxDescription is how much of an endpoint's words is kept, bytes.
const maxDescription = 500

func readFailure(from *v2.ExecutionError) *Failure {
	f := &Failure{Kind: from.GetKind().String(), Command: -1, Description: from.GetDescription()}
	if len(f.Description) > maxDescription {
		f.Description = strings.ToValidUTF8(f.Description[:maxDescription], "") + "..."
	}
	if from.GetCommand() < 1<<16 && from != nil && from.Command != nil {
		f.Command = int(from.GetCommand())
	}
	if a := from.GetAbort(); a != nil {
		f.Abort = &Abort{Module: a.GetLocation().GetModule(), Function: a.GetLocation().GetFunctionName(), Code: a.GetAbortCode()}
		if id, err := ptb.ParseAddress(a.GetLocation().GetPackage()); err == nil {
			f.Abort.Package = id
		}
	}
	return f
}
