package store

import (
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/store/disk"
)

// Options configure a store. The zero value is usable.
type Options struct {
	// Quota bounds the bytes on disk, 0: only the reserve and the disk do. Index and ballast take a part of it, so that
	// one below some MiB leaves little for slivers.
	Quota int64
	// Reserve is the free space in bytes that the store leaves on the file system; 0 means DefaultReserve, below 0 none.
	Reserve int64
	// Logger takes what an operator should know; nil discards it.
	Logger *slog.Logger
	// FS is the file system below everything; nil means the operating system's. Tests put one here that fails or crashes. It
	// must not change what it is given to write.
	FS vfs.FS

	// 0 means the default of the same name; tests set them.
	packBelow, segmentSize int64

	// Derived.
	memTable, ballastSize int64
}

// withDefaults fills in what is not set.
func (o Options) withDefaults() (Options, error) {
	if o.Quota < 0 {
		return o, fmt.Errorf("%w: quota of %d bytes", codec.ErrInvalid, o.Quota)
	}
	if o.Reserve == 0 {
		o.Reserve = DefaultReserve
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.FS == nil {
		o.FS = disk.OS()
	}
	if o.packBelow == 0 {
		o.packBelow = packBelow
	}
	if o.segmentSize == 0 {
		o.segmentSize = segmentSize
	}
	o.memTable, o.ballastSize = memTable, ballastSize
	if o.Quota > 0 {
		share := o.Quota / quotaShare
		o.segmentSize, o.ballastSize = min(o.segmentSize, share), min(o.ballastSize, share)
		o.memTable = max(minMemTable, min(o.memTable, share/2))
	}
	return o, nil
}
