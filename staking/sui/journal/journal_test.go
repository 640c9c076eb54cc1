package journal_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/floe-network/floe/staking/sui/journal"
	"github.com/floe-network/floe/staking/sui/ptb"
)

var (
	chain   = ptb.Digest{1}
	account = ptb.Address{2}
	tx      = journal.Signed{Transaction: []byte("transaction"), Signature: []byte("signature")}
)

const patience = 20 * time.Second

func open(t *testing.T, dir string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(t.Context(), dir, chain, account)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func pending(t *testing.T, j *journal.Journal) *journal.Signed {
	t.Helper()
	s, err := j.Pending()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestJournal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "directory")
	j := open(t, dir)
	if s := pending(t, j); s != nil {
		t.Errorf("a new journal has %v", s)
	}
	check(t, j.End())
	check(t, j.Begin(tx))
	if err := j.Begin(journal.Signed{Transaction: []byte("other")}); !errors.Is(err, journal.ErrPending) {
		t.Errorf("a second transaction: %v", err)
	}
	check(t, j.Close())

	j = open(t, dir)
	s := pending(t, j)
	if s == nil || !bytes.Equal(s.Transaction, tx.Transaction) || !bytes.Equal(s.Signature, tx.Signature) || s.Digest() != ptb.TransactionDigest(tx.Transaction) {
		t.Fatalf("got %v", s)
	}
	check(t, j.End())
	if s := pending(t, j); s != nil {
		t.Errorf("after the end there is %v", s)
	}
	check(t, j.Begin(journal.Signed{Transaction: []byte("other")}))
	check(t, j.Close())
	files, err := os.ReadDir(dir)
	check(t, err)
	for _, f := range files {
		info, err := f.Info()
		check(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f.Name(), info.Mode())
		}
	}
}

// Chains and accounts do not disturb each other.
func TestOthers(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	defer j.Close()
	check(t, j.Begin(tx))
	for _, o := range []struct {
		chain   ptb.Digest
		account ptb.Address
	}{{ptb.Digest{9}, account}, {chain, ptb.Address{9}}} {
		other, err := journal.Open(t.Context(), dir, o.chain, o.account)
		check(t, err)
		if s := pending(t, other); s != nil {
			t.Errorf("got %v", s)
		}
		check(t, other.Close())
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := journal.Open(ctx, dir, chain, account); !errors.Is(err, journal.ErrLocked) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	got := make(chan error, 1)
	go func() {
		second, err := journal.Open(t.Context(), dir, chain, account)
		if err == nil {
			err = second.Close()
		}
		got <- err
	}()
	check(t, j.Close())
	select {
	case err := <-got:
		check(t, err)
	case <-time.After(patience):
		t.Error("the lock is not given up")
	}
}

func TestCorrupt(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	defer j.Close()
	check(t, j.Begin(tx))
	names, err := filepath.Glob(filepath.Join(dir, "*.signed"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	good, err := os.ReadFile(names[0])
	check(t, err)
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		check(t, os.WriteFile(names[0], bad, 0o600))
		if s, err := j.Pending(); !errors.Is(err, journal.ErrCorrupt) {
			t.Errorf("byte %d: %v, %v", i, s, err)
		}
	}
	for _, bad := range [][]byte{nil, good[:len(good)-1], append(bytes.Clone(good), 0), make([]byte, 1<<20)} {
		check(t, os.WriteFile(names[0], bad, 0o600))
		if s, err := j.Pending(); !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), names[0]) {
			t.Errorf("%d bytes: %v, %v", len(bad), s, err)
		}
		if err := j.Begin(tx); !errors.Is(err, journal.ErrPending) {
			t.Errorf("%d bytes are written over: %v", len(bad), err)
		}
	}
}

// childDir tells a process of this test to be the child, and where.
const childDir = "FLOE_TEST_JOURNAL"

// A process that is killed leaves its transaction and no lock.
func TestKilled(t *testing.T) {
	if dir := os.Getenv(childDir); dir != "" {
		j := open(t, dir)
		defer j.Close()
		check(t, j.Begin(tx))
		fmt.Println("begun")
		_, err := io.Copy(io.Discard, os.Stdin) // until killed, or the parent ends
		check(t, err)
		return
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKilled$")
	child.Env = append(os.Environ(), childDir+"="+dir)
	out, err := child.StdoutPipe()
	check(t, err)
	_, err = child.StdinPipe()
	check(t, err)
	check(t, child.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "begun" {
	}
	short, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	if _, err := journal.Open(short, dir, chain, account); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("while the child lives: %v", err)
	}
	check(t, child.Process.Kill())
	if err := child.Wait(); err == nil || ctx.Err() != nil {
		t.Fatalf("the child ended by itself: %v", err)
	}
	j := open(t, dir)
	defer j.Close()
	if s := pending(t, j); s == nil || !bytes.Equal(s.Transaction, tx.Transaction) {
		t.Errorf("got %v", s)
	}
}
