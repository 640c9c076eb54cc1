package codec

import (
	"context"
	"fmt"
	"slices"

	"github.com/floe-network/floe/codec/internal/arena"
	"github.com/floe-network/floe/codec/internal/merkle"
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

// check makes sure that the message matrix in the output is what the metadata commits to.
func (d *Decoder) check(ctx context.Context, kind Check) error {
	if err := d.checkPadding(); err != nil {
		return err
	}
	if kind == Strict {
		return d.checkID(ctx)
	}
	return d.checkRows(ctx)
}

func (d *Decoder) inconsistent(format string, args ...any) error {
	return fmt.Errorf("blob %s: %w: %s", d.m.BlobID(), ErrInconsistent, fmt.Sprintf(format, args...))
}

// checkPadding makes sure that nothing but zeros follows the blob: the blob without its padding is what others encode.
func (d *Decoder) checkPadding() error {
	buf := make([]byte, min(int64(d.geo.matrixBytes())-int64(d.m.Length), blockBytes))
	for at := int64(d.m.Length); at < int64(d.geo.matrixBytes()); at += int64(len(buf)) {
		buf = buf[:min(int64(len(buf)), int64(d.geo.matrixBytes())-at)]
		if err := readFull(d.out, buf, at); err != nil {
			return err
		}
		for i, b := range buf {
			if b != 0 {
				return d.inconsistent("byte %d behind its end is not zero", at+int64(i))
			}
		}
	}
	return nil
}

// checkID encodes the blob again.
func (d *Decoder) checkID(ctx context.Context) error {
	e, err := d.c.newEncoding(d.out, int64(d.m.Length))
	if err != nil {
		return err
	}
	defer e.Close()
	if err := e.firstPass(ctx); err != nil {
		return err
	}
	if e.BlobID() != d.m.BlobID() {
		return d.inconsistent("the decoded bytes are those of blob %s", e.BlobID())
	}
	return nil
}

// checkRows computes the hashes of rows that did not come as verified slivers.
func (d *Decoder) checkRows(ctx context.Context) error {
	g, p := d.geo, d.geo.p
	var rows []int
	for r := range p.Rows() {
		if d.axis == Secondary || !d.known[r] {
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	side := min(g.rowSide, len(rows))
	batches := slices.Collect(slices.Chunk(rows, side))
	symbols, leaves := side*p.n*g.s, p.n*merkle.Size
	workers := d.c.workers
	for workers > 1 && workers*symbols > d.c.budget {
		workers--
	}
	a := d.c.work.Get(workers * (arena.Padded(symbols) + arena.Padded(leaves)))
	defer d.c.work.Put(a)
	mem := make([][2][]byte, workers)
	for i := range mem {
		mem[i] = [2][]byte{a.Take(symbols), a.Take(leaves)}
	}
	return d.c.parallel(ctx, workers, len(batches), func(w worker, unit int) error {
		batch, symbols, leaves := batches[unit], mem[w.index][0], mem[w.index][1]
		row := p.n * g.s
		for i, r := range batch {
			if err := readFull(d.out, symbols[i*row:][:g.rowBytes()], int64(r)*int64(g.rowBytes())); err != nil {
				return err
			}
		}
		in := strided{b: symbols, shard: g.s, symbol: row}
		out := strided{b: symbols[g.rowBytes():], shard: g.s, symbol: row}
		if err := d.c.encode(w.scratch, Primary, g.s, len(batch), in, out, nil); err != nil {
			return err
		}
		for i, r := range batch {
			merkle.Leaves(leaves, merkle.Size, symbols[i*row:], g.s, g.s, p.n)
			if Digest(merkle.Reduce(leaves)) != d.m.SliverHash(Primary, r) {
				return d.inconsistent("primary sliver %d of the decoded bytes is not the committed one", r)
			}
		}
		return nil
	})
}
