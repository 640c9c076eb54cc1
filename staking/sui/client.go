// Package sui reads a Sui chain and sends transactions to it, through full nodes. What a full node says is believed as far
// as it makes sense, and with Agreed as far as a second one says the same; nothing here verifies signatures of validators.
package sui

import (
	"context"
	"fmt"
	"time"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Client asks endpoints. It may be used by several goroutines.
type Client struct {
	set *endpoint.Set
}

// New makes a Client of endpoints, which stay the caller's to close.
func New(set *endpoint.Set) *Client { return &Client{set} }

// Chain is the digest of the genesis checkpoint, which names the chain.
func (c *Client) Chain(ctx context.Context) (ptb.Digest, error) { return c.set.Chain(ctx) }

// Head is how far an endpoint is.
type Head struct {
	Epoch      uint64
	Checkpoint uint64 // the last that it has
	Lowest     uint64 // the first that it still has
	Time       time.Time
}

// Head asks how far the chain is.
func (c *Client) Head(ctx context.Context) (Head, error) {
	var h Head
	err := c.read(ctx, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		info, err := v2.NewLedgerServiceClient(conn).GetServiceInfo(ctx, &v2.GetServiceInfoRequest{})
		if err != nil {
			return err
		}
		h = Head{Epoch: info.GetEpoch(), Checkpoint: info.GetCheckpointHeight(), Lowest: info.GetLowestAvailableCheckpoint(),
			Time: info.GetTimestamp().AsTime()}
		return nil
	})
	return h, err
}

// Epoch is an epoch of the chain.
type Epoch struct {
	Number   uint64
	GasPrice uint64 // MIST for a computation unit
	Start    time.Time
}

// Epoch asks for the present epoch.
func (c *Client) Epoch(ctx context.Context) (Epoch, error) {
	var e Epoch
	err := c.read(ctx, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		answer, err := v2.NewLedgerServiceClient(conn).GetEpoch(ctx, &v2.GetEpochRequest{
			ReadMask: mask("epoch", "reference_gas_price", "start")})
		if err != nil {
			return err
		}
		from := answer.GetEpoch()
		if e = (Epoch{from.GetEpoch(), from.GetReferenceGasPrice(), from.GetStart().AsTime()}); e.GasPrice == 0 {
			return fmt.Errorf("%w: epoch %d has no gas price", endpoint.ErrGarbage, e.Number)
		}
		return nil
	})
	return e, err
}

// Balance is how much of a coin an address has in all.
func (c *Client) Balance(ctx context.Context, owner ptb.Address, coin ptb.StructTag) (uint64, error) {
	var n uint64
	err := c.read(ctx, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		who, what := owner.String(), coin.String()
		answer, err := v2.NewStateServiceClient(conn).GetBalance(ctx, &v2.GetBalanceRequest{Owner: &who, CoinType: &what})
		n = answer.GetBalance().GetBalance()
		return err
	})
	return n, err
}

// read asks one endpoint after the other.
func (c *Client) read(ctx context.Context, call func(context.Context, grpc.ClientConnInterface) error) error {
	return found(c.set.Do(ctx, endpoint.CallLimit, call))
}

// found makes ErrNotFound of the status.
func found(err error) error {
	if status.Code(err) == codes.NotFound {
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return err
}

func mask(paths ...string) *fieldmaskpb.FieldMask { return &fieldmaskpb.FieldMask{Paths: paths} }
