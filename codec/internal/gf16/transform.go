package gf16

import "crypto/subtle"

// transformer runs the transforms over one coset of m = 1<<layers points.
type transformer struct {
	form   *form
	layers int
	table  []byte // constants of all points of the code
}

// rows is a work area of rows of n bytes, pitch bytes apart, row i for point i of a coset.
type rows struct {
	b        []byte
	pitch, n int
}

func (r rows) row(i int) []byte { return r.b[i*r.pitch:][:r.n] }

func (r rows) from(i int) []byte { return r.b[i*r.pitch:] }

// add adds the rows of another area of the same shape.
func (r rows) add(o rows) { subtle.XORBytes(r.b, r.b, o.b) }

// clear zeroes rows first to end-1.
func (r rows) clear(first, end int) {
	for i := first; i < end; i++ {
		clear(r.row(i))
	}
}

// shards are the outer ends of a transform: bytes off and following of one slice for each point, nil or beyond the end of
// the list for a point without one. With factors, an entry of those for each point multiplies on the way.
type shards struct {
	list    [][]byte
	off     int
	count   []int32 // count[i] slices before point i are there
	factors []byte
	entries []int32  // by point
	own     [][]byte // buffer for list, when that is not the caller's
}

// at returns the slice of point i, or nil.
func (s *shards) at(i int) []byte {
	if i < len(s.list) {
		return s.list[i]
	}
	return nil
}

// within returns how many of the points first to end-1 have a slice.
func (s *shards) within(first, end int) int {
	last := len(s.count) - 1
	return int(s.count[min(end, last)] - s.count[min(first, last)])
}

// tally counts the slices.
func (s *shards) tally() {
	s.count = append(s.count[:0], 0)
	var c int32
	for _, b := range s.list {
		if b != nil {
			c++
		}
		s.count = append(s.count, c)
	}
}

// empty reports whether there are no slices.
func (s *shards) empty() bool { return s.count[len(s.count)-1] == 0 }

// inverse turns the values at the points of a coset, zero where in has none, into coefficients in the rows of area.
func (t *transformer) inverse(area rows, coset int, in *shards) {
	t.inverseRange(area, coset<<t.layers, 0, t.layers, in)
}

func (t *transformer) inverseRange(area rows, offset, first, layers int, in *shards) {
	f, size := t.form, 1<<layers
	if in.within(first, first+size) == 0 {
		area.clear(first, first+size)
		return
	}
	q := (offset + first) >> layers
	if layers > f.layers {
		top := f.split(layers)
		sub := layers - top
		for i := range 1 << top {
			t.inverseRange(area, offset, first+i<<sub, sub, in)
		}
		f.inverse(top, area.from(first), area.pitch<<sub, area.pitch, 1<<sub, area.n, t.table, q)
		return
	}
	if layers == f.layers && in.factors == nil && in.within(first, first+size) == size {
		f.inverseFrom(area.from(first), area.pitch, in.list[first:first+size], in.off, area.n, t.table, q)
		return
	}
	for i := first; i < first+size; i++ {
		switch src := in.at(i); {
		case src == nil:
			clear(area.row(i))
		case in.factors == nil:
			copy(area.row(i), src[in.off:])
		default:
			f.scale(area.row(i), src[in.off:], f.factor(in.factors, int(in.entries[i])))
		}
	}
	if layers > 0 {
		f.inverse(layers, area.from(first), area.pitch, 0, 1, area.n, t.table, q)
	}
}

// forward turns the coefficients in src into values at those points of a coset that out has a slice for. area is overwritten; it
// may be src.
func (t *transformer) forward(area, src rows, coset int, out *shards) {
	t.forwardRange(area, src, coset<<t.layers, 0, t.layers, out)
}

func (t *transformer) forwardRange(area, src rows, offset, first, layers int, out *shards) {
	f, size := t.form, 1<<layers
	wanted := out.within(first, first+size)
	if wanted == 0 {
		return
	}
	q := (offset + first) >> layers
	if layers > f.layers {
		top := f.split(layers)
		sub := layers - top
		f.forward(top, area.from(first), src.from(first), area.pitch<<sub, area.pitch, 1<<sub, area.n, t.table, q)
		for i := range 1 << top {
			t.forwardRange(area, area, offset, first+i<<sub, sub, out)
		}
		return
	}
	if layers == f.layers && out.factors == nil && wanted == size {
		f.forwardTo(out.list[first:first+size], out.off, src.from(first), src.pitch, area.n, t.table, q)
		return
	}
	if layers > 0 {
		f.forward(layers, area.from(first), src.from(first), area.pitch, 0, 1, area.n, t.table, q)
		src = area
	}
	for i := first; i < first+size; i++ {
		switch dst := out.at(i); {
		case dst == nil:
		case out.factors == nil:
			copy(dst[out.off:], src.row(i))
		default:
			f.scale(dst[out.off:out.off+area.n], src.row(i), f.factor(out.factors, int(out.entries[i])))
		}
	}
}

// mulAdd adds src times the constant of a table entry, nil for zero, to dst.
func (t *transformer) mulAdd(dst, src rows, factor []byte) {
	if factor != nil {
		t.form.mulAdd(dst.b, src.b, factor)
	}
}

// derive adds the formal derivative of the polynomial with coefficients src to dst.
func (t *transformer) derive(dst, src rows) {
	f := t.form
	for done := 0; done < t.layers; {
		l := min(f.layers, t.layers-done)
		for first := 0; first < 1<<t.layers; first += 1 << (done + l) {
			f.derive(l, dst.from(first), src.from(first), dst.pitch<<done, dst.pitch, 1<<done, dst.n)
		}
		done += l
	}
}
