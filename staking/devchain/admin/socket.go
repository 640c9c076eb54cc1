package admin

import (
	"net"
	"os"
	"path/filepath"
)

// listen opens a socket that only its owner can use from its first moment: it is made in a directory that only its owner can
// enter, and moved to its place when its mode is right.
func listen(path string) (net.Listener, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".s") // of mode 0700; short, because the path of a socket is
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	private := filepath.Join(dir, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: private, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	if err := os.Chmod(private, 0o600); err != nil {
		l.Close()
		return nil, err
	}
	if err := os.Rename(private, path); err != nil {
		l.Close()
		return nil, err
	}
	return &listener{l, path}, nil
}

// listener removes its socket when it is closed.
type listener struct {
	net.Listener
	path string
}

func (l *listener) Close() error {
	err := l.Listener.Close()
	os.Remove(l.path)
	return err
}
