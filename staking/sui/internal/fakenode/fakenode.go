// Package fakenode is a full node for tests of faults: it answers what the test says.
package fakenode

import (
	"context"
	"net"
	"sync"
	"testing"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/sui/ptb"
)

// Node has an answer for each call, nil for those that it does not have. Fields are set before Start.
type Node struct {
	Chain    ptb.Digest
	Info     func(context.Context) (*v2.GetServiceInfoResponse, error) // in place of the answer with the Chain
	Epoch    func(*v2.GetEpochRequest) (*v2.GetEpochResponse, error)
	Objects  func(*v2.BatchGetObjectsRequest) (*v2.BatchGetObjectsResponse, error)
	Owned    func(*v2.ListOwnedObjectsRequest) (*v2.ListOwnedObjectsResponse, error)
	Balance  func(*v2.GetBalanceRequest) (*v2.GetBalanceResponse, error)
	Lookup   func(*v2.GetTransactionRequest) (*v2.GetTransactionResponse, error)
	Execute  func(*v2.ExecuteTransactionRequest) (*v2.ExecuteTransactionResponse, error)
	Simulate func(*v2.SimulateTransactionRequest) (*v2.SimulateTransactionResponse, error)

	Checkpoint func(*v2.GetCheckpointRequest) (*v2.GetCheckpointResponse, error)
	// Subscribe sends until it returns how the stream ends.
	Subscribe func(r *v2.SubscribeCheckpointsRequest, send func(*v2.SubscribeCheckpointsResponse) error) error

	mu    sync.Mutex
	calls map[string]int
}

// Start serves until the test ends, and gives the address.
func (n *Node) Start(t testing.TB) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n.calls = make(map[string]int)
	server := grpc.NewServer(grpc.UnaryInterceptor(n.count))
	v2.RegisterLedgerServiceServer(server, ledgerService{Node: n})
	v2.RegisterStateServiceServer(server, stateService{Node: n})
	v2.RegisterTransactionExecutionServiceServer(server, executionService{Node: n})
	v2.RegisterSubscriptionServiceServer(server, subscriptionService{Node: n})
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}

func (n *Node) count(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	n.mu.Lock()
	n.calls[info.FullMethod]++
	n.mu.Unlock()
	return handler(ctx, request)
}

// Calls counts the calls of a method since Start, by its full name.
func (n *Node) Calls(method string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.calls[method]
}

// answer calls a function that may not be there.
func answer[Q, A any](f func(Q) (A, error), request Q) (A, error) {
	if f == nil {
		var none A
		return none, status.Error(codes.Unimplemented, "not in this test")
	}
	return f(request)
}

type ledgerService struct {
	v2.UnimplementedLedgerServiceServer
	*Node
}

func (s ledgerService) GetServiceInfo(ctx context.Context, _ *v2.GetServiceInfoRequest) (*v2.GetServiceInfoResponse, error) {
	if s.Info != nil {
		return s.Info(ctx)
	}
	return &v2.GetServiceInfoResponse{ChainId: proto.String(s.Chain.String())}, nil
}

func (s ledgerService) GetEpoch(_ context.Context, r *v2.GetEpochRequest) (*v2.GetEpochResponse, error) {
	return answer(s.Epoch, r)
}

func (s ledgerService) BatchGetObjects(_ context.Context, r *v2.BatchGetObjectsRequest) (*v2.BatchGetObjectsResponse, error) {
	return answer(s.Objects, r)
}

func (s ledgerService) GetTransaction(_ context.Context, r *v2.GetTransactionRequest) (*v2.GetTransactionResponse, error) {
	return answer(s.Lookup, r)
}

func (s ledgerService) GetCheckpoint(_ context.Context, r *v2.GetCheckpointRequest) (*v2.GetCheckpointResponse, error) {
	return answer(s.Checkpoint, r)
}

type subscriptionService struct {
	v2.UnimplementedSubscriptionServiceServer
	*Node
}

func (s subscriptionService) SubscribeCheckpoints(r *v2.SubscribeCheckpointsRequest, stream v2.SubscriptionService_SubscribeCheckpointsServer) error {
	if s.Subscribe == nil {
		return status.Error(codes.Unimplemented, "not in this test")
	}
	return s.Subscribe(r, stream.Send)
}

type stateService struct {
	v2.UnimplementedStateServiceServer
	*Node
}

func (s stateService) ListOwnedObjects(_ context.Context, r *v2.ListOwnedObjectsRequest) (*v2.ListOwnedObjectsResponse, error) {
	return answer(s.Owned, r)
}

func (s stateService) GetBalance(_ context.Context, r *v2.GetBalanceRequest) (*v2.GetBalanceResponse, error) {
	return answer(s.Balance, r)
}

type executionService struct {
	v2.UnimplementedTransactionExecutionServiceServer
	*Node
}

func (s executionService) ExecuteTransaction(_ context.Context, r *v2.ExecuteTransactionRequest) (*v2.ExecuteTransactionResponse, error) {
	return answer(s.Execute, r)
}

func (s executionService) SimulateTransaction(_ context.Context, r *v2.SimulateTransactionRequest) (*v2.SimulateTransactionResponse, error) {
	return answer(s.Simulate, r)
}
