package gf16

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func FuzzPack(f *testing.F) {
	f.Add([]byte("symbols of several bytes each, and some more so that there is a tail"), uint16(6), uint8(1))
	f.Add(bytes.Repeat([]byte{1, 2, 3}, 4000), uint16(75), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, half uint16, gap uint8) {
		size := 2 * (1 + int(half)%600)
		step := size + int(gap)%70
		count := (len(data) + step - size) / step
		if count == 0 {
			return
		}
		data = data[:(count-1)*step+size]
		packed := make([]byte, packedLen(size, count))
		best().pack(packed, data, step, size, count)
		for _, form := range forms() {
			got := bytes.Clone(data)
			for i := range count {
				clear(got[i*step:][:size])
			}
			form.unpack(packed, got, step, size, count)
			if !bytes.Equal(got, data) {
				t.Fatalf("%s: %d symbols of %d bytes every %d differ", form.name, count, size, step)
			}
		}
	})
}

// FuzzDecode decodes from a set that the input chooses, in a shape that it chooses.
func FuzzDecode(f *testing.F) {
	f.Add(uint16(34), uint16(66), uint16(75), uint64(1))
	f.Add(uint16(67), uint16(33), uint16(1), uint64(2))
	f.Add(uint16(1), uint16(1), uint16(31), uint64(3))
	f.Fuzz(func(t *testing.T, source, recovery, half uint16, seed uint64) {
		k, r := 1+int(source)%300, 1+int(recovery)%300
		rng := rand.New(rand.NewPCG(seed, 0))
		all := forms()
		c := mustCode(t, k, k+r, all[rng.IntN(len(all))])
		present := rng.Perm(c.n)[:k+rng.IntN(r+1)]
		checkDecode(t, c, encoded(t, rng, c, 2*(1+int(half)%200), 1+rng.IntN(5)), present)
	})
}
