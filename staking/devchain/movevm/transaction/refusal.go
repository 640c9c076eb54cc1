package transaction

import (
	"errors"
	"fmt"

	"github.com/floe-network/floe/staking/sui/ptb"
)

// ErrRefused is why a transaction is not executed at all: nothing happens and nothing is charged. The message says what is
// wrong with it. The error is a *Refusal.
var ErrRefused = errors.New("transaction refused")

// Refusal is an ErrRefused with its reason.
type Refusal struct {
	Reason Reason
	Object ptb.Address // or package, where the reason is one
	// Current is the present version of the Object, for ObjectVersion.
	Current uint64
	Err     error
}

// Reason says what is wrong with a transaction that is refused.
type Reason uint8

// The reasons.
const (
	Malformed      Reason = iota // it breaks a rule of form, or a limit
	Signatures                   // they are not those that it needs
	Expired                      // or it is not valid yet
	Gas                          // price, budget or payment
	ObjectMissing                // there is no such object
	ObjectVersion                // the object is at another version: this one was used already, or never was
	ObjectDigest                 // the version has another digest
	ObjectOwner                  // the object is not for the sender to use like that
	PackageMissing               // there is no such package
)

func (r *Refusal) Error() string { return ErrRefused.Error() + ": " + r.Err.Error() }

// Unwrap gives ErrRefused and what is behind.
func (r *Refusal) Unwrap() []error { return []error{ErrRefused, r.Err} }

// Refuse makes a Refusal because of the transaction's form.
func Refuse(format string, args ...any) error { return RefuseFor(Malformed, format, args...) }

// RefuseFor makes a Refusal for a reason.
func RefuseFor(reason Reason, format string, args ...any) error {
	return &Refusal{Reason: reason, Err: fmt.Errorf(format, args...)}
}

// RefuseObject makes a Refusal because of an object or package.
func RefuseObject(reason Reason, id ptb.Address, format string, args ...any) error {
	return &Refusal{Reason: reason, Object: id, Err: fmt.Errorf(format, args...)}
}
