package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/floe-network/floe/staking/devchain/admin"
)

// devchainProcess is a "floe devchain" that runs.
type devchainProcess struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer
	up     struct{ Endpoint, Chain, Faucet string }
}

// startDevchain runs a chain and waits until it says that it is up.
func startDevchain(t *testing.T, dir string, args ...string) *devchainProcess {
	t.Helper()
	d := &devchainProcess{}
	d.cmd = exec.Command(program, append([]string{"devchain", "--json", "--dir", dir, "--listen", "127.0.0.1:0"}, args...)...)
	d.cmd.Stderr = &d.stderr
	stdout, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hang := time.AfterFunc(testTimeout, func() { d.cmd.Process.Kill() }) //nolint:errcheck // it may have ended
	t.Cleanup(func() {
		hang.Stop()
		if d.cmd.ProcessState == nil {
			d.end(t, syscall.SIGKILL)
		}
	})
	if err := json.NewDecoder(bufio.NewReader(stdout)).Decode(&d.up); err != nil {
		t.Fatalf("devchain did not come up: %v\n%s", err, &d.stderr)
	}
	return d
}

// end sends a signal and returns the exit code, -1 where the signal ended the process.
func (d *devchainProcess) end(t *testing.T, with syscall.Signal) int {
	t.Helper()
	if err := d.cmd.Process.Signal(with); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := d.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return d.cmd.ProcessState.ExitCode()
}

// socketDir is a directory whose name leaves room for that of a socket.
func socketDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "floe")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestDevchain(t *testing.T) {
	dir := socketDir(t)
	first := startDevchain(t, dir, "--interval", "0", "--seed", strings.Repeat("ab", 32))
	const to = "0x0000000000000000000000000000000000000000000000000000000000000042"

	var given admin.Given
	floe(t, nil, "devchain", "faucet", "--dir", dir, to, "--sui", "1.5", "--wal", "2", "--json").want(t, exitOK).json(t, &given)
	if len(given.Transactions) != 2 {
		t.Errorf("gave %+v", given)
	}
	var sealed admin.Sealed
	floe(t, nil, "devchain", "checkpoint", "--dir", dir, "--json").want(t, exitOK).json(t, &sealed)
	var later admin.Sealed
	floe(t, nil, "devchain", "clock", "--dir", dir, "--advance", "48h", "--json").want(t, exitOK).json(t, &later)
	if later.Checkpoint <= sealed.Checkpoint || later.TimeMs < sealed.TimeMs+uint64((47*time.Hour).Milliseconds()) {
		t.Errorf("advanced from %+v to %+v", sealed, later)
	}
	var status admin.Status
	floe(t, nil, "devchain", "status", "--dir", dir, "--json").want(t, exitOK).json(t, &status)
	if status.Chain != first.up.Chain || status.Faucet != first.up.Faucet || "http://"+status.Endpoint != first.up.Endpoint || status.Checkpoint != later.Checkpoint {
		t.Errorf("status %+v of %+v", status, first.up)
	}
	if text := floe(t, nil, "devchain", "status", "--dir", dir).want(t, exitOK).stdout; !strings.Contains(text, first.up.Chain) {
		t.Errorf("status says %s", text)
	}
	if second := floe(t, nil, "devchain", "--dir", dir, "--listen", "127.0.0.1:0").want(t, exitFailure); !strings.Contains(second.stderr, "in use") {
		t.Errorf("a second one says %s", second.stderr)
	}

	if code := first.end(t, syscall.SIGKILL); code != -1 {
		t.Fatalf("exit code %d", code)
	}
	again := startDevchain(t, dir, "--interval", "0")
	if again.up.Chain != first.up.Chain || again.up.Faucet != first.up.Faucet {
		t.Errorf("the chain is %+v, was %+v", again.up, first.up)
	}
	var after admin.Status
	floe(t, nil, "devchain", "status", "--dir", dir, "--json").want(t, exitOK).json(t, &after)
	if after.Transactions < status.Transactions || after.AheadMs != status.AheadMs {
		t.Errorf("after kill -9 %+v, before %+v", after, status)
	}
	if code := again.end(t, syscall.SIGINT); code != exitOK {
		t.Errorf("exit code %d after Ctrl-C\n%s", code, &again.stderr)
	}
	if other := floe(t, nil, "devchain", "--dir", dir, "--listen", "127.0.0.1:0", "--seed", strings.Repeat("cd", 32)).want(t, exitFailure); !strings.Contains(other.stderr, "another chain") {
		t.Errorf("another seed says %s", other.stderr)
	}
}

func TestDevchainUsage(t *testing.T) {
	dir := socketDir(t)
	for _, c := range []struct {
		code int
		args []string
	}{
		{exitUsage, []string{}},
		{exitUsage, []string{"--dir", dir, "--interval", "-1s"}},
		{exitUsage, []string{"--dir", dir, "--epoch", "0"}},
		{exitUsage, []string{"--dir", dir, "--seed", "abc"}},
		{exitUsage, []string{"--dir", dir, "--gas-price", "7"}},
		{exitUsage, []string{"--dir", dir, "more"}},
		{exitUsage, []string{"faucet", "--dir", dir}},
		{exitUsage, []string{"faucet", "--dir", dir, "me"}},
		{exitUsage, []string{"faucet", "--dir", dir, "0x1", "--sui", "1.0000000001"}},
		{exitUsage, []string{"faucet", "--dir", dir, "0x1", "--wal", "-1"}},
		{exitUsage, []string{"clock", "--dir", dir}},
		{exitUsage, []string{"clock", "--dir", dir, "--advance", "-1h"}},
		{exitUnavailable, []string{"status", "--dir", dir}},
		{exitUnavailable, []string{"checkpoint", "--dir", dir}},
		{exitUnavailable, []string{"faucet", "--dir", dir, "0x1"}},
	} {
		floe(t, nil, append([]string{"devchain"}, c.args...)...).want(t, c.code)
	}
}

func TestCoins(t *testing.T) {
	for text, want := range map[string]uint64{
		"0": 0, "1": 1e9, "2.5": 25e8, "0.000000001": 1, "18446744073.709551615": 1<<64 - 1, "10.": 0, ".5": 0, "": 0, "1,5": 0, "18446744073.709551616": 0, "1e3": 0, "1.-5": 0,
	} {
		got, err := parseCoins("--sui", text)
		if (err != nil) != (want == 0 && text != "0") || got != want {
			t.Errorf("%q is %d, %v", text, got, err)
		}
		if err == nil && formatCoins(got) != text {
			t.Errorf("%d is written %q, read from %q", got, formatCoins(got), text)
		}
	}
}
