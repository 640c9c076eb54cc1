package ledger

import "time"

// Defaults of Options.
const (
	// DefaultEpoch is as long as Sui's.
	DefaultEpoch = 24 * time.Hour
	// DefaultInterval is how often Sui makes a checkpoint, about.
	DefaultInterval = 200 * time.Millisecond
	// DefaultRetain is about eleven hours of checkpoints at the default interval. A chain without load keeps some hundred
	// megabytes with it.
	DefaultRetain = 200_000
	// DefaultMinFree is in bytes: what the database may want for its own files before it notices that the disk is full, with
	// room for others.
	DefaultMinFree = 128 << 20
)

const (
	// maxQueue is how many transactions may wait: of the largest, 128 MB.
	maxQueue = 1024
	// maxGroup is how many transactions are committed together.
	maxGroup = 256
	// maxGroupTime bounds how long the first of a group waits for the others to be executed, beyond one that is long itself.
	maxGroupTime = 20 * time.Millisecond
	// maxGroupBytes bounds a commit, in bytes: half of what the database keeps in memory.
	maxGroupBytes = 2 << 20
	// maxCheckpoint is how many transactions a checkpoint has, those of the chain itself not counted
	// (max_transactions_per_checkpoint).
	maxCheckpoint = 10_000
	// pruneAtOnce is how many checkpoints a new one drops: more than one, so that a chain that retains less than before gets
	// there.
	pruneAtOnce = 2
	// maxSignatureBytes is above those of all schemes that are supported.
	maxSignatureBytes = 256
	// maxAdvance is how far the clock is set ahead at once.
	maxAdvance = 10 * 365 * 24 * time.Hour
	// maxSimulations is how many run at once: each may hold 64 MiB of values, and a home computer has few processors.
	maxSimulations = 4
	// madeUpCoin is what simulations pay with, in MIST: far more than any budget, and far from the end of a u64.
	madeUpCoin = 1_000_000_000_000_000_000
)

// ProtocolVersion is what the chain says of the rules that it follows: that of Sui which brought the checkpoints, effects and
// kinds of transactions that it makes.
const ProtocolVersion = 70
