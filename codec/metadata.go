package codec

import (
	"encoding/binary"
	"fmt"
)

// Digest is a node of a Merkle tree: a BLAKE2b-256 hash, or Empty, which is 32 zero bytes (Walrus MerkleNode).
type Digest [32]byte

// PairHashes are the Merkle roots of the two slivers of a pair, each over all n symbols of the expanded sliver.
type PairHashes struct {
	Primary, Secondary Digest
}

// Metadata commits to every sliver of a blob (Walrus BlobMetadata V1 with encoding type RS2).
type Metadata struct {
	// Length is the blob's size in bytes.
	Length uint64
	// Hashes has one entry a sliver pair, in pair order.
	Hashes []PairHashes
}

const (
	metadataV1  = 0 // BlobMetadata enum tag
	encodingRS2 = 1 // EncodingType enum tag, also the first byte of the blob id's preimage
)

// SliverHash returns the committed Merkle root of the sliver with this index (not pair index) on the axis.
func (m *Metadata) SliverHash(a Axis, index int) Digest {
	if a == Primary {
		return m.Hashes[index].Primary
	}
	return m.Hashes[len(m.Hashes)-1-index].Secondary
}

// AppendBCS appends BCS BlobMetadata.
func (m *Metadata) AppendBCS(b []byte) []byte {
	b = append(b, metadataV1, encodingRS2)
	b = binary.LittleEndian.AppendUint64(b, m.Length)
	b = binary.AppendUvarint(b, uint64(len(m.Hashes)))
	for _, h := range m.Hashes {
		b = appendDigest(b, h.Primary)
		b = appendDigest(b, h.Secondary)
	}
	return b
}

// AppendBCSWithID appends BCS BlobMetadataWithId.
func (m *Metadata) AppendBCSWithID(b []byte) []byte {
	id := m.BlobID()
	return m.AppendBCS(append(b, id[:]...))
}

// UnmarshalMetadata reads BCS BlobMetadata for the number of shards of p. The bytes are well formed afterwards; whether
// they belong to a blob id is for the caller to ask with BlobID.
func UnmarshalMetadata(p Params, b []byte) (*Metadata, error) {
	r := bcsReader{b: b}
	m := r.metadata(p)
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	return m, nil
}

// UnmarshalMetadataWithID reads BCS BlobMetadataWithId and checks that the metadata matches the id.
func UnmarshalMetadataWithID(p Params, b []byte) (BlobID, *Metadata, error) {
	r := bcsReader{b: b}
	var id BlobID
	copy(id[:], r.take(len(id), "blob id"))
	m := r.metadata(p)
	if err := r.end(); err != nil {
		return BlobID{}, nil, fmt.Errorf("metadata: %w", err)
	}
	if got := m.BlobID(); got != id {
		return BlobID{}, nil, fmt.Errorf("metadata of blob %s: %w: it gives %s", id, ErrVerify, got)
	}
	return id, m, nil
}

func (r *bcsReader) metadata(p Params) *Metadata {
	if v := r.u8("metadata version"); r.err == nil && v != metadataV1 {
		r.fail(fmt.Sprintf("metadata version %d is unknown", v))
	}
	if v := r.u8("encoding type"); r.err == nil && v != encodingRS2 {
		r.fail(fmt.Sprintf("encoding type %d is not supported, only RS2 (%d)", v, encodingRS2))
	}
	m := &Metadata{Length: r.u64("blob length")}
	n := r.length(MaxShards, "pair hashes")
	if r.err == nil && n != p.n {
		r.fail(fmt.Sprintf("hashes of %d pairs, the committee has %d shards", n, p.n))
	}
	if r.err == nil && m.Length > p.MaxBlobSize() {
		r.fail(fmt.Sprintf("blob length %d is over the limit %d", m.Length, p.MaxBlobSize()))
	}
	if r.err != nil {
		return nil
	}
	m.Hashes = make([]PairHashes, n)
	for i := range m.Hashes {
		m.Hashes[i] = PairHashes{Primary: r.digest("primary hash"), Secondary: r.digest("secondary hash")}
	}
	return m
}
