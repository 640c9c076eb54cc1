package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/floe-network/floe/staking/devchain/admin"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// coinDecimals are those of SUI and WAL.
const coinDecimals = 9

func newDevchainFaucet(out *console) *cobra.Command {
	var dir, sui, wal string
	cmd := &cobra.Command{
		Use:   "faucet --dir DIR ADDRESS",
		Short: "Give an address coins",
		Long: `Have the faucet of the running development chain in DIR send coins to ADDRESS: a coin of SUI, and one of WAL if asked for.
Amounts are in SUI and WAL, with up to nine decimals.`,
		Example: "  floe devchain faucet --dir chain 0xADDRESS --sui 2.5 --wal 1000",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			to, err := ptb.ParseAddress(args[0])
			if err != nil {
				return usagef("%w", err)
			}
			mist, err := parseCoins("--sui", sui)
			if err != nil {
				return err
			}
			frost, err := parseCoins("--wal", wal)
			if err != nil {
				return err
			}
			return withAdmin(dir, func(c *admin.Client) error {
				given, err := c.Give(cmd.Context(), to, mist, frost)
				if err != nil {
					return err
				}
				return out.result(given, fmt.Sprintf("gave %s SUI and %s WAL to %s\ntransaction %s\n", formatCoins(mist), formatCoins(frost), to, strings.Join(given.Transactions, " ")))
			})
		},
	}
	devchainDir(cmd, &dir)
	cmd.Flags().StringVar(&sui, "sui", "10", "SUI to give")
	cmd.Flags().StringVar(&wal, "wal", "0", "WAL to give")
	return cmd
}

func newDevchainStatus(out *console) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "status --dir DIR",
		Short: "Show how the running chain is",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withAdmin(dir, func(c *admin.Client) error {
				s, err := c.Status(cmd.Context())
				if err != nil {
					return err
				}
				return out.result(s, fmt.Sprintf(`endpoint      http://%s
chain id      %s
epoch         %d
checkpoint    %d (kept from %d)
transactions  %d
clock         %s, %s ahead
gas price     %d MIST
on disk       %s
faucet        %s
WAL           %s::wal::WAL
its mint      %s
`, s.Endpoint, s.Chain, s.Epoch, s.Checkpoint, s.LowestCheckpoint, s.Transactions, formatTime(s.TimeMs), time.Duration(s.AheadMs)*time.Millisecond,
					s.GasPrice, formatBytes(int64(s.DiskBytes)), s.Faucet, s.WalPackage, s.WalTreasury))
			})
		},
	}
	devchainDir(cmd, &dir)
	return cmd
}

func newDevchainCheckpoint(out *console) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "checkpoint --dir DIR",
		Short: "Make a checkpoint now",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withAdmin(dir, func(c *admin.Client) error {
				return printSealed(out, func() (*admin.Sealed, error) { return c.Seal(cmd.Context()) })
			})
		},
	}
	devchainDir(cmd, &dir)
	return cmd
}

func newDevchainClock(out *console) *cobra.Command {
	var dir string
	var by time.Duration
	cmd := &cobra.Command{
		Use:   "clock --dir DIR --advance DURATION",
		Short: "Set the chain's clock ahead",
		Long: `Set the clock of the running development chain ahead, for instance by the length of an epoch. It stays ahead of this machine's
clock, also when the chain is started again, and never goes back.`,
		Example: "  floe devchain clock --dir chain --advance 24h",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if by <= 0 {
				return usagef("--advance must be above zero")
			}
			return withAdmin(dir, func(c *admin.Client) error {
				return printSealed(out, func() (*admin.Sealed, error) { return c.Advance(cmd.Context(), by) })
			})
		},
	}
	devchainDir(cmd, &dir)
	cmd.Flags().DurationVar(&by, "advance", 0, "by how much, as 90s or 24h")
	_ = cmd.MarkFlagRequired("advance") // fails only for a flag that does not exist
	return cmd
}

func printSealed(out *console, do func() (*admin.Sealed, error)) error {
	s, err := do()
	if err != nil {
		return err
	}
	return out.result(s, fmt.Sprintf("checkpoint %d at %s\n", s.Checkpoint, formatTime(s.TimeMs)))
}

func withAdmin(dir string, work func(*admin.Client) error) error {
	c, err := admin.NewClient(dir)
	if err != nil {
		return err
	}
	return work(c)
}

func formatTime(ms uint64) string { return time.UnixMilli(int64(ms)).UTC().Format(time.RFC3339Nano) }

// parseCoins reads an amount of SUI or WAL with decimals as one of MIST or FROST.
func parseCoins(flag, s string) (uint64, error) {
	whole, fraction, _ := strings.Cut(s, ".")
	n, err := strconv.ParseUint(whole, 10, 64)
	if err != nil || len(fraction) > coinDecimals || strings.HasSuffix(s, ".") {
		return 0, usagef("%s %q: want a number with up to %d decimals", flag, s, coinDecimals)
	}
	unit := uint64(math.Pow10(coinDecimals))
	part := uint64(0)
	if fraction != "" {
		if part, err = strconv.ParseUint(fraction+strings.Repeat("0", coinDecimals-len(fraction)), 10, 64); err != nil {
			return 0, usagef("%s %q: want a number with up to %d decimals", flag, s, coinDecimals)
		}
	}
	if n > (math.MaxUint64-part)/unit {
		return 0, usagef("%s %s is more than there can be", flag, s)
	}
	return n*unit + part, nil
}

// formatCoins writes an amount of MIST or FROST as one of SUI or WAL.
func formatCoins(n uint64) string {
	unit := uint64(math.Pow10(coinDecimals))
	s := strconv.FormatUint(n/unit, 10)
	if n%unit != 0 {
		s += "." + strings.TrimRight(fmt.Sprintf("%0*d", coinDecimals, n%unit), "0")
	}
	return s
}
