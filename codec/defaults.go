package codec

const (
	// DefaultMemoryBudget is what a call may keep in memory when Options say nothing, in bytes. At n = 1000 blobs of up to
	// 100 MiB are then encoded in one pass and blobs of up to 256 MiB read once, and a blob of any size leaves a process
	// well below 768 MiB.
	DefaultMemoryBudget = 512 << 20
	// pieceBytes is about how many bytes of every shard a unit of work codes and hashes. At 1,000 shards that is 2 MiB in
	// all, which second-level caches hold in good part, and the cost of a call is spread over enough elements.
	pieceBytes = 2 << 10
	// readBytes is the same for blobs that are read in every pass: long enough to be worth a system call.
	readBytes = 8 << 10
	// blockBytes is how many bytes of one sliver a decoder reads and writes at a time: long enough for a disk and a system
	// call to be worth it, short enough for the blocks of all slivers of two workers to stay below 50 MiB at 1,000 shards.
	blockBytes = 16 << 10
	// groupColumns is the least number of columns hashed together, if there are so many: two vectors of eight lanes.
	groupColumns = 16
	// minUnits is the least number of pieces that the columns are cut into, for several workers to share evenly.
	minUnits = 16
	// lanesWidth is how many hashes the widest vectors compute at once.
	lanesWidth = 8
	// joinRows is how many rows' trees are finished in one unit of work: enough to fill lanes, few enough to share.
	joinRows = 128
)
