package ledger_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// history is a chain on which random transactions happen, all of which follow from a seed.
type history struct {
	*chain
	dir     string
	random  *rand.Rand
	options ledger.Options
	now     time.Time
	burnt   uint64 // MIST that nobody has any more
	wal     struct {
		pkg, treasury ptb.Address
		since         uint64
	}
}

const historyAccounts = 6

func newHistory(tb testing.TB, seed uint64) *history {
	h := &history{dir: tb.TempDir(), random: rand.New(rand.NewPCG(seed, 1)), now: epoch0}
	h.options = ledger.Options{Epoch: 10 * time.Second, Retain: 12, Clock: func() time.Time { return h.now }}
	h.chain = open(tb, h.dir, parameters(historyAccounts), h.options)
	return h
}

func (h *history) key() *account.Key { return key(byte(h.random.IntN(historyAccounts))) }

// build makes a program of an account with some of its coins, of which the first pays.
func (h *history) build(by *account.Key, coins []*store.Object) *ptb.Builder {
	b := ptb.NewBuilder()
	to := h.key().Address()
	amount := uint64(h.random.Int64N(2_000_000_000))
	switch n := h.random.IntN(8); {
	case n == 0 && len(coins) > 1: // a coin as it is
		b.Transfer(to, b.Owned(coins[1].Ref()))
	case n == 1 && len(coins) > 2: // several coins into one
		b.Merge(b.Owned(coins[1].Ref()), b.Owned(coins[2].Ref()))
	case n == 2: // several coins out of one, to the same owner
		for _, i := range []uint16{0, 1, 2} {
			b.Transfer(by.Address(), b.Part(b.Split(ptb.GasCoin(), amount, 1, 2), i))
		}
	case n == 3: // all of it
		b.Transfer(to, ptb.GasCoin())
	case n == 4: // more than there is
		b.Transfer(to, b.Split(ptb.GasCoin(), 1<<62))
	case n == 5 && h.wal.since > 0: // a shared object
		shared := b.Shared(ptb.SharedRef{ID: h.wal.treasury, InitialVersion: h.wal.since, Mutable: true})
		b.Transfer(to, b.Call(h.wal.pkg, "faucet", "mint", nil, shared, b.U64(amount)))
	case n == 6 && h.wal.since > 0: // more than may be
		shared := b.Shared(ptb.SharedRef{ID: h.wal.treasury, InitialVersion: h.wal.since, Mutable: true})
		b.Transfer(to, b.Call(h.wal.pkg, "faucet", "mint", nil, shared, b.U64(1<<62)))
	default:
		b.Transfer(to, b.Split(ptb.GasCoin(), amount))
	}
	return b
}

// step does something.
func (h *history) step() {
	h.tb.Helper()
	switch h.random.IntN(20) {
	case 0:
		h.seal()
	case 1:
		h.now = h.now.Add(time.Duration(h.random.Int64N(int64(8 * time.Second))))
	case 2:
		if _, err := h.Advance(context.Background(), time.Duration(h.random.Int64N(int64(8*time.Second)))); err != nil {
			h.tb.Fatal(err)
		}
	default:
		by := h.key()
		coins := h.coins(by.Address())
		if len(coins) == 0 {
			return
		}
		data := h.data(by, coins[0].Ref(), h.build(by, coins))
		if h.random.IntN(5) == 0 && len(coins) > 3 {
			data.Gas.Payment = append(data.Gas.Payment, coins[3].Ref())
		}
		before := h.Head()
		t, err := h.send(by, data)
		if err != nil { // a coin that is too small for the budget
			if h.Head() != before {
				h.tb.Fatalf("a transaction that was refused (%v) changed %+v to %+v", err, before, h.Head())
			}
			return
		}
		h.burnt += t.Effects.Gas.Computation + t.Effects.Gas.NonRefundable
	}
}

// check compares all SUI that there is with what there was at the genesis.
func (h *history) check() {
	h.tb.Helper()
	s := h.Snapshot()
	defer s.Close()
	sum, stored := uint64(0), uint64(0)
	err := s.EachObject(func(o *store.Object) error {
		if coinType, amount, ok := store.Coin(o); ok && coinType == ptb.FrameworkTag("sui", "SUI").String() {
			sum += amount
		}
		stored += o.StorageRebate()
		return nil
	})
	if err != nil {
		h.tb.Fatal(err)
	}
	if sum+stored+h.burnt != genesis.Supply {
		h.tb.Fatalf("coins %d, storage %d, burnt %d: %d of %d MIST", sum, stored, h.burnt, sum+stored+h.burnt, uint64(genesis.Supply))
	}
}

// state is a digest of all objects that there are.
func (h *history) state() [32]byte {
	h.tb.Helper()
	s := h.Snapshot()
	defer s.Close()
	var b []byte
	err := s.EachObject(func(o *store.Object) error {
		id := o.ID()
		b = append(append(b, id[:]...), o.Digest[:]...)
		return nil
	})
	if err != nil {
		h.tb.Fatal(err)
	}
	return blake2b.Sum256(b)
}

// publish publishes WAL by account 0.
func (h *history) publish() {
	h.tb.Helper()
	t := h.publishWal(key(0))
	h.burnt += t.Effects.Gas.Computation + t.Effects.Gas.NonRefundable
	for _, c := range t.Effects.Changed {
		switch {
		case c.Package:
			h.wal.pkg = c.ID
		case c.After != nil && c.After.SharedAt > 0:
			h.wal.treasury, h.wal.since = c.ID, c.After.SharedAt
		}
	}
}

// TestRandomHistory checks after each of many random steps that no SUI came or went, and now and then that everything fits
// together and is the same when the chain is opened again.
func TestRandomHistory(t *testing.T) {
	h := newHistory(t, 1)
	h.publish()
	failed := 0
	for i := range 320 {
		h.step()
		h.check()
		if i%40 != 39 {
			continue
		}
		if err := h.Check(); err != nil {
			t.Fatal(err)
		}
		head, state := h.Head(), h.state()
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		h.chain = open(t, h.dir, nil, h.options)
		if h.Head() != head || h.state() != state {
			t.Fatalf("opened again it stands at %+v, not %+v, with the state %x, not %x", h.Head(), head, h.state(), state)
		}
	}
	for n := h.Head().Next; n > 0; n-- {
		if tx, err := h.TransactionAt(n - 1); err == nil && tx.Effects.Failure != nil {
			failed++
		}
	}
	if head := h.Head(); failed == 0 || head.Epoch < 3 || head.Lowest == 0 {
		t.Errorf("the history has %d failures and stands at %+v: it shows too little", failed, head)
	}
}

// TestDeterminism lets the same happen on two chains.
func TestDeterminism(t *testing.T) {
	var last [3]*store.Checkpoint
	for i, seed := range []uint64{5, 5, 6} {
		h := newHistory(t, seed)
		h.publish()
		for range 100 {
			h.step()
		}
		last[i] = h.seal()
	}
	if last[0].Digest != last[1].Digest || last[0].Certificate.Signature != last[1].Certificate.Signature {
		t.Errorf("checkpoints %s and %s of the same history", last[0].Digest, last[1].Digest)
	}
	if last[0].Digest == last[2].Digest {
		t.Error("another history has the same checkpoint")
	}
}

// TestReplay lets several accounts send transactions side by side, with checkpoints that come by themselves, and then does the
// same one after the other on another chain: how transactions are committed together makes no difference.
func TestReplay(t *testing.T) {
	const accounts = 6
	c := open(t, t.TempDir(), parameters(accounts), ledger.Options{Interval: 3 * time.Millisecond})
	var all sync.WaitGroup
	for i := range byte(accounts) {
		all.Go(func() {
			for range 30 {
				if _, err := send(c.Ledger, key(i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	last := c.seal().Summary.Sequence
	again := open(t, t.TempDir(), parameters(accounts), ledger.Options{})
	for n := range last + 1 {
		cp, err := c.Checkpoint(n)
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range cp.Contents.Transactions {
			signatures := cp.Contents.Signatures[i]
			if len(signatures) == 0 { // of the chain itself
				continue
			}
			tx, err := c.Transaction(x.Transaction)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := again.Execute(context.Background(), tx.Data, signatures); err != nil {
				t.Fatal(err)
			}
		}
		if n > 0 {
			again.seal()
		}
		got, err := again.Checkpoint(n)
		if err != nil || got.Digest != cp.Digest {
			t.Fatalf("checkpoint %d is %+v (%v), was %+v", n, got, err, cp)
		}
	}
}
