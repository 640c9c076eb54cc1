package light

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light/internal/simnet"
)

// faults that a node may have, each with what it does to puts and gets.
var propertyFaults = []simnet.Fault{
	{Dead: true}, {Blackhole: true}, {Silent: true}, {Endless: true}, {Lying: true}, {Full: true}, {Forgetful: true},
	{Busy: 1 << 30}, {Flaky: 1 << 30}, {Epoch: true}, {Forger: true}, {Rate: 150 << 10}, {RTT: 3 * time.Second}, {Busy: 2}, {Flaky: 1},
}

// randomWeights splits up to 40 shards among some nodes.
func randomWeights(r *rand.Rand) []int {
	n := 4 + r.IntN(37)
	var weights []int
	for n > 0 {
		w := 1 + r.IntN(min(n, 8))
		weights = append(weights, w)
		n -= w
	}
	return weights
}

// afflict gives random nodes that hold at most the given shards random faults, and returns which.
func afflict(r *rand.Rand, s *simnet.Net, weights []int, shards int) map[int]simnet.Fault {
	bad := make(map[int]simnet.Fault)
	for _, i := range r.Perm(len(weights)) {
		if weights[i] <= shards {
			shards -= weights[i]
			bad[i] = propertyFaults[r.IntN(len(propertyFaults))]
			s.Set(bad[i], i)
		}
	}
	return bad
}

// TestProperty: whatever up to f shards do while a blob is put, and whatever up to f shards do when it is read, it comes back.
func TestProperty(t *testing.T) {
	rounds := 60
	if raceEnabled || testing.Short() {
		rounds = 8
	}
	for seed := range uint64(rounds) { //nolint:gosec // positive
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 3))
			weights := randomWeights(r)
			s := simnet.New(t, weights...)
			f := s.Committee().Params().Faulty()
			blob := sample(r.IntN(20_000), seed)
			bad := afflict(r, s, weights, f)
			c := newClient(t, s, Limits{InFlight: 1 << (10 + r.IntN(12)), Streams: 1 + r.IntN(4)})
			res, err := store(context.Background(), c, bytes.NewReader(blob), int64(len(blob)), UploadOptions{})
			if err != nil {
				t.Fatalf("seed %d: weights %v, faults %+v: %v", seed, weights, bad, err)
			}
			if err := s.Committee().VerifyCertificate(res.Certificate); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}

			// Of the shards that confirmed, n-f or more, another f go wrong in any way: n-2f are left.
			lost := afflict(r, s, weights, min(f, res.Weight-s.Committee().Params().Rows()))
			for i := range bad {
				if _, still := lost[i]; !still {
					s.Set(simnet.Fault{}, i)
				}
			}
			opts := GetOptions{Check: codec.Check(r.IntN(2))} //nolint:gosec // default or strict
			out := codec.NewBuffer()
			if _, err := c.Get(context.Background(), res.Blob, out, opts); err != nil {
				t.Fatalf("seed %d: weights %v, faults %+v, then %+v: %v", seed, weights, bad, lost, err)
			}
			if !bytes.Equal(out.Bytes(), blob) {
				t.Fatalf("seed %d: the blob came back changed", seed)
			}
			begin := r.IntN(len(blob) + 1)
			length := r.IntN(len(blob) - begin + 1)
			var part bytes.Buffer
			if _, err := c.GetRange(context.Background(), res.Blob, int64(begin), int64(length), &part, RangeOptions{Dir: t.TempDir()}); err != nil {
				t.Fatalf("seed %d: range: %v", seed, err)
			}
			if !bytes.Equal(part.Bytes(), blob[begin:begin+length]) {
				t.Errorf("seed %d: the range came back changed", seed)
			}
		})
	}
}

// TestCancelAnytime ends puts and gets at random times: they return at once, with the context's error or done.
func TestCancelAnytime(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 4))
			weights := randomWeights(r)
			s := simnet.New(t, weights...)
			afflict(r, s, weights, s.Committee().Params().Shards())
			c := newClient(t, s, Limits{})
			blob := sample(5000, seed)
			id := s.Load(blob)
			limit := time.Duration(r.Int64N(int64(3 * time.Second)))
			for _, op := range []func(context.Context) error{
				func(ctx context.Context) error {
					_, err := store(ctx, c, bytes.NewReader(blob), int64(len(blob)), UploadOptions{})
					return err
				},
				func(ctx context.Context) error {
					_, err := c.Get(ctx, id, codec.NewBuffer(), GetOptions{})
					return err
				},
				func(ctx context.Context) error {
					_, err := c.GetRange(ctx, id, 0, -1, &bytes.Buffer{}, RangeOptions{Dir: t.TempDir()})
					return err
				},
				func(ctx context.Context) error {
					_, err := c.Status(ctx, id, StatusOptions{})
					return err
				},
			} {
				ctx, cancel := context.WithTimeout(context.Background(), limit)
				start := time.Now()
				err := op(ctx)
				if took := time.Since(start); took > limit {
					t.Errorf("seed %d: took %s after %s", seed, took, limit)
				}
				if ctx.Err() != nil && err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, ErrUnavailable) {
					t.Errorf("seed %d: %v", seed, err)
				}
				cancel()
			}
		})
	}
}
