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

// symbols is the view as package gf16 has it.
func (s strided) symbols() gf16.Symbols {
	return gf16.Symbols{Bytes: s.b, Shard: s.shard, Symbol: s.symbol}
}

// scratch is the memory of one goroutine that codes. It grows to what is needed and is reused.
type scratch struct {
	ws  gf16.Workspace
	mem []byte
}

// bytes returns n bytes with arbitrary content, valid until the next call.
func (w *scratch) bytes(n int) []byte {
	if cap(w.mem) < n {
		w.mem = make([]byte, n)
	}
	return w.mem[:n]
}

// encode expands slivers of the axis: in has the source symbols; the recovery symbols that want lists (0 is the first;
// nil: all) go to out in that order. A symbol of out may be where one of in with the same number is.
func (c *Codec) encode(w *scratch, a Axis, size, count int, in, out strided, want []int) error {
	return c.codes[a].Encode(&w.ws, size, count, in.symbols(), out.symbols(), want)
}

// decode restores source symbols of slivers: in has the symbols that dec was made for in that order, out gets each of the
// missing ones in its place.
func (w *scratch) decode(dec *gf16.Decoder, size, count int, in, out strided) error {
	return dec.Decode(&w.ws, size, count, in.symbols(), out.symbols())
}
