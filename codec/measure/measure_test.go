package measure

import (
	"encoding/json"
	"errors"
	"fmt"
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

// BenchmarkPeak reports the peak of resident memory for blobs of different sizes at 1,000 shards. It has no speed of its
// own to tell.
func BenchmarkPeak(b *testing.B) {
	p, err := codec.NewParams(1000)
	if err != nil {
		b.Fatal(err)
	}
	for _, size := range []int64{256 << 20, 1 << 30} {
		b.Run(fmt.Sprintf("%dMiB", size>>20), func(b *testing.B) {
			for b.Loop() {
				r, err := Run(b.Context(), p, size, codec.Options{})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(r.Encode.PeakRSS)/(1<<20), "encode-MiB")
				b.ReportMetric(float64(max(r.DecodeAll.PeakRSS, r.DecodeHalf.PeakRSS, r.DecodeNone.PeakRSS))/(1<<20), "decode-MiB")
			}
		})
	}
}
