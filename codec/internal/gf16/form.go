package gf16

// form is one implementation of the arithmetic on rows of packed blocks. All of them compute the same; they differ in the
// instructions they need, in the table entry that stands for a constant, and in how many butterfly layers they run while
// a block is in registers.
type form struct {
	name   string
	layers int // most layers in one call; calls name 1 to layers
	entry  int // bytes of a table entry
	cache  int // bytes to work on at a time

	// fill writes the table entry of c.
	fill func(f *field, c uint16, entry []byte)
	// inverse and forward run the butterflies of some layers between the 1<<layers rows of src and write the result to dst, which
	// may be the same. They work on n bytes of each row (a positive multiple of BlockSize), then on the next rows step bytes
	// further, count times. The constants are the table entries from q<<l on for layer l, counted from the farthest rows.
	inverse, forward func(layers int, dst, src rows, step, count, n int, table []byte, q int)
	// derive adds to dst the terms of the formal derivative of src that the given layers contribute, in the same order.
	derive func(layers int, dst, src rows, step, count, n int)
	// scale sets dst to src times the constant of a table entry, mulAdd adds that to dst.
	scale, mulAdd func(dst, src, factor []byte)
	// pack brings count symbols of size bytes, every step bytes, into packed layout; unpack is the inverse.
	pack, unpack func(packed, symbols []byte, step, size, count int)
}

// rows are rows of bytes a fixed distance apart. They may overlap.
type rows struct {
	b    []byte
	dist int
}

// from returns the rows from the i-th on.
func (r rows) from(i int) rows { return rows{r.b[i*r.dist:], r.dist} }

// every returns every step-th row.
func (r rows) every(step int) rows { return rows{r.b, r.dist * step} }

// row returns n bytes of row i.
func (r rows) row(i, n int) []byte { return r.b[i*r.dist:][:n] }

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

// split returns how many of the layers above the first ones the last pass over them takes, so that no pass has a single layer
// when that can be helped.
func (m *form) split(layers int) int {
	rest := layers - m.layers
	if rest == m.layers+1 && m.layers > 2 {
		return m.layers - 1
	}
	return min(rest, m.layers)
}

// best returns the fastest form of this processor.
func best() *form { return forms()[0] }
