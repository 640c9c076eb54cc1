package gf16

import "fmt"

// BlockSize is the unit of the layout of a symbol in bytes: 32 field elements, their low bytes first, then their high bytes. A
// symbol whose size is not a multiple ends in a tail of 2h bytes, h low and h high ones.
const BlockSize = 64

// Symbols is a view of symbols in memory: symbol j of shard i starts at Bytes[i*Shard+j*Symbol]. The code runs over the
// shards; the symbols of a shard are coded side by side.
type Symbols struct {
	Bytes  []byte
	Shard  int // bytes from a shard to the next
	Symbol int // bytes from a symbol of a shard to the next
}

// check returns an error unless the view has shards with count symbols of size bytes each.
func (s Symbols) check(shards, size, count int) error {
	if size < 2 || size%2 != 0 || count < 1 {
		return fmt.Errorf("%w: %d symbols of %d bytes: need at least one, of an even number of bytes", ErrShape, count, size)
	}
	if s.Shard < 0 || s.Symbol < 0 {
		return fmt.Errorf("%w: negative distance between symbols", ErrShape)
	}
	room := len(s.Bytes) - size
	for _, step := range [][2]int{{shards - 1, s.Shard}, {count - 1, s.Symbol}} {
		if step[0] > 0 && step[1] > 0 {
			if step[0] > max(room, 0)/step[1] {
				room = -1
				break
			}
			room -= step[0] * step[1]
		}
	}
	if room < 0 {
		return fmt.Errorf("%w: %d bytes do not hold %d shards, %d bytes apart, of %d symbols of %d bytes, %d bytes apart",
			ErrShape, len(s.Bytes), shards, s.Shard, count, size, s.Symbol)
	}
	return nil
}

// packedLen returns the length in bytes of count packed symbols of size bytes.
//
// Packed, the blocks of all symbols come first, in order, then the elements of the tails without gaps. A tail is cut into
// pieces whose lengths are the powers of two in h; the pieces of one length of all symbols follow each other, the
// longest first, so that none lies across two blocks. What follows the last element in its block is arbitrary. Which
// element is where does not matter to the code, as long as all shards agree.
func packedLen(size, count int) int {
	tail := size % BlockSize
	return (size-tail)*count + (tail*count+BlockSize-1)/BlockSize*BlockSize
}

// piece is what is coded at a time: of count symbols from first on, size bytes from off on. If that is not the whole of a
// symbol, count is 1 and off a multiple of BlockSize.
type piece struct {
	first, count int
	off, size    int
}

// packed returns how many bytes of a row the piece takes.
func (p piece) packed() int { return packedLen(p.size, p.count) }

// pieces calls do for the pieces of count symbols of size bytes, none of which takes more than limit bytes of a row.
func pieces(size, count, limit int, do func(piece)) {
	side := 1 // symbols at a time
	for side < count && packedLen(size, side+1) <= limit {
		side++
	}
	side = even(count, side)
	blocks := (size + BlockSize - 1) / BlockSize
	part := BlockSize * even(blocks, max(limit/BlockSize, 1))
	for first := 0; first < count; first += side {
		for off := 0; off < size; off += part {
			do(piece{first: first, count: min(side, count-first), off: off, size: min(part, size-off)})
		}
	}
}

// even returns the size of equal parts of the whole that are at most limit.
func even(whole, limit int) int {
	parts := (whole + limit - 1) / limit
	return (whole + parts - 1) / parts
}
