// Package contracttest runs networks of the contracts on an embedded chain, for tests: accounts with real keys send
// transactions made of package contract's calls, nodes have real BLS keys, and every FROST is counted.
package contracttest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/event"
	"github.com/floe-network/floe/staking/contract/genesis"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/contract/view"
	chain "github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// What accounts begin with.
const (
	Accounts = 32                // with SUI
	fortune  = 1_000_000_000_000 // MIST of each: a thousand SUI
	budget   = 5_000_000_000     // MIST of a transaction: publishing takes most
)

// Genesis is when the chains of tests begin.
var Genesis = time.UnixMilli(1_700_000_000_000).UTC()

// Chain is an embedded chain whose clock stands still, with the contracts' packages as far as they are published.
type Chain struct {
	*ledger.Ledger
	TB         testing.TB
	Set        *move.Set
	Deployment *contract.Deployment
	aborts     *contract.Aborts
	// seen are all objects that transactions of the test made or changed.
	seen map[ptb.Address]bool
}

// NewChain begins a chain.
func NewChain(tb testing.TB) *Chain {
	tb.Helper()
	set, err := move.Embedded()
	if err != nil {
		tb.Fatal(err)
	}
	p := &chain.Parameters{Seed: [32]byte{7}}
	for i := range Accounts {
		p.Accounts = append(p.Accounts, chain.Account{Address: Key(i).Address(), Coins: []uint64{fortune}})
	}
	l, err := ledger.Open(context.Background(), tb.TempDir(), p, ledger.Options{Clock: func() time.Time { return Genesis }})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := l.Close(); err != nil {
			tb.Error(err)
		}
	})
	c := &Chain{Ledger: l, TB: tb, Set: set, seen: make(map[ptb.Address]bool)}
	c.use(&contract.Deployment{Objects: contract.Objects{Clock: c.Shared(ptb.ShortAddress(6)), Random: c.Shared(ptb.ShortAddress(8))}})
	return c
}

func (c *Chain) use(d *contract.Deployment) {
	c.Deployment, c.aborts = d, contract.NewAborts(d, c.Set)
}

// Key is the key of account number i, below Accounts.
func Key(i int) *account.Key { return account.FromSeed([32]byte{byte(i), 0xac}) }

// Object is an object that must be there.
func (c *Chain) Object(id ptb.Address) *store.Object {
	c.TB.Helper()
	o, err := c.Ledger.Object(id, 0)
	if err != nil {
		c.TB.Fatal(err)
	}
	return o
}

// Shared is a shared object that must be there.
func (c *Chain) Shared(id ptb.Address) contract.SharedObject {
	c.TB.Helper()
	o := c.Object(id)
	if o.Move == nil || o.Owner().Kind != objects.Shared {
		c.TB.Fatalf("%s is not shared", id)
	}
	return contract.SharedObject{ID: id, InitialVersion: o.Move.SharedAt}
}

// Owned adds the present version of an object to a program.
func (c *Chain) Owned(b *ptb.Builder, id ptb.Address) ptb.Argument {
	c.TB.Helper()
	return b.Owned(c.Object(id).Ref())
}

// Get reads an object that must be there.
func Get[T any](c *Chain, id ptb.Address) T {
	c.TB.Helper()
	v, err := object.Decode[T](c.Object(id).Move.Contents)
	if err != nil {
		c.TB.Fatal(err)
	}
	return v
}

// Result is an executed transaction.
type Result struct {
	*store.Transaction
	chain *Chain
}

// Try sends a transaction of an account. The error is a *contract.Abort where the contracts ended it, an *effects.Failure
// where something else did, and otherwise why it was refused.
func (c *Chain) Try(by *account.Key, build func(b *ptb.Builder)) (*Result, error) {
	c.TB.Helper()
	b := ptb.NewBuilder()
	build(b)
	program, err := b.Program()
	if err != nil {
		c.TB.Fatal(err)
	}
	return c.TryProgram(by, program)
}

// TryProgram is Try for a program that was built.
func (c *Chain) TryProgram(by *account.Key, program ptb.Program) (*Result, error) {
	c.TB.Helper()
	data := &ptb.TransactionData{Kind: ptb.TransactionKind{Programmable: &program}, Sender: by.Address(), Expiration: ptb.Never(),
		Gas: ptb.GasData{Payment: []ptb.ObjectRef{c.gas(by)}, Owner: by.Address(), Price: c.GasPrice(), Budget: budget}}
	encoded, err := data.Encode()
	if err != nil {
		c.TB.Fatal(err)
	}
	t, err := c.Execute(context.Background(), encoded, [][]byte{by.Sign(encoded)})
	if err != nil {
		return nil, err
	}
	for _, change := range t.Effects.Changed {
		c.seen[change.ID] = true
	}
	return &Result{t, c}, c.failure(t.Effects.Failure)
}

func (c *Chain) failure(f *effects.Failure) error {
	switch {
	case f == nil:
		return nil
	case f.Kind == effects.MoveAbort && f.Location != nil:
		return c.aborts.Of(f.Location.Package, f.Location.Module, f.Code)
	default:
		return f
	}
}

// Send is Try for transactions that must succeed.
func (c *Chain) Send(by *account.Key, build func(b *ptb.Builder)) *Result {
	c.TB.Helper()
	r, err := c.Try(by, build)
	if err != nil {
		c.TB.Fatal(err)
	}
	return r
}

// Refused sends a transaction that the contracts must end so.
func (c *Chain) Refused(by *account.Key, module, name string, build func(b *ptb.Builder)) {
	c.TB.Helper()
	if _, err := c.Try(by, build); !errors.Is(err, &contract.Abort{Module: module, Name: name}) {
		c.TB.Fatalf("%v, want %s in %s", err, name, module)
	}
}

// gas is the largest coin of SUI of an account.
func (c *Chain) gas(by *account.Key) ptb.ObjectRef {
	c.TB.Helper()
	coins := c.Coins(by.Address(), ptb.FrameworkTag("sui", "SUI"))
	if len(coins) == 0 {
		c.TB.Fatalf("%s has no SUI", by.Address())
	}
	return coins[0].Ref()
}

// Coins are the coins of a currency that an account has, the largest first.
func (c *Chain) Coins(owner ptb.Address, currency ptb.TypeTag) []*store.Object {
	c.TB.Helper()
	s := c.Snapshot()
	defer s.Close()
	ids, _, err := s.Owned(owner, object.CoinType(currency).String(), store.Page{})
	if err != nil {
		c.TB.Fatal(err)
	}
	var list []*store.Object
	for _, id := range ids {
		o, err := s.Object(id)
		if err != nil {
			c.TB.Fatal(err)
		}
		list = append(list, o)
	}
	return list
}

// Balance is the FROST that an account has in coins.
func (c *Chain) Balance(owner ptb.Address) uint64 {
	c.TB.Helper()
	s := c.Snapshot()
	defer s.Close()
	n, err := s.Balance(owner, c.Deployment.WAL().String())
	if err != nil {
		c.TB.Fatal(err)
	}
	return n
}

// Created are the ids of the objects of a type that a transaction made and that are still there.
func Created[T any](r *Result) []ptb.Address {
	r.chain.TB.Helper()
	name, ok := object.NameOf[T]()
	if !ok {
		r.chain.TB.Fatal("not a type of objects")
	}
	tag := r.chain.Deployment.Type(name).String()
	var list []ptb.Address
	for _, made := range r.Made() {
		if made.Type != nil && made.Type.String() == tag {
			list = append(list, made.Ref.ID)
		}
	}
	return list
}

// Made is the one object of a type that a transaction made.
func Made[T any](r *Result) ptb.Address {
	r.chain.TB.Helper()
	list := Created[T](r)
	if len(list) != 1 {
		var none T
		r.chain.TB.Fatalf("%d objects %T were made", len(list), none)
	}
	return list[0]
}

// Made is everything that the transaction made.
func (r *Result) Made() []genesis.Created {
	r.chain.TB.Helper()
	var list []genesis.Created
	for _, change := range r.Effects.Changed {
		if change.Operation != effects.IDCreated {
			continue
		}
		o, err := r.chain.Ledger.Object(change.ID, 0)
		if errors.Is(err, ledger.ErrNotFound) {
			continue
		}
		if err != nil {
			r.chain.TB.Fatal(err)
		}
		made := genesis.Created{Ref: o.Ref()}
		if o.Move != nil {
			tag, err := ptb.ParseStructTag(o.Move.Type)
			if err != nil {
				r.chain.TB.Fatal(err)
			}
			made.Type = &tag
			if o.Owner().Kind == objects.Shared {
				made.SharedAt = o.Move.SharedAt
			}
		}
		list = append(list, made)
	}
	return list
}

// Decoded are the events of the contracts.
func (r *Result) Decoded() []any {
	r.chain.TB.Helper()
	var list []any
	for _, e := range r.Events {
		v, err := event.Decode(r.chain.Deployment, *e.Type.Struct, e.Contents)
		if errors.Is(err, event.ErrUnknown) && e.Type.Struct.Address == ptb.ShortAddress(2) {
			continue
		}
		if err != nil {
			r.chain.TB.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

// Event is the one event of a type.
func Event[T any](r *Result) T {
	r.chain.TB.Helper()
	i := slices.IndexFunc(r.Decoded(), func(v any) bool { _, is := v.(T); return is })
	if i < 0 {
		var none T
		r.chain.TB.Fatalf("there is no %T", none)
	}
	return r.Decoded()[i].(T)
}

// Look simulates a program with a View, and reads it. The program may begin with calls.
func Look[T any](c *Chain, build func(d *contract.Deployment, b *ptb.Builder) view.View[T]) T {
	c.TB.Helper()
	v, err := TryLook(c, build)
	if err != nil {
		c.TB.Fatal(err)
	}
	return v
}

// TryLook is Look where it may fail, as Try does.
func TryLook[T any](c *Chain, build func(d *contract.Deployment, b *ptb.Builder) view.View[T]) (T, error) {
	c.TB.Helper()
	var none T
	b := ptb.NewBuilder()
	v := build(c.Deployment, b)
	program, err := b.Program()
	if err != nil {
		c.TB.Fatal(err)
	}
	data := &ptb.TransactionData{Kind: ptb.TransactionKind{Programmable: &program}, Sender: Key(0).Address(), Expiration: ptb.Never()}
	s, err := c.Simulate(context.Background(), data, ledger.Simulation{Unchecked: true})
	if err != nil {
		return none, err
	}
	if err := c.failure(s.Transaction.Effects.Failure); err != nil {
		return none, err
	}
	returned := make(view.Returned, len(s.Returned))
	for i, results := range s.Returned {
		for _, r := range results {
			returned[i] = append(returned[i], r.Contents)
		}
	}
	return v.Read(returned)
}

// Publish starts a network, without nodes.
func (c *Chain) Publish(by *account.Key, config genesis.Config) *genesis.Publication {
	c.TB.Helper()
	o := c.Deployment.Objects
	p, err := genesis.New(config, by.Address(), genesis.Chain{Clock: o.Clock, Random: o.Random})
	if err != nil {
		c.TB.Fatal(err)
	}
	for p.Step != genesis.Done {
		program, err := p.Program(c.Set)
		if err != nil {
			c.TB.Fatal(err)
		}
		r, err := c.TryProgram(by, program)
		if err == nil {
			err = p.Executed(r.Made())
		}
		if err != nil {
			c.TB.Fatalf("to %s: %v", p.Step, err)
		}
	}
	c.use(&p.Deployment)
	return p
}

// Now is the chain's clock in milliseconds.
func (c *Chain) Now() uint64 { return c.Head().Time }

// SetClock sets the chain's clock ahead, in milliseconds since 1970.
func (c *Chain) SetClock(ms uint64) {
	c.TB.Helper()
	// A chain whose host's clock stands still is a little ahead of it, and advances from the host's.
	for now := c.Now(); now < ms; now = c.Now() {
		if _, err := c.Advance(context.Background(), time.Duration(ms-now)*time.Millisecond); err != nil {
			c.TB.Fatal(err)
		}
	}
}

// Fields are the dynamic fields of an object.
func (c *Chain) Fields(parent ptb.Address) []ptb.Address {
	c.TB.Helper()
	s := c.Snapshot()
	defer s.Close()
	list, _, err := s.Fields(parent, store.Page{})
	if err != nil {
		c.TB.Fatal(err)
	}
	return list
}

// Bytes simulates a call that gives a vector of bytes.
func (c *Chain) Bytes(call func(b *ptb.Builder) ptb.Argument) []byte {
	c.TB.Helper()
	return Look(c, func(_ *contract.Deployment, b *ptb.Builder) view.View[[]byte] {
		return view.Of[[]byte]("bytes", call(b))
	})
}
