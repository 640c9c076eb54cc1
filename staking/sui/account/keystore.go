package account

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Keystore has the keys of a file sui.keystore, as Sui's command line keeps it: a JSON array of the base64 of the scheme's
// number and 32 secret bytes.
type Keystore struct {
	keys   []*Key
	others int // keys of other schemes, which cannot sign here
}

// ParseKeystore reads the contents of a file. It fails with ErrKeystore, whose message has nothing of the contents.
func ParseKeystore(b []byte) (*Keystore, error) {
	if len(b) > maxKeystore {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrKeystore, maxKeystore)
	}
	var list []string
	if json.Unmarshal(b, &list) != nil { // the error may have a part of a key
		return nil, fmt.Errorf("%w: it is no JSON array of strings", ErrKeystore)
	}
	s := &Keystore{}
	for i, text := range list {
		flagged, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("%w: key %d is not in base64", ErrKeystore, i)
		}
		k, err := fromFlagged(flagged)
		switch {
		case errors.Is(err, bcs.ErrUnsupported):
			s.others++
		case err != nil:
			return nil, fmt.Errorf("%w: key %d: %w", ErrKeystore, i, err)
		default:
			s.keys = append(s.keys, k)
		}
	}
	return s, nil
}

// Addresses are those of the keys, in the order of the file.
func (s *Keystore) Addresses() []ptb.Address {
	list := make([]ptb.Address, len(s.keys))
	for i, k := range s.keys {
		list[i] = k.Address()
	}
	return list
}

// Key is the key of an address. It fails with ErrNoKey.
func (s *Keystore) Key(address ptb.Address) (*Key, error) {
	for _, k := range s.keys {
		if k.Address() == address {
			return k, nil
		}
	}
	hint := ""
	if s.others > 0 {
		hint = fmt.Sprintf(" among the %s keys; %d of other schemes cannot sign here", Ed25519, s.others)
	}
	return nil, fmt.Errorf("%w: %s%s", ErrNoKey, address, hint)
}
