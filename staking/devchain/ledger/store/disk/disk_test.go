package disk

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/floe-network/floe/internal/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

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
			commit := func(id byte) error {
				b, value := s.Batch(), make([]byte, size)
				for i := range value { // so that it is not compressed
					value[i] = byte(i * (int(id) + 3) >> 3)
				}
				if err := b.Set([]byte{id}, value, nil); err != nil {
					t.Fatal(err)
				}
				return s.Commit(b)
			}
			if err := commit(0); err != nil {
				t.Fatal(err)
			}
			fail.Store(true)
			committed := byte(1)
			const most = 255 // three times what fits into memory, of the larger values
			for committed < most {
				if err = commit(committed); err != nil {
					break
				}
				committed++
			}
			if !errors.Is(err, ErrBroken) {
				t.Errorf("on a full disk: %v after %d", err, committed)
			}
			if _, err := s.Get([]byte{0}); err != nil {
				t.Errorf("read: %v", err)
			}
			_ = s.Close() // what the disk says now does not matter
			fail.Store(false)
			if s, err = openOn(disk, dir); err != nil {
				t.Fatal(err)
			}
			for id := range committed {
				if v, err := s.Get([]byte{id}); v == nil || err != nil {
					t.Errorf("value %d of %d: %v", id, committed, err)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
