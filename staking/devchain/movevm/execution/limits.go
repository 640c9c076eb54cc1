package execution

// Prices of gas, from Sui's protocol.
const (
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
