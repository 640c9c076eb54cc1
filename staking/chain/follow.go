package chain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/contract/event"
	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Follow gives batches to handle, in order, from a cursor on, until ctx ends or handle fails; it returns that error. While the
// chain is heard a batch comes every few seconds, if need be an empty one. Epochs is no older than what handle is given, and
// known before the first batch, unless the first epoch has not begun. Where two endpoints are configured, two have told the
// events that handle is given. A *staking.PrunedError says that the history begins later; any other error that the chain cannot
// be followed now.
func (c *Chain) Follow(ctx context.Context, from staking.Cursor, handle func(context.Context, staking.Batch) error) error {
	if c.Epochs() == nil {
		if _, err := c.Refresh(ctx); err != nil {
			return err
		}
	}
	var last time.Time
	err := c.client.Follow(ctx, uint64(from), func(ctx context.Context, p *sui.Checkpoint) error {
		batch := staking.Batch{Next: staking.Cursor(p.Sequence + 1), Time: p.Time}
		if err := c.take(ctx, p, &batch); err != nil {
			return fmt.Errorf("checkpoint %d: %w", p.Sequence, err)
		}
		if len(batch.Events) == 0 && time.Since(last) < heartbeat {
			return nil
		}
		last = time.Now()
		c.saw(uint64(batch.Next)) // before handle: it may ask for the state of what it is told of
		return handle(ctx, batch)
	})
	var pruned *sui.PrunedError
	if errors.As(err, &pruned) {
		return &staking.PrunedError{From: staking.Cursor(pruned.From), First: staking.Cursor(pruned.First)}
	}
	return err
}

// saw remembers that followers are given what is in so many checkpoints.
func (c *Chain) saw(count uint64) {
	for {
		old := c.seen.Load()
		if old >= count || c.seen.CompareAndSwap(old, count) {
			return
		}
	}
}

// take puts the events of a checkpoint that are for followers into a batch, after two endpoints have told them and the
// committees are as new as they are.
func (c *Chain) take(ctx context.Context, p *sui.Checkpoint, batch *staking.Batch) error {
	var renewals []func(*staking.Epochs) bool
	for _, t := range p.Events {
		value, err := event.Decode(c.Contracts(), t.Type, t.Contents)
		if errors.Is(err, event.ErrUnknown) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%w: event %d of transaction %s, a %s: %w", ErrNonsense, t.Index, t.Transaction, t.Type.Name, err)
		}
		if r := renews(value); r != nil {
			renewals = append(renewals, r)
		}
		if e := translate(value); e != nil {
			batch.Events = append(batch.Events, e)
		}
	}
	if len(renewals) == 0 && len(batch.Events) == 0 {
		return nil
	}
	if err := c.client.Confirm(ctx, p); err != nil {
		return err
	}
	if len(renewals) == 0 {
		return nil
	}
	_, err := c.refresh(ctx, func(e *staking.Epochs) bool {
		return !slices.ContainsFunc(renewals, func(enough func(*staking.Epochs) bool) bool { return !enough(e) })
	})
	return err
}

// renews says from when on committees are as new as an event; nil for events that change nothing about them.
func renews(value any) func(*staking.Epochs) bool {
	reached := func(epoch uint32) func(*staking.Epochs) bool {
		return func(e *staking.Epochs) bool { return e != nil && e.Current.Epoch() >= epoch }
	}
	switch v := value.(type) {
	case event.EpochChangeStart:
		return reached(v.Epoch)
	case event.EpochChangeDone:
		return func(e *staking.Epochs) bool {
			return e != nil && (e.Current.Epoch() > v.Epoch || e.Current.Epoch() == v.Epoch && !e.Changing)
		}
	case event.EpochParametersSelected:
		return func(e *staking.Epochs) bool {
			return e == nil || e.Current.Epoch() >= v.NextEpoch || e.Next != nil
		}
	case event.NodeUpdated, event.ContractUpgraded:
		return func(*staking.Epochs) bool { return true }
	default:
		return nil
	}
}

// translate says an event in the words of package staking, nil for those that followers need not hear of.
func translate(value any) staking.Event {
	switch v := value.(type) {
	case event.BlobRegistered:
		object := staking.ObjectID(v.ObjectID)
		return staking.BlobRegistered{Registration: staking.Registration{
			Blob: v.BlobID, Size: v.Size, Kind: kind(v.Deletable, v.ObjectID), Object: object, Epoch: v.Epoch, End: v.EndEpoch}}
	case event.BlobCertified:
		return staking.BlobCertified{Epoch: v.Epoch, Blob: v.BlobID, Kind: kind(v.Deletable, v.ObjectID), Object: staking.ObjectID(v.ObjectID),
			End: v.EndEpoch, Extended: v.IsExtension}
	case event.BlobDeleted:
		return staking.BlobDeleted{Epoch: v.Epoch, Blob: v.BlobID, Object: staking.ObjectID(v.ObjectID), End: v.EndEpoch, Certified: v.WasCertified}
	case event.InvalidBlobID:
		return staking.BlobBarred{Epoch: v.Epoch, Blob: v.BlobID, Why: staking.Inconsistent}
	case event.DenyListBlobDeleted:
		return staking.BlobBarred{Epoch: v.Epoch, Blob: v.BlobID, Why: staking.Denied}
	case event.EpochChangeStart:
		return staking.EpochStarted{Epoch: v.Epoch}
	case event.EpochChangeDone:
		return staking.EpochReady{Epoch: v.Epoch}
	default:
		return nil
	}
}

// kind names the object of deletable blobs only, as confirmations do.
func kind(deletable bool, object ptb.Address) staking.BlobKind {
	if !deletable {
		return staking.BlobKind{}
	}
	return staking.BlobKind{Deletable: true, Object: staking.ObjectID(object)}
}
