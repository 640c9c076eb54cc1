package movevm

// Limits bound what one Call uses.
type Limits struct {
	CallDepth   int    // functions that wait for others to return
	Stack       int    // operands of all functions together
	MemoryBytes uint64 // of all values alive, as values.Size counts them
	BCSBytes    int    // of one value in BCS
	LayoutNodes int    // types that a type in BCS is made of, see types.Layout
}

// DefaultLimits are the Move VM's where it has them.
func DefaultLimits() Limits {
	return Limits{
		CallDepth: 1024, // the Move VM's
		Stack:     1024, // the Move VM's
		// A hundred times what a transaction may touch on Sui in objects; a small machine has it to spare.
		MemoryBytes: 64 << 20,
		// An object is at most 250 KB on Sui; a vector that is only hashed may be longer.
		BCSBytes:    1 << 20,
		LayoutNodes: 512, // Sui's max_type_to_layout_nodes
	}
}

// Gas and pace of the machine.
const (
	callUnits    = 8    // a call costs about as much time as this many plain instructions
	bytesPerUnit = 32   // bytes copied, compared or read in the time of a plain instruction
	checkEvery   = 1024 // instructions between two looks at the context
	initialStack = 64   // operands for which room is made at first
)
