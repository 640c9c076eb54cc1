package chain

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Chain is a network's chain, to look at. It is safe for concurrent use and has no goroutines of its own.
type Chain struct {
	network *Network
	set     *endpoint.Set
	client  *sui.Client

	contracts atomic.Pointer[contract.Deployment]
	epochs    atomic.Pointer[staking.Epochs]
	seen      atomic.Uint64 // checkpoints that were handled by whoever follows

	refreshing chan struct{} // holds one while somebody refreshes
	patience   time.Duration // settleLimit, but in tests
}

// Open makes a Chain, which calls nobody before it is asked something. Close it when done.
func Open(n *Network) (*Chain, error) {
	if err := n.Check(); err != nil {
		return nil, err
	}
	set, err := endpoint.Open(n.Endpoints, n.Chain)
	if err != nil {
		return nil, err
	}
	c := &Chain{network: n, set: set, client: sui.New(set), refreshing: make(chan struct{}, 1), patience: settleLimit}
	contracts := n.Contracts
	c.contracts.Store(&contracts)
	return c, nil
}

// Close ends the connections.
func (c *Chain) Close() error { return c.set.Close() }

// Network is what the Chain was made of.
func (c *Chain) Network() *Network { return c.network }

// Client asks the same endpoints.
func (c *Chain) Client() *sui.Client { return c.client }

// Contracts are the network's, with the version of package floe that is called now. They are not to be changed.
func (c *Chain) Contracts() *contract.Deployment { return c.contracts.Load() }

// Epochs returns the committees as they were refreshed last, nil when there are none yet. It never blocks.
func (c *Chain) Epochs() *staking.Epochs { return c.epochs.Load() }

// BlobState returns what the chain says about a blob id at present, no older than the events that a follower was given: the
// zero state when it was never certified. It fails with sui.ErrBehind when no endpoint has come as far as those.
func (c *Chain) BlobState(ctx context.Context, id codec.BlobID) (s staking.BlobState, err error) {
	err = c.upToDate(ctx, func(client *sui.Client) (err error) {
		s, err = c.blobState(ctx, client, id)
		return err
	})
	if err != nil {
		return staking.BlobState{}, fmt.Errorf("state of blob %s: %w", id, err)
	}
	return s, nil
}

func (c *Chain) blobState(ctx context.Context, client *sui.Client, id codec.BlobID) (s staking.BlobState, err error) {
	d, b := c.Contracts(), ptb.NewBuilder()
	epoch, index := view.Epoch(d, b), view.IndexOf(d, b, id)
	invalid, denied := view.Invalid(d, b, id), view.Denied(d, b, id)
	returned, err := simulate(ctx, client, b)
	if err != nil {
		return s, err
	}
	if isInvalid, err := invalid.Read(returned); err != nil {
		return s, err
	} else if isInvalid {
		s.Barred = staking.Inconsistent
	}
	if isDenied, err := denied.Read(returned); err != nil {
		return s, err
	} else if isDenied {
		s.Barred = staking.Denied
	}
	at, err := index.Read(returned)
	if err != nil || at == nil {
		return s, err
	}
	now, err := epoch.Read(returned)
	if err != nil {
		return s, err
	}
	b = ptb.NewBuilder()
	sequence := view.BlobAt(d, b, *at, now)
	if returned, err = simulate(ctx, client, b); err != nil {
		return s, err
	}
	found, err := sequence.Read(returned)
	if err != nil {
		return s, err
	}
	if found.Blob != id {
		return s, fmt.Errorf("%w: index %d is of blob %s", ErrNonsense, *at, found.Blob)
	}
	s.Index, s.Size, s.Certified, s.End = *at, found.Size, found.CertifiedEpoch, found.EndEpoch
	return s, nil
}

// upToDate lets read ask one endpoint that has what was handled.
func (c *Chain) upToDate(ctx context.Context, read func(*sui.Client) error) error {
	seen := c.seen.Load()
	if seen == 0 {
		return read(c.client)
	}
	return c.settle(ctx, func() error {
		var failures []error
		for _, one := range c.set.Singles() {
			client := sui.New(one)
			err := reached(ctx, client, seen)
			if err == nil {
				err = read(client)
			}
			if !errors.Is(err, sui.ErrBehind) && !errors.Is(err, endpoint.ErrUnreachable) || ctx.Err() != nil {
				return err
			}
			failures = append(failures, err)
		}
		return errors.Join(failures...)
	})
}

// reached fails with sui.ErrBehind when an endpoint has less than so many checkpoints.
func reached(ctx context.Context, client *sui.Client, count uint64) error {
	head, err := client.Head(ctx)
	if err == nil && head.Checkpoint < count-1 {
		err = fmt.Errorf("%w: it has checkpoint %d, not yet %d", sui.ErrBehind, head.Checkpoint, count-1)
	}
	return err
}

// Supply is all the FROST there is.
func (c *Chain) Supply(ctx context.Context) (uint64, error) {
	b := ptb.NewBuilder()
	v := view.TotalSupply(c.Contracts(), b)
	returned, err := simulate(ctx, c.client, b)
	if err != nil {
		return 0, err
	}
	return v.Read(returned)
}
