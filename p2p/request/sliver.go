package request

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request/pb"
)

var sliverGet = Spec{
	Name:          "sliver.get",
	Version:       1,
	Summary:       "a sliver or a range of it, SliverData",
	AnswerBody:    maxSliver,
	Timeout:       lookupTimeout,
	SourceStreams: 64,
	TotalStreams:  512,
	Cost:          CostLookup,
	served:        func(b *Backend) bool { return b.Sliver != nil },
	parse: func(p codec.Params, b *Backend, m *pb.Request) (incoming, error) {
		r := m.GetSliverGet()
		ref, err := sliverRef(p, r.GetBlobId(), r.GetPair(), r.GetAxis())
		if err != nil {
			return nil, err
		}
		size := maxSliver(p)
		if r.GetOffset() >= uint64(size) || r.GetLength() > uint64(size)-r.GetOffset() {
			return nil, Errorf(Invalid, "range of %d bytes at %d: slivers have at most %d", r.GetLength(), r.GetOffset(), size)
		}
		return &getSliver{backend: b.Sliver, ref: ref, offset: int64(r.GetOffset()), size: int64(r.GetLength())}, nil
	},
}

var sliverPut = Spec{
	Name:          "sliver.put",
	Version:       1,
	Summary:       "store a sliver, SliverData",
	RequestBody:   maxSliver,
	Timeout:       verifyTimeout,
	SourceStreams: 32,
	TotalStreams:  256,
	Cost:          CostExpand,
	served:        func(b *Backend) bool { return b.Sliver != nil },
	parse: func(p codec.Params, b *Backend, m *pb.Request) (incoming, error) {
		r := m.GetSliverPut()
		ref, err := sliverRef(p, r.GetBlobId(), r.GetPair(), r.GetAxis())
		if err != nil {
			return nil, err
		}
		size, err := bodyLength(r.GetLength(), int64(p.SliverBCSSize(ref.Axis, 2)), int64(p.SliverBCSSize(ref.Axis, codec.MaxSymbolSize)))
		if err != nil {
			return nil, err
		}
		symbol := symbolSizeOf(p, ref.Axis, size)
		if symbol == 0 {
			return nil, Errorf(Invalid, "no %s sliver of %d shards has %d bytes", ref.Axis, p.Shards(), size)
		}
		return &putSliver{params: p, backend: b.Sliver, ref: ref, size: size, symbolSize: symbol}, nil
	},
}

// maxSliver is the size of the largest sliver, a primary one.
func maxSliver(p codec.Params) int64 {
	return int64(p.SliverBCSSize(codec.Primary, codec.MaxSymbolSize))
}

// symbolSizeOf returns the symbol size of a sliver whose BCS has the given length, 0 when there is none.
func symbolSizeOf(p codec.Params, a codec.Axis, length int64) int {
	// Beside the symbols there are one to five bytes of length and four of symbol size and index.
	for frame := 5; frame <= 9; frame++ {
		s := (int(length) - frame) / p.SliverSymbols(a)
		if s >= 2 && s <= codec.MaxSymbolSize && s%2 == 0 && int64(p.SliverBCSSize(a, s)) == length {
			return s
		}
	}
	return 0
}

func sliverRef(p codec.Params, id []byte, pair uint32, axis pb.Axis) (r SliverRef, err error) {
	if r.Blob, err = blobID(id); err != nil {
		return r, err
	}
	if r.Pair, err = indexOf(p, pair, "sliver pair"); err != nil {
		return r, err
	}
	r.Axis, err = axisOf(axis)
	return r, err
}

type getSliver struct {
	plain
	backend      SliverBackend
	ref          SliverRef
	offset, size int64
	reader       SliverReader
}

func (r *getSliver) admit(ctx context.Context, from peer.ID) (estimate, error) {
	reader, err := r.backend.OpenSliver(ctx, from, r.ref)
	if err != nil {
		return estimate{}, err
	}
	r.reader = reader
	total := reader.Size()
	if r.offset >= total || r.size > total-r.offset {
		return estimate{}, Errorf(Invalid, "range of %d bytes at %d: the sliver has %d", r.size, r.offset, total)
	}
	if r.size == 0 {
		r.size = total - r.offset
	}
	return estimate{body: r.size, memory: min(r.size, sendChunk)}, nil
}

func (r *getSliver) serve(context.Context, peer.ID, []byte) (answer, error) {
	return answer{
		total: r.reader.Size(), offset: r.offset, length: r.size,
		body: io.NewSectionReader(r.reader, r.offset, r.size),
	}, nil
}

func (r *getSliver) release() {
	if r.reader != nil {
		// Nothing was written through the reader, so that closing it has nothing to lose.
		_ = r.reader.Close()
	}
}

type putSliver struct {
	plain
	params     codec.Params
	backend    SliverBackend
	ref        SliverRef
	size       int64
	symbolSize int
}

func (r *putSliver) length() int64 { return r.size }

func (r *putSliver) admit(ctx context.Context, from peer.ID) (estimate, error) {
	e := estimate{body: r.size, memory: r.size, slivers: 1, symbolSize: r.symbolSize}
	return e, r.backend.AdmitSliver(ctx, from, r.ref, r.size)
}

func (r *putSliver) serve(ctx context.Context, from peer.ID, body []byte) (answer, error) {
	s, err := codec.UnmarshalSliver(r.params, r.ref.Axis, body)
	if err != nil {
		return answer{}, err
	}
	if want := r.ref.Index(r.params); s.Index != want {
		return answer{}, Errorf(Invalid, "%s sliver %d was sent for pair %d, which has %d", s.Axis, s.Index, r.ref.Pair, want)
	}
	return answer{}, r.backend.PutSliver(ctx, from, r.ref, body)
}

// GetSliver asks p for a whole sliver. symbolSize is that of the blob, in bytes, from verified metadata. Shape and index of
// the sliver are checked; that it is the committed one is for the caller to verify.
func (c *Client) GetSliver(ctx context.Context, p peer.ID, ref SliverRef, symbolSize int) (*codec.Sliver, error) {
	total, err := c.sliverSize(ref, symbolSize)
	if err != nil {
		return nil, err
	}
	var s *codec.Sliver
	err = c.get(ctx, p, &sliverGet, sliverRequest(ref, 0, 0), exactly(total), func(b []byte) error {
		got, err := codec.UnmarshalSliver(c.params, ref.Axis, b)
		if err != nil {
			return mismatch(err)
		}
		if got.Index != ref.Index(c.params) || got.SymbolSize != symbolSize {
			return mismatch(fmt.Errorf("sliver %d with symbols of %d bytes, asked for %d with %d",
				got.Index, got.SymbolSize, ref.Index(c.params), symbolSize))
		}
		s = got
		return nil
	})
	return s, err
}

// GetSliverRange asks p for length bytes at offset of the BCS SliverData of a sliver. A range proves nothing: the bytes are
// to be released only when the whole sliver verifies. Browsers ask for at most 1 MiB at a time.
func (c *Client) GetSliverRange(ctx context.Context, p peer.ID, ref SliverRef, symbolSize int, offset, length int64) ([]byte, error) {
	total, err := c.sliverSize(ref, symbolSize)
	if err != nil {
		return nil, err
	}
	if offset < 0 || length < 1 || offset > total-length {
		return nil, fmt.Errorf("%w: range of %d bytes at %d of a sliver of %d", codec.ErrInvalid, length, offset, total)
	}
	var body []byte
	want := expect{total: total, offset: offset, length: length}
	err = c.get(ctx, p, &sliverGet, sliverRequest(ref, offset, length), want, func(b []byte) error {
		body = b
		return nil
	})
	return body, err
}

// PutSliver gives p a sliver of a blob. An error of status VerificationFailed says that the sliver is not the committed one.
func (c *Client) PutSliver(ctx context.Context, p peer.ID, id codec.BlobID, s *codec.Sliver) error {
	if !s.Axis.Valid() || s.Index < 0 || s.Index >= c.params.Shards() {
		return fmt.Errorf("%w: %s sliver %d, there are %d", codec.ErrInvalid, s.Axis, s.Index, c.params.Shards())
	}
	ref := SliverRef{Blob: id, Pair: c.params.PairIndex(s.Index, s.Axis), Axis: s.Axis}
	size, err := c.sliverSize(ref, s.SymbolSize)
	if err != nil {
		return err
	}
	if len(s.Data) != c.params.SliverSymbols(s.Axis)*s.SymbolSize {
		return fmt.Errorf("%w: %s sliver with %d bytes of symbols of %d", codec.ErrInvalid, s.Axis, len(s.Data), s.SymbolSize)
	}
	req := &pb.Request{Kind: &pb.Request_SliverPut{SliverPut: &pb.SliverPut{
		BlobId: id[:], Pair: uint32(ref.Pair), Axis: axisTo(ref.Axis), Length: uint64(size),
	}}}
	// The symbols are sent from where they are: a sliver may have tens of megabytes.
	head := binary.AppendUvarint(nil, uint64(len(s.Data)))
	tail := (&codec.Sliver{SymbolSize: s.SymbolSize, Index: s.Index}).AppendBCS(nil)[1:]
	return c.put(ctx, p, &sliverPut, req, [][]byte{head, s.Data, tail})
}

// sliverSize checks the arguments of a request and returns the length of the sliver's BCS.
func (c *Client) sliverSize(ref SliverRef, symbolSize int) (int64, error) {
	if err := checkSymbolSize(symbolSize); err != nil {
		return 0, err
	}
	if err := ref.check(c.params); err != nil {
		return 0, err
	}
	return int64(c.params.SliverBCSSize(ref.Axis, symbolSize)), nil
}

func checkSymbolSize(s int) error {
	if s < 2 || s > codec.MaxSymbolSize || s%2 != 0 {
		return fmt.Errorf("%w: symbol size %d: want an even number from 2 to %d", codec.ErrInvalid, s, codec.MaxSymbolSize)
	}
	return nil
}

func sliverRequest(ref SliverRef, offset, length int64) *pb.Request {
	return &pb.Request{Kind: &pb.Request_SliverGet{SliverGet: &pb.SliverGet{
		BlobId: ref.Blob[:], Pair: uint32(ref.Pair), Axis: axisTo(ref.Axis),
		Offset: uint64(offset), Length: uint64(length),
	}}}
}
