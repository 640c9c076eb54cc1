package gf16

import (
	"crypto/subtle"
	"encoding/binary"
)

// generic is the form that runs everywhere. A table entry has the products of all low bytes, then of all high bytes.
var generic = form{
	name:    "generic",
	layers:  1,
	entry:   genericEntry,
	cache:   genericCache,
	fill:    fillBytes,
	inverse: inverseGeneric,
	forward: forwardGeneric,
	derive:  deriveGeneric,
	scale:   scaleGeneric,
	mulAdd:  mulAddGeneric,
	pack:    packGeneric,
	unpack:  unpackGeneric,
}

// genericEntry is 2 bytes for each value of the two bytes of an element.
const genericEntry = 2 * 256 * 2

// genericCache makes rows long: the gain from fetching a table entry for more elements outweighs the loss of locality up to
// about four times vectorCache, as measured.
const genericCache = 2560 << 10

func fillBytes(f *field, c uint16, entry []byte) {
	for half := range 2 {
		t := entry[half*genericEntry/2:][:genericEntry/2]
		for bit := range 8 {
			p := f.mul(1<<(8*half+bit), c)
			for i := range 1 << bit {
				binary.LittleEndian.PutUint16(t[2*(i+1<<bit):], binary.LittleEndian.Uint16(t[2*i:])^p)
			}
		}
	}
}

func inverseGeneric(_ int, dst, src rows, step, count, n int, table []byte, q int) {
	factor := table[q*genericEntry:][:genericEntry]
	for i := range count {
		low, high := src.b[i*step:][:n], src.b[i*step+src.dist:][:n]
		dstLow, dstHigh := dst.b[i*step:][:n], dst.b[i*step+dst.dist:][:n]
		subtle.XORBytes(dstHigh, high, low)
		copy(dstLow, low)
		mulAddGeneric(dstLow, dstHigh, factor)
	}
}

func forwardGeneric(_ int, dst, src rows, step, count, n int, table []byte, q int) {
	factor := table[q*genericEntry:][:genericEntry]
	for i := range count {
		low, high := src.b[i*step:][:n], src.b[i*step+src.dist:][:n]
		dstLow, dstHigh := dst.b[i*step:][:n], dst.b[i*step+dst.dist:][:n]
		copy(dstLow, low)
		mulAddGeneric(dstLow, high, factor)
		subtle.XORBytes(dstHigh, high, dstLow)
	}
}

func deriveGeneric(_ int, dst, src rows, step, count, n int) {
	for i := range count {
		low := dst.b[i*step:][:n]
		subtle.XORBytes(low, low, src.b[i*step+src.dist:][:n])
	}
}

func scaleGeneric(dst, src, factor []byte) {
	low, high := (*[512]byte)(factor), (*[512]byte)(factor[512:])
	for len(src) >= BlockSize && len(dst) >= BlockSize {
		s, d := (*[BlockSize]byte)(src), (*[BlockSize]byte)(dst)
		for i := range BlockSize / 2 {
			l, h := 2*int(s[i]), 2*int(s[i+BlockSize/2])
			p := (uint16(low[l]) | uint16(low[l+1])<<8) ^ (uint16(high[h]) | uint16(high[h+1])<<8)
			d[i] = byte(p)
			d[i+BlockSize/2] = byte(p >> 8)
		}
		src, dst = src[BlockSize:], dst[BlockSize:]
	}
}

func mulAddGeneric(dst, src, factor []byte) {
	low, high := (*[512]byte)(factor), (*[512]byte)(factor[512:])
	for len(src) >= BlockSize && len(dst) >= BlockSize {
		s, d := (*[BlockSize]byte)(src), (*[BlockSize]byte)(dst)
		for i := range BlockSize / 2 {
			l, h := 2*int(s[i]), 2*int(s[i+BlockSize/2])
			p := (uint16(low[l]) | uint16(low[l+1])<<8) ^ (uint16(high[h]) | uint16(high[h+1])<<8)
			d[i] ^= byte(p)
			d[i+BlockSize/2] ^= byte(p >> 8)
		}
		src, dst = src[BlockSize:], dst[BlockSize:]
	}
}

func packGeneric(packed, symbols []byte, step, size, count int) {
	eachPiece(packed, symbols, step, size, count, func(packed, symbol []byte) { copy(packed, symbol) })
}

func unpackGeneric(packed, symbols []byte, step, size, count int) {
	eachPiece(packed, symbols, step, size, count, func(packed, symbol []byte) { copy(symbol, packed) })
}

// eachPiece calls move for all pieces of packed symbols.
func eachPiece(packed, symbols []byte, step, size, count int, move func(packed, symbol []byte)) {
	tail := size % BlockSize
	full, h := size-tail, tail/2
	for i := range count {
		move(packed[i*full:][:full], symbols[i*step:][:full])
	}
	packed, symbols = packed[count*full:], symbols[full:]
	at := 0
	for p := BlockSize / 4; p > 0; p /= 2 {
		if h&p == 0 {
			continue
		}
		for i := range count {
			block := packed[at/(BlockSize/2)*BlockSize+at%(BlockSize/2):]
			move(block[:p], symbols[i*step:][:p])
			move(block[BlockSize/2:][:p], symbols[i*step+h:][:p])
			at += p
		}
		symbols = symbols[p:]
	}
}
