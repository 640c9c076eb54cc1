// Package types has the types of running Move code: addresses and module names, abilities, datatypes and their
// instances. Types are interned in a Universe, so that two types are equal exactly when their pointers are.
package types

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// Address is a 32-byte account, object or package address.
type Address [32]byte

// ShortAddress is the address with one low byte, as of the framework packages 0x1 and 0x2.
func ShortAddress(low byte) Address { return Address{31: low} }

// String is "0x" and 64 hexadecimal digits.
func (a Address) String() string { return "0x" + hex.EncodeToString(a[:]) }

// ParseAddress reads "0x" and 1 to 64 hexadecimal digits.
func ParseAddress(s string) (Address, error) {
	var a Address
	digits, ok := strings.CutPrefix(s, "0x")
	if !ok || digits == "" || len(digits) > 64 {
		return a, fmt.Errorf("address %q: want 0x and 1 to 64 hexadecimal digits", s)
	}
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	if _, err := hex.Decode(a[32-len(digits)/2:], []byte(digits)); err != nil {
		return a, fmt.Errorf("address %q: %w", s, err)
	}
	return a, nil
}

// ModuleID names a module of a package.
type ModuleID struct {
	Address Address
	Name    string
}

func (m ModuleID) String() string { return m.Address.String() + "::" + m.Name }

// Abilities is a set of what may be done with values of a type. The bits are those of the binary format.
type Abilities uint8

// The abilities.
const (
	Copy Abilities = 1 << iota
	Drop
	Store
	Key

	// AllAbilities is the set of all four.
	AllAbilities = Copy | Drop | Store | Key
	// Primitive is what integers, booleans and addresses have.
	Primitive = Copy | Drop | Store
)

// Has says whether all of want are in the set.
func (a Abilities) Has(want Abilities) bool { return a&want == want }

func (a Abilities) String() string {
	var names []string
	for i, name := range [...]string{"copy", "drop", "store", "key"} {
		if a&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, "+")
}
