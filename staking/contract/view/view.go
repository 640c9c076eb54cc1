// Package view asks the contracts what they know: calls of the functions that only look, and the reading of what they return.
//
// A view adds a call to a ptb.Builder. The program is simulated, never sent, and each View then reads its own results from what the
// simulation returned. All views of one program see the same state, and what earlier commands of it change: settle a
// pool first to see it as it now is.
//
// Amounts are in FROST (10^-9 WAL), times in milliseconds since 1970 unless said otherwise, sizes in bytes.
package view

import (
	"errors"
	"fmt"

	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// ErrResult says that a simulation did not return what the function returns.
var ErrResult = errors.New("simulation has no such result")

// Returned is what a simulated program returned: for each command, the BCS of each of its results.
type Returned [][][]byte

// View reads the results of a call that was added to a program.
type View[T any] struct {
	call ptb.Argument
	name string
	read func([][]byte) (T, error)
}

// Read reads the results. It fails with ErrResult where there are too few or too many, and with bcs.ErrMalformed.
func (v View[T]) Read(r Returned) (T, error) {
	var none T
	if v.call.Result == nil || int(*v.call.Result) >= len(r) {
		return none, fmt.Errorf("%w: %s, of %d commands", ErrResult, v.name, len(r))
	}
	value, err := v.read(r[*v.call.Result])
	if err != nil {
		return none, fmt.Errorf("%s: %w", v.name, err)
	}
	return value, nil
}

// Call is the result of the call, for later commands of the same program.
func (v View[T]) Call() ptb.Argument { return v.call }

// Of makes the View of a function of one result, whose BCS is that of T.
func Of[T any](name string, call ptb.Argument) View[T] {
	return View[T]{call, name, func(results [][]byte) (T, error) {
		if len(results) != 1 {
			var none T
			return none, fmt.Errorf("%w: %d values, want 1", ErrResult, len(results))
		}
		return object.Decode[T](results[0])
	}}
}

// several makes the View of a function of several results, which are the fields of T in their order.
func several[T any](name string, count int, call ptb.Argument) View[T] {
	return View[T]{call, name, func(results [][]byte) (T, error) {
		if len(results) != count {
			var none T
			return none, fmt.Errorf("%w: %d values, want %d", ErrResult, len(results), count)
		}
		var all []byte
		for _, r := range results {
			all = append(all, r...)
		}
		return object.Decode[T](all)
	}}
}

// optional makes the View of a function of one option, nil for none.
func optional[T any](name string, call ptb.Argument) View[*T] {
	inner := Of[struct {
		Value *T `bcs:"optional"`
	}](name, call)
	return View[*T]{call, name, func(results [][]byte) (*T, error) {
		v, err := inner.read(results)
		return v.Value, err
	}}
}
