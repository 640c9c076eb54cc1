package codec

import (
	"context"
	"fmt"
	"io"
	"sync"
)

// Check says how far Decoder.Finish makes sure that all readers of the blob see the same bytes, whichever slivers they
// decode from. Every sliver was verified anyway; these checks find writers that committed to an inconsistent encoding.
type Check uint8

const (
	// Default recomputes the hashes of the systematic primary slivers from the decoded blob and compares them with the
	// metadata, except those of slivers it was decoded from.
	Default Check = iota
	// Strict encodes the whole blob again and compares its id.
	Strict
	// Skip checks nothing.
	Skip
)

// String returns "default", "strict" or "skip".
func (k Check) String() string {
	switch k {
	case Default:
		return "default"
	case Strict:
		return "strict"
	case Skip:
		return "skip"
	default:
		return fmt.Sprintf("check(%d)", uint8(k))
	}
}

// ParseCheck reads "default", "strict" or "skip".
func ParseCheck(s string) (Check, error) {
	for _, k := range []Check{Default, Strict, Skip} {
		if s == k.String() {
			return k, nil
		}
	}
	return 0, fmt.Errorf("%w: consistency check %.20q: use \"default\", \"strict\" or \"skip\"", ErrInvalid, s)
}

// Output is where a Decoder spools slivers and leaves the blob. An *os.File opened for reading and writing is one, and so
// is a Buffer.
type Output interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
}

// Decoder restores a blob from slivers of one axis.
type Decoder struct {
	c    *Codec
	m    *Metadata
	axis Axis
	size int
	out  Output

	mu   sync.Mutex
	have map[int][]byte
}

// NewDecoder returns a decoder that restores the blob of m, which the caller has matched with the blob id, into out, from
// slivers of the axis. What out held before is lost.
func (c *Codec) NewDecoder(m *Metadata, a Axis, out Output) (*Decoder, error) {
	size, err := c.symbolSize(m)
	if err != nil {
		return nil, err
	}
	if !a.Valid() {
		return nil, fmt.Errorf("%w: %s", ErrInvalid, a)
	}
	return &Decoder{c: c, m: m, axis: a, size: size, out: out, have: map[int][]byte{}}, nil
}

// Add verifies a sliver and takes it. A duplicate, or one more than needed, is no error. Safe for concurrent use.
func (d *Decoder) Add(ctx context.Context, s *Sliver) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.c.VerifySliver(d.m, s); err != nil {
		return err
	}
	return d.AddVerified(ctx, s)
}

// AddVerified takes a sliver that the caller has verified with VerifySliver. Safe for concurrent use.
func (d *Decoder) AddVerified(ctx context.Context, s *Sliver) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.c.checkShape(d.m, s); err != nil {
		return err
	}
	if s.Axis != d.axis {
		return fmt.Errorf("%w: a %s sliver for a decoder of %s ones", ErrInvalid, s.Axis, d.axis)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.have[s.Index]; !ok && len(d.have) < d.c.p.SourceSlivers(d.axis) {
		d.have[s.Index] = append([]byte{}, s.Data...)
	}
	return nil
}

// Need returns how many more distinct slivers the decoder needs.
func (d *Decoder) Need() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.c.p.SourceSlivers(d.axis) - len(d.have)
}

// Finish decodes the blob into the output and makes the check. ErrNotEnough: slivers are missing, more may be added.
// ErrInconsistent: the check failed, and the output holds nothing of use.
func (d *Decoder) Finish(ctx context.Context, check Check) error {
	if need := d.Need(); need > 0 {
		return fmt.Errorf("%w: %d more %s slivers", ErrNotEnough, need, d.axis)
	}
	p, s := d.c.p, d.size
	k, other := p.SourceSlivers(d.axis), p.SliverSymbols(d.axis)
	matrix := make([]byte, p.Rows()*p.Cols()*s)
	put := func(i, j int, sym []byte) {
		if d.axis == Secondary {
			i, j = j, i
		}
		copy(matrix[(i*p.Cols()+j)*s:], sym)
	}
	if err := d.c.parallel(ctx, other, func(j int) error {
		syms := make([]RecoverySymbol, 0, k)
		for i, data := range d.have {
			syms = append(syms, RecoverySymbol{Index: i, Data: data[j*s:][:s]})
		}
		sl, err := d.c.restore(d.m, d.axis.Orthogonal(), j, syms)
		if err != nil {
			return err
		}
		for i := range k {
			put(i, j, sl.Data[i*s:][:s])
		}
		return nil
	}); err != nil {
		return err
	}
	if err := d.out.Truncate(0); err != nil {
		return err
	}
	if _, err := d.out.WriteAt(matrix[:d.m.Length], 0); err != nil {
		return err
	}
	if check == Skip {
		return nil
	}
	e, err := d.c.Prepare(ctx, d.out, int64(d.m.Length)) //nolint:gosec // bounded by MaxBlobSize
	if err != nil {
		return err
	}
	if e.id != d.m.BlobID() {
		return fmt.Errorf("blob %s: %w: the decoded bytes give another blob", d.m.BlobID(), ErrInconsistent)
	}
	return nil
}
