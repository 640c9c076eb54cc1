package main

import (
	"fmt"
	"io"
	"os"
)

// source is the blob that a command reads: a file, or standard input spooled to a temporary file.
type source struct {
	*os.File
	size int64
	temp bool
}

// openSource opens FILE, or spools standard input for "-". limit is the largest blob that makes sense; spooling stops
// there, so that an endless pipe does not fill the disk.
func openSource(c *console, name string, limit int64) (*source, error) {
	if name == "-" {
		return spool(c.in, limit)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	if !info.Mode().IsRegular() {
		f.Close()
		return nil, usagef("%s is not a regular file; pipe it in and name it \"-\"", name)
	}
	return &source{File: f, size: info.Size()}, nil
}

func spool(in io.Reader, limit int64) (_ *source, err error) {
	f, err := os.CreateTemp("", "floe-stdin-*")
	if err != nil {
		return nil, fmt.Errorf("spool standard input: %w", err)
	}
	s := &source{File: f, temp: true}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	s.size, err = io.Copy(f, io.LimitReader(in, limit+1))
	if err != nil {
		return nil, fmt.Errorf("spool standard input: %w", err)
	}
	if s.size > limit {
		return nil, usagef("standard input has more than %d bytes, the largest blob for this number of shards", limit)
	}
	return s, nil
}

// Close closes the file and removes it if it was a spool.
func (s *source) Close() error {
	err := s.File.Close()
	if s.temp {
		os.Remove(s.Name())
	}
	return err
}
