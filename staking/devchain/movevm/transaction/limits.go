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

// BaseUnits are the least computation units that a transaction costs (base_tx_cost_fixed).
const BaseUnits = 1_000
