package node

import (
	"context"
	"errors"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/p2p/request"
)

// Metadata implements request.MetadataBackend.
func (c *custody) Metadata(ctx context.Context, _ peer.ID, id codec.BlobID) ([]byte, error) {
	if err := c.servable(ctx, id); err != nil {
		return nil, err
	}
	if m, ok := c.metadata.Get(id); ok {
		return m.AppendBCS(make([]byte, 0, c.params.MetadataBCSSize())), nil
	}
	return c.storedMetadata(ctx, id)
}

// OpenSliver implements request.SliverBackend.
func (c *custody) OpenSliver(ctx context.Context, _ peer.ID, ref request.SliverRef) (request.SliverReader, error) {
	if err := c.servable(ctx, ref.Blob); err != nil {
		return nil, err
	}
	return c.open(ctx, c.storeKey(ref))
}

// open opens a sliver for reading, whether its shard is still assigned or not.
func (c *custody) open(ctx context.Context, key store.Key) (*sliverReader, error) {
	r, err := c.store.Open(ctx, key)
	if err == nil {
		return &sliverReader{Reader: r, custody: c}, nil
	}
	switch {
	case errors.Is(err, store.ErrCorrupt):
		return nil, c.drop(ctx, key, err)
	case !errors.Is(err, store.ErrNotFound):
		return nil, err
	case !slices.Contains(c.readable(), key.Shard):
		return nil, request.Errorf(request.WrongShard, "shard %d is not held here", key.Shard)
	default:
		return nil, request.Errorf(request.NotFound, "no %s here", key)
	}
}

// sliverReader reports damage that the store finds, and ends when the blob is barred.
type sliverReader struct {
	*store.Reader
	custody *custody
}

// ReadAt implements io.ReaderAt.
func (r *sliverReader) ReadAt(p []byte, off int64) (int, error) {
	// The caller's context is not known here; looking up takes some ten microseconds.
	if _, err := r.custody.registration(context.Background(), r.Info().Blob); err != nil {
		return 0, err
	}
	n, err := r.Reader.ReadAt(p, off)
	if errors.Is(err, store.ErrCorrupt) {
		// The caller's context may have ended; what is damaged goes all the same.
		err = r.custody.drop(context.Background(), r.Info().Key, err)
	}
	return n, err
}

// drop reports a damaged sliver and deletes it, so that it counts as missing and can be put or recovered again. It returns
// what to tell the peer.
func (c *custody) drop(ctx context.Context, key store.Key, damage error) error {
	c.corrupt(key.Axis.String()+" sliver", key.Blob, damage)
	if err := c.store.Delete(ctx, key); err != nil {
		c.log.Error("a damaged sliver could not be deleted", "sliver", key.String(), "err", err)
	}
	c.expansions.Remove(key)
	return request.Errorf(request.NotFound, "the %s is damaged here", key)
}
