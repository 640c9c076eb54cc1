package light

import (
	"bytes"
	"context"
	"errors"
	"slices"
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
	}{
		{"4 nodes, empty blob", even(4, 1), 0},
		{"4 nodes, 1 byte", even(4, 1), 1},
		{"7 nodes", even(7, 1), 5000},
		{"10 nodes of 10 shards", even(10, 10), 200_000},
		{"100 nodes", even(100, 1), 30_000},
		{"uneven weights", []int{33, 1, 20, 6, 10, 30}, 70_000},
	} {
		t.Run(tc.name, func(t *testing.T) {
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
