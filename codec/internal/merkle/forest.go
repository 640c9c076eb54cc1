package merkle

import "github.com/floe-network/floe/codec/internal/lanes"

// Forest is many trees of the same shape in one array, reduced together: node i of tree j is at i*Step + j*Lane. Rows and
// columns of one matrix of digests are two forests over the same memory.
type Forest struct {
	Nodes []byte
	// Step and Lane are distances in bytes, at least Size.
	Step, Lane int
	// Trees is how many trees there are.
	Trees int
}

// Reduce replaces the lowest count nodes of every tree by the nodes that many levels above them, in place, and returns
// how many are left. A level of odd length is padded with Empty, also where a single node is left: then the forest is the
// end of larger trees whose other parts are reduced by as many levels elsewhere. Depth(count) levels give the roots.
func (f Forest) Reduce(count, levels int) int {
	for range levels {
		half := (count + 1) / 2
		for i := range half {
			left := f.Nodes[2*i*f.Step:]
			var right []byte
			if 2*i+1 < count {
				right = f.Nodes[(2*i+1)*f.Step:]
			}
			lanes.Pairs(f.Nodes[i*f.Step:], f.Lane, innerPrefix, left, right, f.Lane, f.Trees)
		}
		count = half
	}
	return count
}
