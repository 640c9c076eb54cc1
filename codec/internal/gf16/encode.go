package gf16

import "fmt"

// Encode computes recovery symbols k..n-1 into recovery[0..n-k-1]; a nil entry is not wanted. Shards are in packed
// layout, of equal length, a multiple of BlockSize. recovery must not overlap source.
func (c *Code) Encode(ws *Workspace, source, recovery [][]byte) error {
	if len(source) != c.k || len(recovery) != c.n-c.k {
		return fmt.Errorf("%w: %d source and %d recovery shards, the code has %d and %d", ErrShape, len(source), len(recovery), c.k, c.n-c.k)
	}
	for i, s := range source {
		if s == nil {
			return fmt.Errorf("%w: source shard %d is missing", ErrShape, i)
		}
	}
	length, err := shardLen(source, recovery)
	if err != nil || length == 0 {
		return err
	}
	defer ws.release()
	ws.in, ws.out = split(ws.in, source, c.m), split(ws.out, recovery, c.m)
	wanted, last := 0, 0
	for i := range ws.out {
		if !ws.out[i].empty() {
			wanted, last = wanted+1, i
		}
	}
	if wanted == 0 {
		return nil
	}
	ws.reserve(min(max(wanted, len(ws.in)), 2), c.m, length)
	ws.blocks(length, func() {
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
