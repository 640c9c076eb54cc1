package move

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// AddressSize is the size of an Address in bytes.
const AddressSize = 32

// Address is where a package is on chain: an object id.
type Address [AddressSize]byte

// ParseAddress reads "0x" and 1 to 64 hexadecimal digits; missing leading digits are zeros.
func ParseAddress(s string) (Address, error) {
	var a Address
	digits, found := strings.CutPrefix(s, "0x")
	if !found || digits == "" || len(digits) > 2*AddressSize {
		return a, fmt.Errorf("address %q: want 0x and 1 to %d hexadecimal digits", s, 2*AddressSize)
	}
	padded := strings.Repeat("0", 2*AddressSize-len(digits)) + digits
	if _, err := hex.Decode(a[:], []byte(padded)); err != nil {
		return a, fmt.Errorf("address %q: %w", s, err)
	}
	return a, nil
}

// String gives 0x and all 64 digits.
func (a Address) String() string {
	return "0x" + hex.EncodeToString(a[:])
}
