package codec

import "math/bits"

// geometry is how a blob of one symbol size is cut into pieces of work.
type geometry struct {
	p Params
	s int // symbol size in bytes
	// side is how many symbols are coded side by side: as many as fit pieceBytes, a power of two.
	side int
	// group is how many columns are hashed into one subtree of every row's Merkle tree: a power of two, a multiple of side.
	group int
}

func newGeometry(p Params, s, budget int) geometry {
	g := geometry{p: p, s: s}
	g.side = min(floorPow2(max(pieceBytes/s, 1)), floorPow2(max(p.n/minUnits, 1)))
	g.group = max(g.side, min(groupColumns, floorPow2(max(p.n/4, 1))))
	// Recovery columns are held for whole groups.
	for g.group > g.side && g.group*p.Rows()*s > budget/4 {
		g.group /= 2
	}
	return g
}

func floorPow2(v int) int { return 1 << (bits.Len(uint(v)) - 1) }

// rowBytes is the length of a row of the message matrix, a primary sliver.
func (g geometry) rowBytes() int { return g.p.Cols() * g.s }

// colBytes is the length of a column of the message matrix, a secondary sliver.
func (g geometry) colBytes() int { return g.p.Rows() * g.s }

// rowSide is how many rows are coded side by side.
func (g geometry) rowSide() int {
	return min(floorPow2(max(pieceBytes/g.s, 1)), floorPow2(max(g.p.Rows()/minUnits, 1)))
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
