package account

import (
	"errors"
	"fmt"
	"strings"
)

// Bech32 as of BIP 173: a prefix in lower case, "1", groups of five bits as characters, six characters of checksum.
const (
	bech32Characters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	bech32Checksum   = 6
)

// errBech32 has no part of the text, which may be a secret.
var errBech32 = errors.New("it is not in Bech32, or mistyped")

func encodeBech32(prefix string, data []byte) string {
	groups, _ := regroup(data, 8, 5, true) // filling up cannot fail
	sum := polymod(append(expand(prefix), append(groups, make([]byte, bech32Checksum)...)...)) ^ 1
	for i := range bech32Checksum {
		groups = append(groups, byte(sum>>(5*(bech32Checksum-1-i)))&31)
	}
	var b strings.Builder
	b.WriteString(prefix)
	b.WriteByte('1')
	for _, g := range groups {
		b.WriteByte(bech32Characters[g])
	}
	return b.String()
}

func decodeBech32(text string) (prefix string, data []byte, err error) {
	if len(text) > maxBech32 {
		return "", nil, fmt.Errorf("%w: %d characters, at most %d", errBech32, len(text), maxBech32)
	}
	if lower := strings.ToLower(text); lower != text {
		if strings.ToUpper(text) != text {
			return "", nil, fmt.Errorf("%w: small and capital letters are mixed", errBech32)
		}
		text = lower
	}
	end := strings.LastIndexByte(text, '1')
	if end < 1 || len(text)-end-1 < bech32Checksum {
		return "", nil, errBech32
	}
	prefix = text[:end]
	groups := make([]byte, 0, len(text))
	for _, c := range []byte(text[end+1:]) {
		g := strings.IndexByte(bech32Characters, c)
		if g < 0 {
			return "", nil, errBech32
		}
		groups = append(groups, byte(g))
	}
	if polymod(append(expand(prefix), groups...)) != 1 {
		return "", nil, errBech32
	}
	data, ok := regroup(groups[:len(groups)-bech32Checksum], 5, 8, false)
	if !ok {
		return "", nil, errBech32
	}
	return prefix, data, nil
}

// expand is the prefix as the checksum takes it.
func expand(prefix string) []byte {
	b := make([]byte, 0, 2*len(prefix)+1+maxBech32)
	for _, c := range []byte(prefix) {
		b = append(b, c>>5)
	}
	b = append(b, 0)
	for _, c := range []byte(prefix) {
		b = append(b, c&31)
	}
	return b
}

// polymod is the checksum's polynomial.
func polymod(groups []byte) uint32 {
	sum := uint32(1)
	for _, g := range groups {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(g)
		for i, generator := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= generator
			}
		}
	}
	return sum
}

// regroup makes groups of some bits into groups of others. What is left over is filled up with zeros, or must be less than
// a group, and zeros.
func regroup(in []byte, from, to uint, fill bool) ([]byte, bool) {
	var acc uint32
	var bits uint
	out := make([]byte, 0, (uint(len(in))*from+to-1)/to)
	for _, b := range in {
		acc = acc<<from | uint32(b)
		for bits += from; bits >= to; {
			bits -= to
			out = append(out, byte(acc>>bits&(1<<to-1)))
		}
		acc &= 1<<bits - 1
	}
	switch {
	case fill && bits > 0:
		out = append(out, byte(acc<<(to-bits)))
	case !fill && (bits >= from || acc != 0):
		return nil, false
	}
	return out, true
}
