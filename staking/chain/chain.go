package chain

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/object"
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

	refreshing sync.Mutex
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
	c := &Chain{network: n, set: set, client: sui.New(set)}
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

// Refresh asks for the present committees, and returns them; nil before the first epoch. Committees that are not known yet are
// adopted only when two endpoints say the same, where two are configured. It fails with ErrDisagree, ErrNonsense, and errors
// of the endpoints; what was known stays.
func (c *Chain) Refresh(ctx context.Context) (*staking.Epochs, error) {
	return c.refresh(ctx, func(*staking.Epochs) bool { return true })
}

// refresh waits, for a while, until the committees are late enough.
func (c *Chain) refresh(ctx context.Context, enough func(*staking.Epochs) bool) (*staking.Epochs, error) {
	c.refreshing.Lock()
	defer c.refreshing.Unlock()
	var e *staking.Epochs
	err := settle(ctx, func() (again bool, err error) {
		if e, err = c.readEpochs(ctx); err != nil {
			return errors.Is(err, errBehind), err
		}
		return !enough(e) || c.older(e), nil
	})
	if err != nil {
		return nil, err
	}
	c.epochs.Store(e)
	return e, nil
}

// older reports whether e is of before what is known: epochs never go back, so an endpoint that says so is behind.
func (c *Chain) older(e *staking.Epochs) bool {
	old := c.Epochs()
	return old != nil && (e == nil || e.Current.Epoch() < old.Current.Epoch())
}

// settle tries until try says that another would come to the same, for at most settleLimit.
func settle(ctx context.Context, try func() (again bool, err error)) error {
	deadline := time.Now().Add(settleLimit)
	ticker := time.NewTicker(settleInterval)
	defer ticker.Stop()
	for {
		again, err := try()
		if !again {
			return err
		}
		if time.Now().After(deadline) {
			return errors.Join(errBehind, err)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
}

// errBehind: an endpoint has not come as far as another, or as an event.
var errBehind = errors.New("an endpoint is behind")

// readEpochs reads the committees, from two endpoints when they are news.
func (c *Chain) readEpochs(ctx context.Context) (*staking.Epochs, error) {
	if err := c.followUpgrade(ctx); err != nil {
		return nil, err
	}
	if c.set.Len() == 1 {
		return c.ask(ctx, c.client)
	}
	var first *staking.Epochs
	asked := 0
	var failures []error
	for i := range c.set.Len() {
		e, err := c.ask(ctx, sui.New(c.set.One(i)))
		if errors.Is(err, endpoint.ErrUnreachable) {
			failures = append(failures, err)
			continue
		}
		if err != nil {
			return nil, err
		}
		asked++
		switch {
		case c.known(e):
			return e, nil
		case asked == 1:
			first = e
		default:
			return first, same(first, e)
		}
	}
	return nil, fmt.Errorf("there are not two endpoints to ask for a committee: %w", errors.Join(failures...))
}

func (c *Chain) ask(ctx context.Context, client *sui.Client) (*staking.Epochs, error) {
	s, err := readState(ctx, client, c.Contracts())
	if err != nil {
		return nil, fmt.Errorf("committees: %w", err)
	}
	return s.epochs(c.network.Name)
}

// known reports whether nothing about committees in e is new.
func (c *Chain) known(e *staking.Epochs) bool {
	old := c.Epochs()
	if old == nil || e == nil {
		return e == nil && old == nil
	}
	for _, com := range [...]*staking.Committee{e.Previous, e.Current, e.Next} {
		if com != nil && !agrees(com, old.Of(com.Epoch())) {
			return false
		}
	}
	return e.Current.Epoch() >= old.Current.Epoch()
}

// same fails with ErrDisagree when two endpoints contradict each other, and with errBehind when one is late.
func same(a, b *staking.Epochs) error {
	if a == nil || b == nil || a.Current.Epoch() != b.Current.Epoch() || (a.Next == nil) != (b.Next == nil) {
		if a == b {
			return nil
		}
		return errBehind
	}
	for _, pair := range [...][2]*staking.Committee{{a.Previous, b.Previous}, {a.Current, b.Current}, {a.Next, b.Next}} {
		if !agrees(pair[0], pair[1]) {
			return fmt.Errorf("%w of epoch %d", ErrDisagree, a.Current.Epoch())
		}
	}
	return nil
}

// followUpgrade finds out which version of package floe is called.
func (c *Chain) followUpgrade(ctx context.Context) error {
	old := c.Contracts()
	o, err := c.client.Object(ctx, old.Objects.UpgradeManager.ID)
	if err != nil {
		return fmt.Errorf("version of the contracts: %w", err)
	}
	m, err := contract.Decode[object.UpgradeManager](old, o.Type, o.Contents)
	if err != nil {
		return fmt.Errorf("version of the contracts: %w", err)
	}
	if m.Cap.Package == old.Packages.FloeLatest {
		return nil
	}
	next := *old
	next.Packages.FloeLatest = m.Cap.Package
	c.contracts.Store(&next)
	return nil
}

// BlobState returns what the chain says about a blob id at present, no older than the events that a follower was given before:
// the zero state when it was never certified.
func (c *Chain) BlobState(ctx context.Context, id codec.BlobID) (staking.BlobState, error) {
	if err := c.catchUp(ctx); err != nil {
		return staking.BlobState{}, err
	}
	s, err := c.blobState(ctx, id)
	if err != nil {
		return s, fmt.Errorf("state of blob %s: %w", id, err)
	}
	return s, nil
}

func (c *Chain) blobState(ctx context.Context, id codec.BlobID) (s staking.BlobState, err error) {
	d, b := c.Contracts(), ptb.NewBuilder()
	epoch, index := view.Epoch(d, b), view.IndexOf(d, b, id)
	invalid, denied := view.Invalid(d, b, id), view.Denied(d, b, id)
	returned, err := simulate(ctx, c.client, b)
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
	if returned, err = simulate(ctx, c.client, b); err != nil {
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

// catchUp waits until the endpoint has what was handled.
func (c *Chain) catchUp(ctx context.Context) error {
	seen := c.seen.Load()
	if seen == 0 {
		return nil
	}
	return settle(ctx, func() (bool, error) {
		head, err := c.client.Head(ctx)
		if err != nil {
			return false, err
		}
		return head.Checkpoint+1 < seen, nil
	})
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
