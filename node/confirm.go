package node

import (
	"context"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
)

// Confirm implements request.ConfirmBackend. A signature is given only after the node has noted, durably, that the blob is
// confirmed, so that it is never removed as unconfirmed afterwards.
func (c *custody) Confirm(ctx context.Context, _ peer.ID, conf staking.Confirmation) (bls.Signature, error) {
	e := c.epochs()
	if e == nil {
		return bls.Signature{}, c.standing(nil, nil)
	}
	com, m := e.Current, c.member(e.Current)
	if err := c.standing(com, m); err != nil {
		return bls.Signature{}, err
	}
	if conf.Epoch != com.Epoch() {
		return bls.Signature{}, request.Errorf(request.WrongEpoch, "confirmation for epoch %d, the current one is %d", conf.Epoch, com.Epoch())
	}
	if err := c.confirmable(ctx, e, conf); err != nil {
		return bls.Signature{}, err
	}
	if s, ok := c.signatures.Get(conf); ok {
		return s, nil
	}
	return c.signing.Do(ctx, conf, func() (bls.Signature, error) { return c.sign(ctx, m, conf) })
}

func (c *custody) sign(ctx context.Context, m *staking.Member, conf staking.Confirmation) (bls.Signature, error) {
	if s, ok := c.signatures.Get(conf); ok { // made since the caller looked
		return s, nil
	}
	l := c.lock(conf.Blob)
	l.RLock()
	defer l.RUnlock()
	data, err := c.lockedMetadata(ctx, conf.Blob)
	if err != nil {
		return bls.Signature{}, err
	}
	if err := c.expected(ctx, conf.Blob, data); err != nil {
		return bls.Signature{}, err
	}
	held, err := c.held(ctx, m.Shards, conf.Blob)
	if err != nil {
		return bls.Signature{}, err
	}
	if n := len(m.Shards); held[codec.Primary] < n || held[codec.Secondary] < n {
		return bls.Signature{}, request.Errorf(request.MissingSlivers, "of %d shards, %d primary and %d secondary slivers of blob %s are here",
			n, held[codec.Primary], held[codec.Secondary], conf.Blob)
	}
	epoch, before, err := c.ledger.Confirmed(ctx, conf.Blob)
	if err != nil {
		return bls.Signature{}, err
	}
	if err := c.lasts(ctx, conf); err != nil {
		return bls.Signature{}, err
	}
	if err := c.ledger.Confirm(ctx, conf.Blob, conf.Epoch); err != nil {
		return bls.Signature{}, c.full(err)
	}
	s, err := c.key.Sign(conf.Bytes())
	if err != nil {
		return bls.Signature{}, err
	}
	c.signatures.Add(conf, s, 1)
	c.metrics.confirmations.Inc()
	if !before || epoch < conf.Epoch {
		c.announcer.add(conf.Blob)
	}
	return s, nil
}

// held counts, by axis, the slivers of a blob for the given shards that are durable here.
func (c *custody) held(ctx context.Context, shards []int, id codec.BlobID) (n [2]int, err error) {
	for key := range slivers(id, slices.Values(shards)) {
		ok, err := c.store.Has(ctx, key)
		if err != nil {
			return n, err
		}
		if ok {
			n[key.Axis]++
		}
	}
	return n, nil
}
