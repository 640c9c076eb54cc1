package store

import (
	"log/slog"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options configure a store. The zero value is usable.
type Options struct {
	// Quota bounds the bytes on disk, 0: only the reserve and the disk do.
	Quota int64
	// Reserve is the free space in bytes that the store leaves on the file system; 0 means DefaultReserve, below 0 none.
	Reserve int64
	// Logger takes what an operator should know; nil discards it.
	Logger *slog.Logger
	// FS is the file system below everything; nil means the operating system's. Tests put one here that fails or crashes.
	FS vfs.FS
}
