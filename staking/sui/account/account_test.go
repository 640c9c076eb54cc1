package account_test

import (
	"bytes"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/bcs"
)

func key(n byte) *account.Key { return account.FromSeed([32]byte{n}) }

func TestGenerate(t *testing.T) {
	a, err := account.Generate()
	if err != nil {
		t.Fatal(err)
	}
	b, err := account.Generate()
	if err != nil || a.Address() == b.Address() {
		t.Errorf("the same key twice (%v)", err)
	}
}

// No way of writing a key shows the secret.
func TestKeysDoNotShowThemselves(t *testing.T) {
	k := key(0xab)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "key", k, "in", struct{ Key *account.Key }{k})
	encoded, err := json.Marshal(map[string]any{"key": k})
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{log.String(), string(encoded), fmt.Sprint([]*account.Key{k})}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%t", "%e"} {
		texts = append(texts, fmt.Sprintf(verb, k), fmt.Sprintf(verb, struct{ K *account.Key }{k}))
	}
	for _, text := range texts {
		lower := strings.ToLower(text)
		for _, secret := range []string{k.Export(), "abab", "171", "[171", "ab00", "ab 00", "253", "0xab", "10101011"} {
			if strings.Contains(strings.ReplaceAll(lower, strings.ToLower(k.Address().String()), ""), secret) {
				t.Errorf("%q shows %q", text, secret)
			}
		}
	}
	if !strings.Contains(fmt.Sprintf("%+v", k), k.Address().String()) {
		t.Error("the address is not shown")
	}
	if got := fmt.Sprintf("%v", (*account.Key)(nil)); got != "no key" {
		t.Errorf("nil is %q", got)
	}
}

func TestImport(t *testing.T) {
	text := key(1).Export()
	if len(text) != 70 {
		t.Errorf("%d characters", len(text))
	}
	for _, good := range []string{text, strings.ToUpper(text)} {
		if k, err := account.Import(good); err != nil || k.Address() != key(1).Address() {
			t.Errorf("%.12s...: %v", good, err)
		}
	}
	for name, bad := range map[string]string{
		"nothing":          "",
		"no separator":     "suiprivkey",
		"no data":          "suiprivkey1",
		"mixed":            strings.ToUpper(text[:20]) + text[20:],
		"other character":  text[:69] + "b",
		"cut off":          text[:69],
		"too long":         text + strings.Repeat("q", 30),
		"other prefix":     "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
		"shorter secret":   "suiprivkey1qqqsyqcyq5rqwzqfpg9scrgwpu",
		"bits left over":   "a12uel5l",
		"checksum of zero": "suiprivkey1qqqqqq",
	} {
		_, err := account.Import(bad)
		if !errors.Is(err, account.ErrKey) {
			t.Errorf("%s: %v", name, err)
		} else if len(bad) > 20 && strings.Contains(err.Error(), bad[12:20]) {
			t.Errorf("%s: the error %q has a part of the key", name, err)
		}
	}
	// Each typing mistake of one character is noticed.
	for i := len("suiprivkey1"); i < len(text); i++ {
		for _, c := range []byte("qpzry9x8gf2tvdw0s3jn54khce6mua7l") {
			if c == text[i] {
				continue
			}
			if _, err := account.Import(text[:i] + string(c) + text[i+1:]); err == nil {
				t.Fatalf("character %d may be %c", i, c)
			}
		}
	}
}

func TestKeystore(t *testing.T) {
	// The seed of one byte and zeros, in base64 after the number of the scheme.
	entry := func(scheme, first byte) string {
		b, err := json.Marshal(append([]byte{scheme, first}, make([]byte, 31)...))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	contents := "[" + entry(0, 1) + "," + entry(1, 2) + ",\n" + entry(0, 3) + "]"
	s, err := account.ParseKeystore([]byte(contents))
	if err != nil {
		t.Fatal(err)
	}
	if list := s.Addresses(); len(list) != 2 || list[0] != key(1).Address() || list[1] != key(3).Address() {
		t.Errorf("addresses %v", list)
	}
	if k, err := s.Key(key(3).Address()); err != nil || k.Address() != key(3).Address() {
		t.Errorf("got %v, %v", k, err)
	}
	if _, err := s.Key(key(9).Address()); !errors.Is(err, account.ErrNoKey) || !strings.Contains(err.Error(), "1 of other schemes") {
		t.Errorf("another address: %v", err)
	}
	for _, bad := range []string{"", "{}", "[1]", `["!"]`, `[""]`, `["AAA="]`, "[" + strings.Repeat(" ", 1<<20) + "]"} {
		if _, err := account.ParseKeystore([]byte(bad)); !errors.Is(err, account.ErrKeystore) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

func TestSignatures(t *testing.T) {
	k, message := key(1), []byte("message")
	good := k.Sign(message)
	if got, err := account.Verify(message, good); err != nil || got != k.Address() {
		t.Fatalf("got %s, %v", got, err)
	}
	if got, err := account.Signer(good); err != nil || got != k.Address() {
		t.Errorf("signer %s, %v", got, err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x40
		if _, err := account.Verify(message, bad); !errors.Is(err, account.ErrSignature) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	if _, err := account.Verify([]byte("massage"), good); !errors.Is(err, account.ErrSignature) {
		t.Errorf("another message: %v", err)
	}
	for _, bad := range [][]byte{nil, {0}, good[:96], append(bytes.Clone(good), 0), {4}, {7}, append([]byte{1}, good[1:]...)} {
		if _, err := account.Verify(message, bad); !errors.Is(err, account.ErrSignature) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
	for _, scheme := range []account.Scheme{account.MultiSig, account.ZkLogin, account.Passkey} {
		if _, err := account.Verify(message, []byte{byte(scheme), 1, 2}); !errors.Is(err, bcs.ErrUnsupported) || !strings.Contains(err.Error(), scheme.String()) {
			t.Errorf("%s: %v", scheme, err)
		}
	}
}

// Of the two forms of a signature of ECDSA only that with the lower s is one.
func TestHighS(t *testing.T) {
	message := []byte{0}
	for scheme, order := range map[account.Scheme]*big.Int{
		account.Secp256k1: secp256k1.Params().N, account.Secp256r1: elliptic.P256().Params().N,
	} {
		low := ecdsaSignature(t, scheme, message)
		if _, err := account.Verify(message, low); err != nil {
			t.Fatalf("%s: %v", scheme, err)
		}
		high := bytes.Clone(low)
		s := new(big.Int).SetBytes(low[33:65])
		new(big.Int).Sub(order, s).FillBytes(high[33:65])
		if _, err := account.Verify(message, high); !errors.Is(err, account.ErrSignature) {
			t.Errorf("%s: a high s: %v", scheme, err)
		}
		for name, change := range map[string]func([]byte){
			"zero r":       func(b []byte) { clear(b[1:33]) },
			"zero s":       func(b []byte) { clear(b[33:65]) },
			"large r":      func(b []byte) { copy(b[1:33], bytes.Repeat([]byte{0xff}, 32)) },
			"no point":     func(b []byte) { copy(b[66:], bytes.Repeat([]byte{0xff}, 32)) },
			"other prefix": func(b []byte) { b[65] = 4 },
			"other y":      func(b []byte) { b[65] ^= 1 },
		} {
			bad := bytes.Clone(low)
			change(bad)
			if _, err := account.Verify(message, bad); !errors.Is(err, account.ErrSignature) {
				t.Errorf("%s: %s: %v", scheme, name, err)
			}
		}
	}
}
