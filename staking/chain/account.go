package chain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/event"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/ptb"
	"github.com/floe-network/floe/staking/sui/wallet"
)

// Account acts on a network's chain for a Sui account. It is safe for concurrent use: its transactions follow each other.
//
// Errors of its transactions: a *contract.Abort where the contracts refused, beside the sentinels of package staking that say
// what to do about it; those of package wallet; those of endpoints.
type Account struct {
	*Chain
	wallet *wallet.Wallet
	build  *move.Set // knows what abort codes mean
}

// NewAccount makes an Account of a wallet that uses the Chain's Client.
func NewAccount(c *Chain, w *wallet.Wallet) (*Account, error) {
	set, err := move.Embedded()
	if err != nil {
		return nil, err
	}
	return &Account{Chain: c, wallet: w, build: set}, nil
}

// Address is the account's.
func (a *Account) Address() ptb.Address { return a.wallet.Address() }

// Balances are the MIST and FROST that the account has in coins.
func (a *Account) Balances(ctx context.Context) (mist, frost uint64, err error) {
	if mist, err = a.client.Balance(ctx, a.Address(), sui.SUI()); err != nil {
		return 0, 0, err
	}
	frost, err = a.client.Balance(ctx, a.Address(), *a.Contracts().WAL().Struct)
	return mist, frost, err
}

// call is one transaction under construction.
type call struct {
	*ptb.Builder
	*contract.Deployment
	account *Account
}

// send sends what build makes, which is called when no other transaction of the account is under way, and again for a new
// transaction when objects changed meanwhile: it must not use up what is outside of it.
func (a *Account) send(ctx context.Context, build func(context.Context, *call) error) (*sui.Executed, error) {
	done, err := a.wallet.Send(ctx, func(ctx context.Context) (ptb.Program, error) {
		c := &call{ptb.NewBuilder(), a.Contracts(), a}
		if err := build(ctx, c); err != nil {
			return ptb.Program{}, err
		}
		return c.Program()
	})
	return done, a.explain(err)
}

// refusal is a transaction that the contracts ended.
type refusal struct {
	*contract.Abort
	sentinel error // of package staking, or nil
	cause    error
}

func (r *refusal) Error() string { return r.Abort.Error() }

func (r *refusal) Unwrap() []error {
	errs := []error{r.Abort, r.cause}
	if r.sentinel != nil {
		errs = append(errs, r.sentinel)
	}
	return errs
}

// sentinels say what to do about some aborts.
var sentinels = map[[2]string]error{
	{"message", "EWrongEpoch"}: staking.ErrEpoch,
	{"blob", "ECertified"}:     staking.ErrCertified,
	{"ledger", "EInvalidId"}:   staking.ErrBarred,
	{"ledger", "EDeniedId"}:    staking.ErrBarred,
	{"epochs", "ENothingDue"}:  staking.ErrNothingDue,
	// Payments come out of a coin that has just what may be paid.
	{"balance", "ENotEnough"}: staking.ErrPrice,
}

// explain says what an abort means.
func (a *Account) explain(err error) error {
	var abort *sui.Abort
	if !errors.As(err, &abort) {
		return err
	}
	r := &refusal{Abort: contract.NewAborts(a.Contracts(), a.build).Of(abort.Package, abort.Module, abort.Code), cause: err}
	r.sentinel = sentinels[[2]string{r.Module, r.Name}]
	return r
}

// purse splits a coin of limit FROST off the account's, to be given to calls that pay. What they leave in it goes back to
// the account with keep, which must be the last. It fails with staking.ErrFunds.
func (c *call) purse(ctx context.Context, limit uint64) (purse ptb.Argument, keep func(), err error) {
	coins, err := c.account.client.Coins(ctx, c.account.Address(), *c.WAL().Struct, maxCoins)
	if err != nil {
		return ptb.Argument{}, nil, err
	}
	slices.SortFunc(coins, func(a, b sui.Coin) int { return cmp.Compare(b.Balance, a.Balance) })
	var have uint64
	count := 0
	for count < len(coins) && (count == 0 || have < limit) {
		have += coins[count].Balance
		count++
	}
	if have < limit {
		return ptb.Argument{}, nil, fmt.Errorf("%w: %s has %d FROST in %d coins, %d are needed", staking.ErrFunds, c.account.Address(), have, count, limit)
	}
	if count == 0 { // and nothing is needed
		purse = c.EmptyWAL(c.Builder)
		return purse, func() { c.Transfer(c.account.Address(), purse) }, nil
	}
	all := c.Owned(coins[0].ObjectRef)
	for _, coin := range coins[1:count] {
		c.Merge(all, c.Owned(coin.ObjectRef))
	}
	purse = c.Part(c.Split(all, limit), 0)
	return purse, func() { c.Merge(all, purse) }, nil
}

// Owned is an object of an account, and the version that it is in.
type Owned[T any] struct {
	Ref   ptb.ObjectRef
	Value T
}

// ownedBy lists the objects of a type that an address has.
func ownedBy[T object.Known](ctx context.Context, c *Chain, owner ptb.Address) ([]Owned[T], error) {
	tag := contract.TypeOf[T](c.Contracts())
	objects, err := c.client.Owned(ctx, owner, &tag, maxOwned)
	if err != nil {
		return nil, fmt.Errorf("objects %s of %s: %w", tag.Name, owner, err)
	}
	list := make([]Owned[T], len(objects))
	for i, o := range objects {
		list[i].Ref = o.ObjectRef
		if list[i].Value, err = contract.Decode[T](c.Contracts(), o.Type, o.Contents); err != nil {
			return nil, fmt.Errorf("%s %s: %w", tag.Name, o.ID, err)
		}
	}
	return list, nil
}

// own adds the present version of an object of the account to a transaction, and gives its value.
func own[T object.Known](ctx context.Context, c *call, id ptb.Address) (arg ptb.Argument, value T, err error) {
	o, err := c.account.client.Object(ctx, id)
	if err != nil {
		return arg, value, err
	}
	if value, err = contract.Decode[T](c.Deployment, o.Type, o.Contents); err != nil {
		return arg, value, fmt.Errorf("object %s: %w", id, err)
	}
	if o.Owner.Address == nil || *o.Owner.Address != c.account.Address() {
		return arg, value, fmt.Errorf("%w: %s %s is not the account's (%s)", staking.ErrStale, o.Type.Name, id, c.account.Address())
	}
	return c.Owned(o.ObjectRef), value, nil
}

// told finds the first event of a type that a transaction emitted.
func told[T any](a *Account, done *sui.Executed) (T, error) {
	list, err := allTold[T](a, done)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%w: transaction %s tells of no %T", ErrNonsense, done.Digest, *new(T))
	}
	if err != nil {
		var none T
		return none, err
	}
	return list[0], nil
}

// allTold finds all events of a type that a transaction emitted.
func allTold[T any](a *Account, done *sui.Executed) (list []T, err error) {
	for _, e := range done.Events {
		value, err := event.Decode(a.Contracts(), e.Type, e.Contents)
		if errors.Is(err, event.ErrUnknown) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if v, ok := value.(T); ok {
			list = append(list, v)
		}
	}
	return list, nil
}
