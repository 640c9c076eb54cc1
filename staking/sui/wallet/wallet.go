// Package wallet sends transactions of one account: it makes them, has them simulated, pays, signs, remembers them before
// they go out, and waits until they are done.
package wallet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/journal"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Wallet is an account and the right to use it. It may be used by several goroutines, and other processes may have a
// Wallet of the same account and directory: their transactions follow each other.
type Wallet struct {
	client *sui.Client
	key    *account.Key
	dir    string
	budget uint64
	settle time.Duration
	await  time.Duration
}

// New makes a Wallet that keeps its journal in a directory, and whose transactions cost at most budget MIST each, 0 for
// DefaultBudget.
func New(client *sui.Client, key *account.Key, dir string, budget uint64) *Wallet {
	if budget == 0 {
		budget = DefaultBudget
	}
	return &Wallet{client, key, dir, budget, settleTime, awaitLimit}
}

// Address is the account's.
func (w *Wallet) Address() ptb.Address { return w.key.Address() }

// Program makes what a transaction is to do. It is asked when no other transaction of the account is under way, and again
// when objects changed meanwhile; it should read the objects that it names then. It must not send a transaction of the
// account itself, which would wait for this one.
type Program func(context.Context) (ptb.Program, error)

// Send makes, signs and sends a transaction, and returns when the endpoints that are asked show what it did. A program
// that would fail is not sent: the error is then the *sui.Failure. A transaction that fails nevertheless gives that error
// beside what it did, which is to pay gas. Other errors: those of the program; ErrNoGas and ErrTooExpensive; journal.ErrLocked
// when ctx ends first; sui.ErrRefused; ErrPending; and those of endpoints, when nothing was signed.
func (w *Wallet) Send(ctx context.Context, program Program) (done *sui.Executed, err error) {
	j, err := w.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	if _, err := w.resume(ctx, j); err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		done, err := w.once(ctx, j, program)
		if !errors.Is(err, sui.ErrStale) || attempt == attempts {
			return done, err
		}
		select { // an endpoint that is behind catches up meanwhile
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(settleInterval):
		}
	}
}

// Resume finds out what became of a transaction that an earlier Send left behind, and sends the same again where the chain
// does not know it. It gives nil where there was none, or where there was one that can no longer be executed.
func (w *Wallet) Resume(ctx context.Context) (done *sui.Executed, err error) {
	j, err := w.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	return w.resume(ctx, j)
}

func (w *Wallet) open(ctx context.Context) (*journal.Journal, error) {
	chain, err := w.client.Chain(ctx)
	if err != nil {
		return nil, err
	}
	return journal.Open(ctx, w.dir, chain, w.Address())
}

func (w *Wallet) resume(ctx context.Context, j *journal.Journal) (*sui.Executed, error) {
	s, err := j.Pending()
	if err != nil || s == nil {
		return nil, err
	}
	done, err := w.finish(ctx, j, s, w.settle)
	if errors.Is(err, sui.ErrRefused) {
		return nil, nil // it never was executed and never will be
	}
	return done, err
}

// once sends a transaction of what the program is now.
func (w *Wallet) once(ctx context.Context, j *journal.Journal, program Program) (*sui.Executed, error) {
	p, err := program(ctx)
	if err != nil {
		return nil, err
	}
	data, err := w.prepare(ctx, p)
	if err != nil {
		return nil, err
	}
	encoded, err := data.Encode()
	if err != nil {
		return nil, err
	}
	s := &journal.Signed{Transaction: encoded, Signature: w.key.Sign(encoded)}
	if err := j.Begin(*s); err != nil {
		return nil, err
	}
	done, err := w.finish(ctx, j, s, 0)
	if err != nil {
		return nil, err
	}
	return done, done.Err()
}

// finish brings a transaction of the journal to its end. It fails with ErrRefused, after which the transaction is forgotten,
// and with ErrPending. Where it was sent before, it may be under way for some time more.
func (w *Wallet) finish(ctx context.Context, j *journal.Journal, s *journal.Signed, underway time.Duration) (*sui.Executed, error) {
	_, refusal := w.client.Execute(ctx, s.Transaction, s.Signature)
	if errors.Is(refusal, sui.ErrRefused) {
		// What was executed changed its objects, for which an endpoint that has just heard of it may refuse it.
		switch found, err := w.appears(ctx, s.Digest(), underway); {
		case err != nil:
			refusal = err
		case !found:
			return nil, errors.Join(refusal, j.End())
		default:
			refusal = nil
		}
	}
	if refusal != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrPending, s.Digest(), refusal)
	}
	// Whoever waits for the account must not wait for an endpoint that stands still.
	ctx, cancel := context.WithTimeoutCause(ctx, w.await, ErrUnseen)
	defer cancel()
	done, err := w.client.Await(ctx, s.Digest())
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrPending, s.Digest(), err)
	}
	return done, j.End()
}

// appears says whether the chain has a transaction, now or within a time.
func (w *Wallet) appears(ctx context.Context, digest ptb.Digest, within time.Duration) (bool, error) {
	until := time.Now().Add(within)
	ticker := time.NewTicker(settleInterval)
	defer ticker.Stop()
	for {
		_, err := w.client.Transaction(ctx, digest)
		if err == nil || !errors.Is(err, sui.ErrNotFound) {
			return err == nil, err
		}
		if !time.Now().Before(until) {
			return false, nil
		}
		select {
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-ticker.C:
		}
	}
}
