package ledger_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/floe-network/floe/internal/leaktest"
	"github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir)
		return
	}
	leaktest.Main(m)
}

const budget = 100_000_000 // MIST

// epoch0 is when the chains of tests begin.
var epoch0 = time.UnixMilli(1_700_000_000_000)

// key is the key of account number i.
func key(i byte) *account.Key { return account.FromSeed([32]byte{i, 0xac}) }

// parameters have accounts with two coins each.
func parameters(accounts byte) *genesis.Parameters {
	p := &genesis.Parameters{Seed: [32]byte{7}}
	for i := range accounts {
		p.Accounts = append(p.Accounts, genesis.Account{Address: key(i).Address(), Coins: []uint64{50_000_000_000, 20_000_000_000}})
	}
	return p
}

// chain is a ledger of a test, whose clock stands still.
type chain struct {
	*ledger.Ledger
	tb testing.TB
}

func open(tb testing.TB, dir string, p *genesis.Parameters, o ledger.Options) *chain {
	tb.Helper()
	if o.Clock == nil {
		o.Clock = func() time.Time { return epoch0 }
	}
	l, err := ledger.Open(context.Background(), dir, p, o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := l.Close(); err != nil {
			tb.Error(err)
		}
	})
	return &chain{l, tb}
}

// coins are the coins of an account, the most valuable first.
func (c *chain) coins(owner ptb.Address) []*store.Object {
	c.tb.Helper()
	s := c.Snapshot()
	defer s.Close()
	ids, _, err := s.Owned(owner, ptb.FrameworkTag("coin", "Coin", ptb.FrameworkTag("sui", "SUI")).String(), store.Page{})
	if err != nil {
		c.tb.Fatal(err)
	}
	var list []*store.Object
	for _, id := range ids {
		o, err := s.Object(id)
		if err != nil {
			c.tb.Fatal(err)
		}
		list = append(list, o)
	}
	return list
}

// data is the transaction of an account that pays with a coin.
func (c *chain) data(by *account.Key, gas ptb.ObjectRef, b *ptb.Builder) *ptb.TransactionData {
	c.tb.Helper()
	p, err := b.Program()
	if err != nil {
		c.tb.Fatal(err)
	}
	return &ptb.TransactionData{Kind: ptb.TransactionKind{Programmable: &p}, Sender: by.Address(), Expiration: ptb.Never(),
		Gas: ptb.GasData{Payment: []ptb.ObjectRef{gas}, Owner: by.Address(), Price: c.GasPrice(), Budget: budget}}
}

// send signs and executes a transaction.
func (c *chain) send(by *account.Key, data *ptb.TransactionData) (*store.Transaction, error) {
	c.tb.Helper()
	b, err := data.Encode()
	if err != nil {
		c.tb.Fatal(err)
	}
	return c.Execute(context.Background(), b, [][]byte{by.Sign(b)})
}

// pay sends MIST from an account to another.
func (c *chain) pay(from *account.Key, to ptb.Address, amount uint64) *store.Transaction {
	c.tb.Helper()
	b := ptb.NewBuilder()
	b.Transfer(to, b.Split(ptb.GasCoin(), amount))
	t, err := c.send(from, c.data(from, c.coins(from.Address())[0].Ref(), b))
	if err != nil {
		c.tb.Fatal(err)
	}
	if f := t.Effects.Failure; f != nil {
		c.tb.Fatal(f)
	}
	return t
}

func (c *chain) balance(owner ptb.Address) uint64 {
	c.tb.Helper()
	s := c.Snapshot()
	defer s.Close()
	n, err := s.Balance(owner, ptb.FrameworkTag("sui", "SUI").String())
	if err != nil {
		c.tb.Fatal(err)
	}
	return n
}

func (c *chain) seal() *store.Checkpoint {
	c.tb.Helper()
	n, err := c.Seal(context.Background())
	if err != nil {
		c.tb.Fatal(err)
	}
	cp, err := c.Checkpoint(n)
	if err != nil {
		c.tb.Fatal(err)
	}
	return cp
}

func TestTransfer(t *testing.T) {
	c := open(t, t.TempDir(), parameters(2), ledger.Options{})
	alice, bob := key(0), key(1)
	before := c.balance(alice.Address())
	tx := c.pay(alice, bob.Address(), 1_000)
	cost := uint64(tx.Effects.Gas.Net())
	if got := c.balance(alice.Address()); got != before-1_000-cost {
		t.Errorf("the sender has %d of %d, paid 1000 and %d for gas", got, before, cost)
	}
	if got := c.balance(bob.Address()); got != before+1_000 {
		t.Errorf("the recipient has %d", got)
	}
	if tx.Sealed {
		t.Error("it is in a checkpoint already")
	}
	cp := c.seal()
	again, err := c.Transaction(tx.Digest)
	if err != nil {
		t.Fatal(err)
	}
	if !again.Sealed || again.Checkpoint != 1 || again.Timestamp != uint64(epoch0.UnixMilli())+1 {
		t.Errorf("in checkpoint %d at %d", again.Checkpoint, again.Timestamp)
	}
	if cp.Summary.Sequence != 1 || len(cp.Contents.Transactions) != 3 || cp.Contents.Transactions[2].Transaction != tx.Digest {
		t.Errorf("checkpoint %+v", cp)
	}
	if err := c.WaitCheckpoint(context.Background(), 1); err != nil {
		t.Error(err)
	}
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir, parameters(2), ledger.Options{})
	tx := c.pay(key(0), key(1).Address(), 1_000)
	c.seal()
	pending := c.pay(key(0), key(1).Address(), 2_000)
	head := c.Head()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Seal(context.Background()); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("sealed after the end: %v", err)
	}
	c = open(t, dir, nil, ledger.Options{})
	if c.Head() != head || c.Chain() != head.Chain {
		t.Errorf("stands at %+v, was at %+v", c.Head(), head)
	}
	for _, want := range []*store.Transaction{tx, pending} {
		got, err := c.Transaction(want.Digest)
		if err != nil || got.EffectsDigest != want.EffectsDigest {
			t.Errorf("%+v (%v), want %+v", got, err, want)
		}
	}
	if cp := c.seal(); len(cp.Contents.Transactions) != 3 || cp.Contents.Transactions[2].Transaction != pending.Digest {
		t.Errorf("the checkpoint has %+v", cp.Contents)
	}
	c.pay(key(0), key(1).Address(), 3_000)
}

// publishWal publishes WAL by an account.
func (c *chain) publishWal(by *account.Key) *store.Transaction {
	c.tb.Helper()
	set, err := move.Embedded()
	if err != nil {
		c.tb.Fatal(err)
	}
	p, err := set.Link("wal", nil)
	if err != nil {
		c.tb.Fatal(err)
	}
	var modules [][]byte
	for _, m := range p.Modules {
		modules = append(modules, m.Bytecode)
	}
	b := ptb.NewBuilder()
	b.Transfer(by.Address(), b.Publish(modules, []ptb.Address{ptb.ShortAddress(1), ptb.ShortAddress(2)}))
	t, err := c.send(by, c.data(by, c.coins(by.Address())[0].Ref(), b))
	if err != nil {
		c.tb.Fatal(err)
	}
	if f := t.Effects.Failure; f != nil {
		c.tb.Fatal(f)
	}
	return t
}
