// Command lanes writes the generated files of codec/internal/lanes.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
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
	kernels, err := assembly()
	if err != nil {
		return err
	}
	config := printer.Config{Name: "codec/internal/gen/lanes", Pkg: "lanes"}
	for name, content := range map[string]func() ([]byte, error){
		"kernels_amd64.s":  func() ([]byte, error) { return printer.NewGoAsm(config).Print(kernels) },
		"kernels_amd64.go": func() ([]byte, error) { return printer.NewStubs(config).Print(kernels) },
		"compress.go":      generic,
	} {
		b, err := content()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// assembly builds the kernels of all vector forms.
func assembly() (*ir.File, error) {
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
	f, err := c.Result()
	if err != nil {
		return nil, err
	}
	return f, pass.Compile.Execute(f)
}
