package source

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/iotest"
)

func content(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*i + 1)
	}
	return b
}

func TestRead(t *testing.T) {
	const rows, row, cell = 4, 10, 4
	blob := content(33)
	padded := append(bytes.Clone(blob), make([]byte, rows*row-len(blob))...)
	s := New(bytes.NewReader(blob), int64(len(blob)), rows, row, cell)
	for _, r := range []struct{ row, off, n int }{{0, 0, 40}, {1, 4, 4}, {1, 8, 2}, {1, 8, 12}, {3, 0, 10}, {3, 4, 4}, {2, 4, 16}, {0, 0, 4}} {
		got := bytes.Repeat([]byte{0xff}, r.n)
		if err := s.Read(got, r.row, r.off); err != nil {
			t.Fatalf("%+v: %v", r, err)
		}
		if want := padded[r.row*row+r.off:][:r.n]; !bytes.Equal(got, want) {
			t.Errorf("%+v: got %x, want %x", r, got, want)
		}
	}
}

func TestChanged(t *testing.T) {
	const rows, row, cell = 3, 8, 3
	for flip := range rows * row {
		blob := content(rows * row)
		s := New(bytes.NewReader(blob), int64(len(blob)), rows, row, cell)
		buf := make([]byte, row)
		for r := range rows {
			if err := s.Read(buf, r, 0); err != nil {
				t.Fatal(err)
			}
		}
		blob[flip] ^= 0x10
		for r := range rows {
			for off := 0; off < row; off += cell {
				err := s.Read(buf[:min(cell, row-off)], r, off)
				if hit := r == flip/row && off == flip%row/cell*cell; errors.Is(err, ErrChanged) != hit {
					t.Errorf("byte %d changed: reading row %d at %d: %v", flip, r, off, err)
				}
			}
		}
	}
}

type readerAt struct {
	io.ReaderAt
	n   int
	err error
}

func (r readerAt) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.ReaderAt.ReadAt(p[:min(r.n, len(p))], off)
	return n, errors.Join(err, r.err)
}

func TestErrors(t *testing.T) {
	blob := content(10)
	buf := make([]byte, 10)
	for _, c := range []struct {
		name string
		r    io.ReaderAt
		size int64
		want error
	}{
		{"shorter than said", bytes.NewReader(blob), 11, io.ErrUnexpectedEOF},
		{"empty", bytes.NewReader(nil), 1, io.ErrUnexpectedEOF},
		{"short read without error", readerAt{bytes.NewReader(blob), 4, nil}, 10, io.ErrUnexpectedEOF},
		{"failing", readerAt{bytes.NewReader(blob), 4, iotest.ErrTimeout}, 10, iotest.ErrTimeout},
		{"complete with io.EOF", readerAt{bytes.NewReader(blob), 10, io.EOF}, 10, nil},
	} {
		s := New(c.r, c.size, 2, 10, 10)
		err := s.Read(buf, 0, 0)
		if err == nil {
			err = s.Read(buf, 1, 0)
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestConcurrentFirstRead(t *testing.T) {
	blob := content(1000)
	s := New(bytes.NewReader(blob), 1000, 10, 100, 7)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			buf := make([]byte, 1000)
			if err := s.Read(buf, 0, 0); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
