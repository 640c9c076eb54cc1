package store

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// TestRoom asks for more room than any disk has.
func TestRoom(t *testing.T) {
	s, err := openOn(vfs.Default, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Room(1); err != nil {
		t.Error(err)
	}
	if err := s.Room(1 << 62); !errors.Is(err, ErrFull) {
		t.Errorf("for 2^62 bytes: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestBroken lets the disk fail under a chain, for the log or for tables, which are written in the background: a commit says
// so and does not wait, reads go on, and what was committed before is there when the chain is opened again. (Should the
// database have to begin a log or a list of files at such a moment, it ends the program.)
func TestBroken(t *testing.T) {
	full := errors.New("no space left")
	for files, size := range map[string]int{".log": 1 << 10, ".sst": 200 << 10} {
		t.Run(files, func(t *testing.T) {
			var fail atomic.Bool
			disk := errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
				if fail.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && strings.HasSuffix(op.Path, files) {
					return full
				}
				return nil
			}))
			dir := t.TempDir()
			s, err := openOn(disk, dir)
			if err != nil {
				t.Fatal(err)
			}
			commit := func(id uint64) error {
				b := s.Batch()
				o := &effects.Object{Object: objects.Object{ID: ptb.Address(ptb.Hash("", number(id))), Version: 1, Contents: make([]byte, size)}}
				for i := range o.Contents { // so that it is not compressed
					o.Contents[i] = byte(uint64(i) * (id + 3) >> 3)
				}
				if err := b.Put(&Object{Move: o}); err != nil {
					t.Fatal(err)
				}
				return b.Commit()
			}
			if err := commit(0); err != nil {
				t.Fatal(err)
			}
			fail.Store(true)
			committed := uint64(1)
			const most = 4 * memTables * memTableBytes / (200 << 10) // of the larger objects
			for committed < most {
				if err = commit(committed); err != nil {
					break
				}
				committed++
			}
			if !errors.Is(err, ErrBroken) {
				t.Errorf("on a full disk: %v after %d", err, committed)
			}
			if _, err := s.Object(ptb.Address(ptb.Hash("", number(0)))); err != nil {
				t.Errorf("read: %v", err)
			}
			_ = s.Close() // what the disk says now does not matter
			fail.Store(false)
			if s, err = openOn(disk, dir); err != nil {
				t.Fatal(err)
			}
			for id := range committed {
				if o, err := s.Object(ptb.Address(ptb.Hash("", number(id)))); o == nil || err != nil {
					t.Errorf("object %d of %d: %v", id, committed, err)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
