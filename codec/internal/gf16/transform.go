package gf16

import "crypto/subtle"

// transformer runs the transforms over one coset of 1<<layers points.
type transformer struct {
	form   *form
	layers int
	table  []byte // constants for all points of the code
}

// area is working memory for one coset: row i for point i. Work is on the first n bytes of each row.
type area struct {
	rows
	n int
}

func (a area) from(i int) area { return area{a.rows.from(i), a.n} }

func (a area) row(i int) []byte { return a.rows.row(i, a.n) }

// add adds another area of the same shape.
func (a area) add(o area) { subtle.XORBytes(a.b, a.b, o.b) }

// inverse turns the values at the points of a coset, zero where in has no symbol, into coefficients.
func (t *transformer) inverse(a area, coset int, in *ends) {
	t.inverseRange(a, coset<<t.layers, 0, t.layers, in)
}

// inverseRange does what inverse does for 1<<layers points from first on; offset is the point that row 0 stands for.
func (t *transformer) inverseRange(a area, offset, first, layers int, in *ends) {
	f, size := t.form, 1<<layers
	if in.within(first, first+size) == 0 {
		for i := first; i < first+size; i++ {
			clear(a.row(i))
		}
		return
	}
	q := (offset + first) >> layers
	dst := a.from(first)
	if layers > f.layers {
		top := f.split(layers)
		sub := layers - top
		for i := range 1 << top {
			t.inverseRange(a, offset, first+i<<sub, sub, in)
		}
		far := dst.every(1 << sub)
		f.inverse(top, far, far, a.dist, 1<<sub, a.n, t.table, q)
		return
	}
	if src, ok := in.inPlace(first, first+size); ok && layers > 0 {
		f.inverse(layers, dst.rows, src, 0, 1, a.n, t.table, q)
		return
	}
	for i := first; i < first+size; i++ {
		in.load(f, a.row(i), i)
	}
	if layers > 0 {
		f.inverse(layers, dst.rows, dst.rows, 0, 1, a.n, t.table, q)
	}
}

// forward turns the coefficients in src into values at those points of a coset that out has a symbol for. a is overwritten; it
// may be src.
func (t *transformer) forward(a, src area, coset int, out *ends) {
	t.forwardRange(a, src, coset<<t.layers, 0, t.layers, out)
}

// forwardRange does what forward does for 1<<layers points from first on; offset is the point that row 0 stands for.
func (t *transformer) forwardRange(a, src area, offset, first, layers int, out *ends) {
	f, size := t.form, 1<<layers
	if out.within(first, first+size) == 0 {
		return
	}
	q := (offset + first) >> layers
	dst, from := a.from(first), src.from(first)
	if layers > f.layers {
		top := f.split(layers)
		sub := layers - top
		f.forward(top, dst.every(1<<sub), from.every(1<<sub), a.dist, 1<<sub, a.n, t.table, q)
		for i := range 1 << top {
			t.forwardRange(a, a, offset, first+i<<sub, sub, out)
		}
		return
	}
	if to, ok := out.inPlace(first, first+size); ok && layers > 0 {
		f.forward(layers, to, from.rows, 0, 1, a.n, t.table, q)
		return
	}
	if layers > 0 {
		f.forward(layers, dst.rows, from.rows, 0, 1, a.n, t.table, q)
		src = a
	}
	for i := first; i < first+size; i++ {
		out.store(f, src.row(i), i)
	}
}

// derive adds the formal derivative of the polynomial with coefficients src to dst.
func (t *transformer) derive(dst, src area) {
	f := t.form
	for done := 0; done < t.layers; {
		l := min(f.layers, t.layers-done)
		for first := 0; first < 1<<t.layers; first += 1 << (done + l) {
			f.derive(l, dst.from(first).every(1<<done), src.from(first).every(1<<done), dst.dist, 1<<done, dst.n)
		}
		done += l
	}
}
