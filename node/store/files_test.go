package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/query"

	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/node/store/storetest"
)

// open opens a store that is closed with the test, unless the test closes it.
func open(t *testing.T, dir string, o store.Options) *store.Files {
	t.Helper()
	if o.FS == nil {
		o.Reserve = -1
	}
	s, err := store.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func put(t *testing.T, s *store.Files, n, size int) {
	t.Helper()
	if err := storetest.Put(t.Context(), s, storetest.Key(n), size); err != nil {
		t.Fatal(err)
	}
}

func verify(t *testing.T, s *store.Files, n, size int) {
	t.Helper()
	if err := storetest.Verify(t.Context(), s, storetest.Key(n), size); err != nil {
		t.Error(err)
	}
}

func closeNow(t *testing.T, s *store.Files) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// check returns what a check finds.
func check(t *testing.T, s *store.Files) (found []store.Problem) {
	t.Helper()
	if err := s.Check(t.Context(), func(p store.Problem) { found = append(found, p) }); err != nil {
		t.Fatal(err)
	}
	return found
}

// paths lists the files below a directory of the store.
func paths(t *testing.T, dir, sub string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, sub), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	for i, size := range storetest.Sizes {
		put(t, s, i, size)
	}
	before := s.Usage()
	closeNow(t, s)
	s = open(t, dir, store.Options{})
	for i, size := range storetest.Sizes {
		verify(t, s, i, size)
	}
	if after := s.Usage(); after.Slivers != before.Slivers || after.SliverBytes != before.SliverBytes || after.Dead != before.Dead {
		t.Errorf("usage %+v, before %+v", after, before)
	}
	if n := len(paths(t, dir, "segments")); n != 1 {
		t.Errorf("%d segments, want 1", n)
	}
	put(t, s, 100, 1000)
	if n := len(paths(t, dir, "segments")); n != 1 {
		t.Errorf("%d segments after another put, want 1", n)
	}
	if found := check(t, s); len(found) > 0 {
		t.Error(found)
	}
}

func TestLayout(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	k := storetest.Key(3)
	put(t, s, 3, 100_000)
	want := filepath.Join(dir, "slivers", "0001", fmt.Sprintf("%02x", k.Blob[0]), fmt.Sprintf("%x.secondary", k.Blob[:]))
	if got := paths(t, dir, "slivers"); len(got) != 1 || got[0] != want {
		t.Errorf("files %v, want %s", got, want)
	}
	if got := paths(t, dir, "tmp"); len(got) != 0 {
		t.Errorf("temporary files %v", got)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "FORMAT")); err != nil || string(b) != "floe sliver store, format 1\n" {
		t.Errorf("format file %q, %v", b, err)
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	_, err := store.Open(dir, store.Options{})
	if !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), fmt.Sprintf("process %d", os.Getpid())) {
		t.Errorf("second open: %v", err)
	}
	closeNow(t, s)
	open(t, dir, store.Options{})
}

func TestFormat(t *testing.T) {
	for text, want := range map[string]string{
		"floe sliver store, format 2\n": "newer program",
		"something else":                "not the data directory",
		"":                              "not the data directory",
		"floe sliver store, format 0":   "not the data directory",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "FORMAT"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := store.Open(dir, store.Options{})
		if err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, store.ErrVersion) != (want == "newer program") {
			t.Errorf("format %q: %v", text, err)
		}
		if got := paths(t, dir, "."); len(got) != 2 {
			t.Errorf("format %q: files were made: %v", text, got)
		}
	}
}

// TestLostIndex: without its index the store must not take all slivers for orphans.
func TestLostIndex(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	put(t, s, 0, 100_000)
	closeNow(t, s)
	if err := os.RemoveAll(filepath.Join(dir, "index")); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(dir, store.Options{}); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("open without the index: %v", err)
	}
	if got := paths(t, dir, "slivers"); len(got) != 1 {
		t.Errorf("slivers %v", got)
	}
}

// damage changes one byte of a file.
func damage(t *testing.T, path string, at int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // of the test
	if err != nil {
		t.Fatal(err)
	}
	var b [1]byte
	_, readErr := f.ReadAt(b[:], at)
	b[0] ^= 0x10
	_, writeErr := f.WriteAt(b[:], at)
	if err := errors.Join(readErr, writeErr, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestDamage damages stored slivers in several ways: a read never returns wrong bytes, a check finds each, a repair drops
// just these, and they can be put again.
func TestDamage(t *testing.T) {
	t.Parallel()
	const size = 200_000
	for _, packed := range []bool{false, true} {
		for name, harm := range map[string]func(t *testing.T, path string){
			"first byte": func(t *testing.T, path string) { damage(t, path, 16) },
			"header":     func(t *testing.T, path string) { damage(t, path, 60) },
			"middle":     func(t *testing.T, path string) { damage(t, path, size/2) },
			"last byte":  func(t *testing.T, path string) { damage(t, path, size) },
			"cut off":    func(t *testing.T, path string) { must(t, os.Truncate(path, size-1)) },
			"empty":      func(t *testing.T, path string) { must(t, os.Truncate(path, 0)) },
			"missing":    func(t *testing.T, path string) { must(t, os.Remove(path)) },
			"all ones": func(t *testing.T, path string) {
				must(t, os.WriteFile(path, []byte(strings.Repeat("\xff", 2*size)), 0o600))
			},
			"other's place": func(t *testing.T, path string) { otherPlace(t, path, packed) },
		} {
			t.Run(fmt.Sprintf("%s, packed %v", name, packed), func(t *testing.T) {
				dir, o, sub := t.TempDir(), store.Options{}, "slivers"
				if packed {
					o, sub = o.Tuned(1<<20, 100), "segments" // one a segment
				}
				s := open(t, dir, o)
				put(t, s, 0, size)
				path := paths(t, dir, sub)[0]
				put(t, s, 8, size)
				put(t, s, 16, 1300)
				harm(t, path)
				key := storetest.Key(0)
				if err := storetest.Verify(t.Context(), s, key, size); !errors.Is(err, store.ErrCorrupt) {
					t.Errorf("read: %v", err)
				}
				found := check(t, s)
				if len(found) != 1 || found[0].Kind != store.ProblemCorrupt || found[0].Key != key || !strings.HasSuffix(path, found[0].Path) {
					t.Errorf("check: %v", found)
				}
				var repaired []store.Problem
				if err := s.Repair(t.Context(), func(p store.Problem) { repaired = append(repaired, p) }); err != nil {
					t.Fatal(err)
				}
				if len(repaired) != 1 {
					t.Errorf("repair: %v", repaired)
				}
				if has, err := s.Has(t.Context(), key); err != nil || has {
					t.Errorf("after repair: has %v, %v", has, err)
				}
				if found := check(t, s); len(found) > 0 {
					t.Errorf("check after repair: %v", found)
				}
				put(t, s, 0, size)
				verify(t, s, 0, size)
				verify(t, s, 8, size)
				verify(t, s, 16, 1300)
			})
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// otherPlace replaces a file with a sound one of another sliver.
func otherPlace(t *testing.T, path string, packed bool) {
	t.Helper()
	dir, o, sub := t.TempDir(), store.Options{}, "slivers"
	if packed {
		o, sub = o.Tuned(1<<20, 100), "segments"
	}
	s := open(t, dir, o)
	put(t, s, 24, 200_000)
	b, err := os.ReadFile(paths(t, dir, sub)[0])
	must(t, err)
	must(t, os.WriteFile(path, b, 0o600)) //nolint:gosec // of the test
}

func TestOrphans(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	put(t, s, 0, 100_000)
	put(t, s, 1, 100)
	sliver := paths(t, dir, "slivers")[0]
	closeNow(t, s)
	orphans := []string{
		filepath.Join(filepath.Dir(sliver), strings.Repeat("a", 64)+".primary"),
		filepath.Join(filepath.Dir(sliver), "notes.txt"),
		filepath.Join(dir, "segments", "0000ffff.seg"),
		filepath.Join(dir, "segments", "x"),
	}
	for _, path := range append(orphans, filepath.Join(dir, "tmp", "7")) {
		must(t, os.WriteFile(path, []byte("x"), 0o600))
	}
	s = open(t, dir, store.Options{}) // it was closed in order: no sweep
	if got := paths(t, dir, "tmp"); len(got) != 0 {
		t.Errorf("temporary files %v", got)
	}
	found := check(t, s)
	if len(found) != len(orphans) {
		t.Errorf("check: %v", found)
	}
	for _, p := range found {
		if p.Kind != store.ProblemOrphan {
			t.Error(p)
		}
	}
	must(t, s.Repair(t.Context(), func(store.Problem) {}))
	if found := check(t, s); len(found) > 0 {
		t.Errorf("check after repair: %v", found)
	}
	verify(t, s, 0, 100_000)
	verify(t, s, 1, 100)
}

// TestSweep: after a crash the orphans go without a repair.
func TestSweep(t *testing.T) {
	mem := vfs.NewCrashableMem()
	s := open(t, "/data", store.Options{FS: mem})
	for i := range 8 {
		put(t, s, i, 100_000)
	}
	for i := range 8 { // comes back with the crash: removals are not synced at once
		must(t, s.Delete(t.Context(), storetest.Key(i)))
	}
	disk := mem.CrashClone(vfs.CrashCloneCfg{})
	left := open(t, "/data", store.Options{FS: disk})
	left.WaitForSweep()
	if found := check(t, left); len(found) > 0 {
		t.Error(found)
	}
	if u := left.Usage(); u.Slivers != 0 {
		t.Errorf("usage %+v", u)
	}
}

// TestCloseSyncsRemovals: after an orderly close even a power loss brings nothing back, as nobody would sweep it up.
func TestCloseSyncsRemovals(t *testing.T) {
	mem := vfs.NewCrashableMem()
	s := open(t, "/data", store.Options{FS: mem}.Tuned(8<<10, 1))
	for i := range 8 {
		put(t, s, i, 1000+i%2*100_000)
	}
	for i := range 8 {
		must(t, s.Delete(t.Context(), storetest.Key(i)))
	}
	must(t, s.CompactNow())
	closeNow(t, s)
	s = open(t, "/data", store.Options{FS: mem.CrashClone(vfs.CrashCloneCfg{})})
	if found := check(t, s); len(found) > 0 {
		t.Error(found)
	}
}

// TestSamePut: of many puts of one sliver at a time one is kept, and nothing is left of the others.
func TestSamePut(t *testing.T) {
	for _, size := range []int{1000, 100_000} {
		dir := t.TempDir()
		s := open(t, dir, store.Options{})
		release := s.Hold()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := storetest.Put(t.Context(), s, storetest.Key(0), size); err != nil {
					t.Error(err)
				}
			})
		}
		release()
		wg.Wait()
		verify(t, s, 0, size)
		if u := s.Usage(); u.Slivers != 1 || u.SliverBytes != int64(size) || u.Dead > 100 {
			t.Errorf("usage %+v", u)
		}
		if got := paths(t, dir, "tmp"); len(got) > 0 {
			t.Errorf("temporary files %v", got)
		}
		closeNow(t, s)
		if !s.Idle() {
			t.Error("something is still held")
		}
	}
}

// TestTornTail: a segment with something behind its last record is never written again.
func TestTornTail(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{}.Tuned(64<<10, 1<<20))
	for i := range 20 {
		put(t, s, i, 60_000)
	}
	segments := paths(t, dir, "segments")
	before := s.Usage()
	closeNow(t, s)
	last := segments[len(segments)-1]
	f, err := os.OpenFile(last, os.O_WRONLY|os.O_APPEND, 0) //nolint:gosec // of the test
	must(t, err)
	_, err = f.Write(make([]byte, 5000))
	must(t, errors.Join(err, f.Close()))
	s = open(t, dir, store.Options{}.Tuned(64<<10, 1<<20))
	for i := 20; i < 40; i++ {
		put(t, s, i, 60_000)
	}
	for i := range 40 {
		verify(t, s, i, 60_000)
	}
	if found := check(t, s); len(found) > 0 {
		t.Error(found)
	}
	if u := s.Usage(); u.Dead < before.Dead {
		t.Errorf("usage %+v, before %+v", u, before)
	}
}

func TestCompaction(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, store.Options{}.Tuned(64<<10, 256<<10))
	const n = 200
	size := func(i int) int { return 1000 + 37*i }
	for i := range n {
		put(t, s, i, size(i))
	}
	readers := make(map[int]*store.Reader)
	for i := 0; i < n; i += 5 {
		r, err := s.Open(t.Context(), storetest.Key(i))
		must(t, err)
		readers[i] = r
	}
	for i := range n {
		if i%5 != 0 {
			must(t, s.Delete(t.Context(), storetest.Key(i)))
		}
	}
	must(t, s.CompactNow())
	for i, r := range readers { // opened where the sliver was before
		verify(t, s, i, size(i))
		if _, err := r.ReadAt(make([]byte, size(i)), 0); err != nil {
			t.Error(err)
		}
	}
	if found := check(t, s); len(found) > 0 {
		t.Error(found)
	}
	var disk int64
	for _, path := range paths(t, dir, "segments") {
		info, err := os.Stat(path)
		must(t, err)
		disk += info.Size()
	}
	u := s.Usage()
	if want := u.SliverBytes + u.Dead; disk < want || disk > want+n*100 {
		t.Errorf("%d bytes on disk, usage %+v", disk, u)
	}
	if u.Dead > u.SliverBytes+512<<10 {
		t.Errorf("usage %+v", u)
	}
	closeNow(t, s)
	s = open(t, dir, store.Options{}.Tuned(64<<10, 256<<10))
	for i := range readers {
		verify(t, s, i, size(i))
	}
}

// TestPressure: a full store gives back what is dead, even where it is little.
func TestPressure(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), store.Options{Quota: 32 << 20})
	n := 0
	for ; storetest.Put(t.Context(), s, storetest.Key(n), 20_000) == nil; n++ {
	}
	for i := 0; i < n; i += 4 {
		must(t, s.Delete(t.Context(), storetest.Key(i)))
	}
	s.CompactUnderPressure()
	if u := s.Usage(); u.Dead > u.SliverBytes/5 {
		t.Errorf("usage %+v", u)
	}
	more := 0
	for ; storetest.Put(t.Context(), s, storetest.Key(1_000_000+more), 20_000) == nil; more++ {
	}
	if more < n/8 {
		t.Errorf("%d more slivers fit after %d of %d were removed", more, n/4, n)
	}
}

// TestGroupCommit: a burst of puts shares fsyncs.
func TestGroupCommit(t *testing.T) {
	for name, size := range map[string]int{"packed": 1300, "files": 70_000} {
		t.Run(name, func(t *testing.T) {
			var syncs, fileSyncs atomic.Int64
			disk := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
				if op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData {
					if strings.HasPrefix(op.Path, "/data/tmp/") {
						fileSyncs.Add(1)
					} else {
						syncs.Add(1)
					}
				}
				return nil
			}))
			s := open(t, "/data", store.Options{FS: disk})
			const n = 2000
			// The committer is kept busy until all have come.
			release := s.Hold()
			syncs.Store(0)
			var wg sync.WaitGroup
			for i := range n {
				wg.Go(func() {
					// All of one blob, as when it is stored on a node with a thousand shards.
					k := storetest.Key(0)
					k.Shard = i / 2
					k.Axis ^= 1 & storetest.Key(i).Axis
					if err := s.Put(t.Context(), k, 2, make([]byte, size)); err != nil {
						t.Error(err)
					}
				})
			}
			release()
			wg.Wait()
			t.Logf("%d puts: %d syncs of files to the side, %d others", n, fileSyncs.Load(), syncs.Load())
			// Files of their own need a sync each (in parallel) and new directories two, which is once.
			if most := int64(n / 4); size < 64<<10 && syncs.Load() > most {
				t.Errorf("%d syncs for %d puts, want at most %d", syncs.Load(), n, most)
			}
		})
	}
}

// TestDescriptors: however many readers there are, few files are open.
func TestDescriptors(t *testing.T) {
	var openNow, most atomic.Int64
	disk := countFS{vfs.NewMem(), &openNow, &most}
	s := open(t, "/data", store.Options{FS: disk})
	for i := range 10 {
		put(t, s, i, 70_000)
	}
	var wg sync.WaitGroup
	for i := range 500 {
		wg.Go(func() {
			r, err := s.Open(t.Context(), storetest.Key(i%10))
			if err != nil {
				t.Error(err)
				return
			}
			for off := range int64(20) {
				if _, err := r.ReadAt(make([]byte, 1024), off*3000); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := openNow.Load(); n > 20 {
		t.Errorf("%d files are open with no read under way", n)
	}
	if n := most.Load(); n > 100 {
		t.Errorf("%d files were open at a time", n)
	}
}

// countFS counts open files.
type countFS struct {
	vfs.FS
	now, most *atomic.Int64
}

func (c countFS) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	f, err := c.FS.Open(name, opts...)
	if err != nil {
		return nil, err
	}
	n := c.now.Add(1)
	for m := c.most.Load(); n > m && !c.most.CompareAndSwap(m, n); m = c.most.Load() {
	}
	return countFile{f, c.now}, nil
}

type countFile struct {
	vfs.File
	now *atomic.Int64
}

func (f countFile) Close() error {
	f.now.Add(-1)
	return f.File.Close()
}

// TestCloseWaits: what Close cuts short is refused, what was acknowledged before is there.
func TestCloseWaits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	results, err := s.Datastore().Query(t.Context(), query.Query{})
	must(t, err)
	var wg sync.WaitGroup
	stored := make(chan int, 100_000)
	for w := range 8 {
		wg.Go(func() {
			for i := w; ; i += 8 {
				err := storetest.Put(t.Context(), s, storetest.Key(i), 1000+i%2*70_000)
				if errors.Is(err, store.ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				stored <- i
			}
		})
	}
	for range 100 {
		i := <-stored
		verify(t, s, i, 1000+i%2*70_000)
	}
	closeNow(t, s)
	wg.Wait()
	close(stored)
	must(t, results.Close())
	if _, err := s.Datastore().Get(t.Context(), datastore.NewKey("x")); !errors.Is(err, store.ErrClosed) {
		t.Errorf("bookkeeping after close: %v", err)
	}
	s = open(t, dir, store.Options{})
	for i := range stored {
		verify(t, s, i, 1000+i%2*70_000)
	}
	if found := check(t, s); len(found) > 0 {
		t.Error(found)
	}
}
