package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/floe-network/floe/staking/devchain"
	"github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/ledger"
)

// devchainFlags are what the command line says of a chain.
type devchainFlags struct {
	dir, listen, seed string
	interval, epoch   time.Duration
	retain, gasPrice  uint64
	hosts, origins    []string
}

func newDevchain(out *console) *cobra.Command {
	var f devchainFlags
	cmd := &cobra.Command{
		Use:   "devchain --dir DIR",
		Short: "Run a Sui-compatible chain on this machine",
		Long: `Run a development chain until Ctrl-C. It speaks the gRPC API of Sui's full nodes, over gRPC and grpc-web, and executes real
Move packages, so that Sui's clients and Floe's nodes work with it as with a Sui network. It is one process without
validators: nothing of it is worth anything.

The chain is in DIR and goes on when the command runs again; what was answered survives kill -9. Everybody on this machine
can use it; coins, the clock and checkpoints are given out by the commands below, which need access to DIR.`,
		Example: `  floe devchain --dir chain
  floe devchain faucet --dir chain 0xADDRESS --sui 100 --wal 1000       (in another shell)
  floe devchain status --dir chain
  floe devchain clock --dir chain --advance 24h`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDevchain(cmd.Context(), out, f) },
	}
	devchainDir(cmd, &f.dir)
	cmd.Flags().StringVar(&f.listen, "listen", devchain.DefaultListen, "address of the API; port 0 is any free one")
	cmd.Flags().DurationVar(&f.interval, "interval", ledger.DefaultInterval, "time between checkpoints; 0 makes them on demand only (floe devchain checkpoint)")
	cmd.Flags().DurationVar(&f.epoch, "epoch", ledger.DefaultEpoch, "length of an epoch of the chain")
	cmd.Flags().Uint64Var(&f.retain, "retain", ledger.DefaultRetain, "checkpoints to keep, with their transactions and old objects")
	cmd.Flags().StringSliceVar(&f.hosts, "host", nil, "name or address by which other machines call the chain (with --listen)")
	cmd.Flags().StringSliceVar(&f.origins, "origin", nil, "origin of web pages that may call the chain, as https://app.example; those of this machine may")
	cmd.Flags().StringVar(&f.seed, "seed", "", "64 hexadecimal digits from which a new chain's keys and randomness follow (default random)")
	cmd.Flags().Uint64Var(&f.gasPrice, "gas-price", 0, fmt.Sprintf("reference gas price of a new chain, in MIST (default %d)", genesis.DefaultGasPrice))
	cmd.AddCommand(newDevchainFaucet(out), newDevchainStatus(out), newDevchainCheckpoint(out), newDevchainClock(out))
	return cmd
}

// devchainDir adds the flag that says which chain is meant.
func devchainDir(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "dir", "", "directory of the chain")
	_ = cmd.MarkFlagRequired("dir") // fails only for a flag that does not exist
}

func runDevchain(ctx context.Context, out *console, f devchainFlags) error {
	o, err := f.options()
	if err != nil {
		return err
	}
	o.Log = slog.New(slog.NewTextHandler(out.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	chain, err := devchain.Open(ctx, f.dir, o)
	if err != nil {
		return err
	}
	defer chain.Close() //nolint:errcheck // the orderly end below reports; this one is for the others
	l, wal := chain.Ledger(), chain.Faucet().Wal()
	dir := filepath.Clean(f.dir)
	err = out.result(map[string]any{
		"endpoint": "http://" + chain.Addr(), "chain": l.Chain(), "dir": dir, "checkpoint": l.Latest(), "epoch": l.Head().Epoch,
		"faucet": chain.Faucet().Address(), "wal_package": wal.Package, "wal_treasury": wal.Treasury,
	}, fmt.Sprintf(`the chain is up at http://%s; Ctrl-C ends it
chain id     %s
checkpoint   %d, epoch %d
WAL          %s::wal::WAL
its mint     %s (shared, %s::faucet::mint)

get coins:   floe devchain faucet --dir %s ADDRESS
how it is:   floe devchain status --dir %s
TypeScript:  new SuiGrpcClient({ network: 'localnet', baseUrl: 'http://%s' })
`, chain.Addr(), l.Chain(), l.Latest(), l.Head().Epoch, wal.Package, wal.Treasury, wal.Package, dir, dir, chain.Addr()))
	if err != nil {
		return err
	}
	if err := chain.Wait(ctx); err != nil {
		return err
	}
	return chain.Close()
}

// options checks the command line.
func (f *devchainFlags) options() (devchain.Options, error) {
	o := devchain.Options{
		Listen: f.listen, Hosts: f.hosts, Origins: f.origins, Version: "floe-devchain/" + version(),
		Ledger: ledger.Options{Interval: f.interval, Epoch: f.epoch, Retain: f.retain},
	}
	if f.interval < 0 || f.epoch <= 0 || f.retain == 0 {
		return o, usagef("--interval must not be below zero, --epoch and --retain must be above")
	}
	if f.seed == "" && f.gasPrice == 0 {
		return o, nil
	}
	o.Genesis = &genesis.Parameters{GasPrice: f.gasPrice}
	seed, err := hex.DecodeString(f.seed)
	if err != nil || len(seed) != len(o.Genesis.Seed) {
		return o, usagef("--seed must have 64 hexadecimal digits (and must be given with --gas-price)")
	}
	copy(o.Genesis.Seed[:], seed)
	return o, nil
}
