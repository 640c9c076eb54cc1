package node

import (
	"context"
	"errors"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request"
)

// NodeStatus implements request.StatusBackend.
func (c *custody) NodeStatus(context.Context, peer.ID) (request.NodeStatus, error) {
	u := c.store.Usage()
	s := request.NodeStatus{
		Version: c.version, Network: c.network, Shards: c.params.Shards(), Uptime: time.Since(c.started), Peers: c.peers(),
		UsedBytes: uint64(max(u.Used, 0)), QuotaBytes: uint64(max(u.Quota, 0)),
	}
	if com, m := c.membership(); com != nil {
		s.Epoch = com.Epoch()
		if m != nil {
			s.ShardsHeld = m.Shards
		}
	}
	err := c.accepting()
	if err == nil {
		err = c.ledger.Room("", 0, int64(c.params.MetadataBCSSize()))
	}
	s.AcceptsPuts = err == nil
	s.ChainCursor = uint64(c.registry.Position().Cursor)
	s.ChainLag, s.ChainProblem = c.follower.State()
	var e *request.Error
	if errors.As(err, &e) {
		s.PutsRefused = e.Message
	}
	return s, nil
}

// BlobStatus implements request.StatusBackend.
func (c *custody) BlobStatus(ctx context.Context, _ peer.ID, id codec.BlobID) (request.BlobStatus, error) {
	var s request.BlobStatus
	switch _, err := c.blobMetadata(ctx, id); {
	case err == nil:
		s.Metadata = true
	case !errors.Is(err, request.NotFound):
		return s, err
	}
	s.Pending = c.ledger.Pending(id)
	b, err := c.registry.Blob(ctx, id)
	if err != nil {
		return s, err
	}
	s.Registered, s.EndEpoch = b.Registered(c.registry.Position().Epoch), b.End()
	com, m := c.membership()
	if m == nil {
		return s, nil
	}
	epoch, ok, err := c.ledger.Confirmed(ctx, id)
	if err != nil {
		return s, err
	}
	s.Confirmed = ok && epoch == com.Epoch()
	held, err := c.held(ctx, m.Shards, id)
	if err != nil {
		return s, err
	}
	s.Shards, s.PrimaryHeld, s.SecondaryHeld = len(m.Shards), held[codec.Primary], held[codec.Secondary]
	return s, nil
}
