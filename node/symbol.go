package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
)

// SymbolSize implements request.SymbolBackend.
func (c *custody) SymbolSize(ctx context.Context, _ peer.ID, id codec.BlobID) (int, error) {
	if err := c.servable(ctx, id); err != nil {
		return 0, err
	}
	m, err := c.blobMetadata(ctx, id)
	if err != nil {
		return 0, err
	}
	return c.params.SymbolSize(m.Length)
}

// Symbols implements request.SymbolBackend.
func (c *custody) Symbols(ctx context.Context, from peer.ID, q request.SymbolQuery) ([]codec.GeneralRecoverySymbol, error) {
	if err := c.servable(ctx, q.Blob); err != nil {
		return nil, err
	}
	source := q.Target.Orthogonal()
	list := make([]codec.GeneralRecoverySymbol, 0, len(q.IDs))
	for _, id := range q.IDs {
		index, target := int(id.Primary), int(id.Secondary)
		if source == codec.Secondary {
			index, target = target, index
		}
		e, err := c.expansion(ctx, from, c.sourceKey(q.Blob, source, index))
		if err != nil {
			return nil, err
		}
		list = append(list, *e.RecoverySymbol(target))
	}
	return list, nil
}

// sourceKey names the sliver with an index on an axis.
func (c *custody) sourceKey(id codec.BlobID, axis codec.Axis, index int) store.Key {
	return store.Key{Blob: id, Shard: c.params.PairShard(id, c.params.PairIndex(index, axis)), Axis: axis}
}

// AdmitTarget implements request.SymbolBackend.
func (c *custody) AdmitTarget(ctx context.Context, from peer.ID, t request.TargetRef) (int, error) {
	if err := c.servable(ctx, t.Blob); err != nil {
		return 0, err
	}
	shards := c.readable()
	if len(shards) == 0 {
		return 0, request.Errorf(request.WrongShard, "the node holds no shards")
	}
	shard := t.Shard(c.params)
	if !slices.ContainsFunc(c.readers(), func(com *staking.Committee) bool { return com.Member(com.MemberOfShard(shard)).PeerID == from }) {
		return 0, request.Errorf(request.Forbidden, "only the member that holds shard %d may have all symbols of %s", shard, t)
	}
	held, err := c.held(ctx, shards, t.Blob)
	return held[t.Axis.Orthogonal()], err
}

// TargetSymbols implements request.SymbolBackend.
func (c *custody) TargetSymbols(ctx context.Context, from peer.ID, t request.TargetRef, limit int) ([]codec.GeneralRecoverySymbol, error) {
	if err := c.servable(ctx, t.Blob); err != nil {
		return nil, err
	}
	shards := c.readable()
	if len(shards) == 0 {
		return nil, request.Errorf(request.WrongShard, "the node holds no shards")
	}
	var list []codec.GeneralRecoverySymbol
	for _, shard := range shards {
		if len(list) == limit {
			break
		}
		e, err := c.expansion(ctx, from, store.Key{Blob: t.Blob, Shard: shard, Axis: t.Axis.Orthogonal()})
		if errors.Is(err, request.NotFound) {
			continue // the others still help
		}
		if err != nil {
			return nil, err
		}
		list = append(list, *e.RecoverySymbol(t.Index))
	}
	if len(list) == 0 {
		return nil, request.Errorf(request.NotFound, "no %s slivers of blob %s here", t.Axis.Orthogonal(), t.Blob)
	}
	return list, nil
}

// expansion returns a sliver that is held here with all its symbols, in the peer's turn when it has to be computed.
func (c *custody) expansion(ctx context.Context, from peer.ID, key store.Key) (*codec.Expanded, error) {
	if e, ok := c.expansions.Get(key); ok {
		return e, nil
	}
	return c.expanding.Do(ctx, key, func() (*codec.Expanded, error) {
		if e, ok := c.expansions.Get(key); ok { // made since the caller looked
			return e, nil
		}
		m, err := c.blobMetadata(ctx, key.Blob)
		if err != nil {
			return nil, err
		}
		s, err := c.sliver(ctx, key)
		if err != nil {
			return nil, err
		}
		var e *codec.Expanded
		err = c.pool.Do(ctx, from, func() (err error) {
			e, err = c.codec.Expand(s)
			return err
		})
		if err != nil {
			return nil, err
		}
		if e.Root() != m.SliverHash(key.Axis, s.Index) {
			return nil, c.drop(ctx, key, errors.New("it does not match the blob's metadata"))
		}
		const digestSize, nodesPerLeaf = 32, 2
		n := int64(c.params.Shards())
		c.expansions.Add(key, e, n*int64(s.SymbolSize+digestSize*nodesPerLeaf)+int64(len(s.Data)))
		return e, nil
	})
}

// sliver reads a whole sliver.
func (c *custody) sliver(ctx context.Context, key store.Key) (*codec.Sliver, error) {
	r, err := c.open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // only read from
	body := make([]byte, r.Size())
	if n, err := r.ReadAt(body, 0); n < len(body) && err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	s, err := codec.UnmarshalSliver(c.params, key.Axis, body)
	if err != nil {
		return nil, c.drop(ctx, key, fmt.Errorf("it cannot be read: %w", err))
	}
	return s, nil
}
