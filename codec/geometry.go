package codec

import (
	"math/bits"

	"github.com/floe-network/floe/codec/internal/arena"
	"github.com/floe-network/floe/codec/internal/merkle"
)

// keeping is what an encoding has in memory between the passes.
type keeping int

const (
	keepNothing   keeping = iota
	keepMatrix            // the blob as rows
	keepExpansion         // all primary slivers and the recovery columns
)

// geometry is how a blob of one symbol size is cut into pieces of work, and what of it is kept.
type geometry struct {
	p    Params
	s    int // symbol size in bytes
	keep keeping
	// side is how many columns are read, coded and hashed together: as many as fit a piece, a power of two.
	side int
	// rowSide is how many rows are read and coded together.
	rowSide int
	// group is how many columns are hashed into one subtree of every row's Merkle tree: a power of two, a multiple of side.
	group int
}

// newGeometry keeps as much as the budget has room for. An expansion leaves an eighth of the budget to the batches of
// Slivers, a matrix nearly half of it to what is computed: 7 in 16, so that blobs of half the budget are kept with their
// padding.
func newGeometry(p Params, s, budget, workers int) geometry {
	g := geometry{p: p, s: s, keep: keepExpansion}
	g.cut(pieceBytes, budget)
	if g.expansionBytes()+g.areaBytes(workers) <= budget-budget/8 {
		return g
	}
	if g.matrixBytes() <= budget/16*9 {
		g.keep = keepMatrix
		return g
	}
	g.keep = keepNothing
	g.cut(readBytes, budget)
	return g
}

// cut sets the sizes of the pieces.
func (g *geometry) cut(piece, budget int) {
	g.side = min(floorPow2(piece/g.s), floorPow2(g.p.n/minUnits))
	g.rowSide = min(floorPow2(piece/g.s), floorPow2(g.p.Rows()/minUnits))
	g.group = max(g.side, min(groupColumns, floorPow2(g.p.n/4)))
	// Recovery columns are in memory for whole groups.
	for g.group > g.side && g.group*g.colBytes() > budget/4 {
		g.group /= 2
	}
}

// floorPow2 returns the largest power of two that is at most v, but at least 1.
func floorPow2(v int) int { return 1 << (bits.Len(uint(max(v, 1))) - 1) }

// rowBytes is the length of a row of the message matrix, a primary sliver.
func (g geometry) rowBytes() int { return g.p.Cols() * g.s }

// colBytes is the length of a column of the message matrix, a secondary sliver.
func (g geometry) colBytes() int { return g.p.Rows() * g.s }

// sliverBytes is the length of a sliver of the axis.
func (g geometry) sliverBytes(a Axis) int { return g.p.SliverSymbols(a) * g.s }

// matrixBytes is the length of the message matrix: of the blob with its padding.
func (g geometry) matrixBytes() int { return g.p.Rows() * g.rowBytes() }

// expansionBytes is the length of all primary slivers and of the recovery columns of the message matrix.
func (g geometry) expansionBytes() int { return g.p.n*g.rowBytes() + g.windowBytes(g.recovery()) }

// recovery is the recovery columns.
func (g geometry) recovery() span { return span{g.p.Cols(), g.p.n} }

// windowBytes is the length of some columns of all rows of the message matrix.
func (g geometry) windowBytes(columns span) int { return columns.len() * g.colBytes() }

// areaBytes is what the first pass takes besides symbols that it keeps.
func (g geometry) areaBytes(workers int) int {
	perWorker := 2*arena.Padded(g.leafBytes()) + arena.Padded(g.readingBytes()) + arena.Padded(g.outBytes())
	return arena.Padded(g.rootBytes()) + workers*perWorker
}

// leafBytes is the length of the leaf digests of a group of columns.
func (g geometry) leafBytes() int { return g.p.n * g.group * merkle.Size }

// rootBytes is the length of the digests that stand for the groups in the trees of all rows.
func (g geometry) rootBytes() int { return g.p.n * g.groups() * merkle.Size }

// outBytes is the length of the recovery symbols of side columns.
func (g geometry) outBytes() int { return (g.p.n - g.p.Rows()) * g.side * g.s }

// readingBytes is what a worker needs to read columns or rows at a time.
func (g geometry) readingBytes() int {
	if g.keep != keepNothing {
		return 0
	}
	return max(g.side*g.colBytes(), g.rowSide*g.rowBytes())
}

// groups is how many groups the n columns make.
func (g geometry) groups() int { return (g.p.n + g.group - 1) / g.group }

// span is a range of columns or rows.
type span struct{ first, end int }

func (s span) len() int { return s.end - s.first }

// chunks divides the span into spans of at most size, cut at multiples of size counted from zero.
func (s span) chunks(size int) []span {
	var list []span
	for at := s.first; at < s.end; {
		end := min((at/size+1)*size, s.end)
		list = append(list, span{at, end})
		at = end
	}
	return list
}

// windows divides the recovery columns into windows of at most size columns that end where groups end.
func (g geometry) windows(size int) []span {
	var list []span
	all := g.recovery()
	for at := all.first; at < all.end; {
		end := min((at+max(size, g.group))/g.group*g.group, all.end)
		list = append(list, span{at, end})
		at = end
	}
	return list
}
