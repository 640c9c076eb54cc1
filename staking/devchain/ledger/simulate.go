package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Simulation says how a transaction is simulated.
type Simulation struct {
	// Unchecked lets the transaction call any function with any bytes and leave values over.
	Unchecked bool
	// SelectGas fills in a budget that is zero, with what the transaction is about to need, and a payment that is empty, with
	// coins of who pays. Without it, a transaction without payment pays with a coin that is made up.
	SelectGas bool
}

// Simulated is what a transaction would do.
type Simulated struct {
	// Data is the transaction with its gas filled in; the coin that is made up is not there.
	Data *ptb.TransactionData
	// Transaction has number 0 and no signatures.
	Transaction *store.Transaction
	// Before are the objects that it would replace or end, After those that it would write, the made-up coin among both.
	Before, After []*store.Object
	// Returned has the results of each command that succeeded.
	Returned [][]effects.Value
}

func (s *Simulated) failed() bool { return s.Transaction.Effects.Failure != nil }

// Simulate says what a transaction would do now, without doing it. It needs no signatures, and who pays gas and at which
// price may be left zero, for the sender and the reference price. It fails with *transaction.Refusal, for reasons of gas also
// when there are no coins to pay with, with ErrClosed, and when the context ends.
func (l *Ledger) Simulate(ctx context.Context, data *ptb.TransactionData, how Simulation) (*Simulated, error) {
	if data.Kind.Programmable == nil {
		return nil, transaction.Refuse("only programmable transactions can be simulated")
	}
	select {
	case l.simulations <- struct{}{}:
		defer func() { <-l.simulations }()
	case <-l.done:
		return nil, l.gone()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	snapshot := l.db.Snapshot()
	result, err := l.simulate(ctx, snapshot, *data, how)
	return result, errors.Join(err, snapshot.Close())
}

func (l *Ledger) simulate(ctx context.Context, snapshot *store.Snapshot, data ptb.TransactionData, how Simulation) (*Simulated, error) {
	head, err := snapshot.Head()
	if err != nil {
		return nil, err
	}
	s := &simulator{Ledger: l, head: head, reader: snapshot.Reader, how: how}
	g := &data.Gas
	if g.Owner == (ptb.Address{}) {
		g.Owner = data.Sender
	}
	if g.Price == 0 {
		g.Price = l.GasPrice()
	}
	if err := l.checkTime(head, &data.Expiration); err != nil {
		return nil, err
	}
	if err := l.checkPrice(g.Price); err != nil {
		return nil, err
	}
	if how.SelectGas && (g.Budget == 0 || len(g.Payment) == 0) {
		result, err := s.selectGas(ctx, &data)
		if result != nil || err != nil {
			return result, err
		}
	}
	if g.Budget == 0 {
		g.Budget = transaction.DefaultLimits().Budget
	}
	return s.run(ctx, &data)
}

// simulator simulates on a moment of the chain.
type simulator struct {
	*Ledger
	head   *store.Head
	reader store.Reader
	how    Simulation
	coin   *store.Object // made up, nil for none
}

// selectGas fills in the gas of a transaction. One that fails is not paid for: the result is what it does.
func (s *simulator) selectGas(ctx context.Context, data *ptb.TransactionData) (*Simulated, error) {
	g := &data.Gas
	if g.Budget == 0 {
		trial := *data
		trial.Gas.Payment, trial.Gas.Budget = nil, transaction.DefaultLimits().Budget
		result, err := s.run(ctx, &trial)
		if err != nil || result.failed() {
			return result, err
		}
		g.Budget = estimate(result.Transaction.Effects.Gas, g.Price)
	}
	if len(g.Payment) > 0 {
		return nil, nil
	}
	var err error
	g.Payment, err = s.payment(data)
	return nil, err
}

// estimate is the budget that a transaction needs that used so much gas, with room for what differs from time to time, as
// Sui estimates it.
func estimate(used effects.GasUsed, price uint64) uint64 {
	room := int64(transaction.BaseUnits * price)
	return uint64(max(int64(used.Computation)+room, used.Net()+room))
}

// payment chooses coins that suffice for the budget, as few as possible, and none that the transaction uses otherwise.
func (s *simulator) payment(data *ptb.TransactionData) ([]ptb.ObjectRef, error) {
	used := make(map[ptb.Address]bool)
	for _, in := range data.Kind.Programmable.Inputs {
		if in.Object != nil {
			used[in.Object.ID()] = true
		}
	}
	var payment []ptb.ObjectRef
	sum, page := uint64(0), store.Page{}
	for {
		ids, next, err := s.reader.Owned(data.Gas.Owner, effects.GasCoinType, page)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if used[id] || len(payment) == transaction.DefaultLimits().GasCoins {
				continue
			}
			o, err := s.reader.Object(id)
			if err != nil {
				return nil, err
			}
			_, amount, _ := store.Coin(o)
			payment = append(payment, o.Ref())
			if sum += amount; sum >= data.Gas.Budget {
				return payment, nil
			}
		}
		if next == nil || len(payment) == transaction.DefaultLimits().GasCoins {
			return nil, transaction.RefuseFor(transaction.Gas, "the coins of %s that can pay are worth %d MIST, and %d are needed", data.Gas.Owner, sum,
				data.Gas.Budget)
		}
		page.After = next
	}
}

// run executes the transaction and throws away what it does.
func (s *simulator) run(ctx context.Context, data *ptb.TransactionData) (*Simulated, error) {
	encoded, err := data.Encode()
	if err != nil {
		return nil, transaction.Refuse("%w", err)
	}
	tx := &transaction.Transaction{Digest: ptb.TransactionDigest(encoded), Sender: data.Sender, Program: *data.Kind.Programmable, Size: len(encoded), Report: true}
	gas := data.Gas
	tx.Gas = &gas
	if s.how.Unchecked {
		tx.Mode = transaction.Inspection
	}
	if s.coin = nil; len(gas.Payment) == 0 {
		if s.coin, err = makeUp(gas.Owner); err != nil {
			return nil, err
		}
		gas.Payment = []ptb.ObjectRef{s.coin.Ref()}
	}
	out, err := s.executor.On(s).Execute(ctx, s.epoch(s.head), tx)
	if err != nil {
		return nil, err
	}
	before, after, err := s.objects(s.find, out)
	if err != nil {
		return nil, err
	}
	t := &store.Transaction{Digest: tx.Digest, Data: encoded, Effects: &out.Effects, EffectsDigest: out.Effects.Digest(), Events: out.Events,
		Balances: store.BalanceChanges(before, after)}
	kept := *data
	kept.Gas.Payment = slices.Clone(data.Gas.Payment)
	return &Simulated{Data: &kept, Transaction: t, Before: before, After: after, Returned: out.Returned}, nil
}

// makeUp makes a coin for who has none, with an id that no object has.
func makeUp(owner ptb.Address) (*store.Object, error) {
	var id ptb.Address
	for i := range id {
		id[i] = 0xff
	}
	o := &effects.Object{PublicTransfer: true}
	o.ID, o.Version, o.Owner = id, 1, objects.Owner{Kind: objects.ByAddress, Address: owner}
	o.Type, o.Contents = effects.GasCoinType, binary.LittleEndian.AppendUint64(id[:], madeUpCoin)
	digest, err := o.Digest()
	return &store.Object{Move: o, Digest: digest}, err
}

func (s *simulator) find(id ptb.Address) (*store.Object, error) {
	if s.coin != nil && s.coin.ID() == id {
		return s.coin, nil
	}
	return s.reader.Object(id)
}

// Object is the present version of a Move object, nil when there is none.
func (s *simulator) Object(id ptb.Address) (*effects.Object, error) {
	o, err := s.find(id)
	if o == nil || err != nil {
		return nil, err
	}
	return o.Move, nil
}

// Package is a package, nil when there is none.
func (s *simulator) Package(id ptb.Address) (*effects.PublishedPackage, error) {
	o, err := s.reader.Object(id)
	if o == nil || err != nil {
		return nil, err
	}
	return o.Package, nil
}
