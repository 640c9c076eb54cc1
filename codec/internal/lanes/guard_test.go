package lanes_test

import (
	"testing"

	"github.com/floe-network/floe/codec/internal/fence"
	"github.com/floe-network/floe/codec/internal/lanes"
)

// Sources and destinations that touch inaccessible pages fault when a kernel strays by one byte.
func TestNothingOutsideIsTouched(t *testing.T) {
	const maxLength, maxMessages = 300, 17
	src, dst := fence.Bytes(t, maxLength*maxMessages), fence.Bytes(t, lanes.Size*maxMessages)
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
