package gf16

import (
	"fmt"
	"math/bits"
)

// Decoder restores missing source symbols from one set of present symbols. What depends on the set alone is computed
// once. It is immutable and safe for concurrent use.
type Decoder struct {
	code    *Code
	present int
	missing []int         // source symbols to restore
	active  []activeCoset // cosets that take part
}

type activeCoset struct {
	y      uint16   // value of the coset's subspace polynomial
	inputs []scaled // present symbols of the coset, by index in the present list
	wanted []scaled // missing source symbols of the coset
	sigma  uint16   // factor of the coset's own transform
	kappa  []uint16 // factors of the other cosets' transforms
}

type scaled struct {
	index  int // in present, or source symbol
	at     int // point within the coset
	factor uint16
}

// NewDecoder prepares decoding from the symbols whose indexes (0 to n-1, distinct) are given; at least k. Of more than k
// it uses source symbols first.
func (c *Code) NewDecoder(present []int) (*Decoder, error) {
	have := make([]int, c.n) // 1 + index in present
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
	d := &Decoder{code: c, present: len(present)}
	used := 0
	for i := range have {
		if have[i] != 0 && used < c.k {
			used++
		} else {
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

// prepare computes the locator and the factors. have gives 1 + the index in the present list of the symbols to use.
func (d *Decoder) prepare(have []int) {
	c, f := d.code, d.code.f
	byCoset := map[int]*activeCoset{}
	activate := func(y int) *activeCoset {
		if byCoset[y] == nil {
			byCoset[y] = &activeCoset{y: uint16(y)}
		}
		return byCoset[y]
	}
	activate(0)
	for j := 1; !c.low && j <= c.data; j++ {
		activate(j)
	}
	known := map[int]bool{} // points that are no erasure
	for i, h := range have {
		if h == 0 {
			continue
		}
		p := c.point(i)
		a := activate(p / c.m)
		known[p] = true
		a.inputs = append(a.inputs, scaled{index: h - 1, at: p % c.m})
	}
	for _, i := range d.missing {
		p := c.point(i)
		a := activate(p / c.m)
		a.wanted = append(a.wanted, scaled{index: i, at: p % c.m})
	}
	for p := c.point(c.k-1) + 1; p%c.m != 0; p++ {
		known[p] = true // zeros that fill the last source coset
	}
	for y := 0; len(d.active) < len(byCoset); y++ {
		if a := byCoset[y]; a != nil {
			d.active = append(d.active, *a)
		}
	}
	size := 1 << bits.Len(uint(int(d.active[len(d.active)-1].y)*c.m+c.m-1))
	loc := make([]int64, size)
	for _, a := range d.active {
		for i := range c.m {
			if p := int(a.y)*c.m + i; !known[p] {
				loc[p] = 1
			}
		}
	}
	f.locate(loc)
	for i := range d.active {
		a := &d.active[i]
		v := uint16(1) // product of the differences to the other cosets
		a.kappa = make([]uint16, len(d.active))
		for j, b := range d.active {
			if i != j {
				v = f.mul(v, a.y^b.y)
				a.kappa[j] = f.inv(a.y ^ b.y)
				a.sigma ^= a.kappa[j]
			}
		}
		if !c.low {
			v = 1
		}
		for j := range a.inputs {
			s := &a.inputs[j]
			s.factor = f.mul(f.exp[loc[int(a.y)*c.m+s.at]], f.inv(v))
		}
		for j := range a.wanted {
			s := &a.wanted[j]
			s.factor = f.mul(f.inv(f.exp[loc[int(a.y)*c.m+s.at]]), v)
		}
	}
}

// locate replaces the indicator of a set of points by the logarithm, at every point x, of the product of x-e over the
// set without x itself. That is a convolution over XOR of the indicator with the logarithm table, done by Walsh-Hadamard
// transforms in exact integers (at most 2^13 points, logarithms below 2^16: below 2^55).
func (f *field) locate(set []int64) {
	logs := make([]int64, len(set))
	for i := 1; i < len(logs); i++ {
		logs[i] = int64(f.log[i])
	}
	walsh(set)
	walsh(logs)
	for i := range set {
		set[i] *= logs[i]
	}
	walsh(set)
	for i := range set {
		set[i] = set[i] / int64(len(set)) % modulus
	}
}

func walsh(a []int64) {
	for h := 1; h < len(a); h *= 2 {
		for r := 0; r < len(a); r += 2 * h {
			for i := r; i < r+h; i++ {
				a[i], a[i+h] = a[i]+a[i+h], a[i]-a[i+h]
			}
		}
	}
}

// Missing returns the source symbols that Decode restores, ascending.
func (d *Decoder) Missing() []int { return append([]int(nil), d.missing...) }

// Decode restores missing source symbols: shards[i] holds symbol present[i] as given to NewDecoder, out[j] receives source
// symbol j; a nil entry of out, and one whose symbol is present, is left alone. Layout and lengths as for Encode.
func (d *Decoder) Decode(ws *Workspace, shards, out [][]byte) error {
	c := d.code
	if len(shards) != d.present || len(out) != c.k {
		return fmt.Errorf("%w: %d shards and %d outputs, the decoder has %d and %d", ErrShape, len(shards), len(out), d.present, c.k)
	}
	for _, a := range d.active {
		for _, s := range a.inputs {
			if shards[s.index] == nil {
				return fmt.Errorf("%w: shard %d is missing", ErrShape, s.index)
			}
		}
	}
	length, err := shardLen(shards, out)
	if err != nil || length == 0 || len(d.missing) == 0 {
		return err
	}
	size := c.m * length
	buf := ws.grow((len(d.active) + 1) * size)
	for i, a := range d.active {
		u := plane{buf[i*size : (i+1)*size], length}
		clear(u.b)
		for _, s := range a.inputs {
			c.f.mulAdd(u.row(s.at), shards[s.index], s.factor)
		}
		c.f.ifft(u, c.m, int(a.y)*c.m)
	}
	for i, a := range d.active {
		if len(a.wanted) == 0 {
			continue
		}
		w := plane{buf[len(d.active)*size:], length}
		clear(w.b)
		for j := range d.active {
			factor := a.kappa[j]
			if i == j {
				factor = a.sigma
			}
			c.f.mulAdd(w.b, buf[j*size:(j+1)*size], factor)
		}
		u := plane{buf[i*size : (i+1)*size], length}
		for p := range c.m {
			for h := 1; h < c.m; h *= 2 {
				if p&h == 0 {
					c.f.mulAdd(w.row(p), u.row(p+h), 1)
				}
			}
		}
		c.f.fft(w, c.m, int(a.y)*c.m)
		for _, s := range a.wanted {
			if dst := out[s.index]; dst != nil {
				clear(dst)
				c.f.mulAdd(dst, w.row(s.at), s.factor)
			}
		}
	}
	return nil
}
