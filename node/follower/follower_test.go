package follower

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/internal/leaktest"
	"github.com/floe-network/floe/node/registry"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/stakingtest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

const epoch = 3

var object = staking.ObjectID{1}

// holdings is a node that holds some blobs.
type holdings struct {
	mu       sync.Mutex
	held     []codec.BlobID
	released []codec.BlobID
}

func (h *holdings) Release(_ context.Context, id codec.BlobID) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.released = append(h.released, id)
	return nil
}

func (h *holdings) ListMetadata(_ context.Context, after *codec.BlobID, limit int) (list []codec.BlobID, _ error) {
	for _, id := range h.held {
		if (after == nil || slices.Compare(id[:], after[:]) > 0) && len(list) < limit {
			list = append(list, id)
		}
	}
	return list, nil
}

func (h *holdings) Pending(id codec.BlobID) bool { return id == codec.BlobID{99} }

// counting is a chain that counts how often it is asked for events, and may change answers.
type counting struct {
	*stakingtest.Chain
	mu      sync.Mutex
	follows int
	asked   []codec.BlobID
	answer  func(codec.BlobID) // called before an answer
	pruned  func(from staking.Cursor) error
}

func (c *counting) Follow(ctx context.Context, from staking.Cursor, handle func(context.Context, staking.Batch) error) error {
	c.mu.Lock()
	c.follows++
	pruned := c.pruned
	c.mu.Unlock()
	if pruned != nil {
		return pruned(from)
	}
	return c.Chain.Follow(ctx, from, handle)
}

func (c *counting) BlobState(ctx context.Context, id codec.BlobID) (staking.BlobState, error) {
	c.mu.Lock()
	c.asked = append(c.asked, id)
	answer := c.answer
	c.mu.Unlock()
	if answer != nil {
		answer(id)
	}
	return c.Chain.BlobState(ctx, id)
}

func (c *counting) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.follows
}

// scene is a follower that runs until the end of the test.
type scene struct {
	*Follower
	chain    *counting
	registry *registry.Registry
	books    *flaky
	holdings *holdings
}

// flaky is a datastore that refuses batches as long as it is told to.
type flaky struct {
	datastore.Batching
	refuses atomic.Bool
}

var errDisk = errors.New("disk")

func (f *flaky) Batch(ctx context.Context) (datastore.Batch, error) {
	if f.refuses.Load() {
		return nil, errDisk
	}
	return f.Batching.Batch(ctx)
}

func run(t *testing.T, held ...codec.BlobID) *scene {
	t.Helper()
	com := stakingtest.Committee(t, stakingtest.Nodes(t, 4), epoch, 10)
	chain := &counting{Chain: stakingtest.NewChain(&staking.Epochs{Current: com, End: time.Now().Add(time.Hour)})}
	books := &flaky{Batching: dssync.MutexWrap(datastore.NewMapDatastore())}
	r, err := registry.Open(t.Context(), books)
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{chain: chain, registry: r, books: books, holdings: &holdings{held: held}}
	s.Follower = New(Config{
		Chain: chain, Registry: r, Holdings: s.holdings, Changed: func() {}, Logger: slog.New(slog.DiscardHandler),
		Contradictions: prometheus.NewCounter(prometheus.CounterOpts{Name: "x", Help: "x"}),
	})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { s.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	synctest.Wait()
	return s
}

func registered(id codec.BlobID) staking.Event {
	return staking.BlobRegistered{Registration: staking.Registration{Blob: id, Size: 5, Object: object, Epoch: epoch, End: epoch + 4}}
}

// A chain that fails is asked again, ever more rarely, and at once after it worked for a while.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := run(t)
		s.chain.Fail(errors.New("no route"))
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := s.chain.count(); n < 10 || n > 20 {
			t.Errorf("followed %d times in ten minutes", n)
		}
		if lag, problem := s.State(); problem != "no route" || lag < 9*time.Minute {
			t.Errorf("%s, %q", lag, problem)
		}
		s.chain.Fail(nil)
		s.chain.Emit(registered(codec.BlobID{1}))
		time.Sleep(maxBackoff)
		synctest.Wait()
		if _, problem := s.State(); problem != "" || s.registry.Position().Cursor != 1 {
			t.Errorf("%q at %d", problem, s.registry.Position().Cursor)
		}
		before := s.chain.count()
		s.chain.Fail(errors.New("again"))
		synctest.Wait()
		s.chain.Fail(nil)
		time.Sleep(2 * minBackoff)
		synctest.Wait()
		if n := s.chain.count(); n != before+1 {
			t.Errorf("followed %d times after a short failure", n-before)
		}
	})
}

// Events that could not be written come again, all of them and in order.
func TestDiskFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := run(t)
		s.chain.Emit(registered(codec.BlobID{1}))
		synctest.Wait()
		s.books.refuses.Store(true)
		for i := range byte(5) {
			s.chain.Emit(registered(codec.BlobID{2 + i}))
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if _, problem := s.State(); !strings.Contains(problem, "disk") || s.registry.Position().Cursor != 1 {
			t.Errorf("%q at %d", problem, s.registry.Position().Cursor)
		}
		s.books.refuses.Store(false)
		time.Sleep(maxBackoff)
		synctest.Wait()
		for i := range byte(6) {
			if b, err := s.registry.Blob(t.Context(), codec.BlobID{1 + i}); err != nil || !b.Registered(epoch) {
				t.Errorf("blob %d: %+v, %v", i, b, err)
			}
		}
		if n := len(s.holdings.released); n != 6 {
			t.Errorf("%d blobs were released, want each once", n)
		}
	})
}

// The scheduled end of the epoch decides how fresh the picture has to be.
func TestCertain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := run(t)
		s.chain.Quiet(true)
		end := time.Now().Add(10 * time.Minute)
		e := &staking.Epochs{Current: s.chain.Epochs().Current, End: end}
		s.chain.Emit()
		time.Sleep(10*time.Minute - time.Second)
		if err := s.Certain(e); err != nil {
			t.Errorf("before the end: %v", err)
		}
		time.Sleep(time.Second)
		if err := s.Certain(e); !errors.Is(err, ErrStale) {
			t.Errorf("at the end: %v", err)
		}
		s.chain.Emit()
		time.Sleep(maxLag - time.Second)
		if err := s.Certain(e); err != nil {
			t.Errorf("heard of lately: %v", err)
		}
		time.Sleep(time.Second)
		if err := s.Certain(e); !errors.Is(err, ErrStale) {
			t.Errorf("heard of a minute ago: %v", err)
		}
	})
}

// After a gap everything that is registered or held is asked about, once, except what came ahead of its registration; an
// answer that events overtook is asked for again.
func TestResync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known, held, gone := codec.BlobID{1}, codec.BlobID{2}, codec.BlobID{3}
		s := run(t, known, held, codec.BlobID{99})
		if s.registry.Position().Gap {
			t.Fatal("new books keep their gap")
		}
		s.chain.Emit(registered(known), registered(gone))
		synctest.Wait()
		s.chain.mu.Lock()
		s.chain.asked, s.chain.follows = nil, 0
		overtaken := sync.OnceFunc(func() {
			_, err := s.registry.Apply(context.Background(), staking.Batch{Events: []staking.Event{registered(known)}}, epoch)
			if err != nil {
				t.Error(err)
			}
		})
		s.chain.answer = func(id codec.BlobID) {
			if id == known {
				overtaken()
			}
		}
		s.chain.mu.Unlock()
		s.chain.SetBlob(held, staking.BlobState{Size: 5, Certified: 2, End: 50})
		s.chain.Emit()
		s.chain.Emit()
		s.chain.Fail(errors.New("pause"))
		synctest.Wait()
		s.chain.Emit(registered(codec.BlobID{4}))
		s.chain.Prune()
		s.chain.Fail(nil)
		time.Sleep(maxBackoff)
		synctest.Wait()
		s.chain.mu.Lock()
		defer s.chain.mu.Unlock()
		slices.SortFunc(s.chain.asked, func(a, b codec.BlobID) int { return slices.Compare(a[:], b[:]) })
		if want := []codec.BlobID{known, known, held, gone}; !slices.Equal(s.chain.asked, want) {
			t.Errorf("asked about %v, want %v", s.chain.asked, want)
		}
		if p := s.registry.Position(); p.Gap || p.Cursor != 4 {
			t.Errorf("position %+v", p)
		}
		if b, err := s.registry.Blob(t.Context(), held); err != nil || !b.Kept(49) || b.Kept(50) {
			t.Errorf("held: %+v, %v", b, err)
		}
		if s.chain.follows > 4 {
			t.Errorf("followed %d times", s.chain.follows)
		}
	})
}

// One endpoint that says that history is gone is not believed; of several that say so, the one that has most.
func TestOneEndpointForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := run(t)
		s.chain.Emit(registered(codec.BlobID{1}))
		synctest.Wait()
		answer := func(firsts ...staking.Cursor) {
			s.chain.mu.Lock()
			s.chain.pruned = func(from staking.Cursor) error {
				first := firsts[0]
				if firsts = firsts[1:]; len(firsts) == 0 {
					s.chain.mu.Lock()
					s.chain.pruned = nil
					s.chain.mu.Unlock()
				}
				if first == 0 {
					return errors.New("no route")
				}
				return &staking.PrunedError{From: from, First: first}
			}
			s.chain.mu.Unlock()
			s.chain.Fail(errors.New("no route")) // ends the running Follow
			synctest.Wait()
			s.chain.Fail(nil)
			time.Sleep(10 * maxBackoff)
			synctest.Wait()
		}
		answer(1<<60, 1<<60, 0, 1<<60)
		if p := s.registry.Position(); p.Gap || p.Cursor != 1 {
			t.Errorf("one endpoint was believed: %+v", p)
		}
		for range 8 {
			s.chain.Emit()
		}
		answer(1<<60, 7, 1<<60)
		if p := s.registry.Position(); p.Cursor < 7 || p.Cursor > 9 {
			t.Errorf("went on at %+v", p)
		}
	})
}

// A chain that is away leaves the gap open; the node says so.
func TestGapStaysOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := run(t, codec.BlobID{1})
		s.chain.mu.Lock()
		first := staking.Cursor(0)
		s.chain.pruned = func(from staking.Cursor) error { // forgets as fast as the node can follow
			first = max(first, from) + 100
			return &staking.PrunedError{From: from, First: first}
		}
		s.chain.mu.Unlock()
		s.chain.Fail(errors.New("no route")) // ends the running Follow, and the answers
		time.Sleep(time.Minute)
		synctest.Wait()
		p := s.registry.Position()
		if n := s.chain.count(); n > 100 || !p.Gap {
			t.Errorf("followed %d times in a minute, position %+v", n, p)
		}
		if _, problem := s.State(); !strings.Contains(problem, "no longer has") && !strings.Contains(problem, "missed") {
			t.Errorf("problem: %q", problem)
		}
	})
}
