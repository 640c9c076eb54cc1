//go:build unix

package lanes_test

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/floe-network/floe/codec/internal/lanes"
)

// guarded returns memory of at least n bytes with an inaccessible page on either side.
func guarded(t *testing.T, n int) []byte {
	t.Helper()
	page := os.Getpagesize()
	inner := (n + page - 1) / page * page
	b, err := unix.Mmap(-1, 0, inner+2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Munmap(b); err != nil {
			t.Error(err)
		}
	})
	for _, edge := range [][]byte{b[:page], b[page+inner:]} {
		if err := unix.Mprotect(edge, unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return b[page : page+inner]
}

// Sources and destinations that touch inaccessible pages fault when a kernel strays by one byte.
func TestNothingOutsideIsTouched(t *testing.T) {
	const maxLength, maxMessages = 300, 17
	src, dst := guarded(t, maxLength*maxMessages), guarded(t, lanes.Size*maxMessages)
	copy(src, randomBytes(3, len(src)))
	for _, f := range lanes.Forms() {
		t.Run(f.Name(), func(t *testing.T) {
			for length := range maxLength + 1 {
				for _, count := range []int{1, 5, 8, 16, 17} {
					n, m := count*length, count*lanes.Size
					for _, s := range [][]byte{src[:n], src[len(src)-n:]} {
						f.Sum256(dst[:m], lanes.Size, 0, s, length, length, count)
						f.Sum256(dst[len(dst)-m:], lanes.Size, 0, s, length, length, count)
						if got, want := [lanes.Size]byte(dst[len(dst)-lanes.Size:]), wantDigest(0, s[n-length:]); got != want {
							t.Fatalf("length %d count %d: digest differs", length, count)
						}
					}
				}
			}
			for count := 1; count <= maxMessages; count++ {
				n := count * lanes.Size
				f.Pairs(dst[:n], lanes.Size, 1, src[:n], src[len(src)-n:], lanes.Size, count)
				f.Pairs(dst[len(dst)-n:], lanes.Size, 1, src[len(src)-n:], src[:n], lanes.Size, count)
			}
		})
	}
}
