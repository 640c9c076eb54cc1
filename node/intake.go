package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/p2p/request"
)

// AdmitMetadata implements request.MetadataBackend.
func (c *custody) AdmitMetadata(ctx context.Context, from peer.ID, id codec.BlobID) error {
	b, err := c.registration(ctx, id)
	if err != nil {
		return c.refuse(err)
	}
	switch _, err := c.blobMetadata(ctx, id); {
	case err == nil && c.accounted(b, id):
		return request.ErrHeld
	case err != nil && !errors.Is(err, request.NotFound):
		return err
	}
	if err := c.accepting(); err != nil {
		return c.refuse(err)
	}
	if c.kept(b) {
		return nil
	}
	// The blob's length is not known yet: is there room for anything at all?
	least := int64(c.params.MetadataBCSSize())
	return c.refuse(c.ledger.Room(from, least, least))
}

// PutMetadata implements request.MetadataBackend. The peer's share takes all slivers of the blob that belong here.
func (c *custody) PutMetadata(ctx context.Context, from peer.ID, id codec.BlobID, m *codec.Metadata) error {
	need, err := c.need(id, m)
	if err != nil {
		return err
	}
	l := c.lock(id)
	l.Lock()
	defer l.Unlock()
	b, err := c.registration(ctx, id)
	if err == nil {
		err = c.sized(b, m, id)
	}
	if err != nil {
		return c.refuse(err)
	}
	stored := int64(c.params.MetadataBCSSize())
	switch _, err := c.lockedMetadata(ctx, id); {
	case err == nil && c.accounted(b, id):
		return nil
	case err == nil: // it ended, and comes again before it was removed
		if stored, err = c.stored(ctx, id, m); err != nil {
			return err
		}
	case !errors.Is(err, request.NotFound):
		return err
	}
	if err := c.accepting(); err != nil {
		return c.refuse(err)
	}
	if err := c.space(need); err != nil {
		return c.refuse(err)
	}
	// The ledger first: metadata without an entry would never be removed. A blob that is kept needs none, its end is the
	// chain's to say.
	if !c.kept(b) {
		if err := c.ledger.Begin(ctx, from, id, need, stored); err != nil {
			return c.refuse(c.full(err))
		}
	}
	if err := c.store.PutMetadata(ctx, id, m.AppendBCS(nil)); err != nil {
		return errors.Join(c.refuse(c.full(err)), c.ledger.Forget(context.WithoutCancel(ctx), id))
	}
	c.remember(id, m)
	c.metrics.metadataStored.Inc()
	// The registration may have been heard while the entry was made.
	_, err = c.lockedRelease(ctx, id)
	return err
}

// need returns the bytes that the blob will take here: its metadata and both slivers of every own shard.
func (c *custody) need(id codec.BlobID, m *codec.Metadata) (int64, error) {
	s, err := c.params.SymbolSize(m.Length)
	if err != nil {
		return 0, fmt.Errorf("metadata of blob %s: %w", id, err)
	}
	com, member := c.membership()
	if err := c.standing(com, member); err != nil {
		return 0, c.refuse(err)
	}
	pair := c.params.SliverBCSSize(codec.Primary, s) + c.params.SliverBCSSize(codec.Secondary, s)
	return int64(c.params.MetadataBCSSize()) + int64(len(member.Shards))*int64(pair), nil
}

// refuse counts the reason of a refused put, if there is one.
func (c *custody) refuse(err error) error {
	if err != nil {
		c.metrics.refused.WithLabelValues(request.StatusOf(err).String()).Inc()
	}
	return err
}

// AdmitSliver implements request.SliverBackend.
func (c *custody) AdmitSliver(ctx context.Context, _ peer.ID, ref request.SliverRef, length int64) error {
	m, err := c.awaited(ctx, ref)
	if err != nil {
		return c.refuse(err)
	}
	s, err := c.params.SymbolSize(m.Length)
	if err != nil {
		return err
	}
	switch want := int64(c.params.SliverBCSSize(ref.Axis, s)); {
	case length > want:
		return c.refuse(request.Errorf(request.TooLarge, "sliver %s has %d bytes, the metadata demands %d", ref, length, want))
	case length < want:
		return c.refuse(request.Errorf(request.Invalid, "sliver %s has %d bytes, the metadata demands %d", ref, length, want))
	}
	held, err := c.store.Has(ctx, c.storeKey(ref))
	if err != nil {
		return err
	}
	if held {
		return request.ErrHeld
	}
	if err := c.accepting(); err != nil {
		return c.refuse(err)
	}
	return c.refuse(c.ledger.Fits(ref.Blob, length))
}

// awaited returns the metadata of a sliver that belongs here.
func (c *custody) awaited(ctx context.Context, ref request.SliverRef) (*codec.Metadata, error) {
	if shard := ref.Shard(c.params); !c.holds(shard) {
		return nil, request.Errorf(request.WrongShard, "sliver %s belongs to shard %d, which is not held here", ref, shard)
	}
	m, err := c.blobMetadata(ctx, ref.Blob)
	if errors.Is(err, request.NotFound) {
		return nil, request.Errorf(request.NotFound, "no metadata of blob %s here: put it before its slivers", ref.Blob)
	}
	if err != nil {
		return nil, err
	}
	return m, c.expected(ctx, ref.Blob, m)
}

// PutSliver implements request.SliverBackend.
func (c *custody) PutSliver(ctx context.Context, from peer.ID, ref request.SliverRef, body []byte) error {
	m, err := c.awaited(ctx, ref)
	if err != nil {
		return c.refuse(err)
	}
	s, err := codec.UnmarshalSliver(c.params, ref.Axis, body)
	if err != nil {
		return c.refuse(err)
	}
	if want := ref.Index(c.params); s.Index != want {
		return c.refuse(request.Errorf(request.Invalid, "sliver %s has index %d, want %d", ref, s.Index, want))
	}
	key := c.storeKey(ref)
	if held, err := c.store.Has(ctx, key); err != nil || held {
		return err
	}
	if err := c.verify(ctx, from, m, s); err != nil {
		return c.refuse(err)
	}
	// Whoever else brings the same sliver brings the same bytes: it is stored, and accounted for, once.
	_, err = c.keeping.Do(ctx, key, func() (struct{}, error) { return struct{}{}, c.keep(ctx, key, s.SymbolSize, body) })
	return c.refuse(err)
}

// verify checks a sliver against metadata that matches the blob id, when it is the peer's turn.
func (c *custody) verify(ctx context.Context, from peer.ID, m *codec.Metadata, s *codec.Sliver) error {
	return c.pool.Do(ctx, from, func() error {
		begin := time.Now()
		err := c.codec.VerifySliver(m, s)
		c.metrics.verifySeconds.Observe(time.Since(begin).Seconds())
		if errors.Is(err, codec.ErrVerify) {
			c.metrics.verifyFailed.Inc()
			c.log.Info("a sliver does not match its blob's metadata", "peer", from, "blob", m.BlobID(), "axis", s.Axis, "index", s.Index)
		}
		return err
	})
}

// keep stores a verified sliver.
func (c *custody) keep(ctx context.Context, key store.Key, symbolSize int, body []byte) error {
	l := c.lock(key.Blob)
	l.RLock()
	defer l.RUnlock()
	// The blob may have been removed while the sliver was verified; then nothing would account for it.
	if _, err := c.lockedMetadata(ctx, key.Blob); err != nil {
		return err
	}
	if held, err := c.store.Has(ctx, key); err != nil || held {
		return err
	}
	size := int64(len(body))
	if err := c.ledger.Store(key.Blob, size); err != nil {
		return err
	}
	c.occupied[key.Shard].Store(true)
	if err := c.store.Put(ctx, key, symbolSize, body); err != nil {
		return errors.Join(c.full(err), c.ledger.Store(key.Blob, -size))
	}
	c.metrics.sliversStored.WithLabelValues(key.Axis.String()).Inc()
	c.metrics.sliverBytes.Add(float64(size))
	return nil
}
