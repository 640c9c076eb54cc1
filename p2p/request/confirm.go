package request

import (
	"context"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request/pb"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
)

var confirmGet = Spec{
	Name:          "confirm.get",
	Version:       1,
	Summary:       "signature of a storage confirmation, 96 bytes",
	AnswerBody:    constant(bls.SignatureSize),
	Timeout:       lookupTimeout,
	Relayed:       bls.SignatureSize,
	SourceStreams: 32,
	TotalStreams:  256,
	Cost:          CostSign,
	served:        func(b *Backend) bool { return b.Confirm != nil },
	parse: func(_ codec.Params, b *Backend, m *pb.Request) (incoming, error) {
		r := m.GetConfirmGet()
		c := staking.Confirmation{Epoch: r.GetEpoch()}
		var err error
		if c.Blob, err = blobID(r.GetBlobId()); err != nil {
			return nil, err
		}
		switch object := r.GetDeletableObject(); len(object) {
		case 0:
		case len(c.Kind.Object):
			c.Kind.Deletable = true
			copy(c.Kind.Object[:], object)
		default:
			return nil, Errorf(Invalid, "object id has %d bytes, want none or %d", len(object), len(c.Kind.Object))
		}
		return &getConfirmation{backend: b.Confirm, confirmation: c}, nil
	},
}

type getConfirmation struct {
	plain
	backend      ConfirmBackend
	confirmation staking.Confirmation
}

func (r *getConfirmation) serve(ctx context.Context, from peer.ID, _ []byte) (answer, error) {
	sig, err := r.backend.Confirm(ctx, from, r.confirmation)
	if err != nil {
		return answer{}, err
	}
	raw := sig.Bytes()
	return whole(raw[:]), nil
}

// Confirm asks p to confirm that it stores a blob. The signature is a valid point; whether p's key made it over
// conf.Bytes is for the caller to verify, who knows the committee.
func (c *Client) Confirm(ctx context.Context, p peer.ID, conf staking.Confirmation) (bls.Signature, error) {
	req := &pb.ConfirmGet{BlobId: conf.Blob[:], Epoch: conf.Epoch}
	if conf.Kind.Deletable {
		req.DeletableObject = conf.Kind.Object[:]
	}
	var sig bls.Signature
	err := c.get(ctx, p, &confirmGet, &pb.Request{Kind: &pb.Request_ConfirmGet{ConfirmGet: req}}, exactly(bls.SignatureSize), func(b []byte) error {
		var err error
		sig, err = bls.ParseSignature(b)
		return badAnswer(err)
	})
	return sig, err
}
