package codec

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/floe-network/floe/codec/internal/arena"
	"github.com/floe-network/floe/codec/internal/gf16"
)

// decoding is the work of Decoder.Finish, block by block: a block is the same few symbols of every sliver.
type decoding struct {
	*Decoder
	dec     *gf16.Decoder
	missing []int // source slivers to restore
	// moved are slots of primary slivers which are systematic, but not in their own place.
	moved []int
	in    [][]byte // by worker: a block of all slots
	out   [][]byte // by worker: what is written for it
}

// decode turns the slots into the message matrix.
func (d *Decoder) decode(ctx context.Context) error {
	w := decoding{Decoder: d}
	k := len(d.slots)
	for slot, index := range d.slots {
		if d.axis == Primary && index < k && index != slot {
			w.moved = append(w.moved, slot)
		}
	}
	for i, known := range d.known[:k] {
		if !known {
			w.missing = append(w.missing, i)
		}
	}
	if d.axis == Primary && len(w.missing) == 0 && len(w.moved) == 0 {
		return nil
	}
	var err error
	if w.dec, err = d.c.codes[d.axis.Orthogonal()].NewDecoder(d.slots); err != nil {
		return fmt.Errorf("decode: %w", err)
	}

	symbols := d.geo.p.SliverSymbols(d.axis)
	workers, size := d.c.workers, max(min(blockBytes/d.geo.s, symbols/minUnits), 1)
	for ; size > 1 && 2*workers*k*d.geo.s*size > d.c.budget; size /= 2 {
	}
	for ; workers > 1 && 2*workers*k*d.geo.s > d.c.budget; workers-- {
	}
	blocks := span{0, symbols}.chunks(size)
	length := k * size * d.geo.s
	a := d.c.work.Get(2 * workers * arena.Padded(length))
	defer d.c.work.Put(a)
	for range workers {
		w.in, w.out = append(w.in, a.Take(length)), append(w.out, a.Take(length))
	}
	return d.c.parallel(ctx, workers, len(blocks), func(wk worker, unit int) error {
		if d.axis == Primary {
			return w.columns(wk, blocks[unit])
		}
		return w.rows(wk, blocks[unit])
	})
}

// read reads a block of all slots.
func (w *decoding) read(dst []byte, symbols span) (strided, error) {
	length := symbols.len() * w.geo.s
	for slot := range w.slots {
		if err := readFull(w.Decoder.out, dst[slot*length:][:length], w.slotOffset(slot)+int64(symbols.first*w.geo.s)); err != nil {
			return strided{}, err
		}
	}
	return strided{b: dst, shard: length, symbol: w.geo.s}, nil
}

// restore decodes a block from in, where shard i is the sliver in slot i, to out, where shard i is source sliver i.
func (w *decoding) restore(wk worker, in, out strided, count int) error {
	if len(w.missing) == 0 {
		return nil
	}
	if err := wk.decode(w.dec, w.geo.s, count, in, out); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return nil
}

// columns decodes some columns from primary slivers and writes the rows that are not in their place.
func (w *decoding) columns(wk worker, columns span) error {
	in, err := w.read(w.in[wk.index], columns)
	if err != nil {
		return err
	}
	out := strided{b: w.out[wk.index], shard: in.shard, symbol: in.symbol}
	if err := w.restore(wk, in, out, columns.len()); err != nil {
		return err
	}
	for _, row := range w.missing {
		if err := w.write(out.b[row*out.shard:][:out.shard], row, columns.first); err != nil {
			return err
		}
	}
	for _, slot := range w.moved {
		if err := w.write(in.b[slot*in.shard:][:in.shard], w.slots[slot], columns.first); err != nil {
			return err
		}
	}
	return nil
}

// rows decodes some rows from secondary slivers and writes them.
func (w *decoding) rows(wk worker, rows span) error {
	in, err := w.read(w.in[wk.index], rows)
	if err != nil {
		return err
	}
	g := w.geo
	out := strided{b: w.out[wk.index], shard: g.s, symbol: g.rowBytes()}
	if err := w.restore(wk, in, out, rows.len()); err != nil {
		return err
	}
	for slot, column := range w.slots {
		if column >= len(w.slots) {
			continue
		}
		for r := range rows.len() {
			copy(out.b[column*out.shard+r*out.symbol:][:g.s], in.b[slot*in.shard+r*in.symbol:])
		}
	}
	return w.write(out.b[:rows.len()*g.rowBytes()], rows.first, 0)
}

// write writes into the message matrix from a symbol on.
func (w *decoding) write(b []byte, row, column int) error {
	at := int64(row)*int64(w.geo.rowBytes()) + int64(column)*int64(w.geo.s)
	if _, err := w.Decoder.out.WriteAt(b, at); err != nil {
		return fmt.Errorf("write decoded rows: %w", err)
	}
	return nil
}

// readFull reads all of b at off. A reader may say io.EOF together with the last bytes.
func readFull(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	switch {
	case n == len(b):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return fmt.Errorf("read %d bytes at %d of the decoder's output, got %d: %w", len(b), off, n, io.ErrUnexpectedEOF)
	default:
		return fmt.Errorf("read %d bytes at %d of the decoder's output: %w", len(b), off, err)
	}
}
