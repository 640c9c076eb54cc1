package wallet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// prepare makes a transaction of a program that would succeed now, and pays for it.
func (w *Wallet) prepare(ctx context.Context, p ptb.Program) (*ptb.TransactionData, error) {
	epoch, err := w.client.Epoch(ctx)
	if err != nil {
		return nil, err
	}
	if epoch.GasPrice > maxPrice {
		return nil, fmt.Errorf("%w: a gas price of %d MIST, at most %d", ErrTooExpensive, epoch.GasPrice, maxPrice)
	}
	coins, err := w.coins(ctx, &p)
	if err != nil {
		return nil, err
	}
	all, least := spendsGas(&p), overheadUnits*epoch.GasPrice
	data := &ptb.TransactionData{Kind: ptb.TransactionKind{Programmable: &p}, Sender: w.Address(), Expiration: ptb.AfterEpoch(epoch.Number + expiry),
		Gas: ptb.GasData{Owner: w.Address(), Price: epoch.GasPrice}}
	for try := max(min(firstBudget, w.budget), least); ; try = min(try*budgetStep, w.budget) {
		have := pay(&data.Gas, coins, try, all)
		if have < least {
			return nil, fmt.Errorf("%w: it has %d MIST, the least is %d", ErrNoGas, have, least)
		}
		used, err := w.simulate(ctx, data)
		switch short := errors.Is(err, sui.ErrInsufficientGas); {
		case err == nil:
			pay(&data.Gas, coins, min(budgetFor(used, epoch.GasPrice), w.budget), all)
			return data, nil
		case short && have < try:
			return nil, fmt.Errorf("%w: it has %d MIST: %w", ErrNoGas, have, err)
		case short && try >= w.budget:
			return nil, fmt.Errorf("%w: %d MIST do not do: %w", ErrTooExpensive, try, err)
		case !short:
			return nil, err
		}
	}
}

// simulate gives what a transaction would cost.
func (w *Wallet) simulate(ctx context.Context, data *ptb.TransactionData) (sui.Gas, error) {
	s, err := w.client.Simulate(ctx, data, false)
	if err != nil {
		return sui.Gas{}, err
	}
	return s.Gas, s.Err()
}

// budgetFor is what a transaction may cost that would cost this now. Rebates are not counted on: what is got back for
// objects depends on which these are when it is executed.
func budgetFor(g sui.Gas, price uint64) uint64 {
	sum := g.Computation + g.Storage
	return sum + sum*margin/100 + overheadUnits*price
}

// pay sets a budget and takes coins for it, the largest first, or all that may pay. Where they have less, the budget is
// that. It gives how much they have.
func pay(g *ptb.GasData, coins []sui.Coin, budget uint64, all bool) (have uint64) {
	g.Payment = nil
	for _, c := range coins[:min(len(coins), maxPayment)] {
		if !all && have >= budget {
			break
		}
		g.Payment = append(g.Payment, c.ObjectRef)
		have += c.Balance
	}
	g.Budget = min(budget, have)
	return have
}

// coins lists the coins that may pay, the largest first: those that the program does not use otherwise.
func (w *Wallet) coins(ctx context.Context, p *ptb.Program) ([]sui.Coin, error) {
	coins, err := w.client.Coins(ctx, w.Address(), sui.SUI(), maxCoins)
	if err != nil {
		return nil, err
	}
	used := make(map[ptb.Address]bool)
	for _, in := range p.Inputs {
		if in.Object != nil {
			used[in.Object.ID()] = true
		}
	}
	coins = slices.DeleteFunc(coins, func(c sui.Coin) bool { return used[c.ID] || c.Balance == 0 })
	if len(coins) == 0 {
		return nil, fmt.Errorf("%w: %s has no coin of SUI to pay with", ErrNoGas, w.Address())
	}
	slices.SortFunc(coins, func(a, b sui.Coin) int { return cmp.Compare(b.Balance, a.Balance) })
	return coins, nil
}

// spendsGas says whether a program takes from the coin that pays.
func spendsGas(p *ptb.Program) bool {
	return slices.ContainsFunc(p.Commands, func(c ptb.Command) bool {
		list, single := c.Arguments()
		return slices.ContainsFunc(append(single, list...), func(a ptb.Argument) bool { return a.GasCoin != nil })
	})
}
