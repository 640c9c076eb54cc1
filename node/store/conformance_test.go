package store_test

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/goleak"

	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/node/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	storetest.Run(t, func(_ *testing.T, quota int64) storetest.Store {
		return store.NewMemory(store.Options{Quota: quota})
	})
}

func TestFiles(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, quota int64) storetest.Store {
		s, err := store.Open(t.TempDir(), store.Options{Quota: quota, Reserve: -1})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestFilesInMemory(t *testing.T) {
	storetest.Run(t, func(t *testing.T, quota int64) storetest.Store {
		s, err := store.Open("/data", store.Options{Quota: quota, FS: vfs.NewMem()})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
