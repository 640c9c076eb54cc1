package codec

import (
	"context"
	"fmt"
	"slices"

	"github.com/floe-network/floe/codec/internal/arena"
)

// Slivers is the second pass: it calls fn with the blob's slivers for which want returns true (nil: all), in batches that
// fit the memory budget, primary slivers first. The slivers are fn's until it returns and not to be changed; calls of fn
// do not overlap. Every sliver that fn gets is the one that the metadata commits to: when the source has changed since
// Prepare the error is ErrSourceChanged. Slivers may be called again, and concurrently.
func (e *Encoding) Slivers(ctx context.Context, want func(a Axis, index int) bool, fn func(ctx context.Context, batch []Sliver) error) error {
	if e.src == nil {
		return fmt.Errorf("%w: the encoding is closed", ErrInvalid)
	}
	s := secondPass{Encoding: e, workers: e.c.workers}
	return sourceError(s.run(ctx, want, fn))
}

// secondPass computes slivers again, or takes them from the expansion that the encoding has kept.
type secondPass struct {
	*Encoding
	workers int
	in      [][]byte // by worker: side columns of Rows() symbols, or rowSide rows; nothing if the matrix is kept
}

// job is a batch of slivers of one axis, either all systematic or all recovery ones. fill writes them back to back; nil:
// they are rows that the encoding has kept.
type job struct {
	axis Axis
	list []int
	fill func(ctx context.Context, list []int, dst []byte) error
}

func (s *secondPass) run(ctx context.Context, want func(a Axis, index int) bool, fn func(ctx context.Context, batch []Sliver) error) error {
	g, room := s.geo, s.c.budget-s.held
	in := arena.Padded(g.readingBytes())
	for s.workers > 1 && s.workers*in > room/2 {
		s.workers--
	}
	jobs, size := s.jobs(want, room-s.workers*in)
	a := s.c.work.Get(s.workers*in + size)
	defer s.c.work.Put(a)
	s.in = make([][]byte, s.workers)
	for i := range s.in {
		s.in[i] = a.Take(g.readingBytes())
	}
	dst := a.Take(size)
	for _, j := range jobs {
		if err := ctx.Err(); err != nil {
			return err
		}
		if j.fill != nil {
			if err := j.fill(ctx, j.list, dst); err != nil {
				return err
			}
		}
		length := g.sliverBytes(j.axis)
		batch := make([]Sliver, len(j.list))
		for i, index := range j.list {
			data, at := dst, i*length
			if j.fill == nil {
				data, at = s.matrix, index*length
				if s.rows != nil {
					data = s.rows
				}
			}
			batch[i] = Sliver{Axis: j.axis, Index: index, SymbolSize: g.s, Data: data[at:][:length:length]}
		}
		if err := fn(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// jobs divides the wanted slivers into batches that take at most room bytes, but at least one sliver. size is what the
// largest batch takes.
func (s *secondPass) jobs(want func(a Axis, index int) bool, room int) (jobs []job, size int) {
	g, p := s.geo, s.geo.p
	sourceRows, recoveryRows := s.sourceRows, s.recoveryRows
	if s.matrix != nil {
		sourceRows = nil
	}
	if s.rows != nil {
		recoveryRows = nil
	}
	for _, part := range []struct {
		axis    Axis
		slivers span
		fill    func(ctx context.Context, list []int, dst []byte) error
	}{
		{Primary, span{0, p.Rows()}, sourceRows},
		{Primary, span{p.Rows(), p.n}, recoveryRows},
		{Secondary, span{0, p.Cols()}, s.sourceColumns},
		{Secondary, span{p.Cols(), p.n}, s.recoveryColumns},
	} {
		var list []int
		for i := part.slivers.first; i < part.slivers.end; i++ {
			if want == nil || want(part.axis, i) {
				list = append(list, i)
			}
		}
		length := g.sliverBytes(part.axis)
		for batch := range slices.Chunk(list, max(room/length, 1)) {
			jobs = append(jobs, job{part.axis, batch, part.fill})
			if part.fill != nil {
				size = max(size, len(batch)*length)
			}
		}
	}
	return jobs, size
}

// secondPassBytes is what a second pass with all workers takes when it need not divide its largest part.
func (e *Encoding) secondPassBytes() int {
	g, p := e.geo, e.geo.p
	if g.keep == keepExpansion {
		return 0
	}
	rows := p.n - p.Rows()
	if g.keep == keepNothing {
		rows = max(rows, p.Rows())
	}
	return e.c.workers*arena.Padded(g.readingBytes()) + max(rows*g.rowBytes(), p.Cols()*g.colBytes())
}

// sourceRows reads systematic primary slivers.
func (s *secondPass) sourceRows(ctx context.Context, list []int, dst []byte) error {
	length := s.geo.rowBytes()
	return s.c.parallel(ctx, s.workers, len(list), func(_ worker, unit int) error {
		return s.src.Read(dst[unit*length:][:length], list[unit], 0)
	})
}

// recoveryRows computes primary slivers by the column code.
func (s *secondPass) recoveryRows(ctx context.Context, list []int, dst []byte) error {
	g, p := s.geo, s.geo.p
	want := shifted(list, p.Rows())
	blocks := span{0, p.Cols()}.chunks(g.side)
	return s.c.parallel(ctx, s.workers, len(blocks), func(w worker, unit int) error {
		block := blocks[unit]
		in, err := s.readColumns(s.in[w.index], block)
		if err != nil {
			return err
		}
		out := strided{b: dst[block.first*g.s:], shard: g.rowBytes(), symbol: g.s}
		return s.c.encode(w.scratch, Secondary, g.s, block.len(), in, out, want)
	})
}

// sourceColumns gathers systematic secondary slivers from the rows.
func (s *secondPass) sourceColumns(ctx context.Context, list []int, dst []byte) error {
	g, p := s.geo, s.geo.p
	batches := span{0, p.Rows()}.chunks(g.rowSide)
	return s.c.parallel(ctx, s.workers, len(batches), func(w worker, unit int) error {
		rows := batches[unit]
		in := strided{shard: g.rowBytes(), symbol: g.s}
		if s.matrix != nil {
			in.b = s.matrix[rows.first*g.rowBytes():]
		} else {
			in.b = s.in[w.index]
			if err := s.readCells(in.b, rows, list); err != nil {
				return err
			}
		}
		g.gather(dst, in, rows, list)
		return nil
	})
}

// recoveryColumns computes secondary slivers by the row code.
func (s *secondPass) recoveryColumns(ctx context.Context, list []int, dst []byte) error {
	g, p := s.geo, s.geo.p
	want := shifted(list, p.Cols())
	batches := span{0, p.Rows()}.chunks(g.rowSide)
	return s.c.parallel(ctx, s.workers, len(batches), func(w worker, unit int) error {
		rows := batches[unit]
		if s.rows != nil {
			length := (p.n - p.Cols()) * g.s
			g.gather(dst, strided{b: s.win[rows.first*length:], shard: length, symbol: g.s}, rows, want)
			return nil
		}
		in, err := s.readRows(s.in[w.index], rows)
		if err != nil {
			return err
		}
		out := strided{b: dst[rows.first*g.s:], shard: g.colBytes(), symbol: g.s}
		return s.c.encode(w.scratch, Primary, g.s, rows.len(), in, out, want)
	})
}

// readRows returns some rows of the matrix as sources of the row code, read into buf unless the matrix is kept.
func (e *Encoding) readRows(buf []byte, rows span) (strided, error) {
	v := strided{shard: e.geo.s, symbol: e.geo.rowBytes()}
	if e.matrix != nil {
		v.b = e.matrix[rows.first*v.symbol:]
		return v, nil
	}
	v.b = buf[:rows.len()*v.symbol]
	return v, e.src.Read(v.b, rows.first, 0)
}

// readColumns returns adjacent columns of the matrix as sources of the column code, read into buf unless the matrix is
// kept.
func (e *Encoding) readColumns(buf []byte, columns span) (strided, error) {
	s := e.geo.s
	if e.matrix != nil {
		return strided{b: e.matrix[columns.first*s:], shard: e.geo.rowBytes(), symbol: s}, nil
	}
	v := strided{b: buf, shard: columns.len() * s, symbol: s}
	for r := range e.geo.p.Rows() {
		if err := e.src.Read(buf[r*v.shard:][:v.shard], r, columns.first*s); err != nil {
			return v, err
		}
	}
	return v, nil
}

// readCells reads those cells of some rows that have symbols of the listed columns, to their places in whole rows.
func (e *Encoding) readCells(dst []byte, rows span, list []int) error {
	g := e.geo
	for len(list) > 0 {
		first := list[0] / g.side
		end, used := first+1, 1
		for used < len(list) && list[used]/g.side <= end {
			end = list[used]/g.side + 1
			used++
		}
		list = list[used:]
		from, to := first*g.side*g.s, min(end*g.side*g.s, g.rowBytes())
		for r := range rows.len() {
			if err := e.src.Read(dst[r*g.rowBytes()+from:][:to-from], rows.first+r, from); err != nil {
				return err
			}
		}
	}
	return nil
}

// gather copies the symbols of some rows and the listed columns, which start at in, to columns back to back.
func (g geometry) gather(dst []byte, in strided, rows span, list []int) {
	for i, c := range list {
		to, from := dst[i*g.colBytes()+rows.first*g.s:], in.b[c*in.symbol:]
		for r := range rows.len() {
			copy(to[r*g.s:][:g.s], from[r*in.shard:])
		}
	}
}

// shifted returns the list counted from first.
func shifted(list []int, first int) []int {
	out := make([]int, len(list))
	for i, v := range list {
		out[i] = v - first
	}
	return out
}
