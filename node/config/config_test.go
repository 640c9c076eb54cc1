package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/floe-network/floe/node/config"
)

func write(tb testing.TB, text string) string {
	tb.Helper()
	p := filepath.Join(tb.TempDir(), "node.toml")
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return p
}

func env(m map[string]string) func(string) (string, bool) {
	return func(k string) (string, bool) { v, ok := m[k]; return v, ok }
}

func TestDefaultsAreValid(t *testing.T) {
	if err := config.Default().Check(); err != nil {
		t.Fatal(err)
	}
	for _, k := range config.Table() {
		if k.Doc == "" || k.Unit == "" || k.Default == "" {
			t.Errorf("key %s lacks documentation: %+v", k.Name, k)
		}
	}
}

// The example has every key and says what the defaults say.
func TestExample(t *testing.T) {
	c, err := config.Load(write(t, config.Example()), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := config.Load(write(t, ""), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	// The two files are in directories of their own.
	d.Network, d.Data, d.Keys = c.Network, c.Data, c.Keys
	if !reflect.DeepEqual(c, d) {
		t.Errorf("the example gives\n%+v\nthe defaults are\n%+v", c, d)
	}
	for _, k := range config.Table() {
		if !strings.Contains(config.Example(), k.Doc) {
			t.Errorf("the example does not explain %s", k.Name)
		}
	}
}

func TestPriority(t *testing.T) {
	path := write(t, "[storage]\nquota = \"1GiB\"\nreserve = \"2GiB\"\n[intake]\nworkers = 3\npending_idle = \"90s\"\n[p2p]\nlisten = [\"127.0.0.1\"]\nport_map = true\n")
	e := env(map[string]string{"FLOE_STORAGE_QUOTA": "3GiB", "FLOE_STORAGE_RESERVE": "4GiB", "FLOE_P2P_LISTEN": "::1, 10.0.0.1", "FLOE_DATA_DIR": "rel"})
	c, err := config.Load(path, e, map[string]string{"storage.quota": "5GiB", "p2p.tcp_port": "7", "metrics.allow_remote": "true"})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(path)
	for _, tc := range []struct{ what, got, want any }{
		{"override", c.Storage.Quota, config.Size(5 << 30)},
		{"environment", c.Storage.Reserve, config.Size(4 << 30)},
		{"file", c.Intake.Workers, 3},
		{"file duration", c.Intake.PendingIdle.Duration, 90 * time.Second},
		{"file bool", c.P2P.PortMap, true},
		{"default", c.P2P.UDPPort, config.Default().P2P.UDPPort},
		{"environment list", strings.Join(c.P2P.Listen, " "), "::1 10.0.0.1"},
		{"override port", c.P2P.TCPPort, uint16(7)},
		{"override bool", c.Metrics.AllowRemote, true},
		{"path of the file", c.Network, filepath.Join(dir, "network.json")},
		{"path of the environment", c.Data, "rel"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %v, want %v", tc.what, tc.got, tc.want)
		}
	}
}

func TestUnknownKeysNameTheNearest(t *testing.T) {
	for text, want := range map[string]string{
		"[storage]\nqouta = \"1GiB\"\n": `storage.qouta: unknown key; the nearest is "storage.quota"`,
		"[strage]\nquota = \"1GiB\"\n":  `strage: unknown key; the nearest is "storage"`,
		"data_dri = \"x\"\n":            `data_dri: unknown key; the nearest is "data_dir"`,
		"[p2p]\nlisten_addrs = []\n":    `p2p.listen_addrs: unknown key; the nearest is "p2p.listen"`,
		"[log]\nlvl = 1\nfmt = 1\n":     "log.fmt: unknown key; the nearest is \"log.format\"\nlog.lvl: unknown key; the nearest is \"log.level\"",
		"storage = 1\n":                 `storage: this is a section`,
		"[storage.quota]\nx = 1\n":      `storage.quota: `,
		"[[storage]]\nquota = 1\n":      `storage: this is a section`,
	} {
		_, err := config.Load(write(t, text), nil, nil)
		if !errors.Is(err, config.ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	_, err := config.Load("", nil, map[string]string{"storage.quotas": "1"})
	if !errors.Is(err, config.ErrConfig) || !strings.Contains(err.Error(), `the nearest is "storage.quota"`) {
		t.Errorf("override: %v", err)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ text, says string }{
		"syntax":            {"[storage\n", "line 1"},
		"type":              {"[storage]\nquota = true\n", "storage.quota"},
		"size":              {"[storage]\nquota = \"lots\"\n", "not a size"},
		"negative size":     {"[storage]\nquota = -1\n", "not a size"},
		"huge size":         {"[storage]\nquota = \"99999999TiB\"\n", "not a size"},
		"bare duration":     {"[intake]\npending_idle = 60\n", "intake.pending_idle"},
		"negative duration": {"[intake]\npending_idle = \"-1s\"\n", "not a duration"},
		"no idle time":      {"[intake]\npending_idle = \"0s\"\n", "positive"},
		"port":              {"[p2p]\ntcp_port = 70000\n", "p2p.tcp_port"},
		"number as text":    {"[p2p]\ntcp_port = \"7\"\n", "p2p.tcp_port"},
		"text as number":    {"data_dir = 7\n", "data_dir"},
		"list of numbers":   {"[p2p]\nlisten = [1]\n", "p2p.listen"},
		"text for a list":   {"[p2p]\nlisten = \"::1\"\n", "p2p.listen"},
		"listen":            {"[p2p]\nlisten = [\"localhost\"]\n", "p2p.listen"},
		"nowhere":           {"[p2p]\nlisten = []\n", "p2p.listen"},
		"announce":          {"[p2p]\nannounce = [\"1.2.3.4:5\"]\n", "p2p.announce"},
		"bootstrap":         {"[p2p]\nbootstrap = [\"/ip4/1.2.3.4/tcp/5\"]\n", "p2p.bootstrap"},
		"exempt":            {"[p2p]\nexempt = [\"10.0.0.0\"]\n", "p2p.exempt"},
		"half a pair":       {"[p2p]\ntls_cert = \"c.pem\"\n", "tls_key"},
		"remote metrics":    {"[metrics]\nlisten = \"0.0.0.0:9170\"\n", "metrics.allow_remote"},
		"metrics address":   {"[metrics]\nlisten = \"localhost\"\n", "metrics.listen"},
		"level":             {"[log]\nlevel = \"loud\"\n", "log.level"},
		"format":            {"[log]\nformat = \"xml\"\n", "log.format"},
		"no network":        {"network_file = \"\"\n", "network_file"},
		"blobs":             {"[intake]\npending_blobs = 0\n", "pending_blobs"},
		"workers":           {"[intake]\nworkers = -1\n", "workers"},
		"two passphrases":   {"[keys]\npassphrase_file = \"a\"\npassphrase_credential = \"b\"\n", "not both"},
		"repeated key":      {"data_dir = \"a\"\ndata_dir = \"b\"\n", "data_dir"},
		"too long":          {strings.Repeat("#", 1<<20+1), "bytes"},
	} {
		_, err := config.Load(write(t, tc.text), nil, nil)
		if !errors.Is(err, config.ErrConfig) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v, want %q", name, err, tc.says)
		}
	}
	if _, err := config.Load(filepath.Join(t.TempDir(), "missing"), nil, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	for k, v := range map[string]string{"FLOE_P2P_TCP_PORT": "x", "FLOE_INTAKE_WORKERS": "x", "FLOE_P2P_PORT_MAP": "perhaps", "FLOE_STORAGE_QUOTA": "x"} {
		if _, err := config.Load("", env(map[string]string{k: v}), nil); !errors.Is(err, config.ErrConfig) || !strings.Contains(err.Error(), k) {
			t.Errorf("%s: %v", k, err)
		}
	}
}

func TestMetricsAddress(t *testing.T) {
	for _, text := range []string{"listen = \"\"", "listen = \"[::1]:0\"", "listen = \"127.0.0.2:1\"", "listen = \"0.0.0.0:9170\"\nallow_remote = true"} {
		if _, err := config.Load(write(t, "[metrics]\n"+text), nil, nil); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]config.Size{"0": 0, "0B": 0, "1": 1, "17B": 17, "2KiB": 2048, "3 MiB": 3 << 20, "100GiB": 100 << 30, "7TiB": 7 << 40} {
		var s config.Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%q: %d, %v", text, s, err)
		}
		var back config.Size
		if err := back.UnmarshalText([]byte(s.String())); err != nil || back != s {
			t.Errorf("%d becomes %q becomes %d, %v", s, s, back, err)
		}
	}
	for _, bad := range []string{"", "B", "GiB", "1GB", "1.5GiB", "-1", "1e3", "9223372036854775808", "8388608TiB"} {
		var s config.Size
		if err := s.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q: %d, want an error", bad, s)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(config.Example())
	f.Add("[storage]\nquota = 1\n[storage.x]\ny = [1, {a = 2}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := config.Load(write(t, text), nil, nil)
		if err != nil {
			if !errors.Is(err, config.ErrConfig) {
				t.Errorf("untyped error: %v", err)
			}
			return
		}
		if err := c.Check(); err != nil {
			t.Errorf("loaded, but %v", err)
		}
	})
}
