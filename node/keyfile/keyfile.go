package keyfile

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Errors that callers ask for. A missing file is fs.ErrNotExist, one that is in the way fs.ErrExist.
var (
	// ErrMode: others than the owner may read or write the file or its directory.
	ErrMode = errors.New("key file is open to others")
	// ErrFormat: not a key file, not of the wanted kind, or damaged.
	ErrFormat = errors.New("invalid key file")
	// ErrPassphrase: the file needs a passphrase, or another one.
	ErrPassphrase = errors.New("wrong or missing passphrase")
)

// Kind is what a key is for. It is the type of the PEM block.
type Kind string

const (
	// Peer keys are ed25519 seeds, 32 bytes.
	Peer Kind = "FLOE PEER KEY"
	// BLS keys are BLS12-381 scalars, 32 bytes big-endian.
	BLS Kind = "FLOE BLS KEY"
	// Account keys are ed25519 seeds of Sui accounts, 32 bytes.
	Account Kind = "FLOE ACCOUNT KEY"
)

// secretSize is the length of a secret of any kind, bytes.
const secretSize = 32

// write makes a new file with the secret, sealed when the passphrase is not empty. It makes the directory (not its parents)
// when it is missing, never replaces a file, and is durable when it returns.
func write(path string, kind Kind, secret, passphrase []byte) error {
	block := &pem.Block{Type: string(kind), Bytes: secret}
	if len(passphrase) > 0 {
		var err error
		if block, err = seal(kind, secret, passphrase, scryptLog); err != nil {
			return fmt.Errorf("key file %s: %w", path, err)
		}
	}
	dir := filepath.Dir(path)
	if err := os.Mkdir(dir, dirMode); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("key file %s: %w", path, err)
	}
	if err := checkDir(dir); err != nil {
		return err
	}
	// The whole file appears under its name at once, and only where there was none: link fails on an existing name.
	f, err := os.CreateTemp(dir, ".key-*.tmp") // mode 0600
	if err != nil {
		return fmt.Errorf("key file %s: %w", path, err)
	}
	defer os.Remove(f.Name()) // the second name of a complete file, or the rest of a failed one
	_, err = f.Write(pem.EncodeToMemory(block))
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Link(f.Name(), path)
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("key file %s: %w", path, err)
	}
	return nil
}

// read returns the secret of a file of the wanted kind.
func read(path string, kind Kind, passphrase []byte) ([]byte, error) {
	if err := checkDir(filepath.Dir(path)); err != nil {
		return nil, err
	}
	b, err := readSmall(path, maxFile, true)
	if err != nil {
		return nil, err
	}
	block, rest := pem.Decode(b)
	switch {
	case block == nil:
		return nil, fmt.Errorf("%w %s: no PEM block", ErrFormat, path)
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, fmt.Errorf("%w %s: something follows the key", ErrFormat, path)
	case block.Type != string(kind):
		return nil, fmt.Errorf("%w %s: it has a %.40q, want a %q", ErrFormat, path, block.Type, kind)
	}
	secret := block.Bytes
	if len(block.Headers) > 0 {
		if secret, err = open(block, passphrase); err != nil {
			return nil, fmt.Errorf("key file %s: %w", path, err)
		}
	}
	if len(secret) != secretSize {
		return nil, fmt.Errorf("%w %s: a secret of %d bytes, want %d", ErrFormat, path, len(secret), secretSize)
	}
	return secret, nil
}

// readSmall reads a file of at most limit bytes; a private one may be open to nobody but its owner.
func readSmall(path string, limit int64, private bool) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read from
	// The mode of the open file: the name could be exchanged meanwhile.
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is not a regular file", ErrFormat, path)
	}
	if m := info.Mode().Perm(); private && m&0o077 != 0 {
		return nil, fmt.Errorf("%w: %s has mode %04o; run: chmod 600 %s", ErrMode, path, m, path)
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%w: %s is longer than %d bytes", ErrFormat, path, limit)
	}
	return b, nil
}

func checkDir(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("directory of key files: %w", err)
	}
	if m := info.Mode().Perm(); m&0o077 != 0 {
		return fmt.Errorf("%w: directory %s has mode %04o; run: chmod 700 %s", ErrMode, dir, m, dir)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
