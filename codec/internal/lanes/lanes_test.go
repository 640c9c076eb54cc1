package lanes_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/codec/internal/lanes"
)

// guard surrounds every buffer of a test, to see writes outside it.
const guard = 0xA5

// maxCount covers every number of lanes in the last group, and several groups.
const maxCount = 40

func randomBytes(seed uint64, n int) []byte {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	b := make([]byte, n)
	_, _ = rand.NewChaCha8(key).Read(b) // never fails
	return b
}

func wantDigest(prefix byte, parts ...[]byte) [lanes.Size]byte {
	return blake2b.Sum256(append([]byte{prefix}, bytes.Join(parts, nil)...))
}

// checkSum hashes with a destination that holds guard bytes between and after the digests and compares every byte of it.
func checkSum(t *testing.T, f lanes.Form, dstStride int, prefix byte, src []byte, stride, length, count int) {
	t.Helper()
	dst := bytes.Repeat([]byte{guard}, max(count, 1)*dstStride+64)
	want := bytes.Clone(dst)
	for i := range count {
		d := wantDigest(prefix, src[i*stride:i*stride+length])
		copy(want[i*dstStride:], d[:])
	}
	end := max(count-1, 0)*dstStride + lanes.Size
	f.Sum256(dst[:end:end], dstStride, prefix, src, stride, length, count)
	if !bytes.Equal(dst, want) {
		t.Fatalf("length %d stride %d count %d dstStride %d prefix %d: digests differ", length, stride, count, dstStride, prefix)
	}
}

func TestSum256(t *testing.T) {
	for _, f := range lanes.Forms() {
		t.Run(f.Name(), func(t *testing.T) {
			for length := range 301 {
				for _, count := range []int{1, 3, 8, 11} {
					stride := length + length%5
					src := randomBytes(uint64(length), max(count-1, 0)*stride+length)
					checkSum(t, f, lanes.Size, byte(length), src, stride, length, count)
				}
			}
		})
	}
}

func TestSum256Counts(t *testing.T) {
	for _, f := range lanes.Forms() {
		t.Run(f.Name(), func(t *testing.T) {
			for _, length := range []int{0, 1, 2, 24, 31, 32, 63, 64, 65, 126, 127, 128, 129, 255, 256, 383} {
				for count := range maxCount + 1 {
					for _, gap := range []int{0, 1, 7, 64} {
						stride := length + gap
						src := randomBytes(uint64(count), max(count-1, 0)*stride+length)
						checkSum(t, f, lanes.Size+gap, byte(gap), src, stride, length, count)
					}
				}
			}
		})
	}
}

func TestSum256Long(t *testing.T) {
	for _, f := range lanes.Forms() {
		t.Run(f.Name(), func(t *testing.T) {
			for _, length := range []int{1023, 1024, 1206, 4096, 65534} {
				for _, count := range []int{1, 3, 8, 13} {
					src := randomBytes(uint64(length), count*length)
					checkSum(t, f, lanes.Size, 0, src, length, length, count)
				}
			}
		})
	}
}

// Messages may be the same memory (stride 0) or overlap.
func TestSum256Overlapping(t *testing.T) {
	for _, f := range lanes.Forms() {
		t.Run(f.Name(), func(t *testing.T) {
			src := randomBytes(1, 400)
			checkSum(t, f, lanes.Size, 1, src, 0, 100, 19)
			checkSum(t, f, lanes.Size, 1, src, 1, 150, 19)
		})
	}
}

func TestPairs(t *testing.T) {
	for _, f := range lanes.Forms() {
		t.Run(f.Name(), func(t *testing.T) {
			for count := range maxCount + 1 {
				for _, gap := range []int{0, 5, 32} {
					stride, dstStride := lanes.Size+gap, lanes.Size+gap/2
					n := max(count-1, 0)*stride + lanes.Size
					left, right := randomBytes(uint64(count), n), randomBytes(uint64(count)+100, n)
					for _, r := range [][]byte{right, nil} {
						dst := bytes.Repeat([]byte{guard}, max(count, 1)*dstStride+64)
						want := bytes.Clone(dst)
						for i := range count {
							pr := make([]byte, lanes.Size)
							if r != nil {
								copy(pr, r[i*stride:])
							}
							d := wantDigest(1, left[i*stride:i*stride+lanes.Size], pr)
							copy(want[i*dstStride:], d[:])
						}
						end := max(count-1, 0)*dstStride + lanes.Size
						f.Pairs(dst[:end:end], dstStride, 1, left, r, stride, count)
						if !bytes.Equal(dst, want) {
							t.Fatalf("count %d stride %d right %t: digests differ", count, stride, r != nil)
						}
					}
				}
			}
		})
	}
}

// A tree level reduces into its own memory, whichever function does it.
func TestInPlace(t *testing.T) {
	for _, f := range lanes.Forms() {
		t.Run(f.Name(), func(t *testing.T) {
			for count := 1; count <= maxCount; count++ {
				level := randomBytes(uint64(count), 64*count)
				want := make([]byte, 0, 32*count)
				for i := range count {
					d := wantDigest(1, level[64*i:64*i+64])
					want = append(want, d[:]...)
				}
				sum, pairs := bytes.Clone(level), bytes.Clone(level)
				f.Sum256(sum, lanes.Size, 1, sum, 64, 64, count)
				f.Pairs(pairs, lanes.Size, 1, pairs, pairs[lanes.Size:], 64, count)
				if !bytes.Equal(sum[:len(want)], want) || !bytes.Equal(pairs[:len(want)], want) {
					t.Fatalf("count %d: in-place digests differ", count)
				}

				// Over the left nodes, as columns of a matrix are reduced.
				matrix := bytes.Clone(level)
				f.Pairs(matrix, 2*lanes.Size, 1, matrix, matrix[lanes.Size:], 2*lanes.Size, count)
				for i := range count {
					if !bytes.Equal(matrix[64*i:64*i+32], want[32*i:32*i+32]) || !bytes.Equal(matrix[64*i+32:64*i+64], level[64*i+32:64*i+64]) {
						t.Fatalf("count %d: pair %d over its left node differs", count, i)
					}
				}
			}
		})
	}
}

func TestOutOfRange(t *testing.T) {
	for _, f := range lanes.Forms() {
		for name, call := range map[string]func(){
			"short dst":       func() { f.Sum256(make([]byte, 63), 32, 0, make([]byte, 64), 32, 32, 2) },
			"short src":       func() { f.Sum256(make([]byte, 64), 32, 0, make([]byte, 63), 32, 32, 2) },
			"negative length": func() { f.Sum256(make([]byte, 64), 32, 0, make([]byte, 63), 32, -1, 2) },
			"negative stride": func() { f.Sum256(make([]byte, 64), 32, 0, make([]byte, 63), -1, 8, 2) },
			"narrow dst":      func() { f.Sum256(make([]byte, 64), 31, 0, make([]byte, 64), 32, 32, 2) },
			"huge count":      func() { f.Sum256(make([]byte, 64), 1<<62, 0, make([]byte, 64), 1<<62, 32, 1<<62) },
			"short left":      func() { f.Pairs(make([]byte, 64), 32, 0, make([]byte, 63), make([]byte, 64), 32, 2) },
			"short right":     func() { f.Pairs(make([]byte, 64), 32, 0, make([]byte, 64), make([]byte, 63), 32, 2) },
			"empty right":     func() { f.Pairs(make([]byte, 64), 32, 0, make([]byte, 64), []byte{}, 32, 2) },
		} {
			t.Run(fmt.Sprintf("%s/%s", f.Name(), name), func(t *testing.T) {
				defer func() {
					if recover() == nil {
						t.Error("no panic")
					}
				}()
				call()
			})
		}
	}
}
