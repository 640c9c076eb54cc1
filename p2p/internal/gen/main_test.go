package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestCommittedCodeIsCurrent(t *testing.T) {
	if err := run(t.Context(), root, true); err != nil {
		t.Fatal(err)
	}
}

const (
	shared = `syntax = "proto3"; package a; option go_package = "example.org/a"; message A { bytes id = 1; }`
	user   = `syntax = "proto3"; package b; option go_package = "example.org/b"; import "a/a.proto"; message B { a.A a = 1; }`
)

func TestWritesAndFindsStaleFiles(t *testing.T) {
	dir := t.TempDir()
	put := func(name, content string) {
		t.Helper()
		target := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(t.Context(), dir, false); err == nil {
		t.Error("a directory without definitions is no error")
	}
	put("a/a.proto", shared)
	put("b/b.proto", user)
	if err := run(t.Context(), dir, true); !errors.Is(err, errStale) {
		t.Errorf("before the first run: %v, want %v", err, errStale)
	}
	if err := run(t.Context(), dir, false); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), dir, true); err != nil {
		t.Errorf("after a run: %v", err)
	}
	put("a/a.pb.go", "package a")
	if err := run(t.Context(), dir, true); !errors.Is(err, errStale) {
		t.Errorf("after a change by hand: %v, want %v", err, errStale)
	}
	put("b/b.proto", "message {")
	if err := run(t.Context(), dir, false); err == nil {
		t.Error("a broken definition is no error")
	}
}
