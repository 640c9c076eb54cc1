package registry

import (
	"encoding/binary"
	"testing"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/staking"
)

// onDisk is a registry over the store of a node, with n blobs of one certified object.
func onDisk(b *testing.B, n int) *Registry {
	b.Helper()
	st, err := store.Open(b.TempDir(), store.Options{Reserve: -1})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := st.Close(); err != nil {
			b.Error(err)
		}
	})
	r, err := Open(b.Context(), st.Datastore())
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; i < n; i += batchSize {
		if _, err := r.Apply(b.Context(), numbered(i), 1); err != nil {
			b.Fatal(err)
		}
	}
	return r
}

const batchSize = 100

func numberedBlob(i int) (id codec.BlobID) {
	binary.LittleEndian.PutUint64(id[:], uint64(i)*0x9e3779b97f4a7c15) // spread
	return id
}

// numbered registers and certifies batchSize blobs.
func numbered(from int) staking.Batch {
	b := staking.Batch{Next: staking.Cursor(from + 1)}
	for i := from; i < from+batchSize; i++ {
		id, object := numberedBlob(i), staking.ObjectID(numberedBlob(i))
		b.Events = append(b.Events, registered(id, object, false, 1, 50), staking.BlobCertified{Epoch: 1, Blob: id, Object: object, End: 50})
	}
	return b
}

// What each request of a blob costs.
func BenchmarkBlob(b *testing.B) {
	r := onDisk(b, 20_000)
	i := 0
	for b.Loop() {
		i++
		if blob, err := r.Blob(b.Context(), numberedBlob(i%20_000)); err != nil || !blob.Kept(1) {
			b.Fatal(blob, err)
		}
	}
}

// A batch of 200 events, durable.
func BenchmarkApply(b *testing.B) {
	r := onDisk(b, 20_000)
	i := 20_000
	for b.Loop() {
		if _, err := r.Apply(b.Context(), numbered(i), 1); err != nil {
			b.Fatal(err)
		}
		i += batchSize
	}
}
