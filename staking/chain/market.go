package chain

import (
	"context"
	"fmt"
	"slices"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/event"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Own returns what the account owns, with regard to a blob id, after transactions that were sent and not heard of again are
// settled.
func (a *Account) Own(ctx context.Context, id codec.BlobID) (*staking.Holdings, error) {
	ctx, cancel := context.WithTimeout(ctx, marketLimit)
	defer cancel()
	if _, err := a.wallet.Resume(ctx); err != nil {
		return nil, a.explain(err)
	}
	return a.holdings(ctx, id)
}

func (a *Account) holdings(ctx context.Context, id codec.BlobID) (*staking.Holdings, error) {
	epoch, err := a.epoch(ctx)
	if err != nil {
		return nil, err
	}
	h := &staking.Holdings{Epoch: epoch}
	blobs, err := a.Blobs(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range blobs {
		if b.Value.BlobID == id {
			h.Blobs = append(h.Blobs, holding(&b.Value))
		}
	}
	reserved, err := a.Storage(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range reserved {
		h.Storage = append(h.Storage, staking.Reservation{
			Object: staking.ObjectID(s.Value.ID), Size: s.Value.StorageSize, Start: s.Value.StartEpoch, End: s.Value.EndEpoch})
	}
	return h, nil
}

// Blobs are the account's blob objects.
func (a *Account) Blobs(ctx context.Context) ([]Owned[object.Blob], error) {
	return ownedBy[object.Blob](ctx, a.Chain, a.Address())
}

// Storage is what the account has reserved and not used.
func (a *Account) Storage(ctx context.Context) ([]Owned[object.Storage], error) {
	return ownedBy[object.Storage](ctx, a.Chain, a.Address())
}

func holding(b *object.Blob) staking.Holding {
	h := staking.Holding{Space: b.Storage.StorageSize, Registration: staking.Registration{
		Blob: b.BlobID, Size: b.Size, Kind: kind(b.Deletable, b.ID), Object: staking.ObjectID(b.ID), Epoch: b.RegisteredEpoch, End: b.Storage.EndEpoch}}
	if b.CertifiedEpoch != nil {
		h.Certified = *b.CertifiedEpoch
	}
	return h
}

// epoch asks for the present one.
func (c *Chain) epoch(ctx context.Context) (uint32, error) {
	b := ptb.NewBuilder()
	v := view.Epoch(c.Contracts(), b)
	returned, err := simulate(ctx, c.client, b)
	if err != nil {
		return 0, fmt.Errorf("epoch: %w", err)
	}
	return v.Read(returned)
}

// Price returns what an order costs at present, whatever its limit.
func (c *Chain) Price(ctx context.Context, o *staking.Order) (p staking.Price, err error) {
	ctx, cancel := context.WithTimeout(ctx, marketLimit)
	defer cancel()
	d, b := c.Contracts(), ptb.NewBuilder()
	space, write := view.ReserveCost(d, b, o.EncodedSize, o.Epochs), view.RegisterCost(d, b, o.Size)
	returned, err := simulate(ctx, c.client, b)
	if err != nil {
		return p, fmt.Errorf("price: %w", err)
	}
	if o.Storage == (staking.ObjectID{}) {
		if p.Storage, err = space.Read(returned); err != nil {
			return p, err
		}
	}
	cost, err := write.Read(returned)
	p.Write, p.Deposit = cost.Cost, cost.Deposit
	return p, err
}

// Register reserves storage, or takes and cuts the order's, and registers the blob, in one transaction. Errors, all of which
// mean that nothing was bought: staking.ErrFunds, ErrPrice, ErrStale, ErrBarred.
func (a *Account) Register(ctx context.Context, o *staking.Order) (*staking.Bought, error) {
	ctx, cancel := context.WithTimeout(ctx, marketLimit)
	defer cancel()
	bought := &staking.Bought{}
	done, err := a.send(ctx, func(ctx context.Context, c *call) error {
		if err := c.unchanged(ctx, o); err != nil {
			return err
		}
		var err error
		if bought.Price, err = a.Price(ctx, o); err != nil {
			return err
		}
		if total := bought.Price.Total(); total > o.Limit {
			return fmt.Errorf("%w: it costs %d FROST, at most %d are to be paid", staking.ErrPrice, total, o.Limit)
		}
		purse, keep, err := c.purse(ctx, bought.Price.Total())
		if err != nil {
			return err
		}
		storage, err := c.storage(ctx, o, purse)
		if err != nil {
			return err
		}
		blob := c.RegisterBlob(c.Builder, storage, contract.Registration{Blob: o.Blob, Root: o.Root, Size: o.Size, Deletable: o.Deletable}, purse)
		c.Transfer(a.Address(), blob)
		keep()
		return nil
	})
	if err != nil {
		return nil, err
	}
	r, err := told[event.BlobRegistered](a, done)
	if err != nil {
		return nil, err
	}
	bought.Registration = staking.Registration{Blob: r.BlobID, Size: r.Size, Kind: kind(r.Deletable, r.ObjectID), Object: staking.ObjectID(r.ObjectID),
		Epoch: r.Epoch, End: r.EndEpoch}
	bought.Transaction = done.Digest.String()
	return bought, nil
}

// unchanged fails with staking.ErrStale when the account has other objects of the order's blob than the buyer knows.
func (c *call) unchanged(ctx context.Context, o *staking.Order) error {
	blobs, err := c.account.Blobs(ctx)
	if err != nil {
		return err
	}
	for _, b := range blobs {
		if b.Value.BlobID == o.Blob && !slices.Contains(o.Known, staking.ObjectID(b.Value.ID)) {
			return fmt.Errorf("%w: it has object %s of blob %s", staking.ErrStale, b.Value.ID, o.Blob)
		}
	}
	return nil
}

// storage gives the storage for an order: bought, or cut out of a reservation.
func (c *call) storage(ctx context.Context, o *staking.Order, purse ptb.Argument) (ptb.Argument, error) {
	if o.Storage == (staking.ObjectID{}) {
		return c.ReserveSpace(c.Builder, o.EncodedSize, o.Epochs, purse), nil
	}
	epoch, err := c.account.epoch(ctx)
	if err != nil {
		return ptb.Argument{}, err
	}
	storage, have, err := own[object.Storage](ctx, c, ptb.Address(o.Storage))
	if err != nil {
		return storage, fmt.Errorf("%w: %w", staking.ErrStale, err)
	}
	end := uint64(epoch) + uint64(o.Epochs)
	if have.StorageSize < o.EncodedSize || have.StartEpoch > epoch || uint64(have.EndEpoch) < end {
		return storage, fmt.Errorf("%w: storage %s has %d bytes for epochs %d to %d, %d bytes are needed from %d to %d", staking.ErrStale,
			have.ID, have.StorageSize, have.StartEpoch, have.EndEpoch, o.EncodedSize, epoch, end)
	}
	if have.StorageSize > o.EncodedSize {
		c.Transfer(c.account.Address(), c.SplitStorageBySize(c.Builder, storage, o.EncodedSize))
	}
	if uint64(have.EndEpoch) > end {
		c.Transfer(c.account.Address(), c.SplitStorageByEpoch(c.Builder, storage, uint32(end))) //nolint:gosec // below an end epoch
	}
	return storage, nil
}

// Certify certifies an object and takes the refund. Errors: staking.ErrEpoch, ErrCertified, ErrBarred.
func (a *Account) Certify(ctx context.Context, id staking.ObjectID, cert *staking.Certificate) (*staking.Certified, error) {
	ctx, cancel := context.WithTimeout(ctx, marketLimit)
	defer cancel()
	done, err := a.send(ctx, func(ctx context.Context, c *call) error {
		blob, value, err := own[object.Blob](ctx, c, ptb.Address(id))
		if err != nil {
			return err
		}
		if value.CertifiedEpoch != nil {
			return fmt.Errorf("%w: %s, in epoch %d", staking.ErrCertified, value.ID, *value.CertifiedEpoch)
		}
		c.CertifyBlobAndKeep(c.Builder, blob, contract.Certificate{Signature: cert.Signature, Signers: cert.Bitmap(), Message: cert.Confirmation.Bytes()})
		return nil
	})
	if err != nil {
		return nil, err
	}
	certified, err := told[event.BlobCertified](a, done)
	if err != nil {
		return nil, err
	}
	out := &staking.Certified{Epoch: certified.Epoch, Transaction: done.Digest.String()}
	if settled, err := told[event.DepositSettled](a, done); err == nil { // burned already, where there is none
		out.Refund = settled.Refunded
	}
	return out, nil
}

// Extend buys more epochs for a certified object, for limit FROST at most. Errors: staking.ErrFunds, ErrPrice, ErrBarred.
func (a *Account) Extend(ctx context.Context, id staking.ObjectID, epochs uint32, limit uint64) (*staking.Extended, error) {
	ctx, cancel := context.WithTimeout(ctx, marketLimit)
	defer cancel()
	out := &staking.Extended{}
	done, err := a.send(ctx, func(ctx context.Context, c *call) error {
		blob, value, err := own[object.Blob](ctx, c, ptb.Address(id))
		if err != nil {
			return err
		}
		price, err := a.Price(ctx, &staking.Order{Size: value.Size, EncodedSize: value.Storage.StorageSize, Epochs: epochs})
		if err != nil {
			return err
		}
		if out.Cost = price.Storage; out.Cost > limit {
			return fmt.Errorf("%w: it costs %d FROST, at most %d are to be paid", staking.ErrPrice, out.Cost, limit)
		}
		purse, keep, err := c.purse(ctx, out.Cost)
		if err != nil {
			return err
		}
		c.ExtendBlob(c.Builder, blob, epochs, purse)
		keep()
		return nil
	})
	if err != nil {
		return nil, err
	}
	certified, err := told[event.BlobCertified](a, done)
	out.End, out.Transaction = certified.EndEpoch, done.Digest.String()
	return out, err
}
