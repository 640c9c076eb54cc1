package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/floe-network/floe/internal/leaktest"
	"github.com/floe-network/floe/staking/chain"
	"go.uber.org/goleak"
)

func TestDemo(t *testing.T) {
	file, _ := randomFile(t, 300_000, 3)
	for _, c := range []struct {
		name           string
		args           []string
		liars, stopped int
	}{
		{"sample, four nodes", []string{"--nodes", "4", "--shards", "4"}, 1, 0},
		{"file, four nodes", []string{"--nodes", "4", "--shards", "4", file}, 1, 0},
		{"file, ten nodes", []string{file}, 1, 2},
		{"one node has too much to lose", []string{"--nodes", "2", "--shards", "7", file}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var res demoResult
			floe(t, nil, append([]string{"demo", "--json"}, c.args...)...).want(t, 0).json(t, &res)
			if !res.Equal || len(res.Stopped) != c.stopped || (res.Liar != "") != (c.liars > 0) || res.LiarCaught != (c.liars > 0) {
				t.Errorf("%+v; want %d stopped and %d caught lying", res, c.stopped, c.liars)
			}
			if 3*res.Weight < 2*res.Shards+1 {
				t.Errorf("certificate of %d of %d shards", res.Weight, res.Shards)
			}
		})
	}
}

func TestDevnet(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "net")
	net := startDevnet(t, dir, "--nodes", "5", "--shards", "20")
	file, data := randomFile(t, 1_000_003, 4)
	put := floe(t, nil, "put", "--network", net.network, "--account", net.account, file).want(t, 0)
	id := strings.TrimSpace(put.stdout)
	if want := strings.TrimSpace(floe(t, nil, "codec", "id", "--shards", "20", file).want(t, 0).stdout); id != want {
		t.Fatalf("put printed %q, the file's id is %q", put.stdout, want)
	}
	back := filepath.Join(t.TempDir(), "back")
	floe(t, nil, "get", "--network", net.network, id, "-o", back).want(t, 0)
	wantFile(t, back, data)
	floe(t, nil, "get", "--network", net.network, id, "-o", back, "--slivers", "secondary", "--check", "strict").want(t, 0)
	wantFile(t, back, data)

	piped := floe(t, nil, "get", "-q", "--network", net.network, id).want(t, 0)
	if piped.stdout != string(data) {
		t.Error("standard output differs")
	}
	part := floe(t, nil, "get", "--network", net.network, id, "--range", "65530-65545").want(t, 0)
	if part.stdout != string(data[65530:65546]) || !strings.Contains(part.stderr, "not checked") {
		t.Errorf("range gave %q and said %q", part.stdout, part.stderr)
	}
	if tail := floe(t, nil, "get", "--network", net.network, id, "--range", "1000000-").want(t, 0); tail.stdout != string(data[1_000_000:]) {
		t.Errorf("open range gave %q", tail.stdout)
	}

	var status struct {
		Readable bool
		Chain    struct {
			Stored    bool
			Certified uint32 `json:"certified_epoch"`
		}
	}
	floe(t, nil, "status", "--json", "--network", net.network, id).want(t, 0).json(t, &status)
	if !status.Readable || !status.Chain.Stored || status.Chain.Certified != 1 {
		t.Errorf("status of the blob: %+v", status)
	}
	var nodes struct{ Reachable int }
	floe(t, nil, "status", "--json", "--network", net.network).want(t, 0).json(t, &nodes)
	if nodes.Reachable != 20 {
		t.Errorf("%d of 20 shards are reachable", nodes.Reachable)
	}

	for _, c := range []struct {
		name string
		args []string
		code int
		say  string
	}{
		{"unknown blob", []string{"get", "--network", net.network, oneByte, "-o", back}, exitNotFound, "never certified"},
		{"unknown blob, without asking", []string{"get", "--unchecked", "--network", net.network, oneByte, "-o", back}, exitNotFound, "not found"},
		{"status of an unknown blob", []string{"status", "--network", net.network, oneByte}, exitNotFound, "no node knows"},
		{"no id", []string{"get", "--network", net.network, "id", "-o", back}, exitUsage, "43"},
		{"no network", []string{"get", id, "-o", back}, exitUsage, "--network"},
		{"JSON and data on one output", []string{"get", "--json", "--network", net.network, id}, exitUsage, ""},
		{"range backwards", []string{"get", "--network", net.network, id, "--range", "5-4"}, exitUsage, "A-B"},
		{"range behind the end", []string{"get", "--network", net.network, id, "--range", "1000003-"}, exitUsage, "outside"},
		{"second network in one directory", []string{"devnet", "--dir", dir, "--nodes", "6"}, exitUsage, "5 nodes"},
		{"the same network twice", []string{"devnet", "--dir", dir}, exitFailure, "runs already"},
		{"no account", []string{"put", "--network", net.network, file}, exitUsage, "--account"},
		{"too dear", []string{"put", "--network", net.network, "--account", net.account, "--max", "1frost", "--again", file}, exitFailure, "FROST"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := floe(t, nil, c.args...).want(t, c.code)
			if !strings.Contains(o.stderr+o.stdout, c.say) {
				t.Errorf("printed %q and %q; want %q", o.stdout, o.stderr, c.say)
			}
		})
	}

	net.interrupt(t)
	gone := floe(t, nil, "get", "--network", net.network, id, "-o", back).want(t, exitUnavailable)
	if !strings.Contains(gone.stderr, "no endpoint of the chain answers") {
		t.Errorf("get without the chain: %q", gone.stderr)
	}
	net = startDevnet(t, dir)
	floe(t, nil, "get", "--network", net.network, id, "-o", back).want(t, 0)
	wantFile(t, back, data)
}

// A network that is killed in the middle of puts has everything that it acknowledged when it comes back.
func TestDevnetKilled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "net")
	acknowledged := make(map[string][]byte)
	const rounds = 3
	for round := range rounds {
		net := startDevnet(t, dir, "--nodes", "4", "--shards", "10")
		for id, data := range acknowledged {
			back := filepath.Join(t.TempDir(), "back")
			floe(t, nil, "get", "--network", net.network, id, "-o", back).want(t, 0)
			wantFile(t, back, data)
		}
		// One blob is stored for certain; while the others go in, at the first, second or third that is, the power goes.
		type result struct {
			id   string
			data []byte
		}
		results := make(chan result)
		const puts = 4
		for i := range puts {
			file, data := randomFile(t, 200_000+i, byte(16*round+i))
			go func() {
				var out bytes.Buffer
				cmd := exec.Command(program, "put", "-q", "--network", net.network, "--account", net.account, file)
				cmd.Stdout = &out
				if cmd.Run() != nil {
					data = nil
				}
				results <- result{strings.TrimSpace(out.String()), data}
			}()
		}
		for i := range puts {
			r := <-results
			if r.data != nil {
				acknowledged[r.id] = r.data
			}
			if i == round%puts {
				net.kill(t)
			}
		}
	}
	if len(acknowledged) < rounds {
		t.Fatalf("%d puts succeeded in %d rounds", len(acknowledged), rounds)
	}
	net := startDevnet(t, dir)
	for id, data := range acknowledged {
		back := filepath.Join(t.TempDir(), "back")
		floe(t, nil, "get", "--network", net.network, id, "-o", back).want(t, 0)
		wantFile(t, back, data)
	}
	net.interrupt(t)
	for i := range 4 {
		config := filepath.Join(dir, "node-0"+strconv.Itoa(i), nodeConfigName)
		floe(t, nil, "node", "check", "--repair", "--config", config).want(t, 0)
		floe(t, nil, "node", "check", "--config", config).want(t, 0)
	}
}

// startChain runs the chain of a network that devnet made, as a process of its own.
func startChain(t *testing.T, net *devnet) {
	t.Helper()
	n, err := chain.ReadNetwork(net.network)
	if err != nil {
		t.Fatal(err)
	}
	var up struct{ Endpoint string }
	launch(t, &up, "devchain", "--json", "--dir", filepath.Join(net.dir, chainDirName), "--listen", strings.TrimPrefix(n.Endpoints[0], "http://"))
	if up.Endpoint != n.Endpoints[0] {
		t.Fatalf("the chain is at %s, want %s", up.Endpoint, n.Endpoints[0])
	}
}

// Nodes as processes of their own, from the configurations that devnet wrote, with two of seven missing.
func TestNodeProcesses(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "net")
	net := startDevnet(t, dir, "--nodes", "7", "--shards", "7")
	net.interrupt(t)
	startChain(t, net)
	file, data := randomFile(t, 50_000, 5)

	run := func(i int) *exec.Cmd {
		var up struct {
			PeerID string `json:"peer_id"`
		}
		return launch(t, &up, "node", "--json", "--config", filepath.Join(dir, "node-0"+strconv.Itoa(i), nodeConfigName))
	}
	// f = 2: a quorum is five shards.
	nodes := []*exec.Cmd{run(0), run(1), run(2), run(3)}
	o := floe(t, nil, "put", "--network", net.network, "--account", net.account, file).want(t, exitUnavailable)
	if !strings.Contains(o.stderr, "5 of 7") {
		t.Errorf("a put without a quorum says %q", o.stderr)
	}
	nodes = append(nodes, run(4))
	id := strings.TrimSpace(floe(t, nil, "put", "--network", net.network, "--account", net.account, file).want(t, 0).stdout)
	back := filepath.Join(t.TempDir(), "back")
	// Five hold the blob; three primary slivers decode it, two do not.
	for _, n := range nodes[:2] {
		n.Process.Kill() //nolint:errcheck // running
		n.Wait()         //nolint:errcheck // killed
	}
	floe(t, nil, "get", "--network", net.network, id, "-o", back).want(t, 0)
	wantFile(t, back, data)
	nodes[2].Process.Kill() //nolint:errcheck // running
	nodes[2].Wait()         //nolint:errcheck // killed
	o = floe(t, nil, "get", "--network", net.network, id, "-o", back).want(t, exitUnavailable)
	if !strings.Contains(o.stderr, "3 of 7") || !strings.Contains(o.stderr, "at most 2 can be had") {
		t.Errorf("a get below n-2f says %q", o.stderr)
	}
}

func TestKeys(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	if o := floe(t, nil, "key", "new", "--dir", dir).want(t, exitUsage); !strings.Contains(o.stderr, "--passphrase-file") {
		t.Errorf("without a passphrase: %q", o.stderr)
	}
	made := floe(t, nil, "key", "new", "--plain", "--dir", dir).want(t, 0)
	shown := floe(t, nil, "key", "show", "--dir", dir).want(t, 0)
	if made.stdout != shown.stdout {
		t.Errorf("made %q, shown %q", made.stdout, shown.stdout)
	}
	floe(t, nil, "key", "new", "--plain", "--dir", dir).want(t, exitUsage)
	if again := floe(t, nil, "key", "show", "--dir", dir).want(t, 0); again.stdout != made.stdout {
		t.Error("the keys were replaced")
	}
	if err := os.Chmod(filepath.Join(dir, peerKeyFile), 0o644); err != nil {
		t.Fatal(err)
	}
	if o := floe(t, nil, "key", "show", "--dir", dir).want(t, exitFailure); !strings.Contains(o.stderr, "chmod 600") {
		t.Errorf("a key that others can read: %q", o.stderr)
	}
}

func TestAccountKeys(t *testing.T) {
	dir := t.TempDir()
	pass := filepath.Join(dir, "passphrase")
	if err := os.WriteFile(pass, []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "keys", "me.key")
	made := floe(t, nil, "key", "account", "--out", file, "--passphrase-file", pass).want(t, 0)
	if !strings.HasPrefix(made.stdout, "0x") || len(made.stdout) != 2+64+1 {
		t.Errorf("no address: %q", made.stdout)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte("scrypt")) {
		t.Errorf("the key is not sealed: %s", b)
	}
	floe(t, nil, "key", "account", "--out", file, "--plain").want(t, exitUsage)
	floe(t, nil, "key", "account", "--out", filepath.Join(dir, "keys", "other.key")).want(t, exitUsage)
}

func TestNodeConfig(t *testing.T) {
	example := floe(t, nil, "node", "config").want(t, 0).stdout
	if !strings.Contains(example, "[p2p]") || !strings.Contains(example, "quota") {
		t.Errorf("example: %.500s", example)
	}
	file := filepath.Join(t.TempDir(), "node.toml")
	if err := os.WriteFile(file, []byte("[storage]\nqouta = \"1GiB\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if o := floe(t, nil, "node", "--config", file).want(t, exitUsage); !strings.Contains(o.stderr, "storage.quota") {
		t.Errorf("a misspelled key: %q", o.stderr)
	}
}

// The program's own goroutines end with the command, those of ten libp2p hosts too.
func TestRunLeavesNothing(t *testing.T) {
	defer goleak.VerifyNone(t, append(leaktest.Options(), goleak.IgnoreCurrent())...)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	var out, progress bytes.Buffer
	if code := run([]string{"demo", "--nodes", "4", "--shards", "4"}, nil, &out, &progress); code != exitOK {
		t.Fatalf("exit code %d\n%s%s", code, &out, &progress)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}
