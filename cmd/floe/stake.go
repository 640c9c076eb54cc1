package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/chain"
)

func newStake(out *console) *cobra.Command {
	cmd := spender(out, &cobra.Command{
		Use:   "stake NODE WAL",
		Short: "Stake WAL with a storage node, or list stakes",
		Long: `Stake WAL with a storage node. It counts from the next epoch, or the one after when that one's committee is being
selected already. Stake earns a share of the node's rewards and bears its penalties.`,
		Example: "  floe stake 0x5e..1f 1000\n  floe stake ls",
		Args:    cobra.ExactArgs(2),
	}, func(ctx context.Context, a *chain.Account, args []string) error {
		return stake(ctx, out, a, args, false)
	})
	cmd.AddCommand(newStakeList(out))
	return cmd
}

func stake(ctx context.Context, out *console, a *chain.Account, args []string, own bool) error {
	node, err := parseNode(args[0])
	if err != nil {
		return err
	}
	amount, err := parseWAL(args[1])
	if err != nil {
		return usagef("%w", err)
	}
	id, err := a.Stake(ctx, node, amount, own)
	if err != nil {
		return err
	}
	return out.result(map[string]any{"stake": id, "node_id": node, "principal_frost": amount}, id.String()+"\n")
}

func newStakeList(out *console) *cobra.Command {
	return spender(out, &cobra.Command{
		Use:   "ls",
		Short: "List the account's stakes, and what pools still owe it",
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, a *chain.Account, _ []string) error {
		type stakeJSON struct {
			Stake      staking.ObjectID `json:"stake"`
			Node       staking.NodeID   `json:"node_id"`
			Principal  uint64           `json:"principal_frost"`
			Redeemable uint64           `json:"redeemable_frost"`
			Active     uint32           `json:"activation_epoch"`
			Leaves     *uint32          `json:"leave_epoch"`
			Own        bool             `json:"own_capital"`
		}
		type dueJSON struct {
			Due    staking.ObjectID `json:"due"`
			Node   staking.NodeID   `json:"node_id"`
			Amount uint64           `json:"amount_frost"`
		}
		stakes, err := a.Stakes(ctx)
		if err != nil {
			return err
		}
		list, text := make([]stakeJSON, len(stakes)), ""
		for i, s := range stakes {
			worth, err := a.Redeemable(ctx, s)
			if err != nil {
				return err
			}
			list[i] = stakeJSON{staking.ObjectID(s.Value.ID), staking.NodeID(s.Value.NodeID), s.Value.Principal, worth, s.Value.ActivationEpoch, s.Value.LeaveEpoch, s.Value.Own}
			state := fmt.Sprintf("counts from epoch %d", s.Value.ActivationEpoch)
			if s.Value.LeaveEpoch != nil {
				state = fmt.Sprintf("leaves with epoch %d", *s.Value.LeaveEpoch)
			}
			text += fmt.Sprintf("%s  with %s  %s, worth %s  %s\n", s.Value.ID, shortID(s.Value.NodeID), formatWAL(s.Value.Principal), formatWAL(worth), state)
		}
		dues, err := a.Dues(ctx)
		if err != nil {
			return err
		}
		owed := make([]dueJSON, len(dues))
		for i, d := range dues {
			owed[i] = dueJSON{staking.ObjectID(d.Value.ID), staking.NodeID(d.Value.NodeID), d.Value.Amount}
			text += fmt.Sprintf("%s  owed by %s  %s\n", d.Value.ID, shortID(d.Value.NodeID), formatWAL(d.Value.Amount))
		}
		return out.result(map[string]any{"address": a.Address(), "stakes": list, "dues": owed}, text)
	})
}

func newUnstake(out *console) *cobra.Command {
	return spender(out, &cobra.Command{
		Use:   "unstake STAKE",
		Short: "Ask that a stake leave its node, or take it back when it never counted",
		Args:  cobra.ExactArgs(1),
	}, func(ctx context.Context, a *chain.Account, args []string) error {
		id, err := parseObject("stake", args[0])
		if err != nil {
			return err
		}
		leaves, err := a.Unstake(ctx, id)
		if err != nil {
			return err
		}
		text := "taken back: it had not counted yet\n"
		if leaves != 0 {
			text = fmt.Sprintf("it leaves with the start of epoch %d; then: floe redeem %s\n", leaves, id)
		}
		return out.result(map[string]any{"stake": id, "leave_epoch": leaves, "taken_back": leaves == 0}, text)
	})
}

func newRedeem(out *console) *cobra.Command {
	return spender(out, &cobra.Command{
		Use:   "redeem STAKE",
		Short: "Take out a stake that has left, or what a pool still owes",
		Args:  cobra.ExactArgs(1),
	}, func(ctx context.Context, a *chain.Account, args []string) error {
		id, err := parseObject("stake", args[0])
		if err != nil {
			return err
		}
		dues, err := a.Dues(ctx)
		if err != nil {
			return err
		}
		for _, d := range dues {
			if staking.ObjectID(d.Value.ID) == id {
				if err := a.CollectDue(ctx, id); err != nil {
					return err
				}
				return out.result(map[string]any{"due": id}, "paid as far as the pool could; see: floe stake ls\n")
			}
		}
		paid, err := a.Redeem(ctx, id)
		if err != nil {
			return err
		}
		text := fmt.Sprintf("paid %s\n", formatWAL(paid.Paid))
		if paid.Due > 0 {
			text += fmt.Sprintf("the pool still owes %s; see: floe stake ls\n", formatWAL(paid.Due))
		}
		return out.result(map[string]any{"stake": id, "paid_frost": paid.Paid, "due_frost": paid.Due}, text)
	})
}
