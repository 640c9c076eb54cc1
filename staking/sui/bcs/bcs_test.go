package bcs_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/floe-network/floe/staking/sui/bcs"
)

type choice struct {
	Unit   *struct{}
	Number *uint32
	Later  *bcs.Unsupported
}

func (choice) IsBcsEnum() {}

type record struct {
	Flag   bool
	Maybe  *uint16 `bcs:"optional"`
	Text   string
	List   []choice
	Nested struct{ Bytes []byte }
}

func number[T any](n T) *T { return &n }

func TestBothWays(t *testing.T) {
	v := record{Flag: true, Maybe: number(uint16(0x0102)), Text: "é", List: []choice{{Unit: &struct{}{}}, {Number: number(uint32(5))}}}
	v.Nested.Bytes = []byte{9}
	want := []byte{1, 1, 2, 1, 2, 0xc3, 0xa9, 2, 0, 1, 5, 0, 0, 0, 1, 9}
	b, err := bcs.Marshal(v)
	if err != nil || !bytes.Equal(b, want) {
		t.Fatalf("got %x, %v, want %x", b, err, want)
	}
	var again record
	if err := bcs.Unmarshal(b, len(b), &again); err != nil || *again.Maybe != *v.Maybe || *again.List[1].Number != 5 {
		t.Errorf("got %+v, %v", again, err)
	}
}

func TestMarshalRefuses(t *testing.T) {
	for name, v := range map[string]any{
		"no variant":          choice{},
		"two variants":        choice{Unit: &struct{}{}, Number: number(uint32(1))},
		"nested":              record{List: []choice{{}}},
		"nothing":             (*record)(nil),
		"no text":             record{Text: "\xff"},
		"a map":               map[string]int{},
		"missing in a list":   []*uint32{nil},
		"a number of no size": 1,
	} {
		if _, err := bcs.Marshal(v); !errors.Is(err, bcs.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := bcs.Marshal(choice{Later: &bcs.Unsupported{}}); !errors.Is(err, bcs.ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	good := []byte{1, 0, 0, 0, 0}
	for name, c := range map[string]struct {
		b     []byte
		limit int
		want  error
	}{
		"beyond the limit":        {good, 4, bcs.ErrMalformed},
		"a rest":                  {append(bytes.Clone(good), 0), 10, bcs.ErrMalformed},
		"cut off":                 {good[:4], 10, bcs.ErrMalformed},
		"true is 2":               {[]byte{2, 0, 0, 0, 0}, 10, bcs.ErrMalformed},
		"some is 2":               {[]byte{1, 2, 1, 0, 0, 0, 0}, 10, bcs.ErrMalformed},
		"a length in a long form": {[]byte{1, 0, 0x80, 0, 0, 0}, 10, bcs.ErrMalformed},
		"no text":                 {[]byte{1, 0, 1, 0xff, 0, 0}, 10, bcs.ErrMalformed},
		"an endless list":         {[]byte{1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f}, 10, bcs.ErrMalformed},
		"variant 3":               {[]byte{1, 0, 0, 1, 3, 0}, 10, bcs.ErrMalformed},
		"variant 2":               {[]byte{1, 0, 0, 1, 2, 0}, 10, bcs.ErrUnsupported},
	} {
		var v record
		if err := bcs.Unmarshal(c.b, c.limit, &v); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
