package rpc

import (
	"errors"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/rpc/mask"
	"github.com/floe-network/floe/staking/devchain/rpc/message"
)

func (a *api) checkpointAt(sequence uint64, want *mask.Mask) (*v2.Checkpoint, error) {
	c, err := a.chain.Checkpoint(sequence)
	if err != nil {
		return nil, err
	}
	return a.checkpoint(c, want)
}

// checkpoint makes the message of a checkpoint with what is wanted of it.
func (a *api) checkpoint(c *store.Checkpoint, want *mask.Mask) (*v2.Checkpoint, error) {
	m := &v2.Checkpoint{SequenceNumber: &c.Summary.Sequence, Digest: proto.String(c.Digest.String())}
	if want.Has("summary") {
		encoded, err := c.Summary.Encode()
		if err != nil {
			return nil, err
		}
		m.Summary = message.Summary(&c.Summary, encoded)
	}
	if want.Has("signature") {
		m.Signature = message.Certificate(&c.Certificate)
	}
	if want.Has("contents") {
		encoded, err := c.Contents.Encode()
		if err != nil {
			return nil, err
		}
		m.Contents = message.Contents(&c.Contents, encoded)
	}
	if want.Has("transactions") || want.Has("objects") {
		if err := a.inside(m, c, want); err != nil {
			return nil, err
		}
	}
	want.Prune(m)
	return m, nil
}

// inside fills in the transactions of a checkpoint, and the objects of all of them, which the transactions then have not.
func (a *api) inside(m *v2.Checkpoint, c *store.Checkpoint, want *mask.Mask) error {
	objects := make(objectSet)
	size := 0
	for i := range c.Contents.Transactions {
		t, err := a.chain.TransactionAt(c.First + uint64(i))
		if err != nil {
			return err
		}
		if want.Has("objects") {
			if err := objects.add(t.Effects, a.objectAt); err != nil {
				return err
			}
		}
		if !want.Has("transactions") {
			continue
		}
		one, err := a.assemble(t, nil, a.objectAt, want.Sub("transactions"))
		if err != nil {
			return err
		}
		want.Sub("transactions").Prune(one)
		if size += proto.Size(one); size > a.limits.ResponseBytes {
			return tooBig("the checkpoint", a.limits.ResponseBytes)
		}
		m.Transactions = append(m.Transactions, one)
	}
	if !want.Has("objects") {
		return nil
	}
	var err error
	m.Objects, err = a.set(objects, want.Sub("objects"))
	return err
}

// subscriptionService sends checkpoints as they are sealed.
type subscriptionService struct {
	v2.UnimplementedSubscriptionServiceServer
	*api
}

// SubscribeCheckpoints sends all checkpoints from the next one on, in order. Its headers come at once: what a client does
// when it has them is in what it will be sent. A client that falls far behind is told so.
func (s *subscriptionService) SubscribeCheckpoints(r *v2.SubscribeCheckpointsRequest, stream grpc.ServerStreamingServer[v2.SubscribeCheckpointsResponse]) error {
	if len(r.ProtoReflect().GetUnknown()) > 0 { // newer clients may ask for a choice; who gets all would take it for that
		return status.Error(codes.Unimplemented, "subscriptions have no filters here: leave the filter away, and choose from what comes")
	}
	next := s.chain.Latest() + 1
	want, err := s.mask(maskedCheckpoint, r.ReadMask, defaultCheckpoint)
	if err != nil {
		return err
	}
	for ; ; next++ {
		if err := s.chain.WaitCheckpoint(stream.Context(), next); err != nil {
			return err
		}
		if latest := s.chain.Latest(); latest-next > uint64(s.limits.SubscriberLag) {
			return behind(next, latest)
		}
		m, err := s.checkpointAt(next, want)
		if errors.Is(err, ledger.ErrPruned) {
			return behind(next, s.chain.Latest())
		}
		if err != nil {
			return err
		}
		cursor := next
		if err := stream.Send(&v2.SubscribeCheckpointsResponse{Cursor: &cursor, Checkpoint: m}); err != nil {
			return err
		}
	}
}

func behind(next, latest uint64) error {
	return status.Errorf(codes.ResourceExhausted, "the subscription is at checkpoint %d and the chain at %d: read the ones between with GetCheckpoint, and subscribe again", next, latest)
}
