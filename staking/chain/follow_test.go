package chain_test

import (
	"context"
	"errors"
	"net"
	"testing"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/chain/chaintest"
	"github.com/floe-network/floe/staking/sui"
)

// silent is a full node of the right chain, in whose checkpoints nothing ever happens.
type silent struct {
	v2.UnimplementedLedgerServiceServer
	chain string
}

func (s *silent) GetServiceInfo(context.Context, *v2.GetServiceInfoRequest) (*v2.GetServiceInfoResponse, error) {
	return &v2.GetServiceInfoResponse{ChainId: &s.chain}, nil
}

func (s *silent) GetCheckpoint(_ context.Context, r *v2.GetCheckpointRequest) (*v2.GetCheckpointResponse, error) {
	n := r.GetSequenceNumber()
	return &v2.GetCheckpointResponse{Checkpoint: &v2.Checkpoint{SequenceNumber: &n}}, nil
}

// serve serves a silent node, and returns its address.
func (s *silent) serve(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, done := grpc.NewServer(), make(chan error, 1)
	v2.RegisterLedgerServiceServer(server, s)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}

// An event that one of the endpoints contradicts is told to nobody.
func TestContradictedEvents(t *testing.T) {
	w := chaintest.Start(t, 4, chaintest.Config(13))
	liar := &silent{chain: w.Network.Chain.String()}
	c := w.Chain(liar.serve(t), w.Serve())
	err := c.Follow(t.Context(), 0, func(_ context.Context, b staking.Batch) error {
		if len(b.Events) > 0 {
			t.Errorf("told of %v", b.Events)
		}
		return nil
	})
	if !errors.Is(err, sui.ErrDisagree) {
		t.Errorf("got %v", err)
	}
}
