package request

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
)

// Backend answers the requests of a Server. A nil part is not served: its protocol is not announced.
//
// Every method is called concurrently and ends when its context does; from is the authenticated peer. An error that is or
// wraps a Status or an *Error is sent as it is, codec.ErrVerify as VerificationFailed, codec.ErrInvalid as Invalid,
// codec.ErrTooLarge as TooLarge, an expired context as Busy, and anything else as Internal, without its text, which is
// logged. A backend that panics fails its request only.
type Backend struct {
	Metadata MetadataBackend
	Sliver   SliverBackend
	Symbol   SymbolBackend
	Confirm  ConfirmBackend
	Status   StatusBackend
}

// MetadataBackend keeps metadata.
type MetadataBackend interface {
	// Metadata returns BCS BlobMetadata (without the id), or NotFound.
	Metadata(ctx context.Context, from peer.ID, id codec.BlobID) ([]byte, error)
	// AdmitMetadata does the cheap checks before the body of a put is read: registered, quota, allowed. ErrHeld ends the
	// put as a success without reading it.
	AdmitMetadata(ctx context.Context, from peer.ID, id codec.BlobID) error
	// PutMetadata keeps metadata; m is well formed and matches id. It is durable when the method returns.
	PutMetadata(ctx context.Context, from peer.ID, id codec.BlobID, m *codec.Metadata) error
}

// SliverRef names a sliver as Walrus does: by blob, sliver pair and axis.
type SliverRef struct {
	Blob codec.BlobID
	// Pair is the index of the sliver pair, 0 to n-1.
	Pair int
	Axis codec.Axis
}

// String returns "blob/pair/axis".
func (r SliverRef) String() string { return fmt.Sprintf("%s/%d/%s", r.Blob, r.Pair, r.Axis) }

// Index returns the sliver index, which for a secondary sliver is not the pair index.
func (r SliverRef) Index(p codec.Params) int { return p.SliverIndex(r.Pair, r.Axis) }

// Shard returns the shard that holds the sliver.
func (r SliverRef) Shard(p codec.Params) int { return p.PairShard(r.Blob, r.Pair) }

// SliverReader reads the BCS SliverData of one sliver.
type SliverReader interface {
	io.ReaderAt
	io.Closer
	// Size returns the length in bytes.
	Size() int64
}

// SliverBackend keeps slivers. A SliverRef that it is given is in range.
type SliverBackend interface {
	// OpenSliver returns a reader, which the Server closes, or NotFound, WrongShard and so on.
	OpenSliver(ctx context.Context, from peer.ID, ref SliverRef) (SliverReader, error)
	// AdmitSliver does the cheap checks before the body of a put is read: shard assigned, metadata held and length as it
	// demands, registered, quota. length is that of BCS SliverData and fits some symbol size. ErrHeld ends the put as a
	// success without reading it.
	AdmitSliver(ctx context.Context, from peer.ID, ref SliverRef, length int64) error
	// PutSliver verifies and keeps a sliver. body is BCS SliverData of the admitted length; its shape and index are right,
	// but it is not verified against the metadata. It is durable when the method returns. The Server does not use body
	// afterwards.
	PutSliver(ctx context.Context, from peer.ID, ref SliverRef, body []byte) error
}

// SymbolQuery asks for symbols by their place.
type SymbolQuery struct {
	Blob codec.BlobID
	// IDs are 1 to MaxSymbols places in range.
	IDs []codec.SymbolID
	// Target is the axis of the slivers that the symbols are to restore; the proofs are against slivers of the other axis:
	// symbol (r, c) for a Secondary target is taken from primary sliver r and proved against its hash.
	Target codec.Axis
}

// TargetRef names a sliver that is to be restored.
type TargetRef struct {
	Blob codec.BlobID
	Axis codec.Axis
	// Index is the sliver index.
	Index int
}

// String returns "blob axis sliver index".
func (t TargetRef) String() string { return fmt.Sprintf("%s %s sliver %d", t.Blob, t.Axis, t.Index) }

// Shard returns the shard that holds the sliver.
func (t TargetRef) Shard(p codec.Params) int {
	return p.PairShard(t.Blob, p.PairIndex(t.Index, t.Axis))
}

// SymbolBackend proves symbols of the slivers that it keeps. What it is given is in range.
type SymbolBackend interface {
	// SymbolSize returns the symbol size of a blob in bytes, or NotFound when its metadata is not held. It must be cheap.
	SymbolSize(ctx context.Context, from peer.ID, id codec.BlobID) (int, error)
	// Symbols returns the symbols in the order of q.IDs, or NotFound, WrongShard when one of them is of a sliver not held.
	Symbols(ctx context.Context, from peer.ID, q SymbolQuery) ([]codec.GeneralRecoverySymbol, error)
	// AdmitTarget says whether from may have all symbols of a target, which only the member that holds the target's shard
	// may (Forbidden to others), and how many there are to give. It must be cheap.
	AdmitTarget(ctx context.Context, from peer.ID, t TargetRef) (count int, err error)
	// TargetSymbols returns symbols of different slivers held on the other axis, at most limit.
	TargetSymbols(ctx context.Context, from peer.ID, t TargetRef, limit int) ([]codec.GeneralRecoverySymbol, error)
}

// ConfirmBackend signs storage confirmations.
type ConfirmBackend interface {
	// Confirm returns the node's signature over c.Bytes when both slivers of each of its shards are durable, or
	// MissingSlivers, NotRegistered, WrongEpoch.
	Confirm(ctx context.Context, from peer.ID, c staking.Confirmation) (bls.Signature, error)
}

// StatusBackend says how the node is and what it knows.
type StatusBackend interface {
	// NodeStatus must be cheap: anyone may ask.
	NodeStatus(ctx context.Context, from peer.ID) (NodeStatus, error)
	// BlobStatus returns what is known about a blob. A blob never heard of is no error.
	BlobStatus(ctx context.Context, from peer.ID, id codec.BlobID) (BlobStatus, error)
}

// NodeStatus is how a node is.
type NodeStatus struct {
	// Version of the program, at most 64 bytes.
	Version string
	Network string
	Epoch   uint32
	// Shards is n, the shards of the committee.
	Shards int
	// ShardsHeld are the shards assigned to the node, ascending.
	ShardsHeld []int
	// Uptime in whole seconds.
	Uptime time.Duration
	// UsedBytes and QuotaBytes are those of the sliver store.
	UsedBytes, QuotaBytes uint64
	AcceptsPuts           bool
	// PutsRefused is why puts are not accepted; empty when they are. At most 256 bytes.
	PutsRefused string
	// Peers is the number of connected peers.
	Peers int
	// ChainCursor is the next checkpoint of the chain that the node looks at.
	ChainCursor uint64
	// ChainLag is how long ago, by the chain's clock, the latest checkpoint was that it has seen, in whole seconds.
	ChainLag time.Duration
	// ChainProblem is why the node does not follow the chain; empty when it does. At most 256 bytes.
	ChainProblem string
}

// BlobStatus is what a node knows about a blob.
type BlobStatus struct {
	// Metadata is held.
	Metadata bool
	// Registered by the chain, as far as the node knows.
	Registered bool
	// Pending: held ahead of the registration; may be dropped.
	Pending bool
	// Confirmed: the node has signed a confirmation for the current epoch.
	Confirmed bool
	// Shards is the number of the node's shards; PrimaryHeld and SecondaryHeld count the slivers of those that are held.
	Shards, PrimaryHeld, SecondaryHeld int
	// EndEpoch is when the blob expires; 0 when unknown.
	EndEpoch uint32
}
