package wallet_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"testing"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/internal/fakenode"
	"github.com/floe-network/floe/staking/sui/ptb"
)

const price = 1000

// fakeChain has coins and executes transactions that pay with their present versions.
type fakeChain struct {
	mu       sync.Mutex
	coins    map[ptb.Address]*ptb.ObjectRef
	balances map[ptb.Address]uint64
	cost     uint64
	failure  *v2.ExecutionError // of every transaction
	unseen   *v2.ExecutionError // of executions only
	before   func() error       // what becomes of a transaction that comes
	after    func() error       // what becomes of an answer
	executed map[ptb.Digest]*v2.ExecutedTransaction
	received []string // all that came, in order
	hidden   bool     // executions are not shown
	price    uint64   // that it tells of
	order    []ptb.Digest
}

func newChain(balances ...uint64) *fakeChain {
	c := &fakeChain{coins: make(map[ptb.Address]*ptb.ObjectRef), balances: make(map[ptb.Address]uint64), cost: 5_000_000, price: price,
		executed: make(map[ptb.Digest]*v2.ExecutedTransaction)}
	for i, n := range balances {
		id := ptb.Address{0xc0, byte(i)}
		c.coins[id] = &ptb.ObjectRef{ID: id, Version: 1, Digest: ptb.Digest{1}}
		c.balances[id] = n
	}
	return c
}

// client makes a Client of the chain.
func (c *fakeChain) client(t *testing.T) *sui.Client {
	t.Helper()
	client, _ := c.serve(t)
	return client
}

// serve makes a Client of the chain and gives its address.
func (c *fakeChain) serve(t *testing.T) (*sui.Client, string) {
	t.Helper()
	node := &fakenode.Node{Chain: ptb.Digest{1}, Epoch: c.epoch, Owned: c.owned, Simulate: c.simulate, Execute: c.execute, Lookup: c.lookup}
	address := node.Start(t)
	set, err := endpoint.Open([]string{address}, node.Chain)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := set.Close(); err != nil {
			t.Error(err)
		}
	})
	return sui.New(set), address
}

func (c *fakeChain) epoch(*v2.GetEpochRequest) (*v2.GetEpochResponse, error) {
	return &v2.GetEpochResponse{Epoch: &v2.Epoch{Epoch: proto.Uint64(3), ReferenceGasPrice: proto.Uint64(c.price)}}, nil
}

func (c *fakeChain) owned(r *v2.ListOwnedObjectsRequest) (*v2.ListOwnedObjectsResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	answer := &v2.ListOwnedObjectsResponse{}
	for id, ref := range c.coins {
		answer.Objects = append(answer.Objects, &v2.Object{ObjectId: proto.String(id.String()), Version: proto.Uint64(ref.Version),
			Digest: proto.String(ref.Digest.String()), Owner: &v2.Owner{Kind: v2.Owner_ADDRESS.Enum(), Address: r.Owner}, ObjectType: r.ObjectType,
			Contents: &v2.Bcs{Value: binary.LittleEndian.AppendUint64(id[:], c.balances[id])}})
	}
	return answer, nil
}

func (c *fakeChain) simulate(r *v2.SimulateTransactionRequest) (*v2.SimulateTransactionResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	data, err := ptb.DecodeTransaction(r.GetTransaction().GetBcs().GetValue())
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	if err := c.check(data); err != nil {
		return nil, err
	}
	return &v2.SimulateTransactionResponse{Transaction: c.run(data, ptb.Digest{1}, c.failure)}, nil
}

// check refuses transactions as a chain does.
func (c *fakeChain) check(data *ptb.TransactionData) error {
	have := uint64(0)
	for _, p := range data.Gas.Payment {
		if ref := c.coins[p.ID]; ref == nil || *ref != p {
			return status.Errorf(codes.InvalidArgument, "object %s version %d is unavailable for consumption", p.ID, p.Version)
		}
		have += c.balances[p.ID]
	}
	if data.Gas.Price != price || data.Gas.Budget < 1000*price || have < data.Gas.Budget {
		return status.Errorf(codes.InvalidArgument, "price %d, budget %d, %d paid", data.Gas.Price, data.Gas.Budget, have)
	}
	return nil
}

func (c *fakeChain) run(data *ptb.TransactionData, digest ptb.Digest, failure *v2.ExecutionError) *v2.ExecutedTransaction {
	if failure == nil && data.Gas.Budget < c.cost {
		failure = &v2.ExecutionError{Kind: v2.ExecutionError_INSUFFICIENT_GAS.Enum()}
	}
	return &v2.ExecutedTransaction{Digest: proto.String(digest.String()), Checkpoint: proto.Uint64(1), Effects: &v2.TransactionEffects{
		Status:  &v2.ExecutionStatus{Success: proto.Bool(failure == nil), Error: failure},
		GasUsed: &v2.GasCostSummary{ComputationCost: proto.Uint64(c.cost / 2), StorageCost: proto.Uint64(c.cost - c.cost/2)}}}
}

func (c *fakeChain) execute(r *v2.ExecuteTransactionRequest) (*v2.ExecuteTransactionResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	encoded := r.GetTransaction().GetBcs().GetValue()
	c.received = append(c.received, string(encoded))
	if c.before != nil {
		if err := c.before(); err != nil {
			return nil, err
		}
	}
	data, err := ptb.DecodeTransaction(encoded)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	signer, err := account.Verify(encoded, r.GetSignatures()[0].GetBcs().GetValue())
	if err != nil || signer != data.Sender {
		return nil, status.Error(codes.InvalidArgument, fmt.Sprint("signature: ", err))
	}
	digest := ptb.TransactionDigest(encoded)
	done := c.executed[digest]
	if done == nil {
		if err := c.check(data); err != nil {
			return nil, err
		}
		why := c.failure
		if why == nil {
			why = c.unseen
		}
		done = c.run(data, digest, why)
		c.executed[digest] = done
		c.order = append(c.order, digest)
		for _, p := range data.Gas.Payment {
			c.coins[p.ID].Version++
		}
	}
	if c.after != nil {
		if err := c.after(); err != nil {
			return nil, err
		}
	}
	return &v2.ExecuteTransactionResponse{Transaction: done}, nil
}

func (c *fakeChain) lookup(r *v2.GetTransactionRequest) (*v2.GetTransactionResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	digest, err := ptb.ParseDigest(r.GetDigest())
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	if done := c.executed[digest]; done != nil && !c.hidden {
		return &v2.GetTransactionResponse{Transaction: done}, nil
	}
	return nil, status.Error(codes.NotFound, "no such transaction")
}

// hook sets what becomes of transactions that come, and of answers.
func (c *fakeChain) hook(before, after func() error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before, c.after = before, after
}

// seen gives what was executed and what came.
func (c *fakeChain) seen() (executed []ptb.Digest, received []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.order), slices.Clone(c.received)
}

// last is the last transaction that came.
func (c *fakeChain) last(t *testing.T) *ptb.TransactionData {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	data, err := ptb.DecodeTransaction([]byte(c.received[len(c.received)-1]))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
