// Command gen writes the Go code of every protobuf definition below p2p, beside the definition: pb/x.proto gives
// pb/x.pb.go. It compiles the definitions itself, so that a machine with nothing but Go can do it.
//
//	go -C p2p/internal/gen run .          writes
//	go -C p2p/internal/gen run . -check   fails when a committed file is not what its definition gives
//	go -C p2p/internal/gen test ./...     the same check
//
// A definition needs an option go_package; it may import other definitions by their path below p2p.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"github.com/bufbuild/protocompile/protoutil"
	gengo "google.golang.org/protobuf/cmd/protoc-gen-go/internal_gengo"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

// root is the directory that is searched, from this module.
const root = "../.."

// errStale: a committed file differs from what its definition gives.
var errStale = errors.New("generated code is not current: run `go -C p2p/internal/gen run .`")

func main() {
	check := flag.Bool("check", false, "compare with the committed files instead of writing them")
	flag.Parse()
	if err := run(context.Background(), root, *check); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run generates the code of every definition below dir and writes it, or compares it when check is set.
func run(ctx context.Context, dir string, check bool) error {
	protos, err := definitions(dir)
	if err != nil {
		return err
	}
	files, err := generate(ctx, dir, protos)
	if err != nil {
		return err
	}
	var stale []string
	for name, content := range files {
		target := filepath.Join(dir, filepath.FromSlash(name))
		if !check {
			// Source code is for everybody to read.
			if err := os.WriteFile(target, content, 0o644); err != nil { //nolint:gosec // G306: see above
				return err
			}
			continue
		}
		have, err := os.ReadFile(target)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if !bytes.Equal(have, content) {
			stale = append(stale, name)
		}
	}
	if len(stale) > 0 {
		return fmt.Errorf("%w: %s", errStale, strings.Join(stale, ", "))
	}
	return nil
}

// definitions lists the .proto files below dir, as slash-separated paths relative to it, in order.
func definitions(dir string) ([]string, error) {
	var list []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path.Ext(name) == ".proto" {
			list = append(list, name)
		}
		return err
	})
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("no .proto file below %s", dir)
	}
	return list, err
}

// generate returns the content of the file to write for each definition.
func generate(ctx context.Context, dir string, protos []string) (map[string][]byte, error) {
	compiler := protocompile.Compiler{
		Resolver:       protocompile.WithStandardImports(&protocompile.SourceResolver{ImportPaths: []string{dir}}),
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	compiled, err := compiler.Compile(ctx, protos...)
	if err != nil {
		return nil, err
	}
	plugin, err := protogen.Options{}.New(&pluginpb.CodeGeneratorRequest{
		FileToGenerate: protos,
		Parameter:      proto.String("paths=source_relative"),
		ProtoFile:      descriptors(compiled),
	})
	if err != nil {
		return nil, err
	}
	for _, f := range plugin.Files {
		if f.Generate {
			gengo.GenerateFile(plugin, f)
		}
	}
	response := plugin.Response()
	if response.Error != nil {
		return nil, errors.New(response.GetError())
	}
	out := make(map[string][]byte, len(response.File))
	for _, f := range response.File {
		out[f.GetName()] = []byte(f.GetContent())
	}
	return out, nil
}

// descriptors lists the files and all they import, each after what it imports, as the plugin protocol demands.
func descriptors(files linker.Files) []*descriptorpb.FileDescriptorProto {
	var list []*descriptorpb.FileDescriptorProto
	seen := make(map[string]bool)
	var add func(f linker.File)
	add = func(f linker.File) {
		if seen[f.Path()] {
			return
		}
		seen[f.Path()] = true
		imports := f.Imports()
		for i := range imports.Len() {
			if dep := f.FindImportByPath(imports.Get(i).Path()); dep != nil {
				add(dep)
			}
		}
		list = append(list, protoutil.ProtoFromFileDescriptor(f))
	}
	for _, f := range files {
		add(f)
	}
	return list
}
