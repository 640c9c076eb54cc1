package gf16

const (
	// cacheBudget is how many bytes of rows a transform works on at a time: most of the 512 KiB to 2 MiB of second-level cache that
	// a core of a server or a desktop has, with room left for the shards that pass through.
	cacheBudget = 640 << 10
	// maxBlock bounds the bytes of a row when there are few rows: longer ones gain nothing.
	maxBlock = 8 << 10
)

// Workspace is scratch memory for Encode and Decode. The zero value is ready; it grows to what a call needs, about
// cacheBudget for any code and shard length, and later calls reuse it. One goroutine at a time may use it.
type Workspace struct {
	buf     []byte
	areas   []rows
	in, out []shards
}

// reserve provides count areas of m rows, for as many bytes of shards of the given length as the cache takes.
func (w *Workspace) reserve(count, m, length int) {
	n := min(max(cacheBudget/(count*m)/BlockSize*BlockSize, BlockSize), maxBlock)
	blocks := (length + n - 1) / n
	n = ((length+blocks-1)/blocks + BlockSize - 1) / BlockSize * BlockSize
	// An odd number of cache lines from row to row spreads the rows of a butterfly over the sets of the cache.
	pitch := n | BlockSize
	size := m * pitch
	if len(w.buf) < count*size {
		w.buf = make([]byte, count*size)
	}
	w.areas = w.areas[:0]
	for i := range count {
		w.areas = append(w.areas, rows{b: w.buf[i*size : (i+1)*size], pitch: pitch, n: n})
	}
}

// blocks calls do for every part of shards of the given length, with in, out and areas set to it.
func (w *Workspace) blocks(length int, do func()) {
	n := w.areas[0].n
	for off := 0; off < length; off += n {
		for i := range w.areas {
			w.areas[i].n = min(n, length-off)
		}
		for i := range w.in {
			w.in[i].off = off
		}
		for i := range w.out {
			w.out[i].off = off
		}
		do()
	}
}

// release forgets the slices of the caller.
func (w *Workspace) release() {
	for _, group := range [][]shards{w.in, w.out} {
		for i := range group {
			clear(group[i].own)
			group[i].list = nil
		}
	}
}

// resize returns s with n elements, whose buffers it keeps.
func resize(s []shards, n int) []shards {
	for len(s) < n {
		s = append(s, shards{})
	}
	return s[:n]
}

// split sets dst to the parts of list, one for each coset of m points.
func split(dst []shards, list [][]byte, m int) []shards {
	dst = resize(dst, (len(list)+m-1)/m)
	for i := range dst {
		dst[i].list = list[i*m : min((i+1)*m, len(list))]
		dst[i].factors, dst[i].entries = nil, nil
		dst[i].tally()
	}
	return dst
}
