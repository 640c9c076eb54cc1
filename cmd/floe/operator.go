package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/floe-network/floe/node/config"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/chain"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// operatorCommands act on the chain for the node of a configuration.
func operatorCommands(out *console) []*cobra.Command {
	return []*cobra.Command{newNodeRegister(out), newNodeStake(out), newNodeVote(out), newNodeStatus(out), newNodeWithdraw(out), newNodeReapply(out)}
}

// operator is a node's operator on the chain.
type operator struct {
	*chain.Account
	cfg  *config.Config
	keys *nodeKeys
}

// operating makes a command of a node's operator.
func operating(cmd *cobra.Command, run func(ctx context.Context, o *operator, args []string) error) *cobra.Command {
	var file string
	cmd.Flags().StringVar(&file, "config", "", "the node's configuration file (TOML)")
	_ = cmd.MarkFlagRequired("config") // fails only for a flag that does not exist
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		cfg, err := config.Load(file, os.LookupEnv, nil)
		if err != nil {
			return usagef("%w", err)
		}
		c, err := openChain(cfg.Network)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, c.Close()) }()
		keys, err := readKeys(cfg.Keys.Peer, cfg.Keys.BLS, cfg.Keys.Account, passphraseOf(cfg))
		if err != nil {
			return err
		}
		o, err := newOperator(c, cfg, keys)
		if err != nil {
			return err
		}
		return run(cmd.Context(), o, args)
	}
	return cmd
}

func newOperator(c *chain.Chain, cfg *config.Config, keys *nodeKeys) (*operator, error) {
	if keys.account == nil {
		return nil, usagef(`the node has no account: there is no %s ("floe key account --out %s" makes one)`, cfg.Keys.Account, cfg.Keys.Account)
	}
	a, err := chain.NewAccount(c, newWallet(c.Client(), keys.account, cfg.Keys.Account, 0))
	if err != nil {
		return nil, err
	}
	return &operator{Account: a, cfg: cfg, keys: keys}, nil
}

// peerKey is the node's identity as the chain has it.
func (o *operator) peerKey() (ed25519.PrivateKey, error) {
	raw, err := o.keys.peer.Raw()
	return raw, err
}

// node finds the id under which the node is registered.
func (o *operator) node(ctx context.Context) (staking.NodeID, error) {
	key, err := o.peerKey()
	if err != nil {
		return staking.NodeID{}, err
	}
	id, found, err := o.NodeOf(ctx, key.Public().(ed25519.PublicKey)) //nolint:errcheck,forcetypeassert // ed25519 has no other
	if err != nil {
		return staking.NodeID{}, err
	}
	if !found {
		return staking.NodeID{}, fmt.Errorf("%w: account %s has not registered the node %s: floe node register", errMissing, o.Address(), o.keys.id)
	}
	return id, nil
}

// votesFlags are what a node wants of prices and capacity.
type votesFlags struct {
	storage, write wal
	shard          string
}

func (f *votesFlags) add(cmd *cobra.Command) {
	cmd.Flags().Var(&f.storage, "storage-price", "WAL for storing an encoded MiB for an epoch; default: what it costs now")
	cmd.Flags().Var(&f.write, "write-price", "WAL for writing an encoded MiB; default: what it costs now")
	cmd.Flags().StringVar(&f.shard, "shard-size", "", "size of a shard, as 1TiB; default: what it is now")
}

// votes completes the flags by what holds now.
func (f *votesFlags) votes(ctx context.Context, c *chain.Chain) (object.Votes, error) {
	v, err := c.Votes(ctx)
	if err != nil {
		return v, err
	}
	if f.storage != 0 {
		v.StoragePrice = uint64(f.storage)
	}
	if f.write != 0 {
		v.WritePrice = uint64(f.write)
	}
	if f.shard != "" {
		size, err := parseSize(f.shard)
		if err != nil {
			return v, usagef("--shard-size: %w", err)
		}
		v.ShardSize = uint64(size)
	}
	return v, nil
}

func newNodeRegister(out *console) *cobra.Command {
	var name, payout string
	var commission uint64
	var votes votesFlags
	cmd := &cobra.Command{
		Use:   "register --config FILE --name NAME",
		Short: "Register the node on the chain",
		Long: `Register the node of FILE with its identity and its BLS key, which prove themselves. Its account pays and may act for it
from then on. It gets shards when it has stake at an epoch's cutoff: see "floe node stake".`,
		Example: "  floe node register --config node.toml --name \"Floe by the sea\" --commission 500",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&name, "name", "", "what the node is called, up to 64 bytes")
	_ = cmd.MarkFlagRequired("name") // fails only for a flag that does not exist
	cmd.Flags().Uint64Var(&commission, "commission", 1_000, "hundredths of a percent of the rewards that the node keeps")
	cmd.Flags().StringVar(&payout, "payout", "", "address that commission and claims are paid to; default: the account's")
	votes.add(cmd)
	return operating(cmd, func(ctx context.Context, o *operator, _ []string) error {
		r := chain.Registration{Name: name, Key: o.keys.bls, Payout: o.Address(), CommissionBP: commission}
		var err error
		if payout != "" {
			if r.Payout, err = ptb.ParseAddress(payout); err != nil {
				return usagef("--payout: %w", err)
			}
		}
		if r.Peer, err = o.peerKey(); err != nil {
			return err
		}
		if id, err := o.node(ctx); err == nil {
			return usagef("the node is registered already, as %s", id)
		} else if !errors.Is(err, errMissing) {
			return err
		}
		if r.Votes, err = votes.votes(ctx, o.Chain); err != nil {
			return err
		}
		announced, err := o.cfg.P2P.AnnounceAddrs()
		if err != nil {
			return err
		}
		for _, a := range announced[:min(len(announced), maxChainAddrs)] {
			r.Addresses = append(r.Addresses, a.String())
		}
		id, err := o.RegisterNode(ctx, r)
		if err != nil {
			return err
		}
		return out.result(map[string]any{"node_id": id, "peer_id": o.keys.id, "account": o.Address()}, id.String()+"\n")
	})
}

// maxChainAddrs is how many bootstrap addresses of a node the chain keeps.
const maxChainAddrs = 4

func newNodeStake(out *console) *cobra.Command {
	return operating(&cobra.Command{
		Use:   "stake --config FILE WAL",
		Short: "Stake own capital of the node",
		Long:  `Stake WAL of the node's account as its own capital, which everybody sees and which leaves an epoch later than other stake.`,
		Args:  cobra.ExactArgs(1),
	}, func(ctx context.Context, o *operator, args []string) error {
		id, err := o.node(ctx)
		if err != nil {
			return err
		}
		return stake(ctx, out, o.Account, []string{id.String(), args[0]}, true)
	})
}

func newNodeVote(out *console) *cobra.Command {
	var flags votesFlags
	cmd := &cobra.Command{
		Use:   "vote --config FILE",
		Short: "Set what the node wants of prices and capacity",
		Long:  `Set the node's votes, which count with the stake behind it in every selection until they are changed.`,
		Args:  cobra.NoArgs,
	}
	flags.add(cmd)
	cmd.MarkFlagsOneRequired("storage-price", "write-price", "shard-size")
	return operating(cmd, func(ctx context.Context, o *operator, _ []string) error {
		id, err := o.node(ctx)
		if err != nil {
			return err
		}
		s, err := o.Node(ctx, id)
		if err != nil {
			return err
		}
		v, err := flags.votes(ctx, o.Chain)
		if err != nil {
			return err
		}
		// What is not said stays as the node voted before.
		if flags.storage == 0 {
			v.StoragePrice = s.Info.Votes.StoragePrice
		}
		if flags.write == 0 {
			v.WritePrice = s.Info.Votes.WritePrice
		}
		if flags.shard == "" {
			v.ShardSize = s.Info.Votes.ShardSize
		}
		if err := o.SetVotes(ctx, id, v); err != nil {
			return err
		}
		return out.result(map[string]any{"node_id": id, "votes": v}, "")
	})
}

func newNodeStatus(out *console) *cobra.Command {
	return operating(&cobra.Command{
		Use:   "status --config FILE",
		Short: "Show what the chain says about the node",
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, o *operator, _ []string) error {
		mist, frost, err := o.Balances(ctx)
		if err != nil {
			return err
		}
		id, err := o.node(ctx)
		if err != nil {
			return err
		}
		s, err := o.Node(ctx, id)
		if err != nil {
			return err
		}
		standing := fmt.Sprintf("%d shards in epoch %d", len(s.Shards), s.Epoch)
		switch {
		case s.Info.Suspended:
			standing += ", suspended: it failed its challenges too often (floe node reapply)"
		case s.Info.Withdrawn:
			standing += ", withdrawn"
		case s.Closed:
			standing += ", its pool is closed: it owes too much"
		case s.Info.Halted:
			standing += ", takes no new stake"
		}
		owed := s.Pool.Debts.Owed()
		return out.result(map[string]any{"node_id": id, "peer_id": o.keys.id, "account": o.Address(), "sui_mist": mist, "wal_frost": frost, "epoch": s.Epoch,
			"info": s.Info, "shards": s.Shards, "next_stake_frost": s.NextStake, "own_capital_frost": s.Pool.OwnPrincipal, "commission_bp": s.Pool.CommissionBP,
			"commission_frost": s.Pool.Commission, "owed_frost": owed.String(), "closed": s.Closed},
			fmt.Sprintf("%s  %s\nnode        %s\npeer        %s\naccount     %s with %s and %s\nstake       %s counts next, %s of it own capital\ncommission  %d.%02d %%, %s to be collected\nowes        %s FROST\n",
				s.Info.Name, standing, id, o.keys.id, o.Address(), formatCoin(mist, "SUI"), formatWAL(frost), formatWAL(s.NextStake), formatWAL(s.Pool.OwnPrincipal),
				s.Pool.CommissionBP/100, s.Pool.CommissionBP%100, formatWAL(s.Pool.Commission), owed))
	})
}

func newNodeWithdraw(out *console) *cobra.Command {
	return operating(&cobra.Command{
		Use:   "withdraw --config FILE",
		Short: "Take the node out of the network, from the next committee on",
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, o *operator, _ []string) error {
		id, err := o.node(ctx)
		if err != nil {
			return err
		}
		if err := o.Withdraw(ctx, id); err != nil {
			return err
		}
		return out.result(map[string]any{"withdrawn": id}, "the node keeps its shards until others have them: leave it running until \"floe node status\" shows none\n")
	})
}

func newNodeReapply(out *console) *cobra.Command {
	return operating(&cobra.Command{
		Use:   "reapply --config FILE",
		Short: "Bring the node back after it withdrew or was suspended",
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, o *operator, _ []string) error {
		id, err := o.node(ctx)
		if err != nil {
			return err
		}
		if err := o.Reapply(ctx, id); err != nil {
			return err
		}
		return out.result(map[string]any{"reapplied": id}, "")
	})
}
