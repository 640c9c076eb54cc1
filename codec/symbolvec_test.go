package codec

import (
	"errors"
	"reflect"
	"testing"
)

func TestGeneralRecoverySymbolsRoundTrip(t *testing.T) {
	p, err := NewParams(10)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	pairs, _, _, err := c.EncodeBytes(t.Context(), []byte("symbols of several slivers"))
	if err != nil {
		t.Fatal(err)
	}
	var list []GeneralRecoverySymbol
	for i, pair := range pairs {
		for _, s := range []Sliver{pair.Primary, pair.Secondary} {
			e, err := c.Expand(&s)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, *e.RecoverySymbol(i))
		}
	}
	b := AppendGeneralRecoverySymbols(nil, list)
	if limit := p.GeneralRecoverySymbolsBCSLimit(len(list), pairs[0].Primary.SymbolSize); len(b) > limit {
		t.Errorf("%d bytes, the limit says %d", len(b), limit)
	}
	got, err := UnmarshalGeneralRecoverySymbols(p, b, len(list))
	if err != nil || !reflect.DeepEqual(got, list) {
		t.Errorf("came back different: %v", err)
	}
	for _, bad := range [][]byte{nil, b[:len(b)-1], append(b[:len(b):len(b)], 0)} {
		if _, err := UnmarshalGeneralRecoverySymbols(p, bad, len(list)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%d of %d bytes: %v, want ErrInvalid", len(bad), len(b), err)
		}
	}
	if _, err := UnmarshalGeneralRecoverySymbols(p, b, len(list)-1); !errors.Is(err, ErrInvalid) {
		t.Errorf("over the limit: %v, want ErrInvalid", err)
	}
}
