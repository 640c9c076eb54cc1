// Package crypto has the signature checks and the group arithmetic of Sui's native functions: bytes in, bytes out.
//
// Every function answers as Sui's validators do, whose library is blst: what they refuse is refused here. Elements of groups have the encodings of package sui::group_ops, see Group.
package crypto

import (
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
