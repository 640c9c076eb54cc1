package chain

import (
	"context"
	"errors"
	"fmt"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/event"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// withBlob sends what build makes with a blob object of the account.
func (a *Account) withBlob(ctx context.Context, id staking.ObjectID, build func(c *call, blob ptb.Argument)) (*sui.Executed, error) {
	return a.send(ctx, func(ctx context.Context, c *call) error {
		blob, _, err := own[object.Blob](ctx, c, ptb.Address(id))
		if err == nil {
			build(c, blob)
		}
		return err
	})
}

// DeleteBlob deletes a deletable blob. The storage comes back to the account.
func (a *Account) DeleteBlob(ctx context.Context, id staking.ObjectID) error {
	_, err := a.withBlob(ctx, id, func(c *call, blob ptb.Argument) {
		c.Transfer(a.Address(), c.DeleteBlob(c.Builder, blob))
	})
	return err
}

// BurnBlob gives a blob object up. The blob stays stored until its end.
func (a *Account) BurnBlob(ctx context.Context, id staking.ObjectID) error {
	_, err := a.withBlob(ctx, id, func(c *call, blob ptb.Argument) { c.BurnBlob(c.Builder, blob) })
	return err
}

// SetAttribute sets an attribute of a blob object; an empty value removes it.
func (a *Account) SetAttribute(ctx context.Context, id staking.ObjectID, name, value string) error {
	_, err := a.withBlob(ctx, id, func(c *call, blob ptb.Argument) {
		if value == "" {
			c.RemoveAttribute(c.Builder, blob, name)
		} else {
			c.SetAttribute(c.Builder, blob, name, value)
		}
	})
	return err
}

// ShareBlob shares a certified blob for good, with so many FROST that only extend it. It returns the shared object.
func (a *Account) ShareBlob(ctx context.Context, id staking.ObjectID, funds uint64) (staking.ObjectID, error) {
	done, err := a.send(ctx, func(ctx context.Context, c *call) error {
		blob, _, err := own[object.Blob](ctx, c, ptb.Address(id))
		if err != nil {
			return err
		}
		if funds == 0 {
			c.ShareBlob(c.Builder, blob, c.EmptyWAL(c.Builder))
			return nil
		}
		purse, _, err := c.purse(ctx, funds)
		if err != nil {
			return err
		}
		c.ShareBlob(c.Builder, blob, purse)
		return nil
	})
	if err != nil {
		return staking.ObjectID{}, err
	}
	shared, err := told[event.BlobShared](a, done)
	return staking.ObjectID(shared.SharedBlobID), err
}

// SplitStorage cuts a reservation: it keeps size bytes when size is not zero, else the epochs before epoch.
func (a *Account) SplitStorage(ctx context.Context, id staking.ObjectID, size uint64, epoch uint32) error {
	_, err := a.send(ctx, func(ctx context.Context, c *call) error {
		storage, _, err := own[object.Storage](ctx, c, ptb.Address(id))
		if err != nil {
			return err
		}
		if size != 0 {
			c.Transfer(a.Address(), c.SplitStorageBySize(c.Builder, storage, size))
		} else {
			c.Transfer(a.Address(), c.SplitStorageByEpoch(c.Builder, storage, epoch))
		}
		return nil
	})
	return err
}

// JoinStorage joins a reservation with others: of the same epochs, or of the same size where one ends and the next begins.
func (a *Account) JoinStorage(ctx context.Context, into staking.ObjectID, others ...staking.ObjectID) error {
	_, err := a.send(ctx, func(ctx context.Context, c *call) error {
		storage, have, err := own[object.Storage](ctx, c, ptb.Address(into))
		if err != nil {
			return err
		}
		for _, id := range others {
			other, is, err := own[object.Storage](ctx, c, ptb.Address(id))
			if err != nil {
				return err
			}
			if is.StartEpoch == have.StartEpoch && is.EndEpoch == have.EndEpoch {
				c.JoinStorageSizes(c.Builder, storage, other)
				have.StorageSize += is.StorageSize
			} else {
				c.JoinStoragePeriods(c.Builder, storage, other)
				have.StartEpoch, have.EndEpoch = min(have.StartEpoch, is.StartEpoch), max(have.EndEpoch, is.EndEpoch)
			}
		}
		return nil
	})
	return err
}

// MintWAL takes FROST from the faucet of a development coin.
func (a *Account) MintWAL(ctx context.Context, frost uint64) error {
	_, err := a.send(ctx, func(_ context.Context, c *call) error {
		for left := frost; left > 0; { // the faucet gives so much in a call
			some := min(left, maxMint)
			c.Transfer(a.Address(), c.MintWAL(c.Builder, some))
			left -= some
		}
		return nil
	})
	return err
}

// Stake stakes FROST with a node and returns the stake. With own it is the node's own capital, and the account acts for the
// node.
func (a *Account) Stake(ctx context.Context, node staking.NodeID, frost uint64, ownCapital bool) (staking.ObjectID, error) {
	done, err := a.send(ctx, func(ctx context.Context, c *call) error {
		purse, _, err := c.purse(ctx, frost)
		if err != nil {
			return err
		}
		if !ownCapital {
			c.Transfer(a.Address(), c.Stake(c.Builder, purse, ptb.Address(node)))
			return nil
		}
		caps, err := a.Nodes(ctx)
		if err != nil {
			return err
		}
		for _, o := range caps {
			if o.Value.NodeID == ptb.Address(node) {
				c.Transfer(a.Address(), c.StakeOwn(c.Builder, c.Owned(o.Ref), purse))
				return nil
			}
		}
		return fmt.Errorf("%w: %s has no cap of node %s", staking.ErrInvalid, a.Address(), node)
	})
	if err != nil {
		return staking.ObjectID{}, err
	}
	staked, err := told[event.Staked](a, done)
	return staking.ObjectID(staked.StakeID), err
}

// Stakes are the account's.
func (a *Account) Stakes(ctx context.Context) ([]Owned[object.StakedWal], error) {
	return ownedBy[object.StakedWal](ctx, a.Chain, a.Address())
}

// Dues are what pools still owe the account.
func (a *Account) Dues(ctx context.Context) ([]Owned[object.DueWal], error) {
	return ownedBy[object.DueWal](ctx, a.Chain, a.Address())
}

// Unstake asks that a stake leave, or takes it back when it never counted. It returns the epoch at whose start it leaves, 0
// when the money is back.
func (a *Account) Unstake(ctx context.Context, id staking.ObjectID) (leaves uint32, err error) {
	epoch, err := a.epoch(ctx)
	if err != nil {
		return 0, err
	}
	done, err := a.send(ctx, func(ctx context.Context, c *call) error {
		staked, value, err := own[object.StakedWal](ctx, c, ptb.Address(id))
		if err != nil {
			return err
		}
		if value.ActivationEpoch > epoch {
			c.Transfer(a.Address(), c.CancelStake(c.Builder, staked))
		} else {
			c.Unstake(c.Builder, staked)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if asked, err := told[event.LeaveRequested](a, done); err == nil {
		return asked.LeaveEpoch, nil
	}
	return 0, nil
}

// Redeemed is what a stake that left was paid.
type Redeemed struct {
	Paid uint64 // FROST
	Due  uint64 // FROST that the pool still owes, as a DueWal of the account
}

// Redeem pays a stake that has left.
func (a *Account) Redeem(ctx context.Context, id staking.ObjectID) (Redeemed, error) {
	done, err := a.send(ctx, func(ctx context.Context, c *call) error {
		staked, _, err := own[object.StakedWal](ctx, c, ptb.Address(id))
		if err == nil {
			c.Transfer(a.Address(), c.Redeem(c.Builder, staked))
		}
		return err
	})
	if err != nil {
		return Redeemed{}, err
	}
	paid, err := told[event.Redeemed](a, done)
	return Redeemed{Paid: paid.Paid, Due: paid.Due}, err
}

// CollectDue pays what there is of what a pool owes the account, and removes the object when that is all.
func (a *Account) CollectDue(ctx context.Context, id staking.ObjectID) error {
	err := a.collectDue(ctx, id, true)
	if errors.Is(err, &contract.Abort{Module: "due_wal", Name: "ENotPaid"}) { // found before anything was sent
		err = a.collectDue(ctx, id, false)
	}
	return err
}

// collectDue removes the object too when it is the last payment, and aborts if it is not.
func (a *Account) collectDue(ctx context.Context, id staking.ObjectID, last bool) error {
	_, err := a.send(ctx, func(ctx context.Context, c *call) error {
		due, value, err := own[object.DueWal](ctx, c, ptb.Address(id))
		if err != nil {
			return err
		}
		c.Settle(c.Builder, value.NodeID)
		c.Transfer(a.Address(), c.CollectDue(c.Builder, due))
		if last {
			c.DestroyDue(c.Builder, due)
		}
		return nil
	})
	return err
}

// Redeemable is what a stake would be paid if it left, or redeems, now, in FROST.
func (a *Account) Redeemable(ctx context.Context, stake Owned[object.StakedWal]) (uint64, error) {
	d, b := a.Contracts(), ptb.NewBuilder()
	d.Settle(b, stake.Value.NodeID)
	v := view.Redeemable(d, b, b.Owned(stake.Ref))
	program, err := b.Program()
	if err != nil {
		return 0, err
	}
	out, err := a.client.ViewAs(ctx, a.Address(), program)
	if err != nil {
		return 0, err
	}
	return v.Read(out.Results)
}

// PayDebt pays debts of a node's pool, with at most so many FROST. What is not needed stays the account's.
func (a *Account) PayDebt(ctx context.Context, node staking.NodeID, frost uint64) error {
	_, err := a.send(ctx, func(ctx context.Context, c *call) error {
		purse, keep, err := c.purse(ctx, frost)
		if err != nil {
			return err
		}
		c.PayDebt(c.Builder, ptb.Address(node), purse)
		keep()
		return nil
	})
	return err
}
