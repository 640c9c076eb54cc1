package light

import (
	"bytes"
	"context"
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
					res, err := c.Put(t.Context(), bytes.NewReader(sample(3000, 1)), 3000, UploadOptions{})
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
		_, err := c.Put(t.Context(), bytes.NewReader(sample(3000, 1)), 3000, UploadOptions{})
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
			res, err := c.Put(t.Context(), bytes.NewReader(blob), int64(len(blob)), UploadOptions{})
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

// While shards move, blobs of before are read from the committee of before, and from the other one if those have them not.
func TestGetWhileShardsMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, 10, 10, 10, 10, 10, 0, 0, 0, 0, 0)
		c := newClient(t, s, Limits{})
		blob, fresh := sample(30_000, 1), sample(30_000, 2)
		id := s.Load(blob)
		s.Advance(s.Elect(2, 0, 0, 0, 0, 0, 10, 10, 10, 10, 10))
		for _, opts := range []GetOptions{{}, {WithoutChain: true}} {
			if res := get(t, c, id, blob, opts); res.Epoch != simnet.FirstEpoch || res.Unchecked != opts.WithoutChain {
				t.Errorf("%+v: read from the committee of epoch %d, unchecked %v", opts, res.Epoch, res.Unchecked)
			}
		}
		asked := 0
		for _, n := range s.Nodes[5:] {
			asked += n.Requests()
		}
		if asked != 0 {
			t.Errorf("the new nodes were asked %d times for what they do not have", asked)
		}

		res := put(t, c, fresh)
		s.States = map[codec.BlobID]staking.BlobState{res.Blob: {Size: res.Size, Certified: simnet.FirstEpoch + 1, End: 100}}
		if got := get(t, c, res.Blob, fresh, GetOptions{}); got.Epoch != simnet.FirstEpoch+1 {
			t.Errorf("a fresh blob was read from the committee of epoch %d", got.Epoch)
		}
		// Without the chain nobody knows how old it is.
		if got := get(t, c, res.Blob, fresh, GetOptions{WithoutChain: true}); got.Epoch != simnet.FirstEpoch+1 {
			t.Errorf("a fresh blob was read from the committee of epoch %d", got.Epoch)
		}
		var part bytes.Buffer
		rng, err := c.GetRange(t.Context(), res.Blob, 10, 20, &part, RangeOptions{WithoutChain: true})
		if err != nil || !bytes.Equal(part.Bytes(), fresh[10:30]) || rng.Epoch != simnet.FirstEpoch+1 || !rng.Unchecked || rng.WholeBlobChecked {
			t.Errorf("%+v, %v", rng, err)
		}

		// The old nodes are done sooner than this client knows.
		s.Place(mustEncode(t, s, blob))
		for _, n := range s.Nodes[:5] {
			n.Forget()
		}
		if got := get(t, c, id, blob, GetOptions{}); got.Epoch != simnet.FirstEpoch+1 {
			t.Errorf("read from the committee of epoch %d", got.Epoch)
		}
		part.Reset()
		s.Set(simnet.Fault{Forgetful: true}, 0, 1, 2, 3, 4)
		if rng, err = c.GetRange(t.Context(), id, 10, 20, &part, RangeOptions{Dir: t.TempDir()}); err != nil || !bytes.Equal(part.Bytes(), blob[10:30]) {
			t.Errorf("%+v, %v", rng, err)
		}

		// Neither has it: what counts is that one of them could not be asked.
		s.Set(simnet.Fault{Dead: true}, 5, 6, 7, 8, 9)
		if _, err := c.Get(t.Context(), codec.BlobID{1}, codec.NewBuffer(), GetOptions{}); !errors.Is(err, ErrUnavailable) {
			t.Errorf("unknown to one committee, the other is down: %v", err)
		}
		s.Set(simnet.Fault{}, 5, 6, 7, 8, 9)
		if _, err := c.Get(t.Context(), codec.BlobID{1}, codec.NewBuffer(), GetOptions{}); !errors.Is(err, ErrNotFound) {
			t.Errorf("unknown to both: %v", err)
		}
	})
}

// A client that has slept through a change of epoch asks for the committees before it gives up.
func TestGetAfterAChange(t *testing.T) {
	for _, lazy := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := simnet.New(t, 10, 10, 10, 10, 10, 0, 0, 0, 0, 0)
			s.Lazy = lazy
			c := newClient(t, s, Limits{})
			blob := sample(30_000, 1)
			id := s.Load(blob)
			next := s.Elect(2, 0, 0, 0, 0, 0, 10, 10, 10, 10, 10)
			s.Move(next)
			s.Tell(&staking.Epochs{Current: next, Previous: s.Committee()})
			s.Place(mustEncode(t, s, blob))
			for _, n := range s.Nodes[:5] {
				n.Forget()
				n.ForgetMetadata(id)
			}
			for range 2 {
				if res := get(t, c, id, blob, GetOptions{}); res.Epoch != next.Epoch() {
					t.Errorf("read from the committee of epoch %d", res.Epoch)
				}
			}
		})
	}
}

// The parts of a range whose slivers are not with the committee that had the metadata come from the other one.
func TestRangeWhileShardsMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, 10, 10, 10, 10, 10, 0, 0, 0, 0, 0)
		c := newClient(t, s, Limits{})
		blob := sample(30_000, 1)
		id := s.Load(blob)
		s.Advance(s.Elect(2, 0, 0, 0, 0, 0, 10, 10, 10, 10, 10))
		s.Place(mustEncode(t, s, blob))
		s.Set(simnet.Fault{Forgetful: true}, 0, 1, 2, 3, 4)
		var part bytes.Buffer
		res, err := c.GetRange(t.Context(), id, 10, 20_000, &part, RangeOptions{Dir: t.TempDir()})
		if err != nil || !bytes.Equal(part.Bytes(), blob[10:20_010]) || res.Epoch != simnet.FirstEpoch+1 || !res.WholeBlobChecked {
			t.Errorf("%+v, %v", res, err)
		}
	})
}

func mustEncode(t *testing.T, s *simnet.Net, blob []byte) (codec.BlobID, *codec.Metadata, []codec.SliverPair) {
	t.Helper()
	pairs, m, id, err := s.Codec.EncodeBytes(t.Context(), blob)
	if err != nil {
		t.Fatal(err)
	}
	return id, m, pairs
}

// The chain may tell of an epoch before its committee is known.
func TestGetOfANewerEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(4, 1)...)
		c := newClient(t, s, Limits{})
		blob := sample(3000, 1)
		id := s.Load(blob)
		s.States = map[codec.BlobID]staking.BlobState{id: {Size: 3000, Certified: simnet.FirstEpoch + 1, End: 100}}
		if _, err := c.Get(t.Context(), id, codec.NewBuffer(), GetOptions{}); !errors.Is(err, ErrNoCommittee) {
			t.Errorf("a committee that is never known: %v", err)
		}
		next := s.Elect(1, simnet.Even(4, 1)...)
		s.Tell(&staking.Epochs{Current: s.Committee(), Next: next})
		if res := get(t, c, id, blob, GetOptions{}); res.Epoch != next.Epoch() {
			t.Errorf("read from the committee of epoch %d", res.Epoch)
		}
		s.Tell(&staking.Epochs{Current: s.Committee()})
		time.AfterFunc(20*time.Second, func() { s.Advance(next) })
		if res := get(t, c, id, blob, GetOptions{}); res.Epoch != next.Epoch() {
			t.Errorf("read from the committee of epoch %d", res.Epoch)
		}
	})
}

// unreachable is a chain that does not answer any more.
type unreachable struct{ *simnet.Net }

var errNoChain = errors.New("connection refused")

func (unreachable) Refresh(context.Context) (*staking.Epochs, error) { return nil, errNoChain }

func (unreachable) BlobState(context.Context, codec.BlobID) (staking.BlobState, error) {
	return staking.BlobState{}, errNoChain
}

// What the chain says comes before what nodes have.
func TestGetAsksTheChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(4, 1)...)
		blob := sample(3000, 1)
		id := s.Load(blob)
		read := func(name string, chain Chain, want error, asked bool) {
			t.Helper()
			c, err := NewClient(Config{Chain: chain, Network: s, Connector: s, Codec: s.Codec})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			before := s.Nodes[0].Requests() + s.Nodes[1].Requests() + s.Nodes[2].Requests() + s.Nodes[3].Requests()
			_, err = c.Get(t.Context(), id, codec.NewBuffer(), GetOptions{})
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
			if _, err := c.GetRange(t.Context(), id, 0, 10, &bytes.Buffer{}, RangeOptions{}); !errors.Is(err, want) {
				t.Errorf("%s: range: %v, want %v", name, err, want)
			}
			after := s.Nodes[0].Requests() + s.Nodes[1].Requests() + s.Nodes[2].Requests() + s.Nodes[3].Requests()
			if asked != (after > before) {
				t.Errorf("%s: %d requests to nodes", name, after-before)
			}
			if res := get(t, c, id, blob, GetOptions{WithoutChain: true}); !res.Unchecked {
				t.Errorf("%s: not reported as unchecked", name)
			}
		}
		for _, tc := range []struct {
			name  string
			state staking.BlobState
			want  error
			asked bool
		}{
			{"never certified", staking.BlobState{}, ErrNotCertified, false},
			{"over", staking.BlobState{Size: 3000, Certified: 3}, ErrEnded, false},
			{"inconsistent", staking.BlobState{Size: 3000, Certified: 3, End: 100, Barred: staking.Inconsistent}, ErrBarred, false},
			{"denied, never certified", staking.BlobState{Barred: staking.Denied}, ErrBarred, false},
			{"another size", staking.BlobState{Size: 2999, Certified: 3, End: 100}, ErrChain, true},
			{"well", staking.BlobState{Size: 3000, Certified: 3, End: 100}, nil, true},
		} {
			s.States = map[codec.BlobID]staking.BlobState{id: tc.state}
			read(tc.name, s, tc.want, tc.asked)
		}
		read("unreachable", unreachable{s}, ErrChain, false)
		read("unreachable", unreachable{s}, errNoChain, false)
	})
}

// A node that is full until it hears of the registration gets another chance.
func TestUploadToNodesThatAreFullForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(10, 10)...)
		s.Set(simnet.Fault{Full: true}, 4, 5, 6, 7, 8, 9)
		time.AfterFunc(3*time.Second, func() { s.Set(simnet.Fault{}, 4, 5, 6, 7, 8, 9) })
		if res := put(t, newClient(t, s, Limits{}), sample(20_000, 1)); res.Weight != 100 {
			t.Errorf("weight %d", res.Weight)
		}
	})
}
