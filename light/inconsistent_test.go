package light

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light/internal/simnet"
)

// inconsistent stores a blob of a writer who commits, in place of one primary sliver, to a sliver of another blob.
func inconsistent(t *testing.T, s *simnet.Net, blob, other []byte, index int) codec.BlobID {
	t.Helper()
	ctx := context.Background()
	pairs, m, _, err := s.Codec.EncodeBytes(ctx, blob)
	if err != nil {
		t.Fatal(err)
	}
	foreign, fm, _, err := s.Codec.EncodeBytes(ctx, other)
	if err != nil {
		t.Fatal(err)
	}
	pairs[index].Primary = foreign[index].Primary
	m.Hashes[index].Primary = fm.Hashes[index].Primary
	id := m.BlobID()
	s.Place(id, m, pairs)
	return id
}

// A blob that its writer encoded wrongly is refused, from whichever slivers it is decoded, and nobody is punished.
func TestInconsistentBlob(t *testing.T) {
	for _, n := range []int{4, 7, 10} {
		synctest.Test(t, func(t *testing.T) {
			s := simnet.New(t, simnet.Even(n, 1)...)
			blob, other := sample(5000, 1), sample(5000, 2)
			for _, index := range []int{0, n - 1} {
				id := inconsistent(t, s, blob, other, index)
				c := newClient(t, s, Limits{})
				for _, a := range []codec.Axis{codec.Primary, codec.Secondary} {
					for range 5 {
						_, err := c.Get(context.Background(), id, codec.NewBuffer(), GetOptions{Axes: []codec.Axis{a}, Check: codec.Strict})
						if !errors.Is(err, codec.ErrInconsistent) {
							t.Errorf("n %d, %s slivers, wrong sliver %d: %v", n, a, index, err)
						}
					}
				}
				for i := range s.Nodes {
					p := s.Committee().Member(i).PeerID
					if r := c.book.records[p]; r != nil && (!r.lied.IsZero() || r.failures > 0) {
						t.Errorf("node %d was punished: %+v", i, r)
					}
				}
			}
		})
	}
}
