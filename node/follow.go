package node

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/registry"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
)

// follow keeps up with the chain until ctx ends.
func (c *custody) follow(ctx context.Context) {
	wait := minBackoff
	for {
		from := c.registry.Position().Cursor
		err := c.chain.Follow(ctx, from, c.hear)
		if ctx.Err() != nil {
			return
		}
		if c.registry.Position().Cursor > from {
			wait = minBackoff
		}
		var pruned *staking.PrunedError
		if errors.As(err, &pruned) && pruned.First > from {
			c.log.Warn("the chain's history since the node was last connected is gone; every blob that is here is asked about", "from", from, "first", pruned.First)
			if err = c.registry.Lose(ctx, pruned.First); err == nil {
				wake(c.asking)
				continue
			}
		}
		if err == nil {
			err = errEnded
		}
		c.view.failed(err)
		c.log.Warn("the chain is not followed; what is here is served", "retry", wait, "err", err)
		if !sleep(ctx, wait) {
			return
		}
		wait = min(2*wait, maxBackoff)
	}
}

// hear is the handler of batches.
func (c *custody) hear(ctx context.Context, b staking.Batch) error {
	var limit uint32
	if com := c.committee(); com != nil {
		limit = com.Epoch()
	}
	out, err := c.registry.Apply(ctx, b, limit)
	if err != nil {
		return err
	}
	for _, err := range out.Contradictions {
		c.contradicted(err)
	}
	for _, id := range out.Kept {
		if err := c.release(ctx, id); err != nil {
			c.log.Error("a registered blob is still accounted for as unconfirmed", "blob", id, "err", err)
		}
	}
	c.view.heard(b.Time)
	if len(b.Events) > 0 {
		wake(c.sweeping)
		wake(c.asking)
	}
	return nil
}

// contradicted reports what was left out.
func (c *custody) contradicted(err error) {
	c.metrics.contradictions.Inc()
	c.log.Error("what the chain says cannot be; it is left out", "err", err)
}

// ask asks the chain about what the events leave open, until ctx ends.
func (c *custody) ask(ctx context.Context) {
	wait := minBackoff
	for {
		err := c.askAll(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			wait = minBackoff
			select {
			case <-ctx.Done():
				return
			case <-c.asking:
			}
			continue
		}
		c.log.Warn("the chain could not be asked about blobs; none is removed meanwhile", "retry", wait, "err", err)
		if !sleep(ctx, wait) {
			return
		}
		wait = min(2*wait, maxBackoff)
	}
}

// askAll asks about every blob that is known or held after a gap, and about single ones.
func (c *custody) askAll(ctx context.Context) error {
	if c.registry.Position().Gap {
		gaps := c.registry.Gaps()
		if err := c.resync(ctx); err != nil {
			return err
		}
		if err := c.registry.Mend(ctx, gaps); err != nil {
			return err
		}
		wake(c.sweeping)
	}
	for {
		ids, err := c.registry.Questions(ctx, askPage)
		if err != nil || len(ids) == 0 {
			return err
		}
		g, each := c.asker(ctx)
		for _, id := range ids {
			g.Go(func() error { return c.askAbout(each, id) })
		}
		if err := g.Wait(); err != nil {
			return err
		}
		wake(c.sweeping)
	}
}

func (c *custody) asker(ctx context.Context) (*errgroup.Group, context.Context) {
	g, each := errgroup.WithContext(ctx)
	g.SetLimit(askers)
	return g, each
}

// resync asks about every blob that is registered, then about those that are held without that.
func (c *custody) resync(ctx context.Context) error {
	g, each := c.asker(ctx)
	err := c.registry.Blobs(each, func(id codec.BlobID) error {
		g.Go(func() error { return c.askAbout(each, id) })
		return nil
	})
	if err := errors.Join(g.Wait(), err); err != nil {
		return err
	}
	var after *codec.BlobID
	for {
		ids, err := c.store.ListMetadata(ctx, after, askPage)
		if err != nil || len(ids) == 0 {
			return err
		}
		g, each := c.asker(ctx)
		for _, id := range ids {
			b, err := c.registry.Blob(ctx, id)
			if err != nil {
				return errors.Join(err, g.Wait())
			}
			if !b.Known() && !c.ledger.pending(id) {
				g.Go(func() error { return c.askAbout(each, id) })
			}
		}
		if err := g.Wait(); err != nil {
			return err
		}
		after = &ids[len(ids)-1]
	}
}

// askAbout asks the chain about one blob, again when events overtake the answer.
func (c *custody) askAbout(ctx context.Context, id codec.BlobID) error {
	for {
		q := c.registry.Ask(id)
		s, err := c.chain.Blob(ctx, id)
		if err != nil {
			c.registry.Drop(q)
			return err
		}
		switch err := c.registry.Tell(ctx, q, s); {
		case errors.Is(err, registry.ErrChanged):
			continue
		case errors.Is(err, registry.ErrContradiction):
			c.contradicted(err)
			return nil
		case err != nil:
			return err
		}
		return c.release(ctx, id)
	}
}

// wake lets the owner of a channel of capacity 1 look again.
func wake(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// sleep waits; false when ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// sweep removes blobs that the chain no longer wants stored, until ctx ends. Much ends at once when an epoch begins: it goes
// at a rate that leaves the disk to requests.
func (c *custody) sweep(ctx context.Context) {
	for {
		err := c.registry.Sweep(ctx, c.look)
		if ctx.Err() != nil {
			return
		}
		retry := sweepEvery
		if err != nil {
			retry = maxBackoff
			c.log.Error("blobs that ended could not all be removed", "retry", retry, "err", err)
		}
		if !sleep(ctx, sweepPause) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-c.sweeping:
		case <-time.After(retry):
		}
	}
}

// look removes a blob that nothing keeps. It is false when that cannot be said yet.
func (c *custody) look(ctx context.Context, id codec.BlobID) (bool, error) {
	if stays, decided, err := c.stays(ctx, id); err != nil || stays || !decided {
		return decided, err
	}
	_, m := c.membership()
	cost := 1
	if m != nil {
		cost += 2 * len(m.Shards)
	}
	if err := c.removals.WaitN(ctx, min(cost, removalBurst)); err != nil {
		return false, err
	}
	l := c.lock(id)
	l.Lock()
	defer l.Unlock()
	// It may have been registered again, or extended, meanwhile.
	if stays, decided, err := c.stays(ctx, id); err != nil || stays || !decided {
		return decided, err
	}
	held, err := c.discard(ctx, id)
	if err != nil {
		return false, err
	}
	if held {
		c.metrics.ended.Inc()
		c.log.Debug("a blob was removed: nothing keeps it", "blob", id)
	}
	return true, nil
}

// stays reports whether a blob is to be kept, and whether that is certain.
func (c *custody) stays(ctx context.Context, id codec.BlobID) (stays, decided bool, err error) {
	b, err := c.registration(ctx, id)
	if errors.Is(err, request.Forbidden) {
		return false, true, nil
	}
	p := c.registry.Position()
	switch {
	case err != nil:
		return false, false, err
	case p.Gap:
		return true, false, nil
	case b.Kept(p.Epoch):
		return true, true, nil
	case c.ledger.pending(id): // what it holds came ahead of a registration, and has its own time
		return true, true, nil
	}
	if asked, err := c.registry.Asked(ctx, id); err != nil || asked {
		return true, false, err
	}
	if !b.Registered(p.Epoch) {
		return false, true, nil
	}
	epoch, ok, err := c.ledger.confirmed(ctx, id)
	return ok && epoch >= p.Epoch, true, err
}
