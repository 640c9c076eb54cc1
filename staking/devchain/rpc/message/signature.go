package message

import (
	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
)

// Schemes of signatures that one key makes, by the first byte of their form, with the length of what follows.
var simpleSchemes = map[byte]struct {
	scheme         v2.SignatureScheme
	signature, key int
}{
	0: {v2.SignatureScheme_ED25519, 64, 32},
	1: {v2.SignatureScheme_SECP256K1, 64, 33},
	2: {v2.SignatureScheme_SECP256R1, 64, 33},
}

// Signatures makes the messages of signatures as they are sent: scheme || signature || key.
func Signatures(list [][]byte) []*v2.UserSignature { return each(list, signature) }

func signature(b []byte) *v2.UserSignature {
	m := &v2.UserSignature{Bcs: Bcs("UserSignatureBytes", b)}
	if len(b) == 0 {
		return m
	}
	s, ok := simpleSchemes[b[0]]
	if ok && len(b) == 1+s.signature+s.key {
		m.Scheme = &s.scheme
		m.Signature = &v2.UserSignature_Simple{Simple: &v2.SimpleSignature{Scheme: &s.scheme, Signature: b[1 : 1+s.signature], PublicKey: b[1+s.signature:]}}
	}
	return m
}
