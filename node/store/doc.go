// Package store keeps the slivers of a storage node, the metadata of their blobs and the node's bookkeeping in one data
// directory: durable when a put returns, read by range, checksummed, bounded by a quota and by the space that stays free.
//
//	FORMAT              which format this is
//	LOCK                held, with the process id in it, while the store is open
//	BALLAST             space for the index when the disk is full (package disk)
//	index/              where everything is, metadata, bookkeeping: Pebble (package index)
//	segments/ID.seg     records of small slivers (packages segment, record)
//	slivers/SHARD/XX/BLOB.AXIS   a larger sliver: one record, XX the first byte of the blob id
//	tmp/                files on their way to slivers/
//
// Slivers below 64 KiB share segments. A put is acknowledged after data and index are synced, in this order; a removal
// takes the index entry first. A crash so leaves files that nothing refers to, which the next start sweeps up, and never a
// reference to nothing. Puts at the same time share their fsyncs: one goroutine commits whatever waits as a group
// (commit.go).
//
// The quota is hard: it covers what the files take, segments with their dead bytes, and the index with what it needs to
// compact. Space that removals leave in segments comes back by compaction, in the background, when a segment is half
// dead, or earlier once puts are refused. A full disk refuses puts and nothing else.
//
// Reads open the file for each ReadAt and check the blocks that they touch, so that readers cost nothing while they wait,
// and about 220 descriptors are the most that a store has open: 64 for slivers and segments, 16 for directories, 128 for
// the index, a few more.
//
// The bytes of every file are in docs/store-format.md.
package store
