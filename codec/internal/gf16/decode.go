package gf16

import "fmt"

// Decode restores missing source symbols: shards[i] holds symbol present[i] as given to NewDecoder, out[j] receives source
// symbol j; a nil entry of out, and one whose symbol is present, is left alone. Layout and lengths as for Encode; out must not
// overlap shards.
func (d *Decoder) Decode(ws *Workspace, shards, out [][]byte) error {
	c := d.code
	if len(shards) != d.present || len(out) != c.k {
		return fmt.Errorf("%w: %d shards and %d outputs, the decoder has %d and %d", ErrShape, len(shards), len(out), d.present, c.k)
	}
	for _, a := range d.cosets {
		for _, s := range a.in.symbols {
			if s != 0 && shards[s-1] == nil {
				return fmt.Errorf("%w: shard %d is missing", ErrShape, s-1)
			}
		}
	}
	length, err := shardLen(shards, out)
	if err != nil || length == 0 {
		return err
	}
	defer ws.release()
	ws.in, ws.out = resize(ws.in, len(d.cosets)), resize(ws.out, len(d.cosets))
	wanted := false
	for i := range d.cosets {
		ws.in[i].gather(&d.cosets[i].in, shards)
		ws.out[i].gather(&d.cosets[i].out, out)
		wanted = wanted || !ws.out[i].empty()
	}
	switch {
	case !wanted:
	case d.single >= 0:
		d.decodeSingle(ws, length)
	default:
		d.decodeSeveral(ws, length)
	}
	return nil
}

// decodeSingle decodes when all missing source symbols are in one coset: the coefficients of the others only count as a sum.
func (d *Decoder) decodeSingle(ws *Workspace, length int) {
	c, own := d.code, d.single
	ws.reserve(2, c.m, length)
	ws.blocks(length, func() {
		sum, other := ws.areas[0], ws.areas[1]
		first := true
		for i := range d.cosets {
			switch {
			case i == own || ws.in[i].empty():
			case first:
				c.t.inverse(sum, d.cosets[i].number, &ws.in[i])
				first = false
			default:
				c.t.inverse(other, d.cosets[i].number, &ws.in[i])
				sum.add(other)
			}
		}
		if !ws.in[own].empty() {
			c.t.inverse(other, d.cosets[own].number, &ws.in[own])
			c.t.mulAdd(sum, other, d.cosets[own].mix[own])
			c.t.derive(sum, other)
		}
		c.t.forward(sum, sum, d.cosets[own].number, &ws.out[own])
	})
}

// decodeSeveral decodes in general: the coefficients of all cosets are mixed for each coset with outputs.
func (d *Decoder) decodeSeveral(ws *Workspace, length int) {
	c := d.code
	ws.reserve(len(d.cosets)+1, c.m, length)
	ws.blocks(length, func() {
		sum, areas := ws.areas[len(d.cosets)], ws.areas[:len(d.cosets)]
		for i := range d.cosets {
			c.t.inverse(areas[i], d.cosets[i].number, &ws.in[i])
		}
		for i, a := range d.cosets {
			if ws.out[i].empty() {
				continue
			}
			clear(sum.b)
			for j := range areas {
				c.t.mulAdd(sum, areas[j], a.mix[j])
			}
			c.t.derive(sum, areas[i])
			c.t.forward(sum, sum, a.number, &ws.out[i])
		}
	})
}

// gather lists the slices of the symbols of one side of a coset by point.
func (s *shards) gather(ends *side, symbols [][]byte) {
	if len(s.own) != len(ends.symbols) {
		s.own = make([][]byte, len(ends.symbols))
	}
	for p, i := range ends.symbols {
		if i != 0 {
			s.own[p] = symbols[i-1]
		} else {
			s.own[p] = nil
		}
	}
	s.list, s.factors, s.entries = s.own, ends.factors, ends.entries
	s.tally()
}
