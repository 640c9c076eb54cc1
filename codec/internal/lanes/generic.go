package lanes

import (
	"encoding/binary"
	"math/bits"
)

// blockSize is what one compression takes in, in bytes.
const blockSize = 128

// iv is the initialisation vector of BLAKE2b (RFC 7693, section 2.6).
var iv = [8]uint64{
	0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
	0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
}

// paramWord is the first word of the parameter block: fanout 1, depth 1, no key, 32-byte digest (RFC 7693, section 2.8).
const paramWord = 0x01010000 ^ Size

// sigma orders the message words of each round (RFC 7693, section 2.7); rounds 10 and 11 repeat the first two.
var sigma = [12][16]uint8{
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	{14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
	{11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
	{7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
	{9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
	{2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
	{12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
	{13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
	{6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
	{10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	{14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
}

func sumGeneric(dst []byte, dstStride int, prefix byte, src []byte, stride, length, count int) {
	for i := range count {
		var h [8]uint64
		sumOne(&h, prefix, src[i*stride:i*stride+length])
		storeDigest(dst[i*dstStride:], &h)
	}
}

func pairsGeneric(dst []byte, dstStride int, prefix byte, left, right []byte, leftStride, rightStride, count int) {
	var block [blockSize]byte
	block[0] = prefix
	for i := range count {
		copy(block[1:], left[i*leftStride:i*leftStride+Size])
		copy(block[1+Size:], right[i*rightStride:i*rightStride+Size])
		h := iv
		h[0] ^= paramWord
		compress(&h, &block, 1+2*Size, true)
		storeDigest(dst[i*dstStride:], &h)
	}
}

// sumOne leaves the digest of prefix || data in the first four words of h.
func sumOne(h *[8]uint64, prefix byte, data []byte) {
	*h = iv
	h[0] ^= paramWord
	var block [blockSize]byte
	block[0] = prefix
	n := copy(block[1:], data)
	if n == len(data) {
		compress(h, &block, uint64(1+n), true)
		return
	}
	compress(h, &block, blockSize, false)
	done := uint64(blockSize)
	for data = data[n:]; len(data) > blockSize; data = data[blockSize:] {
		done += blockSize
		compress(h, (*[blockSize]byte)(data), done, false)
	}
	n = copy(block[:], data)
	clear(block[n:])
	compress(h, &block, done+uint64(n), true)
}

func storeDigest(dst []byte, h *[8]uint64) {
	_ = dst[Size-1]
	binary.LittleEndian.PutUint64(dst, h[0])
	binary.LittleEndian.PutUint64(dst[8:], h[1])
	binary.LittleEndian.PutUint64(dst[16:], h[2])
	binary.LittleEndian.PutUint64(dst[24:], h[3])
}

// compress is the function F of RFC 7693, section 3.2. done counts the bytes of the message up to the end of the block; messages end
// far below 2^64 bytes, so the counter's high word is always zero.
func compress(h *[8]uint64, block *[blockSize]byte, done uint64, last bool) {
	var m [16]uint64
	for i := range m {
		m[i] = binary.LittleEndian.Uint64(block[8*i:])
	}
	v0, v1, v2, v3, v4, v5, v6, v7 := h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7]
	v8, v9, v10, v11, v12, v13, v14, v15 := iv[0], iv[1], iv[2], iv[3], iv[4]^done, iv[5], iv[6], iv[7]
	if last {
		v14 = ^v14
	}
	for r := range sigma {
		s := &sigma[r]
		v0, v4, v8, v12 = mix(v0, v4, v8, v12, m[s[0]&15], m[s[1]&15])
		v1, v5, v9, v13 = mix(v1, v5, v9, v13, m[s[2]&15], m[s[3]&15])
		v2, v6, v10, v14 = mix(v2, v6, v10, v14, m[s[4]&15], m[s[5]&15])
		v3, v7, v11, v15 = mix(v3, v7, v11, v15, m[s[6]&15], m[s[7]&15])
		v0, v5, v10, v15 = mix(v0, v5, v10, v15, m[s[8]&15], m[s[9]&15])
		v1, v6, v11, v12 = mix(v1, v6, v11, v12, m[s[10]&15], m[s[11]&15])
		v2, v7, v8, v13 = mix(v2, v7, v8, v13, m[s[12]&15], m[s[13]&15])
		v3, v4, v9, v14 = mix(v3, v4, v9, v14, m[s[14]&15], m[s[15]&15])
	}
	h[0] ^= v0 ^ v8
	h[1] ^= v1 ^ v9
	h[2] ^= v2 ^ v10
	h[3] ^= v3 ^ v11
	h[4] ^= v4 ^ v12
	h[5] ^= v5 ^ v13
	h[6] ^= v6 ^ v14
	h[7] ^= v7 ^ v15
}

// mix is the function G of RFC 7693, section 3.1.
func mix(a, b, c, d, x, y uint64) (uint64, uint64, uint64, uint64) {
	a += x + b
	d = bits.RotateLeft64(d^a, -32)
	c += d
	b = bits.RotateLeft64(b^c, -24)
	a += y + b
	d = bits.RotateLeft64(d^a, -16)
	c += d
	b = bits.RotateLeft64(b^c, -63)
	return a, b, c, d
}
