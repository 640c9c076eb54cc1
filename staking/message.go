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
	intentPossession = 0
	intentBlobCert   = 1
	intentVersion    = 0
	intentApp        = 3
)

// header returns a message's first seven bytes with room for the rest.
func header(intent byte, epoch uint32, room int) []byte {
	b := append(make([]byte, 0, 7+room), intent, intentVersion, intentApp)
	return binary.LittleEndian.AppendUint32(b, epoch)
}

// ObjectID names a Sui object.
type ObjectID [32]byte

// String returns 64 hexadecimal digits after "0x".
func (id ObjectID) String() string { return "0x" + hex.EncodeToString(id[:]) }

// MarshalText implements encoding.TextMarshaler.
func (id ObjectID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

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
	b := append(header(intentBlobCert, c.Epoch, 65), c.Blob[:]...)
	if !c.Kind.Deletable {
		return append(b, 0)
	}
	return append(append(b, 1), c.Kind.Object[:]...)
}

// Possession is what a node signs to show that it has the secret of the BLS key it registers (Walrus
// PROOF_OF_POSSESSION). Without it a member could choose a key that cancels the others' in an aggregate.
type Possession struct {
	Epoch uint32
	// Address is the account that registers the key.
	Address [32]byte
	Key     bls.PublicKey
}

// Bytes returns the signed message, 87 bytes.
func (p Possession) Bytes() []byte {
	key := p.Key.Bytes()
	b := append(header(intentPossession, p.Epoch, len(p.Address)+len(key)), p.Address[:]...)
	return append(b, key[:]...)
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
// trailing zero bytes. Signers must be member indexes.
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

// SignersOf reads a bitmap as the chain does: it may be shorter than the committee, not longer, and no bit may stand
// for a member that does not exist.
func (c *Committee) SignersOf(bitmap []byte) ([]int, error) {
	if most := (len(c.members) + 7) / 8; len(bitmap) > most {
		return nil, fmt.Errorf("%w bitmap: %d bytes, %d members take at most %d", ErrInvalid, len(bitmap), len(c.members), most)
	}
	var signers []int
	for i := range len(bitmap) * 8 {
		if bitmap[i/8]&(1<<(i%8)) == 0 {
			continue
		}
		if i >= len(c.members) {
			return nil, fmt.Errorf("%w bitmap: bit %d is set, there are %d members", ErrInvalid, i, len(c.members))
		}
		signers = append(signers, i)
	}
	return signers, nil
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
		return nil, fmt.Errorf("%w certificate: %w", ErrInvalid, err)
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
		return fmt.Errorf("%w certificate: %w", ErrInvalid, err)
	}
	return nil
}
