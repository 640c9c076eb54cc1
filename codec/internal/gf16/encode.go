package gf16

import "fmt"

// Encode computes recovery symbols from count symbols of size bytes (even) side by side in each of the k shards of source. want
// lists recovery symbols, distinct, counted from 0 (symbol k of the code); want[i] goes to shard i of recovery. A nil want is all
// n-k in order. Symbol j of a shard of recovery may lie where symbol j of a shard of source does, but not where another one
// does. Errors are ErrShape, before anything is written.
func (c *Code) Encode(ws *Workspace, size, count int, source, recovery Symbols, want []int) error {
	if err := source.check(c.k, size, count); err != nil {
		return fmt.Errorf("source symbols: %w", err)
	}
	wanted := c.n - c.k
	if want != nil {
		wanted = len(want)
	}
	if wanted == 0 {
		return nil
	}
	if err := recovery.check(wanted, size, count); err != nil {
		return fmt.Errorf("recovery symbols: %w", err)
	}
	if err := ws.assign(c, source, recovery, want); err != nil {
		return err
	}
	cosets, last := 0, 0
	for i := range ws.out {
		if !ws.out[i].empty() {
			cosets, last = cosets+1, i
		}
	}
	ws.run(&c.t, min(max(cosets, len(ws.in)), 2), size, count, func() {
		sum, other := ws.areas[0], ws.areas[len(ws.areas)-1]
		c.t.inverse(sum, c.source, &ws.in[0])
		for i := 1; i < len(ws.in); i++ {
			c.t.inverse(other, c.source+i, &ws.in[i])
			sum.add(other)
		}
		for i := range last {
			c.t.forward(other, sum, c.recovery+i, &ws.out[i])
		}
		c.t.forward(sum, sum, c.recovery+last, &ws.out[last])
	})
	return nil
}

// assign gives shards to the points of an encoding.
func (w *Workspace) assign(c *Code, source, recovery Symbols, want []int) error {
	if cap(w.shards) < c.n {
		w.shards = make([]int32, MaxTotal)
	}
	shards := w.shards[:c.n]
	for i := range c.k {
		shards[i] = int32(i + 1)
	}
	to := shards[c.k:]
	if want == nil {
		for i := range to {
			to[i] = int32(i + 1)
		}
	} else {
		clear(to)
	}
	for i, r := range want {
		if r < 0 || r >= len(to) || to[r] != 0 {
			return fmt.Errorf("%w: recovery symbol %d of %d, wanted once each", ErrShape, r, len(to))
		}
		to[r] = int32(i + 1)
	}
	w.in, w.out = split(w.in, shards[:c.k], c.m, source), split(w.out, to, c.m, recovery)
	return nil
}
