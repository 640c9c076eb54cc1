// Package account has the keys of Sui accounts and the signatures of transactions. It signs with Ed25519 and verifies all
// plain schemes. A signature is the number of its scheme, 64 bytes, and the public key.
package account

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Scheme is the number of a signature scheme, the first byte of keys and signatures.
type Scheme byte

// The schemes.
const (
	Ed25519   Scheme = 0
	Secp256k1 Scheme = 1
	Secp256r1 Scheme = 2
	MultiSig  Scheme = 3
	ZkLogin   Scheme = 5
	Passkey   Scheme = 6
)

var schemeNames = map[Scheme]string{Ed25519: "ed25519", Secp256k1: "secp256k1", Secp256r1: "secp256r1",
	MultiSig: "multisig", ZkLogin: "zkLogin", Passkey: "passkey"}

func (s Scheme) String() string {
	if name, ok := schemeNames[s]; ok {
		return name
	}
	return fmt.Sprintf("Scheme(%d)", byte(s))
}

// Key is the secret of an account. It never shows itself in text: Export does that.
type Key struct {
	private ed25519.PrivateKey
}

// Generate makes a key from the system's randomness.
func Generate() (*Key, error) {
	var seed [seedSize]byte
	if _, err := io.ReadFull(rand.Reader, seed[:]); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return FromSeed(seed), nil
}

// FromSeed is the key that Sui has for 32 secret bytes.
func FromSeed(seed [32]byte) *Key { return &Key{ed25519.NewKeyFromSeed(seed[:])} }

// privateKeyPrefix begins exported keys.
const privateKeyPrefix = "suiprivkey"

// Import reads a key as Export writes it, which is how Sui's programs export keys. It fails with ErrKey, whose message
// does not have the text, and with bcs.ErrUnsupported for keys of other schemes than Ed25519.
func Import(text string) (*Key, error) {
	prefix, b, err := decodeBech32(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	case prefix != privateKeyPrefix:
		return nil, fmt.Errorf("%w: it does not begin with %s1", ErrKey, privateKeyPrefix)
	}
	return fromFlagged(b)
}

// fromFlagged reads the number of a scheme and a secret.
func fromFlagged(b []byte) (*Key, error) {
	switch {
	case len(b) != 1+seedSize:
		return nil, fmt.Errorf("%w: %d bytes, want %d", ErrKey, len(b), 1+seedSize)
	case Scheme(b[0]) != Ed25519:
		return nil, fmt.Errorf("%w: a key of scheme %s, only %s can sign here", bcs.ErrUnsupported, Scheme(b[0]), Ed25519)
	}
	return FromSeed([32]byte(b[1:])), nil
}

// Export writes the secret: suiprivkey1... of 70 characters.
func (k *Key) Export() string {
	return encodeBech32(privateKeyPrefix, append([]byte{byte(Ed25519)}, k.private.Seed()...))
}

// PublicKey has 32 bytes.
func (k *Key) PublicKey() []byte { return append([]byte(nil), k.public()...) }

// public is the second half of a private key.
func (k *Key) public() []byte { return k.private[seedSize:] }

// Address is the account's.
func (k *Key) Address() ptb.Address { return AddressOf(Ed25519, k.public()) }

// AddressOf is the address of the account of a public key.
func AddressOf(scheme Scheme, public []byte) ptb.Address {
	return ptb.Address(ptb.Hash(string([]byte{byte(scheme)}), public))
}

// Sign signs a transaction, which is the BCS of a TransactionData. The signature has 97 bytes.
func (k *Key) Sign(transaction []byte) []byte {
	hash := signed(transaction)
	signature := append(make([]byte, 0, 1+signatureSize+ed25519Size), byte(Ed25519))
	signature = append(signature, ed25519.Sign(k.private, hash[:])...)
	return append(signature, k.public()...)
}

// signed is what the schemes sign of a transaction.
func signed(transaction []byte) [32]byte { return blake2b.Sum256(ptb.IntentMessage(transaction)) }

// Format writes the address in place of the key, for every verb.
func (k *Key) Format(s fmt.State, _ rune) {
	if k == nil {
		fmt.Fprint(s, "no key")
		return
	}
	fmt.Fprintf(s, "key of %s", k.Address())
}

// LogValue is the address in place of the key.
func (k *Key) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(k)) }
