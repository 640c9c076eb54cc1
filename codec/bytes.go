package codec

import (
	"bytes"
	"context"
)

// SliverPair is the two slivers that one shard holds.
type SliverPair struct {
	Primary, Secondary Sliver
}

// EncodeBytes encodes a small blob at once: its sliver pairs in pair order, metadata and id. The slivers take n(P+S)s
// bytes (Params.EncodedSize, less the metadata), whatever the memory budget is; large blobs go through Prepare.
func (c *Codec) EncodeBytes(ctx context.Context, blob []byte) ([]SliverPair, *Metadata, BlobID, error) {
	e, err := c.newEncoding(bytes.NewReader(blob), int64(len(blob)))
	if err != nil {
		return nil, nil, BlobID{}, err
	}
	e.geo.keep = keepExpansion // whatever the budget is: the result is larger
	g, p := e.geo, c.p
	e.rows = make([]byte, p.n*g.rowBytes())
	if err := e.firstPass(ctx); err != nil {
		return nil, nil, BlobID{}, err
	}
	rows := e.rows
	defer e.Close()

	columns := make([]byte, p.n*g.colBytes())
	list := make([]int, p.n)
	for i := range list {
		list[i] = i
	}
	second := secondPass{Encoding: e, workers: c.workers}
	if err := second.sourceColumns(ctx, list[:p.Cols()], columns); err != nil {
		return nil, nil, BlobID{}, err
	}
	if err := second.recoveryColumns(ctx, list[p.Cols():], columns[p.Cols()*g.colBytes():]); err != nil {
		return nil, nil, BlobID{}, err
	}

	pairs := make([]SliverPair, p.n)
	for i := range p.n {
		j := p.SliverIndex(i, Secondary)
		row, column := rows[i*g.rowBytes():][:g.rowBytes():g.rowBytes()], columns[j*g.colBytes():][:g.colBytes():g.colBytes()]
		pairs[i] = SliverPair{
			Primary:   Sliver{Axis: Primary, Index: i, SymbolSize: g.s, Data: row},
			Secondary: Sliver{Axis: Secondary, Index: j, SymbolSize: g.s, Data: column},
		}
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
	for need := d.Need(); need > 0 && len(slivers) > 0; need = d.Need() {
		batch := slivers[:min(need, len(slivers))]
		slivers = slivers[len(batch):]
		if err := c.parallel(ctx, c.workers, len(batch), func(_ worker, i int) error {
			return d.Add(ctx, &batch[i])
		}); err != nil {
			return nil, err
		}
	}
	if err := d.Finish(ctx, check); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
