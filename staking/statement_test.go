package staking_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/floe-network/floe/staking"
)

// The contracts' documentation has the layouts; that the contracts take these bytes is tested where they run.
func TestStatements(t *testing.T) {
	const epoch = "04030201"
	repeat := func(b string) string { return strings.Repeat(b, 32) }
	fill := func(b byte) (id [32]byte) {
		for i := range id {
			id[i] = b
		}
		return id
	}
	for want, got := range map[string][]byte{
		"020003" + epoch + repeat("aa"): staking.InvalidBlob{Epoch: 0x01020304, Blob: fill(0xaa)}.Bytes(),
		"050003" + epoch + repeat("aa"): staking.DeniedBlob{Epoch: 0x01020304, Blob: fill(0xaa)}.Bytes(),
		"040003" + epoch + repeat("bb") + "0500000000000000" + "0600000000000000" + repeat("cc"): staking.DenyList{
			Epoch: 0x01020304, Node: fill(0xbb), Sequence: 5, Size: 6, Root: fill(0xcc)}.Bytes(),
		"060003" + epoch + "07000000" + "0800000000000000":            staking.ProtocolVersion{Epoch: 0x01020304, Start: 7, Version: 8}.Bytes(),
		"800003" + epoch + repeat("dd") + repeat("bb") + repeat("ee"): staking.AuditPassed{Epoch: 0x01020304, System: fill(0xdd), Node: fill(0xbb), Seed: fill(0xee)}.Bytes(),
	} {
		if hex.EncodeToString(got) != want {
			t.Errorf("got %x, want %s", got, want)
		}
	}
}
