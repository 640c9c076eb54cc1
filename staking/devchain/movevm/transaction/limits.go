package transaction

import (
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
)

// Limits of transactions, inclusive; those of what code does with objects and of packages are in the tables of these
// packages.
type Limits struct {
	TransactionBytes int
	InputObjects     int // inputs that are objects, objects to be received, packages that are named
	GasCoins         int
	PureBytes        int // of one input
	Commands         int
	Publications     int    // commands that publish or upgrade
	Arguments        int    // of a command
	TypeNodes        int    // of all type arguments of a command together, as written out
	TypeDepth        int    // of a type argument
	Modules          int    // of a package
	PackageIDs       int    // dependencies as a command names them
	Budget           uint64 // MIST
	GasPrice         uint64 // MIST for a computation unit, exclusive
	ComputationUnits uint64
	EffectsBytes     int

	Objects       objects.Limits
	SystemObjects objects.Limits
	Packages      packages.Limits
}

// DefaultLimits are those of Sui's protocol (the parameter that sets each is named). Sui itself compares some of them with
// "less than": for these the number here is one less.
func DefaultLimits() Limits {
	return Limits{
		TransactionBytes: 128 << 10,          // max_tx_size_bytes
		InputObjects:     2048,               // max_input_objects
		GasCoins:         255,                // max_gas_payment_objects, exclusive
		PureBytes:        16<<10 - 1,         // max_pure_argument_size, exclusive
		Commands:         1023,               // max_programmable_tx_commands, exclusive
		Publications:     5,                  // max_publish_or_upgrade_per_ptb
		Arguments:        511,                // max_arguments, exclusive
		TypeNodes:        15,                 // max_type_arguments, exclusive
		TypeDepth:        15,                 // max_type_argument_depth, exclusive
		Modules:          63,                 // max_modules_in_publish, exclusive
		PackageIDs:       31,                 // max_package_dependencies, exclusive
		Budget:           50_000_000_000_000, // max_tx_gas
		GasPrice:         50_000_000_000,     // max_gas_price
		ComputationUnits: 5_000_000,          // max_gas_computation_bucket
		EffectsBytes:     512 << 10,          // max_serialized_tx_effects_size_bytes
		Objects:          objects.DefaultLimits(),
		SystemObjects:    objects.SystemLimits(),
		Packages:         packages.DefaultLimits(),
	}
}

// Prices of gas, from Sui's protocol.
const (
	baseUnits           = 1_000 // base_tx_cost_fixed: the least that a transaction costs, in computation units
	roundingUnits       = 1_000 // gas_rounding_step
	publishInstructions = 80    // package_publish_cost_per_byte, in instructions
	byteUnits           = 100   // obj_data_cost_refundable: storage units of a byte
	storagePrice        = 76    // storage_gas_price: MIST for a storage unit
	rebateBasisPoints   = 9_900 // storage_rebate_rate: what of a storage cost comes back when the object goes
	basisPoints         = 10_000
	instructionsPerUnit = 1_000 // of the first tier, in a computation unit
)

// instructionTiers say what an instruction costs when so many were executed before, so that long computations cost more
// than short ones.
var instructionTiers = [...]struct{ from, cost uint64 }{
	{0, 1}, {20_000, 2}, {50_000, 10}, {100_000, 50}, {200_000, 100}, {10_000_000, 1_000},
}

// unmetered is the gas of system transactions, in units of the interpreter: about a minute, so that they end too.
const unmetered = 2_000_000_000
