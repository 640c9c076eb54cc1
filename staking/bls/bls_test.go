package bls_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"testing"

	circl "github.com/cloudflare/circl/sign/bls"
	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fp"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"

	"github.com/floe-network/floe/staking/bls"
)

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// key returns the key with the small secret scalar n.
func key(tb testing.TB, n byte) *bls.SecretKey {
	tb.Helper()
	var b [bls.SecretKeySize]byte
	b[31] = n
	k, err := bls.ParseSecretKey(b[:])
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func sign(tb testing.TB, k *bls.SecretKey, msg []byte) bls.Signature {
	tb.Helper()
	s, err := k.Sign(msg)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// Round 2373935 of drand's first chain, whose scheme is the same suite: keys in G1, signatures in G2.
func TestVerifyForeignSignature(t *testing.T) {
	pk, err := bls.ParsePublicKey(unhex(t, "868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a9402801af31"))
	if err != nil {
		t.Fatal(err)
	}
	raw := unhex(t, "a2cd8577944b84484ef557a7f92f0d5092779497cc470b1b97680b8f7c807d97250d310b801c7c2185c7c8a21032d45403b97530ca87bd8f05d0cf4ffceb4bcb9bf7184fb604967db7e9e6ea555bc51b25a9e41fbd51181f712aa73aaec749fe")
	sig, err := bls.ParseSignature(raw)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	h.Write(unhex(t, "a96aace596906562dc525dba4dff734642d71b334d51324f9c9bcb5a3d6caf14b05cde91d6507bf4615cb4285e5b4efd1358ebc46b80b51e338f9dc46cca17cf2e046765ba857c04101a560887fa81aef101a5bb3b2350884558bd3adc72be37"))
	h.Write(binary.BigEndian.AppendUint64(nil, 2373935))
	msg := h.Sum(nil)
	if err := bls.Verify(pk, msg, sig); err != nil {
		t.Fatal(err)
	}
	msg[0] ^= 1
	if err := bls.Verify(pk, msg, sig); !errors.Is(err, bls.ErrSignature) {
		t.Errorf("another message: %v", err)
	}
	if got := sig.Bytes(); !bytes.Equal(got[:], raw) {
		t.Error("bytes of a parsed signature differ")
	}
}

func TestSecretKeyRange(t *testing.T) {
	order := fr.Modulus()
	for name, n := range map[string]*big.Int{
		"zero":          big.NewInt(0),
		"order":         order,
		"order plus 1":  new(big.Int).Add(order, big.NewInt(1)),
		"all bits":      new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1)),
		"twice order+5": new(big.Int).Add(new(big.Int).Lsh(order, 1), big.NewInt(5)),
	} {
		if _, err := bls.ParseSecretKey(n.FillBytes(make([]byte, bls.SecretKeySize))); !errors.Is(err, bls.ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, size := range []int{0, 31, 33} {
		if _, err := bls.ParseSecretKey(make([]byte, size)); !errors.Is(err, bls.ErrKey) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	// The secret 1 has the generator as its public key.
	_, _, g1, _ := curve.Generators()
	if got, want := key(t, 1).Public().Bytes(), g1.Bytes(); got != want {
		t.Errorf("public key of 1: %x, want %x", got, want)
	}
}

func TestGenerateKey(t *testing.T) {
	a, err := bls.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	b, err := bls.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	if a.Public().Bytes() == b.Public().Bytes() {
		t.Fatal("two generated keys are equal")
	}
	raw, err := a.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := bls.ParseSecretKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	if again.Public().Bytes() != a.Public().Bytes() {
		t.Error("a key read back has another public key")
	}
}

// offSubgroup1 finds a point of the curve over Fp that is not in the subgroup.
func offSubgroup1(tb testing.TB) curve.G1Affine {
	tb.Helper()
	var four fp.Element
	four.SetUint64(4)
	for x := uint64(1); x < 100; x++ {
		var p curve.G1Affine
		p.X.SetUint64(x)
		var y2 fp.Element
		y2.Square(&p.X).Mul(&y2, &p.X).Add(&y2, &four)
		if p.Y.Sqrt(&y2) != nil && p.IsOnCurve() && !p.IsInSubGroup() {
			return p
		}
	}
	tb.Fatal("no point outside the subgroup")
	return curve.G1Affine{}
}

// offSubgroup2 does the same for the twist.
func offSubgroup2(tb testing.TB) curve.G2Affine {
	tb.Helper()
	for x := uint64(1); x < 100; x++ {
		var p curve.G2Affine
		p.X.A0.SetUint64(x)
		// y^2 = x^3 + 4(1+u)
		y2, b := p.X, p.X
		y2.Square(&p.X).Mul(&y2, &p.X)
		b.A0.SetUint64(4)
		b.A1.SetUint64(4)
		y2.Add(&y2, &b)
		if y2.Legendre() != 1 {
			continue
		}
		p.Y.Sqrt(&y2)
		if p.IsOnCurve() && !p.IsInSubGroup() {
			return p
		}
	}
	tb.Fatal("no point outside the subgroup")
	return curve.G2Affine{}
}

func TestParsePublicKeyRefuses(t *testing.T) {
	good := key(t, 7).Public().Bytes()
	infinity := make([]byte, bls.PublicKeySize)
	infinity[0] = 0xc0
	off := offSubgroup1(t)
	offRaw := off.Bytes()
	notCanonical := make([]byte, bls.PublicKeySize)
	fp.Modulus().FillBytes(notCanonical) // x = p, the same as x = 0
	notCanonical[0] |= 0x80
	notOnCurve := append([]byte(nil), good[:]...)
	for { // about every second x is on the curve
		notOnCurve[47]++
		var p curve.G1Affine
		if _, err := p.SetBytes(notOnCurve); err != nil {
			break
		}
	}
	dirtyInfinity := append([]byte(nil), infinity...)
	dirtyInfinity[47] = 1
	uncompressed := append([]byte(nil), good[:]...)
	uncompressed[0] &^= 0xe0
	for name, b := range map[string][]byte{
		"empty": nil, "short": good[:47], "long": append(append([]byte(nil), good[:]...), 0), "zero": make([]byte, 48),
		"infinity": infinity, "dirty infinity": dirtyInfinity, "off subgroup": offRaw[:], "not canonical": notCanonical,
		"not on curve": notOnCurve, "uncompressed flag": uncompressed,
	} {
		if k, err := bls.ParsePublicKey(b); !errors.Is(err, bls.ErrKey) || k.Valid() {
			t.Errorf("%s: %v, valid %t", name, err, k.Valid())
		}
	}
}

func TestParseSignatureRefuses(t *testing.T) {
	good := sign(t, key(t, 7), []byte("m")).Bytes()
	infinity := make([]byte, bls.SignatureSize)
	infinity[0] = 0xc0
	off := offSubgroup2(t)
	offRaw := off.Bytes()
	for name, b := range map[string][]byte{
		"empty": nil, "short": good[:95], "long": append(append([]byte(nil), good[:]...), 0), "zero": make([]byte, 96),
		"infinity": infinity, "off subgroup": offRaw[:],
	} {
		if _, err := bls.ParseSignature(b); !errors.Is(err, bls.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	msg := []byte("message")
	k, other := key(t, 3), key(t, 4)
	s := sign(t, k, msg)
	if err := bls.Verify(k.Public(), msg, s); err != nil {
		t.Fatal(err)
	}
	raw, neg := s.Bytes(), s.Bytes()
	neg[0] ^= 0x20 // the other root: minus the signature
	if neg == raw {
		t.Fatal("not negated")
	}
	minus, err := bls.ParseSignature(neg[:])
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]error{
		"another key":        bls.Verify(other.Public(), msg, s),
		"another message":    bls.Verify(k.Public(), []byte("messagf"), s),
		"negated":            bls.Verify(k.Public(), msg, minus),
		"no signature":       bls.Verify(k.Public(), msg, bls.Signature{}),
		"sum with a missing": bls.VerifyAggregate([]bls.PublicKey{k.Public(), other.Public()}, msg, s),
	} {
		if !errors.Is(got, bls.ErrSignature) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if err := bls.Verify(bls.PublicKey{}, msg, s); !errors.Is(err, bls.ErrKey) {
		t.Errorf("no key: %v", err)
	}
	if err := bls.VerifyAggregate(nil, msg, s); !errors.Is(err, bls.ErrKey) {
		t.Errorf("no keys: %v", err)
	}
	// A key and its negative add up to infinity, under which the empty signature would verify anything.
	order := fr.Modulus()
	b := new(big.Int).Sub(order, big.NewInt(3)).FillBytes(make([]byte, bls.SecretKeySize))
	cancel, err := bls.ParseSecretKey(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := bls.VerifyAggregate([]bls.PublicKey{k.Public(), cancel.Public()}, msg, bls.Signature{}); !errors.Is(err, bls.ErrKey) {
		t.Errorf("keys that cancel: %v", err)
	}
	if _, err := bls.Aggregate([]bls.Signature{s, minus}); !errors.Is(err, bls.ErrSignature) {
		t.Errorf("signatures that cancel: %v", err)
	}
	if _, err := bls.Aggregate(nil); !errors.Is(err, bls.ErrSignature) {
		t.Errorf("nothing to aggregate: %v", err)
	}
}

func TestAggregate(t *testing.T) {
	msg := []byte("one message")
	var keys []bls.PublicKey
	var sigs []bls.Signature
	var raws []circl.Signature
	for i := range byte(10) {
		k := key(t, i+1)
		keys = append(keys, k.Public())
		s := sign(t, k, msg)
		sigs = append(sigs, s)
		b := s.Bytes()
		raws = append(raws, b[:])
	}
	sum, err := bls.Aggregate(sigs)
	if err != nil {
		t.Fatal(err)
	}
	if err := bls.VerifyAggregate(keys, msg, sum); err != nil {
		t.Fatal(err)
	}
	if err := bls.VerifyAggregate(keys[1:], msg, sum); !errors.Is(err, bls.ErrSignature) {
		t.Errorf("one key missing: %v", err)
	}
	want, err := circl.Aggregate(circl.KeyG1SigG2{}, raws)
	if err != nil {
		t.Fatal(err)
	}
	if got := sum.Bytes(); !bytes.Equal(got[:], want) {
		t.Error("two libraries aggregate differently")
	}
}

func TestPublicKeyText(t *testing.T) {
	k := key(t, 9).Public()
	b, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	var back bls.PublicKey
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if back != k {
		t.Error("a key changed on its way through text")
	}
	if err := back.UnmarshalText([]byte(k.String()[2:])); err != nil {
		t.Errorf("without 0x: %v", err)
	}
	for _, bad := range []string{"", "0x", "0xzz", k.String()[:20], k.String() + "00"} {
		if err := back.UnmarshalText([]byte(bad)); !errors.Is(err, bls.ErrKey) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if back != k {
		t.Error("bad text changed the key")
	}
}

func FuzzParsePublicKey(f *testing.F) {
	k := key(f, 5).Public().Bytes()
	f.Add(k[:])
	off := offSubgroup1(f)
	b := off.Bytes()
	f.Add(b[:])
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := bls.ParsePublicKey(b)
		if err != nil {
			return
		}
		if got := k.Bytes(); !k.Valid() || !bytes.Equal(got[:], b) {
			t.Errorf("%x reads as %x", b, got)
		}
	})
}

func FuzzParseSignature(f *testing.F) {
	s := sign(f, key(f, 5), []byte("m")).Bytes()
	f.Add(s[:])
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := bls.ParseSignature(b)
		if err != nil {
			return
		}
		if got := s.Bytes(); !bytes.Equal(got[:], b) {
			t.Errorf("%x reads as %x", b, got)
		}
		if bls.Verify(key(t, 5).Public(), []byte("other"), s) == nil {
			t.Error("a forged signature verifies")
		}
	})
}

func TestUncompressedPublicKey(t *testing.T) {
	_, _, generator, _ := curve.Generators()
	raw, want := generator.RawBytes(), generator.Bytes()
	k, err := bls.ParseUncompressedPublicKey(raw[:])
	if err != nil || k.Bytes() != want {
		t.Fatalf("%s, %v", k, err)
	}
	var infinity curve.G1Affine
	none := infinity.RawBytes()
	compressed := append(want[:], make([]byte, 48)...)
	beside := bytes.Clone(raw[:])
	beside[95] ^= 1
	for name, b := range map[string][]byte{"nothing": nil, "a compressed key": want[:], "a compressed key and zeros": compressed,
		"infinity": none[:], "no point of the curve": beside, "a byte more": append(raw[:], 0)} {
		if _, err := bls.ParseUncompressedPublicKey(b); !errors.Is(err, bls.ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
