package keyfile_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/floe-network/floe/node/keyfile"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func TestAccountRoundTrip(t *testing.T) {
	for name, pass := range map[string][]byte{"plain": nil, "sealed": []byte("correct horse")} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys", "account.key")
			key, err := keyfile.CreateAccount(path, pass)
			if err != nil {
				t.Fatal(err)
			}
			for _, address := range []ptb.Address{{}, key.Address()} {
				back, err := keyfile.ReadAccount(path, pass, address)
				if err != nil {
					t.Fatal(err)
				}
				if back.Export() != key.Export() {
					t.Error("another key came back")
				}
			}
			if _, err := keyfile.ReadAccount(path, pass, ptb.Address{1}); !errors.Is(err, account.ErrNoKey) {
				t.Errorf("for another address: %v", err)
			}
			if pass == nil {
				return
			}
			if _, err := keyfile.ReadAccount(path, []byte("wrong"), ptb.Address{}); !errors.Is(err, keyfile.ErrPassphrase) {
				t.Errorf("with another passphrase: %v", err)
			}
		})
	}
}

func TestAccountsOfSui(t *testing.T) {
	dir := t.TempDir()
	a, b := account.FromSeed([32]byte{1}), account.FromSeed([32]byte{2})
	entry := func(seed byte) string {
		return base64.StdEncoding.EncodeToString(append([]byte{0, seed}, make([]byte, 31)...))
	}
	keystore := func(seeds ...byte) string {
		var list []string
		for _, s := range seeds {
			list = append(list, entry(s))
		}
		text, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for name, c := range map[string]struct {
		text    string
		address ptb.Address
		want    *account.Key
		err     error
	}{
		"exported":             {text: a.Export() + "\n", want: a},
		"exported, of another": {text: a.Export(), address: b.Address(), err: account.ErrNoKey},
		"keystore":             {text: keystore(1, 2), address: b.Address(), want: b},
		"keystore of one":      {text: keystore(2), want: b},
		"keystore of two":      {text: keystore(1, 2), err: account.ErrNoKey},
		"keystore of others":   {text: keystore(1, 2), address: ptb.Address{9}, err: account.ErrNoKey},
		"damaged export":       {text: a.Export()[:60], err: keyfile.ErrFormat},
		"damaged keystore":     {text: `["AA"]`, err: keyfile.ErrFormat},
		"something else":       {text: "hello", err: keyfile.ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			if err := os.Chmod(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			key, err := keyfile.ReadAccount(path, nil, c.address)
			if !errors.Is(err, c.err) {
				t.Fatalf("got %v, want %v", err, c.err)
			}
			if c.want != nil && key.Address() != c.want.Address() {
				t.Errorf("the key of %s", key.Address())
			}
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := keyfile.ReadAccount(path, nil, c.address); !errors.Is(err, keyfile.ErrMode) {
				t.Errorf("open to others: %v", err)
			}
		})
	}
}
