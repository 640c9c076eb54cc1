package rpc_test

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/floe-network/floe/internal/leaktest"
	"github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/rpc"
	"github.com/floe-network/floe/staking/devchain/rpc/gate"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// start is when the chains of tests begin.
var start = time.UnixMilli(1_700_000_000_000)

const (
	coins    = 120               // of the account
	coinMist = 1_000_000_000_000 // in each
	gasPrice = genesis.DefaultGasPrice
)

// node is a chain that is served, with an account and clients.
type node struct {
	t         testing.TB
	addr      string
	chain     *ledger.Ledger
	key       *account.Key
	me        ptb.Address
	ledger    v2.LedgerServiceClient
	state     v2.StateServiceClient
	execution v2.TransactionExecutionServiceClient
	updates   v2.SubscriptionServiceClient
	packages  v2.MovePackageServiceClient
}

// serve serves a new chain whose clock stands still and whose checkpoints come on demand.
func serve(t *testing.T, change func(*rpc.Limits)) *node {
	t.Helper()
	return serveWith(t, change, ledger.Options{Clock: func() time.Time { return start }})
}

func serveWith(t testing.TB, change func(*rpc.Limits), o ledger.Options) *node {
	t.Helper()
	key := account.FromSeed([32]byte{1})
	p := &genesis.Parameters{Seed: [32]byte{7}, Accounts: []genesis.Account{{Address: key.Address()}}}
	for range coins {
		p.Accounts[0].Coins = append(p.Accounts[0].Coins, coinMist)
	}
	chain, err := ledger.Open(t.Context(), t.TempDir(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	g, err := gate.New(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	limits := rpc.DefaultLimits()
	if change != nil {
		change(&limits)
	}
	e, err := rpc.New(chain, rpc.Options{Gate: g, Version: "test", Limits: limits, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- e.Serve(l) }()
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64<<20)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := chain.Close(); err != nil {
			t.Error(err)
		}
	})
	return &node{
		t: t, addr: l.Addr().String(), chain: chain, key: key, me: key.Address(), ledger: v2.NewLedgerServiceClient(conn), state: v2.NewStateServiceClient(conn),
		execution: v2.NewTransactionExecutionServiceClient(conn), updates: v2.NewSubscriptionServiceClient(conn), packages: v2.NewMovePackageServiceClient(conn),
	}
}

func paths(list ...string) *fieldmaskpb.FieldMask { return &fieldmaskpb.FieldMask{Paths: list} }

// owned lists references to the account's coins of SUI.
func (n *node) owned(count uint32) []ptb.ObjectRef {
	n.t.Helper()
	answer, err := n.state.ListOwnedObjects(n.t.Context(), &v2.ListOwnedObjectsRequest{
		Owner: proto.String(n.me.String()), ObjectType: proto.String("0x2::coin::Coin<0x2::sui::SUI>"), PageSize: &count,
		ReadMask: paths("object_id", "version", "digest"),
	})
	if err != nil {
		n.t.Fatal(err)
	}
	var refs []ptb.ObjectRef
	for _, o := range answer.Objects {
		refs = append(refs, n.ref(o))
	}
	return refs
}

func (n *node) ref(o *v2.Object) ptb.ObjectRef {
	n.t.Helper()
	id, err := ptb.ParseAddress(o.GetObjectId())
	if err != nil {
		n.t.Fatal(err)
	}
	digest, err := ptb.ParseDigest(o.GetDigest())
	if err != nil {
		n.t.Fatal(err)
	}
	return ptb.ObjectRef{ID: id, Version: o.GetVersion(), Digest: digest}
}

// build makes a transaction of the account that the first of its coins pays.
func (n *node) build(add func(b *ptb.Builder)) *ptb.TransactionData {
	n.t.Helper()
	b := ptb.NewBuilder()
	add(b)
	p, err := b.Program()
	if err != nil {
		n.t.Fatal(err)
	}
	return &ptb.TransactionData{
		Kind: ptb.TransactionKind{Programmable: &p}, Sender: n.me, Expiration: ptb.Never(),
		Gas: ptb.GasData{Payment: n.owned(1), Owner: n.me, Price: gasPrice, Budget: 100_000_000},
	}
}

// request signs a transaction.
func (n *node) request(data *ptb.TransactionData, mask ...string) *v2.ExecuteTransactionRequest {
	n.t.Helper()
	encoded, err := data.Encode()
	if err != nil {
		n.t.Fatal(err)
	}
	return &v2.ExecuteTransactionRequest{
		Transaction: &v2.Transaction{Bcs: &v2.Bcs{Value: encoded}},
		Signatures:  []*v2.UserSignature{{Bcs: &v2.Bcs{Value: n.key.Sign(encoded)}}},
		ReadMask:    paths(mask...),
	}
}

// execute executes a transaction, which must succeed, and reads everything of it.
func (n *node) execute(add func(b *ptb.Builder)) *v2.ExecutedTransaction {
	n.t.Helper()
	answer, err := n.execution.ExecuteTransaction(n.t.Context(), n.request(n.build(add), "*"))
	if err != nil {
		n.t.Fatal(err)
	}
	if !answer.Transaction.Effects.Status.GetSuccess() {
		n.t.Fatalf("%v", answer.Transaction.Effects.Status)
	}
	return answer.Transaction
}

func (n *node) seal() uint64 {
	n.t.Helper()
	sequence, err := n.chain.Seal(context.Background())
	if err != nil {
		n.t.Fatal(err)
	}
	return sequence
}

// created is the id of the object that a transaction made of a type.
func (n *node) created(t *v2.ExecutedTransaction, part string) string {
	n.t.Helper()
	for _, c := range t.Effects.ChangedObjects {
		if c.GetIdOperation() == v2.ChangedObject_CREATED && strings.Contains(c.GetObjectType(), part) {
			return c.GetObjectId()
		}
	}
	n.t.Fatalf("no object of type %s", part)
	return ""
}
