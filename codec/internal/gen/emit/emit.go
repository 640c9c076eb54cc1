// Package emit writes what a generator built.
package emit

import (
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// Files compiles the functions of c and writes kernels_amd64.s and its Go declarations, kernels_amd64.go, for package pkg
// below codec/internal to dir. The content does not depend on dir.
func Files(c *build.Context, pkg, dir string) error {
	f, err := c.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(f); err != nil {
		return err
	}
	config := printer.Config{Name: "codec/internal/gen/" + pkg, Pkg: pkg}
	for name, p := range map[string]printer.Printer{
		"kernels_amd64.s":  printer.NewGoAsm(config),
		"kernels_amd64.go": printer.NewStubs(config),
	} {
		b, err := p.Print(f)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil { //nolint:gosec // source code is for all to read
			return err
		}
	}
	return nil
}
