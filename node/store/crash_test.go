package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/ipfs/go-datastore"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/node/store/disk"
	"github.com/floe-network/floe/node/store/storetest"
)

// promises is what a store has acknowledged so far.
type promises struct {
	mu       sync.Mutex
	slivers  map[store.Key]int // size of the body
	gone     map[store.Key]bool
	metadata map[codec.BlobID]int
	books    map[string]int
}

func newPromises() *promises {
	return &promises{
		slivers: make(map[store.Key]int), gone: make(map[store.Key]bool),
		metadata: make(map[codec.BlobID]int), books: make(map[string]int),
	}
}

func (p *promises) snapshot() *promises {
	p.mu.Lock()
	defer p.mu.Unlock()
	return &promises{slivers: maps.Clone(p.slivers), gone: maps.Clone(p.gone), metadata: maps.Clone(p.metadata), books: maps.Clone(p.books)}
}

func (p *promises) note(fn func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fn()
}

// hold checks that a store keeps the promises.
func (p *promises) hold(ctx context.Context, s storetest.Store) error {
	var errs []error
	for k, size := range p.slivers {
		errs = append(errs, storetest.Verify(ctx, s, k, size))
	}
	for k := range p.gone {
		if has, err := s.Has(ctx, k); err != nil || has {
			errs = append(errs, fmt.Errorf("deleted %s: has %v, %w", k, has, err))
		}
	}
	for id, size := range p.metadata {
		got, err := s.Metadata(ctx, id)
		if err == nil && !bytes.Equal(got, storetest.Body(store.Key{Blob: id}, size)) {
			err = fmt.Errorf("metadata of %s differs", id)
		}
		errs = append(errs, err)
	}
	for key, v := range p.books {
		got, err := s.Datastore().Get(ctx, datastore.NewKey(key))
		if err == nil && (len(got) != 1 || int(got[0]) != v) {
			err = fmt.Errorf("book %s is % x, want %d", key, got, v)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// work is what the store does while the power fails: several writers that put, put again and delete slivers of all sizes
// and metadata, with segments that fill and are compacted.
func work(ctx context.Context, s *store.Files, p *promises, from, rounds int) error {
	sizes := []int{300, 1300, 3000, 9000, 70_000, 5000}
	for n := from; n < from+rounds; n++ {
		i := n - from
		k, size := storetest.Key(n), sizes[i%len(sizes)]
		if err := storetest.Put(ctx, s, k, size); err != nil {
			return err
		}
		p.note(func() { p.slivers[k] = size })
		if i%8 == 0 {
			if err := s.PutMetadata(ctx, k.Blob, storetest.Body(store.Key{Blob: k.Blob}, 20_000)); err != nil {
				return err
			}
			p.note(func() { p.metadata[k.Blob] = 20_000 })
		}
		if i%5 == 4 {
			key := fmt.Sprintf("/%d", n)
			if err := s.Datastore().Put(ctx, datastore.NewKey(key), []byte{byte(i)}); err != nil {
				return err
			}
			p.note(func() { p.books[key] = i })
		}
		if i%2 == 1 && i > 6 {
			old := storetest.Key(n - 5)
			p.note(func() { delete(p.slivers, old) })
			if err := s.Delete(ctx, old); err != nil {
				return err
			}
			p.note(func() { p.gone[old] = true })
		}
	}
	return nil
}

// crashed checks what is left on a disk after the power failed.
func crashed(ctx context.Context, disk vfs.FS, p *promises) error {
	s, err := store.Open("/data", options(disk))
	if err != nil {
		return err
	}
	var found []error
	report := func(p store.Problem) {
		if p.Kind != store.ProblemOrphan {
			found = append(found, errors.New(p.String()))
		}
	}
	err = s.Repair(ctx, report)
	report = func(p store.Problem) { found = append(found, fmt.Errorf("after repair: %s", p)) }
	err = errors.Join(err, s.Check(ctx, report), p.hold(ctx, s))
	return errors.Join(err, errors.Join(found...), s.Close())
}

// copyDisk returns a copy of what is on a disk, at a moment when a few operations may be under way.
func copyDisk(t *testing.T, disk vfs.FS) vfs.FS {
	t.Helper()
	for {
		left := vfs.NewMem()
		_, err := vfs.Clone(disk, left, "/data", "/data")
		if err == nil {
			return left
		}
		if !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
			return left
		}
	}
}

func options(disk vfs.FS) store.Options {
	return store.Options{FS: disk}.Tuned(8<<10, 40<<10)
}

// TestCrash crashes the store before every single operation that changes the disk, Pebble's included. When the power fails
// what was not synced is gone, or partly gone. Where all of it is gone, what is on the disk changes with a sync only, and
// the moment before one is when the most has been acknowledged since the last. When only the process is killed all of it
// is there, removals too.
func TestCrash(t *testing.T) {
	t.Parallel()
	const killed = 100
	for _, c := range []struct {
		name     string
		unsynced int // percent of unsynced blocks and directory entries that made it to the disk
	}{{"power loss, nothing unsynced survives", 0}, {"power loss, some survives", 50}, {"kill", killed}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			mem := vfs.NewCrashableMem()
			p := newPromises()
			type crash struct {
				op   errorfs.Op
				disk vfs.FS
				kept *promises
			}
			crashes := make(chan crash)
			var checkers sync.WaitGroup
			for range 2 {
				checkers.Go(func() {
					for c := range crashes {
						if err := crashed(t.Context(), c.disk, c.kept); err != nil {
							t.Errorf("crashed before %v of %s: %v", c.op.Kind, c.op.Path, err)
						}
					}
				})
			}
			var mu sync.Mutex
			var points int
			hook := func(op errorfs.Op) error {
				if op.Kind.ReadOrWrite() == errorfs.OpIsRead || op.Kind == errorfs.OpFileClose || t.Failed() {
					return nil
				}
				mu.Lock()
				defer mu.Unlock()
				isSync := op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData
				if isSync && c.unsynced > 0 && strings.HasPrefix(op.Path, "/data/index/") {
					// Pebble takes for granted, of its own files, what every journal does: a synced file is in its directory.
					must(t, disk.SyncDir(mem, "/data/index"))
				}
				if c.unsynced == 0 && !isSync {
					return nil
				}
				if points++; raceEnabled && points%8 != 0 {
					return nil
				}
				kept := p.snapshot() // first, as the disk only gets more
				left := copyDisk(t, mem)
				if c.unsynced != killed {
					left = mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: c.unsynced, RNG: rand.New(rand.NewPCG(3, uint64(points)))}) //nolint:gosec // tests want the same every time
				}
				crashes <- crash{op, left, kept}
				return nil
			}
			device := errorfs.Wrap(mem, errorfs.InjectorFunc(hook))
			for round := range 2 { // the second time over what the first has left
				s, err := store.Open("/data", options(device))
				if err != nil {
					t.Fatal(err)
				}
				var workers sync.WaitGroup
				for w := range 3 {
					workers.Go(func() {
						if err := work(t.Context(), s, p, (2*w+round)*1_000_000, 16); err != nil {
							t.Error(err)
						}
					})
				}
				workers.Wait()
				if err := errors.Join(s.CompactNow(), s.Close()); err != nil {
					t.Error(err)
				}
			}
			close(crashes)
			checkers.Wait()
			t.Logf("crashed at %d points", points)
		})
	}
}
