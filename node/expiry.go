package node

import (
	"context"
	"fmt"
	"time"

	"github.com/floe-network/floe/codec"
)

// expire removes idle unconfirmed blobs until ctx ends.
func (c *custody) expire(ctx context.Context) {
	t := time.NewTicker(max(c.ledger.limits.idle/sweepsPerIdle, time.Millisecond))
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		for _, id := range c.ledger.all() {
			if !c.ledger.idle(id) {
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
	if !c.ledger.idle(id) { // it went on, or was confirmed, meanwhile
		return nil
	}
	if kept, err := c.lockedRelease(ctx, id); err != nil || kept {
		return err
	}
	// What was acknowledged stays, whatever the ledger says; its end is the chain's to say.
	switch _, confirmed, err := c.ledger.confirmed(ctx, id); {
	case err != nil:
		return err
	case confirmed:
		return c.ledger.forget(ctx, id)
	}
	if _, err := c.discard(ctx, id); err != nil {
		return err
	}
	c.metrics.expired.Inc()
	c.log.Info("an unconfirmed blob was removed: nothing of it came for too long", "blob", id, "after", c.ledger.limits.idle)
	return nil
}

// discard removes all of a blob, and reports whether there was anything. Metadata go first, after which nothing of the blob
// is taken in or served; the entries in the ledger go last, so that a removal that was cut short is done again. The caller
// holds the blob's lock.
func (c *custody) discard(ctx context.Context, id codec.BlobID) (held bool, err error) {
	c.metadata.remove(id)
	if err := c.store.DeleteMetadata(ctx, id); err != nil {
		return false, err
	}
	for key := range slivers(id, c.everyShard()) {
		c.expansions.remove(key)
		here, err := c.store.Has(ctx, key)
		if err == nil && here {
			held = true
			err = c.store.Delete(ctx, key)
		}
		if err != nil {
			return held, fmt.Errorf("remove %s: %w", key, err)
		}
	}
	return held, c.ledger.erase(ctx, id)
}
