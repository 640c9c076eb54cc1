package codec

import (
	"bytes"
	"context"
)

// SliverPair is the two slivers that one shard holds.
type SliverPair struct {
	Primary, Secondary Sliver
}

// EncodeBytes encodes a small blob at once: its sliver pairs in pair order, metadata and id. Everything is in memory,
// about n(P+S)s bytes (Params.EncodedSize); large blobs go through Prepare.
func (c *Codec) EncodeBytes(ctx context.Context, blob []byte) ([]SliverPair, *Metadata, BlobID, error) {
	e, err := c.Prepare(ctx, bytes.NewReader(blob), int64(len(blob)))
	if err != nil {
		return nil, nil, BlobID{}, err
	}
	defer e.Close()
	pairs := make([]SliverPair, c.p.n)
	err = e.Slivers(ctx, nil, func(_ context.Context, batch []Sliver) error {
		for _, s := range batch {
			s.Data = bytes.Clone(s.Data)
			pair := &pairs[c.p.PairIndex(s.Index, s.Axis)]
			if s.Axis == Primary {
				pair.Primary = s
			} else {
				pair.Secondary = s
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, BlobID{}, err
	}
	return pairs, e.Metadata(), e.BlobID(), nil
}

// DecodeBytes verifies slivers, all of one axis, and decodes a small blob from them. More slivers than needed are ignored.
func (c *Codec) DecodeBytes(ctx context.Context, m *Metadata, slivers []Sliver, check Check) ([]byte, error) {
	axis := Primary
	if len(slivers) > 0 {
		axis = slivers[0].Axis
	}
	out := NewBuffer()
	d, err := c.NewDecoder(m, axis, out)
	if err != nil {
		return nil, err
	}
	for i := range slivers {
		if d.Need() == 0 {
			break
		}
		if err := d.Add(ctx, &slivers[i]); err != nil {
			return nil, err
		}
	}
	if err := d.Finish(ctx, check); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
