// Package transaction has the form of programmable transactions, and Sui's limits on it. Package typing finds out what they
// mean on a chain, package execution executes them, package effects has what they did.
//
// The types are shaped as Sui's are in BCS, so that a decoder can fill them. A struct that stands for an
// enum has a pointer for each variant, of which exactly one is set, in the order of the variants.
package transaction

import (
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// Digest is a BLAKE2b-256 hash of something salted with the name of its kind.
type Digest [32]byte

// Transaction is what the chain knows of a signed transaction. Signatures are the caller's business.
type Transaction struct {
	Digest Digest
	Sender types.Address
	// Gas pays. System transactions have none, and inspections may have none.
	Gas *Gas
	Program
	// Size is the length of the transaction in BCS as it was signed, 0 where it never was in BCS.
	Size int
	Mode Mode
}

// Mode says by which rules a transaction is executed.
type Mode uint8

// The modes.
const (
	// Signed transactions follow all rules.
	Signed Mode = iota
	// Inspection is for looking: any function may be called with any bytes, and nothing needs to be used up.
	Inspection
	// System transactions come from the chain itself, without gas and with its limits: they may call any function and
	// change any system object.
	System
)

// Gas says who pays how much. Amounts are in MIST.
type Gas struct {
	Payment []ObjectRef // coins that are merged into the first
	Owner   types.Address
	Price   uint64 // of a computation unit
	Budget  uint64
}

// ObjectRef names a version of an object.
type ObjectRef struct {
	ID      types.Address
	Version uint64
	Digest  Digest
}

// Program is Sui's ProgrammableTransaction.
type Program struct {
	Inputs   []CallArg
	Commands []Command
}

// CallArg is an input.
type CallArg struct {
	Pure   *[]byte // BCS
	Object *ObjectArg
}

// ObjectArg is an object as an input.
type ObjectArg struct {
	ImmOrOwned *ObjectRef
	Shared     *SharedRef
	Receiving  *ObjectRef
}

// SharedRef names a shared object.
type SharedRef struct {
	ID             types.Address
	InitialVersion uint64 // at which it was shared
	Mutable        bool
}

// Command is a step.
type Command struct {
	MoveCall        *MoveCall
	TransferObjects *TransferObjects
	SplitCoins      *SplitCoins
	MergeCoins      *MergeCoins
	Publish         *Publish
	MakeMoveVec     *MakeMoveVec
	Upgrade         *Upgrade
}

// MoveCall calls a function of a version of a package.
type MoveCall struct {
	Package          types.Address
	Module, Function string
	TypeArguments    []packages.TypeTag
	Arguments        []Argument
}

// TransferObjects gives objects to an address.
type TransferObjects struct {
	Objects   []Argument
	Recipient Argument
}

// SplitCoins makes coins of amounts out of a coin.
type SplitCoins struct {
	Coin    Argument
	Amounts []Argument
}

// MergeCoins puts coins into a coin.
type MergeCoins struct {
	Target Argument
	Coins  []Argument
}

// Publish makes a package and results in its UpgradeCap.
type Publish struct {
	Modules      [][]byte
	Dependencies []types.Address
}

// MakeMoveVec makes a vector. Elements must be objects of one type when no type is given.
type MakeMoveVec struct {
	Type     *packages.TypeTag
	Elements []Argument
}

// Upgrade makes the next version of a package from an UpgradeTicket and results in an UpgradeReceipt.
type Upgrade struct {
	Modules      [][]byte
	Dependencies []types.Address
	Package      types.Address
	Ticket       Argument
}

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
