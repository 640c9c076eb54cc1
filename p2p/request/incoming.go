package request

import (
	"context"
	"fmt"
	"io"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request/pb"
)

// incoming is a request that a Server has parsed, bound to the backend that answers it. The methods are called in the
// order in which they stand here, by one goroutine; after an error only release is.
type incoming interface {
	// length returns the raw bytes that follow the request; 0 unless it is a put.
	length() int64
	// admit does the cheap checks and look-ups and says what the rest takes.
	admit(ctx context.Context, from peer.ID) (estimate, error)
	// serve does the work. body has length() bytes.
	serve(ctx context.Context, from peer.ID, body []byte) (answer, error)
	// release frees what admit and serve hold.
	release()
}

// estimate is what is charged to the budgets before the work begins.
type estimate struct {
	// body is the raw bytes that travel, in either direction.
	body int64
	// memory that the bodies take at once, bytes.
	memory int64
	// slivers to be expanded, and their symbol size in bytes (CostExpand).
	slivers, symbolSize int
}

// answer is the body of a success: length bytes of the range that begins at offset of a whole of total bytes.
type answer struct {
	total, offset, length int64
	body                  io.Reader
}

// plain has the parts of incoming that most requests do not need.
type plain struct{}

func (plain) length() int64 { return 0 }

func (plain) admit(context.Context, peer.ID) (estimate, error) { return estimate{}, nil }

func (plain) release() {}

// blobID reads the blob id of a request.
func blobID(b []byte) (codec.BlobID, error) {
	var id codec.BlobID
	if len(b) != len(id) {
		return id, Errorf(Invalid, "blob id has %d bytes, want %d", len(b), len(id))
	}
	copy(id[:], b)
	return id, nil
}

// axisOf reads the axis of a request.
func axisOf(a pb.Axis) (codec.Axis, error) {
	switch a {
	case pb.Axis_AXIS_PRIMARY:
		return codec.Primary, nil
	case pb.Axis_AXIS_SECONDARY:
		return codec.Secondary, nil
	default:
		return 0, Errorf(Invalid, "axis %d: want 1 (primary) or 2 (secondary)", a)
	}
}

// axisTo is the inverse of axisOf.
func axisTo(a codec.Axis) pb.Axis {
	if a == codec.Primary {
		return pb.Axis_AXIS_PRIMARY
	}
	return pb.Axis_AXIS_SECONDARY
}

// indexOf checks an index of one of the n slivers, pairs or shards.
func indexOf(p codec.Params, v uint32, what string) (int, error) {
	if int64(v) >= int64(p.Shards()) {
		return 0, Errorf(Invalid, "%s %d, there are %d", what, v, p.Shards())
	}
	return int(v), nil
}

// bodyLength checks the declared length of a put.
func bodyLength(v uint64, least, most int64) (int64, error) {
	if v > uint64(most) {
		return 0, Errorf(TooLarge, "%d bytes, at most %d", v, most)
	}
	if int64(v) < least {
		return 0, Errorf(Invalid, "%d bytes, at least %d", v, least)
	}
	return int64(v), nil
}

// check is for arguments of the Client, which fail before anything is sent.
func (r SliverRef) check(p codec.Params) error {
	if r.Pair < 0 || r.Pair >= p.Shards() || !r.Axis.Valid() {
		return fmt.Errorf("%w: sliver %s: there are %d pairs", codec.ErrInvalid, r, p.Shards())
	}
	return nil
}
