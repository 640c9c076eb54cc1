// Package zip215 verifies Ed25519 signatures as Sui's validators do, whose library is ed25519-consensus.
package zip215

import (
	"crypto/ed25519"
	"crypto/sha512"

	"filippo.io/edwards25519"
)

// Verify says whether a signature (64 bytes) of a message is by a public key (32 bytes), by the rules of ZIP 215:
// the scalar must be canonical, points need not be and may have components of small order, and the equation is
// multiplied by the cofactor. The standard library differs in the last points.
func Verify(signature, key, msg []byte) bool {
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
