package gf16

// PackedLen returns the length in bytes of count packed symbols of symbolSize bytes (even).
func PackedLen(symbolSize, count int) int {
	tail := symbolSize % BlockSize
	return symbolSize/BlockSize*BlockSize*count + (tail*count+BlockSize-1)/BlockSize*BlockSize
}

// Pack brings count adjacent symbols of symbolSize bytes into packed layout: dst has PackedLen(symbolSize, count) bytes.
func Pack(dst, src []byte, symbolSize, count int) {
	PackStrided(dst, src, symbolSize, symbolSize, count)
}

// PackStrided is Pack for symbols that start every stride bytes.
func PackStrided(dst, src []byte, stride, symbolSize, count int) {
	full, tail := symbolSize/BlockSize*BlockSize, symbolSize%BlockSize
	t := dst[full*count:]
	clear(t)
	for i := range count {
		s := src[i*stride:][:symbolSize]
		copy(dst[i*full:], s[:full])
		for j, p := 0, i*tail/2; j < tail/2; j, p = j+1, p+1 {
			at := p/32*64 + p%32
			t[at], t[at+32] = s[full+j], s[full+tail/2+j]
		}
	}
}

// Unpack is the inverse of Pack.
func Unpack(dst, src []byte, symbolSize, count int) {
	UnpackStrided(dst, src, symbolSize, symbolSize, count)
}

// UnpackStrided is Unpack to symbols that start every stride bytes of dst; bytes between them are left alone.
func UnpackStrided(dst, src []byte, stride, symbolSize, count int) {
	full, tail := symbolSize/BlockSize*BlockSize, symbolSize%BlockSize
	t := src[full*count:]
	for i := range count {
		d := dst[i*stride:][:symbolSize]
		copy(d[:full], src[i*full:])
		for j, p := 0, i*tail/2; j < tail/2; j, p = j+1, p+1 {
			at := p/32*64 + p%32
			d[full+j], d[full+tail/2+j] = t[at], t[at+32]
		}
	}
}
