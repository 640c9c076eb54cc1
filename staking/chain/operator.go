package chain

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"time"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/event"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Registration is what an operator registers a node with.
type Registration struct {
	Name         string // 1 to 64 bytes
	Peer         ed25519.PrivateKey
	Key          *bls.SecretKey
	Payout       ptb.Address // where commission and claims are paid
	CommissionBP uint64
	Votes        object.Votes
	Addresses    []string // multiaddrs, at most 4
}

// RegisterNode registers a storage node, which the account then may act for, and returns its id.
func (a *Account) RegisterNode(ctx context.Context, r Registration) (staking.NodeID, error) {
	public, ok := r.Peer.Public().(ed25519.PublicKey)
	if !ok || r.Key == nil {
		return staking.NodeID{}, fmt.Errorf("%w: a node needs its peer key and its BLS key", staking.ErrInvalid)
	}
	done, err := a.send(ctx, func(ctx context.Context, c *call) error {
		epoch, err := a.epoch(ctx)
		if err != nil {
			return err
		}
		proof, err := r.Key.Sign(staking.Possession{Epoch: epoch, Address: a.Address(), Key: r.Key.Public()}.Bytes())
		if err != nil {
			return err
		}
		nodeCap := c.RegisterNode(c.Builder, contract.NodeRegistration{
			Name: r.Name, PeerKey: public, PeerProof: ed25519.Sign(r.Peer, c.PeerMessage(a.Address(), r.Payout)),
			Key: r.Key.Public(), KeyProof: proof, Payout: r.Payout, CommissionBP: r.CommissionBP, Votes: r.Votes,
		})
		if len(r.Addresses) > 0 {
			c.SetAddresses(c.Builder, nodeCap, r.Addresses)
		}
		c.Transfer(a.Address(), nodeCap)
		return nil
	})
	if err != nil {
		return staking.NodeID{}, err
	}
	updated, err := told[event.NodeUpdated](a, done)
	return staking.NodeID(updated.NodeID), err
}

// Nodes are the caps of the nodes that the account may act for.
func (a *Account) Nodes(ctx context.Context) ([]Owned[object.NodeCap], error) {
	return ownedBy[object.NodeCap](ctx, a.Chain, a.Address())
}

// asNode sends what build makes with the cap of a node.
func (a *Account) asNode(ctx context.Context, node staking.NodeID, build func(c *call, nodeCap ptb.Argument)) error {
	_, err := a.send(ctx, func(ctx context.Context, c *call) error {
		caps, err := a.Nodes(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(caps, func(o Owned[object.NodeCap]) bool { return o.Value.NodeID == ptb.Address(node) })
		if i < 0 {
			return fmt.Errorf("%w: %s has no cap of node %s", staking.ErrInvalid, a.Address(), node)
		}
		build(c, c.Owned(caps[i].Ref))
		return nil
	})
	return err
}

// SetVotes sets what a node wants of prices and capacity.
func (a *Account) SetVotes(ctx context.Context, node staking.NodeID, v object.Votes) error {
	return a.asNode(ctx, node, func(c *call, nodeCap ptb.Argument) { c.SetVotes(c.Builder, nodeCap, v) })
}

// SetAddresses sets where a node can be met first.
func (a *Account) SetAddresses(ctx context.Context, node staking.NodeID, addresses []string) error {
	return a.asNode(ctx, node, func(c *call, nodeCap ptb.Argument) { c.SetAddresses(c.Builder, nodeCap, addresses) })
}

// SetCommission sets a node's commission, in basis points, from the rewards of the epoch after next on.
func (a *Account) SetCommission(ctx context.Context, node staking.NodeID, bp uint64) error {
	return a.asNode(ctx, node, func(c *call, nodeCap ptb.Argument) { c.SetCommission(c.Builder, nodeCap, bp) })
}

// SetHalted refuses new stake for a node, or takes it again.
func (a *Account) SetHalted(ctx context.Context, node staking.NodeID, halted bool) error {
	return a.asNode(ctx, node, func(c *call, nodeCap ptb.Argument) { c.SetHalted(c.Builder, nodeCap, halted) })
}

// Withdraw takes a node out of the network, from the next committee on that is not frozen yet.
func (a *Account) Withdraw(ctx context.Context, node staking.NodeID) error {
	return a.asNode(ctx, node, func(c *call, nodeCap ptb.Argument) { c.Withdraw(c.Builder, nodeCap) })
}

// Reapply brings back a node that withdrew or was suspended.
func (a *Account) Reapply(ctx context.Context, node staking.NodeID) error {
	return a.asNode(ctx, node, func(c *call, nodeCap ptb.Argument) { c.Reapply(c.Builder, nodeCap) })
}

// NodeState is what the chain says about a node at one moment.
type NodeState struct {
	Info      object.NodeInfo
	Pool      object.Pool // settled to the present epoch
	NextStake uint64      // FROST that counts in the next selection
	Closed    bool        // takes no stake and gets no shards
	Shards    []uint16
	Epoch     uint32
}

// Node asks about a node.
func (c *Chain) Node(ctx context.Context, node staking.NodeID) (*NodeState, error) {
	d, b, id := c.Contracts(), ptb.NewBuilder(), ptb.Address(node)
	d.Settle(b, id)
	epoch, info, pool := view.StakingEpoch(d, b), view.NodeInfo(d, b, id), view.Pool(d, b, id)
	next, closed, shards := view.NextStake(d, b, id), view.Closed(d, b, id), view.ShardsOf(d, b, id)
	returned, err := simulate(ctx, c.client, b)
	if err != nil {
		return nil, fmt.Errorf("node %s: %w", node, err)
	}
	s := &NodeState{}
	for _, read := range [...]func() error{
		func() (err error) { s.Epoch, err = epoch.Read(returned); return err },
		func() (err error) { s.Info, err = info.Read(returned); return err },
		func() (err error) { s.Pool, err = pool.Read(returned); return err },
		func() (err error) { s.NextStake, err = next.Read(returned); return err },
		func() (err error) { s.Closed, err = closed.Read(returned); return err },
		func() (err error) { s.Shards, err = shards.Read(returned); return err },
	} {
		if err := read(); err != nil {
			return nil, fmt.Errorf("node %s: %w", node, err)
		}
	}
	return s, nil
}

// Operator acts for one node in the course of epochs. It is what package keeper needs.
type Operator struct {
	*Account
	Node staking.NodeID
}

// NextStep says in how long the next step of the epoch is due, by the chain's clock; not above zero: now.
func (c *Chain) NextStep(ctx context.Context) (time.Duration, error) {
	b := ptb.NewBuilder()
	v := view.NextAction(c.Contracts(), b)
	returned, err := simulate(ctx, c.client, b)
	if err != nil {
		return 0, err
	}
	due, err := v.Read(returned)
	if err != nil {
		return 0, err
	}
	head, err := c.client.Head(ctx)
	if err != nil {
		return 0, err
	}
	if due.Action == view.Nothing {
		return idleStep, nil
	}
	left := int64(due.AtMS) - head.Time.UnixMilli() //nolint:gosec // times of this millennium
	return min(time.Duration(left)*time.Millisecond, idleStep), nil
}

// Push does the step that is due. It fails with staking.ErrNothingDue when somebody else was faster.
func (a *Account) Push(ctx context.Context) error {
	_, err := a.send(ctx, func(_ context.Context, c *call) error {
		c.Push(c.Builder)
		return nil
	})
	return err
}

// Collect has the node's commission, and what other nodes owe it, paid out when that is worth the gas. It returns FROST.
func (o *Operator) Collect(ctx context.Context) (uint64, error) {
	commission, err := o.collectCommission(ctx)
	if err != nil {
		return 0, err
	}
	claims, err := o.collectClaims(ctx)
	return commission + claims, err
}

func (o *Operator) collectCommission(ctx context.Context) (uint64, error) {
	s, err := o.Chain.Node(ctx, o.Node)
	if err != nil || s.Pool.Commission < leastEarnings {
		return 0, err
	}
	done, err := o.send(ctx, func(_ context.Context, c *call) error {
		c.Settle(c.Builder, ptb.Address(o.Node))
		c.CollectCommission(c.Builder, ptb.Address(o.Node))
		return nil
	})
	if err != nil {
		return 0, err
	}
	paid, err := told[event.NodePaid](o.Account, done)
	return paid.Amount, err
}

// NodeOf finds the node of a peer key among those that the account may act for.
func (a *Account) NodeOf(ctx context.Context, key ed25519.PublicKey) (id staking.NodeID, found bool, err error) {
	caps, err := a.Nodes(ctx)
	if err != nil || len(caps) == 0 {
		return id, false, err
	}
	d, b := a.Contracts(), ptb.NewBuilder()
	infos := make([]view.View[object.NodeInfo], min(len(caps), maxCaps))
	for i := range infos {
		infos[i] = view.NodeInfo(d, b, caps[i].Value.NodeID)
	}
	returned, err := simulate(ctx, a.client, b)
	if err != nil {
		return id, false, err
	}
	for i, v := range infos {
		info, err := v.Read(returned)
		if err != nil {
			return id, false, err
		}
		if key.Equal(ed25519.PublicKey(info.PeerKey)) {
			return staking.NodeID(caps[i].Value.NodeID), true, nil
		}
	}
	return id, false, nil
}

// Votes are what a node votes for that wants prices and capacity to stay as they are.
func (c *Chain) Votes(ctx context.Context) (v object.Votes, err error) {
	d, b := c.Contracts(), ptb.NewBuilder()
	prices, size := view.Prices(d, b), view.ShardSize(d, b)
	returned, err := simulate(ctx, c.client, b)
	if err != nil {
		return v, err
	}
	p, err := prices.Read(returned)
	if err != nil {
		return v, err
	}
	v.StoragePrice, v.WritePrice = p.Storage, p.Write
	v.ShardSize, err = size.Read(returned)
	return v, err
}
