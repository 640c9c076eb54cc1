package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/floe-network/floe/node/store/index"
	"github.com/floe-network/floe/node/store/record"
)

// sliverFile reads a stored sliver. It holds no descriptor between reads: however many readers there are, the number of
// open files is bounded. Compaction may move the record from under it, then it looks again.
type sliverFile struct {
	store *Files
	key   Key

	mu    sync.Mutex
	place index.Place
	body  *record.Body
}

func (f *sliverFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.readAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, fmt.Errorf("read %s: %w", f.key, err)
	}
	return n, err
}

func (f *sliverFile) readAt(p []byte, off int64) (n int, err error) {
	if err := f.store.gate.enter(context.Background()); err != nil { // io.ReaderAt has no context
		return 0, err
	}
	defer f.store.gate.leave()
	for {
		f.mu.Lock()
		place, body := f.place, f.body
		f.mu.Unlock()
		err := f.store.withFile(f.key, place, func(r io.ReaderAt) (err error) {
			n, err = body.ReadAt(r, p, off)
			return err
		})
		if err == nil || errors.Is(err, io.EOF) {
			return n, err
		}
		if moved, lookErr := f.locate(); lookErr != nil {
			return 0, lookErr
		} else if !moved {
			return 0, missing(err)
		}
	}
}

// locate finds the sliver and reads its header, and reports whether it is elsewhere than before. The caller is inside the
// gate.
func (f *sliverFile) locate() (moved bool, err error) {
	for last := (index.Place{}); ; {
		p, found, err := f.store.index.Find(f.key)
		if err != nil {
			return false, err
		}
		if !found {
			return false, ErrNotFound
		}
		body, err := f.store.readHeader(f.key, p)
		if err == nil {
			f.mu.Lock()
			defer f.mu.Unlock()
			moved, f.place, f.body = f.place != p, p, body
			return moved, nil
		}
		if p == last {
			return false, missing(err)
		}
		last = p // once more, as it may have been moved or removed in between
	}
}

// missing says of a file that the index points to and that is not there that it is corrupt.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: its file is missing: %w", ErrCorrupt, err)
	}
	return err
}

// readHeader reads the header of the record at p and checks that it is the one of the key.
func (s *Files) readHeader(k Key, p index.Place) (body *record.Body, err error) {
	err = s.withFile(k, p, func(r io.ReaderAt) error {
		body, err = record.Read(r, int64(p.Offset))
		if err == nil && body.Info != p.Info(k) {
			err = fmt.Errorf("%w: another sliver is in its place", ErrCorrupt)
		}
		return err
	})
	return body, err
}

// withFile calls fn with the file that holds the record at p. It waits for a descriptor no longer than other reads and
// writes of single slivers take.
func (s *Files) withFile(k Key, p index.Place, fn func(io.ReaderAt) error) error {
	if err := s.files.Acquire(context.Background(), 1); err != nil {
		return err
	}
	defer s.files.Release(1)
	f, err := s.layout.fs.Open(s.layout.record(k, p), vfs.RandomReadsOption)
	if err != nil {
		return err
	}
	err = fn(f) // as it is: callers of ReadAt compare with io.EOF
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}
