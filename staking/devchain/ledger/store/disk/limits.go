package disk

import "github.com/cockroachdb/pebble/v2"

// Settings of Pebble, for a chain that shares a small computer with storage nodes. Sizes are in bytes.
const (
	// format is pinned, so that a newer Pebble does not rewrite what an older program then cannot read.
	format = pebble.FormatTableFormatV6
	// cacheBytes holds the blocks of some ten thousand objects, more than a home network uses at a time.
	cacheBytes = 8 << 20
	// memTableBytes holds some seconds of load.
	memTableBytes = 4 << 20
	// memTables may be in memory, and on disk as logs. More than one waits to be written only when the disk is slow or full;
	// that it is full should be known before all are.
	memTables = 4
	// bloomBits of a key in a table's filter: one percent of what is not there is looked for. New transactions and objects are
	// not there.
	bloomBits = 10
	// openFiles bounds descriptors.
	openFiles = 128
	// manifestBytes is when a new manifest is started.
	manifestBytes = 4 << 20
	// tableBytes is the size of tables on all levels: small, as a compaction needs room for several.
	tableBytes = 8 << 20
)
