package light

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light/internal/simnet"
	"github.com/floe-network/floe/staking"
)

// at lets f run before the nth request of a kind goes out, and counts them all.
func at(s *simnet.Net, kind simnet.Kind, nth int64, f func()) *atomic.Int64 {
	var count atomic.Int64
	s.Trace = func(k simnet.Kind) {
		if k == kind && count.Add(1) == nth {
			f()
		}
	}
	return &count
}

// An epoch that changes in the middle of an upload costs new confirmations, and no sliver twice where shards stay.
func TestUploadCrossesEpoch(t *testing.T) {
	for _, tc := range []struct {
		name string
		kind simnet.Kind
		nth  int64
	}{
		{"contacting the first", simnet.BlobStatus, 1},
		{"before the metadata are out", simnet.PutMetadata, 5},
		{"first sliver", simnet.PutSliver, 1},
		{"among the slivers", simnet.PutSliver, 117},
		{"last sliver", simnet.PutSliver, 200},
		{"first confirmation", simnet.Confirm, 1},
		{"among the confirmations", simnet.Confirm, 6},
		{"last confirmation", simnet.Confirm, 10},
	} {
		for i := range 4 {
			t.Run(tc.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := simnet.New(t, simnet.Even(10, 10)...)
					s.Lazy = i >= 2
					seed := 1 + uint64(i%2) //nolint:gosec // positive
					c := newClient(t, s, Limits{})
					next := s.Elect(seed, simnet.Even(10, 10)...)
					count := at(s, tc.kind, tc.nth, func() { s.Advance(next) })
					blob := sample(200_000, 1)
					res := put(t, c, blob)
					if err := next.VerifyCertificate(res.Certificate); err != nil {
						t.Error(err)
					}
					if res.Epoch != next.Epoch() || res.Weight != 100 || len(res.Members) != 10 {
						t.Errorf("epoch %d, weight %d, %d members", res.Epoch, res.Weight, len(res.Members))
					}
					if n := count.Load(); seed == 1 && tc.kind == simnet.PutSliver && n != 200 {
						t.Errorf("%d slivers were offered, there are 200", n)
					}
					var sent, slivers int64
					for _, m := range res.Members {
						sent += m.Bytes
						slivers += int64(m.Slivers)
					}
					if seed == 1 && (sent != res.Sent || slivers != 200) {
						t.Errorf("%d slivers and %d of %d bytes in the reports", slivers, sent, res.Sent)
					}
					s.States = map[codec.BlobID]staking.BlobState{res.Blob: {Size: res.Size, Certified: res.Epoch, End: 100}}
					if got := get(t, c, res.Blob, blob, GetOptions{}); got.Epoch != res.Epoch {
						t.Errorf("read from the committee of epoch %d", got.Epoch)
					}
				})
			})
		}
	}
}

// Nodes and client need not hear of an epoch at the same time.
func TestUploadWhenTheEpochIsHeardOfLate(t *testing.T) {
	for _, tc := range []struct {
		name          string
		nodes, client time.Duration
		epoch         uint32 // of the certificate; 0: none
	}{
		{"client first", 20 * time.Second, 0, simnet.FirstEpoch + 1},
		{"nodes first", 0, 20 * time.Second, simnet.FirstEpoch + 1},
		{"client never", 0, time.Hour, 0},
		{"nodes never", time.Hour, 0, 0},
	} {
		for _, seed := range []uint64{1, 2} {
			t.Run(tc.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := simnet.New(t, simnet.Even(10, 1)...)
					c := newClient(t, s, Limits{})
					next := s.Elect(seed, simnet.Even(10, 1)...)
					e := &staking.Epochs{Current: next, Previous: s.Committee(), Changing: true}
					var timers []*time.Timer
					at(s, simnet.PutSliver, 8, func() {
						timers = append(timers, time.AfterFunc(tc.nodes, func() { s.Move(next) }), time.AfterFunc(tc.client, func() { s.Tell(e) }))
					})
					res, err := store(t.Context(), c, bytes.NewReader(sample(3000, 1)), 3000, UploadOptions{})
					for _, timer := range timers {
						timer.Stop()
					}
					if tc.epoch == 0 {
						var short *UnavailableError
						if !errors.As(err, &short) || short.Reasons[0].Cause != CauseEpoch {
							t.Fatal(err)
						}
						t.Log(err)
						return
					}
					if err != nil || res.Epoch != tc.epoch || res.Weight != 10 {
						t.Errorf("%+v, %v", res, err)
					}
				})
			})
		}
	}
}

// Who knows the chain's epoch gets no certificate of an older one.
func TestUploadForAnEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(4, 1)...)
		c := newClient(t, s, Limits{})
		ctx := t.Context()
		p, err := c.Prepare(ctx, bytes.NewReader(sample(3000, 1)), 3000, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Upload(ctx, p, UploadOptions{Epoch: simnet.FirstEpoch + 1}); !errors.Is(err, ErrNoCommittee) {
			t.Errorf("an epoch that does not come: %v", err)
		}
		next := s.Elect(1, simnet.Even(4, 1)...)
		time.AfterFunc(20*time.Second, func() { s.Advance(next) })
		res, err := c.Upload(ctx, p, UploadOptions{Epoch: simnet.FirstEpoch + 1})
		if err != nil || res.Epoch != simnet.FirstEpoch+1 {
			t.Errorf("%+v, %v", res, err)
		}
		again, err := c.Upload(ctx, p, UploadOptions{})
		if err != nil || again.Sent != 0 || again.Weight != 4 {
			t.Errorf("the same again: %+v, %v", again, err)
		}
		p.Close()
		p.Close()
		if _, err := c.Upload(ctx, p, UploadOptions{}); !errors.Is(err, codec.ErrInvalid) {
			t.Errorf("after Close: %v", err)
		}
	})
}

// A registration that nodes have not heard of is waited for, but not for ever.
func TestUploadOfAnUnregisteredBlob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(10, 1)...)
		var registered atomic.Bool
		s.Registered = func(staking.Confirmation) bool { return registered.Load() }
		c := newClient(t, s, Limits{})
		_, err := store(t.Context(), c, bytes.NewReader(sample(3000, 1)), 3000, UploadOptions{})
		var short *UnavailableError
		if !errors.As(err, &short) || short.Reasons[0].Cause != CauseUnregistered || short.Reasons[0].Shards != 10 {
			t.Errorf("never registered: %v", err)
		}
		time.AfterFunc(20*time.Second, func() { registered.Store(true) })
		if res := put(t, c, sample(3000, 2)); res.Weight != 10 {
			t.Errorf("weight %d", res.Weight)
		}
	})
}

// What a node has lost since it took it is sent again.
func TestUploadToANodeThatLoses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(10, 10)...)
		c := newClient(t, s, Limits{})
		blob := sample(20_000, 1)
		// Without four nodes there is a second round.
		s.Set(simnet.Fault{Epoch: true}, 6, 7, 8, 9)
		time.AfterFunc(4*time.Second, func() { s.Set(simnet.Fault{}, 6, 7, 8, 9) })
		at(s, simnet.Confirm, 1, func() { s.Nodes[9].Forget() })
		if res := put(t, c, blob); res.Weight != 100 {
			t.Errorf("weight %d: %+v", res.Weight, res.Members[9])
		}
	})
}

// TestChangingProperty: wherever an epoch or two change and shards move, the certificate is of one committee, and the blob
// comes back from it.
func TestChangingProperty(t *testing.T) {
	rounds := 60
	if raceEnabled || testing.Short() {
		rounds = 8
	}
	for seed := range uint64(rounds) { //nolint:gosec // positive
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 5))
			weights := randomWeights(r)
			s := simnet.New(t, weights...)
			s.Lazy = r.IntN(2) == 0
			var timers []*time.Timer
			for range 1 + r.IntN(2) {
				moved, shuffled := slices.Clone(weights), r.Uint64()
				r.Shuffle(len(moved), func(i, j int) { moved[i], moved[j] = moved[j], moved[i] })
				timers = append(timers, time.AfterFunc(time.Duration(r.Int64N(int64(time.Second))), func() {
					s.Advance(s.Elect(shuffled, moved...))
				}))
			}
			c := newClient(t, s, Limits{})
			blob := sample(r.IntN(60_000), seed)
			res, err := store(t.Context(), c, bytes.NewReader(blob), int64(len(blob)), UploadOptions{})
			for _, timer := range timers {
				timer.Stop()
			}
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			// The epoch may have changed again since; then the last one but one has confirmed.
			com := s.Epochs().Of(res.Epoch)
			if com == nil {
				t.Fatalf("seed %d: certificate of epoch %d, the current one is %d", seed, res.Epoch, s.Committee().Epoch())
			}
			if err := com.VerifyCertificate(res.Certificate); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
			s.States = map[codec.BlobID]staking.BlobState{res.Blob: {Size: res.Size, Certified: res.Epoch, End: 100}}
			get(t, c, res.Blob, blob, GetOptions{})
		})
	}
}

// A client whose chain has gone does what it can with the committees that it knows, and says what is missing.
func TestWithoutAChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(4, 1)...)
		c, err := NewClient(Config{Chain: unreachable{s}, Network: s, Connector: s, Codec: s.Codec})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		ctx := t.Context()
		blob := sample(3000, 1)
		if res := put(t, c, blob); res.Weight != 4 {
			t.Errorf("weight %d", res.Weight)
		}
		p, err := c.Prepare(ctx, bytes.NewReader(blob), 3000, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		id, m, _ := mustEncode(t, s, blob)
		encoded, err := s.Committee().Params().EncodedSize(3000)
		if err != nil || p.Blob() != id || p.Root() != m.Root() || p.Size() != 3000 || p.EncodedSize() != encoded {
			t.Errorf("%s of %d, %d bytes, %v", p.Blob(), p.Size(), p.EncodedSize(), err)
		}
		_, err = c.Upload(ctx, p, UploadOptions{Epoch: simnet.FirstEpoch + 1})
		if !errors.Is(err, ErrNoCommittee) || !errors.Is(err, ErrChain) || !errors.Is(err, errNoChain) {
			t.Errorf("an epoch that cannot be heard of: %v", err)
		}
		s.Lazy = true
		s.Advance(s.Elect(1, simnet.Even(4, 1)...))
		if _, err = c.Upload(ctx, p, UploadOptions{}); !errors.Is(err, ErrUnavailable) {
			t.Errorf("nodes in an epoch that cannot be heard of: %v", err)
		}
	})
}
