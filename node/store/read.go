package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/floe-network/floe/node/store/record"
)

// sliverFile reads a stored sliver. It holds no descriptor between reads: however many readers there are, the number of
// open files is bounded. Compaction may move the record from under it, then it looks again.
type sliverFile struct {
	store *Files
	key   Key

	mu    sync.Mutex
	place place
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
	ctx := context.Background() // io.ReaderAt has none
	if err := f.store.gate.enter(ctx); err != nil {
		return 0, err
	}
	defer f.store.gate.leave()
	for {
		at, body := f.current()
		err = f.store.withFile(ctx, f.key, at, func(r io.ReaderAt) (err error) {
			n, err = body.ReadAt(r, p, off)
			return err
		})
		if err == nil || errors.Is(err, io.EOF) {
			return n, err
		}
		if moved, lookErr := f.moved(at); lookErr != nil {
			return n, lookErr
		} else if !moved {
			return n, missing(err)
		}
	}
}

func (f *sliverFile) current() (place, *record.Body) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.place, f.body
}

// moved looks where the sliver is after it could not be read where it was.
func (f *sliverFile) moved(was place) (bool, error) {
	p, found, err := f.store.index.find(f.key)
	switch {
	case err != nil:
		return false, err
	case !found:
		return false, ErrNotFound
	case p == was:
		return false, nil
	}
	return true, f.locate()
}

// locate finds the sliver and reads its header. The caller is inside the gate.
func (f *sliverFile) locate() error {
	var last place
	for {
		p, found, err := f.store.index.find(f.key)
		if err != nil {
			return err
		}
		if !found {
			return ErrNotFound
		}
		body, err := f.store.readHeader(f.key, p)
		if err == nil {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.place, f.body = p, body
			return nil
		}
		if p == last {
			return missing(err)
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
func (s *Files) readHeader(k Key, p place) (body *record.Body, err error) {
	err = s.withFile(context.Background(), k, p, func(r io.ReaderAt) error {
		body, err = record.Read(r, int64(p.offset))
		if err == nil && body.Header != p.info(k).header() {
			err = fmt.Errorf("%w: another sliver is in its place", ErrCorrupt)
		}
		return err
	})
	return body, err
}

// withFile calls fn with the file that holds the record at p.
func (s *Files) withFile(ctx context.Context, k Key, p place, fn func(io.ReaderAt) error) error {
	if err := s.files.Acquire(ctx, 1); err != nil {
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
