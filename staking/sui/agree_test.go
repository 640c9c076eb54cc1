package sui_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/internal/fakenode"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// pointOf is a checkpoint as Follow gives it.
func pointOf(t *testing.T, n uint64) *sui.Checkpoint {
	t.Helper()
	h := &history{count: n + 1}
	var point *sui.Checkpoint
	err := client(t, h.node(func(send func(uint64) error) error { return send(n) })).Follow(t.Context(), n,
		func(_ context.Context, p *sui.Checkpoint) error { point = p; return errEnough })
	if !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
	return point
}

func TestConfirm(t *testing.T) {
	const number = 4
	point := pointOf(t, number)
	honest := func() *fakenode.Node { return (&history{count: 9}).node(nil) }
	pruned := func() *fakenode.Node { return (&history{first: 6, count: 9}).node(nil) }
	down := func() *fakenode.Node {
		return &fakenode.Node{Info: func(context.Context) (*v2.GetServiceInfoResponse, error) {
			return nil, status.Error(codes.Unavailable, "down")
		}}
	}
	other := func(change func(*v2.Checkpoint)) *fakenode.Node {
		node := honest()
		node.Checkpoint = func(*v2.GetCheckpointRequest) (*v2.GetCheckpointResponse, error) {
			p := checkpoint(number)
			change(p)
			return &v2.GetCheckpointResponse{Checkpoint: p}, nil
		}
		return node
	}
	event := func(p *v2.Checkpoint) *v2.Event { return p.Transactions[1].Events.Events[0] }
	nodes := func(list ...*fakenode.Node) []*fakenode.Node { return list }
	for name, c := range map[string]struct {
		nodes []*fakenode.Node
		want  error
	}{
		"one endpoint":            {nodes(down()), nil},
		"the same":                {nodes(honest(), honest()), nil},
		"the first is down":       {nodes(down(), honest(), honest()), nil},
		"the second is down":      {nodes(honest(), down(), honest()), nil},
		"one has forgotten":       {nodes(honest(), pruned(), honest()), nil},
		"only one of two answers": {nodes(honest(), down()), endpoint.ErrUnreachable},
		"none answers":            {nodes(down(), down()), endpoint.ErrUnreachable},
		"another number":          {nodes(honest(), other(func(p *v2.Checkpoint) { p.SequenceNumber = proto.Uint64(5) })), endpoint.ErrGarbage},
		"no event":                {nodes(honest(), other(func(p *v2.Checkpoint) { p.Transactions = nil })), sui.ErrDisagree},
		"an event more": {nodes(honest(), other(func(p *v2.Checkpoint) {
			p.Transactions[1].Events.Events = append(p.Transactions[1].Events.Events, event(p))
		})), sui.ErrDisagree},
		"another time":        {nodes(honest(), other(func(p *v2.Checkpoint) { p.Summary.Timestamp = timestamppb.New(time.UnixMilli(5)) })), sui.ErrDisagree},
		"another transaction": {nodes(honest(), other(func(p *v2.Checkpoint) { p.Transactions[1].Digest = proto.String(ptb.Digest{7}.String()) })), sui.ErrDisagree},
		"other contents":      {nodes(honest(), other(func(p *v2.Checkpoint) { event(p).Contents.Value = []byte{9} })), sui.ErrDisagree},
		"another type":        {nodes(honest(), other(func(p *v2.Checkpoint) { event(p).EventType = proto.String("0x5::m::F") })), sui.ErrDisagree},
		"another package":     {nodes(honest(), other(func(p *v2.Checkpoint) { event(p).PackageId = proto.String("0x4") })), sui.ErrDisagree},
		"another sender":      {nodes(honest(), other(func(p *v2.Checkpoint) { event(p).Sender = proto.String("0x4") })), sui.ErrDisagree},
		"one of three lies":   {nodes(honest(), other(func(p *v2.Checkpoint) { p.Transactions = nil }), honest()), sui.ErrDisagree},
	} {
		if err := client(t, c.nodes...).Confirm(t.Context(), point); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var gone *sui.PrunedError
	if err := client(t, honest(), pruned()).Confirm(t.Context(), point); !errors.As(err, &gone) || *gone != (sui.PrunedError{From: number, First: 6}) {
		t.Errorf("one of two has forgotten it: %v", err)
	}
}

// An endpoint that is behind is waited for.
func TestConfirmWaits(t *testing.T) {
	point := pointOf(t, 4)
	var asked atomic.Int32
	late := (&history{count: 5}).node(nil)
	now := late.Checkpoint
	late.Checkpoint = func(r *v2.GetCheckpointRequest) (*v2.GetCheckpointResponse, error) {
		if asked.Add(1) == 1 {
			return nil, status.Error(codes.NotFound, "not yet")
		}
		return now(r)
	}
	if err := client(t, (&history{count: 5}).node(nil), late).Confirm(t.Context(), point); err != nil || asked.Load() != 2 {
		t.Errorf("%v after %d", err, asked.Load())
	}
	ctx, cancel := context.WithCancel(t.Context())
	never := (&history{count: 4}).node(nil)
	never.Checkpoint = func(*v2.GetCheckpointRequest) (*v2.GetCheckpointResponse, error) {
		cancel()
		return nil, status.Error(codes.NotFound, "not yet")
	}
	if err := client(t, (&history{count: 5}).node(nil), never).Confirm(ctx, point); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
