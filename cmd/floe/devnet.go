package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
)

// Size of a local network when nothing is said: ten nodes of ten shards hold blobs up to 142 MiB and bear the loss of
// three nodes.
const (
	defaultNodes  = 10
	defaultShards = 100
)

func newDevnet(out *console) *cobra.Command {
	var dir string
	var nodes, shards int
	cmd := &cobra.Command{
		Use:   "devnet --dir DIR",
		Short: "Run a network of storage nodes on this machine",
		Long: `Run a network of storage nodes on loopback, in one process, until Ctrl-C. What they store is in DIR and is there again
when the command runs again. DIR/network.json is what put, get and status ask for; DIR/node-NN/node.toml is the configuration
of each node, also for running one as a process of its own ("floe node --config").`,
		Example: `  floe devnet --dir net
  floe put --network net/network.json photo.jpg        (in another shell)`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, created, err := prepareLocalnet(dir, "devnet", nodes, shards)
			if err != nil {
				return err
			}
			return runDevnet(cmd.Context(), out, l, created)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "directory of the network: its files, keys and data")
	_ = cmd.MarkFlagRequired("dir") // fails only for a flag that does not exist
	localnetFlags(cmd, &nodes, &shards)
	return cmd
}

func localnetFlags(cmd *cobra.Command, nodes, shards *int) {
	cmd.Flags().IntVar(nodes, "nodes", 0, fmt.Sprintf("storage nodes (default %d)", defaultNodes))
	cmd.Flags().IntVar(shards, "shards", 0, fmt.Sprintf("shards, spread over the nodes (default %d)", defaultShards))
}

func runDevnet(ctx context.Context, out *console, l *localnet, created bool) error {
	cluster, err := startCluster(ctx, l, nil)
	if err != nil {
		return err
	}
	defer cluster.Close() //nolint:errcheck // the orderly end below reports; this one is for the others
	state := "again"
	if created {
		state = "new"
	}
	file := filepath.Join(l.dir, networkFileName)
	p := l.committee.Params()
	err = out.result(map[string]any{
		"network": l.committee.Network(), "network_file": file, "nodes": len(l.configs), "shards": p.Shards(), "created": created,
	}, fmt.Sprintf(`%d storage nodes with %d shards are up (%s); Ctrl-C ends them
network file: %s
largest blob: %s
store a file: floe put --network %s FILE
`, len(l.configs), p.Shards(), state, file, formatBytes(int64(p.MaxBlobSize())), file))
	if err != nil {
		return err
	}
	<-ctx.Done()
	return cluster.Close()
}
