package gf16

import "fmt"

// Decoder restores missing source symbols from one set of present symbols. What depends on the set alone is computed
// once. It is immutable and safe for concurrent use.
type Decoder struct {
	code    *Code
	last    int     // last in the list of present symbols that is used
	missing []int   // source symbols to restore, ascending
	cosets  []coset // those that take part
	single  int     // the only coset with missing source symbols, as index in cosets, or -1 when there are more
}

// coset is the part that one coset plays in a decode.
type coset struct {
	number  int
	in, out side
	// mix holds the factor, as table entry, that each coset's coefficients have in the result for this one. With a single
	// coset of outputs the factors of the others are part of their inputs', and not here.
	mix [][]byte
}

// side is one end of a coset's transform.
type side struct {
	shards  []int32 // by point: one more than the number of its shard, 0 for none
	entries []int32 // by point: number of its entry in factors
	factors []byte
	count   int
}

// NewDecoder prepares decoding from the symbols whose indexes (0 to n-1, distinct) are given; at least k. Of more than k
// it uses source symbols first, then recovery symbols in ascending order.
func (c *Code) NewDecoder(present []int) (*Decoder, error) {
	have := make([]int, c.n) // one more than the index in present
	for i, p := range present {
		if p < 0 || p >= c.n {
			return nil, fmt.Errorf("%w: symbol index %d of %d", ErrShape, p, c.n)
		}
		if have[p] != 0 {
			return nil, fmt.Errorf("%w: symbol index %d given twice", ErrShape, p)
		}
		have[p] = i + 1
	}
	if len(present) < c.k {
		return nil, fmt.Errorf("%w: %d present, need %d", ErrTooFew, len(present), c.k)
	}
	d := &Decoder{code: c}
	used := 0
	for i := range have {
		switch {
		case have[i] == 0:
		case used < c.k:
			used++
			d.last = max(d.last, have[i]-1)
		default:
			have[i] = 0
		}
		if i < c.k && have[i] == 0 {
			d.missing = append(d.missing, i)
		}
	}
	if len(d.missing) > 0 {
		d.prepare(have)
	}
	return d, nil
}

// Missing returns the source symbols that Decode restores, ascending.
func (d *Decoder) Missing() []int { return append([]int(nil), d.missing...) }

// prepare lays out the cosets and computes the factors. have is one more than the place in the present list of each symbol
// to use, 0 for others.
func (d *Decoder) prepare(have []int) {
	c := d.code
	place := d.activate(have)
	erased := make([]int64, ceilPow2(c.cosets*c.m))
	for _, a := range d.cosets {
		for i := range c.m {
			erased[a.number*c.m+i] = 1
		}
	}
	for p := c.point(c.k-1) + 1; p%c.m != 0; p++ {
		erased[p] = 0 // known zeros fill the last source coset
	}
	for i, h := range have {
		p := c.point(i)
		if place[p/c.m] < 0 {
			continue
		}
		a := &d.cosets[place[p/c.m]]
		switch {
		case h != 0:
			erased[p] = 0
			a.in.add(p%c.m, h)
		case i < c.k:
			a.out.add(p%c.m, i+1)
		}
	}
	d.single = -1
	outputs := 0
	for i, a := range d.cosets {
		if a.out.count > 0 {
			d.single = i
			outputs++
		}
	}
	if outputs > 1 {
		d.single = -1
	}
	d.factors(c.locator(erased))
}

// activate adds the cosets that matter for a decode: all of the high rate; in the low rate the source coset and those with
// a symbol to use. It returns the index in d.cosets of each coset of the code, -1 for none.
func (d *Decoder) activate(have []int) []int {
	c := d.code
	needed := make([]bool, c.cosets)
	for i, h := range have {
		if h != 0 || i < c.k {
			needed[c.point(i)/c.m] = true
		}
	}
	place := make([]int, c.cosets)
	for number := range place {
		place[number] = -1
		if needed[number] {
			place[number] = len(d.cosets)
			side := func() side { return side{shards: make([]int32, c.m), entries: make([]int32, c.m)} }
			d.cosets = append(d.cosets, coset{number: number, in: side(), out: side()})
		}
	}
	return place
}

// add gives a point the shard whose number is one less.
func (s *side) add(point, shard int) {
	s.shards[point] = int32(shard)
	s.entries[point] = int32(s.count)
	s.count++
}

// factors computes the factors of all cosets from the logarithms of the locator at all points; the package documentation has
// the formulas.
func (d *Decoder) factors(locator []uint16) {
	c, f := d.code, d.code.field
	for i := range d.cosets {
		a := &d.cosets[i]
		a.mix = make([][]byte, len(d.cosets))
		across := uint16(1) // product of the differences to the other cosets
		var own uint16      // sum of the inverses of those
		for j, b := range d.cosets {
			if i == j {
				continue
			}
			difference := uint16(a.number ^ b.number)
			across = f.mul(across, difference)
			own ^= f.inv(difference)
			if d.single < 0 {
				a.mix[j] = c.entry(f.inv(difference))
			}
		}
		a.mix[i] = c.entry(own)
		in, out := uint16(1), uint16(1)
		if c.low {
			in, out = f.inv(across), across
		}
		if d.single >= 0 && d.single != i {
			in = f.mul(in, f.inv(uint16(a.number^d.cosets[d.single].number)))
		}
		at := locator[a.number*c.m:][:c.m]
		a.in.fill(c, func(p int) uint16 { return f.mul(f.exp[at[p]], in) })
		a.out.fill(c, func(p int) uint16 { return f.mul(f.exp[modulus-int(at[p])], out) })
	}
}

// fill computes the factors of the side's points.
func (s *side) fill(c *Code, factor func(point int) uint16) {
	form := c.t.form
	s.factors = make([]byte, s.count*form.entry)
	for p, shard := range s.shards {
		if shard != 0 {
			form.fill(c.field, factor(p), form.factor(s.factors, int(s.entries[p])))
		}
	}
}

// entry returns the table entry of one factor.
func (c *Code) entry(factor uint16) []byte {
	return c.t.form.constants(c.field, []uint16{factor})
}
