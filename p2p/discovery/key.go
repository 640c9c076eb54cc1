package discovery

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
)

// Kind is what a record says a peer is.
type Kind string

// The kinds, and what their index is.
const (
	// Storage is a storage node; the index is StorageIndex of its shards. Only committee members count.
	Storage Kind = "storage"
	// Light is a light node; the index is the first byte of its peer id's SHA-256.
	Light Kind = "light"
	// Gateway is a node that serves HTTP; the index spreads many over several keys.
	Gateway Kind = "gateway"
	// Bucket is a light node that holds symbols of some blobs; the index is the first 12 bits of their ids.
	Bucket Kind = "bucket"
)

// ShardsPerIndex is how many shards share an index of the kind Storage.
const ShardsPerIndex = 64

// indexes says how many indexes a kind has, from 0.
var indexes = map[Kind]uint32{
	Storage: codec.MaxShards / ShardsPerIndex,
	Light:   256,
	Gateway: 16,
	Bucket:  4096,
}

// ErrKind complains about a kind or index that the network does not have.
var ErrKind = errors.New("no such kind of record")

// Key returns where the DHT keeps the records of a kind and index: the CID of
// SHA-256("/floe/" + network + "/" + kind + "/" + index), index in decimal.
func Key(network string, kind Kind, index uint32) (cid.Cid, error) {
	if index >= indexes[kind] {
		return cid.Undef, fmt.Errorf("%w: %q with index %d", ErrKind, kind, index)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "/floe/%s/%s/%d", network, kind, index))
	mh, err := multihash.Encode(sum[:], multihash.SHA2_256)
	if err != nil {
		return cid.Undef, fmt.Errorf("key of %s/%d: %w", kind, index, err)
	}
	return cid.NewCidV1(cid.Raw, mh), nil
}

// StorageIndex returns the index under which a committee member advertises itself: that of its lowest shard. Whoever has
// the committee can compute it.
func StorageIndex(m *staking.Member) uint32 { return uint32(m.Shards[0]) / ShardsPerIndex }
