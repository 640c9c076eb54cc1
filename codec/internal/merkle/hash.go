package merkle

import "golang.org/x/crypto/blake2b"

// sum256 hashes count messages prefix || src[i*stride:][:length] into dst[i*dstStride:][:32].
func sum256(dst []byte, dstStride int, prefix byte, src []byte, stride, length, count int) {
	b := make([]byte, 1+length)
	b[0] = prefix
	for i := range count {
		copy(b[1:], src[i*stride:][:length])
		d := blake2b.Sum256(b)
		copy(dst[i*dstStride:], d[:])
	}
}

// pairs hashes count inner nodes prefix || left[i*stride:][:32] || right[i*stride:][:32]; a nil right is Empty.
func pairs(dst []byte, dstStride int, prefix byte, left, right []byte, stride, count int) {
	var b [65]byte
	b[0] = prefix
	for i := range count {
		copy(b[1:33], left[i*stride:][:32])
		if right != nil {
			copy(b[33:], right[i*stride:][:32])
		}
		d := blake2b.Sum256(b[:])
		copy(dst[i*dstStride:], d[:])
	}
}
