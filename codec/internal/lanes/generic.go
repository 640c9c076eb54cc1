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
		h[0] ^= paramWord //nolint:gosec // h is an array of eight
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
