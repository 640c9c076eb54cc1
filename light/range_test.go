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
)

func TestGetRange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(10, 1)...)
		blob := sample(10_000, 1)
		id := s.Load(blob)
		c := newClient(t, s, Limits{})
		p := s.Committee().Params()
		size, err := p.SymbolSize(uint64(len(blob)))
		if err != nil {
			t.Fatal(err)
		}
		row := int64(size * p.Cols())
		for _, tc := range []struct {
			offset, length int64
			want           []byte
			slivers        int
		}{
			{0, 1, blob[:1], 1},
			{0, row, blob[:row], 1},
			{row - 1, 2, blob[row-1 : row+1], 2},
			{row, row, blob[row : 2*row], 1},
			{0, -1, blob, 4},
			{9_999, 1, blob[9_999:], 1},
			{9_999, 1 << 62, blob[9_999:], 1},
			{5, 0, nil, 0},
			{10_000, 1, nil, 0},
		} {
			var out bytes.Buffer
			res, err := c.GetRange(context.Background(), id, tc.offset, tc.length, &out, RangeOptions{})
			if err != nil {
				t.Fatalf("%d+%d: %v", tc.offset, tc.length, err)
			}
			if !bytes.Equal(out.Bytes(), tc.want) || res.Length != int64(len(tc.want)) || res.Size != 10_000 {
				t.Errorf("%d+%d: %d bytes, want %d: %+v", tc.offset, tc.length, out.Len(), len(tc.want), res)
			}
			if res.Slivers != tc.slivers || res.WholeBlobChecked {
				t.Errorf("%d+%d: %d slivers, whole blob checked: %v", tc.offset, tc.length, res.Slivers, res.WholeBlobChecked)
			}
		}
		for _, offset := range []int64{-1, 10_001} {
			if _, err := c.GetRange(context.Background(), id, offset, 1, &bytes.Buffer{}, RangeOptions{}); !errors.Is(err, ErrRange) {
				t.Errorf("offset %d: %v", offset, err)
			}
		}
		if _, err := c.GetRange(context.Background(), codec.BlobID{9}, 0, 1, &bytes.Buffer{}, RangeOptions{}); !errors.Is(err, ErrNotFound) {
			t.Errorf("an unknown blob: %v", err)
		}
	})
}

// When the holder of a systematic sliver fails, whatever its way, the range comes from the decoded blob.
func TestGetRangeFallsBack(t *testing.T) {
	for _, f := range []simnet.Fault{{Dead: true}, {Silent: true}, {Lying: true}, {Forgetful: true}, {Busy: 1 << 30}} {
		synctest.Test(t, func(t *testing.T) {
			s := simnet.New(t, simnet.Even(10, 1)...)
			blob := sample(10_000, 1)
			id := s.Load(blob)
			p := s.Committee().Params()
			// The holder of the third of four rows fails after the first two are written.
			holder := s.Committee().MemberOfShard(p.PairShard(id, 2))
			s.Set(f, holder)
			var out bytes.Buffer
			start := time.Now()
			res, err := newClient(t, s, Limits{InFlight: 1}).GetRange(context.Background(), id, 100, -1, &out, RangeOptions{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(out.Bytes(), blob[100:]) || !res.WholeBlobChecked {
				t.Errorf("%+v: %d bytes, whole blob checked: %v", f, out.Len(), res.WholeBlobChecked)
			}
			if d := time.Since(start); d > 15*time.Second {
				t.Errorf("%+v: took %s", f, d)
			}
			if f.Lying && causes(res.Members)[holder] != CauseLied {
				t.Errorf("the liar is reported as %s", causes(res.Members)[holder])
			}
		})
	}
}

func TestGetRangeUnavailable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(10, 1)...)
		id := s.Load(sample(10_000, 1))
		s.Set(simnet.Fault{Dead: true}, last(10, 7)...)
		_, err := newClient(t, s, Limits{}).GetRange(context.Background(), id, 0, -1, &bytes.Buffer{}, RangeOptions{Dir: t.TempDir()})
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	})
}

type failingWriter struct{}

var errWriter = errors.New("disk full")

func (failingWriter) Write([]byte) (int, error) { return 0, errWriter }

// An error of the writer is not taken for a node's, nor is one of the output of a get.
func TestLocalErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(10, 1)...)
		id := s.Load(sample(10_000, 1))
		c := newClient(t, s, Limits{})
		if _, err := c.GetRange(context.Background(), id, 0, -1, failingWriter{}, RangeOptions{}); !errors.Is(err, errWriter) {
			t.Errorf("range: %v", err)
		}
		if _, err := c.Get(context.Background(), id, failingOutput{codec.NewBuffer()}, GetOptions{}); !errors.Is(err, errWriter) {
			t.Errorf("get: %v", err)
		}
		for _, n := range s.Nodes {
			if cost := c.book.cost(s.Committee().Member(0).PeerID, 0); cost > failureCost.Seconds() {
				t.Errorf("a node was scored down for it: %v, %d requests", cost, n.Requests())
			}
		}
	})
}

type failingOutput struct{ *codec.Buffer }

func (failingOutput) WriteAt([]byte, int64) (int, error) { return 0, errWriter }
