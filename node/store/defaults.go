package store

// Defaults and bounds, each with its unit and reason.
const (
	// MaxMetadata bounds the metadata of a blob in bytes: two 33-byte hashes for each of 4096 pairs and a head are 271 KiB.
	MaxMetadata = 512 << 10
	// DefaultReserve is the free space in bytes left on the file system: room for logs, upgrades and the index's compactions.
	DefaultReserve = 1 << 30

	// packBelow is the body length in bytes below which slivers share segments. BenchmarkPack compares the two.
	packBelow = 64 << 10
	// segmentSize is the length in bytes at which a segment is full: long enough that the fsyncs and files do not count,
	// short enough that a compaction of one is done within a second or two.
	segmentSize = 64 << 20
	// quotaShare: under a quota a segment, and the ballast, are at most this part of it. Compaction needs room for one segment.
	quotaShare = 16
	// liveFraction: a full segment with less than this part of segmentSize alive is compacted. At one half a byte is
	// rewritten about once on average, and dead bytes are fewer than live ones.
	liveFraction = 0.5
	// pressedFraction of a segment's own size takes the place of liveFraction once puts are refused: a tenth of it comes
	// back for nine tenths rewritten.
	pressedFraction = 0.9

	// maxGroup and maxGroupBytes bound what is committed together: enough for all slivers of a blob on a large node, and
	// little enough that nobody waits longer than the disk needs for 4 MiB.
	maxGroup      = 1024
	maxGroupBytes = 4 << 20
	// pendingBytes bounds the records that wait for their group, in bytes: four groups.
	pendingBytes = 4 * maxGroupBytes
	// openFiles bounds the descriptors in use for slivers and segments at a time. A read or write holds one only while it runs.
	openFiles = 64
	// dirSyncs is how many directories are synced at once; the journal of the file system merges them.
	dirSyncs = 16
	// unsyncedDirs is how many directories with removals wait for the next sync, which is a matter of orphans only.
	unsyncedDirs = 1024

	// blockSize is what a file's length is rounded up to when it is counted, in bytes: the block of common file systems. One
	// more is for its directory.
	blockSize = 4 << 10
	// ballastSize is given up when the disk is full, in bytes: the index's memory tables twice, its log and a compaction.
	ballastSize = 16 << 20

	// memTable is the index's write buffer in bytes: it holds eight of the largest metadata. Under a small quota it is
	// smaller, down to minMemTable.
	memTable    = 4 << 20
	minMemTable = 256 << 10
)
