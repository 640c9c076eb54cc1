package simnet

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
)

// begin is the way of a request with a body of so many bytes to a node and back, as far as it is the same for all.
func (s *Net) begin(ctx context.Context, kind Kind, p peer.ID, bytes int64, timeout time.Duration) (*Node, Fault, error) {
	if s.Trace != nil {
		s.Trace(kind)
	}
	n := s.byPeer[p]
	n.mu.Lock()
	n.requests++
	f := n.fault
	busy, flaky := f.Busy > 0, f.Flaky > 0
	if busy {
		n.fault.Busy--
	} else if flaky {
		n.fault.Flaky--
	}
	n.mu.Unlock()
	rate, way := f.Rate, f.RTT
	if rate == 0 {
		rate = Rate
	}
	if way == 0 {
		way = rtt
	}
	took := way + time.Duration(float64(bytes)/rate*float64(time.Second))
	limit := timeout + time.Duration(float64(bytes)/minimum*float64(time.Second))
	if f.Silent {
		took, limit = time.Hour, timeout
	}
	if err := wait(ctx, min(took, limit)); err != nil {
		return nil, f, err
	}
	switch {
	case took > limit:
		return nil, f, fmt.Errorf("%w: %w", request.ErrTransport, request.ErrTimeout)
	case f.Dead || f.Blackhole || flaky:
		return nil, f, fmt.Errorf("%w: stream reset", request.ErrTransport)
	case busy:
		return nil, f, &request.Error{Status: request.Busy, Message: "come back later", RetryAfter: 300 * time.Millisecond}
	}
	return n, f, nil
}

// GetMetadata gives metadata that match the id.
func (s *Net) GetMetadata(ctx context.Context, p peer.ID, id codec.BlobID) (*codec.Metadata, error) {
	n, f, err := s.begin(ctx, GetMetadata, p, 0, lookup)
	if err != nil {
		return nil, err
	}
	if f.Lying {
		return nil, fmt.Errorf("%w: %w", request.ErrBadAnswer, codec.ErrVerify)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if m := n.metadata[id]; m != nil {
		return m, nil
	}
	return nil, request.Errorf(request.NotFound, "metadata of %s", id)
}

// GetSliver gives a sliver, which a liar makes up.
func (s *Net) GetSliver(ctx context.Context, p peer.ID, ref request.SliverRef, symbolSize int) (*codec.Sliver, error) {
	par := s.Committee().Params()
	size := int64(par.SliverBCSSize(ref.Axis, symbolSize))
	defer s.track(size)()
	if s.byPeer[p].state().Endless {
		if err := wait(ctx, lookup+time.Duration(float64(size)/minimum*float64(time.Second))); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", request.ErrTransport, request.ErrTimeout)
	}
	n, f, err := s.begin(ctx, GetSliver, p, size, lookup)
	if err != nil {
		return nil, err
	}
	if f.Lying {
		data := make([]byte, par.SliverSymbols(ref.Axis)*symbolSize)
		for i := range data {
			data[i] = byte(i)
		}
		return &codec.Sliver{Axis: ref.Axis, Index: ref.Index(par), SymbolSize: symbolSize, Data: data}, nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	sl := n.slivers[ref]
	if sl == nil || f.Forgetful || f.NoPrimary && ref.Axis == codec.Primary {
		return nil, request.Errorf(request.NotFound, "sliver %d", ref.Pair)
	}
	n.served++
	return sl, nil
}

// PutMetadata takes metadata.
func (s *Net) PutMetadata(ctx context.Context, p peer.ID, id codec.BlobID, m *codec.Metadata) error {
	n, f, err := s.begin(ctx, PutMetadata, p, int64(s.Committee().Params().MetadataBCSSize()), lookup)
	if err != nil {
		return err
	}
	if f.Full {
		return request.Errorf(request.Full, "quota of 1 MiB is used up")
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.metadata[id] = m
	return nil
}

// PutSliver takes a sliver after it has verified it. What the node has is declined before the body travels.
func (s *Net) PutSliver(ctx context.Context, p peer.ID, id codec.BlobID, sl *codec.Sliver) error {
	par := s.Committee().Params()
	ref := request.SliverRef{Blob: id, Pair: par.PairIndex(sl.Index, sl.Axis), Axis: sl.Axis}
	node := s.byPeer[p]
	node.mu.Lock()
	held := node.slivers[ref] != nil
	node.mu.Unlock()
	size := int64(par.SliverBCSSize(sl.Axis, sl.SymbolSize))
	if held {
		size = 0
	}
	defer s.track(size)()
	n, f, err := s.begin(ctx, PutSliver, p, size, verify)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	m := n.metadata[id]
	switch {
	case f.Full:
		return request.Errorf(request.Full, "quota of 1 MiB is used up")
	case m == nil:
		return request.Errorf(request.NotFound, "metadata of %s", id)
	case !slices.Contains(n.shards, ref.Shard(par)):
		return request.Errorf(request.WrongShard, "shard %d", ref.Shard(par))
	case held:
		return nil
	}
	if err := s.Codec.VerifySliver(m, sl); err != nil {
		return request.Errorf(request.VerificationFailed, "%v", err)
	}
	n.received += size
	kept := *sl
	kept.Data = slices.Clone(sl.Data)
	n.slivers[ref] = &kept
	return nil
}

// Confirm signs for a blob whose slivers the node has, all of its shards, in its epoch.
func (s *Net) Confirm(ctx context.Context, p peer.ID, conf staking.Confirmation) (bls.Signature, error) {
	n, f, err := s.begin(ctx, Confirm, p, 0, lookup)
	if err != nil {
		return bls.Signature{}, err
	}
	n.mu.Lock()
	epoch, shards := n.epoch, len(n.shards)
	n.mu.Unlock()
	if f.Epoch {
		epoch--
	}
	if epoch != conf.Epoch {
		return bls.Signature{}, request.Errorf(request.WrongEpoch, "epoch %d, this node is in %d", conf.Epoch, epoch)
	}
	if s.Registered != nil && !s.Registered(conf) {
		return bls.Signature{}, request.Errorf(request.NotRegistered, "blob %s", conf.Blob)
	}
	if h := n.held(s.Committee().Params(), conf.Blob); shards == 0 || h[0] < shards || h[1] < shards {
		return bls.Signature{}, request.Errorf(request.MissingSlivers, "%d of %d slivers", h[0]+h[1], 2*shards)
	}
	key := n.secret
	if f.Forger {
		if key, err = bls.GenerateKey(); err != nil {
			return bls.Signature{}, err
		}
	}
	return key.Sign(conf.Bytes())
}

// NodeStatus tells of the node.
func (s *Net) NodeStatus(ctx context.Context, p peer.ID) (request.NodeStatus, error) {
	n, f, err := s.begin(ctx, NodeStatus, p, 0, lookup)
	if err != nil {
		return request.NodeStatus{}, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return request.NodeStatus{Network: s.Committee().Network(), Epoch: n.epoch, ShardsHeld: n.shards, AcceptsPuts: !f.Full}, nil
}

// BlobStatus tells what the node has of a blob.
func (s *Net) BlobStatus(ctx context.Context, p peer.ID, id codec.BlobID) (request.BlobStatus, error) {
	n, _, err := s.begin(ctx, BlobStatus, p, 0, lookup)
	if err != nil {
		return request.BlobStatus{}, err
	}
	h := n.held(s.Committee().Params(), id)
	n.mu.Lock()
	defer n.mu.Unlock()
	return request.BlobStatus{Metadata: n.metadata[id] != nil, Shards: len(n.shards), PrimaryHeld: h[0], SecondaryHeld: h[1]}, nil
}
