package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/devchain/admin"
	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/wallet"
)

// Exit codes, part of the interface (see floe --help).
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitUnavailable = 4
	exitVerify      = 5
	exitInterrupted = 130 // 128 + SIGINT, as shells report it
)

var (
	errUsage       = errors.New("usage")
	errInterrupted = errors.New("interrupted")
	errMissing     = errors.New("not found")
)

// usagef makes an error of the caller's: exit code 2.
func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

type usageError struct{ error }

func (e usageError) Unwrap() []error { return []error{errUsage, e.error} }

// reported is an error whose result was printed already: it sets the exit code, and --json prints no second object.
type reported struct{ error }

func (e reported) Unwrap() error { return e.error }

// exitCode maps an error to its documented code and the word for it in JSON.
func exitCode(err error) (int, string) {
	switch {
	case err == nil:
		return exitOK, "ok"
	case errors.Is(err, errInterrupted), errors.Is(err, context.Canceled):
		return exitInterrupted, "interrupted"
	case errors.Is(err, errUsage):
		return exitUsage, "usage"
	case errors.Is(err, codec.ErrVerify), errors.Is(err, codec.ErrInconsistent), errors.Is(err, errMismatch):
		return exitVerify, "verification_failed"
	case errors.Is(err, light.ErrNotFound), errors.Is(err, light.ErrNotCertified), errors.Is(err, light.ErrEnded), errors.Is(err, light.ErrBarred),
		errors.Is(err, sui.ErrNotFound), errors.Is(err, os.ErrNotExist), errors.Is(err, errMissing):
		return exitNotFound, "not_found"
	case errors.Is(err, light.ErrUnavailable), errors.Is(err, codec.ErrNotEnough), errors.Is(err, admin.ErrNotRunning),
		errors.Is(err, endpoint.ErrUnreachable), errors.Is(err, light.ErrNoCommittee):
		return exitUnavailable, "unavailable"
	case errors.Is(err, codec.ErrInvalid), errors.Is(err, codec.ErrTooLarge), errors.Is(err, light.ErrRange):
		return exitUsage, "usage"
	case errors.Is(err, staking.ErrFunds), errors.Is(err, wallet.ErrNoGas):
		return exitFailure, "funds"
	case errors.Is(err, staking.ErrPrice), errors.Is(err, wallet.ErrTooExpensive):
		return exitFailure, "price"
	default:
		return exitFailure, "failure"
	}
}
