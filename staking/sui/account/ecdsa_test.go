package account_test

import (
	stdecdsa "crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"math/big"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// ecdsaSignature signs with a scheme that the package only verifies.
func ecdsaSignature(t *testing.T, scheme account.Scheme, transaction []byte) []byte {
	t.Helper()
	inner := blake2b.Sum256(ptb.IntentMessage(transaction))
	hash := sha256.Sum256(inner[:])
	signature := make([]byte, 65, 98)
	signature[0] = byte(scheme)
	if scheme == account.Secp256k1 {
		private, err := secp256k1.GeneratePrivateKey()
		if err != nil {
			t.Fatal(err)
		}
		s := ecdsa.Sign(private, hash[:])
		r, low := s.R(), s.S()
		r.PutBytesUnchecked(signature[1:33])
		low.PutBytesUnchecked(signature[33:65])
		return append(signature, private.PubKey().SerializeCompressed()...)
	}
	curve := elliptic.P256()
	private, err := stdecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r, s, err := stdecdsa.Sign(rand.Reader, private, hash[:])
	if err != nil {
		t.Fatal(err)
	}
	if other := new(big.Int).Sub(curve.Params().N, s); other.Cmp(s) < 0 {
		s = other
	}
	r.FillBytes(signature[1:33])
	s.FillBytes(signature[33:65])
	point, err := private.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return append(append(signature, 2+point[64]&1), point[1:33]...)
}
