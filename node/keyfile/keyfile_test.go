package keyfile_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/floe-network/floe/node/keyfile"
	"github.com/floe-network/floe/staking/bls"
)

func TestRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	for name, pass := range map[string][]byte{"plain": nil, "sealed": []byte("correct horse")} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name+".peer")
			key, err := keyfile.CreatePeer(path, pass)
			if err != nil {
				t.Fatal(err)
			}
			back, err := keyfile.ReadPeer(path, pass)
			if err != nil {
				t.Fatal(err)
			}
			if !back.Equals(key) {
				t.Error("another identity came back")
			}
			raw, err := key.Raw()
			if err != nil {
				t.Fatal(err)
			}
			raw = raw[:32] // the seed; the public key follows
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if block, _ := pem.Decode(text); bytes.Contains(block.Bytes, raw) != (pass == nil) {
				t.Error("the secret is in the sealed file, or not in the plain one")
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
		})
	}
	secret, err := keyfile.CreateBLS(filepath.Join(dir, "bls"), nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := keyfile.ReadBLS(filepath.Join(dir, "bls"), nil)
	if err != nil || again.Public() != secret.Public() {
		t.Errorf("another BLS key came back, %v", err)
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: mode %v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("%d files, want 3 (%v)", len(entries), err)
	}
}

func TestCreateNeverReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "peer")
	key, err := keyfile.CreatePeer(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keyfile.CreatePeer(path, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second create: %v", err)
	}
	back, err := keyfile.ReadPeer(path, nil)
	if err != nil || !back.Equals(key) {
		t.Errorf("the first key is gone: %v", err)
	}
}

func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	path := filepath.Join(dir, "peer")
	if _, err := keyfile.CreatePeer(path, nil); err != nil {
		t.Fatal(err)
	}
	for _, m := range []os.FileMode{0o640, 0o604, 0o666, 0o601} {
		if err := os.Chmod(path, m); err != nil {
			t.Fatal(err)
		}
		if _, err := keyfile.ReadPeer(path, nil); !errors.Is(err, keyfile.ErrMode) || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %o: %v", m, err)
		}
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := keyfile.ReadPeer(path, nil); err != nil {
		t.Errorf("mode 0400: %v", err)
	}
	if err := os.Chmod(dir, 0o750); err != nil { //nolint:gosec // what the test is about
		t.Fatal(err)
	}
	if _, err := keyfile.ReadPeer(path, nil); !errors.Is(err, keyfile.ErrMode) || !strings.Contains(err.Error(), "chmod 700") {
		t.Errorf("open directory: %v", err)
	}
	if _, err := keyfile.CreatePeer(filepath.Join(dir, "other"), nil); !errors.Is(err, keyfile.ErrMode) {
		t.Errorf("create in an open directory: %v", err)
	}
}

func TestReadRefuses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	pass := []byte("secret")
	path := func(name string) string { return filepath.Join(dir, name) }
	if _, err := keyfile.CreatePeer(path("plain"), nil); err != nil {
		t.Fatal(err)
	}
	plain, err := os.ReadFile(path("plain"))
	if err != nil {
		t.Fatal(err)
	}
	sealed := sealedBLS(t, pass)
	swap := func(b []byte, old, with string) []byte {
		out := bytes.ReplaceAll(b, []byte(old), []byte(with))
		if bytes.Equal(out, b) {
			t.Fatalf("%q is not in the file", old)
		}
		return out
	}
	flip := func(b []byte) []byte {
		block, _ := pem.Decode(b)
		block.Bytes[0] ^= 1
		return pem.EncodeToMemory(block)
	}
	zero := pem.EncodeToMemory(&pem.Block{Type: string(keyfile.BLS), Bytes: make([]byte, 32)})
	for name, tc := range map[string]struct {
		text []byte
		pass []byte
		want error
	}{
		"empty":          {nil, pass, keyfile.ErrFormat},
		"text":           {[]byte("hello\n"), pass, keyfile.ErrFormat},
		"too long":       {bytes.Repeat([]byte("\n"), 5000), pass, keyfile.ErrFormat},
		"another kind":   {plain, nil, keyfile.ErrFormat},
		"two keys":       {append(bytes.Clone(sealed), plain...), pass, keyfile.ErrFormat},
		"short":          {pem.EncodeToMemory(&pem.Block{Type: string(keyfile.BLS), Bytes: make([]byte, 31)}), nil, keyfile.ErrFormat},
		"zero":           {zero, nil, keyfile.ErrFormat},
		"no passphrase":  {sealed, nil, keyfile.ErrPassphrase},
		"bad passphrase": {sealed, []byte("secres"), keyfile.ErrPassphrase},
		"flipped bit":    {flip(sealed), pass, keyfile.ErrPassphrase},
		"other cipher":   {swap(sealed, "chacha20poly1305", "none"), pass, keyfile.ErrFormat},
		"less work":      {swap(sealed, "Log-N: 14", "Log-N: 2"), pass, keyfile.ErrFormat},
		"too much work":  {swap(sealed, "Log-N: 14", "Log-N: 40"), pass, keyfile.ErrFormat},
		"work changed":   {swap(sealed, "Log-N: 14", "Log-N: 15"), pass, keyfile.ErrPassphrase},
		"bad salt":       {swap(sealed, "Scrypt-Salt: ", "Scrypt-Salt: zz"), pass, keyfile.ErrFormat},
		"extra header":   {swap(sealed, "Cipher:", "A: b\nCipher:"), pass, keyfile.ErrFormat},
		"sealed for one": {swap(sealed, "BLS", "PEER"), pass, keyfile.ErrFormat},
	} {
		if err := os.WriteFile(path("bad"), tc.text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := keyfile.ReadBLS(path("bad"), tc.pass); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	if _, err := keyfile.ReadBLS(path("missing"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if _, err := keyfile.ReadBLS(dir, nil); err == nil {
		t.Error("a directory is a key")
	}
}

// sealedBLS returns a key file.
func sealedBLS(tb testing.TB, pass []byte) []byte {
	tb.Helper()
	key, err := bls.GenerateKey()
	if err != nil {
		tb.Fatal(err)
	}
	secret, err := key.Bytes()
	if err != nil {
		tb.Fatal(err)
	}
	b, err := keyfile.SealQuickly(keyfile.BLS, secret, pass)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// A sealed file whose type is changed to the other kind does not open: the seal covers the kind.
func TestKindIsSealed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path, pass := filepath.Join(dir, "key"), []byte("secret")
	b := sealedBLS(t, pass)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keyfile.ReadBLS(path, pass); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(b, []byte("BLS"), []byte("PEER")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keyfile.ReadPeer(path, pass); !errors.Is(err, keyfile.ErrPassphrase) {
		t.Error(err)
	}
}

func TestPassphrase(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return p
	}
	for name, text := range map[string]string{"line": "open sesame\n", "bare": "open sesame", "dos": "open sesame\r\n"} {
		if got, err := (keyfile.Passphrase{File: file(name, text, 0o600)}).Read(); err != nil || string(got) != "open sesame" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if got, err := (keyfile.Passphrase{}).Read(); err != nil || got != nil {
		t.Errorf("none: %q, %v", got, err)
	}
	for name, p := range map[string]keyfile.Passphrase{
		"empty":     {File: file("empty", "\n", 0o600)},
		"two lines": {File: file("two", "a\nb\n", 0o600)},
		"too long":  {File: file("long", strings.Repeat("x", 2000), 0o600)},
		"open":      {File: file("open", "a", 0o644)},
		"missing":   {File: filepath.Join(dir, "missing")},
		"both":      {File: "a", Credential: "b"},
	} {
		if _, err := p.Read(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}

	t.Setenv("CREDENTIALS_DIRECTORY", "")
	if _, err := (keyfile.Passphrase{Credential: "pass"}).Read(); err == nil {
		t.Error("a credential without a service manager")
	}
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	file("pass", "from systemd\n", 0o440)
	if got, err := (keyfile.Passphrase{Credential: "pass"}).Read(); err != nil || string(got) != "from systemd" {
		t.Errorf("credential: %q, %v", got, err)
	}
	for _, bad := range []string{"../pass", "/etc/passwd", "..", "missing"} {
		if _, err := (keyfile.Passphrase{Credential: bad}).Read(); err == nil {
			t.Errorf("credential %q: no error", bad)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sealedBLS(f, []byte("p")))
	f.Add(pem.EncodeToMemory(&pem.Block{Type: string(keyfile.BLS), Bytes: bytes.Repeat([]byte{1}, 32)}))
	f.Fuzz(func(t *testing.T, b []byte) {
		p := filepath.Join(t.TempDir(), "key")
		if err := os.Chmod(filepath.Dir(p), 0o700); err != nil { //nolint:gosec // a directory
			t.Fatal(err)
		}
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		// Without a passphrase: deriving keys is what makes reading slow, and it has no parser behind it.
		_, err := keyfile.ReadBLS(p, nil)
		if err != nil && !errors.Is(err, keyfile.ErrFormat) && !errors.Is(err, keyfile.ErrPassphrase) {
			t.Errorf("untyped error: %v", err)
		}
	})
}
