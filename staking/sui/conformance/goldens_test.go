package conformance_test

import (
	"bytes"
	"crypto/sha3"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/floe-network/floe/internal/npmtest"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// goldensLimit is for a few hundred signatures in JavaScript, on a machine that does much else.
const goldensLimit = 2 * time.Minute

// The library that is installed makes what is committed.
func TestGoldensAreThoseOfTheLibrary(t *testing.T) {
	dir := t.TempDir()
	npmtest.Conformance.Node(t, goldensLimit, "scripts/goldens.mjs", "--out", dir)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		fresh, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		committed, err := os.ReadFile(filepath.Join("testdata", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(fresh, committed) {
			t.Errorf("testdata/%s is not what the library makes: run npm run goldens, and look at the difference", f.Name())
		}
	}
}

// read reads a file of testdata.
func read[T any](t *testing.T, name string) (list []T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatalf("%s has nothing", name)
	}
	return list
}

func unbase64(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// noise are the bytes that the scripts make from a text.
func noise(text string, length int) []byte { return sha3.SumSHAKE256([]byte(text), length) }

func address(text string) ptb.Address { return ptb.Address(noise("address "+text, 32)) }

func digest(text string) ptb.Digest { return ptb.Digest(noise("digest "+text, 32)) }

// version is a number of six bytes.
func version(text string) (n uint64) {
	for i, b := range noise("version "+text, 6) {
		n |= uint64(b) << (8 * i)
	}
	return n
}

func reference(text string) ptb.ObjectRef {
	return ptb.ObjectRef{ID: address(text), Version: version(text), Digest: digest(text)}
}

func number[T any](n T) *T { return &n }
