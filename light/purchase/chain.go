package purchase

import (
	"context"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
)

// Chain is an account on the chain. Every method bounds its own time. A transaction either never happens once its method has
// returned an error of package staking, or it is settled by the next Own.
type Chain interface {
	// Own returns what the account owns, with regard to a blob id. Before it does, transactions that were sent and not heard of
	// again, by this process or one before it, are settled: they have happened or never will.
	Own(ctx context.Context, id codec.BlobID) (*staking.Holdings, error)
	// Price returns what an order costs at present, whatever its limit.
	Price(ctx context.Context, order *staking.Order) (staking.Price, error)
	// Register reserves storage, or takes and cuts the order's, and registers the blob, in one transaction. Errors, all of
	// which mean that nothing was bought: staking.ErrFunds, ErrPrice, ErrStale, ErrBarred.
	Register(ctx context.Context, order *staking.Order) (*staking.Bought, error)
	// Certify certifies an object and takes the refund. Errors: staking.ErrEpoch, ErrCertified, ErrBarred.
	Certify(ctx context.Context, object staking.ObjectID, cert *staking.Certificate) (*staking.Certified, error)
	// Extend buys more epochs for a certified object, for limit FROST at most. Errors: staking.ErrFunds, ErrPrice, ErrBarred.
	Extend(ctx context.Context, object staking.ObjectID, epochs uint32, limit uint64) (*staking.Extended, error)
}
