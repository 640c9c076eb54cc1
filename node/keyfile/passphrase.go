package keyfile

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Passphrase says where a passphrase comes from: at most one of its fields is set. There is no field for the passphrase
// itself, which on a command line or in the environment would be seen by others.
type Passphrase struct {
	// File holds the passphrase in its first line, and nothing else. Its mode is 0600 or stricter.
	File string
	// Credential names a systemd credential (LoadCredential=).
	Credential string
}

// Read returns the passphrase, nil when none is configured. An empty one is an error.
func (p Passphrase) Read() ([]byte, error) {
	path := p.File
	switch {
	case p.File == "" && p.Credential == "":
		return nil, nil
	case p.File != "" && p.Credential != "":
		return nil, errors.New("passphrase: name a file or a credential, not both")
	case p.Credential != "":
		dir := os.Getenv("CREDENTIALS_DIRECTORY")
		if dir == "" {
			return nil, fmt.Errorf("passphrase: no credential %q: the service manager has set no CREDENTIALS_DIRECTORY", p.Credential)
		}
		if p.Credential != filepath.Base(p.Credential) || strings.HasPrefix(p.Credential, ".") {
			return nil, fmt.Errorf("passphrase: credential %q is not a plain name", p.Credential)
		}
		path = filepath.Join(dir, p.Credential)
	}
	// The service manager guards a credential itself, by an access list that shows as a group's right in the mode.
	b, err := readSmall(path, maxPassphrase, p.File != "")
	if err != nil {
		return nil, fmt.Errorf("passphrase: %w", err)
	}
	b = bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
	if len(b) == 0 || bytes.ContainsAny(b, "\r\n") {
		return nil, fmt.Errorf("passphrase: %s: want one line that is not empty", path)
	}
	return b, nil
}
