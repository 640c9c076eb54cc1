package staking

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking/bls"
)

// Header of every signed message (Walrus core/messages.rs): intent type, version, application id.
const (
	intentBlobCert = 1
	intentVersion  = 0
	intentApp      = 3
)

// ObjectID names a Sui object.
type ObjectID [32]byte

// String returns 64 hexadecimal digits after "0x".
func (id ObjectID) String() string { return "0x" + hex.EncodeToString(id[:]) }

// BlobKind says whether a blob stays until its end epoch or may be deleted by the owner of its object.
type BlobKind struct {
	// Deletable blobs are confirmed for one object.
	Deletable bool
	// Object is the blob object; zero unless Deletable.
	Object ObjectID
}

// Confirmation is what a storage node signs when both slivers of each of its shards are durable (Walrus BLOB_CERT).
type Confirmation struct {
	Epoch uint32
	Blob  codec.BlobID
	Kind  BlobKind
}

// Bytes returns the signed message: 40 bytes for a permanent blob, 72 for a deletable one.
func (c Confirmation) Bytes() []byte {
	b := make([]byte, 0, 72)
	b = append(b, intentBlobCert, intentVersion, intentApp)
	b = binary.LittleEndian.AppendUint32(b, c.Epoch)
	b = append(b, c.Blob[:]...)
	if !c.Kind.Deletable {
		return append(b, 0)
	}
	return append(append(b, 1), c.Kind.Object[:]...)
}

// Certificate proves that a quorum confirmed a blob: the point of availability.
type Certificate struct {
	Confirmation Confirmation
	// Signers are member indexes, ascending.
	Signers []int
	// Signature is the aggregate of the signers' signatures over Confirmation.Bytes.
	Signature bls.Signature
}

// Bitmap returns the signers as the chain takes them: LSB first in each byte, bit i the i-th member by node id, without
// trailing zero bytes.
func (c *Certificate) Bitmap() []byte {
	if len(c.Signers) == 0 {
		return nil
	}
	b := make([]byte, slices.Max(c.Signers)/8+1)
	for _, i := range c.Signers {
		b[i/8] |= 1 << (i % 8)
	}
	return b
}

// NewCertificate aggregates signatures that were already verified one by one, keyed by member index.
func NewCertificate(conf Confirmation, sigs map[int]bls.Signature) (*Certificate, error) {
	c := &Certificate{Confirmation: conf}
	for i := range sigs {
		c.Signers = append(c.Signers, i)
	}
	slices.Sort(c.Signers)
	list := make([]bls.Signature, len(c.Signers))
	for j, i := range c.Signers {
		list[j] = sigs[i]
	}
	var err error
	if c.Signature, err = bls.Aggregate(list); err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return c, nil
}

// Weight returns the shards of the given members; it fails on an index that repeats or is out of range.
func (c *Committee) Weight(members []int) (int, error) {
	w, last := 0, -1
	for _, i := range members {
		if i <= last || i >= len(c.members) {
			return 0, fmt.Errorf("%w: signers must be ascending member indexes below %d", ErrInvalid, len(c.members))
		}
		last = i
		w += len(c.members[i].Shards)
	}
	return w, nil
}

// VerifyCertificate checks epoch, quorum and aggregate signature.
func (c *Committee) VerifyCertificate(cert *Certificate) error {
	if cert.Confirmation.Epoch != c.epoch {
		return fmt.Errorf("%w certificate: epoch %d, the committee's is %d", ErrInvalid, cert.Confirmation.Epoch, c.epoch)
	}
	w, err := c.Weight(cert.Signers)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	if !c.Quorum(w) {
		return fmt.Errorf("%w certificate: %d of %d shards signed, a quorum is %d", ErrInvalid, w, c.params.Shards(), c.QuorumWeight())
	}
	keys := make([]bls.PublicKey, len(cert.Signers))
	for j, i := range cert.Signers {
		keys[j] = c.members[i].PublicKey
	}
	if err := bls.VerifyAggregate(keys, cert.Confirmation.Bytes(), cert.Signature); err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	return nil
}
