package gf16

// maxRow bounds the bytes of a row when there are few rows: longer ones gain nothing.
const maxRow = 8 << 10

// Workspace is scratch memory for Encode and Decode. The zero value is ready; it grows to what a call needs, less than 4 MiB
// for any code and any symbols, and later calls reuse it. One goroutine at a time may use it.
type Workspace struct {
	buf     []byte
	areas   []area
	in, out []ends
	shards  []int32
}

// run calls do for every piece of count symbols of size bytes, with areas for so many cosets.
func (w *Workspace) run(t *transformer, cosets, size, count int, do func()) {
	m := 1 << t.layers
	limit := min(max(t.form.cache/(cosets*m)/BlockSize*BlockSize, BlockSize), maxRow)
	pieces(size, count, limit, func(p piece) {
		w.reserve(cosets, m, p.packed())
		for _, group := range [][]ends{w.in, w.out} {
			for i := range group {
				group[i].move(p)
			}
		}
		do()
	})
	for _, group := range [][]ends{w.in, w.out} {
		for i := range group {
			group[i].symbols, group[i].memory = Symbols{}, nil // the caller's
		}
	}
}

// reserve provides count areas of m rows of n bytes.
func (w *Workspace) reserve(count, m, n int) {
	// An odd number of cache lines from row to row spreads the rows of a butterfly over the sets of the cache.
	dist := n | BlockSize
	length := m * dist
	if len(w.buf) < count*length {
		w.buf = make([]byte, count*length)
	}
	w.areas = w.areas[:0]
	for i := range count {
		w.areas = append(w.areas, area{rows{w.buf[i*length : (i+1)*length], dist}, n})
	}
}

// resize returns e with n elements for the given symbols. It keeps buffers.
func resize(e []ends, n int, symbols Symbols) []ends {
	e = append(e[:cap(e)], make([]ends, max(0, n-cap(e)))...)[:n]
	for i := range e {
		e[i].symbols, e[i].factors, e[i].entries = symbols, nil, nil
	}
	return e
}

// split returns e with the ends of all symbols that shards lists, m to a coset.
func split(e []ends, shards []int32, m int, symbols Symbols) []ends {
	e = resize(e, (len(shards)+m-1)/m, symbols)
	for i := range e {
		e[i].assign(shards[i*m : min((i+1)*m, len(shards))])
	}
	return e
}
