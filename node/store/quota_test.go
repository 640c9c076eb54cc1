package store_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/node/store/storetest"
)

// allocated is what a directory takes on disk, in bytes, directories included.
func allocated(t *testing.T, dir string) (sum int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return skipMissing(err)
		}
		info, err := d.Info()
		if err != nil {
			return skipMissing(err)
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			sum += stat.Blocks * 512
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// skipMissing passes over what is removed during the walk.
func skipMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// TestQuotaOnDisk fills a store several times over, with removals in between: whatever is put, removed, compacted and
// written anew by the index, the data directory never takes more than the quota.
func TestQuotaOnDisk(t *testing.T) {
	t.Parallel()
	const quota = 48 << 20
	dir := t.TempDir()
	s := open(t, dir, store.Options{Quota: quota})
	size := func(i int) int { return []int{1300, 20_000, 66_000, 300_000, 5000}[i%5] }
	var most, ops int64
	look := func() {
		if ops++; ops%20 != 0 {
			return
		}
		used, reported := allocated(t, dir), s.Usage().Used
		if most = max(most, used); used > quota || reported > quota {
			t.Fatalf("%d bytes are taken, %d are reported, the quota is %d: %+v", used, reported, quota, s.Usage())
		}
	}
	const small = 2 // puts of small slivers that still fit when larger ones do not
	for round := range 3 {
		var stored []store.Key
		var blobs []codec.BlobID
		for i, refused := round*1_000_000, 0; refused < small*5; i++ {
			k := storetest.Key(i)
			err := storetest.Put(t.Context(), s, k, size(i))
			if err == nil {
				stored = append(stored, k)
			}
			if i%8 == 0 && err == nil {
				if err = s.PutMetadata(t.Context(), k.Blob, storetest.Body(k, 60_000)); err == nil {
					blobs = append(blobs, k.Blob)
				}
			}
			if err != nil && !errors.Is(err, store.ErrFull) {
				t.Fatal(err)
			}
			if err != nil {
				refused++
			}
			look()
		}
		if u := s.Usage(); u.SliverBytes < quota/3 {
			t.Errorf("full with %d bytes of slivers: %+v", u.SliverBytes, u)
		}
		for i, k := range stored {
			if i%16 != 0 {
				must(t, s.Delete(t.Context(), k))
			}
			look()
		}
		for i, id := range blobs {
			if i%4 != 0 {
				must(t, s.DeleteMetadata(t.Context(), id))
			}
			look()
		}
	}
	t.Logf("at most %d of %d bytes were taken", most, quota)
	if found := check(t, s); len(found) > 0 {
		t.Error(found)
	}
}
