package request

import (
	"bytes"
	"context"
	"fmt"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request/pb"
)

var metadataGet = Spec{
	Name:          "metadata.get",
	Version:       1,
	Summary:       "metadata of a blob, BlobMetadataWithId",
	AnswerBody:    func(p codec.Params) int64 { return idSize + metadataSize(p) },
	Timeout:       lookupTimeout,
	SourceStreams: 64,
	TotalStreams:  512,
	Cost:          CostLookup,
	served:        func(b *Backend) bool { return b.Metadata != nil },
	parse: func(p codec.Params, b *Backend, m *pb.Request) (incoming, error) {
		id, err := blobID(m.GetMetadataGet().GetBlobId())
		return &getMetadata{params: p, backend: b.Metadata, id: id}, err
	},
}

var metadataPut = Spec{
	Name:          "metadata.put",
	Version:       1,
	Summary:       "store the metadata of a blob, BlobMetadata",
	RequestBody:   metadataSize,
	Timeout:       lookupTimeout,
	SourceStreams: 32,
	TotalStreams:  256,
	Cost:          CostHash,
	served:        func(b *Backend) bool { return b.Metadata != nil },
	parse: func(p codec.Params, b *Backend, m *pb.Request) (incoming, error) {
		id, err := blobID(m.GetMetadataPut().GetBlobId())
		if err != nil {
			return nil, err
		}
		size, err := bodyLength(m.GetMetadataPut().GetLength(), metadataSize(p), metadataSize(p))
		return &putMetadata{params: p, backend: b.Metadata, id: id, size: size}, err
	},
}

const idSize = int64(len(codec.BlobID{}))

func metadataSize(p codec.Params) int64 { return int64(p.MetadataBCSSize()) }

type getMetadata struct {
	plain
	params  codec.Params
	backend MetadataBackend
	id      codec.BlobID
	found   []byte
}

func (r *getMetadata) admit(ctx context.Context, from peer.ID) (estimate, error) {
	b, err := r.backend.Metadata(ctx, from, r.id)
	if err != nil {
		return estimate{}, err
	}
	if int64(len(b)) != metadataSize(r.params) {
		return estimate{}, fmt.Errorf("metadata of blob %s has %d bytes, want %d", r.id, len(b), metadataSize(r.params))
	}
	r.found = b
	return estimate{body: int64(len(b)), memory: 2 * int64(len(b))}, nil
}

func (r *getMetadata) serve(context.Context, peer.ID, []byte) (answer, error) {
	return whole(append(r.id[:len(r.id):len(r.id)], r.found...)), nil
}

// whole is an answer of bytes in memory.
func whole(b []byte) answer {
	n := int64(len(b))
	return answer{total: n, length: n, body: bytes.NewReader(b)}
}

type putMetadata struct {
	plain
	params  codec.Params
	backend MetadataBackend
	id      codec.BlobID
	size    int64
}

func (r *putMetadata) length() int64 { return r.size }

func (r *putMetadata) admit(ctx context.Context, from peer.ID) (estimate, error) {
	// The parsed form takes about as much as the bytes.
	return estimate{body: r.size, memory: 2 * r.size}, r.backend.AdmitMetadata(ctx, from, r.id)
}

func (r *putMetadata) serve(ctx context.Context, from peer.ID, body []byte) (answer, error) {
	m, err := codec.UnmarshalMetadata(r.params, body)
	if err != nil {
		return answer{}, err
	}
	if got := m.BlobID(); got != r.id {
		return answer{}, Errorf(VerificationFailed, "the metadata is that of blob %s, not %s", got, r.id)
	}
	return answer{}, r.backend.PutMetadata(ctx, from, r.id, m)
}

// GetMetadata asks p for a blob's metadata and checks it against the id.
func (c *Client) GetMetadata(ctx context.Context, p peer.ID, id codec.BlobID) (*codec.Metadata, error) {
	req := &pb.Request{Kind: &pb.Request_MetadataGet{MetadataGet: &pb.MetadataGet{BlobId: id[:]}}}
	var m *codec.Metadata
	err := c.get(ctx, p, &metadataGet, req, exactly(idSize+metadataSize(c.params)), func(b []byte) error {
		got, parsed, err := codec.UnmarshalMetadataWithID(c.params, b)
		if err != nil {
			// Bytes of no blob at all are no metadata of this one.
			return mismatch(err)
		}
		if got != id {
			return mismatch(fmt.Errorf("metadata of blob %s, asked for %s", got, id))
		}
		m = parsed
		return nil
	})
	return m, err
}

// PutMetadata gives p a blob's metadata.
func (c *Client) PutMetadata(ctx context.Context, p peer.ID, id codec.BlobID, m *codec.Metadata) error {
	body := m.AppendBCS(make([]byte, 0, c.params.MetadataBCSSize()))
	if int64(len(body)) != metadataSize(c.params) {
		return fmt.Errorf("%w: metadata of %d bytes, %d shards have %d", codec.ErrInvalid, len(body), c.params.Shards(), metadataSize(c.params))
	}
	req := &pb.Request{Kind: &pb.Request_MetadataPut{MetadataPut: &pb.MetadataPut{BlobId: id[:], Length: uint64(len(body))}}}
	return c.put(ctx, p, &metadataPut, req, [][]byte{body})
}
