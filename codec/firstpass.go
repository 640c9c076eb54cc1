package codec

import (
	"context"
	"math/bits"

	"github.com/floe-network/floe/codec/internal/arena"
	"github.com/floe-network/floe/codec/internal/merkle"
)

// firstPass computes the hashes of all slivers. Columns are expanded and hashed in groups; each gives its columns' hashes
// and, for every row, the root of the subtree over the row's symbols in the group. The columns of the message matrix come
// from the source, recovery columns from a window of them that the row code fills first.
type firstPass struct {
	*Encoding
	workers int
	areas   []area // by worker
	roots   []byte // n rows of groups() subtree roots
	window  span   // columns that win holds
	columns []int  // the same, counted from the first recovery column
}

// area is the memory of one worker.
type area struct {
	leaves  []byte // n rows of group leaf digests
	columns []byte // the same for the column trees
	in      []byte // side columns of Rows() symbols, or rowSide rows; nothing if the matrix is kept
	out     []byte // side columns of n-Rows() symbols
}

func (f *firstPass) run(ctx context.Context) error {
	g := f.geo
	f.keepMemory()
	room := f.c.budget - f.held
	windows := []span{g.recovery()}
	work := 0
	if f.win == nil {
		for f.workers > 1 && g.areaBytes(f.workers) > room/2 {
			f.workers--
		}
		windows = g.windows((room - g.areaBytes(f.workers)) / g.colBytes())
		for _, w := range windows {
			work = max(work, arena.Padded(g.windowBytes(w)))
		}
	}
	work += g.areaBytes(f.workers)
	a := f.c.work.Get(max(work, min(f.secondPassBytes(), room)))
	defer f.c.work.Put(a)
	if f.win == nil {
		f.win = a.Take(work - g.areaBytes(f.workers))
		defer func() { f.win = nil }()
	}
	f.takeAreas(a)
	if f.matrix != nil {
		if err := f.load(ctx); err != nil {
			return err
		}
	}
	return f.hash(ctx, windows)
}

// keepMemory provides the memory for what is kept. The caller of run may have set rows to memory of its own.
func (f *firstPass) keepMemory() {
	g := f.geo
	switch g.keep {
	case keepExpansion:
		rows, win := g.p.n*g.rowBytes(), g.windowBytes(g.recovery())
		f.held = arena.Padded(rows) + arena.Padded(win)
		if f.rows != nil {
			f.held = arena.Padded(win)
		}
		f.kept = f.c.kept.Get(f.held)
		if f.rows == nil {
			f.rows = f.kept.Take(rows)
		}
		f.matrix, f.win = f.rows[:g.matrixBytes()], f.kept.Take(win)
	case keepMatrix:
		f.held = g.matrixBytes()
		f.kept = f.c.kept.Get(f.held)
		f.matrix = f.kept.Take(f.held)
	case keepNothing:
		f.held = f.src.SumsSize()
	}
}

func (f *firstPass) takeAreas(a *arena.Arena) {
	g := f.geo
	f.roots = a.Take(g.rootBytes())
	f.areas = make([]area, f.workers)
	for i := range f.areas {
		f.areas[i] = area{
			leaves:  a.Take(g.leafBytes()),
			columns: a.Take(g.leafBytes()),
			in:      a.Take(g.readingBytes()),
			out:     a.Take(g.outBytes()),
		}
	}
}

// load reads the matrix.
func (f *firstPass) load(ctx context.Context) error {
	g := f.geo
	batches := span{0, g.p.Rows()}.chunks(g.rowSide)
	return f.c.parallel(ctx, f.workers, len(batches), func(_ worker, unit int) error {
		b := batches[unit]
		return f.src.Read(f.matrix[b.first*g.rowBytes():b.end*g.rowBytes()], b.first, 0)
	})
}

// hash computes all hashes, the recovery columns window by window.
func (f *firstPass) hash(ctx context.Context, windows []span) error {
	g, p := f.geo, f.geo.p
	whole := p.Cols() / g.group // groups without recovery columns
	batches := span{0, p.Rows()}.chunks(g.rowSide)
	for i, window := range windows {
		f.window = window
		f.columns = f.columns[:0]
		for c := window.first; c < window.end; c++ {
			f.columns = append(f.columns, c-p.Cols())
		}
		groups := 0 // that do not wait for the window
		if i == 0 {
			groups = whole
		}
		err := f.c.parallel(ctx, f.workers, groups+len(batches), func(w worker, unit int) error {
			if unit < groups {
				return f.group(w, unit)
			}
			return f.extend(w, batches[unit-groups])
		})
		if err != nil {
			return err
		}
		first := max(window.first/g.group, whole)
		last := (window.end + g.group - 1) / g.group
		if err := f.c.parallel(ctx, f.workers, last-first, func(w worker, unit int) error {
			return f.group(w, first+unit)
		}); err != nil {
			return err
		}
	}
	return f.joinRows(ctx)
}

// extend computes the window's symbols of some rows.
func (f *firstPass) extend(w worker, rows span) error {
	g := f.geo
	in, err := f.readRows(f.areas[w.index].in, rows)
	if err != nil {
		return err
	}
	length := f.window.len() * g.s
	out := strided{b: f.win[rows.first*length:], shard: g.s, symbol: length}
	return f.c.encode(w.scratch, Primary, g.s, rows.len(), in, out, f.columns)
}

// group expands and hashes the columns of a group.
func (f *firstPass) group(w worker, index int) error {
	g, p := f.geo, f.geo.p
	columns := span{index * g.group, min((index+1)*g.group, p.n)}
	area := f.areas[w.index]
	for _, part := range []span{
		{columns.first, min(columns.end, p.Cols())},
		{max(columns.first, p.Cols()), columns.end},
	} {
		for _, block := range part.chunks(g.side) {
			in, out, err := f.block(area, block)
			if err != nil {
				return err
			}
			leaves := area.leaves[(block.first-columns.first)*merkle.Size:]
			f.leaves(leaves, in, p.Rows(), block.len())
			if err := f.c.encode(w.scratch, Secondary, g.s, block.len(), in, out, nil); err != nil {
				return err
			}
			f.leaves(leaves[p.Rows()*g.group*merkle.Size:], out, p.n-p.Rows(), block.len())
		}
	}

	row := g.group * merkle.Size
	copy(area.columns, area.leaves)
	merkle.Forest{Nodes: area.columns, Step: row, Lane: merkle.Size, Trees: columns.len()}.Reduce(p.n, merkle.Depth(p.n))
	for i := range columns.len() {
		copy(f.meta.Hashes[p.PairIndex(columns.first+i, Secondary)].Secondary[:], area.columns[i*merkle.Size:])
	}
	levels := bits.Len(uint(g.group)) - 1
	if g.groups() == 1 {
		levels = merkle.Depth(p.n)
	}
	merkle.Forest{Nodes: area.leaves, Step: merkle.Size, Lane: row, Trees: p.n}.Reduce(columns.len(), levels)
	for r := range p.n {
		copy(f.roots[(r*g.groups()+index)*merkle.Size:][:merkle.Size], area.leaves[r*row:])
	}
	return nil
}

// block returns where the symbols of some columns are, and where their recovery symbols shall go.
func (f *firstPass) block(a area, columns span) (in, out strided, err error) {
	g, p := f.geo, f.geo.p
	length := columns.len() * g.s
	out = strided{b: a.out, shard: length, symbol: g.s}
	if columns.first >= p.Cols() {
		in = strided{b: f.win[(columns.first-f.window.first)*g.s:], shard: f.window.len() * g.s, symbol: g.s}
		return in, out, nil
	}
	if f.rows != nil {
		out = strided{b: f.rows[g.matrixBytes()+columns.first*g.s:], shard: g.rowBytes(), symbol: g.s}
	}
	in, err = f.readColumns(a.in, columns)
	return in, out, err
}

// leaves hashes the symbols of some rows and columns into rows of group digests.
func (f *firstPass) leaves(dst []byte, symbols strided, rows, columns int) {
	s, row := f.geo.s, f.geo.group*merkle.Size
	if columns >= rows || columns%lanesWidth == 0 {
		for r := range rows {
			merkle.Leaves(dst[r*row:], merkle.Size, symbols.b[r*symbols.shard:], symbols.symbol, s, columns)
		}
		return
	}
	for c := range columns {
		merkle.Leaves(dst[c*merkle.Size:], row, symbols.b[c*symbols.symbol:], symbols.shard, s, rows)
	}
}

// joinRows finishes the rows' trees from the roots of their subtrees.
func (f *firstPass) joinRows(ctx context.Context) error {
	g, p := f.geo, f.geo.p
	row := g.groups() * merkle.Size
	batches := span{0, p.n}.chunks(joinRows)
	return f.c.parallel(ctx, f.workers, len(batches), func(_ worker, unit int) error {
		b := batches[unit]
		merkle.Forest{
			Nodes: f.roots[b.first*row:], Step: merkle.Size, Lane: row, Trees: b.len(),
		}.Reduce(g.groups(), merkle.Depth(g.groups()))
		for r := b.first; r < b.end; r++ {
			copy(f.meta.Hashes[r].Primary[:], f.roots[r*row:])
		}
		return nil
	})
}
