// Command gf16 writes the generated files of codec/internal/gf16.
//
// Every kernel works on field elements in packed layout: blocks of 64 bytes, 32 low bytes then 32 high bytes.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/mmcloughlin/avo/build"

	"github.com/floe-network/floe/codec/internal/gen/emit"
)

func main() {
	dir := flag.String("dir", ".", "directory to write the files to")
	flag.Parse()
	c := build.NewContext()
	c.ConstraintExpr("!purego")
	for _, s := range []isa{newAVX512(c), &avx2{Context: c}} {
		g := kernels{c, s}
		for layers := 1; layers <= s.layers(); layers++ {
			g.inverse(layers)
			g.forward(layers)
			g.derive(layers)
		}
		g.scale()
		g.mulAdd()
	}
	p := packer{c}
	p.pack()
	p.unpack()
	if err := emit.Files(c, "gf16", *dir); err != nil {
		fmt.Fprintln(os.Stderr, "gen/gf16:", err)
		os.Exit(1)
	}
}
