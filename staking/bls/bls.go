// Package bls is the signature scheme of storage nodes: BLS12-381 with public keys in G1 (48 bytes) and signatures in G2
// (96 bytes), as in Walrus and Sui (min-pk, suite BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_).
//
// circl signs, gnark-crypto verifies: two implementations, so that a defect in one does not certify itself. Keys and
// signatures at infinity or outside the subgroup are refused when they are read. Aggregates of one message are safe
// against rogue keys only for keys whose owner proved possession, which the chain demands at registration.
package bls

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"

	circl "github.com/cloudflare/circl/sign/bls"
	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"
)

// Sizes in bytes.
const (
	SecretKeySize = 32
	PublicKeySize = 48
	SignatureSize = 96
)

// Errors that callers ask for.
var (
	ErrKey       = errors.New("invalid BLS key")
	ErrSignature = errors.New("BLS signature does not verify")
)

var suite = []byte("BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_")

// SecretKey signs.
type SecretKey struct {
	key *circl.PrivateKey[circl.KeyG1SigG2]
	pub PublicKey
}

// GenerateKey makes a key from the system's randomness.
func GenerateKey() (*SecretKey, error) {
	var seed [SecretKeySize]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return nil, err
	}
	k, err := circl.KeyGen[circl.KeyG1SigG2](seed[:], nil, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return newSecretKey(k)
}

// ParseSecretKey reads the 32-byte big-endian scalar; zero and scalars not below the group order are refused.
func ParseSecretKey(b []byte) (*SecretKey, error) {
	if len(b) != SecretKeySize {
		return nil, fmt.Errorf("%w: %d bytes, want %d", ErrKey, len(b), SecretKeySize)
	}
	k := new(circl.PrivateKey[circl.KeyG1SigG2])
	if err := k.UnmarshalBinary(b); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	// Scalars are read modulo the group order; a file must name its key in one way only.
	if c, err := k.MarshalBinary(); err != nil || subtle.ConstantTimeCompare(b, c) != 1 {
		return nil, fmt.Errorf("%w: the scalar is not below the group order", ErrKey)
	}
	return newSecretKey(k)
}

func newSecretKey(k *circl.PrivateKey[circl.KeyG1SigG2]) (*SecretKey, error) {
	b, err := k.PublicKey().MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	pub, err := ParsePublicKey(b)
	if err != nil {
		return nil, err
	}
	return &SecretKey{key: k, pub: pub}, nil
}

// Bytes returns the scalar, SecretKeySize bytes.
func (k *SecretKey) Bytes() ([]byte, error) { return k.key.MarshalBinary() }

// Public returns the public key.
func (k *SecretKey) Public() PublicKey { return k.pub }

// Sign signs a message.
func (k *SecretKey) Sign(msg []byte) (Signature, error) {
	return ParseSignature(circl.Sign(k.key, msg))
}

// PublicKey is a point of G1, checked when it was read. The zero value is no key.
type PublicKey struct {
	point curve.G1Affine
	raw   [PublicKeySize]byte
}

// ParsePublicKey reads a compressed point and refuses infinity and points outside the subgroup.
func ParsePublicKey(b []byte) (PublicKey, error) {
	var k PublicKey
	if len(b) != PublicKeySize {
		return k, fmt.Errorf("%w: %d bytes, want %d", ErrKey, len(b), PublicKeySize)
	}
	// SetBytes checks that the point is on the curve and in the subgroup.
	if _, err := k.point.SetBytes(b); err != nil {
		return PublicKey{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	if k.point.IsInfinity() {
		return PublicKey{}, fmt.Errorf("%w: point at infinity", ErrKey)
	}
	copy(k.raw[:], b)
	return k, nil
}

// ParseUncompressedPublicKey reads a point as the chain keeps it, both coordinates in 96 bytes, and refuses what ParsePublicKey
// does.
func ParseUncompressedPublicKey(b []byte) (PublicKey, error) {
	var point curve.G1Affine
	if len(b) != curve.SizeOfG1AffineUncompressed {
		return PublicKey{}, fmt.Errorf("%w: %d bytes, want %d", ErrKey, len(b), curve.SizeOfG1AffineUncompressed)
	}
	// Flags in the first byte could make it another form: SetBytes then reads less than all.
	if n, err := point.SetBytes(b); err != nil {
		return PublicKey{}, fmt.Errorf("%w: %w", ErrKey, err)
	} else if n != len(b) {
		return PublicKey{}, fmt.Errorf("%w: a compressed point in %d bytes", ErrKey, len(b))
	}
	raw := point.Bytes()
	return ParsePublicKey(raw[:])
}

// Valid reports whether k is a key, not the zero value.
func (k PublicKey) Valid() bool { return k.raw != [PublicKeySize]byte{} }

// Bytes returns the compressed point.
func (k PublicKey) Bytes() [PublicKeySize]byte { return k.raw }

// String returns the compressed point in hexadecimal after "0x".
func (k PublicKey) String() string { return "0x" + hex.EncodeToString(k.raw[:]) }

// MarshalText implements encoding.TextMarshaler.
func (k PublicKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; the "0x" may be missing.
func (k *PublicKey) UnmarshalText(b []byte) error {
	raw, err := unhex(b)
	if err != nil {
		return fmt.Errorf("%w: %.120q is not hexadecimal", ErrKey, b)
	}
	v, err := ParsePublicKey(raw)
	if err != nil {
		return err
	}
	*k = v
	return nil
}

func unhex(b []byte) ([]byte, error) {
	if len(b) >= 2 && b[0] == '0' && b[1] == 'x' {
		b = b[2:]
	}
	return hex.DecodeString(string(b))
}

// Signature is a point of G2, checked when it was read.
type Signature struct {
	point curve.G2Affine
	raw   [SignatureSize]byte
}

// ParseSignature reads a compressed point and refuses infinity and points outside the subgroup.
func ParseSignature(b []byte) (Signature, error) {
	var s Signature
	if len(b) != SignatureSize {
		return s, fmt.Errorf("%w: %d bytes, want %d", ErrSignature, len(b), SignatureSize)
	}
	if _, err := s.point.SetBytes(b); err != nil {
		return Signature{}, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if s.point.IsInfinity() {
		return Signature{}, fmt.Errorf("%w: point at infinity", ErrSignature)
	}
	copy(s.raw[:], b)
	return s, nil
}

// Bytes returns the compressed point.
func (s Signature) Bytes() [SignatureSize]byte { return s.raw }

// Aggregate adds signatures of one message.
func Aggregate(sigs []Signature) (Signature, error) {
	if len(sigs) == 0 {
		return Signature{}, fmt.Errorf("%w: nothing to aggregate", ErrSignature)
	}
	var sum curve.G2Jac
	for i := range sigs {
		sum.AddMixed(&sigs[i].point)
	}
	var a curve.G2Affine
	a.FromJacobian(&sum)
	raw := a.Bytes()
	return ParseSignature(raw[:])
}

// Verify checks one signature.
func Verify(k PublicKey, msg []byte, s Signature) error {
	return VerifyAggregate([]PublicKey{k}, msg, s)
}

// VerifyAggregate checks an aggregate of signatures of one message by all the keys.
func VerifyAggregate(keys []PublicKey, msg []byte, s Signature) error {
	var sum curve.G1Jac
	for i := range keys {
		if !keys[i].Valid() {
			return fmt.Errorf("%w: key %d of the aggregate is empty", ErrKey, i)
		}
		sum.AddMixed(&keys[i].point)
	}
	var key curve.G1Affine
	key.FromJacobian(&sum)
	if key.IsInfinity() {
		return fmt.Errorf("%w: the keys add up to infinity", ErrKey)
	}
	h, err := curve.HashToG2(msg, suite)
	if err != nil {
		return fmt.Errorf("hash to curve: %w", err)
	}
	// e(key, H(m)) == e(g1, sig), as one product of pairings.
	_, _, g1, _ := curve.Generators()
	var neg curve.G1Affine
	neg.Neg(&g1)
	ok, err := curve.PairingCheck([]curve.G1Affine{key, neg}, []curve.G2Affine{h, s.point})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if !ok || s.point.IsInfinity() {
		return ErrSignature
	}
	return nil
}
