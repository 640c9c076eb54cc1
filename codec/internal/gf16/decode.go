package gf16

import "fmt"

// Decode restores the missing source symbols from count symbols of size bytes (even) side by side in each shard: shard i of
// present holds symbol present[i] as given to NewDecoder, shard j of out receives source symbol j for each j of Missing. Symbol
// j of a shard of out may lie where symbol j of a shard of present does, but not where another one does. Errors are ErrShape,
// before anything is written.
func (d *Decoder) Decode(ws *Workspace, size, count int, present, out Symbols) error {
	c := d.code
	if err := present.check(d.last+1, size, count); err != nil {
		return fmt.Errorf("present symbols: %w", err)
	}
	if len(d.missing) == 0 {
		return nil
	}
	if err := out.check(d.missing[len(d.missing)-1]+1, size, count); err != nil {
		return fmt.Errorf("missing symbols: %w", err)
	}
	ws.in, ws.out = resize(ws.in, len(d.cosets), present), resize(ws.out, len(d.cosets), out)
	for i := range d.cosets {
		d.cosets[i].in.give(&ws.in[i])
		d.cosets[i].out.give(&ws.out[i])
	}
	if d.single >= 0 {
		ws.run(&c.t, 2, size, count, func() { d.decodeSingle(ws) })
	} else {
		ws.run(&c.t, len(d.cosets)+1, size, count, func() { d.decodeSeveral(ws) })
	}
	return nil
}

// decodeSingle decodes when all missing source symbols are in one coset: the coefficients of the others only count as a sum.
func (d *Decoder) decodeSingle(ws *Workspace) {
	t, own := &d.code.t, d.single
	sum, other := ws.areas[0], ws.areas[1]
	first := true
	for i := range d.cosets {
		switch {
		case i == own || ws.in[i].empty():
		case first:
			t.inverse(sum, d.cosets[i].number, &ws.in[i])
			first = false
		default:
			t.inverse(other, d.cosets[i].number, &ws.in[i])
			sum.add(other)
		}
	}
	if !ws.in[own].empty() {
		t.inverse(other, d.cosets[own].number, &ws.in[own])
		t.form.mulAdd(sum.b, other.b, d.cosets[own].mix[own])
		t.derive(sum, other)
	}
	t.forward(sum, sum, d.cosets[own].number, &ws.out[own])
}

// decodeSeveral decodes in general: the coefficients of all cosets are mixed for each coset with outputs.
func (d *Decoder) decodeSeveral(ws *Workspace) {
	t := &d.code.t
	sum, areas := ws.areas[len(d.cosets)], ws.areas[:len(d.cosets)]
	for i := range areas {
		t.inverse(areas[i], d.cosets[i].number, &ws.in[i])
	}
	for i, a := range d.cosets {
		if ws.out[i].empty() {
			continue
		}
		t.form.scale(sum.b, areas[i].b, a.mix[i])
		for j := range areas {
			if j != i {
				t.form.mulAdd(sum.b, areas[j].b, a.mix[j])
			}
		}
		t.derive(sum, areas[i])
		t.forward(sum, sum, a.number, &ws.out[i])
	}
}

// give sets what e does for one side of a coset.
func (s *side) give(e *ends) {
	e.assign(s.shards)
	e.factors, e.entries = s.factors, s.entries
}
