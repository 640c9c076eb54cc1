package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/store/disk"
	"github.com/floe-network/floe/node/store/index"
	"github.com/floe-network/floe/node/store/segment"
)

// Names in the data directory.
const (
	formatFile  = "FORMAT"
	lockFile    = "LOCK"
	ballastFile = "BALLAST"
	indexDir    = "index"
	segmentDir  = "segments"
	sliverDir   = "slivers"
	tempDir     = "tmp"
)

const (
	formatVersion = 1
	formatPrefix  = "floe sliver store, format "
	// maxFormat bounds what is read of the format file, in bytes.
	maxFormat = 128
	// sliverDepth is how many directories lie between the one of all slivers and a file.
	sliverDepth = 2
)

// layout knows where things are.
type layout struct {
	fs  vfs.FS
	dir string
}

func (l layout) path(elem ...string) string {
	return l.fs.PathJoin(append([]string{l.dir}, elem...)...)
}

// sliverDir returns the directory of a sliver's file: by shard, then by the first byte of the blob id, so that a million
// slivers of a shard are about 4,000 in a directory.
func (l layout) sliverDir(k Key) string {
	return l.path(sliverDir, shardName(k.Shard), blobPrefix(k.Blob))
}

// sliver returns the file of a sliver that has one of its own.
func (l layout) sliver(k Key) string { return l.fs.PathJoin(l.sliverDir(k), sliverName(k)) }

func (l layout) segment(id uint32) string { return l.path(segmentDir, segment.Name(id)) }

// record returns the file that holds the record of a sliver.
func (l layout) record(k Key, p index.Place) string {
	if p.Segment == 0 {
		return l.sliver(k)
	}
	return l.segment(p.Segment)
}

// relative returns a path as seen from the data directory.
func (l layout) relative(path string) string {
	return strings.TrimPrefix(path, l.dir+string(filepath.Separator))
}

func shardName(shard int) string { return fmt.Sprintf("%04d", shard) }

func blobPrefix(id codec.BlobID) string { return hex.EncodeToString(id[:1]) }

// sliverName is hexadecimal, as some file systems do not tell small letters from capitals.
func sliverName(k Key) string { return hex.EncodeToString(k.Blob[:]) + "." + k.Axis.String() }

// parseSliver reads back the last three elements of the path of a sliver's file.
func parseSliver(shard, prefix, name string) (k Key, ok bool) {
	id, axis, _ := strings.Cut(name, ".")
	n, err := strconv.ParseUint(shard, 10, 16)
	if err != nil || n >= codec.MaxShards || len(id) != hex.EncodedLen(len(k.Blob)) {
		return Key{}, false
	}
	if _, err := hex.Decode(k.Blob[:], []byte(id)); err != nil {
		return Key{}, false
	}
	k.Shard = int(n)
	if axis == codec.Secondary.String() {
		k.Axis = codec.Secondary
	}
	return k, shardName(k.Shard) == shard && blobPrefix(k.Blob) == prefix && sliverName(k) == name
}

// create makes the directories and the format file where they are missing, checks the format where it is not, and empties
// the directory of temporary files.
func (l layout) create() error {
	switch err := l.checkFormat(); {
	case errors.Is(err, fs.ErrNotExist):
		if err := errors.Join(l.syncAbove(), l.writeFormat()); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	for _, name := range []string{indexDir, segmentDir, sliverDir, tempDir} {
		if err := l.fs.MkdirAll(l.path(name), disk.DirMode); err != nil {
			return err
		}
	}
	if err := disk.SyncDir(l.fs, l.dir); err != nil {
		return err
	}
	return l.walk(context.Background(), tempDir, 0, func(elem []string) error {
		return disk.Remove(l.fs, l.path(tempDir, elem[0]))
	})
}

// syncAbove makes a new data directory durable, with all directories above it that may be as new. One that cannot be
// opened is not.
func (l layout) syncAbove() error {
	for dir := l.dir; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
		if err := disk.SyncDir(l.fs, filepath.Dir(dir)); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return nil
}

// writeFormat writes the format file; create syncs its directory entry.
func (l layout) writeFormat() error {
	temp := l.path(formatFile + ".new")
	if err := disk.Write(l.fs, temp, []byte(formatPrefix+strconv.Itoa(formatVersion)+"\n")); err != nil {
		return err
	}
	return l.fs.Rename(temp, l.path(formatFile))
}

func (l layout) checkFormat() error {
	f, err := l.fs.Open(l.path(formatFile))
	if err != nil {
		return err
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFormat))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return parseFormat(b)
}

func parseFormat(b []byte) error {
	digits, ok := strings.CutPrefix(strings.TrimSpace(string(b)), formatPrefix)
	version, err := strconv.ParseUint(digits, 10, 16)
	switch {
	case !ok || err != nil || version == 0:
		return fmt.Errorf("%s says %.60q: this is not the data directory of a sliver store", formatFile, b)
	case version > formatVersion:
		return fmt.Errorf("%w: format %d, this program knows up to %d: run the newer program", ErrVersion, version, formatVersion)
	}
	return nil
}

// checkEmpty makes sure that there are no slivers where the index is new: without it they would be lost, and swept away
// as orphans.
func (l layout) checkEmpty() error {
	for _, name := range []string{sliverDir, segmentDir} {
		names, err := l.fs.List(l.path(name))
		if err != nil {
			return err
		}
		if len(names) > 0 {
			return fmt.Errorf("%w: %s is new or empty, but %s holds slivers: restore the index, or move the slivers away and start anew",
				ErrCorrupt, l.path(indexDir), l.path(name))
		}
	}
	return nil
}

// walk calls fn with the path of every file that is depth directories below a directory of the store, one element each. A
// directory that disappears is passed over.
func (l layout) walk(ctx context.Context, dir string, depth int, fn func(elem []string) error) error {
	return l.walkBelow(ctx, l.path(dir), depth, nil, fn)
}

func (l layout) walkBelow(ctx context.Context, path string, depth int, elem []string, fn func([]string) error) error {
	names, err := l.fs.List(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := canceled(ctx); err != nil {
			return err
		}
		at := append(elem[:len(elem):len(elem)], name)
		if depth == 0 {
			err = fn(at)
		} else {
			err = l.walkBelow(ctx, l.fs.PathJoin(path, name), depth-1, at, fn)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
