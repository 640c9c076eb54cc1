// Package generated is for the tests of packages with generated assembly.
package generated

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Current fails the test if the generated files of a package below codec/internal, whose directory is the working
// directory, differ from what the generator of the same name in codec/internal/gen writes.
func Current(t *testing.T, generator string) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "run", "-C", filepath.Join("..", "gen"), "./"+generator, "-dir", dir) //nolint:gosec // the generator's name is the test's
	// The generator runs on this machine, whatever the test is built for.
	cmd.Env = append(os.Environ(), "GOOS=", "GOARCH=", "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("generator: %v\n%s", err, out)
	}
	written, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(written) == 0 {
		t.Fatalf("generator wrote %d files, error %v", len(written), err)
	}
	for _, path := range written {
		name := filepath.Base(path)
		fresh, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		committed, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(fresh, committed) {
			t.Errorf("%s is stale: run go generate in codec/internal/%s", name, generator)
		}
	}
}
