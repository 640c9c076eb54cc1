package admin_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/floe-network/floe/internal/leaktest"
	"github.com/floe-network/floe/staking/devchain/admin"
	"github.com/floe-network/floe/staking/devchain/faucet"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// serve runs a chain with a socket in a directory.
func serve(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "floe")
	if err != nil {
		t.Fatal(err)
	}
	chain, err := ledger.Open(t.Context(), dir, nil, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := faucet.New(t.Context(), chain, dir)
	if err != nil {
		t.Fatal(err)
	}
	if path, err := admin.Socket(dir); err != nil {
		t.Fatal(err)
	} else if err := os.WriteFile(path, nil, 0o644); err != nil { // left over from a crash
		t.Fatal(err)
	}
	s, err := admin.New(chain, f, dir, "127.0.0.1:1", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := chain.Close(); err != nil {
			t.Error(err)
		}
		os.RemoveAll(dir)
	})
	return dir
}

// TestLongestPath: a directory is refused at once, or its socket can be opened.
func TestLongestPath(t *testing.T) {
	base, err := os.MkdirTemp("", "floe")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(base)
	name := strings.Repeat("x", 103-len(base)-len("/")-len("/admin.sock"))
	if _, err := admin.Socket(filepath.Join(base, name+"x")); err == nil {
		t.Error("a longer path was accepted")
	}
	dir := filepath.Join(base, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := admin.New(nil, nil, dir, "", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestClientErrors(t *testing.T) {
	c, err := admin.NewClient(serve(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Give(t.Context(), ptb.ShortAddress(1), 0, 0); err == nil || !strings.Contains(err.Error(), "nothing was asked for") {
		t.Errorf("nothing: %v", err)
	}
	if _, err := c.Give(t.Context(), ptb.ShortAddress(1), 1<<63, 0); err == nil {
		t.Error("the faucet gave more than there is")
	}
	if _, err := c.Advance(t.Context(), -time.Second); err == nil {
		t.Error("the clock went back")
	}
	if _, err := c.Advance(t.Context(), 100*365*24*time.Hour); err == nil || !strings.Contains(err.Error(), "clock") {
		t.Errorf("a hundred years: %v", err)
	}
	if _, err := c.Status(t.Context()); err != nil {
		t.Errorf("after all that: %v", err)
	}
}

func TestBadRequests(t *testing.T) {
	path, err := admin.Socket(serve(t))
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
	for _, c := range []struct {
		method, path, body string
		want               int
	}{
		{http.MethodGet, "/", "", http.StatusNotFound},
		{http.MethodGet, "/faucet", "", http.StatusMethodNotAllowed},
		{http.MethodPost, "/status", "{}", http.StatusMethodNotAllowed},
		{http.MethodPost, "/faucet", "", http.StatusBadRequest},
		{http.MethodPost, "/faucet", "[]", http.StatusBadRequest},
		{http.MethodPost, "/faucet", `{"address": "0x1", "sui": -1}`, http.StatusBadRequest},
		{http.MethodPost, "/faucet", `{"address": "0x1", "usd": 1}`, http.StatusBadRequest},
		{http.MethodPost, "/faucet", `{"address": "me", "sui": 1}`, http.StatusUnprocessableEntity},
		{http.MethodPost, "/faucet", `{"address": "` + strings.Repeat("0", 10<<10) + `"}`, http.StatusBadRequest},
		{http.MethodPost, "/clock", `{"advance_ms": 18446744073709551615}`, http.StatusUnprocessableEntity},
		{http.MethodPost, "/checkpoint", `{}`, http.StatusOK},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, "http://admin"+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != c.want {
			t.Errorf("%s %s %.40s: status %d (%s), want %d; %v", c.method, c.path, c.body, response.StatusCode, answer, c.want, err)
		}
	}
}
