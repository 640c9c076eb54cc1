// Package crypto has the signature checks and the group arithmetic of Sui's native functions: bytes in, bytes out.
//
// Every function answers as Sui's validators do, whose libraries are blst and ed25519-consensus: what they refuse is
// refused here. Elements of groups have the encodings of package sui::group_ops, see Group.
package crypto

import (
	"crypto/ed25519"
	"crypto/sha512"

	"filippo.io/edwards25519"
	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"

	"github.com/floe-network/floe/staking/bls"
)

// The ciphersuites of the IETF draft with which Sui hashes messages to G1 and to G2.
const (
	suiteG1 = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
	suiteG2 = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_"
)

// VerifyMinPk says whether a signature in G2 (96 bytes, compressed) of a message is by a public key in G1 (48 bytes,
// compressed). Keys and signatures that are malformed, at infinity or outside the subgroup do not verify.
func VerifyMinPk(signature, key, msg []byte) bool {
	s, err := bls.ParseSignature(signature)
	if err != nil {
		return false
	}
	k, err := bls.ParsePublicKey(key)
	if err != nil {
		return false
	}
	return bls.Verify(k, msg, s) == nil
}

// VerifyMinSig says whether a signature in G1 (48 bytes, compressed) of a message is by a public key in G2 (96 bytes,
// compressed). Keys and signatures that are malformed, at infinity or outside the subgroup do not verify.
func VerifyMinSig(signature, key, msg []byte) bool {
	var s curve.G1Affine
	if len(signature) != curve.SizeOfG1AffineCompressed {
		return false
	}
	if _, err := s.SetBytes(signature); err != nil || s.IsInfinity() {
		return false
	}
	var k curve.G2Affine
	if len(key) != curve.SizeOfG2AffineCompressed {
		return false
	}
	if _, err := k.SetBytes(key); err != nil || k.IsInfinity() {
		return false
	}
	h, err := curve.HashToG1(msg, []byte(suiteG1))
	if err != nil {
		return false
	}
	// e(H(m), key) == e(sig, g2), as one product of pairings.
	_, _, _, g2 := curve.Generators()
	s.Neg(&s)
	ok, err := curve.PairingCheck([]curve.G1Affine{h, s}, []curve.G2Affine{k, g2})
	return err == nil && ok
}

// VerifyEd25519 says whether a signature (64 bytes) of a message is by a public key (32 bytes), by the rules of ZIP 215:
// the scalar must be canonical, points need not be and may have components of small order, and the equation is
// multiplied by the cofactor. The standard library differs in the last points.
func VerifyEd25519(signature, key, msg []byte) bool {
	if len(signature) != ed25519.SignatureSize || len(key) != ed25519.PublicKeySize {
		return false
	}
	a, err := new(edwards25519.Point).SetBytes(key)
	if err != nil {
		return false
	}
	r, err := new(edwards25519.Point).SetBytes(signature[:32])
	if err != nil {
		return false
	}
	s, err := new(edwards25519.Scalar).SetCanonicalBytes(signature[32:])
	if err != nil {
		return false
	}
	h := sha512.New()
	h.Write(signature[:32])
	h.Write(key)
	h.Write(msg)
	k, err := new(edwards25519.Scalar).SetUniformBytes(h.Sum(nil))
	if err != nil {
		return false
	}
	// 8(sB - kA - R) == 0
	k.Negate(k)
	sum := new(edwards25519.Point).VarTimeDoubleScalarBaseMult(k, a, s)
	sum.Subtract(sum, r).MultByCofactor(sum)
	return sum.Equal(edwards25519.NewIdentityPoint()) == 1
}
