package light

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light/internal/simnet"
	"github.com/floe-network/floe/staking"
)

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
