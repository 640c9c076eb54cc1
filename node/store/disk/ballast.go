package disk

import (
	"errors"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Ballast is a file that takes space only to give it up. Pebble does not survive a full disk; over FS its first write
// that meets one is tried again with the ballast gone. Until there is room for the ballast again the disk counts as full,
// and its owner should write no more than it takes to remove things.
type Ballast struct {
	fs   vfs.FS
	path string
	size int64

	mu   sync.Mutex
	gone bool
}

// NewBallast makes the file, of size bytes, unless it is there. That there is no room for it is no error, but what
// Restore is for.
func NewBallast(fs vfs.FS, path string, size int64) *Ballast {
	b := &Ballast{fs: fs, path: path, size: size}
	if _, err := fs.Stat(path); err != nil {
		b.gone = b.write() != nil
	}
	return b
}

// Size of the file in bytes.
func (b *Ballast) Size() int64 { return b.size }

// Room is how much must be free for Restore to make the file again, in bytes: some is left for others.
func (b *Ballast) Room() int64 { return 2 * b.size }

// FS returns the file system for what must not fail when the disk is full.
func (b *Ballast) FS() vfs.FS { return vfs.OnDiskFull(b.fs, b.drop) }

// drop is called with other writes over FS held back.
func (b *Ballast) drop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone = true
	_ = Remove(b.fs, b.path) // the write that follows fails as well, then, and says so
}

// Restore makes the file again if it is gone and reports whether it is there.
func (b *Ballast) Restore() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.gone {
		return true
	}
	if free, known := Free(b.fs, b.fs.PathDir(b.path)); known && free < b.Room() {
		return false
	}
	b.gone = b.write() != nil
	return !b.gone
}

// write allocates the file.
func (b *Ballast) write() error {
	f, err := b.fs.Create(b.path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	if err = f.Preallocate(0, b.size); err != nil && !NoSpace(err) {
		err = fill(f, b.size) // a file system without allocation in advance
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, Remove(b.fs, b.path))
	}
	return nil
}

// fill writes ones, as zeros may be stored as nothing.
func fill(f vfs.File, size int64) error {
	chunk := make([]byte, 64<<10)
	for i := range chunk {
		chunk[i] = 0xff
	}
	for ; size > 0; size -= int64(len(chunk)) {
		if _, err := f.Write(chunk); err != nil {
			return err
		}
	}
	return nil
}
