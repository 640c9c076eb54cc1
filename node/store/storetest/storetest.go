// Package storetest is the behaviour that every sliver store has, as tests.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/query"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/store"
)

// Store is what the tests call.
type Store interface {
	Put(ctx context.Context, key store.Key, symbolSize int, body []byte) error
	Open(ctx context.Context, key store.Key) (*store.Reader, error)
	Has(ctx context.Context, key store.Key) (bool, error)
	Delete(ctx context.Context, key store.Key) error
	List(ctx context.Context, shard int, after *store.Key, limit int) ([]store.Info, error)
	PutMetadata(ctx context.Context, id codec.BlobID, bcs []byte) error
	Metadata(ctx context.Context, id codec.BlobID) ([]byte, error)
	DeleteMetadata(ctx context.Context, id codec.BlobID) error
	ListMetadata(ctx context.Context, after *codec.BlobID, limit int) ([]codec.BlobID, error)
	Datastore() datastore.Batching
	Admit(need int64) error
	Usage() store.Usage
	Check(ctx context.Context, report func(store.Problem)) error
	Repair(ctx context.Context, report func(store.Problem)) error
	Close() error
}

var (
	_ Store = (*store.Files)(nil)
	_ Store = (*store.Memory)(nil)
)

// Run runs every test over stores that open makes, with the given quota, empty. Each is closed by its test.
func Run(t *testing.T, open func(t *testing.T, quota int64) Store) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(t *testing.T, s Store)
	}{
		{"PutAndRead", putAndRead},
		{"Ranges", ranges},
		{"PutTwice", putTwice},
		{"Refused", refused},
		{"NotFound", notFound},
		{"Delete", remove},
		{"List", list},
		{"Metadata", metadata},
		{"Datastore", books},
		{"Usage", usage},
		{"CheckAndRepair", checkAndRepair},
		{"Concurrent", concurrent},
		{"Canceled", canceled},
		{"Closed", closed},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t, 0)
			defer mustClose(t, s)
			c.test(t, s)
		})
	}
	t.Run("Quota", func(t *testing.T) {
		const limit = 32 << 20
		s := open(t, limit)
		defer mustClose(t, s)
		quota(t, s, limit)
	})
}

// Sizes are body lengths around the borders that matter: checksum blocks, and what is packed.
var Sizes = []int{1, 2, 1300, 10 << 10, 64<<10 - 1, 64 << 10, 64<<10 + 1, 128 << 10, 200_001, 1 << 20}

// Key returns one of many keys: two axes, four shards, any number of blobs.
func Key(i int) store.Key {
	k := store.Key{Shard: i / 2 % 4, Axis: codec.Axis(i % 2)} //nolint:gosec // 0 or 1
	r := rand.New(rand.NewPCG(7, uint64(i/8)))                //nolint:gosec // tests want the same every time
	for j := range k.Blob {
		k.Blob[j] = byte(r.Uint32())
	}
	return k
}

// Body returns the body that tests put under a key: the same for the same key and length.
func Body(k store.Key, size int) []byte {
	r := rand.NewChaCha8([32]byte(k.Blob))
	b := make([]byte, size)
	_, _ = r.Read(b) // never fails
	for i := range min(size, 2) {
		b[i] ^= byte(k.Shard<<1) | byte(k.Axis) //nolint:gosec // few shards
	}
	return b
}

// SymbolSize returns the symbol size that tests put under a key.
func SymbolSize(k store.Key) int { return 2 + 2*int(k.Blob[0]) }

// Put puts the body of a key.
func Put(ctx context.Context, s Store, k store.Key, size int) error {
	return s.Put(ctx, k, SymbolSize(k), Body(k, size))
}

// Verify reads a sliver back and compares.
func Verify(ctx context.Context, s Store, k store.Key, size int) error {
	r, err := s.Open(ctx, k)
	if err != nil {
		return err
	}
	got, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()+1))
	if err := errors.Join(err, r.Close()); err != nil {
		return err
	}
	if want := (store.Info{Key: k, SymbolSize: SymbolSize(k), Size: int64(size)}); r.Info() != want {
		return fmt.Errorf("%s: info %+v, want %+v", k, r.Info(), want)
	}
	if !bytes.Equal(got, Body(k, size)) {
		return fmt.Errorf("%s: body differs", k)
	}
	return nil
}

func mustClose(t *testing.T, s Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func mustPut(t *testing.T, s Store, k store.Key, size int) {
	t.Helper()
	if err := Put(t.Context(), s, k, size); err != nil {
		t.Fatal(err)
	}
}

func mustVerify(t *testing.T, s Store, k store.Key, size int) {
	t.Helper()
	if err := Verify(t.Context(), s, k, size); err != nil {
		t.Error(err)
	}
}

// mustBeSound checks that a check finds nothing.
func mustBeSound(t *testing.T, s Store) {
	t.Helper()
	if err := s.Check(t.Context(), func(p store.Problem) { t.Errorf("check: %s", p) }); err != nil {
		t.Fatal(err)
	}
}

func putAndRead(t *testing.T, s Store) {
	for i, size := range Sizes {
		mustPut(t, s, Key(i), size)
	}
	for i, size := range Sizes {
		mustVerify(t, s, Key(i), size)
		if has, err := s.Has(t.Context(), Key(i)); err != nil || !has {
			t.Errorf("has %s: %v, %v", Key(i), has, err)
		}
	}
	mustBeSound(t, s)
}

func ranges(t *testing.T, s Store) {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // tests want the same every time
	for i, size := range Sizes {
		k := Key(i)
		mustPut(t, s, k, size)
		f, err := s.Open(t.Context(), k)
		if err != nil {
			t.Fatal(err)
		}
		want := bytes.NewReader(Body(k, size))
		for range 50 {
			off, p := r.Int64N(int64(size)+10), make([]byte, r.IntN(min(size, 150_000)+10))
			wantP := make([]byte, len(p))
			wantN, wantErr := want.ReadAt(wantP, off)
			n, err := f.ReadAt(p, off)
			if len(p) == 0 {
				wantErr, err = nil, nil // readers differ over nothing
			}
			if n != wantN || err != wantErr || !bytes.Equal(p[:n], wantP[:n]) { //nolint:errorlint // io.EOF is returned as it is
				t.Fatalf("size %d: read %d bytes at %d: %d, %v, want %d, %v", size, len(p), off, n, err, wantN, wantErr)
			}
		}
		if _, err := f.ReadAt(make([]byte, 1), -1); err == nil {
			t.Error("a negative offset was read")
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if _, err := f.ReadAt(make([]byte, 1), 0); err == nil {
			t.Error("a closed reader reads")
		}
	}
}

func putTwice(t *testing.T, s Store) {
	for i, size := range Sizes {
		mustPut(t, s, Key(i), size)
	}
	before := s.Usage()
	for i, size := range Sizes {
		mustPut(t, s, Key(i), size)
	}
	if after := s.Usage(); after.Slivers != before.Slivers || after.SliverBytes != before.SliverBytes {
		t.Errorf("usage grew from %+v to %+v", before, after)
	}
	for i, size := range Sizes {
		mustVerify(t, s, Key(i), size)
	}
	body := Body(Key(100), 5000)
	if err := s.Put(t.Context(), Key(100), SymbolSize(Key(100)), body); err != nil {
		t.Fatal(err)
	}
	clear(body) // the store must not hold on to it
	mustVerify(t, s, Key(100), 5000)
}

func refused(t *testing.T, s Store) {
	good := Key(0)
	for name, put := range map[string]func() error{
		"empty body":       func() error { return s.Put(t.Context(), good, 2, nil) },
		"no symbol size":   func() error { return s.Put(t.Context(), good, 0, []byte{1}) },
		"huge symbol size": func() error { return s.Put(t.Context(), good, 1<<16, []byte{1}) },
		"negative shard":   func() error { return s.Put(t.Context(), store.Key{Shard: -1}, 2, []byte{1}) },
		"huge shard":       func() error { return s.Put(t.Context(), store.Key{Shard: codec.MaxShards}, 2, []byte{1}) },
		"no axis":          func() error { return s.Put(t.Context(), store.Key{Axis: 2}, 2, []byte{1}) },
		"no metadata":      func() error { return s.PutMetadata(t.Context(), good.Blob, nil) },
		"huge metadata":    func() error { return s.PutMetadata(t.Context(), good.Blob, make([]byte, store.MaxMetadata+1)) },
		"list of nothing":  func() error { _, err := s.List(t.Context(), 0, nil, 0); return err },
		"list of no blobs": func() error { _, err := s.ListMetadata(t.Context(), nil, -1); return err },
		"foreign cursor":   func() error { _, err := s.List(t.Context(), 1, &store.Key{Shard: 2}, 1); return err },
	} {
		if err := put(); !errors.Is(err, codec.ErrInvalid) {
			t.Errorf("%s: %v, want %v", name, err, codec.ErrInvalid)
		}
	}
	if u := s.Usage(); u.Slivers != 0 {
		t.Errorf("something was stored: %+v", u)
	}
}

func notFound(t *testing.T, s Store) {
	mustPut(t, s, Key(0), 100)
	if err := s.PutMetadata(t.Context(), Key(0).Blob, []byte{1}); err != nil {
		t.Fatal(err)
	}
	for _, k := range []store.Key{Key(1), Key(2), Key(8)} {
		if _, err := s.Open(t.Context(), k); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("open %s: %v", k, err)
		}
		if has, err := s.Has(t.Context(), k); err != nil || has {
			t.Errorf("has %s: %v, %v", k, has, err)
		}
		if err := s.Delete(t.Context(), k); err != nil {
			t.Errorf("delete %s: %v", k, err)
		}
	}
	if _, err := s.Metadata(t.Context(), Key(8).Blob); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("metadata: %v", err)
	}
	if err := s.DeleteMetadata(t.Context(), Key(8).Blob); err != nil {
		t.Error(err)
	}
}

func remove(t *testing.T, s Store) {
	for i, size := range Sizes {
		mustPut(t, s, Key(i), size)
	}
	var readers []*store.Reader
	for i := range Sizes {
		r, err := s.Open(t.Context(), Key(i))
		if err != nil {
			t.Fatal(err)
		}
		readers = append(readers, r)
	}
	for i := 0; i < len(Sizes); i += 2 {
		if err := s.Delete(t.Context(), Key(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i, size := range Sizes {
		_, err := readers[i].ReadAt(make([]byte, 1), 0)
		if i%2 == 1 {
			mustVerify(t, s, Key(i), size)
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if _, err := s.Open(t.Context(), Key(i)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("open %s: %v", Key(i), err)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("read %s: %v", Key(i), err)
		}
	}
	for i := 0; i < len(Sizes); i += 2 {
		mustPut(t, s, Key(i), Sizes[i]/2+1)
		mustVerify(t, s, Key(i), Sizes[i]/2+1)
	}
	mustBeSound(t, s)
}

func list(t *testing.T, s Store) {
	const n = 60
	want := make(map[int][]store.Info)
	for i := range n {
		k := Key(i)
		mustPut(t, s, k, 10+i)
		want[k.Shard] = append(want[k.Shard], store.Info{Key: k, SymbolSize: SymbolSize(k), Size: int64(10 + i)})
	}
	for shard := range 5 {
		slices.SortFunc(want[shard], func(a, b store.Info) int {
			if c := bytes.Compare(a.Blob[:], b.Blob[:]); c != 0 {
				return c
			}
			return int(a.Axis) - int(b.Axis)
		})
		for _, limit := range []int{1, 3, n} {
			var got []store.Info
			for after := (*store.Key)(nil); ; {
				page, err := s.List(t.Context(), shard, after, limit)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) == 0 {
					break
				}
				if len(page) > limit {
					t.Fatalf("%d entries, limit %d", len(page), limit)
				}
				got = append(got, page...)
				after = &page[len(page)-1].Key
			}
			if !slices.Equal(got, want[shard]) {
				t.Errorf("shard %d by %d: %d entries, want %d, or in another order", shard, limit, len(got), len(want[shard]))
			}
		}
	}
}

func metadata(t *testing.T, s Store) {
	body := func(i int) []byte { return Body(Key(8*i), 1+i*7000) }
	var ids []codec.BlobID
	for i := range 12 {
		id := Key(8 * i).Blob
		ids = append(ids, id)
		if err := s.PutMetadata(t.Context(), id, body(i)); err != nil {
			t.Fatal(err)
		}
		if err := s.PutMetadata(t.Context(), id, []byte("something else")); err != nil {
			t.Fatal(err)
		}
	}
	for i, id := range ids {
		got, err := s.Metadata(t.Context(), id)
		if err != nil || !bytes.Equal(got, body(i)) {
			t.Errorf("metadata %d: %d bytes, %v", i, len(got), err)
		}
	}
	if err := s.DeleteMetadata(t.Context(), ids[5]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Metadata(t.Context(), ids[5]); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	want := slices.Delete(slices.Clone(ids), 5, 6)
	slices.SortFunc(want, func(a, b codec.BlobID) int { return bytes.Compare(a[:], b[:]) })
	var got []codec.BlobID
	for after := (*codec.BlobID)(nil); ; after = &got[len(got)-1] {
		page, err := s.ListMetadata(t.Context(), after, 4)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
	}
	if !slices.Equal(got, want) {
		t.Errorf("list of %d, want %d", len(got), len(want))
	}
}

func books(t *testing.T, s Store) {
	ctx, d := t.Context(), s.Datastore()
	if err := s.PutMetadata(ctx, Key(0).Blob, []byte{1}); err != nil {
		t.Fatal(err)
	}
	mustPut(t, s, Key(0), 100)
	if err := d.Put(ctx, datastore.NewKey("/a/1"), []byte("one")); err != nil {
		t.Fatal(err)
	}
	b, err := d.Batch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if err := b.Put(ctx, datastore.NewKey(fmt.Sprintf("/b/%d", i)), []byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(b.Delete(ctx, datastore.NewKey("/b/3")), b.Commit(ctx), d.Sync(ctx, datastore.NewKey("/"))); err != nil {
		t.Fatal(err)
	}
	if v, err := d.Get(ctx, datastore.NewKey("/a/1")); err != nil || string(v) != "one" {
		t.Errorf("get: %q, %v", v, err)
	}
	if _, err := d.Get(ctx, datastore.NewKey("/b/3")); !errors.Is(err, datastore.ErrNotFound) {
		t.Errorf("get of a deleted key: %v", err)
	}
	if n, err := d.GetSize(ctx, datastore.NewKey("/b/4")); err != nil || n != 1 {
		t.Errorf("size: %d, %v", n, err)
	}
	results, err := d.Query(ctx, query.Query{Prefix: "/"})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := results.Rest()
	if err != nil || len(entries) != 10 {
		t.Errorf("query: %d entries, %v, want 10", len(entries), err)
	}
	if err := errors.Join(d.Delete(ctx, datastore.NewKey("/a/1")), d.Close()); err != nil {
		t.Error(err)
	}
	if has, err := d.Has(ctx, datastore.NewKey("/a/1")); err != nil || has {
		t.Errorf("has: %v, %v", has, err)
	}
	mustVerify(t, s, Key(0), 100) // closing the datastore does not close the store
}

func usage(t *testing.T, s Store) {
	var bytes int64
	empty := s.Usage().Used
	for i, size := range Sizes {
		mustPut(t, s, Key(i), size)
		bytes += int64(size)
	}
	if u := s.Usage(); u.Slivers != int64(len(Sizes)) || u.SliverBytes != bytes || u.Used < empty+bytes {
		t.Errorf("usage %+v after %d slivers of %d bytes", u, len(Sizes), bytes)
	}
	for i := range Sizes {
		if err := s.Delete(t.Context(), Key(i)); err != nil {
			t.Fatal(err)
		}
	}
	if u := s.Usage(); u.Slivers != 0 || u.SliverBytes != 0 {
		t.Errorf("usage %+v after all were deleted", u)
	}
}

func checkAndRepair(t *testing.T, s Store) {
	for i, size := range Sizes {
		mustPut(t, s, Key(i), size)
	}
	mustBeSound(t, s)
	if err := s.Repair(t.Context(), func(p store.Problem) { t.Errorf("repair: %s", p) }); err != nil {
		t.Fatal(err)
	}
	for i, size := range Sizes {
		mustVerify(t, s, Key(i), size)
	}
}

// concurrent has writers, readers and removers at work together, a few keys each, of which half are put by two of them.
func concurrent(t *testing.T, s Store) {
	const workers, each = 8, 40
	size := func(i int) int { return []int{700, 5000, 70_000}[i%3] }
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for j := range each {
				i := w/2*1000 + j // two workers share a range
				k := Key(i)
				if err := Put(t.Context(), s, k, size(i)); err != nil {
					t.Error(err)
					return
				}
				if err := Verify(t.Context(), s, k, size(i)); err != nil && (j%4 != 0 || !errors.Is(err, store.ErrNotFound)) {
					t.Error(err)
				}
				if j%4 == 0 {
					if err := s.Delete(t.Context(), k); err != nil {
						t.Error(err)
					}
				}
				if _, err := s.List(t.Context(), k.Shard, nil, 10); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for w := 0; w < workers; w += 2 {
		for j := range each {
			if i := w/2*1000 + j; j%4 != 0 {
				mustVerify(t, s, Key(i), size(i))
			}
		}
	}
	mustBeSound(t, s)
}

func canceled(t *testing.T, s Store) {
	ctx, cancel := context.WithCancel(t.Context())
	mustPut(t, s, Key(0), 100)
	cancel()
	_, openErr := s.Open(ctx, Key(0))
	_, hasErr := s.Has(ctx, Key(0))
	_, listErr := s.List(ctx, 0, nil, 1)
	_, metaErr := s.Metadata(ctx, Key(0).Blob)
	_, idsErr := s.ListMetadata(ctx, nil, 1)
	for name, err := range map[string]error{
		"put": Put(ctx, s, Key(1), 100), "open": openErr, "has": hasErr, "list": listErr, "delete": s.Delete(ctx, Key(0)),
		"metadata": metaErr, "put metadata": s.PutMetadata(ctx, Key(0).Blob, []byte{1}), "list metadata": idsErr,
		"delete metadata": s.DeleteMetadata(ctx, Key(0).Blob), "check": s.Check(ctx, func(store.Problem) {}),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want %v", name, err, context.Canceled)
		}
	}
	mustVerify(t, s, Key(0), 100)
}

func closed(t *testing.T, s Store) {
	ctx := t.Context()
	mustPut(t, s, Key(0), 100)
	r, err := s.Open(ctx, Key(0))
	if err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	mustClose(t, s)
	_, readErr := r.ReadAt(make([]byte, 1), 0)
	_, openErr := s.Open(ctx, Key(0))
	_, hasErr := s.Has(ctx, Key(0))
	_, listErr := s.List(ctx, 0, nil, 1)
	_, metaErr := s.Metadata(ctx, Key(0).Blob)
	_, idsErr := s.ListMetadata(ctx, nil, 1)
	for name, err := range map[string]error{
		"put": Put(ctx, s, Key(1), 100), "open": openErr, "has": hasErr, "list": listErr, "delete": s.Delete(ctx, Key(0)),
		"metadata": metaErr, "put metadata": s.PutMetadata(ctx, Key(0).Blob, []byte{1}), "list metadata": idsErr,
		"delete metadata": s.DeleteMetadata(ctx, Key(0).Blob), "check": s.Check(ctx, func(store.Problem) {}),
		"repair": s.Repair(ctx, func(store.Problem) {}), "read": readErr,
	} {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s: %v, want %v", name, err, store.ErrClosed)
		}
	}
}

// quota fills a store, checks that the quota is never passed and that what was stored before stays readable, makes room
// and goes on.
func quota(t *testing.T, s Store, limit int64) {
	size := func(i int) int { return []int{1300, 60_000, 300_000}[i%3] }
	var stored []int
	var full *store.FullError
	for i := 0; ; i++ {
		err := Put(t.Context(), s, Key(i), size(i))
		if u := s.Usage(); u.Used > limit || u.Quota != limit {
			t.Fatalf("usage %+v, quota %d", u, limit)
		}
		if errors.As(err, &full) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, i)
	}
	if full.Limit != store.LimitQuota || full.Need < 1300 || full.Max > limit || full.Used+full.Need <= full.Max || !errors.Is(full, store.ErrFull) {
		t.Errorf("refused with %+v", full)
	}
	if u := s.Usage(); u.SliverBytes < limit/2 {
		t.Errorf("full with %d bytes of slivers, quota %d", u.SliverBytes, limit)
	}
	for _, i := range stored {
		mustVerify(t, s, Key(i), size(i))
	}
	if err := s.Admit(300_000); !errors.Is(err, store.ErrFull) {
		t.Errorf("a full store admits a put: %v", err)
	}
	if err := s.Datastore().Put(t.Context(), datastore.NewKey("/x"), make([]byte, 1000)); err != nil {
		t.Errorf("a full store keeps no books: %v", err)
	}
	for _, i := range stored[:len(stored)/2] {
		if err := s.Delete(t.Context(), Key(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Admit(300_000); err != nil {
		t.Errorf("a half full store does not admit a put: %v", err)
	}
	for i := 2_000_000; i < 2_000_010; i++ {
		mustPut(t, s, Key(i), 300_000)
	}
	if u := s.Usage(); u.Used > limit {
		t.Errorf("usage %+v, quota %d", u, limit)
	}
	mustBeSound(t, s)
}
