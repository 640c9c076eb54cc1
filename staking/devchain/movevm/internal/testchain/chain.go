// Package testchain is a chain in memory for tests: the framework, the clock, coins, and transactions built by hand.
package testchain

import (
	"context"
	"encoding/binary"
	"testing"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/execution"
	"github.com/floe-network/floe/staking/devchain/movevm/execution/memory"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Ids of system objects and packages.
var (
	Stdlib    = ptb.ShortAddress(1)
	Framework = ptb.ShortAddress(2)
	Clock     = ptb.ShortAddress(6)
	Random    = ptb.ShortAddress(8)
)

// Defaults of transactions.
const (
	GasPrice = 1_000          // MIST for a computation unit
	Budget   = 50_000_000_000 // MIST
	Fortune  = 1 << 60        // MIST in the gas coin of an account
)

// Chain is a chain to which a test sends transactions.
type Chain struct {
	tb       testing.TB
	Store    *memory.Store
	Executor *execution.Executor
	Epoch    execution.Epoch
	count    uint64
}

// New makes a chain with the framework of a build, a clock at zero and randomness.
func New(tb testing.TB, set *move.Set, limits transaction.Limits) *Chain {
	tb.Helper()
	store := memory.New()
	c := &Chain{tb: tb, Store: store, Executor: execution.New(store, limits),
		Epoch: execution.Epoch{ReferenceGasPrice: GasPrice}}
	dependencies := []types.Address(nil)
	for _, name := range [...]string{"move-stdlib", "sui-framework"} {
		p, err := set.Package(name)
		if err != nil {
			tb.Fatal(err)
		}
		b := c.System()
		b.Publish(Codes(p), dependencies)
		b.MustRun()
		dependencies = append(dependencies, types.Address(p.Address))
	}
	for _, module := range [...]string{"clock", "random"} {
		b := c.System()
		b.Call(Framework, module, "create", nil)
		b.MustRun()
	}
	return c
}

// Codes are the modules of a package.
func Codes(p move.Package) [][]byte {
	var list [][]byte
	for _, m := range p.Modules {
		list = append(list, m.Bytecode)
	}
	return list
}

// Embedded is the build that the program has.
func Embedded(tb testing.TB) *move.Set {
	tb.Helper()
	set, err := move.Embedded()
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

// digest makes a digest that no transaction had.
func (c *Chain) digest() ptb.Digest {
	c.count++
	return blake2b.Sum256(binary.LittleEndian.AppendUint64([]byte("transaction"), c.count))
}

// Account makes an account with a gas coin.
func (c *Chain) Account(name string) *Account {
	a := &Account{Address: blake2b.Sum256([]byte("account " + name))}
	a.Coin = c.Coin(a.Address, Fortune)
	return a
}

// Account is an account and the coin that it pays gas with.
type Account struct {
	Address, Coin types.Address
}

// SUI is the currency of gas.
var SUI = ptb.TypeTag{Kind: ptb.Struct, Struct: &ptb.StructTag{Address: Framework, Module: "sui", Name: "SUI"}}

// Coin makes a coin of SUI out of nothing.
func (c *Chain) Coin(owner types.Address, amount uint64) types.Address {
	id := types.Address(c.digest())
	o := &effects.Object{Object: objects.Object{ID: id, Version: 1,
		Owner:    objects.Owner{Kind: objects.ByAddress, Address: owner},
		Type:     Framework.String() + "::coin::Coin<" + SUI.String() + ">",
		Contents: binary.LittleEndian.AppendUint64(id[:], amount)}, PublicTransfer: true}
	c.Store.Put(o)
	return id
}

// Object is an object that must be there.
func (c *Chain) Object(id types.Address) *effects.Object {
	c.tb.Helper()
	o, err := c.Store.Object(id)
	if err != nil || o == nil {
		c.tb.Fatalf("there is no object %s (%v)", id, err)
	}
	return o
}

// Ref names the present version of an object.
func (c *Chain) Ref(id types.Address) ptb.ObjectRef {
	c.tb.Helper()
	o := c.Object(id)
	d, err := o.Digest()
	if err != nil {
		c.tb.Fatal(err)
	}
	return ptb.ObjectRef{ID: id, Version: o.Version, Digest: d}
}

// Builder builds a transaction.
type Builder struct {
	chain *Chain
	transaction.Transaction
}

// System begins a transaction of the chain itself.
func (c *Chain) System() *Builder {
	return &Builder{c, transaction.Transaction{Digest: c.digest(), Mode: transaction.System}}
}

// By begins a transaction of an account.
func (c *Chain) By(a *Account) *Builder {
	c.tb.Helper()
	return &Builder{c, transaction.Transaction{Digest: c.digest(), Sender: a.Address, Gas: &ptb.GasData{
		Payment: []ptb.ObjectRef{c.Ref(a.Coin)}, Owner: a.Address, Price: GasPrice, Budget: Budget}}}
}

func (b *Builder) input(in ptb.CallArg) ptb.Argument {
	b.Inputs = append(b.Inputs, in)
	return ptb.Input(uint16(len(b.Inputs) - 1))
}

// Pure adds an input of BCS.
func (b *Builder) Pure(bytes []byte) ptb.Argument {
	return b.input(ptb.CallArg{Pure: &bytes})
}

// U64 adds a number.
func (b *Builder) U64(n uint64) ptb.Argument {
	return b.Pure(binary.LittleEndian.AppendUint64(nil, n))
}

// U32 adds a number.
func (b *Builder) U32(n uint32) ptb.Argument {
	return b.Pure(binary.LittleEndian.AppendUint32(nil, n))
}

// U16 adds a number.
func (b *Builder) U16(n uint16) ptb.Argument {
	return b.Pure(binary.LittleEndian.AppendUint16(nil, n))
}

// Bytes adds a vector of bytes, or a string.
func (b *Builder) Bytes(bytes []byte) ptb.Argument {
	return b.Pure(append(binary.AppendUvarint(nil, uint64(len(bytes))), bytes...))
}

// Address adds an address or an id.
func (b *Builder) Address(a types.Address) ptb.Argument { return b.Pure(a[:]) }

// Owned adds an object that the sender owns, or an immutable one.
func (b *Builder) Owned(id types.Address) ptb.Argument {
	b.chain.tb.Helper()
	ref := b.chain.Ref(id)
	return b.input(ptb.CallArg{Object: &ptb.ObjectArg{ImmOrOwned: &ref}})
}

// Shared adds a shared object.
func (b *Builder) Shared(id types.Address, mutable bool) ptb.Argument {
	b.chain.tb.Helper()
	return b.input(ptb.CallArg{Object: &ptb.ObjectArg{Shared: &ptb.SharedRef{ID: id,
		InitialVersion: b.chain.Object(id).SharedAt, Mutable: mutable}}})
}

// Receiving adds an object to be received.
func (b *Builder) Receiving(id types.Address) ptb.Argument {
	b.chain.tb.Helper()
	ref := b.chain.Ref(id)
	return b.input(ptb.CallArg{Object: &ptb.ObjectArg{Receiving: &ref}})
}

// Add adds a command and names its result.
func (b *Builder) Add(c ptb.Command) ptb.Argument {
	b.Commands = append(b.Commands, c)
	return ptb.Result(uint16(len(b.Commands) - 1))
}

// Nested names a result of the last command.
func (b *Builder) Nested(i uint16) ptb.Argument {
	return ptb.Nested(uint16(len(b.Commands)-1), i)
}

// Call adds a MoveCall.
func (b *Builder) Call(pkg types.Address, module, function string, typeArgs []ptb.TypeTag, args ...ptb.Argument) ptb.Argument {
	return b.Add(ptb.Command{MoveCall: &ptb.MoveCall{Package: pkg, Module: module, Function: function,
		TypeArguments: typeArgs, Arguments: args}})
}

// Transfer adds a TransferObjects.
func (b *Builder) Transfer(to types.Address, objects ...ptb.Argument) {
	b.Add(ptb.Command{TransferObjects: &ptb.TransferObjects{Objects: objects, Recipient: b.Address(to)}})
}

// Split adds a SplitCoins.
func (b *Builder) Split(coin ptb.Argument, amounts ...uint64) ptb.Argument {
	c := &ptb.SplitCoins{Coin: coin}
	for _, n := range amounts {
		c.Amounts = append(c.Amounts, b.U64(n))
	}
	return b.Add(ptb.Command{SplitCoins: c})
}

// Merge adds a MergeCoins.
func (b *Builder) Merge(target ptb.Argument, coins ...ptb.Argument) {
	b.Add(ptb.Command{MergeCoins: &ptb.MergeCoins{Target: target, Coins: coins}})
}

// Publish adds a Publish.
func (b *Builder) Publish(modules [][]byte, dependencies []types.Address) ptb.Argument {
	return b.Add(ptb.Command{Publish: &ptb.Publish{Modules: modules, Dependencies: dependencies}})
}

// Run executes the transaction and stores what it did.
func (b *Builder) Run() (*effects.Outcome, error) {
	out, err := b.Try()
	if err == nil {
		b.chain.Store.Apply(out)
	}
	return out, err
}

// Try executes the transaction and stores nothing.
func (b *Builder) Try() (*effects.Outcome, error) {
	return b.chain.Executor.Execute(context.Background(), b.chain.Epoch, &b.Transaction)
}

// MustRun is Run for transactions that must succeed.
func (b *Builder) MustRun() *effects.Outcome {
	b.chain.tb.Helper()
	out, err := b.Run()
	if err != nil {
		b.chain.tb.Fatal(err)
	}
	if out.Effects.Failure != nil {
		b.chain.tb.Fatal(out.Effects.Failure)
	}
	return out
}

// PublishPackage publishes modules at address zero for an account, which keeps the UpgradeCap. It returns the package's id
// and the outcome.
func (c *Chain) PublishPackage(by *Account, modules [][]byte, dependencies ...types.Address) (types.Address, *effects.Outcome) {
	c.tb.Helper()
	b := c.By(by)
	upgradeCap := b.Publish(modules, append([]types.Address{Stdlib, Framework}, dependencies...))
	b.Transfer(by.Address, upgradeCap)
	out := b.MustRun()
	return out.Packages[0].ID, out
}

// Created finds the one object that a transaction made whose type ends so.
func Created(tb testing.TB, out *effects.Outcome, ending string) types.Address {
	tb.Helper()
	found := types.Address{}
	for _, o := range AllCreated(out, ending) {
		if found != (types.Address{}) {
			tb.Fatalf("several %s were made", ending)
		}
		found = o.ID
	}
	if found == (types.Address{}) {
		tb.Fatalf("no %s was made", ending)
	}
	return found
}

// AllCreated finds the objects that a transaction made whose type ends so.
func AllCreated(out *effects.Outcome, ending string) []*effects.Object {
	var list []*effects.Object
	for _, c := range out.Effects.Changed {
		if c.Operation != effects.IDCreated || c.Package {
			continue
		}
		for _, o := range out.Objects {
			if o.ID == c.ID && len(o.Type) >= len(ending) && o.Type[len(o.Type)-len(ending):] == ending {
				list = append(list, o)
			}
		}
	}
	return list
}
