// Package types has the types of running Move code: addresses and module names, abilities, datatypes and their
// instances. Types are interned in a Universe, so that two types are equal exactly when their pointers are.
package types

import (
	"strings"

	"github.com/floe-network/floe/staking/sui/ptb"
)

// Address is an account, object or package address, as Sui's transactions have it.
type Address = ptb.Address

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
