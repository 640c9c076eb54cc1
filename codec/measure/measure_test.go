package measure

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/floe-network/floe/codec"
)

func TestRun(t *testing.T) {
	p, err := codec.NewParams(4)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(t.Context(), p, 100, codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var steps map[string]json.RawMessage
	if err := json.Unmarshal(b, &steps); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"encode", "metadata", "decode_all", "decode_half", "decode_none"} {
		var s map[string]float64
		if err := json.Unmarshal(steps[name], &s); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, field := range []string{"wall_ms", "mb_s", "peak_rss"} {
			if s[field] <= 0 {
				t.Errorf("%s: %s is %v", name, field, s[field])
			}
		}
	}
	if _, err := Run(t.Context(), p, 1<<30, codec.Options{}); !errors.Is(err, codec.ErrTooLarge) {
		t.Errorf("blob over the limit: %v", err)
	}
	if _, err := Run(t.Context(), p, -1, codec.Options{}); !errors.Is(err, codec.ErrInvalid) {
		t.Errorf("negative size: %v", err)
	}
}
