package account

import (
	stdecdsa "crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"fmt"
	"math/big"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
	"github.com/floe-network/floe/staking/sui/zip215"
)

// Signer is the address that a signature is of, whatever it signed. It fails as Verify does.
func Signer(signature []byte) (ptb.Address, error) {
	scheme, _, public, err := split(signature)
	if err != nil {
		return ptb.Address{}, err
	}
	return AddressOf(scheme, public), nil
}

// Verify checks a signature of a transaction, which is the BCS of a TransactionData, and gives the address that signed. It
// fails with ErrSignature, and with bcs.ErrUnsupported for signatures of several keys, zkLogin and passkeys.
func Verify(transaction, signature []byte) (ptb.Address, error) {
	scheme, core, public, err := split(signature)
	if err != nil {
		return ptb.Address{}, err
	}
	hash := signed(transaction)
	ok := false
	switch scheme {
	case Ed25519:
		ok = zip215.Verify(core, public, hash[:])
	case Secp256k1:
		ok = verifyK1(core, public, sha256.Sum256(hash[:]))
	case Secp256r1:
		ok = verifyR1(core, public, sha256.Sum256(hash[:]))
	}
	address := AddressOf(scheme, public)
	if !ok {
		return ptb.Address{}, fmt.Errorf("%w: it is not one by %s of this transaction", ErrSignature, address)
	}
	return address, nil
}

// split takes a signature apart.
func split(b []byte) (scheme Scheme, core, public []byte, err error) {
	if len(b) == 0 {
		return 0, nil, nil, fmt.Errorf("%w: no bytes", ErrSignature)
	}
	scheme = Scheme(b[0])
	want := 1 + signatureSize
	switch scheme {
	case Ed25519:
		want += ed25519Size
	case Secp256k1, Secp256r1:
		want += compressedSize
	case MultiSig, ZkLogin, Passkey:
		return 0, nil, nil, fmt.Errorf("%w: a signature of scheme %s", bcs.ErrUnsupported, scheme)
	default:
		return 0, nil, nil, fmt.Errorf("%w: of no known scheme, number %d", ErrSignature, b[0])
	}
	if len(b) != want {
		return 0, nil, nil, fmt.Errorf("%w: %s of %d bytes, want %d", ErrSignature, scheme, len(b), want)
	}
	return scheme, b[1 : 1+signatureSize], b[1+signatureSize:], nil
}

// verifyK1 checks r || s, of which s must be in the lower half.
func verifyK1(core, public []byte, hash [32]byte) bool {
	key, err := secp256k1.ParsePubKey(public)
	if err != nil {
		return false
	}
	var r, s secp256k1.ModNScalar
	if r.SetByteSlice(core[:32]) || s.SetByteSlice(core[32:]) || s.IsOverHalfOrder() {
		return false
	}
	return ecdsa.NewSignature(&r, &s).Verify(hash[:], key)
}

// verifyR1 checks r || s, of which s must be in the lower half.
func verifyR1(core, public []byte, hash [32]byte) bool {
	curve := elliptic.P256()
	x, y := elliptic.UnmarshalCompressed(curve, public)
	if x == nil {
		return false
	}
	point := make([]byte, 1, 1+2*seedSize)
	point[0] = 4 // both coordinates follow
	point = append(point, x.FillBytes(make([]byte, seedSize))...)
	point = append(point, y.FillBytes(make([]byte, seedSize))...)
	key, err := stdecdsa.ParseUncompressedPublicKey(curve, point)
	if err != nil {
		return false
	}
	r, s := new(big.Int).SetBytes(core[:32]), new(big.Int).SetBytes(core[32:])
	if half := new(big.Int).Rsh(curve.Params().N, 1); s.Cmp(half) > 0 {
		return false
	}
	return stdecdsa.Verify(key, hash[:], r, s)
}
