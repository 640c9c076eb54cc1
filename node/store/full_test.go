package store_test

import (
	"errors"
	"path"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/node/store/storetest"
)

// fullDisk is a disk that becomes full with a certain write. Only removing the ballast makes some room, which the index
// has for itself.
type fullDisk struct {
	mu      sync.Mutex
	after   int // writes from now
	full    bool
	ballast bool // is gone
	refused int
}

func (d *fullDisk) MaybeError(op errorfs.Op) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch op.Kind {
	case errorfs.OpRemove:
		if d.full && path.Base(op.Path) == "BALLAST" {
			d.ballast = true
		}
		return nil
	case errorfs.OpFileWrite, errorfs.OpFileWriteAt, errorfs.OpCreate, errorfs.OpMkdirAll, errorfs.OpRename, errorfs.OpFilePreallocate:
	default:
		return nil
	}
	if d.after--; d.after == 0 {
		d.full = true
	}
	if !d.full || d.ballast && strings.HasPrefix(op.Path, "/data/index/") {
		return nil
	}
	d.refused++
	return syscall.ENOSPC
}

func (d *fullDisk) String() string { return "a disk that becomes full" }

func (d *fullDisk) set(after int, full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.after, d.full, d.ballast = after, full, false
}

// TestDiskFull makes the disk full at every single write in turn: whatever is refused is refused with ErrFull, what was
// acknowledged stays readable and removable, and with some room again the store works again.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	const workers = 2
	points, step := 0, 1
	if raceEnabled {
		step = 9
	}
	for done := false; !done && !t.Failed(); points += step {
		mem, full := vfs.NewMem(), new(fullDisk)
		p := newPromises()
		s, err := store.Open("/data", options(errorfs.Wrap(mem, full)))
		if err != nil {
			t.Fatal(err)
		}
		if err := work(t.Context(), s, p, 0, 16); err != nil {
			t.Fatal(err)
		}
		full.set(points+1, false)
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				if err := work(t.Context(), s, p, (1+w)*1_000_000, 16); err != nil && !errors.Is(err, store.ErrFull) {
					t.Errorf("disk full at write %d: %v", points, err)
				}
			})
		}
		wg.Wait()
		full.mu.Lock()
		done = !full.full
		full.mu.Unlock()
		// A removal that met the full disk may or may not have happened: promises know it as neither.
		if err := p.hold(t.Context(), s); err != nil {
			t.Errorf("disk full at write %d: %v", points, err)
		}
		for k := range p.slivers { // removals must work, or there would be no way out
			if err := s.Delete(t.Context(), k); err != nil {
				t.Errorf("disk full at write %d: %v", points, err)
			}
			p.gone[k] = true
			delete(p.slivers, k)
			break
		}
		if names, err := mem.List("/data/tmp"); err != nil || len(names) > 0 {
			t.Errorf("disk full at write %d: temporary files %v, %v", points, names, err)
		}
		full.set(0, false)
		if err := work(t.Context(), s, p, 9_000_000, 8); err != nil {
			t.Errorf("disk full at write %d and no longer: %v", points, err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("disk full at write %d: %v", points, err)
		}
		if !s.Idle() {
			t.Errorf("disk full at write %d: something is still held", points)
		}
		if err := crashed(t.Context(), mem, p); err != nil {
			t.Errorf("disk full at write %d, reopened: %v", points, err)
		}
	}
	t.Logf("the disk was full at %d points", points/step)
}

// TestReserve fills a disk up to the reserve.
func TestReserve(t *testing.T) {
	mem := vfs.NewMem()
	mem.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: 10 << 20})
	s, err := store.Open("/data", store.Options{FS: mem, Reserve: 10<<20 - 5000})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := storetest.Put(t.Context(), s, storetest.Key(0), 1000); err != nil {
		t.Fatal(err)
	}
	var full *store.FullError
	for name, err := range map[string]error{
		"packed":   storetest.Put(t.Context(), s, storetest.Key(1), 6000),
		"file":     storetest.Put(t.Context(), s, storetest.Key(1), 100_000),
		"metadata": s.PutMetadata(t.Context(), storetest.Key(1).Blob, make([]byte, 6000)),
	} {
		if !errors.As(err, &full) || full.Limit != store.LimitReserve || full.Used != 10<<20 || full.Max != 10<<20-5000 || full.Need < 6000 {
			t.Errorf("%s: %v (%+v)", name, err, full)
		}
	}
	if err := storetest.Verify(t.Context(), s, storetest.Key(0), 1000); err != nil {
		t.Error(err)
	}
	if u := s.Usage(); u.Free != 10<<20 || u.Reserve != 10<<20-5000 {
		t.Errorf("usage %+v", u)
	}
	mem.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: 11 << 20})
	if err := storetest.Put(t.Context(), s, storetest.Key(1), 100_000); err != nil {
		t.Error(err)
	}
}

// TestFailedSync has fsyncs of segments, files and directories fail, once each: the put fails, and what the disk has
// instead is never taken for what was put.
func TestFailedSync(t *testing.T) {
	for fail := 1; ; fail++ {
		mem := vfs.NewMem()
		var mu sync.Mutex
		armed, count := false, 0
		disk := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
			mu.Lock()
			defer mu.Unlock()
			if !armed || strings.HasPrefix(op.Path, "/data/index") || op.Kind != errorfs.OpFileSync && op.Kind != errorfs.OpFileSyncData {
				return nil
			}
			if count++; count == fail {
				return syscall.EIO
			}
			return nil
		}))
		s, err := store.Open("/data", options(disk))
		if err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		armed = true
		mu.Unlock()
		p := newPromises()
		failed := 0
		for i, size := range []int{1300, 100_000, 3000, 100_000, 1300} {
			switch err := storetest.Put(t.Context(), s, storetest.Key(8*i), size); {
			case err == nil:
				p.slivers[storetest.Key(8*i)] = size
			case errors.Is(err, syscall.EIO):
				failed++
				p.gone[storetest.Key(8*i)] = true
			default:
				t.Fatal(err)
			}
		}
		if err := errors.Join(p.hold(t.Context(), s), s.Close(), crashed(t.Context(), mem, p)); err != nil {
			t.Errorf("sync %d failed: %v", fail, err)
		}
		if count < fail {
			return
		}
		if failed != 1 {
			t.Errorf("sync %d failed: %d puts did", fail, failed)
		}
	}
}
