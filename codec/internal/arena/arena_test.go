package arena

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestArena(t *testing.T) {
	a := New(Padded(10) + Padded(100) + 1)
	x, y, z := a.Take(10), a.Take(100), a.Take(1)
	for i, b := range [][]byte{x, y, z, a.Take(1000)} {
		for j := range b[:cap(b)] {
			b[j] = byte(i + 1)
		}
	}
	if len(x) != 10 || len(y) != 100 || x[9] != 1 || y[0] != 2 || y[99] != 2 || z[0] != 3 {
		t.Error("blocks overlap or have the wrong length")
	}
}

func TestPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p Pool
		small, large := p.Get(100), p.Get(1000)
		large.Take(500)
		p.Put(small)
		p.Put(large)
		p.Put(New(10_000)) // one more than is kept
		if got := p.Get(50); got != small {
			t.Errorf("got an arena of %d bytes, want the smallest that fits", got.Size())
		}
		if got := p.Get(500); got != large || len(got.Take(1000)) != 1000 || got.used != 1000 {
			t.Errorf("got an arena of %d bytes, %d used, want the large one, empty", got.Size(), got.used)
		}
		p.Put(small)
		if got := p.Get(101); got == small || got.Size() != 101 || len(p.idle) != 0 {
			t.Errorf("got an arena of %d bytes, want 101 and nothing left", got.Size())
		}

		for range 2 {
			p.Put(small)
			time.Sleep(idleTime - 1)
			synctest.Wait()
			if got := p.Get(1); got != small {
				t.Error("the arena is gone too early")
			}
		}
		p.Put(small)
		time.Sleep(idleTime)
		synctest.Wait()
		if got := p.Get(1); got == small {
			t.Error("the arena was not given up")
		}
	})
}
