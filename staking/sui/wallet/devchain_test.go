package wallet_test

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/internal/realnode"
	"github.com/floe-network/floe/staking/sui/ptb"
	"github.com/floe-network/floe/staking/sui/wallet"
)

var (
	framework = ptb.ShortAddress(2)
	clock     = ptb.SharedRef{ID: ptb.ShortAddress(6), InitialVersion: 1}
	suiTag    = sui.SUI().Tag()
)

// devchain is a wallet on a development chain, asked through two endpoints that are one.
func devchain(t *testing.T) (*sui.Client, *wallet.Wallet) {
	t.Helper()
	return on(t, realnode.Start(t, key.Address()), t.TempDir())
}

// on is a wallet on the chain of a node, with its journal in a directory.
func on(t *testing.T, node *realnode.Node, dir string) (*sui.Client, *wallet.Wallet) {
	t.Helper()
	set, err := endpoint.Open([]string{node.Address(), strings.Replace(node.Address(), "127.0.0.1", "localhost", 1)}, ptb.Digest{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := set.Close(); err != nil {
			t.Error(err)
		}
	})
	c := sui.New(set)
	return c, wallet.New(c, key, dir, 0)
}

// build makes a Program of what a function adds.
func build(add func(*ptb.Builder)) wallet.Program {
	return func(context.Context) (ptb.Program, error) {
		b := ptb.NewBuilder()
		add(b)
		return b.Program()
	}
}

func total() (n uint64) {
	for _, c := range realnode.Coins {
		n += c
	}
	return n
}

func TestTransfer(t *testing.T) {
	c, w := devchain(t)
	to := ptb.Address{0xee}
	done, err := w.Send(t.Context(), build(func(b *ptb.Builder) {
		coins := b.Split(ptb.GasCoin(), 1234, 5)
		b.Transfer(to, b.Part(coins, 0), b.Part(coins, 1))
	}))
	if err != nil || done.Checkpoint == nil || done.Time.IsZero() {
		t.Fatalf("%+v, %v", done, err)
	}
	if n, err := c.Balance(t.Context(), to, sui.SUI()); err != nil || n != 1239 {
		t.Errorf("balance %d, %v", n, err)
	}
	if n, err := c.Balance(t.Context(), w.Address(), sui.SUI()); err != nil || int64(total()-n) != 1239+done.Gas.Net() {
		t.Errorf("the sender has %d, %v; gas %+v", n, err, done.Gas)
	}
	coins, err := c.Coins(t.Context(), to, sui.SUI(), 10)
	if err != nil || len(coins) != 2 || coins[0].Balance+coins[1].Balance != 1239 {
		t.Errorf("coins %v, %v", coins, err)
	}
	made := 0
	for _, change := range done.Changes {
		if !change.Created {
			continue
		}
		made++
		o, err := c.Object(t.Context(), change.ID)
		if err != nil || o.ObjectRef != *change.After || *o.Owner.Address != to || o.Type.String() != change.Type {
			t.Errorf("%+v is %+v, %v", change, o, err)
		}
	}
	if made != 2 {
		t.Errorf("%d coins made: %+v", made, done.Changes)
	}
	again, err := c.Transaction(t.Context(), done.Digest)
	if err != nil || again.Gas != done.Gas || len(again.Changes) != len(done.Changes) || *again.Checkpoint != *done.Checkpoint {
		t.Errorf("%+v, %v", again, err)
	}
	if _, err := c.Transaction(t.Context(), ptb.Digest{1}); !errors.Is(err, sui.ErrNotFound) {
		t.Errorf("an unknown transaction: %v", err)
	}
}

func TestPublish(t *testing.T) {
	c, w := devchain(t)
	set, err := move.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Package("wal")
	if err != nil {
		t.Fatal(err)
	}
	var modules [][]byte
	for _, m := range p.Modules {
		modules = append(modules, m.Bytecode)
	}
	done, err := w.Send(t.Context(), build(func(b *ptb.Builder) {
		b.Transfer(w.Address(), b.Publish(modules, []ptb.Address{ptb.ShortAddress(1), framework}))
	}))
	if err != nil {
		t.Fatal(err)
	}
	packages := 0
	for _, change := range done.Changes {
		if change.Type == "package" {
			packages++
		}
	}
	if packages != 1 {
		t.Errorf("changes %+v", done.Changes)
	}
	upgradeCap := ptb.FrameworkTag("package", "UpgradeCap").Struct
	if list, err := c.Owned(t.Context(), w.Address(), upgradeCap, 10); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestReads(t *testing.T) {
	c, _ := devchain(t)
	objects, err := c.Objects(t.Context(), clock.ID, ptb.Address{1})
	if err != nil || objects[1] != nil || objects[0].Type.Name != "Clock" || *objects[0].Owner.Shared != clock.InitialVersion {
		t.Fatalf("%v, %v", objects, err)
	}
	b := ptb.NewBuilder()
	b.Call(framework, "clock", "timestamp_ms", nil, b.Shared(clock))
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.View(t.Context(), p)
	if err != nil || len(s.Results) != 1 || len(s.Results[0]) != 1 || len(s.Results[0][0]) != 8 {
		t.Fatalf("%+v, %v", s, err)
	}
	then := binary.LittleEndian.Uint64(objects[0].Contents[32:])
	if now := binary.LittleEndian.Uint64(s.Results[0][0]); now < then {
		t.Errorf("it was %d and is %d", then, now)
	}
	head, err := c.Head(t.Context())
	if err != nil || head.Time.IsZero() {
		t.Errorf("%+v, %v", head, err)
	}
	if e, err := c.Epoch(t.Context()); err != nil || e.Number != 0 || e.GasPrice == 0 || e.Start.IsZero() {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestAborts(t *testing.T) {
	c, w := devchain(t)
	coins, err := c.Coins(t.Context(), w.Address(), sui.SUI(), 10)
	if err != nil {
		t.Fatal(err)
	}
	tooMuch := build(func(b *ptb.Builder) {
		b.Transfer(w.Address(), b.Call(framework, "coin", "split", []ptb.TypeTag{suiTag}, b.Owned(coins[1].ObjectRef), b.U64(1<<63)))
	})
	var abort *sui.Abort
	if _, err := w.Send(t.Context(), tooMuch); !errors.As(err, &abort) || abort.Package != framework || abort.Module != "balance" || abort.Function != "split" || abort.Code != 2 {
		t.Errorf("got %v", err)
	}
	poor := build(func(b *ptb.Builder) { b.Transfer(w.Address(), b.Split(ptb.GasCoin(), 1<<62)) })
	if _, err := w.Send(t.Context(), poor); !errors.Is(err, sui.ErrInsufficientBalance) {
		t.Errorf("more than there is: %v", err)
	}
	old := coins[1].ObjectRef
	old.Version++
	if _, err := w.Send(t.Context(), build(func(b *ptb.Builder) { b.Transfer(ptb.Address{1}, b.Owned(old)) })); !errors.Is(err, sui.ErrRefused) {
		t.Errorf("an object that is not: %v", err)
	}
	if n, err := c.Balance(t.Context(), w.Address(), sui.SUI()); err != nil || n != total() {
		t.Errorf("%d is left, %v: something was paid", n, err)
	}
}

func TestTogetherOnAChain(t *testing.T) {
	c, w := devchain(t)
	const senders = 6
	var group sync.WaitGroup
	for i := range byte(senders) {
		group.Go(func() {
			if _, err := w.Send(t.Context(), build(func(b *ptb.Builder) { b.Transfer(ptb.Address{0xf0, i}, b.Split(ptb.GasCoin(), 7)) })); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for i := range byte(senders) {
		if n, err := c.Balance(t.Context(), ptb.Address{0xf0, i}, sui.SUI()); err != nil || n != 7 {
			t.Errorf("account %d has %d, %v", i, n, err)
		}
	}
}

// A chain that is away and comes back has lost nothing, and nor has the account.
func TestRestart(t *testing.T) {
	node, dir := realnode.Start(t, key.Address()), t.TempDir()
	c, w := on(t, node, dir)
	give := func(n uint64) wallet.Program {
		return build(func(b *ptb.Builder) { b.Transfer(ptb.Address{0xee}, b.Split(ptb.GasCoin(), n)) })
	}
	first, err := w.Send(t.Context(), give(1))
	if err != nil {
		t.Fatal(err)
	}
	id, err := c.Chain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	node.Stop(t)
	if _, err := w.Send(t.Context(), give(2)); !errors.Is(err, endpoint.ErrUnreachable) || errors.Is(err, wallet.ErrPending) {
		t.Errorf("while the chain is away: %v", err)
	}
	node.Run(t)
	c, w = on(t, node, dir)
	if again, err := c.Chain(t.Context()); err != nil || again != id {
		t.Errorf("chain %s, %v; it was %s", again, err, id)
	}
	if done, err := c.Transaction(t.Context(), first.Digest); err != nil || done.Checkpoint == nil {
		t.Errorf("%+v, %v", done, err)
	}
	if _, err := w.Send(t.Context(), give(4)); err != nil {
		t.Error(err)
	}
	if n, err := c.Balance(t.Context(), ptb.Address{0xee}, sui.SUI()); err != nil || n != 5 {
		t.Errorf("balance %d, %v", n, err)
	}
}
