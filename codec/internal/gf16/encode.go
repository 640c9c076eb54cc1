package gf16

import (
	"fmt"

	"github.com/klauspost/reedsolomon"
)

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
	if !c.low {
		return c.encodeChunk(ws, 0, source, recovery, length)
	}
	for j := 0; j*c.m < len(recovery); j++ {
		if err := c.encodeChunk(ws, j*c.m, source, recovery[j*c.m:min((j+1)*c.m, len(recovery))], length); err != nil {
			return err
		}
	}
	return nil
}

// encodeChunk fills one coset of recovery symbols, with zeros as the first source symbols.
func (c *Code) encodeChunk(ws *Workspace, zeros int, source, recovery [][]byte, length int) error {
	parity := len(recovery)
	if c.low {
		parity = c.m
	}
	wanted := false
	shards := make([][]byte, zeros+c.k+parity)
	zero := ws.grow((1 + parity) * length)
	clear(zero[:length])
	for i := range zeros {
		shards[i] = zero[:length]
	}
	copy(shards[zeros:], source)
	for i := range parity {
		dst := zero[(1+i)*length:][:length]
		if i < len(recovery) && recovery[i] != nil {
			dst, wanted = recovery[i], true
		}
		shards[zeros+c.k+i] = dst
	}
	if !wanted {
		return nil
	}
	enc, err := reedsolomon.New(zeros+c.k, parity, reedsolomon.WithLeopardGF16(true))
	if err != nil {
		return fmt.Errorf("gf16: %w", err)
	}
	return enc.Encode(shards)
}
