//go:build unix

// Package npmtest runs the scripts of projects for Node.js in tests: the toolchain of the Move packages, and what compares
// with Sui's own libraries.
package npmtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// installLimit is for fetching packages of 30 MB.
	installLimit = 3 * time.Minute
	// waitDelay is how long output may still come from a process that was killed.
	waitDelay = 5 * time.Second
	// missing is what to do about a machine without Node.js.
	missing = "this test needs Node.js 20 or later and npm: install them (Debian: apt-get install nodejs npm)"
)

// Project is a project with a package-lock.json, by its directory as seen from the root of the module.
type Project string

// The projects.
const (
	Move        Project = "staking/move"
	Conformance Project = "staking/sui/conformance"
)

// Dir gives the directory of the project in the module that the working directory is in.
func (p Project) Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, filepath.FromSlash(string(p)))
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the working directory: run the test inside the repository")
		}
		dir = parent
	}
}

// Node runs a script of the project, as in `node scripts/build.mjs`, within limit. It installs what the project depends on
// before, if that is not there, and fails the test with the output when something goes wrong.
func (p Project) Node(t testing.TB, limit time.Duration, arguments ...string) {
	t.Helper()
	p.Install(t)
	p.run(t, limit, "node", arguments...)
}

// NPM is Node for a script that package.json names, as in `npm test`.
func (p Project) NPM(t testing.TB, limit time.Duration, script string) {
	t.Helper()
	p.Install(t)
	p.run(t, limit, "npm", "run", "--silent", script)
}

// Install installs what package-lock.json has, unless that is there. Processes that do it at once wait for each other.
func (p Project) Install(t testing.TB) {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v: %s", err, missing)
		}
	}
	dir := p.Dir(t)
	lock, err := os.Open(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		t.Fatalf("lock %s: %v", lock.Name(), err)
	}
	if installed(dir) {
		return
	}
	p.run(t, installLimit, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
}

// installed says whether node_modules is what the lock file asks for, as npm itself notes it there.
func installed(dir string) bool {
	want, err := packages(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return false
	}
	delete(want, "") // the project itself
	have, err := packages(filepath.Join(dir, "node_modules", ".package-lock.json"))
	return err == nil && reflect.DeepEqual(want, have)
}

func packages(name string) (map[string]any, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var lock struct{ Packages map[string]any }
	if err := json.Unmarshal(text, &lock); err != nil {
		return nil, err
	}
	for _, p := range lock.Packages {
		if fields, ok := p.(map[string]any); ok {
			delete(fields, "resolved") // where it came from, which depends on the machine
		}
	}
	return lock.Packages, nil
}

// readAll opens what the scripts read, so that the go command's test cache notices changes.
func (p Project) readAll(t testing.TB) {
	t.Helper()
	err := filepath.WalkDir(p.Dir(t), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "node_modules":
			return filepath.SkipDir
		case d.IsDir():
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		return f.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (p Project) run(t testing.TB, limit time.Duration, program string, arguments ...string) {
	t.Helper()
	p.readAll(t)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, arguments...) //nolint:gosec // programs and arguments are those of tests
	cmd.Dir = p.Dir(t)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	// The scripts start processes of their own, which must not outlive them.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = waitDelay
	err := cmd.Run()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		t.Fatalf("%v took more than %v\n%s", cmd.Args, limit, output.Bytes())
	case err != nil:
		t.Fatalf("%v: %v\n%s", cmd.Args, err, output.Bytes())
	default:
		t.Logf("%v\n%s", cmd.Args, output.Bytes())
	}
}
