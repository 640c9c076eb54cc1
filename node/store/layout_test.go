package store

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/floe-network/floe/codec"
)

// FuzzParseSliver: a name is read only if it is the one that would be written.
func FuzzParseSliver(f *testing.F) {
	f.Add("0001", "ab", "ab00000000000000000000000000000000000000000000000000000000000000.primary")
	f.Add("4096", "", ".")
	f.Fuzz(func(t *testing.T, shard, prefix, name string) {
		k, ok := parseSliver(shard, prefix, name)
		if !ok {
			return
		}
		l := layout{fs: vfs.NewMem(), dir: "/d"}
		if want := filepath.Join("/d/slivers", shard, prefix, name); l.sliver(k) != want || k.Shard >= codec.MaxShards {
			t.Errorf("%s is read as that of %s, which is %s", want, k, l.sliver(k))
		}
	})
}

func FuzzParseFormat(f *testing.F) {
	f.Add([]byte("floe sliver store, format 1\n"))
	f.Add([]byte("floe sliver store, format 2"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if parseFormat(b) == nil && !strings.HasPrefix(strings.TrimSpace(string(b)), formatPrefix) {
			t.Errorf("%q is taken for a format", b)
		}
	})
}
