// Package genesis makes the first state of a chain: Sui's framework, the clock, randomness, and all SUI there is, in coins of
// the accounts that the chain begins with and of its faucet.
package genesis

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/execution"
	"github.com/floe-network/floe/staking/devchain/movevm/execution/memory"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Supply is all SUI there is, in MIST: as on Sui, ten billion SUI.
const Supply = 10_000_000_000_000_000_000

// version is that of all objects of a genesis.
const version = 1

// ErrParameters says that no chain can begin with such parameters.
var ErrParameters = errors.New("invalid genesis")

// Parameters say how a chain begins. Two chains with equal ones, made by the same program at the same time, are the same.
type Parameters struct {
	// Seed is the secret from which the keys of the committee and the faucet and the chain's randomness are derived.
	Seed [32]byte
	// Accounts have coins from the beginning. What they have not has the faucet.
	Accounts []Account
	// GasPrice is the reference gas price of all epochs, in MIST for a computation unit; 0 stands for DefaultGasPrice.
	GasPrice uint64
}

// DefaultGasPrice is in MIST for a computation unit, about what Sui's networks had for long.
const DefaultGasPrice = 1000

// Account is an account with its coins.
type Account struct {
	Address ptb.Address
	Coins   []uint64 // MIST each
}

// Bounds.
const (
	maxCoins      = 10_000  // of all accounts together: some 2 MB
	maxGasPrice   = 100_000 // MIST; Sui's own limit for a transaction is far above
	maxParameters = 1 << 20 // bytes: 10,000 accounts have less than half
)

// Encode gives the parameters in BCS, to be kept with the chain.
func (p Parameters) Encode() ([]byte, error) { return bcs.Marshal(p) }

// Decode reads what Encode makes. It fails with bcs.ErrMalformed.
func Decode(b []byte) (Parameters, error) {
	var p Parameters
	err := bcs.Unmarshal(b, maxParameters, &p)
	return p, err
}

// Check fails with ErrParameters for more SUI than there is, too many coins, coins of nothing, and a gas price beyond 100,000
// MIST.
func (p Parameters) Check() error {
	_, err := p.rest()
	return err
}

// rest is what remains for the faucet.
func (p Parameters) rest() (uint64, error) {
	sum, count := uint64(0), 0
	for _, a := range p.Accounts {
		for _, amount := range a.Coins {
			var carry uint64
			if sum, carry = bits.Add64(sum, amount, 0); carry != 0 || sum >= Supply || amount == 0 {
				return 0, fmt.Errorf("%w: a coin of %d MIST of %s: coins are above zero and together below %d", ErrParameters, amount,
					a.Address, uint64(Supply))
			}
			count++
		}
	}
	if count > maxCoins || len(p.Accounts) > maxCoins {
		return 0, fmt.Errorf("%w: %d accounts with %d coins, at most %d", ErrParameters, len(p.Accounts), count, maxCoins)
	}
	if p.GasPrice > maxGasPrice {
		return 0, fmt.Errorf("%w: a gas price of %d MIST, at most %d", ErrParameters, p.GasPrice, maxGasPrice)
	}
	return Supply - sum, nil
}

// State is what a chain begins with.
type State struct {
	// Objects are all objects and packages, at version 1, written by the Transaction.
	Objects []*store.Object
	// Transaction has number 0.
	Transaction *store.Transaction
}

// New makes the state of a chain with the framework that the program has.
func New(ctx context.Context, p Parameters) (*State, error) {
	rest, err := p.rest()
	if err != nil {
		return nil, err
	}
	encoded, err := p.Encode()
	if err != nil {
		return nil, err
	}
	b := &builder{store: memory.New(), secret: blake2b.Sum256(encoded)}
	b.executor = execution.New(b.store, transaction.DefaultLimits())
	if err := b.framework(ctx); err != nil {
		return nil, err
	}
	for _, module := range [...]string{"clock", "random"} {
		if err := b.run(ctx, ptb.Command{MoveCall: &ptb.MoveCall{Package: ptb.ShortAddress(2), Module: module, Function: "create"}}); err != nil {
			return nil, fmt.Errorf("genesis: %s: %w", module, err)
		}
	}
	for _, a := range p.Accounts {
		for _, amount := range a.Coins {
			b.coin(a.Address, amount)
		}
	}
	b.coin(FaucetKey(p.Seed).Address(), rest)
	return b.state()
}

// builder runs what makes the state, as transactions of the chain itself on a store in memory.
type builder struct {
	store    *memory.Store
	executor *execution.Executor
	packages []*effects.PublishedPackage
	secret   [32]byte
	steps    uint64
}

// digest makes a digest of which ids are made.
func (b *builder) digest() ptb.Digest {
	b.steps++
	return ptb.Hash("floe genesis::", binary.LittleEndian.AppendUint64(b.secret[:], b.steps))
}

func (b *builder) run(ctx context.Context, c ptb.Command) error {
	out, err := b.executor.Execute(ctx, execution.Epoch{}, &transaction.Transaction{Digest: b.digest(), Mode: transaction.System,
		Program: ptb.Program{Commands: []ptb.Command{c}}})
	if err != nil {
		return err
	}
	if f := out.Effects.Failure; f != nil {
		return f
	}
	b.store.Apply(out)
	b.packages = append(b.packages, out.Packages...)
	return nil
}

func (b *builder) framework(ctx context.Context) error {
	set, err := move.Embedded()
	if err != nil {
		return err
	}
	var dependencies []ptb.Address
	for _, name := range [...]string{"move-stdlib", "sui-framework"} {
		p, err := set.Package(name)
		if err != nil {
			return err
		}
		c := &ptb.Publish{Dependencies: dependencies}
		for _, m := range p.Modules {
			c.Modules = append(c.Modules, m.Bytecode)
		}
		if err := b.run(ctx, ptb.Command{Publish: c}); err != nil {
			return fmt.Errorf("genesis: %s: %w", name, err)
		}
		dependencies = append(dependencies, ptb.Address(p.Address))
	}
	return nil
}

// coin makes a coin of SUI.
func (b *builder) coin(owner ptb.Address, amount uint64) {
	id := objects.FreshID(b.digest(), 0)
	o := &effects.Object{PublicTransfer: true}
	o.ID, o.Version, o.Owner = id, version, objects.Owner{Kind: objects.ByAddress, Address: owner}
	o.Type, o.Contents = effects.GasCoinType, binary.LittleEndian.AppendUint64(id[:], amount)
	b.store.Put(o)
}

// state makes a transaction of all that is there, which from now on made it.
func (b *builder) state() (*State, error) {
	var list []*store.Object
	for _, p := range b.packages {
		list = append(list, &store.Object{Package: &effects.PublishedPackage{Package: p.Package}})
	}
	for _, o := range b.store.Objects() {
		first := *o
		first.Version, first.PreviousTransaction, first.StorageRebate = version, ptb.Digest{}, 0
		if first.Owner.Kind == objects.Shared {
			first.SharedAt = version
		}
		list = append(list, &store.Object{Move: &first})
	}
	data, err := genesisTransaction(list)
	if err != nil {
		return nil, err
	}
	t := &store.Transaction{Data: data, Digest: ptb.TransactionDigest(data)}
	t.Effects = &effects.Effects{Transaction: t.Digest, GasObject: -1, Version: version}
	for _, o := range list {
		c := effects.ObjectChange{ID: o.ID(), Operation: effects.IDCreated, Package: o.Package != nil}
		after := &effects.ObjectState{Version: o.Version(), Owner: o.Owner()}
		if o.Package != nil {
			o.Package.PreviousTransaction = t.Digest
			o.Digest = o.Package.Digest()
		} else {
			o.Move.PreviousTransaction = t.Digest
			after.SharedAt = o.Move.SharedAt
			if o.Digest, err = o.Move.Digest(); err != nil {
				return nil, err
			}
		}
		after.Digest = o.Digest
		c.After = after
		t.Effects.Changed = append(t.Effects.Changed, c)
	}
	effects.SortChanges(t.Effects.Changed)
	t.EffectsDigest = t.Effects.Digest()
	t.Balances = store.BalanceChanges(nil, list)
	return &State{Objects: list, Transaction: t}, nil
}

// genesisTransaction is the BCS of the transaction that has all objects.
func genesisTransaction(list []*store.Object) ([]byte, error) {
	const trailer = 33 + 8 // of an object's BCS: the transaction that wrote it and its rebate
	g := &ptb.Genesis{}
	for _, o := range list {
		b, err := o.AppendBCS(nil)
		if err != nil {
			return nil, err
		}
		raw := new(ptb.RawObject)
		if err := bcs.Unmarshal(b[:len(b)-trailer], len(b), raw); err != nil {
			return nil, fmt.Errorf("genesis: object %s: %w", o.ID(), err)
		}
		g.Objects = append(g.Objects, ptb.GenesisObject{Raw: raw})
	}
	return ptb.SystemTransaction(ptb.TransactionKind{Genesis: g}).Encode()
}
