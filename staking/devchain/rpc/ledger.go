package rpc

import (
	"context"
	"fmt"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/rpc/mask"
	"github.com/floe-network/floe/staking/devchain/rpc/message"
)

// ledgerService tells of objects, transactions, checkpoints and epochs.
type ledgerService struct {
	v2.UnimplementedLedgerServiceServer
	*api
}

// GetServiceInfo says which chain this is and where it stands.
func (s *ledgerService) GetServiceInfo(context.Context, *v2.GetServiceInfoRequest) (*v2.GetServiceInfoResponse, error) {
	head := s.chain.Head()
	return &v2.GetServiceInfoResponse{
		ChainId: proto.String(s.chain.Chain().String()), Chain: proto.String(chainName), Epoch: &head.Epoch,
		CheckpointHeight: proto.Uint64(head.Sequence - 1), Timestamp: message.Timestamp(head.Time),
		LowestAvailableCheckpoint: &head.Lowest, LowestAvailableCheckpointObjects: &head.Lowest, Server: &s.version,
	}, nil
}

// GetObject reads a version of an object, or the present one.
func (s *ledgerService) GetObject(_ context.Context, r *v2.GetObjectRequest) (*v2.GetObjectResponse, error) {
	want, err := s.mask(maskedObject, r.ReadMask, defaultObject)
	if err != nil {
		return nil, err
	}
	o, err := s.getObject(r, want)
	if err != nil {
		return nil, err
	}
	return &v2.GetObjectResponse{Object: o}, nil
}

func (s *ledgerService) getObject(r *v2.GetObjectRequest, want *mask.Mask) (*v2.Object, error) {
	id, err := message.Address("object_id", r.ObjectId)
	if err != nil {
		return nil, err
	}
	if r.Version != nil && r.GetVersion() == 0 { // there is no version 0; the ledger takes it for the present one
		return nil, fmt.Errorf("%w: object %s, version 0", ledger.ErrNotFound, id)
	}
	o, err := s.chain.Object(id, r.GetVersion())
	if err != nil {
		return nil, err
	}
	return s.object(o, want)
}

// BatchGetObjects reads objects; those that there are not have an error each.
func (s *ledgerService) BatchGetObjects(_ context.Context, r *v2.BatchGetObjectsRequest) (*v2.BatchGetObjectsResponse, error) {
	if err := s.batch("requests", len(r.Requests)); err != nil {
		return nil, err
	}
	want, err := s.mask(maskedObject, r.ReadMask, defaultObject)
	if err != nil {
		return nil, err
	}
	m := &v2.BatchGetObjectsResponse{}
	size := 0
	for _, one := range r.Requests {
		o, err := s.getObject(one, want)
		if err != nil {
			m.Objects = append(m.Objects, &v2.GetObjectResult{Result: &v2.GetObjectResult_Error{Error: s.itemStatus(err).Proto()}})
			continue
		}
		if size += proto.Size(o); size > s.limits.ResponseBytes {
			return nil, tooBig("the batch of objects", s.limits.ResponseBytes)
		}
		m.Objects = append(m.Objects, &v2.GetObjectResult{Result: &v2.GetObjectResult_Object{Object: o}})
	}
	return m, nil
}

func (a *api) batch(field string, n int) error {
	if n > a.limits.Batch {
		return message.Invalid(field, fmt.Errorf("number of batch requests exceed limit of %d", a.limits.Batch))
	}
	return nil
}

// GetTransaction reads a transaction, in a checkpoint or not yet.
func (s *ledgerService) GetTransaction(_ context.Context, r *v2.GetTransactionRequest) (*v2.GetTransactionResponse, error) {
	want, err := s.mask(maskedTransaction, r.ReadMask, defaultTransaction)
	if err != nil {
		return nil, err
	}
	t, err := s.getTransaction(r.Digest, want)
	if err != nil {
		return nil, err
	}
	return &v2.GetTransactionResponse{Transaction: t}, nil
}

func (s *ledgerService) getTransaction(name *string, want *mask.Mask) (*v2.ExecutedTransaction, error) {
	digest, err := message.Digest("digest", name)
	if err != nil {
		return nil, err
	}
	t, err := s.chain.Transaction(digest)
	if err != nil {
		return nil, err
	}
	return s.executed(t, nil, s.objectAt, want)
}

// BatchGetTransactions reads transactions; those that there are not have an error each.
func (s *ledgerService) BatchGetTransactions(_ context.Context, r *v2.BatchGetTransactionsRequest) (*v2.BatchGetTransactionsResponse, error) {
	if err := s.batch("digests", len(r.Digests)); err != nil {
		return nil, err
	}
	want, err := s.mask(maskedTransaction, r.ReadMask, defaultTransaction)
	if err != nil {
		return nil, err
	}
	m := &v2.BatchGetTransactionsResponse{}
	size := 0
	for i := range r.Digests {
		t, err := s.getTransaction(&r.Digests[i], want)
		if err != nil {
			m.Transactions = append(m.Transactions, &v2.GetTransactionResult{Result: &v2.GetTransactionResult_Error{Error: s.itemStatus(err).Proto()}})
			continue
		}
		if size += proto.Size(t); size > s.limits.ResponseBytes {
			return nil, tooBig("the batch of transactions", s.limits.ResponseBytes)
		}
		m.Transactions = append(m.Transactions, &v2.GetTransactionResult{Result: &v2.GetTransactionResult_Transaction{Transaction: t}})
	}
	return m, nil
}

// GetCheckpoint reads a checkpoint, or the last one.
func (s *ledgerService) GetCheckpoint(_ context.Context, r *v2.GetCheckpointRequest) (*v2.GetCheckpointResponse, error) {
	want, err := s.mask(maskedCheckpoint, r.ReadMask, defaultCheckpoint)
	if err != nil {
		return nil, err
	}
	var m *v2.Checkpoint
	switch id := r.CheckpointId.(type) {
	case *v2.GetCheckpointRequest_SequenceNumber:
		m, err = s.checkpointAt(id.SequenceNumber, want)
	case *v2.GetCheckpointRequest_Digest:
		digest, bad := message.Digest("digest", &id.Digest)
		if bad != nil {
			return nil, bad
		}
		c, absent := s.chain.CheckpointByDigest(digest)
		if absent != nil {
			return nil, absent
		}
		m, err = s.checkpoint(c, want)
	default:
		m, err = s.checkpointAt(s.chain.Latest(), want)
	}
	if err != nil {
		return nil, err
	}
	return &v2.GetCheckpointResponse{Checkpoint: m}, nil
}
