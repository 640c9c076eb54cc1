// Package lanes computes BLAKE2b-256 of many messages of equal length at once, one message a vector lane.
//
// The trees of an encoded blob have millions of nodes whose hashes do not depend on each other. A single BLAKE2b stream is
// bound by latency, so vector instructions help it little; eight independent streams in the lanes of one register fill
// the vector units. Every message here starts with a one-byte prefix, which separates leaves from inner nodes of a tree; it
// needs no place in memory.
package lanes

// Size is the length of a digest in bytes.
const Size = 32

// empty pads a level of odd length.
var empty [Size]byte

// Sum256 hashes count messages with the fastest form of this CPU; see Form.Sum256.
func Sum256(dst []byte, dstStride int, prefix byte, src []byte, stride, length, count int) {
	forms[0].Sum256(dst, dstStride, prefix, src, stride, length, count)
}

// Pairs hashes count inner nodes with the fastest form of this CPU; see Form.Pairs.
func Pairs(dst []byte, dstStride int, prefix byte, left, right []byte, stride, count int) {
	forms[0].Pairs(dst, dstStride, prefix, left, right, stride, count)
}

// Form is one implementation of the hashes. All forms compute the same.
type Form struct {
	name string
	// sum and pairs see arguments whose bounds are checked and whose count is at least 1.
	sum   func(dst []byte, dstStride int, prefix byte, src []byte, stride, length, count int)
	pairs func(dst []byte, dstStride int, prefix byte, left, right []byte, leftStride, rightStride, count int)
}

// forms is what this machine can run, the fastest first.
var forms = append(supported(), Form{name: "generic", sum: sumGeneric, pairs: pairsGeneric})

// Forms lists the forms that this CPU and operating system can run, the fastest first; the last is always "generic".
func Forms() []Form {
	return append([]Form(nil), forms...)
}

// Name is "avx512", "avx2" or "generic".
func (f Form) Name() string { return f.name }

// Sum256 hashes count messages of length+1 bytes: message i is prefix || src[i*stride : i*stride+length], and its digest
// goes to dst[i*dstStride : i*dstStride+32]. It panics, as an index out of range does, when a slice is too short, a stride or length
// is negative or dstStride is less than 32. Nothing outside the named ranges is read or written.
//
// dst may share memory with src where digest i ends before message i+1 begins and messages do not overlap, as when a level of
// a tree is reduced in place; any other overlap gives undefined digests.
func (f Form) Sum256(dst []byte, dstStride int, prefix byte, src []byte, stride, length, count int) {
	if count <= 0 {
		return
	}
	checkRange(len(dst), dstStride, Size, Size, count)
	checkRange(len(src), stride, 0, length, count)
	f.sum(dst, dstStride, prefix, src, stride, length, count)
}

// Pairs hashes count inner nodes: digest i = BLAKE2b-256(prefix || left[i*stride:][:32] || right[i*stride:][:32]) goes to
// dst[i*dstStride : i*dstStride+32]. A nil right stands for 32 zero bytes in every pair, the padding of an odd tree level. Bounds and
// overlap are as in Sum256.
func (f Form) Pairs(dst []byte, dstStride int, prefix byte, left, right []byte, stride, count int) {
	if count <= 0 {
		return
	}
	checkRange(len(dst), dstStride, Size, Size, count)
	checkRange(len(left), stride, 0, Size, count)
	if right == nil {
		f.pairs(dst, dstStride, prefix, left, empty[:], stride, 0, count)
		return
	}
	checkRange(len(right), stride, 0, Size, count)
	f.pairs(dst, dstStride, prefix, left, right, stride, stride, count)
}

// checkRange panics unless count elements of the given size, stride bytes apart, lie within n bytes. It divides,
// because a product could overflow.
func checkRange(n, stride, minStride, size, count int) {
	if stride < minStride || size < 0 || size > n || (stride > 0 && (n-size)/stride < count-1) {
		panic("lanes: elements out of range of their slice")
	}
}
