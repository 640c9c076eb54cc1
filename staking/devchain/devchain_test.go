package devchain_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/floe-network/floe/internal/leaktest"
	"github.com/floe-network/floe/staking/devchain"
	"github.com/floe-network/floe/staking/devchain/admin"
	"github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// options are for a chain with checkpoints on demand, on any port.
func options() devchain.Options {
	return devchain.Options{Listen: "127.0.0.1:0", Version: "test", Ledger: ledger.Options{
		Clock: func() time.Time { return time.UnixMilli(1_700_000_000_000) },
	}}
}

// shortDir is a directory whose name leaves room for a socket's.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "floe")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func open(t *testing.T, dir string, o devchain.Options) *devchain.Chain {
	t.Helper()
	c, err := devchain.Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func info(t *testing.T, addr string) *v2.GetServiceInfoResponse {
	t.Helper()
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answer, err := v2.NewLedgerServiceClient(conn).GetServiceInfo(t.Context(), &v2.GetServiceInfoRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestChain(t *testing.T) {
	dir := shortDir(t)
	c := open(t, dir, options())
	before := info(t, c.Addr())
	client, err := admin.NewClient(dir)
	if err != nil {
		t.Fatal(err)
	}
	to := ptb.ShortAddress(0x42)
	given, err := client.Give(t.Context(), to, 5_000_000_000, 7_000_000_000)
	if err != nil || len(given.Transactions) != 2 {
		t.Fatalf("gave %v, %v", given, err)
	}
	sealed, err := client.Seal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ahead, err := client.Advance(t.Context(), time.Hour)
	if err != nil || ahead.TimeMs < 1_700_000_000_000+uint64(time.Hour.Milliseconds()) {
		t.Fatalf("advanced to %v from %v, %v", ahead, sealed, err)
	}
	s, err := client.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.Chain != before.GetChainId() || s.Endpoint != c.Addr() || s.Checkpoint != ahead.Checkpoint || s.AheadMs != uint64(time.Hour.Milliseconds()) || s.Transactions == 0 {
		t.Errorf("status %+v", s)
	}
	stat, err := os.Stat(c.AdminSocket())
	if err != nil || stat.Mode().Perm() != 0o600 || stat.Mode().Type() != os.ModeSocket {
		t.Errorf("the socket is %v, %v", stat, err)
	}
	if _, err := devchain.Open(t.Context(), dir, options()); !errors.Is(err, store.ErrLocked) {
		t.Errorf("a second one in the directory: %v", err)
	}
	if _, err := client.Status(t.Context()); err != nil {
		t.Errorf("after the second one failed: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Status(t.Context()); !errors.Is(err, admin.ErrNotRunning) {
		t.Errorf("after the end: %v", err)
	}
	if _, err := os.Stat(c.AdminSocket()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket stays: %v", err)
	}

	again := open(t, dir, options())
	if after := info(t, again.Addr()); after.GetChainId() != before.GetChainId() || after.GetCheckpointHeight() < ahead.Checkpoint {
		t.Errorf("the chain is %v, was %v", after, before)
	}
	snapshot := again.Ledger().Snapshot()
	defer snapshot.Close()
	for coin, want := range map[string]uint64{
		ptb.FrameworkTag("sui", "SUI").String(): 5_000_000_000, again.Faucet().Wal().Package.String() + "::wal::WAL": 7_000_000_000,
	} {
		if got, err := snapshot.Balance(to, coin); err != nil || got != want {
			t.Errorf("%s: %d, %v", coin, got, err)
		}
	}
}

func TestWait(t *testing.T) {
	c := open(t, shortDir(t), options())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Wait(ctx); err != nil {
		t.Errorf("interrupted: %v", err)
	}
}

func TestNewChainsDiffer(t *testing.T) {
	one, two := open(t, shortDir(t), options()), open(t, shortDir(t), options())
	if one.Ledger().Chain() == two.Ledger().Chain() || one.Faucet().Address() == two.Faucet().Address() {
		t.Error("two chains have the same seed")
	}
	o := options()
	o.Genesis = &genesis.Parameters{Seed: [32]byte{1}}
	one, two = open(t, shortDir(t), o), open(t, shortDir(t), o)
	if one.Ledger().Chain() != two.Ledger().Chain() {
		t.Error("the same seed makes two chains")
	}
}

func TestOpenRefuses(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	file := filepath.Join(shortDir(t), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		dir    string
		change func(*devchain.Options)
		says   string
	}{
		"port in use":     {shortDir(t), func(o *devchain.Options) { o.Listen = busy.Addr().String() }, "address already in use"},
		"no address":      {shortDir(t), func(o *devchain.Options) { o.Listen = "9000" }, "listen on"},
		"no host":         {shortDir(t), func(o *devchain.Options) { o.Hosts = []string{"*"} }, "host"},
		"no origin":       {shortDir(t), func(o *devchain.Options) { o.Origins = []string{"app.example"} }, "origin"},
		"no directory":    {file, func(*devchain.Options) {}, "file"},
		"too long a name": {filepath.Join(shortDir(t), strings.Repeat("x", 120)), func(*devchain.Options) {}, "shorter name"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options()
			c.change(&o)
			chain, err := devchain.Open(t.Context(), c.dir, o)
			if err == nil {
				chain.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

// TestPublicPort: what the socket can do is not on the port.
func TestPublicPort(t *testing.T) {
	c := open(t, shortDir(t), options())
	for _, path := range []string{"/status", "/faucet", "/clock", "/checkpoint"} {
		conn, err := net.Dial("tcp", c.Addr())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 64)
		n, _ := conn.Read(answer)
		conn.Close()
		if !strings.HasPrefix(string(answer[:n]), "HTTP/1.1 415") {
			t.Errorf("%s: %q", path, answer[:n])
		}
	}
}
