package codec

import (
	"context"
	"fmt"
	"io"
	"sync"
)

// Output is where a Decoder spools slivers and leaves the blob. An *os.File opened for reading and writing is one, and so
// is a Buffer. Reads and writes of distinct ranges may be concurrent.
type Output interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
}

// Decoder restores a blob from slivers of one axis. What it takes goes to the output at once: primary slivers into the
// rows of the message matrix, where the systematic ones belong, and recovery ones in place of those that are missing;
// secondary slivers behind the matrix, so that the output grows to about twice the blob. Memory stays within the codec's
// budget.
type Decoder struct {
	c    *Codec
	m    *Metadata
	axis Axis
	geo  geometry
	out  Output

	mu     sync.Mutex
	slots  []int  // sliver index by slot; free, or reserved for a sliver that is being written
	known  []bool // by sliver index: has a slot
	stored int
	closed bool
}

const slotFree = -1

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
	d := &Decoder{c: c, m: m, axis: a, geo: newGeometry(c.p, size, c.budget, c.workers), out: out}
	d.slots = make([]int, c.p.SourceSlivers(a))
	for i := range d.slots {
		d.slots[i] = slotFree
	}
	d.known = make([]bool, c.p.n)
	if err := out.Truncate(d.slotOffset(len(d.slots))); err != nil {
		return nil, fmt.Errorf("decoder output: %w", err)
	}
	return d, nil
}

// slotOffset is where a slot starts in the output.
func (d *Decoder) slotOffset(slot int) int64 {
	at := int64(slot) * int64(d.geo.sliverBytes(d.axis))
	if d.axis == Secondary {
		at += int64(d.geo.matrixBytes())
	}
	return at
}

// Add verifies a sliver and takes it. A duplicate, or one that comes when enough are there, is no error. Errors are those of VerifySliver,
// and of the output. Safe for concurrent use.
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
	slot := d.reserve(s.Index)
	if slot == slotFree {
		return nil
	}
	_, err := d.out.WriteAt(s.Data, d.slotOffset(slot))
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.slots[slot], d.known[s.Index] = slotFree, false
		return fmt.Errorf("spool %s sliver %d: %w", s.Axis, s.Index, err)
	}
	d.stored++
	return nil
}

// reserve returns a slot for a sliver, slotFree if it is not needed.
func (d *Decoder) reserve(index int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || d.known[index] {
		return slotFree
	}
	slot := index
	if slot >= len(d.slots) || d.slots[slot] != slotFree {
		// From the end, because readers ask for the first slivers first: those find their own slots free.
		for slot = len(d.slots) - 1; slot >= 0 && d.slots[slot] != slotFree; slot-- {
		}
	}
	if slot >= 0 {
		d.slots[slot], d.known[index] = index, true
	}
	return slot
}

// Need returns how many more distinct slivers the decoder needs.
func (d *Decoder) Need() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.slots) - d.stored
}

// Finish decodes the blob into the output, makes the check and cuts the output to the blob's length. It must not overlap
// with Add. ErrNotEnough: slivers are missing, more may be added. ErrInconsistent: the check failed. After any other
// result than ErrNotEnough the decoder is used up, and after an error the output holds nothing of use.
func (d *Decoder) Finish(ctx context.Context, check Check) error {
	if check > Skip {
		return fmt.Errorf("%w: %s", ErrInvalid, check)
	}
	d.mu.Lock()
	need, closed := len(d.slots)-d.stored, d.closed
	d.closed = closed || need == 0
	d.mu.Unlock()
	switch {
	case closed:
		return fmt.Errorf("%w: the decoder has finished", ErrInvalid)
	case need > 0:
		return fmt.Errorf("%w: %d more %s slivers of %d", ErrNotEnough, need, d.axis, len(d.slots))
	}
	if err := d.decode(ctx); err != nil {
		return err
	}
	if check != Skip {
		if err := d.check(ctx, check); err != nil {
			return err
		}
	}
	if err := d.out.Truncate(int64(d.m.Length)); err != nil {
		return fmt.Errorf("decoder output: %w", err)
	}
	return nil
}
