package codec

import (
	"encoding/base64"
	"fmt"
)

// BlobID names a blob by its content: BLAKE2b-256 over encoding type, length and blob root. Its text form is base64url
// without padding, 43 characters.
type BlobID [32]byte

// ParseBlobID reads the text form.
func ParseBlobID(s string) (BlobID, error) {
	var id BlobID
	if len(s) != blobIDTextLen {
		return id, fmt.Errorf("%w: blob id %.60q has %d characters, want %d of base64url", ErrInvalid, s, len(s), blobIDTextLen)
	}
	// Strict refuses stray bits in the last character, so that one id has one text.
	if _, err := base64.RawURLEncoding.Strict().Decode(id[:], []byte(s)); err != nil {
		return BlobID{}, fmt.Errorf("%w: blob id %q: not base64url", ErrInvalid, s)
	}
	return id, nil
}

const blobIDTextLen = 43

// String returns the text form.
func (id BlobID) String() string { return base64.RawURLEncoding.EncodeToString(id[:]) }

// MarshalText implements encoding.TextMarshaler.
func (id BlobID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *BlobID) UnmarshalText(b []byte) error {
	v, err := ParseBlobID(string(b))
	if err != nil {
		return err
	}
	*id = v
	return nil
}

// mod returns the id, read as a 256-bit big-endian integer, modulo n.
func (id BlobID) mod(n int) int {
	r := 0
	for _, b := range id {
		r = (r<<8 | int(b)) % n
	}
	return r
}
