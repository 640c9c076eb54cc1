package ptb_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

const (
	two  = "0x0000000000000000000000000000000000000000000000000000000000000002"
	coin = two + "::coin::Coin<" + two + "::sui::SUI>"
)

func TestParseTypeTag(t *testing.T) {
	for text, want := range map[string]string{
		"u64":                                    "u64",
		"address":                                "address",
		"vector<u8>":                             "vector<u8>",
		"vector<vector<bool>>":                   "vector<vector<bool>>",
		"0x2::sui::SUI":                          two + "::sui::SUI",
		"0x2::coin::Coin<0x2::sui::SUI>":         coin,
		"0x2::m::Two<u8, vector<0x2::a::B>>":     two + "::m::Two<u8,vector<" + two + "::a::B>>",
		"0x2::m::Two<0x2::a::B<u8> , 0x2::c::D>": two + "::m::Two<" + two + "::a::B<u8>," + two + "::c::D>",
		coin:                                     coin,
	} {
		tag, err := ptb.ParseTypeTag(text)
		if err != nil || tag.String() != want {
			t.Errorf("%s: %s, %v", text, tag, err)
		}
	}
	for _, text := range []string{"", "u65", "vector", "vector<>", "vector<u8", "vector<u8,u8>", "u8>", "u8<u8>", "0x2", "0x2::a", "0x2::a::", "0x2::a::B<",
		"0x2::a::B<>", "0x2::a::B<u8>u8", "0x2::a::B::C", "2::a::B", "0x::a::B", "&u8", strings.Repeat("vector<", 200) + "u8" + strings.Repeat(">", 200),
		"0x2::a::B<" + strings.Repeat("u8,", 200) + "u8>", "0x2::a::" + strings.Repeat("B", 200), "0x2::1a::B", "0x2::a::_", "0x2::a b::C",
		strings.Repeat("a", 1<<20)} {
		if tag, err := ptb.ParseTypeTag(text); !errors.Is(err, ptb.ErrTypeTag) {
			t.Errorf("%.40q: %v, %v", text, tag, err)
		}
	}
}

// Numbers of type tags in BCS, of which the later ones came later.
func TestTypeTagBCS(t *testing.T) {
	for text, want := range map[string][]byte{
		"bool": {0}, "u8": {1}, "u64": {2}, "u128": {3}, "address": {4}, "signer": {5}, "vector<u8>": {6, 1}, "u16": {8}, "u32": {9}, "u256": {10},
		"0x2::a::B<u8>": append(append(make([]byte, 0, 40), 7), append(make([]byte, 31), 2, 1, 'a', 1, 'B', 1, 1)...),
	} {
		tag, err := ptb.ParseTypeTag(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := tag.AppendBCS(nil); !bytes.Equal(got, want) {
			t.Errorf("%s: %x, want %x", text, got, want)
		}
		var again ptb.TypeTag
		if err := bcs.Unmarshal(want, len(want), &again); err != nil || !reflect.DeepEqual(again, tag) {
			t.Errorf("%x: %s, %v", want, again, err)
		}
	}
}

func FuzzParseTypeTag(f *testing.F) {
	for _, s := range []string{"u8", coin, "vector<vector<u8>>", "0x2::m::Two<u8, address>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tag, err := ptb.ParseTypeTag(s)
		if err != nil {
			return
		}
		again, err := ptb.ParseTypeTag(tag.String())
		if err != nil || again.String() != tag.String() || !bytes.Equal(again.AppendBCS(nil), tag.AppendBCS(nil)) {
			t.Errorf("%q becomes %q, then %q (%v)", s, tag, again, err)
		}
	})
}

// What is refused is refused before there is memory for it.
func TestHostileTags(t *testing.T) {
	address := string(make([]byte, 32))
	for name, b := range map[string]string{
		"nothing":              "",
		"vectors in vectors":   strings.Repeat("\x06", 1<<20) + "\x01",
		"a vector of nothing":  "\x06",
		"many arguments":       "\x07" + address + "\x01m\x01N\xc8\x01" + strings.Repeat("\x01", 200),
		"too many arguments":   "\x07" + address + "\x01m\x01N\xff\x7f",
		"many in all":          "\x07" + address + "\x01m\x01N\x40" + strings.Repeat("\x06\x06\x01", 64),
		"a long name":          "\x07" + address + "\xc8\x01" + strings.Repeat("m", 200) + "\x01N\x00",
		"an empty name":        "\x07" + address + "\x00\x01N\x00",
		"a name that is none":  "\x07" + address + "\x01 \x01N\x00",
		"no canonical length":  "\x07" + address + "\x81\x00m\x01N\x00",
		"a length of 3 bytes":  "\x07" + address + "\x81\x80\x00m\x01N\x00",
		"arguments that end":   "\x07" + address + "\x01m\x01N\x02\x01",
		"an address that ends": "\x07\x01",
	} {
		var tag ptb.TypeTag
		if err := bcs.Unmarshal([]byte(b), 2<<20, &tag); !errors.Is(err, bcs.ErrMalformed) {
			t.Errorf("%s: %.80s, %v", name, tag, err)
		}
	}
	var tag ptb.TypeTag
	if err := bcs.Unmarshal([]byte{11}, 1, &tag); !errors.Is(err, bcs.ErrUnsupported) {
		t.Errorf("a kind of type that is not known: %v", err)
	}
	widest := "\x06\x07" + address + "\x01m\x01N\x7e" + strings.Repeat("\x01", 126)
	if err := bcs.Unmarshal([]byte(widest), len(widest), &tag); err != nil {
		t.Errorf("128 types: %v", err)
	}
}
