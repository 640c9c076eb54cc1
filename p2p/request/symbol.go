package request

import (
	"context"
	"fmt"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request/pb"
)

var symbolGet = Spec{
	Name:    "symbol.get",
	Version: 1,
	Summary: "up to 16 symbols with proofs, vec<GeneralRecoverySymbol>",
	AnswerBody: func(p codec.Params) int64 {
		return int64(p.GeneralRecoverySymbolsBCSLimit(MaxSymbols, codec.MaxSymbolSize))
	},
	Timeout:       verifyTimeout,
	Relayed:       relayedSymbols,
	SourceStreams: 16,
	TotalStreams:  128,
	Cost:          CostExpand,
	served:        func(b *Backend) bool { return b.Symbol != nil },
	parse: func(p codec.Params, b *Backend, m *pb.Request) (incoming, error) {
		r := m.GetSymbolGet()
		q := SymbolQuery{}
		var err error
		if q.Blob, err = blobID(r.GetBlobId()); err != nil {
			return nil, err
		}
		if q.Target, err = axisOf(r.GetTarget()); err != nil {
			return nil, err
		}
		if n := len(r.GetIds()); n < 1 || n > MaxSymbols {
			return nil, Errorf(Invalid, "%d symbols, want 1 to %d", n, MaxSymbols)
		}
		for _, id := range r.GetIds() {
			row, err := indexOf(p, id.GetPrimary(), "row")
			if err != nil {
				return nil, err
			}
			col, err := indexOf(p, id.GetSecondary(), "column")
			if err != nil {
				return nil, err
			}
			q.IDs = append(q.IDs, codec.SymbolID{Primary: uint16(row), Secondary: uint16(col)})
		}
		return &getSymbols{params: p, backend: b.Symbol, query: q}, nil
	},
}

var symbolTarget = Spec{
	Name:    "symbol.target",
	Version: 1,
	Summary: "all symbols that restore a sliver, for the member that holds its shard, vec<GeneralRecoverySymbol>",
	AnswerBody: func(p codec.Params) int64 {
		return int64(p.GeneralRecoverySymbolsBCSLimit(p.SliverSymbols(codec.Primary), codec.MaxSymbolSize))
	},
	Timeout:       verifyTimeout,
	SourceStreams: 8,
	TotalStreams:  64,
	Cost:          CostExpand,
	served:        func(b *Backend) bool { return b.Symbol != nil },
	parse: func(p codec.Params, b *Backend, m *pb.Request) (incoming, error) {
		r := m.GetSymbolTarget()
		t := TargetRef{}
		var err error
		if t.Blob, err = blobID(r.GetBlobId()); err != nil {
			return nil, err
		}
		if t.Axis, err = axisOf(r.GetAxis()); err != nil {
			return nil, err
		}
		if t.Index, err = indexOf(p, r.GetIndex(), "sliver index"); err != nil {
			return nil, err
		}
		if r.GetLimit() < 1 {
			return nil, Errorf(Invalid, "limit of 0 symbols")
		}
		// More symbols than the sliver has are of no use.
		limit := int(min(int64(r.GetLimit()), int64(p.SliverSymbols(t.Axis))))
		return &targetSymbols{params: p, backend: b.Symbol, target: t, limit: limit}, nil
	},
}

type getSymbols struct {
	plain
	params  codec.Params
	backend SymbolBackend
	query   SymbolQuery
}

func (r *getSymbols) admit(ctx context.Context, from peer.ID) (estimate, error) {
	size, err := r.backend.SymbolSize(ctx, from, r.query.Blob)
	return symbolEstimate(r.params, len(r.query.IDs), size), err
}

// symbolEstimate is for count symbols, each of another sliver. They are in memory as symbols and as bytes; expanding the
// slivers takes memory of the backend's own, in its own bounds.
func symbolEstimate(p codec.Params, count, size int) estimate {
	body := int64(p.GeneralRecoverySymbolsBCSLimit(count, size))
	return estimate{body: body, memory: 2 * body, slivers: count, symbolSize: size}
}

func (r *getSymbols) serve(ctx context.Context, from peer.ID, _ []byte) (answer, error) {
	list, err := r.backend.Symbols(ctx, from, r.query)
	if err != nil {
		return answer{}, err
	}
	if len(list) != len(r.query.IDs) {
		return answer{}, fmt.Errorf("%d symbols were asked for, the backend gave %d", len(r.query.IDs), len(list))
	}
	return whole(codec.AppendGeneralRecoverySymbols(nil, list)), nil
}

type targetSymbols struct {
	plain
	params  codec.Params
	backend SymbolBackend
	target  TargetRef
	limit   int
}

func (r *targetSymbols) admit(ctx context.Context, from peer.ID) (estimate, error) {
	count, err := r.backend.AdmitTarget(ctx, from, r.target)
	if err != nil {
		return estimate{}, err
	}
	r.limit = min(r.limit, count)
	size, err := r.backend.SymbolSize(ctx, from, r.target.Blob)
	return symbolEstimate(r.params, r.limit, size), err
}

func (r *targetSymbols) serve(ctx context.Context, from peer.ID, _ []byte) (answer, error) {
	list, err := r.backend.TargetSymbols(ctx, from, r.target, r.limit)
	if err != nil {
		return answer{}, err
	}
	if len(list) > r.limit {
		return answer{}, fmt.Errorf("%d symbols were asked for, the backend gave %d", r.limit, len(list))
	}
	return whole(codec.AppendGeneralRecoverySymbols(nil, list)), nil
}

// GetSymbols asks p for up to MaxSymbols symbols, to be proved against slivers of the axis other than target. symbolSize is
// that of the blob, in bytes, from verified metadata. The answer has them in the order of ids; shape and places are
// checked, the proofs are for the caller to verify.
func (c *Client) GetSymbols(ctx context.Context, p peer.ID, id codec.BlobID, ids []codec.SymbolID, target codec.Axis, symbolSize int) ([]codec.GeneralRecoverySymbol, error) {
	if len(ids) < 1 || len(ids) > MaxSymbols || !target.Valid() {
		return nil, fmt.Errorf("%w: %d symbols for a %s sliver: want 1 to %d", codec.ErrInvalid, len(ids), target, MaxSymbols)
	}
	if err := checkSymbolSize(symbolSize); err != nil {
		return nil, err
	}
	req := &pb.SymbolGet{BlobId: id[:], Target: axisTo(target)}
	for _, i := range ids {
		req.Ids = append(req.Ids, &pb.SymbolId{Primary: uint32(i.Primary), Secondary: uint32(i.Secondary)})
	}
	var list []codec.GeneralRecoverySymbol
	want := atMost(int64(c.params.GeneralRecoverySymbolsBCSLimit(len(ids), symbolSize)))
	err := c.get(ctx, p, &symbolGet, &pb.Request{Kind: &pb.Request_SymbolGet{SymbolGet: req}}, want, func(b []byte) error {
		got, err := c.parseSymbols(b, len(ids), target, symbolSize)
		if err != nil {
			return err
		}
		if len(got) != len(ids) {
			return badAnswer(fmt.Errorf("%d symbols, asked for %d", len(got), len(ids)))
		}
		for i := range got {
			if got[i].ID() != ids[i] {
				return badAnswer(fmt.Errorf("symbol %s, asked for %s", got[i].ID(), ids[i]))
			}
		}
		list = got
		return nil
	})
	return list, err
}

// GetTargetSymbols asks p for the symbols it has for a sliver that is to be restored, at most limit and never more than
// restore it. Only the member that
// holds the sliver's shard is given them. They are all of different source slivers; shape and places are checked, the
// proofs are for the caller to verify.
func (c *Client) GetTargetSymbols(ctx context.Context, p peer.ID, t TargetRef, limit, symbolSize int) ([]codec.GeneralRecoverySymbol, error) {
	if !t.Axis.Valid() || t.Index < 0 || t.Index >= c.params.Shards() || limit < 1 {
		return nil, fmt.Errorf("%w: at most %d symbols of %s: there are %d slivers", codec.ErrInvalid, limit, t, c.params.Shards())
	}
	limit = min(limit, c.params.SliverSymbols(t.Axis))
	if err := checkSymbolSize(symbolSize); err != nil {
		return nil, err
	}
	req := &pb.Request{Kind: &pb.Request_SymbolTarget{SymbolTarget: &pb.SymbolTarget{
		BlobId: t.Blob[:], Axis: axisTo(t.Axis), Index: uint32(t.Index), Limit: uint32(limit),
	}}}
	var list []codec.GeneralRecoverySymbol
	want := atMost(int64(c.params.GeneralRecoverySymbolsBCSLimit(limit, symbolSize)))
	err := c.get(ctx, p, &symbolTarget, req, want, func(b []byte) error {
		got, err := c.parseSymbols(b, limit, t.Axis, symbolSize)
		if err != nil {
			return err
		}
		seen := make(map[int]bool, len(got))
		for i := range got {
			if got[i].TargetIndex != t.Index || seen[got[i].Index] {
				return badAnswer(fmt.Errorf("symbol %s, asked for one of each sliver for sliver %d", got[i].ID(), t.Index))
			}
			seen[got[i].Index] = true
		}
		list = got
		return nil
	})
	return list, err
}

// parseSymbols reads symbols for slivers of the target axis.
func (c *Client) parseSymbols(b []byte, limit int, target codec.Axis, symbolSize int) ([]codec.GeneralRecoverySymbol, error) {
	list, err := codec.UnmarshalGeneralRecoverySymbols(c.params, b, limit)
	if err != nil {
		return nil, mismatch(err)
	}
	for i := range list {
		if list[i].Target != target || len(list[i].Data) != symbolSize {
			return nil, mismatch(fmt.Errorf("symbol of %d bytes for a %s sliver, asked for %d and %s",
				len(list[i].Data), list[i].Target, symbolSize, target))
		}
	}
	return list, nil
}
