package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/floe-network/floe/node/config"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/chain"
)

func newWalletCommand(out *console) *cobra.Command {
	return spender(out, &cobra.Command{
		Use:   "wallet",
		Short: "Show an account's address and what it has",
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, a *chain.Account, _ []string) error {
		mist, frost, err := a.Balances(ctx)
		if err != nil {
			return err
		}
		return out.result(map[string]any{"address": a.Address(), "sui_mist": mist, "wal_frost": frost},
			fmt.Sprintf("%s\n%s\n%s\n", a.Address(), formatCoin(mist, "SUI"), formatWAL(frost)))
	})
}

func newEpoch(out *console) *cobra.Command {
	return looker(&cobra.Command{
		Use:   "epoch",
		Short: "Show where the network is in the course of its epoch",
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, c *chain.Chain, _ []string) error {
		e, err := c.Refresh(ctx)
		if err != nil {
			return err
		}
		next, err := c.NextStep(ctx)
		if err != nil {
			return err
		}
		if e == nil {
			return out.result(map[string]any{"epoch": 0, "next_step_ms": next.Milliseconds()},
				fmt.Sprintf("no epoch has begun: there is no committee yet\nnext step: %s\n", inTime(next)))
		}
		v := map[string]any{"epoch": e.Current.Epoch(), "start": e.Start.UTC(), "end": e.End.UTC(), "changing": e.Changing,
			"next_selected": e.Next != nil, "members": e.Current.Size(), "shards": e.Current.Params().Shards(), "next_step_ms": next.Milliseconds()}
		state := "shards are in place"
		if e.Changing {
			state = "shards are moving: blobs of before are with the committee of before"
		}
		return out.result(v, fmt.Sprintf("epoch %d of %d nodes with %d shards\nfrom  %s\nuntil %s\n%s\nnext step: %s\n", e.Current.Epoch(), e.Current.Size(),
			e.Current.Params().Shards(), e.Start.Local().Format(time.DateTime), e.End.Local().Format(time.DateTime), state, inTime(next)))
	})
}

func inTime(d time.Duration) string {
	if d <= 0 {
		return "due now"
	}
	return "in " + formatDuration(d)
}

// memberJSON is a member as commands print it.
type memberJSON struct {
	NodeID staking.NodeID `json:"node_id"`
	PeerID string         `json:"peer_id"`
	Shards []int          `json:"shards"`
	Addrs  []string       `json:"addrs"`
}

func newCommittee(out *console) *cobra.Command {
	var which string
	cmd := &cobra.Command{
		Use:   "committee",
		Short: "Show who holds which shards",
		Args:  cobra.NoArgs,
	}
	cmd.Flags().StringVar(&which, "of", "current", "current, previous or next")
	return looker(cmd, func(ctx context.Context, c *chain.Chain, _ []string) error {
		e, err := c.Refresh(ctx)
		if err != nil {
			return err
		}
		var com *staking.Committee
		if e != nil {
			list := map[string]*staking.Committee{"current": e.Current, "previous": e.Previous, "next": e.Next}
			var known bool
			if com, known = list[which]; !known {
				return usagef("--of %q: want current, previous or next", which)
			}
		}
		if com == nil {
			return fmt.Errorf("%w: there is no %s committee", errMissing, which)
		}
		text := fmt.Sprintf("epoch %d, %d shards\n", com.Epoch(), com.Params().Shards())
		members := make([]memberJSON, com.Size())
		for i := range members {
			m := com.Member(i)
			members[i] = memberJSON{NodeID: m.NodeID, PeerID: m.PeerID.String(), Shards: m.Shards, Addrs: []string{}}
			for _, a := range m.Addrs {
				members[i].Addrs = append(members[i].Addrs, a.String())
			}
			text += fmt.Sprintf("%s  %5d shards  %s\n", m.NodeID, len(m.Shards), m.PeerID)
		}
		return out.result(map[string]any{"epoch": com.Epoch(), "n_shards": com.Params().Shards(), "members": members}, text)
	})
}

func newPrice(out *console) *cobra.Command {
	var epochs uint32
	cmd := &cobra.Command{
		Use:   "price [SIZE]",
		Short: "Show what storing a blob costs",
		Long: `Show what it costs to store a blob of SIZE (as 5MiB; without it, 1 MiB) for some epochs. The deposit comes back for the
shards beyond a quorum that confirm in time: all of it when every node does.`,
		Example: "  floe price --epochs 10 250MiB",
		Args:    cobra.MaximumNArgs(1),
	}
	cmd.Flags().Uint32Var(&epochs, "epochs", defaultEpochs, "epochs, the current one included")
	return looker(cmd, func(ctx context.Context, c *chain.Chain, args []string) error {
		size := int64(1 << 20)
		if len(args) == 1 {
			var err error
			if size, err = parseSize(args[0]); err != nil {
				return usagef("SIZE: %w", err)
			}
		}
		e, err := c.Refresh(ctx)
		if err != nil {
			return err
		}
		if e == nil {
			return fmt.Errorf("%w: no epoch has begun", errMissing)
		}
		encoded, err := e.Current.Params().EncodedSize(uint64(size))
		if err != nil {
			return usagef("%w", err)
		}
		p, err := c.Price(ctx, &staking.Order{Size: uint64(size), EncodedSize: encoded, Epochs: epochs})
		if err != nil {
			return err
		}
		return out.result(map[string]any{"size": size, "encoded_size": encoded, "epochs": epochs, "price": p, "total": p.Total()},
			fmt.Sprintf("%s take %s once encoded\nstorage for %d epochs  %s\nwriting                %s\ndeposit                %s\ntogether               %s\n",
				formatBytes(size), formatBytes(int64(encoded)), epochs, formatWAL(p.Storage), formatWAL(p.Write), formatWAL(p.Deposit), formatWAL(p.Total())))
	})
}

// parseSize reads a size of the command line: 5MiB.
func parseSize(text string) (int64, error) {
	var s config.Size
	err := s.UnmarshalText([]byte(text))
	return int64(s), err
}
