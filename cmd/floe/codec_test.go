package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// oneByte is the vector of the blob 0x0d at 1000 shards.
const oneByte = "EFslbSPdb3hnt0UT8SZMgYz2tMMkp2XoiSwBZJKp37Q"

func TestCodecID(t *testing.T) {
	o := floe(t, bytes.NewReader([]byte{0x0d}), "codec", "id", "--shards", "1000", "-").want(t, 0)
	if o.stdout != oneByte+"\n" || o.stderr != "" {
		t.Errorf("printed %q and %q", o.stdout, o.stderr)
	}
	var res struct {
		BlobID string `json:"blob_id"`
	}
	floe(t, bytes.NewReader([]byte{0x0d}), "codec", "id", "--json", "--shards", "1000", "-").want(t, 0).json(t, &res)
	if res.BlobID != oneByte {
		t.Errorf("JSON gives %q", res.BlobID)
	}
}

func TestCodecEncodeDecode(t *testing.T) {
	file, data := randomFile(t, 100_001, 1)
	dir := filepath.Join(t.TempDir(), "slivers")
	floe(t, nil, "codec", "encode", "--shards", "10", "--out", dir, file).want(t, 0)
	back := filepath.Join(t.TempDir(), "back")
	decode := func() outcome { return floe(t, nil, "codec", "decode", "--shards", "10", "--out", back, dir) }
	decode().want(t, 0)
	wantFile(t, back, data)

	// n = 10: f = 3, four primary or seven secondary slivers decode. Six primary ones go, one of the rest is damaged:
	// three are left, and the secondary ones do it.
	for _, p := range []string{"0", "2", "4", "5", "6", "9"} {
		remove(t, filepath.Join(dir, p+".primary.bcs"))
	}
	flip(t, filepath.Join(dir, "3.primary.bcs"))
	o := decode().want(t, 0)
	wantFile(t, back, data)
	if !strings.Contains(o.stderr, "3.primary.bcs") || !strings.Contains(o.stdout, "secondary") {
		t.Errorf("printed %q and %q; want the damaged file and the axis", o.stdout, o.stderr)
	}
	for _, p := range []string{"1", "3", "5", "7"} {
		remove(t, filepath.Join(dir, p+".secondary.bcs"))
	}
	remove(t, back)
	o = decode().want(t, exitUnavailable)
	for _, part := range []string{"needs 4 primary or 7 secondary", "has 3 and 6", "3.primary.bcs"} {
		if !strings.Contains(o.stderr, part) {
			t.Errorf("error %q does not say %q", o.stderr, part)
		}
	}
	if entries, _ := os.ReadDir(filepath.Dir(back)); len(entries) != 0 {
		t.Errorf("a failed decode left %v", entries)
	}
	// Damaged metadata decodes nothing.
	flip(t, filepath.Join(dir, metadataFile))
	decode().want(t, exitVerify)
}

func TestCodecRefuses(t *testing.T) {
	file, _ := randomFile(t, 400_000, 2) // over the limit of four shards
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		say  string
	}{
		{"no command", []string{"codec", "nothing"}, exitUsage, "unknown"},
		{"no shards", []string{"codec", "id", file}, exitUsage, "shards"},
		{"three shards", []string{"codec", "id", "--shards", "3", file}, exitUsage, "4 to 4096"},
		{"too many shards", []string{"codec", "id", "--shards", "4097", file}, exitUsage, "4 to 4096"},
		{"too large", []string{"codec", "id", "--shards", "4", file}, exitUsage, "393204"},
		{"no file", []string{"codec", "id", "--shards", "4", file + "x"}, exitNotFound, "no such file"},
		{"a directory", []string{"codec", "id", "--shards", "4", full}, exitUsage, "not a regular file"},
		{"full directory", []string{"codec", "encode", "--shards", "10", "--out", full, file}, exitUsage, "not empty"},
		{"no metadata", []string{"codec", "decode", "--shards", "10", "--out", file + ".out", full}, exitNotFound, metadataFile},
		{"no size", []string{"codec", "bench", "--shards", "10"}, exitUsage, "size"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := floe(t, nil, c.args...).want(t, c.code)
			if !strings.Contains(o.stderr, c.say) || o.stdout != "" {
				t.Errorf("printed %q and %q; want %q", o.stdout, o.stderr, c.say)
			}
		})
	}
	big := floe(t, bytes.NewReader(make([]byte, 400_000)), "codec", "id", "--shards", "4", "-").want(t, exitUsage)
	if !strings.Contains(big.stderr, "393204") {
		t.Errorf("standard input over the limit: %q", big.stderr)
	}
}

func TestCodecBench(t *testing.T) {
	var res map[string]any
	floe(t, nil, "codec", "bench", "--shards", "10", "--size", "100000", "--json").want(t, 0).json(t, &res)
	for _, step := range []string{"encode", "metadata", "decode_all", "decode_half", "decode_none"} {
		for _, figure := range []string{"wall_ms", "cpu_ms", "mb_s", "peak_rss"} {
			figures, _ := res[step].(map[string]any)
			if v, ok := figures[figure].(float64); !ok || v < 0 {
				t.Errorf("%s has no %s: %v", step, figure, res[step])
			}
		}
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// flip changes one bit in the middle of a file.
func flip(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 4
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
