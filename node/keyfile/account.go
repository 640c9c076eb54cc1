package keyfile

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// CreateAccount does for the key of a Sui account what CreatePeer does for an identity.
func CreateAccount(path string, passphrase []byte) (*account.Key, error) {
	var seed [secretSize]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return nil, err
	}
	if err := write(path, Account, seed[:], passphrase); err != nil {
		return nil, err
	}
	return account.FromSeed(seed), nil
}

// ReadAccount reads the key of a Sui account, from a file of ours or from what Sui's programs keep: the text of an exported
// key (suiprivkey1...), or a sui.keystore, of which address names the key. The zero address takes whatever the file has, if
// that is one key. It fails as ReadPeer does, and with account.ErrNoKey for another address.
func ReadAccount(path string, passphrase []byte, address ptb.Address) (*account.Key, error) {
	b, err := readSmall(path, maxAccounts, true)
	if err != nil {
		return nil, err
	}
	var key *account.Key
	switch text := bytes.TrimSpace(b); {
	case bytes.HasPrefix(text, []byte("[")):
		return fromKeystore(path, text, address)
	case bytes.HasPrefix(text, []byte("suiprivkey")):
		key, err = account.Import(string(text))
		if err != nil {
			return nil, fmt.Errorf("%w %s: %w", ErrFormat, path, err)
		}
	default:
		seed, err := read(path, Account, passphrase)
		if err != nil {
			return nil, err
		}
		key = account.FromSeed([secretSize]byte(seed))
	}
	if address != (ptb.Address{}) && key.Address() != address {
		return nil, fmt.Errorf("%w: %s has the key of %s, want that of %s", account.ErrNoKey, path, key.Address(), address)
	}
	return key, nil
}

func fromKeystore(path string, text []byte, address ptb.Address) (*account.Key, error) {
	store, err := account.ParseKeystore(text)
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrFormat, path, err)
	}
	if address == (ptb.Address{}) {
		all := store.Addresses()
		if len(all) != 1 {
			return nil, fmt.Errorf("%w: %s has %d keys: say the address of one", account.ErrNoKey, path, len(all))
		}
		address = all[0]
	}
	key, err := store.Key(address)
	if errors.Is(err, account.ErrNoKey) {
		return nil, fmt.Errorf("%w in %s: %s", account.ErrNoKey, path, address)
	}
	return key, err
}
