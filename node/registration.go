package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/registry"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
)

// registration returns what is known of a blob that is not barred.
func (c *custody) registration(ctx context.Context, id codec.BlobID) (registry.Blob, error) {
	b, err := c.registry.Blob(ctx, id)
	if err == nil && b.Barred != staking.NotBarred {
		err = request.Errorf(request.Forbidden, "blob %s is barred: %s", id, b.Barred)
	}
	return b, err
}

// servable says why nothing of a blob is served, nil when what is here is. After a gap in the chain's history, what is held
// is served until the chain was asked about it.
func (c *custody) servable(ctx context.Context, id codec.BlobID) error {
	b, err := c.registration(ctx, id)
	if err != nil {
		return err
	}
	p := c.registry.Position()
	switch {
	case c.ledger.Pending(id):
		return notRegistered(id)
	case b.Registered(p.Epoch) || p.Gap:
		return nil
	default:
		return request.Errorf(request.NotFound, "blob %s is not stored", id)
	}
}

func notRegistered(id codec.BlobID) error {
	return &request.Error{Status: request.NotRegistered, Message: fmt.Sprintf("the node has not heard of a registration of blob %s", id), RetryAfter: registrationRetry}
}

// sized says why a registration is not that of a blob of this size, nil when it is or when there is none.
func (c *custody) sized(b registry.Blob, m *codec.Metadata, id codec.BlobID) error {
	if !b.Sized || b.Size == m.Length {
		return nil
	}
	return request.Errorf(request.NotRegistered, "blob %s is registered with %d bytes, its metadata say %d", id, b.Size, m.Length)
}

// expected says why slivers of a blob with these metadata are not taken, nil when they are: as those of a registered blob, or
// ahead of the registration, as long as the ledger has it.
func (c *custody) expected(ctx context.Context, id codec.BlobID, m *codec.Metadata) error {
	b, err := c.registration(ctx, id)
	if err != nil {
		return err
	}
	if err := c.sized(b, m, id); err != nil {
		return err
	}
	if b.Registered(c.registry.Position().Epoch) || c.ledger.Pending(id) {
		return nil
	}
	return notRegistered(id)
}

// accounted reports whether what is held of a blob is held for a reason. Otherwise it is about to be removed.
func (c *custody) accounted(b registry.Blob, id codec.BlobID) bool {
	return b.Registered(c.registry.Position().Epoch) || c.ledger.Pending(id)
}

// kept reports whether a blob needs no entry in the ledger: it is registered, and kept whoever brings it.
func (c *custody) kept(b registry.Blob) bool {
	return b.Kept(c.registry.Position().Epoch)
}

// confirmable says why a confirmation is not signed, whatever is held; nil when it may be.
func (c *custody) confirmable(ctx context.Context, e *staking.Epochs, conf staking.Confirmation) error {
	if err := c.follower.Certain(e); err != nil {
		return request.Errorf(request.WrongEpoch, "%v", err)
	}
	if p := c.registry.Position(); p.Epoch > conf.Epoch {
		return request.Errorf(request.WrongEpoch, "confirmation for epoch %d, the chain is in epoch %d", conf.Epoch, p.Epoch)
	}
	b, err := c.registration(ctx, conf.Blob)
	if err != nil {
		return err
	}
	if !conf.Kind.Deletable {
		if b.Permanent > conf.Epoch {
			return nil
		}
		return notRegistered(conf.Blob)
	}
	o, err := c.registry.Object(ctx, conf.Blob, conf.Kind.Object)
	if err != nil {
		return err
	}
	if o.Deletable && o.Live(conf.Epoch) {
		return nil
	}
	return notRegistered(conf.Blob)
}

// lasts sees to it that a confirmed blob is looked at when the confirmation's epoch is over, if nothing else keeps it: until
// then the confirmation may become part of a certificate.
func (c *custody) lasts(ctx context.Context, conf staking.Confirmation) error {
	b, err := c.registry.Blob(ctx, conf.Blob)
	if err != nil || b.Kept(conf.Epoch) {
		return err
	}
	return c.registry.Remind(ctx, conf.Blob, conf.Epoch+1)
}

// ListMetadata implements follower.Holdings.
func (c *custody) ListMetadata(ctx context.Context, after *codec.BlobID, limit int) ([]codec.BlobID, error) {
	return c.store.ListMetadata(ctx, after, limit)
}

// Pending implements follower.Holdings.
func (c *custody) Pending(id codec.BlobID) bool { return c.ledger.Pending(id) }

// Release implements follower.Holdings: it takes a blob out of the ledger when it is registered with the size of its
// metadata, so that it counts against nobody.
func (c *custody) Release(ctx context.Context, id codec.BlobID) error {
	if !c.ledger.Pending(id) {
		return nil
	}
	l := c.lock(id)
	l.Lock()
	defer l.Unlock()
	_, err := c.lockedRelease(ctx, id)
	return err
}

// lockedRelease is Release for callers that hold the blob's lock. It reports whether it released the blob.
func (c *custody) lockedRelease(ctx context.Context, id codec.BlobID) (bool, error) {
	if !c.ledger.Pending(id) {
		return false, nil
	}
	b, err := c.registration(ctx, id)
	if errors.Is(err, request.Forbidden) || err == nil && !c.kept(b) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	m, err := c.lockedMetadata(ctx, id)
	switch {
	case errors.Is(err, request.NotFound): // the node stopped between the entry and the metadata
		return false, nil
	case err != nil:
		return false, err
	}
	if err := c.sized(b, m, id); err != nil {
		c.log.Warn("a blob is not the one that is registered", "blob", id, "reason", err)
		return false, nil
	}
	return true, c.ledger.Forget(ctx, id)
}
