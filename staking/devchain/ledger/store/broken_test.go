package store

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// TestBroken lets the disk fail under a chain: what could not be written is said to be so, reads go on, and what was
// committed before is there when the chain is opened again.
func TestBroken(t *testing.T) {
	var fail atomic.Bool
	full := errors.New("no space left")
	fs := errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if fail.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			return full
		}
		return nil
	}))
	dir := t.TempDir()
	s, err := openOn(fs, dir)
	if err != nil {
		t.Fatal(err)
	}
	commit := func(next uint64) error {
		b := s.Batch()
		if err := b.SetHead(&Head{Next: next}); err != nil {
			t.Fatal(err)
		}
		return b.Commit()
	}
	if err := commit(1); err != nil {
		t.Fatal(err)
	}
	fail.Store(true)
	if err := commit(2); !errors.Is(err, ErrBroken) {
		t.Errorf("on a full disk: %v", err)
	}
	if _, err := s.Head(); err != nil {
		t.Errorf("read: %v", err)
	}
	_ = s.Close() // what the disk says now does not matter
	fail.Store(false)
	if s, err = openOn(fs, dir); err != nil {
		t.Fatal(err)
	}
	if h, err := s.Head(); err != nil || h.Next != 1 && h.Next != 2 {
		t.Errorf("%+v, %v", h, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
