// Package contracttest runs networks of the contracts on an embedded chain, for tests: accounts with real keys send
// transactions made of package contract's calls, nodes have real BLS keys, and every FROST is counted after every transaction.
package contracttest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/genesis"
	"github.com/floe-network/floe/staking/contract/object"
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
	Accounts = 128               // with SUI: a committee of a hundred, and users
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
	auditor    auditor
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
	c := &Chain{Ledger: l, TB: tb, Set: set, auditor: auditor{held: make(map[ptb.Address]uint64)}}
	c.use(&contract.Deployment{Objects: contract.Objects{Clock: c.Shared(ptb.ShortAddress(6)), Random: c.Shared(ptb.ShortAddress(8))}})
	return c
}

// use says where the contracts are, as far as they are published.
func (c *Chain) use(d *contract.Deployment) {
	c.TB.Helper()
	c.Deployment, c.aborts, c.auditor.count = d, contract.NewAborts(d, c.Set), nil
	c.audit(slices.Collect(maps.Keys(c.auditor.held)))
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
func Get[T object.Known](c *Chain, id ptb.Address) T {
	c.TB.Helper()
	o := c.Object(id).Move
	tag, err := ptb.ParseStructTag(o.Type)
	if err != nil {
		c.TB.Fatal(err)
	}
	v, err := contract.Decode[T](c.Deployment, tag, o.Contents)
	if err != nil {
		c.TB.Fatal(err)
	}
	return v
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
	changed := make([]ptb.Address, len(t.Effects.Changed))
	for i := range changed {
		changed[i] = t.Effects.Changed[i].ID
	}
	c.audit(changed)
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
	var list []*store.Object
	c.read(func(s *store.Snapshot) error {
		ids, _, err := s.Owned(owner, object.CoinType(currency).String(), store.Page{})
		for _, id := range ids {
			o, err := s.Object(id)
			if err != nil {
				return err
			}
			list = append(list, o)
		}
		return err
	})
	return list
}

// read looks at what is committed.
func (c *Chain) read(look func(s *store.Snapshot) error) {
	c.TB.Helper()
	s := c.Snapshot()
	if err := errors.Join(look(s), s.Close()); err != nil {
		c.TB.Fatal(err)
	}
}

// Balance is the FROST that an account has in coins.
func (c *Chain) Balance(owner ptb.Address) uint64 {
	c.TB.Helper()
	balance := uint64(0)
	c.read(func(s *store.Snapshot) (err error) {
		balance, err = s.Balance(owner, c.Deployment.WAL().String())
		return err
	})
	return balance
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
	var list []ptb.Address
	c.read(func(s *store.Snapshot) (err error) {
		list, _, err = s.Fields(parent, store.Page{})
		return err
	})
	return list
}
