package main

import (
	"math"
	"testing"
)

func TestAmounts(t *testing.T) {
	for text, want := range map[string]uint64{
		"0": 0, "1": frostPerWAL, "12.5": 12_500_000_000, ".5": 500_000_000, "0.000000001": 1, "7.": 7 * frostPerWAL,
		"5frost": 5, "18446744073.709551615": math.MaxUint64, "18446744073709551615 frost": math.MaxUint64,
	} {
		if got, err := parseWAL(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", ".", "-1", "+1", "1.0000000001", "1e3", "18446744073.709551616", "18446744074", "99999999999999999999", "1 WAL", "frost",
		"1.5frost", "1.+5", "0x1", "1_000"} {
		if got, err := parseWAL(text); err == nil {
			t.Errorf("%q: %d", text, got)
		}
	}
	for frost, want := range map[uint64]string{0: "0 WAL", 1: "0.000000001 WAL", frostPerWAL: "1 WAL", 12_500_000_000: "12.5 WAL", math.MaxUint64: "18446744073.709551615 WAL"} {
		if got := formatWAL(frost); got != want {
			t.Errorf("%d: %q, want %q", frost, got, want)
		}
	}
}
