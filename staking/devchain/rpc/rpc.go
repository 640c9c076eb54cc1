// Package rpc answers Sui's gRPC API (sui.rpc.v2) from a ledger. It keeps nothing itself: each call reads what is committed,
// and a subscriber pulls checkpoints from the ledger at its own speed.
package rpc

import (
	"log/slog"
	"strconv"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/rpc/endpoint"
	"github.com/floe-network/floe/staking/devchain/rpc/gate"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Options say how the API is served.
type Options struct {
	// Gate says who may call.
	Gate *gate.Gate
	// Version is what the server calls itself.
	Version string
	// Limits bound what clients cost.
	Limits Limits
	// Log is told of errors of ours.
	Log *slog.Logger
}

// chainName is what the API calls a network that is none of Sui's public ones.
const chainName = "unknown"

// api is what the services have in common.
type api struct {
	chain    *ledger.Ledger
	version  string
	limits   Limits
	accepted transaction.Limits // of transactions
	log      *slog.Logger
}

// New makes an Endpoint that serves a ledger, which must stay open until the Endpoint is closed.
func New(chain *ledger.Ledger, o Options) (*endpoint.Endpoint, error) {
	a := &api{chain: chain, version: o.Version, limits: o.Limits, accepted: transaction.DefaultLimits(), log: o.Log}
	config := endpoint.Config{
		Gate: o.Gate, Limits: o.Limits.Endpoint, Status: a.status, Headers: a.headers, Log: o.Log,
		Greeting: "This is the gRPC API of " + o.Version + ", a development chain that speaks Sui's sui.rpc.v2.\n" +
			"Connect a client to it: SuiGrpcClient of @mysten/sui, or any gRPC client (server reflection is on).\n",
	}
	return endpoint.New(config, func(r grpc.ServiceRegistrar) {
		v2.RegisterLedgerServiceServer(r, &ledgerService{api: a})
		v2.RegisterStateServiceServer(r, &stateService{api: a})
		v2.RegisterTransactionExecutionServiceServer(r, &executionService{api: a})
		v2.RegisterSubscriptionServiceServer(r, &subscriptionService{api: a})
		v2.RegisterMovePackageServiceServer(r, &packageService{api: a})
		v2.RegisterNameServiceServer(r, v2.UnimplementedNameServiceServer{})
		v2.RegisterSignatureVerificationServiceServer(r, v2.UnimplementedSignatureVerificationServiceServer{})
	})
}

// headers tell with each answer where the chain stands, as full nodes do.
func (a *api) headers() metadata.MD {
	head := a.chain.Head()
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	return metadata.Pairs(
		"x-sui-chain-id", a.chain.Chain().String(), "x-sui-chain", chainName,
		"x-sui-epoch", number(head.Epoch), "x-sui-checkpoint-height", number(head.Sequence-1), "x-sui-timestamp-ms", number(head.Time),
		"x-sui-lowest-available-checkpoint", number(head.Lowest), "x-sui-lowest-available-checkpoint-objects", number(head.Lowest),
	)
}

// Package is a package, nil when there is none: what messages and drafts ask for.
func (a *api) Package(id ptb.Address) (*packages.Package, error) {
	o, err := a.find(id)
	if err != nil || o == nil || o.Package == nil {
		return nil, err
	}
	return o.Package.Package, nil
}
