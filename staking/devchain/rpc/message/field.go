package message

import (
	"fmt"

	"github.com/floe-network/floe/staking/sui/ptb"
)

// FieldError says which field of a request is wrong, by its path from the request or the message in question inwards.
type FieldError struct {
	Field   string
	Missing bool // there is none, and there must be one
	Err     error
}

func (e *FieldError) Error() string {
	if e.Missing {
		return "missing " + e.Field
	}
	return fmt.Sprintf("invalid %s: %v", e.Field, e.Err)
}

func (e *FieldError) Unwrap() error { return e.Err }

// Missing makes the error of a field that must be there.
func Missing(field string) error { return &FieldError{Field: field, Missing: true} }

// Invalid makes the error of a field with a value that it cannot have.
func Invalid(field string, err error) error { return &FieldError{Field: field, Err: err} }

// Address reads an address or id that must be there. It fails with a *FieldError.
func Address(field string, s *string) (ptb.Address, error) {
	return read(field, s, ptb.ParseAddress)
}

// Digest reads a digest that must be there. It fails with a *FieldError.
func Digest(field string, s *string) (ptb.Digest, error) {
	return read(field, s, ptb.ParseDigest)
}

func read[T any](field string, s *string, parse func(string) (T, error)) (T, error) {
	var none T
	if s == nil {
		return none, Missing(field)
	}
	v, err := parse(*s)
	if err != nil {
		return none, Invalid(field, err)
	}
	return v, nil
}
