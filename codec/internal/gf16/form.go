package gf16

// form is one implementation of the arithmetic on rows of packed blocks. All of them compute the same; they differ in the
// instructions they need, in the table entry that stands for a constant, and in how many butterfly layers they run while
// a block is in registers.
//
// Rows of a group are dist bytes apart. A function works on n bytes of each row (a positive multiple of BlockSize), then on
// the next rows step bytes further, count times. The constants of a group are the table entries q<<l and following for
// its layers, the farthest rows first (l = 0).
type form struct {
	name   string
	layers int // most layers in one call; calls name 1 to layers
	entry  int // bytes of a table entry

	// fill writes the table entry of c.
	fill func(f *field, c uint16, entry []byte)
	// inverse runs inverse butterflies in place.
	inverse func(layers int, area []byte, dist, step, count, n int, table []byte, q int)
	// forward runs forward butterflies from src to dst, which may be the same.
	forward func(layers int, dst, src []byte, dist, step, count, n int, table []byte, q int)
	// inverseFrom is inverse with all layers, from bytes off to off+n of 1<<layers slices to adjacent rows of dst.
	inverseFrom func(dst []byte, dist int, src [][]byte, off, n int, table []byte, q int)
	// forwardTo is forward with all layers, from adjacent rows of src to bytes off to off+n of 1<<layers slices.
	forwardTo func(dst [][]byte, off int, src []byte, dist, n int, table []byte, q int)
	// derive adds to dst the terms of the formal derivative of src that the given layers contribute.
	derive func(layers int, dst, src []byte, dist, step, count, n int)
	// scale sets dst to src times the constant of a table entry, mulAdd adds that to dst.
	scale, mulAdd func(dst, src, factor []byte)

	// moveBlocks copies n bytes, a multiple of BlockSize, count times from every srcStep to every dstStep bytes.
	moveBlocks func(dst, src []byte, dstStep, srcStep, n, count int)
	// packTails packs groups of tailGroup tails, h low and h high bytes every step bytes, into h blocks each. Tails are cut into
	// pieces whose lengths are the powers of two in h, the longest first: pieces of p elements fill p blocks.
	packTails func(blocks, tails []byte, step, h, groups int)
	// unpackTails is the inverse of packTails.
	unpackTails func(blocks, tails []byte, step, h, groups int)
}

// constants returns the table of the given constants.
func (m *form) constants(f *field, values []uint16) []byte {
	t := make([]byte, len(values)*m.entry)
	for i, c := range values {
		m.fill(f, c, t[i*m.entry:][:m.entry])
	}
	return t
}

// factor returns entry i of a table.
func (m *form) factor(table []byte, i int) []byte { return table[i*m.entry:][:m.entry] }

// split returns how many of the layers above the first the last pass over them takes, so that no pass has a single layer
// when it can be helped.
func (m *form) split(layers int) int {
	rest := layers - m.layers
	if rest == m.layers+1 && m.layers > 2 {
		return m.layers - 1
	}
	return min(rest, m.layers)
}

// best returns the fastest form of this processor.
func best() *form { return forms()[0] }
