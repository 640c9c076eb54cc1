// Package faucet gives coins of a development chain away: SUI that its account has since the genesis, and WAL of a package
// that it publishes. All it does are ordinary signed transactions.
package faucet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// ErrFailed says that a transaction of the faucet was executed and failed.
var ErrFailed = errors.New("the faucet's transaction failed")

// keyFile has the faucet's key as Sui's tools import it.
const keyFile = "faucet.key"

// attempts is how often a transaction is built, should somebody else spend the faucet's coins with its key meanwhile.
const attempts = 3

// Faucet gives coins away. It is safe for concurrent use; one transaction is under way at a time.
type Faucet struct {
	ledger *ledger.Ledger
	key    *account.Key

	mu  sync.Mutex
	wal Wal
}

// Wal is the WAL of the chain.
type Wal struct {
	Package  ptb.Address // whose module wal has the currency WAL, and faucet its mint
	Treasury ptb.Address // the shared object that mints
}

// New makes the Faucet of a chain, publishes WAL if it has not yet, and writes the faucet's key to a file of the directory
// that only its owner can read, faucet.key.
func New(ctx context.Context, l *ledger.Ledger, dir string) (*Faucet, error) {
	f := &Faucet{ledger: l, key: l.FaucetKey()}
	if err := os.WriteFile(filepath.Join(dir, keyFile), []byte(f.key.Export()+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("key of the faucet: %w", err)
	}
	found, err := f.find()
	if err == nil && !found {
		if err = f.publish(ctx); err == nil {
			found, err = f.find()
		}
		if err == nil && !found {
			err = fmt.Errorf("%w: there is no WAL after it was published", ErrFailed)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("WAL of the faucet: %w", err)
	}
	return f, nil
}

// Address is the faucet's account.
func (f *Faucet) Address() ptb.Address { return f.key.Address() }

// Wal says where WAL is.
func (f *Faucet) Wal() Wal { return f.wal }

// Sui gives an address a coin of SUI, in MIST. It fails with ErrFailed, *transaction.Refusal, and as ledger.Execute does.
func (f *Faucet) Sui(ctx context.Context, to ptb.Address, mist uint64) (*store.Transaction, error) {
	b := ptb.NewBuilder()
	b.Transfer(to, b.Split(ptb.GasCoin(), mist))
	return f.send(ctx, b)
}

// WAL gives an address a coin of WAL, in FROST, at most a million WAL. It fails as Sui does.
func (f *Faucet) WAL(ctx context.Context, to ptb.Address, frost uint64) (*store.Transaction, error) {
	treasury, err := f.ledger.Object(f.wal.Treasury, 0)
	if err != nil {
		return nil, err
	}
	b := ptb.NewBuilder()
	shared := b.Shared(ptb.SharedRef{ID: f.wal.Treasury, InitialVersion: treasury.Move.SharedAt, Mutable: true})
	b.Transfer(to, b.Call(f.wal.Package, "faucet", "mint", nil, shared, b.U64(frost)))
	return f.send(ctx, b)
}

// send executes a program as a transaction of the faucet.
func (f *Faucet) send(ctx context.Context, b *ptb.Builder) (*store.Transaction, error) {
	program, err := b.Program()
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for n := 1; ; n++ {
		t, err := f.try(ctx, program)
		var refusal *transaction.Refusal
		if errors.As(err, &refusal) && refusal.Reason == transaction.ObjectVersion && n < attempts {
			continue
		}
		return t, err
	}
}

func (f *Faucet) try(ctx context.Context, program ptb.Program) (*store.Transaction, error) {
	data := &ptb.TransactionData{Kind: ptb.TransactionKind{Programmable: &program}, Sender: f.key.Address(), Expiration: ptb.Never()}
	s, err := f.ledger.Simulate(ctx, data, ledger.Simulation{SelectGas: true})
	if err != nil {
		return nil, err
	}
	if failure := s.Transaction.Effects.Failure; failure != nil {
		return nil, fmt.Errorf("%w: %w", ErrFailed, failure)
	}
	encoded, err := s.Data.Encode()
	if err != nil {
		return nil, err
	}
	t, err := f.ledger.Execute(ctx, encoded, [][]byte{f.key.Sign(encoded)})
	if err != nil {
		return nil, err
	}
	if failure := t.Effects.Failure; failure != nil {
		return nil, fmt.Errorf("%w: %w", ErrFailed, failure)
	}
	return t, nil
}

func (f *Faucet) publish(ctx context.Context) error {
	set, err := move.Embedded()
	if err != nil {
		return err
	}
	p, err := set.Link("wal", nil)
	if err != nil {
		return err
	}
	var modules [][]byte
	for _, m := range p.Modules {
		modules = append(modules, m.Bytecode)
	}
	var dependencies []ptb.Address
	for _, d := range p.Dependencies {
		dependencies = append(dependencies, ptb.Address(d))
	}
	b := ptb.NewBuilder()
	b.Transfer(f.key.Address(), b.Publish(modules, dependencies))
	_, err = f.send(ctx, b)
	return err
}

// find looks for the WAL that the faucet published: among the packages of which it has the UpgradeCap.
func (f *Faucet) find() (bool, error) {
	s := f.ledger.Snapshot()
	w, err := findWal(s.Reader, f.key.Address())
	f.wal = w
	return w.Treasury != (ptb.Address{}), errors.Join(err, s.Close())
}

func findWal(r store.Reader, owner ptb.Address) (Wal, error) {
	ids, _, err := r.Owned(owner, ptb.FrameworkTag("package", "UpgradeCap").String(), store.Page{})
	if err != nil {
		return Wal{}, err
	}
	for _, id := range ids {
		o, err := r.Object(id)
		if err != nil {
			return Wal{}, err
		}
		if o == nil || len(o.Move.Contents) < 2*len(id) {
			continue
		}
		w := Wal{Package: ptb.Address(o.Move.Contents[len(id):])} // after the cap's own id
		treasuryCap, found, err := r.Treasury(w.Package.String() + "::wal::WAL")
		if err != nil {
			return Wal{}, err
		}
		if !found {
			continue
		}
		w.Treasury, err = root(r, treasuryCap)
		return w, err
	}
	return Wal{}, nil
}

// root is the object that an object belongs to, by way of dynamic fields.
func root(r store.Reader, id ptb.Address) (ptb.Address, error) {
	for {
		o, err := r.Object(id)
		if err != nil {
			return id, err
		}
		if o == nil || o.Owner().Kind != objects.ByObject {
			return id, nil
		}
		id = o.Owner().Address
	}
}
