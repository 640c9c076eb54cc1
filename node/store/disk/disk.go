// Package disk is what a sliver store wants of a file system: durable files, a lock that names its holder, and a ballast
// for the day when the disk is full. The file system itself is Pebble's vfs.FS, so that one seam below the store and its
// index can fail, fill up or lose power.
package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
	"golang.org/x/sys/unix"
)

// Modes of what is made: a store is its owner's alone.
const (
	DirMode  os.FileMode = 0o700
	fileMode os.FileMode = 0o600
)

// ErrLocked: another process, or this one, holds the lock.
var ErrLocked = errors.New("in use")

// NoSpace reports whether an error says that the disk, or the user's share of it, is full.
func NoSpace(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// Write writes a file whose contents are durable; its directory entry is not yet. When it fails there is no file.
func Write(fsys vfs.FS, path string, parts ...[]byte) error {
	f, err := fsys.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if _, err = f.Write(p); err != nil {
			break
		}
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, Remove(fsys, path))
	}
	return nil
}

// Remove removes a file that may be gone already.
func Remove(fsys vfs.FS, path string) error {
	if err := fsys.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// SyncDir makes the entries of a directory durable.
func SyncDir(fsys vfs.FS, path string) error {
	d, err := fsys.OpenDir(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Free returns the free space below a path in bytes, known is false where the file system does not tell.
func Free(fsys vfs.FS, path string) (free int64, known bool) {
	u, err := fsys.GetDiskUsage(path)
	if err != nil {
		return 0, false
	}
	return int64(min(u.AvailBytes, math.MaxInt64)), true //nolint:gosec // bounded in the line
}

// OS is the operating system's file system.
func OS() vfs.FS { return osFS{vfs.Default} }

type osFS struct{ vfs.FS }

// Lock takes an exclusive flock on a file and writes the process id into it. ErrLocked comes with that of the holder.
func (osFS) Lock(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, fileMode) //nolint:gosec // the caller's data directory
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil { //nolint:gosec // a descriptor fits
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = fmt.Errorf("%w: %s is locked by %s", ErrLocked, path, holder(f))
		}
		return nil, errors.Join(err, f.Close())
	}
	if err := f.Truncate(0); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// holder reads who wrote into the lock file.
func holder(f *os.File) string {
	var b [20]byte
	n, _ := f.ReadAt(b[:], 0) // whatever is there
	if pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n]))); err == nil {
		return "process " + strconv.Itoa(pid)
	}
	return "another process"
}
