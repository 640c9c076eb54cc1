package staking

import (
	"encoding/binary"

	"github.com/floe-network/floe/codec"
)

// Intents of what members sign besides confirmations. Those below 128 are Walrus's; the others have the network's System object in
// their body, so that a signature for one network is worth nothing on another.
const (
	intentInvalidBlob     = 2
	intentDenyList        = 4
	intentDeniedBlob      = 5
	intentProtocolVersion = 6
	intentAuditPassed     = 128
)

// InvalidBlob is what members sign who have seen a proof that a blob was encoded inconsistently.
type InvalidBlob struct {
	Epoch uint32
	Blob  codec.BlobID
}

// Bytes returns the signed message, 39 bytes.
func (s InvalidBlob) Bytes() []byte {
	return append(header(intentInvalidBlob, s.Epoch, len(s.Blob)), s.Blob[:]...)
}

// DeniedBlob is what members sign who have a blob on their deny lists.
type DeniedBlob struct {
	Epoch uint32
	Blob  codec.BlobID
}

// Bytes returns the signed message, 39 bytes.
func (s DeniedBlob) Bytes() []byte {
	return append(header(intentDeniedBlob, s.Epoch, len(s.Blob)), s.Blob[:]...)
}

// DenyList is what members sign who have seen the deny list that a node registered.
type DenyList struct {
	Epoch    uint32
	Node     NodeID
	Sequence uint64 // of the node's lists, from 1
	Size     uint64 // encoded bytes
	Root     codec.Digest
}

// Bytes returns the signed message, 87 bytes.
func (s DenyList) Bytes() []byte {
	b := append(header(intentDenyList, s.Epoch, 80), s.Node[:]...)
	b = binary.LittleEndian.AppendUint64(b, s.Sequence)
	b = binary.LittleEndian.AppendUint64(b, s.Size)
	return append(b, s.Root[:]...)
}

// ProtocolVersion is what members sign who want a version of the protocol from an epoch on.
type ProtocolVersion struct {
	Epoch   uint32
	Start   uint32 // the version's first epoch
	Version uint64
}

// Bytes returns the signed message, 19 bytes.
func (s ProtocolVersion) Bytes() []byte {
	b := binary.LittleEndian.AppendUint32(header(intentProtocolVersion, s.Epoch, 12), s.Start)
	return binary.LittleEndian.AppendUint64(b, s.Version)
}

// AuditPassed is what members sign for a node that answered their challenges.
type AuditPassed struct {
	Epoch  uint32
	System ObjectID
	Node   NodeID
	Seed   [32]byte // of the epoch's challenge
}

// Bytes returns the signed message, 103 bytes.
func (s AuditPassed) Bytes() []byte {
	b := append(header(intentAuditPassed, s.Epoch, 96), s.System[:]...)
	return append(append(b, s.Node[:]...), s.Seed[:]...)
}
