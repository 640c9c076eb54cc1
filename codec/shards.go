package codec

import (
	"github.com/floe-network/floe/codec/internal/gf16"
)

// strided is a view of symbols in memory. Symbols that one code runs over (the rows of a column, say) are shard bytes
// apart; the count symbols that are coded side by side are symbol bytes apart.
type strided struct {
	b             []byte
	shard, symbol int
}

// scratch is the memory of one goroutine that codes. It grows to what is needed, which pieceBytes bounds, and is reused.
type scratch struct {
	ws      gf16.Workspace
	packed  []byte
	headers [][]byte
	target  [][]byte
	mem     []byte
}

// bytes returns n bytes with arbitrary content, valid until the next call.
func (w *scratch) bytes(n int) []byte {
	if cap(w.mem) < n {
		w.mem = make([]byte, n)
	}
	return w.mem[:n]
}

// code brings count symbols side by side of each of the ins shards at in, and the outs shards at out, into the layout that
// package gf16 works on, and calls run with them. place says which shard of out the i-th result is; nil: the i-th. in
// and out may be the same memory if count symbols do not exceed pieceBytes.
func (w *scratch) code(size, count int, in strided, ins int, out strided, outs int, place []int, run func(in, out [][]byte) error) error {
	if cap(w.headers) < ins+outs {
		w.headers = make([][]byte, ins+outs)
	}
	inShards, outShards := w.headers[:ins], w.headers[ins:ins+outs]
	at := func(i int) int {
		if place != nil {
			i = place[i]
		}
		return i * out.shard
	}
	// A long symbol is coded in slices, which are elementwise independent. Those of full blocks need no packing.
	off := 0
	if count == 1 {
		for ; size-off > pieceBytes; off += pieceBytes {
			for i := range inShards {
				inShards[i] = in.b[i*in.shard+off:][:pieceBytes]
			}
			for i := range outShards {
				outShards[i] = out.b[at(i)+off:][:pieceBytes]
			}
			if err := run(inShards, outShards); err != nil {
				return err
			}
		}
	}
	length := gf16.PackedLen(size-off, count)
	if cap(w.packed) < (ins+outs)*length {
		w.packed = make([]byte, (ins+outs)*length)
	}
	for i := range w.headers[:ins+outs] {
		w.headers[:ins+outs][i] = w.packed[i*length:][:length]
	}
	for i, s := range inShards {
		gf16.PackStrided(s, in.b[i*in.shard+off:], in.symbol, size-off, count)
	}
	if err := run(inShards, outShards); err != nil {
		return err
	}
	for i, s := range outShards {
		gf16.UnpackStrided(out.b[at(i)+off:], s, out.symbol, size-off, count)
	}
	return nil
}

// encode expands slivers of the axis: in has the source symbols; the recovery symbols that want lists (0 is the first;
// nil: all) go to out in that order.
func (c *Codec) encode(w *scratch, a Axis, size, count int, in, out strided, want []int) error {
	k, n := c.p.SliverSymbols(a), c.p.n
	if want == nil {
		return w.code(size, count, in, k, out, n-k, nil, func(in, out [][]byte) error {
			return c.codes[a].Encode(&w.ws, in, out)
		})
	}
	target := w.targets(n - k)
	return w.code(size, count, in, k, out, len(want), nil, func(in, out [][]byte) error {
		for i, j := range want {
			target[j] = out[i]
		}
		return c.codes[a].Encode(&w.ws, in, target)
	})
}

// decode restores source symbols of slivers of the axis: in has the symbols that dec was made for in that order, out gets
// each of the missing ones in its place.
func (c *Codec) decode(w *scratch, a Axis, dec *gf16.Decoder, size, count int, in, out strided, missing []int) error {
	k := c.p.SliverSymbols(a)
	target := w.targets(k)
	return w.code(size, count, in, k, out, len(missing), missing, func(in, out [][]byte) error {
		for i, j := range missing {
			target[j] = out[i]
		}
		return dec.Decode(&w.ws, in, target)
	})
}

// targets returns n nil slices.
func (w *scratch) targets(n int) [][]byte {
	if cap(w.target) < n {
		w.target = make([][]byte, n)
	}
	clear(w.target[:n])
	return w.target[:n]
}
