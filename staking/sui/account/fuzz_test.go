package account_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/bcs"
)

func FuzzImport(f *testing.F) {
	f.Add(key(1).Export())
	f.Add("suiprivkey1qqqqqq")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := account.Import(text)
		switch {
		case err == nil && k.Export() != strings.ToLower(text):
			t.Errorf("%q is exported as another", text)
		case err != nil && !errors.Is(err, account.ErrKey) && !errors.Is(err, bcs.ErrUnsupported):
			t.Errorf("%q: %v", text, err)
		}
	})
}

func FuzzVerify(f *testing.F) {
	f.Add([]byte("message"), key(1).Sign([]byte("message")))
	for _, n := range []int{0, 1, 97, 98} {
		for scheme := range byte(7) {
			f.Add([]byte("message"), append([]byte{scheme}, make([]byte, n)...))
		}
	}
	f.Fuzz(func(t *testing.T, message, signature []byte) {
		address, err := account.Verify(message, signature)
		signer, other := account.Signer(signature)
		switch {
		case err == nil && (other != nil || signer != address):
			t.Errorf("verified for %s, signed by %s (%v)", address, signer, other)
		case err != nil && !errors.Is(err, account.ErrSignature) && !errors.Is(err, bcs.ErrUnsupported):
			t.Errorf("another error: %v", err)
		case err == nil && bytes.Equal(message, []byte("message")) && len(signature) != 97 && len(signature) != 98:
			t.Errorf("%d bytes verify", len(signature))
		}
	})
}
