// Package object has the contracts' objects and values as Go types, read from BCS.
//
// The fields are those of the Move structs, in their order; their meaning is documented in the contracts' sources. Amounts are
// in FROST (10^-9 WAL), times in milliseconds since 1970 unless said otherwise, sizes in bytes, rates in basis points. An
// option that is none is a nil pointer.
package object

import (
	"fmt"
	"math/big"

	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// MaxSize is the most bytes of an object, of an event, and so of whatever is read here: Sui's max_move_object_size.
const MaxSize = 250 << 10

// Name names a struct of the contracts, by the package's name in the build.
type Name struct {
	Package, Module, Struct string
}

// String is the name as Move writes it, with the package's name for its address.
func (n Name) String() string { return n.Package + "::" + n.Module + "::" + n.Struct }

// Decode reads the BCS of a value, at most MaxSize. It fails with bcs.ErrMalformed for what is not the one form of a value.
func Decode[T any](contents []byte) (T, error) {
	var v T
	if err := bcs.Unmarshal(contents, MaxSize, &v); err != nil {
		var none T
		return none, fmt.Errorf("%T: %w", none, err)
	}
	return v, nil
}

// Uint128 is a number of 128 bits.
type Uint128 struct{ Low, High uint64 }

// Big is the number.
func (n Uint128) Big() *big.Int {
	b := new(big.Int).SetUint64(n.High)
	return b.Add(b.Lsh(b, 64), new(big.Int).SetUint64(n.Low))
}

// String is the number in decimal.
func (n Uint128) String() string { return n.Big().String() }

// MarshalText is String: JSON has no integers of this size.
func (n Uint128) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// Table is what an object has of a table: its entries are dynamic fields of the table's id.
type Table struct {
	ID   ptb.Address
	Size uint64
}

// Field is a dynamic field: an object that holds a name and a value.
type Field[K, V any] struct {
	ID    ptb.Address
	Name  K
	Value V
}
