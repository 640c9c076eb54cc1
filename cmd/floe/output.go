package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
)

// pendingFile is a file that appears under its name only when it is complete: data goes to a temporary file beside it.
type pendingFile struct {
	*os.File
	path string
}

func createPending(path string) (*pendingFile, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, usagef("%s is not a regular file; name a file to write", path)
	}
	dir, base := filepath.Split(path)
	// Not os.CreateTemp, whose files are private to their owner: the result gets the mode that a shell's redirection gives.
	f, err := os.OpenFile(filepath.Join(dir, "."+base+"."+rand.Text()+".part"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666) //nolint:gosec // the result of a command, under the user's umask
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	return &pendingFile{File: f, path: path}, nil
}

// commit gives the file its name; what it holds is on disk before the name is.
func (p *pendingFile) commit() error {
	if err := p.Sync(); err != nil {
		return fmt.Errorf("write %s: %w", p.path, err)
	}
	return os.Rename(p.Name(), p.path)
}

// discard closes the file and, unless it was committed, removes it.
func (p *pendingFile) discard() {
	p.Close()
	os.Remove(p.Name())
}
