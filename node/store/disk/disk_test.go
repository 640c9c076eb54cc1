package disk_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/floe-network/floe/node/store/disk"
)

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "LOCK")
	first, err := disk.OS().Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = disk.OS().Lock(path)
	if !errors.Is(err, disk.ErrLocked) || !strings.Contains(err.Error(), fmt.Sprintf("process %d", os.Getpid())) {
		t.Errorf("second lock: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("99999999\nand more"), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := disk.OS().Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != fmt.Sprintf("%d\n", os.Getpid()) { //nolint:gosec // of the test
		t.Errorf("lock file %q, %v", b, err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// TestWriteFails: a file that could not be written in full is not there.
func TestWriteFails(t *testing.T) {
	for _, kind := range []errorfs.OpKind{errorfs.OpCreate, errorfs.OpFileWrite, errorfs.OpFileSync} {
		mem := vfs.NewMem()
		fs := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
			if op.Kind == kind {
				return syscall.EDQUOT
			}
			return nil
		}))
		if err := disk.Write(fs, "x", []byte("1")); !disk.NoSpace(err) {
			t.Errorf("operation %d failed: %v", kind, err)
		}
		if _, err := mem.Stat("x"); err == nil {
			t.Errorf("operation %d failed, the file is there", kind)
		}
	}
}

// TestBallast: the first write that meets a full disk gets the ballast's room; the ballast is made again when there is
// some, and not before.
func TestBallast(t *testing.T) {
	mem := vfs.NewMem()
	full := false
	fs := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if _, err := mem.Stat("ballast"); full && err == nil && op.Kind == errorfs.OpFileWrite {
			return syscall.ENOSPC
		}
		if full && op.Kind == errorfs.OpCreate && op.Path == "ballast" {
			return syscall.ENOSPC
		}
		return nil
	}))
	b := disk.NewBallast(fs, "ballast", 1<<20)
	if !b.Restore() {
		t.Fatal("there is no ballast")
	}
	full = true
	if err := disk.Write(b.FS(), "x", []byte("1")); err != nil {
		t.Errorf("write with ballast: %v", err)
	}
	if b.Restore() {
		t.Error("ballast on a full disk")
	}
	full = false
	mem.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: 2<<20 - 1})
	if b.Restore() {
		t.Error("ballast where there is hardly room for it")
	}
	mem.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: 2 << 20})
	if !b.Restore() {
		t.Error("no ballast where there is room")
	}
}

// TestBallastWritten: where space cannot be allocated in advance the ballast is written.
func TestBallastWritten(t *testing.T) {
	mem := vfs.NewMem()
	fs := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpFilePreallocate {
			return syscall.EOPNOTSUPP
		}
		return nil
	}))
	if b := disk.NewBallast(fs, "ballast", 1<<20); !b.Restore() {
		t.Fatal("there is no ballast")
	}
	if info, err := mem.Stat("ballast"); err != nil || info.Size() != 1<<20 {
		t.Errorf("%v, %v", info, err)
	}
}
