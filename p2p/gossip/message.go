package gossip

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/record"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/gossip/pb"
)

// Availability says that a peer holds the slivers of these blobs for these shards.
type Availability struct {
	// Peer signed the message; Member is its index in the committee of Epoch.
	Peer   peer.ID
	Member int
	Epoch  uint32
	// Sequence grows from message to message of a peer.
	Sequence uint64
	// Shards, ascending, all of them the peer's in Epoch; never empty.
	Shards []int
	// Blobs, 1 to MaxBlobs, ascending.
	Blobs []codec.BlobID
}

// Topic returns the name of the topic.
func Topic(network string) string { return "/floe/" + network + "/availability/1" }

// payloadType names the content of an envelope.
const payloadType = "/floe/availability/1"

// errMalformed wraps complaints about a message's form.
var errMalformed = errors.New("malformed")

// statement is the content of an envelope. It implements record.Record.
type statement struct {
	network string // expected, and part of the signature's domain
	pb.Availability
}

var _ record.Record = (*statement)(nil)

// Domain implements record.Record: a signature holds for one topic of one network.
func (s *statement) Domain() string { return Topic(s.network) }

// Codec implements record.Record.
func (s *statement) Codec() []byte { return []byte(payloadType) }

// MarshalRecord implements record.Record.
func (s *statement) MarshalRecord() ([]byte, error) {
	return proto.MarshalOptions{Deterministic: true}.Marshal(&s.Availability)
}

// UnmarshalRecord implements record.Record: it checks all that can be checked without a committee.
func (s *statement) UnmarshalRecord(b []byte) error {
	// Unknown fields are dropped here, so that they make a difference below.
	if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(b, &s.Availability); err != nil {
		return fmt.Errorf("%w: %w", errMalformed, err)
	}
	again, err := s.MarshalRecord()
	if err != nil || !bytes.Equal(again, b) {
		return fmt.Errorf("%w: not in canonical form", errMalformed)
	}
	switch {
	case s.Network != s.network:
		return fmt.Errorf("%w: network %.40q", errMalformed, s.Network)
	case len(s.Shards) == 0 || len(s.Shards) > maxBitmap || s.Shards[len(s.Shards)-1] == 0:
		return fmt.Errorf("%w: shard bitmap of %d bytes", errMalformed, len(s.Shards))
	case len(s.Blobs) == 0 || len(s.Blobs) > MaxBlobs:
		return fmt.Errorf("%w: %d blobs", errMalformed, len(s.Blobs))
	}
	for i, id := range s.Blobs {
		if len(id) != len(codec.BlobID{}) {
			return fmt.Errorf("%w: blob id of %d bytes", errMalformed, len(id))
		}
		if i > 0 && bytes.Compare(s.Blobs[i-1], id) >= 0 {
			return fmt.Errorf("%w: blob ids are not ascending", errMalformed)
		}
	}
	return nil
}

// seal signs a message.
func seal(key crypto.PrivKey, network string, epoch uint32, sequence uint64, shards []int, blobs []codec.BlobID) ([]byte, error) {
	s := &statement{network: network}
	s.Network, s.Epoch, s.Sequence = network, epoch, sequence
	s.Shards = bitmap(shards)
	for _, id := range blobs {
		s.Blobs = append(s.Blobs, id[:])
	}
	env, err := record.Seal(s, key)
	if err != nil {
		return nil, fmt.Errorf("sign availability: %w", err)
	}
	b, err := env.Marshal()
	if err != nil {
		return nil, fmt.Errorf("sign availability: %w", err)
	}
	return b, nil
}

// open checks a message's form and signature. Member is not set: the caller has the committee.
func open(network string, data []byte) (*Availability, error) {
	if len(data) > maxMessage {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", errMalformed, len(data), maxMessage)
	}
	env, err := record.UnmarshalEnvelope(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	if env.PublicKey.Type() != crypto.Ed25519 || string(env.PayloadType) != payloadType {
		return nil, fmt.Errorf("%w: envelope with key type %s and payload type %.40q", errMalformed, env.PublicKey.Type(), env.PayloadType)
	}
	// Without this, anybody could make new messages out of one by encoding its envelope in other ways.
	if again, err := env.Marshal(); err != nil || !bytes.Equal(again, data) {
		return nil, fmt.Errorf("%w: envelope not in canonical form", errMalformed)
	}
	s := &statement{network: network}
	if _, err := record.ConsumeTypedEnvelope(data, s); err != nil {
		return nil, err
	}
	id, err := peer.IDFromPublicKey(env.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	a := &Availability{Peer: id, Epoch: s.Epoch, Sequence: s.Sequence, Shards: shardsOf(s.Shards)}
	for _, b := range s.Blobs {
		a.Blobs = append(a.Blobs, codec.BlobID(b))
	}
	return a, nil
}

// bitmap sets the bits of shards, ascending.
func bitmap(shards []int) []byte {
	if len(shards) == 0 {
		return nil
	}
	b := make([]byte, shards[len(shards)-1]/8+1)
	for _, s := range shards {
		b[s/8] |= 1 << (s % 8)
	}
	return b
}

// shardsOf lists the bits that are set.
func shardsOf(bitmap []byte) []int {
	var shards []int
	for i, b := range bitmap {
		for j := range 8 {
			if b>>j&1 == 1 {
				shards = append(shards, 8*i+j)
			}
		}
	}
	return shards
}

// sorted returns the ids ascending, each once.
func sorted(blobs []codec.BlobID) []codec.BlobID {
	blobs = slices.Clone(blobs)
	slices.SortFunc(blobs, func(a, b codec.BlobID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(blobs)
}
