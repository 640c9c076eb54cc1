// Package bcs encodes Go values in BCS and decodes them strictly: one value has one form, and only that form is accepted.
// It adds to github.com/fardream/go-bcs, whose rules for structs and enums hold here, what bytes from outside need.
//
// An enum is a struct of pointers with the method IsBcsEnum; the number of a variant is the number of its field. A field
// tagged `bcs:"optional"` is a pointer that may be nil.
package bcs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"unicode/utf8"

	"github.com/fardream/go-bcs/bcs"
)

// Errors of Marshal and Unmarshal.
var (
	// ErrMalformed says that bytes are not the BCS of a value of the type, or a value has no BCS.
	ErrMalformed = errors.New("malformed BCS")
	// ErrUnsupported says that bytes name something that exists on Sui and is not implemented here.
	ErrUnsupported = errors.New("unsupported")
)

// Marshal gives the BCS of a value. It fails with ErrMalformed for an enum without exactly one variant and for a pointer
// that is nil without being optional.
func Marshal(v any) ([]byte, error) {
	if err := check(reflect.ValueOf(v)); err != nil {
		return nil, err
	}
	return encode(v)
}

func encode(v any) ([]byte, error) {
	b, err := bcs.Marshal(v)
	if errors.Is(err, ErrUnsupported) || err == nil {
		return b, err
	}
	return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
}

// Unmarshal decodes all of data, at most limit bytes, into the value that v points to. It fails with ErrUnsupported where
// the type says so, and with ErrMalformed where data is longer, has a rest, or is not what Marshal makes of the value.
// Memory that it allocates is proportional to the length of data, plus 1 MiB at most.
func Unmarshal(data []byte, limit int, v any) error {
	if len(data) > limit {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrMalformed, len(data), limit)
	}
	if err := bcs.UnmarshalAll(data, v); err != nil {
		if errors.Is(err, ErrUnsupported) {
			return err
		}
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	// Numbers and booleans have other spellings, which the decoder beneath takes.
	again, err := Marshal(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, data) {
		return fmt.Errorf("%w: it is not in canonical form", ErrMalformed)
	}
	return nil
}

// Unsupported stands for a variant that exists on Sui and is not implemented here.
type Unsupported struct{}

// MarshalBCS fails with ErrUnsupported.
func (Unsupported) MarshalBCS() ([]byte, error) { return nil, ErrUnsupported }

// UnmarshalBCS fails with ErrUnsupported.
func (*Unsupported) UnmarshalBCS(io.Reader) (int, error) { return 0, ErrUnsupported }

var (
	marshaler = reflect.TypeFor[bcs.Marshaler]()
	enum      = reflect.TypeFor[bcs.Enum]()
)

// check looks for what the encoder beneath would panic on, or leave out silently.
func check(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return fmt.Errorf("%w: a %s is missing", ErrMalformed, v.Type())
		}
		return check(v.Elem())
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			return fmt.Errorf("%w: text that is not UTF-8", ErrMalformed)
		}
		return nil
	case reflect.Slice, reflect.Array:
		if elem := v.Type().Elem(); elem.Kind() == reflect.Uint8 || elem.Kind() != reflect.Pointer && elem.Implements(marshaler) {
			return nil
		}
		for i := range v.Len() {
			if err := check(v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	case reflect.Struct:
		return checkStruct(v)
	default:
		return nil
	}
}

func checkStruct(v reflect.Value) error {
	t := v.Type()
	if t.Implements(marshaler) {
		return nil
	}
	isEnum, variants := t.Implements(enum), 0
	for i := range t.NumField() {
		field := v.Field(i)
		if (isEnum || t.Field(i).Tag.Get("bcs") == "optional") && field.IsNil() {
			continue
		}
		variants++
		if err := check(field); err != nil {
			return err
		}
	}
	if isEnum && variants != 1 {
		return fmt.Errorf("%w: a %s of %d variants", ErrMalformed, t, variants)
	}
	return nil
}
