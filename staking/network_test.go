package staking_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	ma "github.com/multiformats/go-multiaddr"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/stakingtest"
)

func networkJSON(tb testing.TB) string {
	tb.Helper()
	nodes := stakingtest.Nodes(tb, 4)
	members := stakingtest.Members(tb, nodes, 7)
	for i := range members {
		members[i].Addrs = []ma.Multiaddr{ma.StringCast("/ip4/127.0.0.1/udp/4001/quic-v1")}
	}
	c, err := staking.NewCommittee("test", 7, 7, members)
	if err != nil {
		tb.Fatal(err)
	}
	b, err := json.Marshal(c)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

func TestNetworkFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "network.json")
	c, err := staking.ParseNetwork([]byte(networkJSON(t)))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second replaces the first
		if err := staking.WriteNetwork(path, c); err != nil {
			t.Fatal(err)
		}
	}
	back, err := staking.ReadNetwork(path)
	if err != nil {
		t.Fatal(err)
	}
	a, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(back)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Errorf("read back\n%s\nwant\n%s", b, a)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("%d files in the directory, want only the network file", len(entries))
	}
}

func TestReadNetworkErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := staking.ReadNetwork(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	path := filepath.Join(dir, "bad.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := staking.ReadNetwork(path); !errors.Is(err, staking.ErrInvalid) || !strings.Contains(err.Error(), path) {
		t.Errorf("bad: %v", err)
	}
	if err := staking.WriteNetwork(filepath.Join(dir, "no", "such", "dir"), stakingtest.Committee(t, stakingtest.Nodes(t, 4), 0, 4)); err == nil {
		t.Error("written into a directory that does not exist")
	}
}

func TestParseNetworkAddrs(t *testing.T) {
	nodes := stakingtest.Nodes(t, 4)
	own, other := "/p2p/"+nodes[0].ID(t).String(), "/p2p/"+nodes[1].ID(t).String()
	good := networkJSON(t)
	first := func(addr string) []byte {
		return []byte(strings.Replace(good, "/ip4/127.0.0.1/udp/4001/quic-v1", addr, 1))
	}
	c, err := staking.ParseNetwork(first("/dns4/a.example/tcp/1" + own))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Member(0).Addrs[0].String(); got != "/dns4/a.example/tcp/1" {
		t.Errorf("address %s", got)
	}
	for _, bad := range []string{"/dns4/a.example/tcp/1" + other, own, "", "127.0.0.1:4001", "/ip4/127.0.0.1/tcp/70000"} {
		if _, err := staking.ParseNetwork(first(bad)); !errors.Is(err, staking.ErrInvalid) || !strings.Contains(err.Error(), "member 0") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestParseNetworkRefuses(t *testing.T) {
	good := networkJSON(t)
	replace := func(old, with string) string {
		s := strings.Replace(good, old, with, 1)
		if s == good {
			t.Fatalf("%q is not in the file", old)
		}
		return s
	}
	key := stakingtest.Nodes(t, 1)[0].BLS.Public().String()
	for name, tc := range map[string]struct{ text, says string }{
		"empty":            {"", "EOF"},
		"cut off":          {good[:len(good)-2], "unexpected EOF"},
		"list":             {"[]", "array"},
		"null":             {"null", `"epoch" is missing`},
		"two objects":      {good + good, "follows"},
		"stray brace":      {good + "}", "follows"},
		"unknown field":    {replace(`"epoch"`, `"epohc"`), "epohc"},
		"no epoch":         {replace(`"epoch":7,`, ``), `"epoch" is missing`},
		"negative epoch":   {replace(`"epoch":7`, `"epoch":-7`), "epoch"},
		"large epoch":      {replace(`"epoch":7`, `"epoch":4294967296`), "epoch"},
		"three shards":     {replace(`"n_shards":7`, `"n_shards":3`), "3"},
		"network name":     {replace(`"test"`, `"Test/1"`), "network name"},
		"no node id":       {replace(good[strings.Index(good, `"node_id"`):strings.Index(good, `"peer_id"`)], ""), `"node_id" is missing`},
		"short node id":    {replace(`"0x0000`, `"0x00`), "node id"},
		"bad peer id":      {replace(`"peer_id":"`, `"peer_id":"x`), "peer id"},
		"key at infinity":  {replace(key, "0xc0"+strings.Repeat("00", 47)), "infinity"},
		"key of zeros":     {replace(key, "0x"+strings.Repeat("00", 48)), "BLS key"},
		"shard as text":    {replace(`"shards":[0,4]`, `"shards":["0",4]`), "shards"},
		"shard fraction":   {replace(`"shards":[0,4]`, `"shards":[0.5,4]`), "shards"},
		"shard twice":      {replace(`"shards":[0,4]`, `"shards":[0,0,4]`), "twice"},
		"too many members": {`{"network":"test","epoch":1,"n_shards":7,"members":[{}` + strings.Repeat(",{}", staking.MaxMembers) + `]}`, "members"},
		"too large":        {strings.Repeat(" ", 16<<20+1), "bytes"},
	} {
		_, err := staking.ParseNetwork([]byte(tc.text))
		if !errors.Is(err, staking.ErrInvalid) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v, want %q", name, err, tc.says)
		}
	}
}

func FuzzParseNetwork(f *testing.F) {
	f.Add([]byte(networkJSON(f)))
	f.Add([]byte(`{"network":"a","epoch":1,"n_shards":4,"members":[{}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := staking.ParseNetwork(b)
		if err != nil {
			if !errors.Is(err, staking.ErrInvalid) {
				t.Errorf("untyped error: %v", err)
			}
			return
		}
		out, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := staking.ParseNetwork(out)
		if err != nil {
			t.Fatalf("written, but not readable: %v", err)
		}
		if back, err := json.Marshal(again); err != nil || !bytes.Equal(back, out) {
			t.Errorf("%s became %s (%v)", out, back, err)
		}
	})
}
