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
)

func TestPutThenGet(t *testing.T) {
	for _, tc := range []struct {
		name    string
		weights []int
		size    int
		large   bool
	}{
		{"4 nodes, empty blob", even(4, 1), 0, false},
		{"4 nodes, 1 byte", even(4, 1), 1, false},
		{"7 nodes", even(7, 1), 5000, false},
		{"10 nodes of 10 shards", even(10, 10), 200_000, false},
		{"100 nodes", even(100, 1), 30_000, false},
		{"uneven weights", []int{33, 1, 20, 6, 10, 30}, 70_000, false},
		{"100 nodes of 10 shards", even(100, 10), 1_000_000, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.large && (raceEnabled || testing.Short()) {
				t.Skip("a thousand shards take too long")
			}
			synctest.Test(t, func(t *testing.T) {
				s := newSim(t, tc.weights...)
				c := s.client(t, Limits{})
				blob := sample(tc.size, 1)
				res, err := c.Put(context.Background(), bytes.NewReader(blob), int64(len(blob)), PutOptions{})
				if err != nil {
					t.Fatal(err)
				}
				if err := s.com.VerifyCertificate(res.Certificate); err != nil {
					t.Error(err)
				}
				n := s.com.Params().Shards()
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
				if got.Axis != codec.Primary || got.Slivers != s.com.Params().Rows() {
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
		fault fault
		cause Cause
	}{
		{"dead", fault{dead: true}, CauseUnreachable},
		{"black hole", fault{blackhole: true}, CauseUnreachable},
		{"silent", fault{silent: true}, CauseSilent},
		{"full", fault{full: true}, CauseFull},
		{"other epoch", fault{epoch: true}, CauseEpoch},
		{"forger", fault{forger: true}, CauseLied},
		{"forgetful", fault{forgetful: true}, CauseMissing},
		{"endlessly busy", fault{busy: 1 << 30}, CauseBusy},
		{"endlessly flaky", fault{flaky: 1 << 30}, CauseUnreachable},
	} {
		for _, weights := range [][]int{even(4, 1), even(7, 1), even(10, 10), {20, 14, 33, 33}} {
			t.Run(tc.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newSim(t, weights...)
					c := s.client(t, Limits{})
					blob := sample(3000, 2)
					bad := atMost(weights, s.com.Params().Faulty())
					s.set(tc.fault, bad...)
					start := time.Now()
					res, err := c.Put(context.Background(), bytes.NewReader(blob), int64(len(blob)), PutOptions{})
					if err != nil {
						t.Fatalf("with %v at fault: %v", bad, err)
					}
					if d := time.Since(start); d > 4*defaultGrace {
						t.Errorf("the put took %s", d)
					}
					if err := s.com.VerifyCertificate(res.Certificate); err != nil {
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

					more := atLeast(weights, s.com.Params().Faulty()+1)
					s.set(tc.fault, more...)
					blob = sample(3000, 3)
					_, err = c.Put(context.Background(), bytes.NewReader(blob), int64(len(blob)), PutOptions{})
					var short *UnavailableError
					if !errors.As(err, &short) || !errors.Is(err, ErrUnavailable) {
						t.Fatalf("with %v at fault: %v", more, err)
					}
					t.Log(err)
					lost := 0
					for _, i := range more {
						lost += weights[i]
					}
					if n := s.com.Params().Shards(); short.Need != s.com.QuorumWeight() || short.Total != n || short.Have > n-lost {
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

func put(t *testing.T, c *Client, blob []byte) *PutResult {
	t.Helper()
	res, err := c.Put(context.Background(), bytes.NewReader(blob), int64(len(blob)), PutOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// Passing trouble costs time, not confirmations.
func TestPutRetries(t *testing.T) {
	for _, f := range []fault{{busy: 3}, {flaky: 2}} {
		synctest.Test(t, func(t *testing.T) {
			s := newSim(t, even(7, 1)...)
			s.set(f, 0, 1, 2, 3, 4, 5, 6)
			if res := put(t, s.client(t, Limits{}), sample(3000, 1)); res.Weight != 7 {
				t.Errorf("%+v: %d of 7 confirmed", f, res.Weight)
			}
		})
	}
}

// A node that is down for longer than the retries of a request is there in the next round, and only what is missing is sent.
func TestPutRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, even(10, 1)...)
		down := last(10, 4)
		s.set(fault{dead: true}, down...)
		time.AfterFunc(4*time.Second, func() { s.set(fault{}, down...) })
		blob := sample(20_000, 1)
		if res := put(t, s.client(t, Limits{}), blob); res.Weight != 10 {
			t.Errorf("%d of 10 confirmed", res.Weight)
		}
	})
}

// A node that breaks down in the middle of a put is missed only if it is needed; another put goes on where this one ended.
func TestPutBreakdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, even(10, 10)...)
		blob := sample(1_000_000, 1)
		c := s.client(t, Limits{})
		time.AfterFunc(150*time.Millisecond, func() { s.set(fault{dead: true}, last(10, 4)...) })
		_, err := c.Put(context.Background(), bytes.NewReader(blob), int64(len(blob)), PutOptions{})
		if !errors.Is(err, ErrUnavailable) {
			t.Fatal(err)
		}
		var before int64
		for _, n := range s.nodes {
			before += n.received
		}
		if before == 0 {
			t.Error("the put failed before it began")
		}
		s.set(fault{}, last(10, 4)...)
		res := put(t, c, blob)
		var total int64
		for _, n := range s.nodes {
			total += n.received
		}
		p := s.com.Params()
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
		s := newSim(t, even(10, 10)...)
		blob := sample(50_000, 1)
		c := s.client(t, Limits{})
		first := put(t, c, blob)
		before := 0
		for _, n := range s.nodes {
			before += n.requests
		}
		again := put(t, c, blob)
		after := 0
		for _, n := range s.nodes {
			after += n.requests
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
		{"a little slower", simRate / 3, 100 * time.Millisecond, true},
		{"much slower", 150 << 10, time.Second, false},
		{"much slower, but within the grace", 150 << 10, 10 * time.Second, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSim(t, even(7, 1)...)
				s.set(fault{rate: tc.rate}, 2)
				blob := sample(900_000, 1)
				start := time.Now()
				res := put(t, s.client(t, Limits{Grace: tc.grace}), blob)
				took := time.Since(start)
				m := res.Members[2]
				if m.Done != tc.done || !tc.done && (m.Cause != CauseBehind || res.Weight != 6) {
					t.Errorf("done %v, cause %s (%s), weight %d", m.Done, m.Cause, m.Problem, res.Weight)
				}
				if !tc.done && took > 4*time.Second {
					t.Errorf("took %s", took)
				}
				get(t, s.client(t, Limits{}), res.Blob, blob, GetOptions{})
			})
		})
	}
}

// Members that are needed are waited for, however slow they are.
func TestPutWaitsForTheNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, even(7, 1)...)
		s.set(fault{dead: true}, 0, 1)
		s.set(fault{rate: 140 << 10}, 2)
		blob := sample(900_000, 1)
		if res := put(t, s.client(t, Limits{Grace: time.Millisecond}), blob); res.Weight != 5 || !res.Members[2].Done {
			t.Errorf("weight %d: %+v", res.Weight, res.Members[2])
		}
	})
}

func TestPutInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, even(20, 5)...)
		blob := sample(400_000, 1)
		const limit = 32 << 10
		put(t, s.client(t, Limits{InFlight: limit}), blob)
		if s.peak > limit || s.peak < limit/2 {
			t.Errorf("%d bytes in flight, limit %d", s.peak, limit)
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
		s := newSim(t, even(4, 1)...)
		c := s.client(t, Limits{})
		ctx := context.Background()
		blob := sample(5000, 1)
		// The codec may have kept a small source from its first pass: then nothing has changed for it.
		src := &changing{blob: blob}
		src.left.Store(5000)
		res, err := c.Put(ctx, src, 5000, PutOptions{})
		if err == nil {
			get(t, c, res.Blob, blob, GetOptions{})
		} else if !errors.Is(err, codec.ErrSourceChanged) {
			t.Errorf("a changing source: %v", err)
		}
		if _, err := c.Put(ctx, bytes.NewReader(blob), 5001, PutOptions{}); err == nil || errors.Is(err, ErrUnavailable) {
			t.Errorf("a short source: %v", err)
		}
		tooLarge := int64(s.com.Params().MaxBlobSize()) + 1 //nolint:gosec // small
		if _, err := c.Put(ctx, bytes.NewReader(blob), tooLarge, PutOptions{}); !errors.Is(err, codec.ErrTooLarge) {
			t.Errorf("a large source: %v", err)
		}
		if _, err := c.Put(ctx, bytes.NewReader(blob), -1, PutOptions{}); !errors.Is(err, codec.ErrInvalid) {
			t.Errorf("a negative size: %v", err)
		}
		for _, n := range s.nodes {
			for ref, sl := range n.slivers {
				if err := s.codec.VerifySliver(n.metadata[ref.Blob], sl); err != nil {
					t.Error(err)
				}
			}
		}
	})
}
