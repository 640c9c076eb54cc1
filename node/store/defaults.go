package store

const (
	// MaxMetadata bounds the metadata of a blob in bytes: two 33-byte hashes for each of 4096 pairs and a head are 271 KiB.
	MaxMetadata = 512 << 10
	// DefaultReserve is the free space in bytes left on the file system: room for logs, upgrades and the index's compactions.
	DefaultReserve = 1 << 30
)
