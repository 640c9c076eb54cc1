package gf16

// ends are the symbols at the outer side of a coset's transform.
type ends struct {
	shards  []int32 // by point, as far as there are any: one more than the number of its shard, 0 for none
	tally   []int32 // tally[i] points before point i have a shard
	factors []byte  // table entries that multiply on the way, or nil
	entries []int32 // by point: which of the factors

	symbols Symbols
	piece   piece
	memory  []byte // symbols from the piece on
	direct  bool   // rows in memory are as the transform wants them
}

// assign sets which points have a shard.
func (e *ends) assign(shards []int32) {
	e.shards = shards
	e.tally = append(e.tally[:0], 0)
	var c int32
	for _, s := range shards {
		if s != 0 {
			c++
		}
		e.tally = append(e.tally, c)
	}
}

// move goes to a piece of the symbols.
func (e *ends) move(p piece) {
	e.piece = p
	e.memory = e.symbols.Bytes[p.first*e.symbols.Symbol+p.off:]
	e.direct = p.size%BlockSize == 0 && (p.count == 1 || e.symbols.Symbol == p.size)
}

// within returns how many of the points first to end-1 have a shard.
func (e *ends) within(first, end int) int {
	last := len(e.tally) - 1
	return int(e.tally[min(end, last)] - e.tally[min(first, last)])
}

// empty reports whether no point has a shard.
func (e *ends) empty() bool { return e.tally[len(e.tally)-1] == 0 }

// inPlace returns the piece of the shards of points first to end-1, if it can be used where it is.
func (e *ends) inPlace(first, end int) (rows, bool) {
	if !e.direct || e.factors != nil || e.within(first, end) < end-first {
		return rows{}, false
	}
	shard := e.shards[first]
	for i, s := range e.shards[first:end] {
		if s != shard+int32(i) {
			return rows{}, false
		}
	}
	return rows{e.at(shard), e.symbols.Shard}, true
}

func (e *ends) at(shard int32) []byte { return e.memory[int(shard-1)*e.symbols.Shard:] }

// load brings the piece of point i to a row, zeros if it has no shard.
func (e *ends) load(f *form, row []byte, i int) {
	if i >= len(e.shards) || e.shards[i] == 0 {
		clear(row)
		return
	}
	src := e.at(e.shards[i])
	if !e.direct {
		f.pack(row, src, e.symbols.Symbol, e.piece.size, e.piece.count)
		src = row
	}
	switch {
	case e.factors != nil:
		f.scale(row, src, f.factor(e.factors, int(e.entries[i])))
	case e.direct:
		copy(row, src)
	}
}

// store brings a row, which it may overwrite, to the piece of point i, if that has a shard.
func (e *ends) store(f *form, row []byte, i int) {
	if i >= len(e.shards) || e.shards[i] == 0 {
		return
	}
	dst := e.at(e.shards[i])
	switch {
	case e.direct && e.factors != nil:
		f.scale(dst[:len(row)], row, f.factor(e.factors, int(e.entries[i])))
		return
	case e.direct:
		copy(dst, row)
		return
	case e.factors != nil:
		f.scale(row, row, f.factor(e.factors, int(e.entries[i])))
	}
	f.unpack(row, dst, e.symbols.Symbol, e.piece.size, e.piece.count)
}
