//go:build !purego

package lanes

import "golang.org/x/sys/cpu"

//go:generate go run -C ../gen ./lanes -dir ../lanes

// supported lists the assembly forms that the processor and the operating system can run, the fastest first.
func supported() []Form {
	var list []Form
	x := &cpu.X86
	if x.HasAVX512F && x.HasAVX512BW && x.HasAVX512VL && x.HasBMI2 {
		list = append(list, form("avx512", 16))
	}
	if x.HasAVX2 {
		list = append(list, form("avx2", 4))
	}
	return list
}

func form(name string, width int) Form {
	return Form{
		name: name,
		sum: func(dst []byte, dstStride int, prefix byte, src []byte, stride, length, count int) {
			sumLanes(width, dst, dstStride, prefix, src, stride, length, count)
		},
		pairs: func(dst []byte, dstStride int, prefix byte, left, right []byte, leftStride, rightStride, count int) {
			pairsLanes(width, dst, dstStride, prefix, left, right, leftStride, rightStride, count)
		},
	}
}

// offsets are the places of a group's elements, one a lane, counted from the first.
type offsets [16]int

// spread places count elements a stride apart. Spare lanes repeat the first one's work, so they touch nothing of their own.
func (o *offsets) spread(stride, count int) {
	for i := range o {
		o[i] = 0
		if i < count {
			o[i] = i * stride
		}
	}
}

func (o *offsets) first4() *[4]int { return (*[4]int)(o[:4]) }

func (o *offsets) first8() *[8]int { return (*[8]int)(o[:8]) }

func (o *offsets) all() *[16]int { return (*[16]int)(o) }

// kernelWidth is how many lanes the kernel for a group of n messages has, where width is the most of the form. A kernel takes as
// long for one message as for all its lanes, so few messages go to a narrow one, and a single one to no kernel at all.
func kernelWidth(width, n int) int {
	switch {
	case n == 1:
		return 1
	case n <= 4:
		return 4
	case n <= 8:
		return min(8, width)
	default:
		return width
	}
}

// maxShort is the longest message of the kernels that know most message words to be zero.
const maxShort = 31

func sumLanes(width int, dst []byte, dstStride int, prefix byte, src []byte, stride, length, count int) {
	if length == 2*Size {
		pairsLanes(width, dst, dstStride, prefix, src, src[Size:], stride, stride, count)
		return
	}
	if length == 0 {
		src, stride = dst, 0 // an address that nothing is read from
	}
	var from, to offsets
	from.spread(stride, width)
	to.spread(dstStride, width)
	for i := 0; i < count; i += width {
		n := min(count-i, width)
		if n < width {
			from.spread(stride, n)
			to.spread(dstStride, n)
		}
		d, s := &dst[i*dstStride], &src[i*stride]
		short := length <= maxShort
		switch w := kernelWidth(width, n); {
		case w == 16 && short:
			short16(d, to.all(), s, from.all(), uint64(prefix), length)
		case w == 16:
			sum16(d, to.all(), s, from.all(), uint64(prefix), length)
		case w == 8 && short:
			short8(d, to.first8(), s, from.first8(), uint64(prefix), length)
		case w == 8:
			sum8(d, to.first8(), s, from.first8(), uint64(prefix), length)
		case w == 1:
			sumGeneric(dst[i*dstStride:], dstStride, prefix, src[i*stride:], stride, length, 1)
		case short:
			short4(d, to.first4(), s, from.first4(), uint64(prefix), length)
		default:
			sum4(d, to.first4(), s, from.first4(), uint64(prefix), length)
		}
	}
}

func pairsLanes(width int, dst []byte, dstStride int, prefix byte, left, right []byte, leftStride, rightStride, count int) {
	var fromLeft, fromRight, to offsets
	fromLeft.spread(leftStride, width)
	fromRight.spread(rightStride, width)
	to.spread(dstStride, width)
	for i := 0; i < count; i += width {
		n := min(count-i, width)
		if n < width {
			fromLeft.spread(leftStride, n)
			fromRight.spread(rightStride, n)
			to.spread(dstStride, n)
		}
		d, l, r := &dst[i*dstStride], &left[i*leftStride], &right[i*rightStride]
		switch kernelWidth(width, n) {
		case 16:
			pairs16(d, to.all(), l, fromLeft.all(), r, fromRight.all(), uint64(prefix))
		case 8:
			pairs8(d, to.first8(), l, fromLeft.first8(), r, fromRight.first8(), uint64(prefix))
		case 1:
			pairsGeneric(dst[i*dstStride:], dstStride, prefix, left[i*leftStride:], right[i*rightStride:], leftStride, rightStride, 1)
		default:
			pairs4(d, to.first4(), l, fromLeft.first4(), r, fromRight.first4(), uint64(prefix))
		}
	}
}
