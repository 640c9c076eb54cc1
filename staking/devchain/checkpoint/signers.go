package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrSigners says that a bitmap is none of members of the committee.
var ErrSigners = errors.New("malformed bitmap of signers")

// The Roaring format of a set of numbers below 2^16 with at most 4096 elements, which is what sets of members are: one
// container, an ascending list. Sets in other containers are refused; Sui makes none.
const (
	roaringCookie = 12346 // no container is of runs
	roaringHeader = 16    // cookie, number of containers, key and size less one of the container, its offset
)

func encodeSigners(list []uint16) []byte {
	le := binary.LittleEndian
	if len(list) == 0 {
		return le.AppendUint32(le.AppendUint32(nil, roaringCookie), 0)
	}
	b := le.AppendUint32(nil, roaringCookie)
	b = le.AppendUint32(b, 1)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint16(b, uint16(len(list)-1))
	b = le.AppendUint32(b, roaringHeader)
	for _, n := range list {
		b = le.AppendUint16(b, n)
	}
	return b
}

// decodeSigners reads a set that is not empty, of numbers below members.
func decodeSigners(b []byte, members int) ([]uint16, error) {
	le := binary.LittleEndian
	if len(b) < roaringHeader || le.Uint32(b) != roaringCookie || le.Uint32(b[4:]) != 1 || le.Uint16(b[8:]) != 0 ||
		le.Uint32(b[12:]) != roaringHeader {
		return nil, fmt.Errorf("%w: %d bytes that are no list below 2^16", ErrSigners, len(b))
	}
	n := int(le.Uint16(b[10:])) + 1
	if n > members || len(b) != roaringHeader+2*n {
		return nil, fmt.Errorf("%w: %d signers of %d in %d bytes", ErrSigners, n, members, len(b))
	}
	list := make([]uint16, n)
	for i := range list {
		list[i] = le.Uint16(b[roaringHeader+2*i:])
		if int(list[i]) >= members || i > 0 && list[i] <= list[i-1] {
			return nil, fmt.Errorf("%w: signer %d after others, of %d", ErrSigners, list[i], members)
		}
	}
	return list, nil
}
