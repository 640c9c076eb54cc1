package ledger

import (
	"context"
	"fmt"
	"slices"

	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/execution"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// admitted is a transaction whose form and signatures are right.
type admitted struct {
	digest     ptb.Digest
	data       *ptb.TransactionData
	bytes      []byte
	signatures [][]byte
}

// Execute executes a transaction, in BCS, with the signatures of its sender and of who pays gas (once when that is the same),
// flag || signature || key each. What it answers is on disk. A transaction that was executed before has the same answer.
// One that fails has an answer too: Effects.Failure. It fails with *transaction.Refusal, ErrBusy, ErrClosed,
// store.ErrFull and store.ErrBroken, and when the context ends: then the transaction may be executed nevertheless.
func (l *Ledger) Execute(ctx context.Context, data []byte, signatures [][]byte) (*store.Transaction, error) {
	tx, err := admit(data, signatures)
	if err != nil {
		return nil, err
	}
	r := &request{ctx: ctx, tx: tx}
	if err := l.submit(r); err != nil {
		return nil, err
	}
	return r.result, nil
}

// admit checks what can be checked without the chain.
func admit(data []byte, signatures [][]byte) (*admitted, error) {
	decoded, err := ptb.DecodeTransaction(data)
	if err != nil {
		return nil, transaction.Refuse("%w", err)
	}
	tx := &admitted{digest: ptb.TransactionDigest(data), data: decoded, bytes: slices.Clone(data)}
	signers := []ptb.Address{decoded.Sender}
	if decoded.Gas.Owner != decoded.Sender {
		signers = append(signers, decoded.Gas.Owner)
	}
	if len(signatures) != len(signers) {
		return nil, transaction.RefuseFor(transaction.Signatures, "%d signatures, want %d: of the sender, and of who pays gas", len(signatures),
			len(signers))
	}
	for i, s := range signatures {
		if len(s) > maxSignatureBytes {
			return nil, transaction.RefuseFor(transaction.Signatures, "signature %d has %d bytes, at most %d", i, len(s), maxSignatureBytes)
		}
		signer, err := account.Verify(data, s)
		if err != nil {
			return nil, transaction.RefuseFor(transaction.Signatures, "signature %d: %w", i, err)
		}
		at := slices.Index(signers, signer)
		if at < 0 {
			return nil, transaction.RefuseFor(transaction.Signatures, "signature %d is by %s, who need not sign, or signed already", i, signer)
		}
		signers = slices.Delete(signers, at, at+1)
		tx.signatures = append(tx.signatures, slices.Clone(s))
	}
	return tx, nil
}

// checkTime refuses transactions that are not valid now, or not here.
func (l *Ledger) checkTime(head *store.Head, e *ptb.Expiration) error {
	expired := func(format string, args ...any) error {
		return transaction.RefuseFor(transaction.Expired, format, args...)
	}
	switch {
	case e.Epoch != nil && *e.Epoch < head.Epoch:
		return expired("the transaction expired with epoch %d, this is epoch %d", *e.Epoch, head.Epoch)
	case e.ValidDuring == nil:
		return nil
	}
	v := e.ValidDuring
	within := func(least, most *uint64, n uint64) bool {
		return (least == nil || *least <= n) && (most == nil || n <= *most)
	}
	switch {
	case v.Chain != l.chain:
		return expired("the transaction is for chain %s, this is %s", v.Chain, l.chain)
	case !within(v.MinEpoch, v.MaxEpoch, head.Epoch):
		return expired("the transaction is not valid in epoch %d", head.Epoch)
	case !within(v.MinTimestamp, v.MaxTimestamp, head.Time):
		return expired("the transaction is not valid at %d ms since 1970", head.Time)
	}
	return nil
}

// checkPrice refuses a gas price below the reference.
func (l *Ledger) checkPrice(price uint64) error {
	if price < l.GasPrice() {
		return transaction.RefuseFor(transaction.Gas, "gas price %d, the reference is %d MIST", price, l.GasPrice())
	}
	return nil
}

// program is a transaction as the executor has it.
func (a *admitted) program() *transaction.Transaction {
	return &transaction.Transaction{Digest: a.digest, Sender: a.data.Sender, Gas: &a.data.Gas, Program: *a.data.Kind.Programmable,
		Size: len(a.bytes)}
}

func (l *Ledger) epoch(head *store.Head) execution.Epoch {
	return execution.Epoch{Number: head.Epoch, StartMs: head.EpochStart, ReferenceGasPrice: l.GasPrice()}
}

// transact executes a transaction of a user on the batch. When it is not executed, refused says why, and nothing has changed
// but that a checkpoint may have begun; err is the end of the writer.
func (w *writer) transact(ctx context.Context, tx *admitted) (t *store.Transaction, refused, err error) {
	if t, err := w.batch.Executed(tx.digest); t != nil || err != nil {
		return t, nil, err
	}
	if refused := w.checkTime(&w.head, &tx.data.Expiration); refused != nil {
		return nil, refused, nil
	}
	if refused := w.checkPrice(tx.data.Gas.Price); refused != nil {
		return nil, refused, nil
	}
	x, program := w.executor.On(w.batch), tx.program()
	if !w.head.Open {
		// A transaction that is refused must not begin a checkpoint.
		if refused := x.Check(ctx, w.epoch(&w.head), program); refused != nil {
			return nil, refused, nil
		}
		if err := w.open(); err != nil {
			return nil, nil, err
		}
	}
	out, refused := x.Execute(ctx, w.epoch(&w.head), program)
	if refused != nil {
		return nil, refused, nil
	}
	t, err = w.record(tx, out)
	return t, nil, err
}

// record stores what a transaction did, on the batch.
func (w *writer) record(tx *admitted, out *effects.Outcome) (*store.Transaction, error) {
	before, after, err := w.objects(w.batch.Find, out)
	if err != nil {
		return nil, err
	}
	t := &store.Transaction{Digest: tx.digest, Number: w.head.Next, Data: tx.bytes, Signatures: tx.signatures, Effects: &out.Effects,
		EffectsDigest: out.Effects.Digest(), Events: out.Events, Balances: store.BalanceChanges(before, after)}
	for _, o := range after {
		if o.Package != nil {
			w.archive.put(o)
		}
		if err := w.batch.Put(o); err != nil {
			return nil, err
		}
	}
	for _, id := range out.Removed {
		if err := w.batch.Remove(id); err != nil {
			return nil, err
		}
	}
	g := &out.Effects.Gas
	w.head.Gas.Computation += g.Computation
	w.head.Gas.Storage += g.Storage
	w.head.Gas.Rebate += g.Rebate
	w.head.Gas.NonRefundable += g.NonRefundable
	w.head.Next++
	w.list(t)
	return t, w.batch.AddTransaction(t)
}

// objects are the objects that an outcome replaces, and those that it writes.
func (l *Ledger) objects(find func(ptb.Address) (*store.Object, error), out *effects.Outcome) (before, after []*store.Object, err error) {
	digests := make(map[ptb.Address]ptb.Digest, len(out.Effects.Changed))
	for _, c := range out.Effects.Changed {
		if c.After != nil {
			digests[c.ID] = c.After.Digest
		}
		if c.Before == nil {
			continue
		}
		o, err := find(c.ID)
		if err != nil {
			return nil, nil, err
		}
		if o == nil {
			return nil, nil, fmt.Errorf("%w: object %s, which a transaction changed, is missing", store.ErrCorrupt, c.ID)
		}
		before = append(before, o)
	}
	for _, o := range out.Objects {
		after = append(after, &store.Object{Move: o, Digest: digests[o.ID]})
	}
	for _, p := range out.Packages {
		after = append(after, &store.Object{Package: p, Digest: digests[p.ID]})
	}
	return before, after, nil
}
