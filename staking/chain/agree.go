package chain

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/sui"
)

// picture is what one endpoint says at one moment.
type picture struct {
	contracts *contract.Deployment // with the version of package floe that is called
	epochs    *staking.Epochs      // nil before the first
}

// Refresh asks for the present committees and the present version of the contracts, and returns the committees; nil before the
// first epoch. What is not known yet is adopted only when two endpoints say the same, where two are configured; but for the
// addresses of members, which are hints. It fails with ErrDisagree, ErrNonsense, sui.ErrBehind when an endpoint has not come
// as far as another within some time, and errors of the endpoints; what was known stays.
func (c *Chain) Refresh(ctx context.Context) (*staking.Epochs, error) {
	return c.refresh(ctx, func(*staking.Epochs) bool { return true })
}

// refresh waits, for a while, until the committees are late enough.
func (c *Chain) refresh(ctx context.Context, enough func(*staking.Epochs) bool) (*staking.Epochs, error) {
	select {
	case c.refreshing <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { <-c.refreshing }()
	var p *picture
	err := c.settle(ctx, func() (err error) {
		p, err = c.read(ctx, enough)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("committees: %w", err)
	}
	c.contracts.Store(p.contracts)
	c.epochs.Store(p.epochs)
	return p.epochs, nil
}

// settle tries again while try fails with sui.ErrBehind, for as long as an endpoint may be.
func (c *Chain) settle(ctx context.Context, try func() error) error {
	deadline := time.Now().Add(c.patience)
	ticker := time.NewTicker(settleInterval)
	defer ticker.Stop()
	for {
		if err := try(); !errors.Is(err, sui.ErrBehind) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
}

// read gives a picture that one endpoint has of what is known, or that two have.
func (c *Chain) read(ctx context.Context, enough func(*staking.Epochs) bool) (*picture, error) {
	if c.set.Len() == 1 {
		return c.look(ctx, c.client, enough)
	}
	var heard []*picture
	var failures []error
	for _, one := range c.set.Singles() {
		p, err := c.look(ctx, sui.New(one), enough)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil:
			failures = append(failures, err)
			continue
		case c.knows(p):
			return p, nil
		}
		for _, before := range heard {
			err := before.same(p)
			if err == nil || !errors.Is(err, sui.ErrBehind) {
				return p, err
			}
			failures = append(failures, err)
		}
		heard = append(heard, p)
	}
	return nil, fmt.Errorf("not two endpoints say the same: %w", errors.Join(failures...))
}

// look asks one endpoint. It fails with sui.ErrBehind for what is older than what is known, or not late enough.
func (c *Chain) look(ctx context.Context, client *sui.Client, enough func(*staking.Epochs) bool) (*picture, error) {
	contracts, err := latest(ctx, client, c.Contracts())
	if err != nil {
		return nil, fmt.Errorf("version of the contracts: %w", err)
	}
	s, err := readState(ctx, client, contracts)
	if err != nil {
		return nil, nonsense(err)
	}
	e, err := s.epochs(c.network.Name)
	if err == nil && (older(e, c.Epochs()) || !enough(e)) {
		err = fmt.Errorf("%w: its committees are older than what is known", sui.ErrBehind)
	}
	return &picture{contracts, e}, err
}

// latest finds out which version of package floe is called.
func latest(ctx context.Context, client *sui.Client, d *contract.Deployment) (*contract.Deployment, error) {
	o, err := client.Object(ctx, d.Objects.UpgradeManager.ID)
	if err != nil {
		return nil, err
	}
	m, err := contract.Decode[object.UpgradeManager](d, o.Type, o.Contents)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNonsense, err)
	}
	next := *d
	next.Packages.FloeLatest = m.Cap.Package
	return &next, nil
}

// knows reports whether nothing in a picture is news, besides addresses.
func (c *Chain) knows(p *picture) bool {
	old := c.Epochs()
	return old != nil && (&picture{c.Contracts(), old}).same(p) == nil
}

// older reports whether e is of a moment before known.
func older(e, known *staking.Epochs) bool {
	if e == nil || known == nil {
		return known != nil
	}
	if order := cmp.Compare(e.Current.Epoch(), known.Current.Epoch()); order != 0 {
		return order < 0
	}
	return e.Changing && !known.Changing || e.Next == nil && known.Next != nil
}

// same fails with ErrDisagree where two pictures contradict each other, and with sui.ErrBehind where they may be of two moments.
func (p *picture) same(o *picture) error {
	if p.contracts.Packages.FloeLatest != o.contracts.Packages.FloeLatest {
		return fmt.Errorf("%w or %w: package floe is at %s, or at %s", sui.ErrBehind, ErrDisagree, p.contracts.Packages.FloeLatest, o.contracts.Packages.FloeLatest)
	}
	a, b := p.epochs, o.epochs
	switch {
	case a == nil && b == nil:
		return nil
	case a == nil || b == nil || older(a, b) || older(b, a):
		return fmt.Errorf("%w: it has other epochs", sui.ErrBehind)
	case !a.Start.Equal(b.Start) || !a.End.Equal(b.End):
		return fmt.Errorf("%w: epoch %d is from %v to %v, or from %v to %v", ErrDisagree, a.Current.Epoch(), a.Start, a.End, b.Start, b.End)
	}
	var peers error
	for _, pair := range [...][2]*staking.Committee{{a.Previous, b.Previous}, {a.Current, b.Current}, {a.Next, b.Next}} {
		if err := agree(pair[0], pair[1]); errors.Is(err, sui.ErrBehind) {
			peers = err
		} else if err != nil {
			return err
		}
	}
	return peers
}

// agree fails with ErrDisagree unless two committees have the same members, keys and shards; also with sui.ErrBehind where
// that is about the peer key of a node, which may change at any time, as addresses may.
func agree(a, b *staking.Committee) error {
	if a == nil || b == nil {
		if a == b {
			return nil
		}
		return fmt.Errorf("%w: one is missing", ErrDisagree)
	}
	if a.Epoch() != b.Epoch() || a.Size() != b.Size() || a.Params() != b.Params() {
		return fmt.Errorf("%w: epoch %d with %d members, or epoch %d with %d", ErrDisagree, a.Epoch(), a.Size(), b.Epoch(), b.Size())
	}
	var peers error
	for i := range a.Size() {
		x, y := a.Member(i), b.Member(i)
		kx, ky := x.PublicKey.Bytes(), y.PublicKey.Bytes()
		if x.NodeID != y.NodeID || !bytes.Equal(kx[:], ky[:]) || !slices.Equal(x.Shards, y.Shards) {
			return fmt.Errorf("%w: member %d of epoch %d", ErrDisagree, i, a.Epoch())
		}
		if x.PeerID != y.PeerID {
			peers = fmt.Errorf("%w or %w: the peer id of node %s is %s, or %s", sui.ErrBehind, ErrDisagree, x.NodeID, x.PeerID, y.PeerID)
		}
	}
	return peers
}
