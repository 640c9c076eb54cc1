package crypto

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"testing"

	circl "github.com/cloudflare/circl/sign/bls"
	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"

	"github.com/floe-network/floe/staking/bls"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMinPkAgreesWithTheNodesScheme(t *testing.T) {
	key, err := bls.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	msg := []byte("a confirmation")
	sig, err := key.Sign(msg)
	if err != nil {
		t.Fatal(err)
	}
	s, k := sig.Bytes(), key.Public().Bytes()
	if !VerifyMinPk(s[:], k[:], msg) {
		t.Error("a good signature does not verify")
	}
	if VerifyMinPk(s[:], k[:], []byte("another message")) {
		t.Error("a signature verifies for another message")
	}
	other, err := bls.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	o := other.Public().Bytes()
	if VerifyMinPk(s[:], o[:], msg) {
		t.Error("a signature verifies for another key")
	}
}

func TestMinSigAgreesWithCircl(t *testing.T) {
	key, err := circl.KeyGen[circl.KeyG2SigG1](bytes.Repeat([]byte{7}, 32), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := key.PublicKey().MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	msg := []byte("a checkpoint")
	sig := circl.Sign(key, msg)
	if !VerifyMinSig(sig, pub, msg) {
		t.Error("a good signature does not verify")
	}
	if VerifyMinSig(sig, pub, []byte("another message")) {
		t.Error("a signature verifies for another message")
	}
	if VerifyMinSig(pub, sig, msg) || VerifyMinPk(sig, pub, msg) {
		t.Error("key and signature are taken for each other")
	}
}

// A round of the drand beacon, which signs SHA-256 of the previous signature and the round's number.
func TestMinPkVerifiesDrand(t *testing.T) {
	key := unhex(t, "868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a9402801af31")
	previous := unhex(t, "a96aace596906562dc525dba4dff734642d71b334d51324f9c9bcb5a3d6caf14b05cde91d6507bf4615cb4285e5b4efd"+
		"1358ebc46b80b51e338f9dc46cca17cf2e046765ba857c04101a560887fa81aef101a5bb3b2350884558bd3adc72be37")
	sig := unhex(t, "a2cd8577944b84484ef557a7f92f0d5092779497cc470b1b97680b8f7c807d97250d310b801c7c2185c7c8a21032d454"+
		"03b97530ca87bd8f05d0cf4ffceb4bcb9bf7184fb604967db7e9e6ea555bc51b25a9e41fbd51181f712aa73aaec749fe")
	msg := func(round uint64) []byte {
		d := sha256.Sum256(binary.BigEndian.AppendUint64(bytes.Clone(previous), round))
		return d[:]
	}
	if !VerifyMinPk(sig, key, msg(2373935)) {
		t.Error("the round does not verify")
	}
	if VerifyMinPk(sig, key, msg(2373936)) {
		t.Error("the next round verifies")
	}
}

// A signature that Sui's validators accept.
func TestMinSigVerifiesWhatSuiDoes(t *testing.T) {
	key := unhex(t, "8df101606f91f3cad7f54b8aff0f0f64c41c482d9b9f9fe81d2b607bc5f611bdfa8017cf04b47b44b222c356ef555fbd"+
		"11058c52c077f5a7ec6a15ccfd639fdc9bd47d005a111dd6cdb8c02fe49608df55a3c9822986ad0b86bdea3abfdfe464")
	sig := unhex(t, "908e345f2e2803cd941ae88c218c96194233c9053fa1bca52124787d3cca141c36429d7652435a820c72992d5eee6317")
	if !VerifyMinSig(sig, key, unhex(t, "0101010101")) {
		t.Error("it does not verify")
	}
	if VerifyMinSig(sig, key, unhex(t, "0201010101")) {
		t.Error("it verifies for another message")
	}
}

// offSubgroupG1 is on the curve and not in the subgroup.
func offSubgroupG1(t testing.TB) curve.G1Affine {
	t.Helper()
	for x := byte(1); ; x++ {
		b := make([]byte, 48)
		b[0], b[47] = flagCompressed, x
		var p curve.G1Affine
		if err := curve.NewDecoder(bytes.NewReader(b), curve.NoSubgroupChecks()).Decode(&p); err != nil {
			continue
		}
		if p.IsOnCurve() && !p.IsInSubGroup() {
			return p
		}
	}
}

func offSubgroupG2(t testing.TB) curve.G2Affine {
	t.Helper()
	for x := byte(1); ; x++ {
		b := make([]byte, 96)
		b[0], b[95] = flagCompressed, x
		var p curve.G2Affine
		if err := curve.NewDecoder(bytes.NewReader(b), curve.NoSubgroupChecks()).Decode(&p); err != nil {
			continue
		}
		if p.IsOnCurve() && !p.IsInSubGroup() {
			return p
		}
	}
}

// With the key at infinity and the signature at infinity the pairing equation holds for every message.
func TestSignaturesAtInfinityAndOffTheSubgroupAreRefused(t *testing.T) {
	infinity1, infinity2 := infinity(48), infinity(96)
	off1, off2 := offSubgroupG1(t), offSubgroupG2(t)
	b1, b2 := off1.Bytes(), off2.Bytes()
	_, _, g1, g2 := curve.Generators()
	good1, good2 := g1.Bytes(), g2.Bytes()
	for name, c := range map[string]struct{ in1, in2 []byte }{
		"both at infinity":           {infinity1, infinity2},
		"G1 at infinity":             {infinity1, good2[:]},
		"G2 at infinity":             {good1[:], infinity2},
		"G1 off the subgroup":        {b1[:], good2[:]},
		"G2 off the subgroup":        {good1[:], b2[:]},
		"both off the subgroup":      {b1[:], b2[:]},
		"G1 short":                   {good1[:47], good2[:]},
		"G2 short":                   {good1[:], good2[:95]},
		"G1 long":                    {append(good1[:], 0), good2[:]},
		"G2 long":                    {good1[:], append(good2[:], 0)},
		"nothing":                    {nil, nil},
		"G1 infinity with remainder": {append(infinity1[:47:47], 1), good2[:]},
	} {
		if VerifyMinPk(c.in2, c.in1, []byte("m")) {
			t.Errorf("%s: verifies as min-pk", name)
		}
		if VerifyMinSig(c.in1, c.in2, []byte("m")) {
			t.Errorf("%s: verifies as min-sig", name)
		}
	}
}

func infinity(n int) []byte {
	b := make([]byte, n)
	b[0] = flagCompressed | flagInfinity
	return b
}
