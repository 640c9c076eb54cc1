package ptb

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mr-tron/base58"
	"golang.org/x/crypto/blake2b"
)

// Errors of the parsers of text.
var (
	ErrAddress = errors.New("malformed address")
	ErrDigest  = errors.New("malformed digest")
)

// Address is a 32-byte account, object or package address.
type Address [32]byte

// ShortAddress is the address with one low byte, as of the framework packages 0x1 and 0x2.
func ShortAddress(low byte) Address { return Address{31: low} }

// String is "0x" and 64 hexadecimal digits.
func (a Address) String() string { return "0x" + hex.EncodeToString(a[:]) }

// ParseAddress reads "0x" and 1 to 64 hexadecimal digits. It fails with ErrAddress.
func ParseAddress(s string) (Address, error) {
	var a Address
	digits, ok := strings.CutPrefix(s, "0x")
	if !ok || digits == "" || len(digits) > 2*len(a) {
		return a, fmt.Errorf("%w: %.80q: want 0x and 1 to 64 hexadecimal digits", ErrAddress, s)
	}
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	if _, err := hex.Decode(a[len(a)-len(digits)/2:], []byte(digits)); err != nil {
		return Address{}, fmt.Errorf("%w: %q: %w", ErrAddress, s, err)
	}
	return a, nil
}

// MarshalText implements encoding.TextMarshaler.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText is ParseAddress.
func (a *Address) UnmarshalText(b []byte) (err error) {
	*a, err = ParseAddress(string(b))
	return err
}

// MarshalBCS gives the 32 bytes.
func (a Address) MarshalBCS() ([]byte, error) { return a[:], nil }

// UnmarshalBCS reads 32 bytes.
func (a *Address) UnmarshalBCS(r io.Reader) (int, error) { return io.ReadFull(r, a[:]) }

// Digest is a BLAKE2b-256 hash of something salted with the name of its kind.
type Digest [32]byte

// String is the digest in base58, as Sui writes it.
func (d Digest) String() string { return base58.Encode(d[:]) }

// maxDigestText is the length in base58 of 32 bytes of 0xff.
const maxDigestText = 44

// ParseDigest reads base58. It fails with ErrDigest.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	if len(s) > maxDigestText {
		return d, fmt.Errorf("%w: %d characters, at most %d", ErrDigest, len(s), maxDigestText)
	}
	b, err := base58.Decode(s)
	if err != nil {
		return d, fmt.Errorf("%w: %q: %w", ErrDigest, s, err)
	}
	if len(b) != len(d) {
		return d, fmt.Errorf("%w: %q has %d bytes, want %d", ErrDigest, s, len(b), len(d))
	}
	return Digest(b), nil
}

// MarshalText implements encoding.TextMarshaler.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is ParseDigest.
func (d *Digest) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDigest(string(b))
	return err
}

// MarshalBCS gives a vector of 32 bytes.
func (d Digest) MarshalBCS() ([]byte, error) { return append([]byte{byte(len(d))}, d[:]...), nil }

// UnmarshalBCS reads a vector of 32 bytes.
func (d *Digest) UnmarshalBCS(r io.Reader) (int, error) {
	var b [1 + len(d)]byte
	n, err := io.ReadFull(r, b[:])
	if err != nil {
		return n, err
	}
	if int(b[0]) != len(d) {
		return n, fmt.Errorf("%w: %d bytes, want %d", ErrDigest, b[0], len(d))
	}
	copy(d[:], b[1:])
	return n, nil
}

// Hash is the digest of bytes salted with the name of their kind, as in "TransactionData::".
func Hash(salt string, b []byte) Digest {
	h, _ := blake2b.New256(nil) // fails for keys that are too long only
	h.Write([]byte(salt))
	h.Write(b)
	return Digest(h.Sum(nil))
}
