package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/floe-network/floe/node/keyfile"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/chain"
	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
	"github.com/floe-network/floe/staking/sui/wallet"
)

// Names of variables that stand in for flags.
const (
	networkEnv = "FLOE_NETWORK"
	accountEnv = "FLOE_ACCOUNT"
	addressEnv = "FLOE_ADDRESS"
)

// journalDir, beside an account's key, has the transaction that is being sent. It goes with the key, so that all programs
// that use the key wait for one another.
const journalDir = ".floe-journal"

// accountFlags say which account pays and signs.
type accountFlags struct {
	file, address string
	pass          keyfile.Passphrase
	gas           wal // in SUI, which has as many MIST as a WAL has FROST
}

func (f *accountFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.file, "account", os.Getenv(accountEnv), `key of the account that pays: a file of "floe key account", an exported key, or a sui.keystore; default: $`+accountEnv)
	cmd.Flags().StringVar(&f.address, "address", os.Getenv(addressEnv), "which account of a keystore with several; default: $"+addressEnv)
	f.gas = wallet.DefaultBudget
	cmd.Flags().Var(&f.gas, "max-gas", "most SUI that a transaction may cost")
	passphraseFlags(cmd, &f.pass, "the key")
}

// key reads the key, and asks for its passphrase when it needs one and a person is there.
func (f *accountFlags) key(out *console) (*account.Key, error) {
	if f.file == "" {
		return nil, usagef(`this needs an account: name its key with --account FILE or %s ("floe key account" makes one)`, accountEnv)
	}
	var address ptb.Address
	if f.address != "" {
		var err error
		if address, err = ptb.ParseAddress(f.address); err != nil {
			return nil, usagef("--address: %w", err)
		}
	}
	secret, err := f.pass.Read()
	if err != nil {
		return nil, err
	}
	key, err := keyfile.ReadAccount(f.file, secret, address)
	if errors.Is(err, keyfile.ErrPassphrase) && secret == nil && out.person() {
		if secret, err = out.askSecret("passphrase of " + f.file); err != nil {
			return nil, err
		}
		key, err = keyfile.ReadAccount(f.file, secret, address)
	}
	if errors.Is(err, account.ErrNoKey) {
		return nil, usagef("%w (--address)", err)
	}
	return key, err
}

// wallet makes a wallet of the account.
func (f *accountFlags) wallet(out *console, client *sui.Client) (*wallet.Wallet, error) {
	key, err := f.key(out)
	if err != nil {
		return nil, err
	}
	return newWallet(client, key, f.file, uint64(f.gas)), nil
}

func newWallet(client *sui.Client, key *account.Key, keyFile string, budget uint64) *wallet.Wallet {
	return wallet.New(client, key, filepath.Join(filepath.Dir(keyFile), journalDir), budget)
}

// networkFlag adds --network, which every client command needs.
func networkFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "network", os.Getenv(networkEnv), "network file (network.json); default: $"+networkEnv)
}

func readNetwork(file string) (*chain.Network, error) {
	if file == "" {
		return nil, usagef("name the network file with --network FILE or %s; \"floe devnet --dir DIR\" writes DIR/network.json", networkEnv)
	}
	n, err := chain.ReadNetwork(file)
	if errors.Is(err, chain.ErrNetwork) {
		return nil, usagef("%w", err)
	}
	return n, err
}

// openChain opens the chain of a network file.
func openChain(file string) (*chain.Chain, error) {
	n, err := readNetwork(file)
	if err != nil {
		return nil, err
	}
	return chain.Open(n)
}

// looker makes a command that looks at the chain.
func looker(cmd *cobra.Command, run func(ctx context.Context, c *chain.Chain, args []string) error) *cobra.Command {
	var network string
	networkFlag(cmd, &network)
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		c, err := openChain(network)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, c.Close()) }()
		return run(cmd.Context(), c, args)
	}
	return cmd
}

// spender makes a command of an account.
func spender(out *console, cmd *cobra.Command, run func(ctx context.Context, a *chain.Account, args []string) error) *cobra.Command {
	var flags accountFlags
	flags.add(cmd)
	return looker(cmd, func(ctx context.Context, c *chain.Chain, args []string) error {
		w, err := flags.wallet(out, c.Client())
		if err != nil {
			return err
		}
		a, err := chain.NewAccount(c, w)
		if err != nil {
			return err
		}
		return run(ctx, a, args)
	})
}

// family makes a command that only has others below it.
func family(use, short, long string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: long, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(commands...)
	return cmd
}

// parseObject reads an object id of the command line.
func parseObject(what, text string) (staking.ObjectID, error) {
	a, err := ptb.ParseAddress(text)
	if err != nil {
		return staking.ObjectID{}, usagef("%s: %w", what, err)
	}
	return staking.ObjectID(a), nil
}

// parseNode reads a node id of the command line.
func parseNode(text string) (staking.NodeID, error) {
	id, err := parseObject("node", text)
	return staking.NodeID(id), err
}

// shortID is the part of an id by which people tell ids apart.
func shortID(id fmt.Stringer) string {
	s := id.String()
	if len(s) <= 14 {
		return s
	}
	return s[:8] + ".." + s[len(s)-4:]
}
