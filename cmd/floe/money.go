package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// frostPerWAL is how many FROST a WAL has. SUI has as many MIST.
const frostPerWAL = 1_000_000_000

// wal is an amount of FROST that flags and arguments give in WAL: "12.5", or "1000frost".
type wal uint64

// String implements pflag.Value.
func (w *wal) String() string { return formatCoin(uint64(*w), "WAL") }

// Type implements pflag.Value.
func (w *wal) Type() string { return "WAL" }

// Set implements pflag.Value.
func (w *wal) Set(s string) error {
	v, err := parseWAL(s)
	*w = wal(v)
	return err
}

// parseWAL reads an amount of WAL with up to nine decimals, or of FROST with that word behind it.
func parseWAL(s string) (uint64, error) {
	bad := fmt.Errorf(`amount %.40q: want WAL with up to nine decimals, as 12.5, or a whole number and "frost"`, s)
	if digits, ok := strings.CutSuffix(s, "frost"); ok {
		v, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 64)
		if err != nil {
			return 0, bad
		}
		return v, nil
	}
	whole, rest, _ := strings.Cut(s, ".")
	if len(rest) > 9 || whole+rest == "" {
		return 0, bad
	}
	v, err := strconv.ParseUint("0"+whole, 10, 64)
	if err != nil || v > math.MaxUint64/frostPerWAL {
		return 0, bad
	}
	part, err := strconv.ParseUint((rest + "000000000")[:9], 10, 64)
	if err != nil || v*frostPerWAL > math.MaxUint64-part {
		return 0, bad
	}
	return v*frostPerWAL + part, nil
}

// formatCoin gives an amount of a coin with nine decimals, without the zeros at its end.
func formatCoin(smallest uint64, name string) string {
	whole, part := smallest/frostPerWAL, smallest%frostPerWAL
	if part == 0 {
		return fmt.Sprintf("%d %s", whole, name)
	}
	return fmt.Sprintf("%d.%s %s", whole, strings.TrimRight(fmt.Sprintf("%09d", part), "0"), name)
}

func formatWAL(frost uint64) string { return formatCoin(frost, "WAL") }
