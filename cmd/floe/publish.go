package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/floe-network/floe/staking/chain"
	"github.com/floe-network/floe/staking/contract/genesis"
	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func newChain(out *console) *cobra.Command {
	return family("chain", "Start networks and keep them going on their chain", "", newChainPublish(out), newChainGenesis(out), newChainPush(out))
}

func newChainGenesis(out *console) *cobra.Command {
	var name string
	var in time.Duration
	cmd := &cobra.Command{
		Use:     "genesis --name NAME",
		Short:   "Print a genesis file with the contracts' defaults, to be edited",
		Example: "  floe chain genesis --name home --in 24h > genesis.json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c := genesis.Default()
			c.Name, c.Start = name, time.Now().Add(in).UTC().Truncate(time.Second)
			if err := c.Check(); err != nil {
				return usagef("%w", err)
			}
			b, err := json.MarshalIndent(c, "", "  ")
			if err != nil {
				return err
			}
			return out.result(c, string(b)+"\n")
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "name of the network: 1 to 32 of a-z, 0-9 and '-'")
	_ = cmd.MarkFlagRequired("name") // fails only for a flag that does not exist
	cmd.Flags().DurationVar(&in, "in", 7*24*time.Hour, "when the first epoch begins, from now")
	return cmd
}

// publishFlags are what the command line says of a publication.
type publishFlags struct {
	genesis, out, coin, treasury string
	endpoints, bootstrap         []string
	account                      accountFlags
}

func newChainPublish(out *console) *cobra.Command {
	var f publishFlags
	cmd := &cobra.Command{
		Use:   "publish --genesis FILE --endpoint URL --out FILE",
		Short: "Publish the contracts and start a network",
		Long: `Publish the contracts that this program has on a Sui network, start the network that the genesis file describes, and write its
network file. The coin is the WAL at --coin and --treasury; without them a coin that is worth nothing is published.

An interrupted publication goes on where it was: OUT.publishing remembers it. The account gets an EmergencyUpgradeCap, with
which it can upgrade the contracts without votes; burn it when the network has settled.`,
		Example: "  floe chain publish --genesis genesis.json --endpoint https://fullnode.testnet.sui.io --account me.key --out network.json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runPublish(cmd.Context(), out, f) },
	}
	cmd.Flags().StringVar(&f.genesis, "genesis", "", "genesis file")
	cmd.Flags().StringSliceVar(&f.endpoints, "endpoint", nil, "full node of the chain; may be repeated")
	cmd.Flags().StringVar(&f.out, "out", "", "network file to write")
	cmd.Flags().StringSliceVar(&f.bootstrap, "bootstrap", nil, "multiaddr of a peer to start from, for the network file; may be repeated")
	cmd.Flags().StringVar(&f.coin, "coin", "", "package of the WAL coin")
	cmd.Flags().StringVar(&f.treasury, "treasury", "", "its shared ProtectedTreasury")
	for _, name := range [...]string{"genesis", "endpoint", "out"} {
		_ = cmd.MarkFlagRequired(name) // fails only for a flag that does not exist
	}
	cmd.MarkFlagsRequiredTogether("coin", "treasury")
	f.account.add(cmd)
	return cmd
}

func runPublish(ctx context.Context, out *console, f publishFlags) (err error) {
	if _, err := os.Lstat(f.out); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(usagef("%s exists: a network is published once", f.out), err)
	}
	b, err := os.ReadFile(f.genesis)
	if err != nil {
		return err
	}
	config, err := genesis.Parse(b)
	if err != nil {
		return usagef("%w", err)
	}
	set, err := endpoint.Open(f.endpoints, ptb.Digest{})
	if err != nil {
		return usagef("%w", err)
	}
	defer func() { err = errors.Join(err, set.Close()) }()
	client := sui.New(set)
	w, err := f.account.wallet(out, client)
	if err != nil {
		return err
	}
	progress := f.out + ".publishing"
	p, err := resumePublication(progress, config)
	if errors.Is(err, fs.ErrNotExist) {
		var coin *genesis.Coin
		if coin, err = f.walCoin(ctx, client); err != nil {
			return err
		}
		p, err = chain.Begin(ctx, client, config, w.Address(), coin)
	}
	if err != nil {
		return err
	}
	n, err := chain.Publish(ctx, client, w, p, func(p *genesis.Publication) error {
		out.note("step", fmt.Sprintf("next: %s", p.Step), map[string]any{"step": p.Step.String()})
		return savePublication(progress, p)
	})
	if err != nil {
		return err
	}
	n.Endpoints, n.Bootstrap = f.endpoints, f.bootstrap
	if err := chain.WriteNetwork(f.out, n); err != nil {
		return err
	}
	if err := os.Remove(progress); err != nil {
		return err
	}
	return out.result(map[string]any{"network": n, "emergency_cap": p.EmergencyCap}, fmt.Sprintf("network %s is there: %s\nfirst epoch from %s on, with %d nodes that have stake\n",
		n.Name, f.out, config.Start.Local().Format(time.DateTime), config.Economics.MinNodes))
}

// walCoin is the coin of the command line, nil where one is to be published.
func (f *publishFlags) walCoin(ctx context.Context, client *sui.Client) (*genesis.Coin, error) {
	if f.coin == "" {
		return nil, nil
	}
	pkg, err := ptb.ParseAddress(f.coin)
	if err != nil {
		return nil, usagef("--coin: %w", err)
	}
	treasury, err := ptb.ParseAddress(f.treasury)
	if err != nil {
		return nil, usagef("--treasury: %w", err)
	}
	shared, err := chain.Shared(ctx, client, treasury)
	if err != nil {
		return nil, fmt.Errorf("treasury of WAL: %w", err)
	}
	return &genesis.Coin{Package: pkg, Treasury: shared}, nil
}

// resumePublication reads what is left of an interrupted publication of the same genesis. fs.ErrNotExist: there is none.
func resumePublication(path string, config genesis.Config) (*genesis.Publication, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var p genesis.Publication
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	was, err := json.Marshal(p.Config)
	if err != nil {
		return nil, err
	}
	is, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	if string(was) != string(is) {
		return nil, usagef("%s is of another genesis file: remove it to begin anew, what it published is lost then", path)
	}
	return &p, nil
}

func savePublication(path string, p *genesis.Publication) error {
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	temporary := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".tmp")
	if err := os.WriteFile(temporary, append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

func newChainPush(out *console) *cobra.Command {
	return spender(out, &cobra.Command{
		Use:   "push",
		Short: "Do what is due in the course of the epoch",
		Long:  `Do the steps of the epoch that are due. Nodes do it by themselves; anybody may, in a network whose nodes are down.`,
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, a *chain.Account, _ []string) error {
		steps := 0
		for {
			wait, err := a.NextStep(ctx)
			if err != nil {
				return err
			}
			if wait > 0 {
				return out.result(map[string]any{"steps": steps, "next_step_ms": wait.Milliseconds()}, fmt.Sprintf("%d steps done; the next is due %s\n", steps, inTime(wait)))
			}
			if err := a.Push(ctx); err != nil {
				return err
			}
			steps++
		}
	})
}
