package ptb

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/floe-network/floe/staking/sui/bcs"
)

// Argument is where a command finds a value.
type Argument struct {
	GasCoin      *struct{}
	Input        *uint16
	Result       *uint16 // the only result of a command
	NestedResult *NestedResult
}

// NestedResult is a result of a command.
type NestedResult struct{ Command, Result uint16 }

// Input makes an Argument.
func Input(i uint16) Argument { return Argument{Input: &i} }

// Result makes an Argument.
func Result(command uint16) Argument { return Argument{Result: &command} }

// Nested makes an Argument.
func Nested(command, result uint16) Argument {
	return Argument{NestedResult: &NestedResult{command, result}}
}

// GasCoin makes an Argument.
func GasCoin() Argument { return Argument{GasCoin: &struct{}{}} }

// Numbers of the variants of an Argument in BCS.
const (
	gasCoin byte = iota
	input
	result
	nestedResult
)

// MarshalBCS gives the BCS of Sui's Argument. Arguments are what a transaction can have most of: one that is full of them is
// read and written twice as fast in this way as by reflection.
func (a Argument) MarshalBCS() ([]byte, error) {
	b := make([]byte, 0, 5)
	variants := 0
	if a.GasCoin != nil {
		b, variants = append(b, gasCoin), variants+1
	}
	if a.Input != nil {
		b, variants = binary.LittleEndian.AppendUint16(append(b, input), *a.Input), variants+1
	}
	if a.Result != nil {
		b, variants = binary.LittleEndian.AppendUint16(append(b, result), *a.Result), variants+1
	}
	if n := a.NestedResult; n != nil {
		b = binary.LittleEndian.AppendUint16(append(b, nestedResult), n.Command)
		b, variants = binary.LittleEndian.AppendUint16(b, n.Result), variants+1
	}
	if variants != 1 {
		return nil, fmt.Errorf("%w: an argument of %d variants", bcs.ErrMalformed, variants)
	}
	return b, nil
}

// UnmarshalBCS reads an Argument.
func (a *Argument) UnmarshalBCS(r io.Reader) (int, error) {
	b := make([]byte, 4)
	n, err := io.ReadFull(r, b[:1])
	if err != nil {
		return n, err
	}
	number := func(to []byte) uint16 {
		if err == nil {
			var m int
			m, err = io.ReadFull(r, to)
			n += m
		}
		return binary.LittleEndian.Uint16(to)
	}
	switch b[0] {
	case gasCoin:
		*a = GasCoin()
	case input:
		*a = Input(number(b[:2]))
	case result:
		*a = Result(number(b[:2]))
	case nestedResult:
		*a = Nested(number(b[:2]), number(b[2:]))
	default:
		err = fmt.Errorf("%w: an argument numbered %d", bcs.ErrMalformed, b[0])
	}
	return n, err
}
