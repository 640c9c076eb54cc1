package faucet_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/floe-network/floe/internal/leaktest"
	"github.com/floe-network/floe/staking/devchain/faucet"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func open(t *testing.T, dir string) (*ledger.Ledger, *faucet.Faucet) {
	t.Helper()
	l, err := ledger.Open(context.Background(), dir, nil, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	f, err := faucet.New(context.Background(), l, dir)
	if err != nil {
		t.Fatal(err)
	}
	return l, f
}

func balances(t *testing.T, l *ledger.Ledger, owner ptb.Address) map[string]uint64 {
	t.Helper()
	s := l.Snapshot()
	defer s.Close()
	list, _, err := s.Balances(owner, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	sums := make(map[string]uint64)
	for _, b := range list {
		sums[b.CoinType] = b.Amount
	}
	return sums
}

func TestGive(t *testing.T) {
	dir := t.TempDir()
	l, f := open(t, dir)
	to := ptb.ShortAddress(0xaa)
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if _, err := f.Sui(context.Background(), to, 7); err != nil {
				t.Error(err)
			}
			if _, err := f.WAL(context.Background(), to, 11); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	wal := f.Wal().Package.String() + "::wal::WAL"
	got := balances(t, l, to)
	if got[ptb.FrameworkTag("sui", "SUI").String()] != 35 || got[wal] != 55 || len(got) != 2 {
		t.Errorf("it has %v", got)
	}
	if _, err := f.WAL(context.Background(), to, 1<<60); !errors.Is(err, faucet.ErrFailed) {
		t.Errorf("more than a million WAL: %v", err)
	}
	before := f.Wal()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l, f = open(t, dir)
	if f.Wal() != before {
		t.Errorf("WAL is %+v, was %+v", f.Wal(), before)
	}
	if _, err := f.WAL(context.Background(), to, 1); err != nil {
		t.Error(err)
	}
	if n := balances(t, l, to)[wal]; n != 56 {
		t.Errorf("it has %d FROST", n)
	}
}

func TestKeyFile(t *testing.T) {
	dir := t.TempDir()
	_, f := open(t, dir)
	name := filepath.Join(dir, "faucet.key")
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("the key has mode %o", mode)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	k, err := account.Import(strings.TrimSpace(string(text)))
	if err != nil || k.Address() != f.Address() {
		t.Errorf("the key of %v (%v), want %s", k, err, f.Address())
	}
}
