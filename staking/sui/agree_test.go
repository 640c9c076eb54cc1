package sui_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/internal/fakenode"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func TestAgreed(t *testing.T) {
	a, b := ptb.Address{1}, ptb.Address{2}
	node := func(objects ...*v2.Object) *fakenode.Node { return &fakenode.Node{Objects: batch(objects...)} }
	down := func() *fakenode.Node {
		return &fakenode.Node{Info: func(context.Context) (*v2.GetServiceInfoResponse, error) {
			return nil, status.Error(codes.Unavailable, "down")
		}}
	}
	other := coin(a, 4, 9)
	other.Contents.Value[39] = 1
	otherOwner := coin(a, 4, 9)
	otherOwner.Owner = &v2.Owner{Kind: v2.Owner_IMMUTABLE.Enum()}
	otherDigest := coin(a, 4, 9)
	otherDigest.Digest = coin(a, 5, 9).Digest
	for name, c := range map[string]struct {
		nodes []*fakenode.Node
		want  error
	}{
		"one endpoint":            {[]*fakenode.Node{node(coin(a, 4, 9))}, nil},
		"the same":                {[]*fakenode.Node{node(coin(a, 4, 9)), node(coin(a, 4, 9))}, nil},
		"the second is ahead":     {[]*fakenode.Node{node(coin(a, 4, 9)), node(coin(a, 4, 9), coin(a, 6, 1))}, nil},
		"the first is down":       {[]*fakenode.Node{down(), node(coin(a, 4, 9)), node(coin(a, 4, 9))}, nil},
		"the second is down":      {[]*fakenode.Node{node(coin(a, 4, 9)), down(), node(coin(a, 4, 9))}, nil},
		"only one of two answers": {[]*fakenode.Node{node(coin(a, 4, 9)), down()}, endpoint.ErrUnreachable},
		"none answers":            {[]*fakenode.Node{down(), down()}, endpoint.ErrUnreachable},
		"other contents":          {[]*fakenode.Node{node(coin(a, 4, 9)), node(other)}, sui.ErrDisagree},
		"another owner":           {[]*fakenode.Node{node(coin(a, 4, 9)), node(otherOwner)}, sui.ErrDisagree},
		"another digest":          {[]*fakenode.Node{node(coin(a, 4, 9)), node(otherDigest)}, sui.ErrDisagree},
		"one of three lies":       {[]*fakenode.Node{node(coin(a, 4, 9)), node(other), node(coin(a, 4, 9))}, sui.ErrDisagree},
	} {
		list, err := client(t, c.nodes...).Agreed(t.Context(), a, b)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		} else if err == nil && (len(list) != 2 || list[0].Version != 4 || list[1] != nil) {
			t.Errorf("%s: %v", name, list)
		}
	}
}

// An endpoint that is behind is waited for.
func TestAgreedWaits(t *testing.T) {
	a := ptb.Address{1}
	var asked atomic.Int32
	late := &fakenode.Node{Objects: func(r *v2.BatchGetObjectsRequest) (*v2.BatchGetObjectsResponse, error) {
		if asked.Add(1) == 1 {
			return batch(coin(a, 3, 1))(r)
		}
		return batch(coin(a, 4, 9))(r)
	}}
	list, err := client(t, &fakenode.Node{Objects: batch(coin(a, 4, 9))}, late).Agreed(t.Context(), a)
	if err != nil || list[0].Version != 4 || asked.Load() != 2 {
		t.Errorf("got %v, %v after %d", list, err, asked.Load())
	}
	ctx, cancel := context.WithCancel(t.Context())
	never := &fakenode.Node{Objects: func(r *v2.BatchGetObjectsRequest) (*v2.BatchGetObjectsResponse, error) {
		cancel()
		return batch()(r)
	}}
	if _, err := client(t, &fakenode.Node{Objects: batch(coin(a, 4, 9))}, never).Agreed(ctx, a); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
