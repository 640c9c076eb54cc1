package gf16

// plane is a work area: row i of length n is the shard of point i of a coset.
type plane struct {
	b []byte
	n int
}

func (p plane) row(i int) []byte { return p.b[i*p.n : (i+1)*p.n] }

// ifft turns values at the m points offset..offset+m-1 into coefficients.
func (f *field) ifft(p plane, m, offset int) {
	for shift := 0; 1<<shift < m; shift++ {
		h := 1 << shift
		for r := 0; r < m; r += 2 * h {
			skew := uint16((offset + r) >> shift)
			for i := r; i < r+h; i++ {
				f.mulAdd(p.row(i+h), p.row(i), 1)
				f.mulAdd(p.row(i), p.row(i+h), skew)
			}
		}
	}
}

// fft is the inverse of ifft.
func (f *field) fft(p plane, m, offset int) {
	for h, shift := m/2, ilog(m)-1; h > 0; h, shift = h/2, shift-1 {
		for r := 0; r < m; r += 2 * h {
			skew := uint16((offset + r) >> shift)
			for i := r; i < r+h; i++ {
				f.mulAdd(p.row(i), p.row(i+h), skew)
				f.mulAdd(p.row(i+h), p.row(i), 1)
			}
		}
	}
}

func ilog(m int) int {
	l := 0
	for 1<<l < m {
		l++
	}
	return l
}

// mulAdd adds factor*src to dst, both in packed layout.
func (f *field) mulAdd(dst, src []byte, factor uint16) {
	if factor == 0 {
		return
	}
	var lo, hi [256]uint16
	for i := range lo {
		lo[i] = f.mul(uint16(i), factor)
		hi[i] = f.mul(uint16(i)<<8, factor)
	}
	for b := 0; b < len(src); b += BlockSize {
		d, s := dst[b:b+BlockSize], src[b:b+BlockSize]
		for i := range BlockSize / 2 {
			x := lo[s[i]] ^ hi[s[i+32]]
			d[i] ^= byte(x)
			d[i+32] ^= byte(x >> 8)
		}
	}
}
