package checkpoint

import (
	"errors"
	"fmt"
	"io"

	circl "github.com/cloudflare/circl/sign/bls"
	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"
)

// Sizes in bytes.
const (
	PublicKeySize = 96
	SignatureSize = 48
	minSeedSize   = 32
)

// Errors of keys and signatures.
var (
	ErrKey       = errors.New("invalid committee key")
	ErrSignature = errors.New("checkpoint signature does not verify")
)

// suite is that of signatures in G1 with keys in G2 (min-sig). It is the other way round with storage nodes.
var suite = []byte("BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_")

// PublicKey is the compressed point of G2 of a member, in which state it may be no point at all: NewCommittee checks.
type PublicKey [PublicKeySize]byte

// MarshalBCS gives a vector of 96 bytes.
func (k PublicKey) MarshalBCS() ([]byte, error) { return append([]byte{PublicKeySize}, k[:]...), nil }

// UnmarshalBCS reads a vector of 96 bytes.
func (k *PublicKey) UnmarshalBCS(r io.Reader) (int, error) {
	var b [1 + PublicKeySize]byte
	n, err := io.ReadFull(r, b[:])
	if err != nil {
		return n, err
	}
	if b[0] != PublicKeySize {
		return n, fmt.Errorf("%w: %d bytes, want %d", ErrKey, b[0], PublicKeySize)
	}
	copy(k[:], b[1:])
	return n, nil
}

// point reads the key and refuses infinity and points outside the subgroup.
func (k PublicKey) point() (curve.G2Affine, error) {
	var p curve.G2Affine
	if _, err := p.SetBytes(k[:]); err != nil {
		return p, fmt.Errorf("%w: %w", ErrKey, err)
	}
	if p.IsInfinity() {
		return p, fmt.Errorf("%w: point at infinity", ErrKey)
	}
	return p, nil
}

// SecretKey signs checkpoints for a member.
type SecretKey struct {
	key *circl.PrivateKey[circl.KeyG2SigG1]
	pub PublicKey
}

// NewSecretKey derives a key from a secret seed of at least 32 bytes.
func NewSecretKey(seed []byte) (*SecretKey, error) {
	if len(seed) < minSeedSize {
		return nil, fmt.Errorf("%w: a seed of %d bytes, at least %d", ErrKey, len(seed), minSeedSize)
	}
	key, err := circl.KeyGen[circl.KeyG2SigG1](seed, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	b, err := key.PublicKey().MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return &SecretKey{key: key, pub: PublicKey(b)}, nil
}

// Public is the public key.
func (k *SecretKey) Public() PublicKey { return k.pub }

// sign signs a message.
func (k *SecretKey) sign(message []byte) (curve.G1Affine, error) {
	return signaturePoint(circl.Sign(k.key, message))
}

// signaturePoint reads a signature and refuses infinity and points outside the subgroup.
func signaturePoint(b []byte) (curve.G1Affine, error) {
	var p curve.G1Affine
	if len(b) != SignatureSize {
		return p, fmt.Errorf("%w: %d bytes, want %d", ErrSignature, len(b), SignatureSize)
	}
	if _, err := p.SetBytes(b); err != nil {
		return p, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if p.IsInfinity() {
		return p, fmt.Errorf("%w: point at infinity", ErrSignature)
	}
	return p, nil
}

// verify checks an aggregate of signatures of one message by keys that add up to key.
func verify(key *curve.G2Affine, message []byte, signature *curve.G1Affine) error {
	if key.IsInfinity() {
		return fmt.Errorf("%w: the keys add up to infinity", ErrKey)
	}
	h, err := curve.HashToG1(message, suite)
	if err != nil {
		return fmt.Errorf("hash to curve: %w", err)
	}
	// e(H(m), key) == e(signature, g2), as one product of pairings.
	_, _, _, g2 := curve.Generators()
	h.Neg(&h)
	ok, err := curve.PairingCheck([]curve.G1Affine{h, *signature}, []curve.G2Affine{*key, g2})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if !ok {
		return ErrSignature
	}
	return nil
}
