package gf16

// locator returns, for every point x, the logarithm of the product of x-e over the erased points e other than x: the
// erasure locator, or at an erasure its derivative. erased has 1 for an erased point and 0 for others; it is overwritten.
//
// As subtraction is XOR, the logarithms are the convolution over XOR of erased with the table of logarithms, which
// Walsh-Hadamard transforms turn into a product. They are exact in 64 bits: with at most 2^14 points and logarithms below
// 2^16 no sum reaches 2^58.
func (c *Code) locator(erased []int64) []uint16 {
	walsh(erased)
	for i := range erased {
		erased[i] *= c.logs[i]
	}
	walsh(erased)
	locator := make([]uint16, len(erased))
	for i, sum := range erased {
		locator[i] = uint16(sum / int64(len(erased)) % modulus)
	}
	return locator
}

// transformedLogs returns the Walsh-Hadamard transform of the logarithms of the elements below size.
func transformedLogs(f *field, size int) []int64 {
	logs := make([]int64, size)
	for i := 1; i < size; i++ {
		logs[i] = int64(f.log[i])
	}
	walsh(logs)
	return logs
}

// walsh is the Walsh-Hadamard transform, its own inverse but for the factor len(a), a power of two.
func walsh(a []int64) {
	for h := 1; h < len(a); h *= 2 {
		for r := 0; r < len(a); r += 2 * h {
			low, high := a[r:r+h], a[r+h:r+2*h]
			for i, x := range low {
				y := high[i]
				low[i], high[i] = x+y, x-y
			}
		}
	}
}
