package gf16

import (
	"crypto/subtle"
	"encoding/binary"
)

// generic is the form that runs everywhere. A table entry has the products of all low bytes, then of all high bytes.
var generic = form{
	name:        "generic",
	layers:      1,
	entry:       genericEntry,
	fill:        fillBytes,
	inverse:     inverseGeneric,
	forward:     forwardGeneric,
	inverseFrom: inverseFromGeneric,
	forwardTo:   forwardToGeneric,
	derive:      deriveGeneric,
	scale:       scaleGeneric,
	mulAdd:      mulAddGeneric,
	moveBlocks:  moveBlocksGeneric,
	packTails:   packTailsGeneric,
	unpackTails: unpackTailsGeneric,
}

// genericEntry is 2 bytes for each value of the two bytes of an element.
const genericEntry = 2 * 256 * 2

func fillBytes(f *field, c uint16, entry []byte) {
	for half := range 2 {
		t := entry[half*512:][:512]
		for bit := range 8 {
			p := f.mul(1<<(8*half+bit), c)
			for i := range 1 << bit {
				binary.LittleEndian.PutUint16(t[2*(i+1<<bit):], binary.LittleEndian.Uint16(t[2*i:])^p)
			}
		}
	}
}

func inverseGeneric(_ int, area []byte, dist, step, count, n int, table []byte, q int) {
	factor := genericFactor(table, q)
	for i := range count {
		inversePair(area[i*step:][:n], area[i*step+dist:][:n], factor)
	}
}

func inversePair(low, high, factor []byte) {
	subtle.XORBytes(high, high, low)
	mulAddGeneric(low, high, factor)
}

func forwardGeneric(_ int, dst, src []byte, dist, step, count, n int, table []byte, q int) {
	factor := genericFactor(table, q)
	for i := range count {
		low, high := src[i*step:][:n], src[i*step+dist:][:n]
		forwardPair(dst[i*step:][:n], dst[i*step+dist:][:n], low, high, factor)
	}
}

func forwardPair(dstLow, dstHigh, low, high, factor []byte) {
	copy(dstLow, low)
	mulAddGeneric(dstLow, high, factor)
	subtle.XORBytes(dstHigh, high, dstLow)
}

func inverseFromGeneric(dst []byte, dist int, src [][]byte, off, n int, table []byte, q int) {
	low, high := dst[:n], dst[dist:][:n]
	copy(low, src[0][off:])
	copy(high, src[1][off:])
	inversePair(low, high, genericFactor(table, q))
}

func forwardToGeneric(dst [][]byte, off int, src []byte, dist, n int, table []byte, q int) {
	forwardPair(dst[0][off:][:n], dst[1][off:][:n], src[:n], src[dist:][:n], genericFactor(table, q))
}

func deriveGeneric(_ int, dst, src []byte, dist, step, count, n int) {
	for i := range count {
		low := dst[i*step:][:n]
		subtle.XORBytes(low, low, src[i*step+dist:][:n])
	}
}

func genericFactor(table []byte, q int) []byte { return table[q*genericEntry:][:genericEntry] }

func scaleGeneric(dst, src, factor []byte) {
	clear(dst)
	mulAddGeneric(dst, src, factor)
}

func mulAddGeneric(dst, src, factor []byte) {
	low, high := (*[512]byte)(factor), (*[512]byte)(factor[512:])
	for len(src) >= BlockSize && len(dst) >= BlockSize {
		s, d := (*[BlockSize]byte)(src), (*[BlockSize]byte)(dst)
		for i := range BlockSize / 2 {
			l, h := 2*int(s[i]), 2*int(s[i+BlockSize/2])
			d[i] ^= low[l] ^ high[h]
			d[i+BlockSize/2] ^= low[l+1] ^ high[h+1]
		}
		src, dst = src[BlockSize:], dst[BlockSize:]
	}
}

func moveBlocksGeneric(dst, src []byte, dstStep, srcStep, n, count int) {
	for i := range count {
		copy(dst[i*dstStep:][:n], src[i*srcStep:][:n])
	}
}

func packTailsGeneric(blocks, tails []byte, step, h, groups int) {
	eachPiece(blocks, tails, step, h, groups, func(block, tail []byte, p int) {
		copy(block[:p], tail[:p])
		copy(block[tailGroup:][:p], tail[h:][:p])
	})
}

func unpackTailsGeneric(blocks, tails []byte, step, h, groups int) {
	eachPiece(blocks, tails, step, h, groups, func(block, tail []byte, p int) {
		copy(tail[:p], block[:p])
		copy(tail[h:][:p], block[tailGroup:][:p])
	})
}

// eachPiece calls move for each piece of p elements, with its low bytes first in block and tail.
func eachPiece(blocks, tails []byte, step, h, groups int, move func(block, tail []byte, p int)) {
	for g := range groups {
		at := g * tailGroup * step
		for p := tailGroup / 2; p > 0; p /= 2 {
			if h&p == 0 {
				continue
			}
			for i := range tailGroup {
				move(tailElement(blocks, i*p), tails[at+i*step:], p)
			}
			blocks = blocks[p*BlockSize:]
			at += p
		}
	}
}
