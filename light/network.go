package light

import (
	"context"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
)

// Reader asks nodes for what a get needs. Errors are *request.Error for a refusal, and wrap request.ErrBadAnswer or
// codec.ErrVerify for bytes that nobody honest would send, context errors, or request.ErrTransport. Every request bounds its
// own time.
type Reader interface {
	// GetMetadata returns metadata that matches the id.
	GetMetadata(ctx context.Context, p peer.ID, id codec.BlobID) (*codec.Metadata, error)
	// GetSliver returns a sliver of the right axis, index, symbol size and length. It is not authenticated.
	GetSliver(ctx context.Context, p peer.ID, ref request.SliverRef, symbolSize int) (*codec.Sliver, error)
}

// Writer gives nodes what a put has for them. Errors are as for Reader. Storing again what a node has is no error.
type Writer interface {
	PutMetadata(ctx context.Context, p peer.ID, id codec.BlobID, m *codec.Metadata) error
	// PutSliver does not keep s.
	PutSliver(ctx context.Context, p peer.ID, id codec.BlobID, s *codec.Sliver) error
	// Confirm returns the node's signature over the confirmation. It is not verified.
	Confirm(ctx context.Context, p peer.ID, conf staking.Confirmation) (bls.Signature, error)
}

// Prober asks nodes what they have. Errors are as for Reader.
type Prober interface {
	NodeStatus(ctx context.Context, p peer.ID) (request.NodeStatus, error)
	BlobStatus(ctx context.Context, p peer.ID, id codec.BlobID) (request.BlobStatus, error)
}

// Network is what a client needs from the request protocols; request.Client has it.
type Network interface {
	Reader
	Writer
	Prober
}

// Connector finds and connects a peer; discovery.Discovery has it. It returns at once when the peer is connected, bounds the
// time of an attempt, and lets concurrent callers share one.
type Connector interface {
	Connect(ctx context.Context, p peer.ID) error
}

// Chain is what a client asks the chain. Every request bounds its own time.
type Chain interface {
	// Epochs returns the committees as they were refreshed last, nil while none are known. It is called often and must not
	// block.
	Epochs() *staking.Epochs
	// Refresh asks for the present committees, which Epochs returns from then on. After an error it returns what it did.
	Refresh(ctx context.Context) (*staking.Epochs, error)
	// BlobState returns the zero state for an id that was never certified.
	BlobState(ctx context.Context, id codec.BlobID) (staking.BlobState, error)
}
