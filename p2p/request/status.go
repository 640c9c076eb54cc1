package request

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request/pb"
)

var statusNode = Spec{
	Name:          "status.node",
	Version:       1,
	Summary:       "how the node is, NodeStatus",
	AnswerBody:    constant(statusLimit),
	Timeout:       lookupTimeout,
	Relayed:       statusLimit,
	SourceStreams: 8,
	TotalStreams:  128,
	Cost:          CostLookup,
	served:        func(b *Backend) bool { return b.Status != nil },
	parse: func(_ codec.Params, b *Backend, _ *pb.Request) (incoming, error) {
		return &nodeStatus{backend: b.Status}, nil
	},
}

var statusBlob = Spec{
	Name:          "status.blob",
	Version:       1,
	Summary:       "what the node knows about a blob, BlobStatus",
	AnswerBody:    constant(statusLimit),
	Timeout:       lookupTimeout,
	Relayed:       statusLimit,
	SourceStreams: 32,
	TotalStreams:  256,
	Cost:          CostLookup,
	served:        func(b *Backend) bool { return b.Status != nil },
	parse: func(_ codec.Params, b *Backend, m *pb.Request) (incoming, error) {
		id, err := blobID(m.GetStatusBlob().GetBlobId())
		return &blobStatus{backend: b.Status, id: id}, err
	},
}

type nodeStatus struct {
	plain
	backend StatusBackend
}

func (r *nodeStatus) serve(ctx context.Context, from peer.ID, _ []byte) (answer, error) {
	s, err := r.backend.NodeStatus(ctx, from)
	if err != nil {
		return answer{}, err
	}
	return message(&pb.NodeStatus{
		Version:       printable(s.Version),
		Network:       s.Network,
		Epoch:         s.Epoch,
		Shards:        uint32(s.Shards),
		ShardsHeld:    bitmap(s.ShardsHeld),
		UptimeSeconds: uint64(max(s.Uptime, 0) / time.Second),
		UsedBytes:     s.UsedBytes,
		QuotaBytes:    s.QuotaBytes,
		AcceptsPuts:   s.AcceptsPuts,
		PutsRefused:   printable(s.PutsRefused),
		Peers:         uint32(s.Peers),

		ChainCursor:     s.ChainCursor,
		ChainLagSeconds: uint64(max(s.ChainLag, 0) / time.Second),
		ChainProblem:    printable(s.ChainProblem),
	})
}

type blobStatus struct {
	plain
	backend StatusBackend
	id      codec.BlobID
}

func (r *blobStatus) serve(ctx context.Context, from peer.ID, _ []byte) (answer, error) {
	s, err := r.backend.BlobStatus(ctx, from, r.id)
	if err != nil {
		return answer{}, err
	}
	return message(&pb.BlobStatus{
		Metadata: s.Metadata, Registered: s.Registered, Pending: s.Pending, Confirmed: s.Confirmed,
		Shards: uint32(s.Shards), PrimaryHeld: uint32(s.PrimaryHeld), SecondaryHeld: uint32(s.SecondaryHeld),
		EndEpoch: s.EndEpoch,
	})
}

// message is an answer that is a protobuf message.
func message(m proto.Message) (answer, error) {
	b, err := proto.Marshal(m)
	if err != nil {
		return answer{}, err
	}
	if len(b) > statusLimit {
		return answer{}, fmt.Errorf("status of %d bytes, limit %d", len(b), statusLimit)
	}
	return whole(b), nil
}

// bitmap sets bit i, LSB first in each byte, for every i of list.
func bitmap(list []int) []byte {
	if len(list) == 0 {
		return nil
	}
	b := make([]byte, slices.Max(list)/8+1)
	for _, i := range list {
		b[i/8] |= 1 << (i % 8)
	}
	return b
}

// members is the inverse of bitmap for indexes below n.
func members(b []byte, n int) ([]int, error) {
	var list []int
	for i := range 8 * len(b) {
		if b[i/8]>>(i%8)&1 == 0 {
			continue
		}
		if i >= n {
			return nil, fmt.Errorf("%w: shard %d of %d", ErrBadAnswer, i, n)
		}
		list = append(list, i)
	}
	return list, nil
}

// NodeStatus asks p how it is. Nothing of the answer is verified.
func (c *Client) NodeStatus(ctx context.Context, p peer.ID) (NodeStatus, error) {
	var s NodeStatus
	req := &pb.Request{Kind: &pb.Request_StatusNode{StatusNode: &pb.StatusNode{}}}
	err := c.get(ctx, p, &statusNode, req, atMost(statusLimit), func(b []byte) error {
		var m pb.NodeStatus
		if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(b, &m); err != nil {
			return badAnswer(err)
		}
		if m.GetShards() > codec.MaxShards {
			return fmt.Errorf("%w: %d shards", ErrBadAnswer, m.GetShards())
		}
		held, err := members(m.GetShardsHeld(), int(m.GetShards()))
		if err != nil {
			return err
		}
		s = NodeStatus{
			Version:     printable(m.GetVersion()),
			Network:     printable(m.GetNetwork()),
			Epoch:       m.GetEpoch(),
			Shards:      int(m.GetShards()),
			ShardsHeld:  held,
			Uptime:      seconds(m.GetUptimeSeconds()),
			UsedBytes:   m.GetUsedBytes(),
			QuotaBytes:  m.GetQuotaBytes(),
			AcceptsPuts: m.GetAcceptsPuts(),
			PutsRefused: printable(m.GetPutsRefused()),
			Peers:       int(m.GetPeers()),

			ChainCursor:  m.GetChainCursor(),
			ChainLag:     seconds(m.GetChainLagSeconds()),
			ChainProblem: printable(m.GetChainProblem()),
		}
		return nil
	})
	return s, err
}

// maxSeconds keeps a claimed time inside a Duration: a century.
const maxSeconds = 100 * 365 * 24 * 3600

// seconds makes a Duration of what a peer claims.
func seconds(n uint64) time.Duration { return time.Duration(min(n, maxSeconds)) * time.Second }

// BlobStatus asks p what it knows about a blob. Nothing of the answer is verified.
func (c *Client) BlobStatus(ctx context.Context, p peer.ID, id codec.BlobID) (BlobStatus, error) {
	var s BlobStatus
	req := &pb.Request{Kind: &pb.Request_StatusBlob{StatusBlob: &pb.StatusBlob{BlobId: id[:]}}}
	err := c.get(ctx, p, &statusBlob, req, atMost(statusLimit), func(b []byte) error {
		var m pb.BlobStatus
		if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(b, &m); err != nil {
			return badAnswer(err)
		}
		if max(m.GetShards(), m.GetPrimaryHeld(), m.GetSecondaryHeld()) > codec.MaxShards {
			return fmt.Errorf("%w: %d shards", ErrBadAnswer, m.GetShards())
		}
		s = BlobStatus{
			Metadata: m.GetMetadata(), Registered: m.GetRegistered(), Pending: m.GetPending(), Confirmed: m.GetConfirmed(),
			Shards: int(m.GetShards()), PrimaryHeld: int(m.GetPrimaryHeld()), SecondaryHeld: int(m.GetSecondaryHeld()),
			EndEpoch: m.GetEndEpoch(),
		}
		return nil
	})
	return s, err
}
