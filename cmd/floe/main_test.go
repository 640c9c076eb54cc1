package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// testTimeout ends a command that hangs; none of them takes a tenth of it.
const testTimeout = 3 * time.Minute

// program is the program under test, built once by TestMain: these tests run it as a user does, in processes of its own.
var program string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "floe-test-*")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "floe")
		args := []string{"build", "-o", program}
		if raceEnabled {
			args = append(args, "-race")
		}
		if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// outcome is what a command left behind.
type outcome struct {
	code           int
	stdout, stderr string
}

// floe runs the program to its end.
func floe(t *testing.T, stdin io.Reader, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if ctx.Err() != nil {
		t.Fatalf("floe %v did not end in %v; stderr:\n%s", args, testTimeout, &stderr)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// want fails unless the command ended with the code.
func (o outcome) want(t *testing.T, code int) outcome {
	t.Helper()
	if o.code != code {
		t.Fatalf("exit code %d, want %d\nstdout: %.2000s\nstderr: %.4000s", o.code, code, o.stdout, o.stderr)
	}
	return o
}

// json reads the one object that stdout holds.
func (o outcome) json(t *testing.T, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(o.stdout)))
	if err := d.Decode(v); err != nil {
		t.Fatalf("%v in %.2000q", err, o.stdout)
	}
	if d.More() {
		t.Fatalf("more than one object in %.2000q", o.stdout)
	}
}

// devnet is a "floe devnet" that runs.
type devnet struct {
	cmd     *exec.Cmd
	dir     string
	network string
	account string
	stderr  *bytes.Buffer
}

// startDevnet runs a network and waits until it says that it is up.
func startDevnet(t *testing.T, dir string, args ...string) *devnet {
	t.Helper()
	d := &devnet{dir: dir, network: filepath.Join(dir, networkFileName), account: filepath.Join(dir, "keys", userKeyName), stderr: &bytes.Buffer{}}
	d.cmd = exec.Command(program, append([]string{"devnet", "--json", "--dir", dir}, args...)...)
	stdout, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	d.cmd.Stderr = d.stderr
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if d.cmd.ProcessState == nil {
			d.cmd.Process.Kill() //nolint:errcheck // it may have ended
			d.cmd.Wait()         //nolint:errcheck // killed
		}
	})
	hang := time.AfterFunc(testTimeout, func() { d.cmd.Process.Kill() }) //nolint:errcheck // it may have ended
	defer hang.Stop()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		d.cmd.Wait() //nolint:errcheck // the message below says more
		t.Fatalf("devnet did not come up: %v\n%s", err, d.stderr)
	}
	var up struct {
		File string `json:"network_file"`
	}
	if err := json.Unmarshal([]byte(line), &up); err != nil || up.File != d.network {
		t.Fatalf("devnet says %q (%v)", line, err)
	}
	return d
}

// interrupt ends the network as Ctrl-C does.
func (d *devnet) interrupt(t *testing.T) {
	t.Helper()
	if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Wait(); err != nil {
		t.Fatalf("devnet after Ctrl-C: %v\n%s", err, d.stderr)
	}
}

// kill ends the network as a power cut does.
func (d *devnet) kill(t *testing.T) {
	t.Helper()
	if err := d.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	d.cmd.Wait() //nolint:errcheck // killed
}

// randomFile writes n bytes that depend on seed.
func randomFile(t *testing.T, n int, seed byte) (path string, data []byte) {
	t.Helper()
	data = make([]byte, n)
	x := uint64(seed) + 1
	for i := range data {
		x = x*6364136223846793005 + 1442695040888963407
		data[i] = byte(x >> 56)
	}
	path = filepath.Join(t.TempDir(), "blob")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, data
}

func wantFile(t *testing.T, path string, data []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, data) {
		t.Fatalf("%s has %d bytes and differs from the %d that went in", path, len(got), len(data))
	}
}
