package conformance_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/floe-network/floe/internal/npmtest"
	"github.com/floe-network/floe/staking/move"
)

// Limits on a machine that does much else.
const (
	buildLimit    = 10 * time.Minute // of the program, with nothing in the cache
	devchainLimit = 5 * time.Minute  // of some fifty transactions, each of which waits for its checkpoint
)

// started is what `floe devchain --json` says first.
type started struct {
	Endpoint    string `json:"endpoint"`
	WalPackage  string `json:"wal_package"`
	WalTreasury string `json:"wal_treasury"`
}

// Sui's own client uses a development chain that runs as a process of its own, in both formats of grpc-web.
func TestSuiClientOnDevchain(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program and runs a chain")
	}
	program := filepath.Join(t.TempDir(), "floe")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "github.com/floe-network/floe/cmd/floe")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	dir, err := os.MkdirTemp("", "floe") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	chain := run(t, program, "devchain", "--dir", dir, "--listen", "127.0.0.1:0", "--interval", "50ms", "--json")

	wal, err := move.ParseAddress(chain.WalPackage)
	if err != nil {
		t.Fatal(err)
	}
	set, err := move.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	floe, err := set.Link("floe", map[string]move.Address{"wal": wal})
	if err != nil {
		t.Fatal(err)
	}
	setup := map[string]any{"url": chain.Endpoint, "floe": program, "dir": dir, "wal": chain.WalPackage, "treasury": chain.WalTreasury}
	var modules, dependencies []string
	for _, m := range floe.Modules {
		modules = append(modules, base64.StdEncoding.EncodeToString(m.Bytecode))
	}
	for _, d := range floe.Dependencies {
		dependencies = append(dependencies, d.String())
	}
	setup["modules"], setup["dependencies"] = modules, dependencies
	text, err := json.Marshal(setup)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "setup.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	npmtest.Conformance.Node(t, devchainLimit, "scripts/devchain.mjs", file)
}

// run starts a program that prints a line of JSON when it is ready, and ends it in order with the test.
func run(t *testing.T, program string, arguments ...string) started {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*devchainLimit) // not the test's, which ends before its orderly end
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program, arguments...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s ended with %v", arguments[0], err)
		}
	})
	var s started
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&s); err != nil {
		t.Fatalf("what %s says first: %v", arguments[0], err)
	}
	return s
}
