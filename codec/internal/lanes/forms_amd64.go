//go:build !purego

package lanes

import "golang.org/x/sys/cpu"

//go:generate go run -C ../gen/lanes . -dir ../../lanes

// supported lists the assembly forms that the processor and the operating system can run, the fastest first.
func supported() []Form {
	var list []Form
	x := &cpu.X86
	if x.HasAVX512F && x.HasAVX512BW && x.HasAVX512VL && x.HasBMI2 {
		list = append(list, Form{name: "avx512", sum: sumAVX512, pairs: pairsAVX512})
	}
	return list
}

// group8 holds the offsets of eight lanes from the first element of their group.
type group8 [8]int

// spread sets the first count offsets to multiples of stride and the rest to that of the first lane: spare lanes repeat the
// first one's work, so they touch nothing of their own.
func (g *group8) spread(stride, count int) {
	for i := range g {
		g[i] = 0
		if i < count {
			g[i] = i * stride
		}
	}
}

func sumAVX512(dst []byte, dstStride int, prefix byte, src []byte, stride, length, count int) {
	var none [1]byte
	if length == 0 {
		src, stride = none[:], 0
	}
	if length == 2*Size {
		pairsAVX512(dst, dstStride, prefix, src, src[Size:], stride, stride, count)
		return
	}
	var from, to group8
	from.spread(stride, 8)
	to.spread(dstStride, 8)
	for i := 0; i < count; i += 8 {
		if count-i < 8 {
			from.spread(stride, count-i)
			to.spread(dstStride, count-i)
		}
		if length < 32 {
			short8(&dst[i*dstStride], (*[8]int)(&to), &src[i*stride], (*[8]int)(&from), uint64(prefix), length)
		} else {
			sum8(&dst[i*dstStride], (*[8]int)(&to), &src[i*stride], (*[8]int)(&from), uint64(prefix), length)
		}
	}
}

func pairsAVX512(dst []byte, dstStride int, prefix byte, left, right []byte, leftStride, rightStride, count int) {
	var l, r, to group8
	l.spread(leftStride, 8)
	r.spread(rightStride, 8)
	to.spread(dstStride, 8)
	for i := 0; i < count; i += 8 {
		if count-i < 8 {
			l.spread(leftStride, count-i)
			r.spread(rightStride, count-i)
			to.spread(dstStride, count-i)
		}
		pairs8(&dst[i*dstStride], (*[8]int)(&to), &left[i*leftStride], (*[8]int)(&l), &right[i*rightStride], (*[8]int)(&r), uint64(prefix))
	}
}
