package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/chain"
)

// Size of a local network when nothing is said: ten nodes of ten shards hold blobs up to 142 MiB and bear the loss of
// three nodes.
const (
	defaultNodes  = 10
	defaultShards = 100
)

func newDevnet(out *console) *cobra.Command {
	var dir string
	var spec localSpec
	cmd := &cobra.Command{
		Use:   "devnet --dir DIR",
		Short: "Run a network of storage nodes on this machine",
		Long: `Run a network on loopback, in one process, until Ctrl-C: a chain with the real contracts, and storage nodes that are
registered and staked on it. All of it is in DIR and is there again when the command runs again.

DIR/network.json is what the other commands ask for, DIR/keys/user.key an account with SUI and WAL. DIR/node-NN/node.toml is
the configuration of each node, also for running one as a process of its own ("floe node --config"). More coins:
"floe devchain faucet --dir DIR/chain ADDRESS".`,
		Example: `  floe devnet --dir net
  export FLOE_NETWORK=net/network.json FLOE_ACCOUNT=net/keys/user.key        (in another shell)
  floe put photo.jpg`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDevnet(cmd.Context(), out, dir, spec) },
	}
	cmd.Flags().StringVar(&dir, "dir", "", "directory of the network: its files, keys and data")
	_ = cmd.MarkFlagRequired("dir") // fails only for a flag that does not exist
	localnetFlags(cmd, &spec)
	cmd.Flags().DurationVar(&spec.epoch, "epoch", 0, fmt.Sprintf("length of an epoch of a new network (default %v)", localEpoch))
	spec.name, spec.level, spec.announce = "devnet", slog.LevelWarn, true
	return cmd
}

func localnetFlags(cmd *cobra.Command, spec *localSpec) {
	cmd.Flags().IntVar(&spec.nodes, "nodes", 0, fmt.Sprintf("storage nodes (default %d)", defaultNodes))
	cmd.Flags().IntVar(&spec.shards, "shards", 0, fmt.Sprintf("shards, spread over the nodes (default %d)", defaultShards))
}

func runDevnet(ctx context.Context, out *console, dir string, spec localSpec) (err error) {
	l, created, err := prepareLocalnet(ctx, dir, spec, func(s string) { out.note("step", s, nil) })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	cluster, err := startCluster(ctx, l, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Close()) }()
	com, err := l.committee(ctx)
	if err != nil {
		return err
	}
	state := "again"
	if created {
		state = "new"
	}
	p := com.Params()
	err = out.result(map[string]any{
		"network": com.Network(), "network_file": l.file(), "account_file": l.userKey(), "endpoint": l.network.Endpoints[0], "epoch": com.Epoch(),
		"nodes": len(l.configs), "shards": p.Shards(), "created": created,
	}, fmt.Sprintf(`%d storage nodes with %d shards are up (%s), epoch %d; Ctrl-C ends them
network file: %s
account:      %s
largest blob: %s
store a file: floe put --network %s --account %s FILE
`, len(l.configs), p.Shards(), state, com.Epoch(), l.file(), l.userKey(), formatBytes(int64(p.MaxBlobSize())), l.file(), l.userKey()))
	if err != nil {
		return err
	}
	return l.chain.Wait(ctx)
}

// committee asks for the present one.
func (l *localnet) committee(ctx context.Context) (_ *staking.Committee, err error) {
	c, err := chain.Open(l.network)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	epochs, err := c.Refresh(ctx)
	if err != nil {
		return nil, err
	}
	if epochs == nil {
		return nil, fmt.Errorf("%w: the network in %s has no committee", errMissing, l.dir)
	}
	return epochs.Current, nil
}
