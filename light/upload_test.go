package light

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light/internal/simnet"
)

func TestPutThenGet(t *testing.T) {
	for _, tc := range []struct {
		name    string
		weights []int
		size    int
		large   bool
	}{
		{"4 nodes, empty blob", simnet.Even(4, 1), 0, false},
		{"4 nodes, 1 byte", simnet.Even(4, 1), 1, false},
		{"7 nodes", simnet.Even(7, 1), 5000, false},
		{"10 nodes of 10 shards", simnet.Even(10, 10), 200_000, false},
		{"100 nodes", simnet.Even(100, 1), 30_000, false},
		{"uneven weights", []int{33, 1, 20, 6, 10, 30}, 70_000, false},
		{"100 nodes of 10 shards", simnet.Even(100, 10), 1_000_000, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.large && (raceEnabled || testing.Short()) {
				t.Skip("a thousand shards take too long")
			}
			synctest.Test(t, func(t *testing.T) {
				s := simnet.New(t, tc.weights...)
				c := newClient(t, s, Limits{})
				blob := sample(tc.size, 1)
				res, err := store(context.Background(), c, bytes.NewReader(blob), int64(len(blob)), UploadOptions{})
				if err != nil {
					t.Fatal(err)
				}
				if err := s.Committee().VerifyCertificate(res.Certificate); err != nil {
					t.Error(err)
				}
				n := s.Committee().Params().Shards()
				if res.Weight != n || len(res.Certificate.Signers) != len(tc.weights) {
					t.Errorf("%d of %d shards confirmed", res.Weight, n)
				}
				for _, m := range res.Members {
					if !m.Done || m.Slivers != 2*m.Shards {
						t.Errorf("member %d: done %v with %d slivers for %d shards: %s", m.Member, m.Done, m.Slivers, m.Shards, m.Problem)
					}
				}
				out := codec.NewBuffer()
				got, err := c.Get(context.Background(), res.Blob, out, GetOptions{Check: codec.Strict})
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(out.Bytes(), blob) {
					t.Error("the blob came back changed")
				}
				if got.Axis != codec.Primary || got.Slivers != s.Committee().Params().Rows() {
					t.Errorf("decoded from %d %s slivers", got.Slivers, got.Axis)
				}
			})
		})
	}
}

// TestPutFaults puts with exactly as many shards at fault as may be, and with one more.
func TestPutFaults(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fault simnet.Fault
		cause Cause
	}{
		{"dead", simnet.Fault{Dead: true}, CauseUnreachable},
		{"black hole", simnet.Fault{Blackhole: true}, CauseUnreachable},
		{"silent", simnet.Fault{Silent: true}, CauseSilent},
		{"full", simnet.Fault{Full: true}, CauseFull},
		{"other epoch", simnet.Fault{Epoch: true}, CauseEpoch},
		{"forger", simnet.Fault{Forger: true}, CauseLied},
		{"forgetful", simnet.Fault{Forgetful: true}, CauseMissing},
		{"endlessly busy", simnet.Fault{Busy: 1 << 30}, CauseBusy},
		{"endlessly flaky", simnet.Fault{Flaky: 1 << 30}, CauseUnreachable},
	} {
		for _, weights := range [][]int{simnet.Even(4, 1), simnet.Even(7, 1), simnet.Even(10, 10), {20, 14, 33, 33}} {
			t.Run(tc.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := simnet.New(t, weights...)
					c := newClient(t, s, Limits{})
					blob := sample(3000, 2)
					bad := atMost(weights, s.Committee().Params().Faulty())
					s.Set(tc.fault, bad...)
					start := time.Now()
					res, err := store(context.Background(), c, bytes.NewReader(blob), int64(len(blob)), UploadOptions{})
					if err != nil {
						t.Fatalf("with %v at fault: %v", bad, err)
					}
					if d := time.Since(start); d > 4*defaultGrace {
						t.Errorf("the put took %s", d)
					}
					if err := s.Committee().VerifyCertificate(res.Certificate); err != nil {
						t.Error(err)
					}
					for _, i := range bad {
						got := res.Members[i]
						if got.Done || got.Cause != tc.cause && got.Cause != CauseBehind {
							t.Errorf("member %d: done %v, cause %s (%s), want %s or behind", i, got.Done, got.Cause, got.Problem, tc.cause)
						}
						if slices.Contains(res.Certificate.Signers, i) {
							t.Errorf("member %d signed", i)
						}
					}

					more := atLeast(weights, s.Committee().Params().Faulty()+1)
					s.Set(tc.fault, more...)
					blob = sample(3000, 3)
					_, err = store(context.Background(), c, bytes.NewReader(blob), int64(len(blob)), UploadOptions{})
					var short *UnavailableError
					if !errors.As(err, &short) || !errors.Is(err, ErrUnavailable) {
						t.Fatalf("with %v at fault: %v", more, err)
					}
					t.Log(err)
					lost := 0
					for _, i := range more {
						lost += weights[i]
					}
					if n := s.Committee().Params().Shards(); short.Need != s.Committee().QuorumWeight() || short.Total != n || short.Have > n-lost {
						t.Errorf("need %d, have %d, total %d", short.Need, short.Have, short.Total)
					}
					if len(short.Reasons) != 1 || short.Reasons[0].Cause != tc.cause || short.Reasons[0].Shards != lost || short.Reasons[0].Members != len(more) {
						t.Errorf("reasons %+v, want %d shards of %d members: %s", short.Reasons, lost, len(more), tc.cause)
					}
				})
			})
		}
	}
}

// atMost returns the most members, from the end, that hold no more than the given shards.
func atMost(weights []int, shards int) (members []int) {
	for i := len(weights) - 1; i >= 0; i-- {
		if weights[i] <= shards {
			shards -= weights[i]
			members = append(members, i)
		}
	}
	return members
}

// atLeast returns members, from the end, that hold the given shards or more.
func atLeast(weights []int, shards int) (members []int) {
	for i := len(weights) - 1; i >= 0 && shards > 0; i-- {
		shards -= weights[i]
		members = append(members, i)
	}
	return members
}

func put(t *testing.T, c *Client, blob []byte) *UploadResult {
	t.Helper()
	res, err := store(context.Background(), c, bytes.NewReader(blob), int64(len(blob)), UploadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// Passing trouble costs time, not confirmations.
func TestPutRetries(t *testing.T) {
	for _, f := range []simnet.Fault{{Busy: 3}, {Flaky: 2}} {
		synctest.Test(t, func(t *testing.T) {
			s := simnet.New(t, simnet.Even(7, 1)...)
			s.Set(f, 0, 1, 2, 3, 4, 5, 6)
			if res := put(t, newClient(t, s, Limits{}), sample(3000, 1)); res.Weight != 7 {
				t.Errorf("%+v: %d of 7 confirmed", f, res.Weight)
			}
		})
	}
}

// A node that is down for longer than the retries of a request is there in the next round, and only what is missing is sent.
func TestPutRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(10, 1)...)
		down := last(10, 4)
		s.Set(simnet.Fault{Dead: true}, down...)
		time.AfterFunc(4*time.Second, func() { s.Set(simnet.Fault{}, down...) })
		blob := sample(20_000, 1)
		if res := put(t, newClient(t, s, Limits{}), blob); res.Weight != 10 {
			t.Errorf("%d of 10 confirmed", res.Weight)
		}
	})
}

// A node that breaks down in the middle of a put is missed only if it is needed; another put goes on where this one ended.
func TestPutBreakdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(10, 10)...)
		blob := sample(1_000_000, 1)
		c := newClient(t, s, Limits{})
		time.AfterFunc(150*time.Millisecond, func() { s.Set(simnet.Fault{Dead: true}, last(10, 4)...) })
		_, err := store(context.Background(), c, bytes.NewReader(blob), int64(len(blob)), UploadOptions{})
		if !errors.Is(err, ErrUnavailable) {
			t.Fatal(err)
		}
		var before int64
		for _, n := range s.Nodes {
			before += n.Received()
		}
		if before == 0 {
			t.Error("the put failed before it began")
		}
		s.Set(simnet.Fault{}, last(10, 4)...)
		res := put(t, c, blob)
		var total int64
		for _, n := range s.Nodes {
			total += n.Received()
		}
		p := s.Committee().Params()
		size, err := p.SymbolSize(uint64(len(blob)))
		if err != nil {
			t.Fatal(err)
		}
		once := int64(p.Shards() * (p.SliverBCSSize(codec.Primary, size) + p.SliverBCSSize(codec.Secondary, size)))
		if res.Weight != 100 || total != once {
			t.Errorf("%d shards confirmed; nodes received %d bytes, all slivers have %d", res.Weight, total, once)
		}
		get(t, c, res.Blob, blob, GetOptions{})
	})
}

// What is stored already costs a question and a confirmation a node.
func TestPutAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(10, 10)...)
		blob := sample(50_000, 1)
		c := newClient(t, s, Limits{})
		first := put(t, c, blob)
		before := 0
		for _, n := range s.Nodes {
			before += n.Requests()
		}
		again := put(t, c, blob)
		after := 0
		for _, n := range s.Nodes {
			after += n.Requests()
		}
		if again.Blob != first.Blob || again.Weight != 100 || again.Sent != 0 || after-before != 20 {
			t.Errorf("blob %s, then %s; %d shards, %d bytes, %d requests", first.Blob, again.Blob, again.Weight, again.Sent, after-before)
		}
		for _, m := range again.Members {
			if m.Held != 20 || m.Slivers != 0 || !m.Done {
				t.Errorf("%+v", m)
			}
		}
	})
}

// A slow member does not hold up a put that has a quorum without it, and is reported.
func TestPutStraggler(t *testing.T) {
	for _, tc := range []struct {
		name  string
		rate  float64
		grace time.Duration
		done  bool
	}{
		// Slivers of 0.35 MB each; a good node takes them in a fraction of a second.
		{"a little slower", simnet.Rate / 3, 100 * time.Millisecond, true},
		{"much slower", 150 << 10, time.Second, false},
		{"much slower, but within the grace", 150 << 10, 10 * time.Second, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := simnet.New(t, simnet.Even(7, 1)...)
				s.Set(simnet.Fault{Rate: tc.rate}, 2)
				blob := sample(900_000, 1)
				start := time.Now()
				res := put(t, newClient(t, s, Limits{Grace: tc.grace}), blob)
				took := time.Since(start)
				m := res.Members[2]
				if m.Done != tc.done || !tc.done && (m.Cause != CauseBehind || res.Weight != 6) {
					t.Errorf("done %v, cause %s (%s), weight %d", m.Done, m.Cause, m.Problem, res.Weight)
				}
				if !tc.done && took > 4*time.Second {
					t.Errorf("took %s", took)
				}
				get(t, newClient(t, s, Limits{}), res.Blob, blob, GetOptions{})
			})
		})
	}
}

// Members that are needed are waited for, however slow they are.
func TestPutWaitsForTheNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(7, 1)...)
		s.Set(simnet.Fault{Dead: true}, 0, 1)
		s.Set(simnet.Fault{Rate: 140 << 10}, 2)
		blob := sample(900_000, 1)
		if res := put(t, newClient(t, s, Limits{Grace: time.Millisecond}), blob); res.Weight != 5 || !res.Members[2].Done {
			t.Errorf("weight %d: %+v", res.Weight, res.Members[2])
		}
	})
}

func TestPutInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(20, 5)...)
		blob := sample(400_000, 1)
		const limit = 32 << 10
		put(t, newClient(t, s, Limits{InFlight: limit}), blob)
		if s.Peak() > limit || s.Peak() < limit/2 {
			t.Errorf("%d bytes in flight, limit %d", s.Peak(), limit)
		}
	})
}

// changing is a source that gives other bytes the second time.
type changing struct {
	blob []byte
	left atomic.Int64
}

func (c *changing) ReadAt(p []byte, off int64) (int, error) {
	n := copy(p, c.blob[off:])
	if c.left.Add(-int64(n)) < 0 && n > 0 {
		p[0]++
	}
	return n, nil
}

func TestPutBadSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(4, 1)...)
		c := newClient(t, s, Limits{})
		ctx := context.Background()
		blob := sample(5000, 1)
		// The codec may have kept a small source from its first pass: then nothing has changed for it.
		src := &changing{blob: blob}
		src.left.Store(5000)
		res, err := store(ctx, c, src, 5000, UploadOptions{})
		if err == nil {
			get(t, c, res.Blob, blob, GetOptions{})
		} else if !errors.Is(err, codec.ErrSourceChanged) {
			t.Errorf("a changing source: %v", err)
		}
		if _, err := store(ctx, c, bytes.NewReader(blob), 5001, UploadOptions{}); err == nil || errors.Is(err, ErrUnavailable) {
			t.Errorf("a short source: %v", err)
		}
		tooLarge := int64(s.Committee().Params().MaxBlobSize()) + 1 //nolint:gosec // small
		if _, err := store(ctx, c, bytes.NewReader(blob), tooLarge, UploadOptions{}); !errors.Is(err, codec.ErrTooLarge) {
			t.Errorf("a large source: %v", err)
		}
		if _, err := store(ctx, c, bytes.NewReader(blob), -1, UploadOptions{}); !errors.Is(err, codec.ErrInvalid) {
			t.Errorf("a negative size: %v", err)
		}
		for _, n := range s.Nodes {
			n.Each(func(m *codec.Metadata, sl *codec.Sliver) {
				if err := s.Codec.VerifySliver(m, sl); err != nil {
					t.Error(err)
				}
			})
		}
	})
}
