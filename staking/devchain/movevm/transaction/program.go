// Package transaction has what a chain knows of a programmable transaction before it looks at its state, and Sui's limits on
// its form, which package ptb has. Package typing finds out what transactions mean on a chain, package execution executes
// them, package effects has what they did.
package transaction

import (
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Transaction is what the chain knows of a signed transaction. Signatures are the caller's business.
type Transaction struct {
	Digest ptb.Digest
	Sender types.Address
	// Gas pays. System transactions have none, and inspections may have none.
	Gas *ptb.GasData
	ptb.Program
	// Size is the length of the transaction in BCS as it was signed, 0 where it never was in BCS.
	Size int
	Mode Mode
	// Report asks for what commands return, which an Inspection says in any case.
	Report bool
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
