package chain

import (
	"context"
	"errors"
	"fmt"

	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/genesis"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/ptb"
	"github.com/floe-network/floe/staking/sui/wallet"
)

// Ids of objects that every Sui chain has.
var (
	clock  = ptb.ShortAddress(6)
	random = ptb.ShortAddress(8)
)

// Shared asks for a shared object: its id and the version at which it was shared.
func Shared(ctx context.Context, client *sui.Client, id ptb.Address) (contract.SharedObject, error) {
	o, err := client.Object(ctx, id)
	if err != nil {
		return contract.SharedObject{}, err
	}
	if o.Owner.Shared == nil {
		return contract.SharedObject{}, fmt.Errorf("%w: object %s is not shared", ErrNonsense, id)
	}
	return contract.SharedObject{ID: id, InitialVersion: *o.Owner.Shared}, nil
}

// Begin begins the publication of a network by an account. coin is nil where a development coin is to be published.
func Begin(ctx context.Context, client *sui.Client, c genesis.Config, sender ptb.Address, coin *genesis.Coin) (*genesis.Publication, error) {
	on := genesis.Chain{Coin: coin}
	var err error
	if on.Clock, err = Shared(ctx, client, clock); err != nil {
		return nil, err
	}
	if on.Random, err = Shared(ctx, client, random); err != nil {
		return nil, err
	}
	return genesis.New(c, sender, on)
}

// Publish brings a publication to its end with transactions of a wallet. save is called after each step, so that an
// interrupted publication goes on where it was.
func Publish(ctx context.Context, client *sui.Client, w *wallet.Wallet, p *genesis.Publication, save func(*genesis.Publication) error) (*Network, error) {
	if w.Address() != p.Sender {
		return nil, fmt.Errorf("the publication was begun by %s, this account is %s", p.Sender, w.Address())
	}
	set, err := move.Embedded()
	if err != nil {
		return nil, err
	}
	for p.Step != genesis.Done {
		done, err := w.Send(ctx, func(context.Context) (ptb.Program, error) { return p.Program(set) })
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Step, explainFirst(err, p, set))
		}
		made, err := created(done)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Step, err)
		}
		if err := p.Executed(made); err != nil {
			return nil, err
		}
		if err := save(p); err != nil {
			return nil, err
		}
	}
	id, err := client.Chain(ctx)
	if err != nil {
		return nil, err
	}
	return &Network{Name: p.Config.Name, Chain: id, Contracts: p.Deployment}, nil
}

// explainFirst says what an abort means while the network is not there yet.
func explainFirst(err error, p *genesis.Publication, set *move.Set) error {
	var abort *sui.Abort
	if !errors.As(err, &abort) {
		return err
	}
	return &refusal{Abort: contract.NewAborts(&p.Deployment, set).Of(abort.Package, abort.Module, abort.Code), cause: err}
}

// created are the objects that a transaction made.
func created(done *sui.Executed) ([]genesis.Created, error) {
	var made []genesis.Created
	for _, c := range done.Changes {
		if !c.Created || c.After == nil {
			continue
		}
		m := genesis.Created{Ref: *c.After}
		if c.Type != "package" {
			tag, err := ptb.ParseStructTag(c.Type)
			if err != nil {
				return nil, fmt.Errorf("%w: object %s: %w", ErrNonsense, c.ID, err)
			}
			m.Type = &tag
		}
		if c.Owner.Shared != nil {
			m.SharedAt = *c.Owner.Shared
		}
		made = append(made, m)
	}
	return made, nil
}
