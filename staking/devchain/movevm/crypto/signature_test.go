package crypto

import (
	"bytes"
	stded25519 "crypto/ed25519"
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

func TestEd25519AgreesWithTheStandardLibrary(t *testing.T) {
	key := stded25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32))
	pub := []byte(key.Public().(stded25519.PublicKey))
	for n := range 100 {
		msg := bytes.Repeat([]byte{byte(n)}, n)
		sig := stded25519.Sign(key, msg)
		if !VerifyEd25519(sig, pub, msg) {
			t.Fatalf("message of %d bytes: a good signature does not verify", n)
		}
		for _, i := range []int{n % 64, 63 - n%64} {
			bad := bytes.Clone(sig)
			bad[i] ^= 1 << (n % 8)
			if got, want := VerifyEd25519(bad, pub, msg), stded25519.Verify(pub, msg, bad); got != want {
				t.Fatalf("message of %d bytes, byte %d changed: %v, standard library %v", n, i, got, want)
			}
		}
	}
	sig := stded25519.Sign(key, nil)
	if VerifyEd25519(sig[:63], pub, nil) || VerifyEd25519(append(sig, 0), pub, nil) || VerifyEd25519(sig, pub[:31], nil) {
		t.Error("a wrong length verifies")
	}
}

// The published vectors of "Taming the many EdDSAs" with what ed25519-consensus, Sui's library, answers: small orders and
// points that are not canonical are allowed, scalars that are not canonical are not.
func TestEd25519EdgeCases(t *testing.T) {
	for i, c := range []struct {
		msg, key, sig string
		want          bool
	}{
		{"8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
			"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
			"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a" +
				"0000000000000000000000000000000000000000000000000000000000000000", true},
		{"9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
			"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
			"f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43" +
				"a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04", true},
		{"aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
			"f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
			"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa" +
				"8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e", true},
		{"9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
			"cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
			"9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f" +
				"87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009", true},
		{"e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
			"cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
			"160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed512" +
				"5ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09", true},
		{"e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
			"cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
			"21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7" +
				"e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405", true},
		{"85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
			"442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
			"e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e" +
				"547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514", false},
		{"85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
			"442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
			"8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa1942" +
				"7e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22", false},
		{"9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
			"f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
			"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" +
				"03be9678ac102edcd92b0210bb34d7428d12ffc5df5f37e359941266a4e35f0f", false},
		{"9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
			"f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
			"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" +
				"ca8c5b64cd208982aa38d4936621a4775aa233aa0505711d8fdcfdaa943d4908", true},
		{"e96b7021eb39c1a163b6da4e3093dcd3f21387da4cc4572be588fafae23c155b",
			"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
			"a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dc" +
				"a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04", true},
		{"39a591f5321bbe07fd5a23dc2f39d025d74526615746727ceefd6e82ae65c06f",
			"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
			"a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dc" +
				"a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04", true},
	} {
		if got := VerifyEd25519(unhex(t, c.sig), unhex(t, c.key), unhex(t, c.msg)); got != c.want {
			t.Errorf("vector %d: %v, want %v", i, got, c.want)
		}
	}
}
