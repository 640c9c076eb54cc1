package arena

import "testing"

func TestArena(t *testing.T) {
	var p Pool
	a := p.Get(Padded(10) + Padded(100) + 1)
	x, y, z := a.Take(10), a.Take(100), a.Take(1)
	for i, b := range [][]byte{x, y, z, a.Take(1000)} {
		for j := range b[:cap(b)] {
			b[j] = byte(i + 1)
		}
	}
	if len(x) != 10 || len(y) != 100 || x[9] != 1 || y[0] != 2 || y[99] != 2 || z[0] != 3 {
		t.Error("blocks overlap or have the wrong length")
	}
	p.Put(a)
	if b := p.Get(1 << 20); b.Size() < 1<<20 {
		t.Errorf("arena of %d bytes, asked for %d", b.Size(), 1<<20)
	}
}
