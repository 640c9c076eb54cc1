package ledger_test

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/floe-network/floe/staking/devchain/checkpoint"
	"github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// TestLightClient follows the chain as somebody does who trusts its first committee only: each checkpoint is certified by
// the committee of its epoch, follows the one before, and has the contents and effects that it says.
func TestLightClient(t *testing.T) {
	c := open(t, t.TempDir(), parameters(2), ledger.Options{Epoch: time.Minute})
	for range 3 {
		c.pay(key(0), key(1).Address(), 7)
		c.seal()
		if _, err := c.Advance(context.Background(), 61*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	c.pay(key(0), key(1).Address(), 7)
	c.seal()
	first, err := c.Epoch(0)
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := checkpoint.NewCommittee(0, first.Committee)
	if err != nil {
		t.Fatal(err)
	}
	var before *store.Checkpoint
	var gas checkpoint.Gas
	total, signers := uint64(0), make(map[string]bool)
	for n := range c.Latest() + 1 {
		cp, err := c.Checkpoint(n)
		if err != nil {
			t.Fatal(err)
		}
		if err := trusted.Verify(&cp.Certified); err != nil {
			t.Fatalf("checkpoint %d: %v", n, err)
		}
		signers[string(cp.Certificate.Signers)] = true
		s := &cp.Summary
		if s.Sequence != n || before != nil && (*s.Previous != before.Digest || s.Timestamp <= before.Summary.Timestamp) {
			t.Fatalf("checkpoint %d is %+v", n, s)
		}
		contents, err := cp.Contents.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if checkpoint.ContentsDigest(contents) != s.Contents {
			t.Fatalf("checkpoint %d has other contents", n)
		}
		for _, x := range cp.Contents.Transactions {
			tx, err := c.Transaction(x.Transaction)
			if err != nil {
				t.Fatal(err)
			}
			if ptb.TransactionDigest(tx.Data) != x.Transaction || tx.Effects.Digest() != x.Effects {
				t.Fatalf("transaction %s is another", x.Transaction)
			}
			if d := effects.EventsDigest(tx.Events); (d == nil) != (tx.Effects.EventsDigest == nil) {
				t.Fatalf("transaction %s has other events", x.Transaction)
			}
			gas.Computation += tx.Effects.Gas.Computation
			total++
		}
		if s.Transactions != total || s.Gas.Computation != gas.Computation {
			t.Fatalf("checkpoint %d counts %d transactions and %+v, want %d and %+v", n, s.Transactions, s.Gas, total, gas)
		}
		byDigest, err := c.CheckpointByDigest(cp.Digest)
		if err != nil || byDigest.Summary.Sequence != n {
			t.Fatalf("checkpoint %d by digest: %v", n, err)
		}
		next, err := trusted.Next(s)
		if err != nil {
			t.Fatal(err)
		}
		if next != nil {
			e, err := c.Epoch(s.Epoch)
			if err != nil || !e.Ended || e.Last != n || e.End != s.Timestamp || e.Gas != s.Gas {
				t.Fatalf("epoch %d is %+v (%v), and ended with %+v", s.Epoch, e, err, s)
			}
			trusted, gas = next, checkpoint.Gas{}
		}
		before = cp
	}
	if trusted.Epoch() != 3 || c.Head().Epoch != 3 {
		t.Errorf("followed up to epoch %d, the chain is in %d", trusted.Epoch(), c.Head().Epoch)
	}
	if len(signers) < 3 {
		t.Errorf("%d sets of signers", len(signers))
	}
	if _, err := c.Epoch(4); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("an epoch that has not begun: %v", err)
	}
}

// TestClock says what Move code sees of the time and of epochs.
func TestClock(t *testing.T) {
	now := epoch0
	c := open(t, t.TempDir(), parameters(2), ledger.Options{Clock: func() time.Time { return now }})
	read := func() uint64 {
		t.Helper()
		o, err := c.Object(ptb.ShortAddress(6), 0)
		if err != nil {
			t.Fatal(err)
		}
		return binary.LittleEndian.Uint64(o.Move.Contents[32:])
	}
	ms := uint64(epoch0.UnixMilli())
	c.seal()
	if got := read(); got != ms+1 {
		t.Errorf("the clock is at %d, want %d", got, ms+1)
	}
	now = epoch0.Add(-time.Hour) // the host's clock went back
	if cp := c.seal(); cp.Summary.Timestamp != ms+2 || read() != ms+2 {
		t.Errorf("the clock is at %d, want %d", read(), ms+2)
	}
	now = epoch0.Add(time.Second)
	n, err := c.Advance(context.Background(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if cp, err := c.Checkpoint(n); err != nil || cp.Summary.Timestamp != ms+1000+3_600_000 || read() != cp.Summary.Timestamp {
		t.Errorf("checkpoint %+v (%v), the clock is at %d", cp, err, read())
	}
	// A checkpoint that has begun has its time already; another follows.
	c.pay(key(0), key(1).Address(), 1)
	if n, err = c.Advance(context.Background(), time.Minute); err != nil || n != 5 || read() != ms+1000+3_660_000 {
		t.Errorf("checkpoint %d (%v), the clock is at %d", n, err, read())
	}
	for _, by := range []time.Duration{-1, 11 * 365 * 24 * time.Hour} {
		if _, err := c.Advance(context.Background(), by); !errors.Is(err, ledger.ErrClock) {
			t.Errorf("by %s: %v", by, err)
		}
	}
}

// TestRandomness finds other bytes in each checkpoint.
func TestRandomness(t *testing.T) {
	c := open(t, t.TempDir(), nil, ledger.Options{})
	s := c.Snapshot()
	defer s.Close()
	seen := make(map[string]bool)
	for range 5 {
		cp := c.seal()
		tx, err := c.Transaction(cp.Contents.Transactions[1].Transaction)
		if err != nil {
			t.Fatal(err)
		}
		data, err := ptb.DecodeAnyTransaction(tx.Data)
		if err != nil || data.Kind.RandomnessStateUpdate == nil {
			t.Fatalf("%+v, %v", data, err)
		}
		seen[string(data.Kind.RandomnessStateUpdate.Bytes)] = true
	}
	if len(seen) != 5 {
		t.Errorf("%d different randomness in 5 checkpoints", len(seen))
	}
}

// TestPrune keeps five checkpoints, and everything that is present.
func TestPrune(t *testing.T) {
	c := open(t, t.TempDir(), parameters(2), ledger.Options{Retain: 5})
	first := c.coins(key(0).Address())[0]
	var txs []*store.Transaction
	for range 12 {
		txs = append(txs, c.pay(key(0), key(1).Address(), 7))
		c.seal()
	}
	if c.Latest() != 12 || c.Lowest() != 8 {
		t.Fatalf("there are checkpoints %d to %d", c.Lowest(), c.Latest())
	}
	for n := range uint64(13) {
		_, err := c.Checkpoint(n)
		if want := n < 8; errors.Is(err, ledger.ErrPruned) != want || !want && err != nil {
			t.Errorf("checkpoint %d: %v", n, err)
		}
	}
	for i, tx := range txs {
		_, err := c.Transaction(tx.Digest)
		if want := i+1 < 8; errors.Is(err, ledger.ErrNotFound) != want || !want && err != nil {
			t.Errorf("transaction %d: %v", i, err)
		}
		if i+1 < 8 {
			continue
		}
		for _, change := range tx.Effects.Changed { // what is there about a transaction that is kept, is kept
			for _, state := range []*effects.ObjectState{change.Before, change.After} {
				if state == nil {
					continue
				}
				if _, err := c.Object(change.ID, state.Version); err != nil {
					t.Errorf("object %s, version %d: %v", change.ID, state.Version, err)
				}
			}
		}
	}
	// One that was pruned is not executed again: its coins are spent.
	var refusal *transaction.Refusal
	if _, err := c.Execute(context.Background(), txs[0].Data, txs[0].Signatures); !errors.As(err, &refusal) || refusal.Reason != transaction.ObjectVersion {
		t.Errorf("a pruned transaction: %v", err)
	}
	if _, err := c.Object(first.ID(), first.Version()); !errors.Is(err, ledger.ErrPruned) {
		t.Errorf("the first version of a coin: %v", err)
	}
	if _, err := c.Object(first.ID(), 1<<40); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("a version of the future: %v", err)
	}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}

// TestRetainLess opens a chain that is to keep less than before.
func TestRetainLess(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir, nil, ledger.Options{Retain: 100})
	for range 20 {
		c.seal()
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = open(t, dir, nil, ledger.Options{Retain: 3})
	for range 20 {
		c.seal()
	}
	if c.Latest()-c.Lowest() != 2 {
		t.Errorf("there are checkpoints %d to %d", c.Lowest(), c.Latest())
	}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}

// TestInterval has checkpoints without asking.
func TestInterval(t *testing.T) {
	c := open(t, t.TempDir(), parameters(2), ledger.Options{Interval: time.Millisecond})
	tx := c.pay(key(0), key(1).Address(), 7)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := c.WaitCheckpoint(ctx, c.Latest()+3); err != nil {
		t.Fatal(err)
	}
	if again, err := c.Transaction(tx.Digest); err != nil || !again.Sealed {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestWaitCheckpoint(t *testing.T) {
	c := open(t, t.TempDir(), nil, ledger.Options{})
	if err := c.WaitCheckpoint(context.Background(), 0); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- c.WaitCheckpoint(ctx, 1) }()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	for n := range uint64(2) { // one is sealed, the other waits until the end
		go func() { ended <- c.WaitCheckpoint(context.Background(), n+1) }()
	}
	c.seal()
	if err := <-ended; err != nil {
		t.Errorf("sealed: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if _, err := c.Execute(context.Background(), nil, nil); err == nil {
		t.Error("executed after the end")
	}
}

// TestCloseUnderLoad closes a chain that keeps little, while others execute, simulate, read and wait: all of them come to an
// end.
func TestCloseUnderLoad(t *testing.T) {
	c := open(t, t.TempDir(), parameters(8), ledger.Options{Interval: time.Millisecond, Retain: 2})
	var all sync.WaitGroup
	begun := make(chan struct{}, 1)
	check := func(err error) bool {
		if err != nil && !errors.Is(err, ledger.ErrClosed) {
			t.Error(err)
		}
		return err == nil
	}
	for i := range byte(8) {
		all.Go(func() {
			for {
				if _, err := send(c.Ledger, key(i)); !check(err) {
					return
				}
				select {
				case begun <- struct{}{}:
				default:
				}
			}
		})
		all.Go(func() {
			for n := uint64(1); check(c.WaitCheckpoint(context.Background(), n)); n++ {
				if _, err := c.Checkpoint(n); !errors.Is(err, ledger.ErrPruned) && !check(err) {
					return
				}
				if _, err := c.Object(ptb.ShortAddress(6), 0); !check(err) {
					return
				}
			}
		})
		all.Go(func() {
			for check(c.Check()) {
			}
		})
	}
	<-begun
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	all.Wait()
	if _, err := c.Object(ptb.ShortAddress(6), 0); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("read after the end: %v", err)
	}
	if c.Size() != 0 {
		t.Error("there is a size after the end")
	}
}

// TestIndexes finds what publishing a currency leaves behind.
func TestIndexes(t *testing.T) {
	c := open(t, t.TempDir(), parameters(1), ledger.Options{})
	tx := c.publishWal(key(0))
	s := c.Snapshot()
	defer s.Close()
	var pkg, treasury ptb.Address
	for _, change := range tx.Effects.Changed {
		switch {
		case change.Package:
			pkg = change.ID
		case change.After != nil && change.After.SharedAt > 0:
			treasury = change.ID
		}
	}
	wal := pkg.String() + "::wal::WAL"
	metadata, found, err := s.CoinMetadata(wal)
	if err != nil || !found {
		t.Fatalf("no metadata: %v", err)
	}
	if o, err := s.Object(metadata); err != nil || o.Type() != ptb.ShortAddress(2).String()+"::coin::CoinMetadata<"+wal+">" {
		t.Errorf("the metadata is %+v (%v)", o, err)
	}
	fields, next, err := s.Fields(treasury, store.Page{})
	if err != nil || len(fields) != 1 || next != nil {
		t.Fatalf("fields %v, %v", fields, err)
	}
	treasuryCap, found, err := s.Treasury(wal)
	if err != nil || !found {
		t.Fatalf("no treasury cap: %v", err)
	}
	if o, err := s.Object(treasuryCap); err != nil || o.Owner().Address != fields[0] {
		t.Errorf("the cap is %+v (%v), the field %s", o, err, fields[0])
	}
	versions, _, err := s.Packages(pkg, store.Page{})
	if err != nil || len(versions) != 1 || versions[0] != (store.PackageVersion{ID: pkg, Version: 1}) {
		t.Errorf("versions %v, %v", versions, err)
	}
}

// TestFull leaves more of the disk free than there is: nothing is done, and everything can be read.
func TestFull(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir, parameters(2), ledger.Options{Interval: time.Millisecond, MinFree: 1 << 62})
	if _, err := send(c.Ledger, key(0)); !errors.Is(err, store.ErrFull) {
		t.Errorf("executed: %v", err)
	}
	if _, err := c.Seal(context.Background()); !errors.Is(err, store.ErrFull) {
		t.Errorf("sealed: %v", err)
	}
	if _, err := c.Checkpoint(0); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = open(t, dir, nil, ledger.Options{})
	if _, err := send(c.Ledger, key(0)); err != nil {
		t.Error(err)
	}
}

// TestOpenRefuses is about directories that are not those of the chain.
func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir, parameters(2), ledger.Options{})
	c.pay(key(0), key(1).Address(), 7)
	c.seal()
	reopen := func(p *genesis.Parameters) error {
		l, err := ledger.Open(context.Background(), dir, p, ledger.Options{})
		if err != nil {
			return err
		}
		return l.Close()
	}
	if err := reopen(nil); !errors.Is(err, store.ErrLocked) {
		t.Errorf("twice at once: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := reopen(parameters(2)); err != nil {
		t.Errorf("with the same genesis: %v", err)
	}
	if err := reopen(parameters(3)); !errors.Is(err, ledger.ErrGenesis) {
		t.Errorf("with another genesis: %v", err)
	}
	if err := reopen(&genesis.Parameters{}); !errors.Is(err, ledger.ErrGenesis) {
		t.Errorf("with another seed: %v", err)
	}
	for name, p := range map[string]genesis.Parameters{
		"too much":   {Accounts: []genesis.Account{{Coins: []uint64{genesis.Supply}}}},
		"overflow":   {Accounts: []genesis.Account{{Coins: []uint64{1 << 63, 1 << 63}}}},
		"nothing":    {Accounts: []genesis.Account{{Coins: []uint64{0}}}},
		"too many":   {Accounts: []genesis.Account{{Coins: make([]uint64, 20_000)}}},
		"dear":       {GasPrice: 1 << 40},
		"many coins": {Accounts: make([]genesis.Account, 20_000)},
	} {
		if _, err := ledger.Open(context.Background(), t.TempDir(), &p, ledger.Options{}); !errors.Is(err, genesis.ErrParameters) {
			t.Errorf("%s: %v", name, err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Open(context.Background(), file, nil, ledger.Options{}); err == nil {
		t.Error("a file was opened")
	}
}

// TestCorrupt damages each file of a chain's directory. The chain must not open, or find the damage when everything is read,
// or not need what was damaged; it must never panic, and never take damage for something else.
func TestCorrupt(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir, parameters(2), ledger.Options{})
	for range 20 {
		c.pay(key(0), key(1).Address(), 7)
		c.seal()
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = open(t, dir, nil, ledger.Options{})
	c.seal() // what was in the log is in a table now, and the log has this
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(filepath.Join(dir, "state"))
	if err != nil {
		t.Fatal(err)
	}
	damages := map[string]func([]byte) []byte{
		"cut":         func(b []byte) []byte { return b[:len(b)/2] },
		"emptied":     func([]byte) []byte { return nil },
		"overwritten": func(b []byte) []byte { return []byte(strings.Repeat("x", len(b))) },
		"flipped": func(b []byte) []byte {
			for i := 64; i < len(b); i += 512 {
				b[i] ^= 0x55
			}
			return b
		},
	}
	found := make(map[string]int)
	for _, f := range files {
		for name, damage := range damages {
			copied := t.TempDir()
			if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(copied, "state", f.Name())
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, damage(b), 0o600); err != nil {
				t.Fatal(err)
			}
			l, err := ledger.Open(context.Background(), copied, nil, ledger.Options{})
			if err == nil {
				err = errors.Join(l.Check(), l.Close())
			}
			if err != nil {
				found[filepath.Ext(f.Name())]++
			}
			if err != nil && !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("%s %s: %v", f.Name(), name, err)
			}
		}
	}
	if found[".sst"] != len(damages) {
		t.Errorf("damage of tables was found %d times of %d", found[".sst"], len(damages))
	}
	// Without its database a chain is not begun anew where it was.
	if err := os.RemoveAll(filepath.Join(dir, "state")); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Open(context.Background(), dir, nil, ledger.Options{}); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("without a database: %v", err)
	}
}
