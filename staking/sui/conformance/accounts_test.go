package conformance_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/bcs"
)

type accountGolden struct {
	Scheme                                  byte
	Secret, Exported, Kept, Public, Address string
	Signed                                  []struct{ Message, Signature string }
}

func TestAccounts(t *testing.T) {
	for _, want := range append(read[accountGolden](t, "accounts.json"), read[accountGolden](t, "signers.json")...) {
		t.Run(fmt.Sprintf("%s %s", account.Scheme(want.Scheme), want.Address), func(t *testing.T) {
			address := parse(t, want.Address)
			if got := account.AddressOf(account.Scheme(want.Scheme), unhex(t, want.Public)); got != address {
				t.Errorf("address %s", got)
			}
			for _, s := range want.Signed {
				if got, err := account.Verify(unbase64(t, s.Message), unbase64(t, s.Signature)); err != nil || got != address {
					t.Errorf("signature of %q: %s, %v", s.Message, got, err)
				}
			}
			if account.Scheme(want.Scheme) == account.Ed25519 {
				checkKey(t, want)
			} else {
				checkOther(t, want)
			}
		})
	}
}

func checkKey(t *testing.T, want accountGolden) {
	t.Helper()
	key := account.FromSeed([32]byte(unhex(t, want.Secret)))
	if got := key.Export(); got != want.Exported {
		t.Error("it is exported in another way")
	}
	imported, err := account.Import(want.Exported)
	if err != nil {
		t.Fatal(err)
	}
	store, err := account.ParseKeystore(fmt.Appendf(nil, "[%q]", want.Kept))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := store.Key(parse(t, want.Address))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []*account.Key{key, imported, kept} {
		if !bytes.Equal(k.PublicKey(), unhex(t, want.Public)) || k.Address() != parse(t, want.Address) {
			t.Errorf("another key, of %s", k.Address())
		}
		for _, s := range want.Signed {
			if !bytes.Equal(k.Sign(unbase64(t, s.Message)), unbase64(t, s.Signature)) {
				t.Errorf("another signature of %q", s.Message)
			}
		}
	}
}

// checkOther is for keys that cannot sign here.
func checkOther(t *testing.T, want accountGolden) {
	t.Helper()
	if _, err := account.Import(want.Exported); !errors.Is(err, bcs.ErrUnsupported) {
		t.Errorf("import: %v", err)
	}
	store, err := account.ParseKeystore(fmt.Appendf(nil, "[%q]", want.Kept))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Key(parse(t, want.Address)); !errors.Is(err, account.ErrNoKey) {
		t.Errorf("keystore: %v", err)
	}
}
