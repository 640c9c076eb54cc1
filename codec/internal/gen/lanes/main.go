// Command lanes writes the generated files of codec/internal/lanes.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"
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
	c := build.NewContext()
	c.ConstraintExpr("!purego")
	p := newPool(c)
	wide := avx512{Context: c, pool: p}
	wide.short()
	wide.pairs()
	wide.sum()
	narrow := &avx2{Context: c, pool: p}
	narrow.short()
	narrow.pairs()
	narrow.sum()
	f, err := c.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(f); err != nil {
		return err
	}
	config := printer.Config{Name: "codec/internal/gen/lanes", Pkg: "lanes"}
	for name, pr := range map[string]printer.Printer{
		"kernels_amd64.s":  printer.NewGoAsm(config),
		"kernels_amd64.go": printer.NewStubs(config),
	} {
		b, err := pr.Print(f)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}
