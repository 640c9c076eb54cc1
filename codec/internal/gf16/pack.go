package gf16

// A symbol is a sequence of blocks of 64 bytes and a tail. In every block the first half holds the low bytes of 32 field
// elements and the second half their high bytes; in a tail of 2h bytes the first h are low and the last h high bytes.
// Packed, the blocks of all symbols come first, in order, then the elements of the tails, without gaps but for zeros at
// the very end. The tails of every 32 symbols fill h blocks; a few more follow in a row. Which element a block holds where does
// not matter to the code, only that all shards agree.

// tailGroup is how many tails fill whole blocks together, whatever their length.
const tailGroup = BlockSize / 2

// PackedLen returns the length in bytes of count packed symbols of symbolSize bytes (even).
func PackedLen(symbolSize, count int) int {
	tail := symbolSize % BlockSize
	return (symbolSize-tail)*count + (tail*count+BlockSize-1)/BlockSize*BlockSize
}

// Pack brings count adjacent symbols of symbolSize bytes (even) into packed layout: the first PackedLen(symbolSize, count)
// bytes of dst.
func Pack(dst, src []byte, symbolSize, count int) {
	PackStrided(dst, src, symbolSize, symbolSize, count)
}

// PackStrided is Pack for symbols that start every stride bytes of src.
func PackStrided(dst, src []byte, stride, symbolSize, count int) {
	best().pack(dst, src, stride, symbolSize, count)
}

// Unpack is the inverse of Pack.
func Unpack(dst, src []byte, symbolSize, count int) {
	UnpackStrided(dst, src, symbolSize, symbolSize, count)
}

// UnpackStrided is Unpack to symbols that start every stride bytes of dst; bytes between them are left alone.
func UnpackStrided(dst, src []byte, stride, symbolSize, count int) {
	best().unpack(dst, src, stride, symbolSize, count)
}

func (m *form) pack(dst, src []byte, stride, symbolSize, count int) {
	tail := symbolSize % BlockSize
	full := symbolSize - tail
	if full > 0 {
		m.moveBlocks(dst, src, full, stride, full, count)
	}
	if tail == 0 {
		return
	}
	dst = dst[count*full : PackedLen(symbolSize, count)]
	groups := count / tailGroup
	if groups > 0 {
		m.packTails(dst, src[full:], stride, tail/2, groups)
	}
	dst = dst[groups*tailGroup*tail:]
	clear(dst)
	for i := range count % tailGroup {
		s := src[(groups*tailGroup+i)*stride+full:][:tail]
		for j := range tail / 2 {
			low := tailElement(dst, i*tail/2+j)
			low[0], low[tailGroup] = s[j], s[tail/2+j]
		}
	}
}

func (m *form) unpack(dst, src []byte, stride, symbolSize, count int) {
	tail := symbolSize % BlockSize
	full := symbolSize - tail
	if full > 0 {
		m.moveBlocks(dst, src, stride, full, full, count)
	}
	if tail == 0 {
		return
	}
	src = src[count*full : PackedLen(symbolSize, count)]
	groups := count / tailGroup
	if groups > 0 {
		m.unpackTails(src, dst[full:], stride, tail/2, groups)
	}
	src = src[groups*tailGroup*tail:]
	for i := range count % tailGroup {
		d := dst[(groups*tailGroup+i)*stride+full:][:tail]
		for j := range tail / 2 {
			low := tailElement(src, i*tail/2+j)
			d[j], d[tail/2+j] = low[0], low[tailGroup]
		}
	}
}

// tailElement returns the bytes from element i on, whose high byte is tailGroup bytes further.
func tailElement(blocks []byte, i int) []byte { return blocks[i/tailGroup*BlockSize+i%tailGroup:] }
