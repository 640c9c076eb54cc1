package light

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light/internal/simnet"
)

// get reads a blob and compares it.
func get(t *testing.T, c *Client, id codec.BlobID, want []byte, opts GetOptions) *GetResult {
	t.Helper()
	out := codec.NewBuffer()
	res, err := c.Get(context.Background(), id, out, opts)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Fatal("the blob came back changed")
	}
	if res.Size != uint64(len(want)) {
		t.Errorf("size %d, want %d", res.Size, len(want))
	}
	return res
}

// TestGetFaults reads with exactly as many shards at fault as may be on each axis, and with one more.
func TestGetFaults(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fault simnet.Fault
		cause Cause
	}{
		{"dead", simnet.Fault{Dead: true}, CauseUnreachable},
		{"black hole", simnet.Fault{Blackhole: true}, CauseUnreachable},
		{"silent", simnet.Fault{Silent: true}, CauseSilent},
		{"endless", simnet.Fault{Endless: true}, CauseSilent},
		{"lying", simnet.Fault{Lying: true}, CauseLied},
		{"forgetful", simnet.Fault{Forgetful: true}, CauseMissing},
		{"endlessly busy", simnet.Fault{Busy: 1 << 30}, CauseBusy},
		{"endlessly flaky", simnet.Fault{Flaky: 1 << 30}, CauseUnreachable},
	} {
		for _, weights := range [][]int{simnet.Even(4, 1), simnet.Even(7, 1), simnet.Even(10, 10), simnet.Even(100, 1), {20, 14, 33, 33}} {
			for _, axis := range []codec.Axis{codec.Primary, codec.Secondary} {
				t.Run(fmt.Sprintf("%s/%d nodes/%s", tc.name, len(weights), axis), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						s := simnet.New(t, weights...)
						blob := sample(9000, 4)
						id := s.Load(blob)
						n := s.Committee().Params().Shards()
						spare := n - s.Committee().Params().SourceSlivers(axis)
						bad := atMost(weights, spare)
						s.Set(tc.fault, bad...)
						c := newClient(t, s, Limits{})
						start := time.Now()
						res := get(t, c, id, blob, GetOptions{Axes: []codec.Axis{axis}})
						if res.Axis != axis {
							t.Errorf("decoded from %s slivers", res.Axis)
						}
						if d := time.Since(start); d > 8*time.Second {
							t.Errorf("the get took %s", d)
						}
						for _, i := range bad {
							if got, asked := causes(res.Members)[i]; asked && got != tc.cause && got != CauseNone {
								t.Errorf("member %d: %s, want %s", i, got, tc.cause)
							}
						}

						more := atLeast(weights, spare+1)
						s.Set(tc.fault, more...)
						_, err := c.Get(context.Background(), id, codec.NewBuffer(), GetOptions{Axes: []codec.Axis{axis}})
						var short *UnavailableError
						if !errors.As(err, &short) || !errors.Is(err, ErrUnavailable) {
							t.Fatalf("with %v at fault: %v", more, err)
						}
						t.Log(err)
						lost := 0
						for _, i := range more {
							lost += weights[i]
						}
						if short.What == "metadata" {
							if short.Need != 1 || lost < n {
								t.Errorf("no metadata although %d of %d shards are lost", lost, n)
							}
							return
						}
						if tc.cause == CauseMissing {
							// The get ends as soon as it is clear that too many do not have it.
							if len(short.Reasons) != 1 || short.Reasons[0].Cause != CauseMissing || short.Reasons[0].Shards+short.Have != n || short.Have >= short.Need {
								t.Errorf("have %d of %d, reasons %+v", short.Have, short.Need, short.Reasons)
							}
							return
						}
						if short.Need != n-spare || short.Have != n-lost || short.Total != n {
							t.Errorf("need %d, have %d of %d, want %d, %d of %d", short.Need, short.Have, short.Total, n-spare, n-lost, n)
						}
						if len(short.Reasons) != 1 || short.Reasons[0].Cause != tc.cause || short.Reasons[0].Shards != lost {
							t.Errorf("reasons %+v, want %d shards: %s", short.Reasons, lost, tc.cause)
						}
					})
				})
			}
		}
	}
}

func TestGetNotFound(t *testing.T) {
	for _, tc := range []struct {
		name string
		dead int
		want error
	}{
		{"all answer", 0, ErrNotFound},
		{"a validity quorum answers", 6, ErrNotFound},
		{"fewer answer", 7, ErrUnavailable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := simnet.New(t, simnet.Even(10, 1)...)
				s.Set(simnet.Fault{Silent: true}, last(10, tc.dead)...)
				_, err := newClient(t, s, Limits{}).Get(context.Background(), codec.BlobID{1}, codec.NewBuffer(), GetOptions{})
				if !errors.Is(err, tc.want) {
					t.Errorf("got %v, want %v", err, tc.want)
				}
			})
		})
	}
}

// One node that knows the blob is enough for its metadata, whatever the others say.
func TestGetMetadataFromTheLastNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(10, 1)...)
		blob := sample(100, 1)
		id := s.Load(blob)
		for i := range 3 {
			s.Nodes[i].ForgetMetadata(id)
		}
		s.Set(simnet.Fault{Silent: true}, 3, 4, 5)
		get(t, newClient(t, s, Limits{}), id, blob, GetOptions{})
	})
}

// A silent node costs a get no more than the time after which another is asked in its place.
func TestHedging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(10, 1)...)
		blob := sample(50_000, 1)
		id := s.Load(blob)
		start := time.Now()
		get(t, newClient(t, s, Limits{}), id, blob, GetOptions{})
		good := time.Since(start)

		s.Set(simnet.Fault{Endless: true}, 0, 1, 2)
		start = time.Now()
		get(t, newClient(t, s, Limits{}), id, blob, GetOptions{})
		if d := time.Since(start) - good; d > hedgeFirst+time.Second {
			t.Errorf("three endless nodes cost %s", d)
		}
	})
}

// A get that finds a node silent asks others first from then on.
func TestPeerRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(10, 1)...)
		blob := sample(50_000, 1)
		id := s.Load(blob)
		s.Set(simnet.Fault{Lying: true}, 0, 1, 2)
		c := newClient(t, s, Limits{})
		for range 5 {
			get(t, c, id, blob, GetOptions{})
		}
		before := s.Nodes[0].Requests() + s.Nodes[1].Requests() + s.Nodes[2].Requests()
		for range 20 {
			get(t, c, id, blob, GetOptions{})
		}
		if after := s.Nodes[0].Requests() + s.Nodes[1].Requests() + s.Nodes[2].Requests(); after != before {
			t.Errorf("known liars were asked %d times", after-before)
		}
	})
}

// Secondary slivers are used when primary ones do not suffice, and only if they may.
func TestAxisFallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(10, 1)...)
		blob := sample(5000, 1)
		id := s.Load(blob)
		c := newClient(t, s, Limits{})
		s.Set(simnet.Fault{NoPrimary: true}, last(10, 7)...)
		if res := get(t, c, id, blob, GetOptions{}); res.Axis != codec.Secondary {
			t.Errorf("decoded from %s slivers", res.Axis)
		}
		_, err := c.Get(context.Background(), id, codec.NewBuffer(), GetOptions{Axes: []codec.Axis{codec.Primary}})
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		s.Set(simnet.Fault{Dead: true}, last(10, 4)...)
		var short *UnavailableError
		if _, err = c.Get(context.Background(), id, codec.NewBuffer(), GetOptions{}); !errors.As(err, &short) {
			t.Fatal(err)
		}
		if short.What != "primary slivers" || short.Have != 3 {
			t.Errorf("%+v", short)
		}
	})
}

// The bytes in flight stay within their bound, also when nodes hold them for ever.
func TestGetInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(20, 5)...)
		blob := sample(400_000, 1)
		id := s.Load(blob)
		s.Set(simnet.Fault{Endless: true}, last(20, 6)...)
		const limit = 64 << 10
		get(t, newClient(t, s, Limits{InFlight: limit}), id, blob, GetOptions{})
		if s.Peak() > limit {
			t.Errorf("%d bytes in flight, limit %d", s.Peak(), limit)
		}
	})
}

func TestGetFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(4, 1)...)
		blob := sample(5000, 1)
		id := s.Load(blob)
		c := newClient(t, s, Limits{})
		dir := t.TempDir()
		path := filepath.Join(dir, "blob")
		if _, err := c.GetFile(context.Background(), id, path, GetOptions{}); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, blob) {
			t.Errorf("read back %d bytes, %v", len(got), err)
		}
		if _, err := c.GetFile(context.Background(), codec.BlobID{1}, path, GetOptions{}); !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v", err)
		}
		if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
			t.Errorf("the directory has %v, %v", list, err)
		}
	})
}

// A cancelled get ends at once, whatever its nodes do.
func TestCancel(t *testing.T) {
	for _, f := range []simnet.Fault{{Silent: true}, {Blackhole: true}, {Endless: true}, {Busy: 1 << 30}} {
		synctest.Test(t, func(t *testing.T) {
			s := simnet.New(t, simnet.Even(7, 1)...)
			blob := sample(5000, 1)
			id := s.Load(blob)
			s.Set(f, 0, 1, 2, 3, 4, 5)
			c := newClient(t, s, Limits{})
			ctx, cancel := context.WithTimeout(context.Background(), 700*time.Millisecond)
			defer cancel()
			start := time.Now()
			if _, err := c.Get(ctx, id, codec.NewBuffer(), GetOptions{}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("get: %v", err)
			}
			if _, err := store(ctx, c, bytes.NewReader(blob), int64(len(blob)), UploadOptions{}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("put: %v", err)
			}
			if d := time.Since(start); d > 700*time.Millisecond {
				t.Errorf("took %s", d)
			}

			done := make(chan error)
			go func() {
				_, err := c.Get(context.Background(), id, codec.NewBuffer(), GetOptions{})
				done <- err
			}()
			synctest.Wait()
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			if err := <-done; !errors.Is(err, ErrClosed) {
				t.Errorf("after Close: %v", err)
			}
			if _, err := c.Status(context.Background(), id, StatusOptions{}); !errors.Is(err, ErrClosed) {
				t.Errorf("after Close: %v", err)
			}
		})
	}
}
