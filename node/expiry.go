package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request"
)

// expire removes idle unconfirmed blobs until ctx ends.
func (c *custody) expire(ctx context.Context) {
	t := time.NewTicker(max(c.idle/sweepsPerIdle, time.Millisecond))
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		for _, id := range c.ledger.All() {
			if !c.ledger.Idle(id) {
				continue
			}
			if err := c.remove(ctx, id); err != nil && ctx.Err() == nil {
				c.log.Error("an unconfirmed blob could not be removed; the next sweep tries again", "blob", id, "err", err)
			}
		}
	}
}

// remove removes a blob that is still pending and idle.
func (c *custody) remove(ctx context.Context, id codec.BlobID) error {
	l := c.lock(id)
	l.Lock()
	defer l.Unlock()
	if !c.ledger.Idle(id) { // it went on, or was confirmed, meanwhile
		return nil
	}
	if released, err := c.lockedRelease(ctx, id); err != nil || released {
		return err
	}
	// What was acknowledged stays, whatever the ledger says; its end is the chain's to say.
	switch _, confirmed, err := c.ledger.Confirmed(ctx, id); {
	case err != nil:
		return err
	case confirmed:
		return c.ledger.Forget(ctx, id)
	}
	if _, err := c.discard(ctx, id); err != nil {
		return err
	}
	c.metrics.expired.Inc()
	c.log.Info("an unconfirmed blob was removed: nothing of it came for too long", "blob", id, "after", c.idle)
	return nil
}

// discard removes all of a blob, and reports whether there was anything. Metadata go first, after which nothing of the blob
// is taken in or served; the entries in the ledger go last, so that a removal that was cut short is done again. The caller
// holds the blob's lock.
func (c *custody) discard(ctx context.Context, id codec.BlobID) (held bool, err error) {
	c.metadata.Remove(id)
	if err := c.store.DeleteMetadata(ctx, id); err != nil {
		return false, err
	}
	for key := range slivers(id, c.everyShard()) {
		c.expansions.Remove(key)
		here, err := c.store.Has(ctx, key)
		if err == nil && here {
			held = true
			err = c.store.Delete(ctx, key)
		}
		if err != nil {
			return held, fmt.Errorf("remove %s: %w", key, err)
		}
	}
	return held, c.ledger.Erase(ctx, id)
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
			retry = sweepRetry
			c.log.Error("blobs that ended could not all be removed", "retry", retry, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(sweepPause):
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
	cost := 0
	for key := range slivers(id, c.everyShard()) {
		held, err := c.store.Has(ctx, key)
		if err != nil {
			return false, err
		}
		if held {
			cost++
		}
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
	case c.ledger.Pending(id): // what it holds came ahead of a registration, and has its own time
		return true, true, nil
	}
	if asked, err := c.registry.Asked(ctx, id); err != nil || asked {
		return true, false, err
	}
	if !b.Registered(p.Epoch) {
		return false, true, nil
	}
	epoch, ok, err := c.ledger.Confirmed(ctx, id)
	return ok && epoch >= p.Epoch, true, err
}
