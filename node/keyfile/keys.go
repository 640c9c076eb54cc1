package keyfile

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"

	"github.com/libp2p/go-libp2p/core/crypto"

	"github.com/floe-network/floe/staking/bls"
)

// CreatePeer makes a new identity and writes it to a new file; an empty passphrase leaves it unsealed. It makes the
// directory (not its parents) when it is missing, never replaces a file, and is durable when it returns.
func CreatePeer(path string, passphrase []byte) (crypto.PrivKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	if err := write(path, Peer, key.Seed(), passphrase); err != nil {
		return nil, err
	}
	return crypto.UnmarshalEd25519PrivateKey(key)
}

// ReadPeer reads an identity. It fails with ErrMode, ErrFormat, ErrPassphrase or an error of the file system.
func ReadPeer(path string, passphrase []byte) (crypto.PrivKey, error) {
	seed, err := read(path, Peer, passphrase)
	if err != nil {
		return nil, err
	}
	return crypto.UnmarshalEd25519PrivateKey(ed25519.NewKeyFromSeed(seed))
}

// CreateBLS does for a protocol key what CreatePeer does for an identity.
func CreateBLS(path string, passphrase []byte) (*bls.SecretKey, error) {
	key, err := bls.GenerateKey()
	if err != nil {
		return nil, err
	}
	secret, err := key.Bytes()
	if err != nil {
		return nil, err
	}
	if err := write(path, BLS, secret, passphrase); err != nil {
		return nil, err
	}
	return key, nil
}

// ReadBLS reads a protocol key. It fails as ReadPeer does.
func ReadBLS(path string, passphrase []byte) (*bls.SecretKey, error) {
	secret, err := read(path, BLS, passphrase)
	if err != nil {
		return nil, err
	}
	key, err := bls.ParseSecretKey(secret)
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrFormat, path, err)
	}
	return key, nil
}
