// Command lanes writes the generated files of codec/internal/lanes.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"

	"github.com/floe-network/floe/codec/internal/gen/emit"
)

func main() {
	dir := flag.String("dir", ".", "directory to write the files to")
	flag.Parse()
	if err := write(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "gen/lanes:", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	if err := emit.Files(assembly(), "lanes", dir); err != nil {
		return err
	}
	const name = "compress.go"
	b, err := generic()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return os.WriteFile(filepath.Join(dir, name), b, 0o644)
}

// assembly builds the kernels of all vector forms.
func assembly() *build.Context {
	c := build.NewContext()
	c.ConstraintExpr("!purego")
	p := newPool(c)
	for streams := 2; streams >= 1; streams-- {
		a := &avx512{Context: c, pool: p, streams: streams}
		a.short()
		a.pairs()
		a.sum()
	}
	a := &avx2{Context: c, pool: p}
	a.short()
	a.pairs()
	a.sum()
	return c
}
