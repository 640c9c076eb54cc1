package store

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"sync/atomic"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/store/record"
)

// Key names a sliver: of which blob, held for which shard, along which axis.
type Key = record.Key

// Info describes a stored sliver: its key, its symbol size and the size of its body in bytes.
type Info = record.Info

// Usage is what a store holds and may hold. All figures are bytes, except Slivers.
type Usage struct {
	// Slivers counts the stored slivers.
	Slivers int64
	// SliverBytes is the sum of their bodies.
	SliverBytes int64
	// Used is what counts against the quota: sliver files, segments with their dead bytes, metadata and index.
	Used int64
	// Dead is the part of Used that belongs to deleted slivers in segments and returns with compaction.
	Dead int64
	// Index is the part of Used that metadata, index and bookkeeping take.
	Index int64
	// Quota, 0: none.
	Quota int64
	// Free space of the file system, -1 where it is not known, and the part of it that is never used.
	Free, Reserve int64
}

// Reader reads one sliver. Every byte it returns was checked against its checksum. It may be used concurrently.
type Reader struct {
	info   Info
	source io.ReaderAt
	closed atomic.Bool
}

// Info describes the sliver.
func (r *Reader) Info() Info { return r.info }

// Size is the length of the body in bytes.
func (r *Reader) Size() int64 { return r.info.Size }

// ReadAt implements io.ReaderAt over the body. Errors: ErrCorrupt, ErrNotFound when it was deleted since, ErrClosed,
// fs.ErrClosed.
func (r *Reader) ReadAt(p []byte, off int64) (int, error) {
	if r.closed.Load() {
		return 0, fmt.Errorf("read %s: %w", r.info.Key, fs.ErrClosed)
	}
	return r.source.ReadAt(p, off)
}

// Close ends the use of the reader. It returns nil.
func (r *Reader) Close() error {
	r.closed.Store(true)
	return nil
}

// ProblemKind classifies what Check finds.
type ProblemKind string

// The kinds of problems.
const (
	// ProblemCorrupt: the sliver's bytes are missing or do not match. Repair drops it; fetch it again.
	ProblemCorrupt ProblemKind = "corrupt"
	// ProblemUnreadable: the system failed to read. Repair leaves it alone, as the bytes may be well.
	ProblemUnreadable ProblemKind = "unreadable"
	// ProblemOrphan: a file that nothing refers to, of a put or a removal that was cut short. Repair removes it.
	ProblemOrphan ProblemKind = "orphan"
	// ProblemCount: counts in the index that disagree with its entries. Repair sets them right.
	ProblemCount ProblemKind = "count"
)

// Problem is one finding of Check or Repair.
type Problem struct {
	Kind ProblemKind
	// Key of the sliver, where one is concerned.
	Key Key
	// Path of the file, where one is concerned, relative to the data directory.
	Path string
	Err  error
}

// String is for people.
func (p Problem) String() string {
	if p.Key == (Key{}) {
		return fmt.Sprintf("%s: %s: %v", p.Kind, p.Path, p.Err)
	}
	return fmt.Sprintf("%s: %s (%s): %v", p.Kind, p.Key, p.Path, p.Err)
}

func checkMetadata(id codec.BlobID, bcs []byte) error {
	if len(bcs) == 0 || len(bcs) > MaxMetadata {
		return fmt.Errorf("%w: metadata of blob %s has %d bytes: want 1 to %d", codec.ErrInvalid, id, len(bcs), MaxMetadata)
	}
	return nil
}

func checkList(shard int, after *Key, limit int) error {
	if shard < 0 || shard >= codec.MaxShards {
		return fmt.Errorf("%w: shard %d: want 0 to %d", codec.ErrInvalid, shard, codec.MaxShards-1)
	}
	if after != nil && after.Shard != shard {
		return fmt.Errorf("%w: list of shard %d after a key of shard %d", codec.ErrInvalid, shard, after.Shard)
	}
	return checkLimit(limit)
}

func checkLimit(limit int) error {
	if limit < 1 {
		return fmt.Errorf("%w: list limit %d: want at least 1", codec.ErrInvalid, limit)
	}
	return nil
}

// canceled returns the cause when ctx has ended.
func canceled(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}
