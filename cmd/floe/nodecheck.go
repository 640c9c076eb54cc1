package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/config"
	"github.com/floe-network/floe/node/store"
)

// newNodeCheck is the maintenance of a stopped node's store.
func newNodeCheck(out *console) *cobra.Command {
	var file string
	var repair bool
	cmd := &cobra.Command{
		Use:   "check --config FILE",
		Short: "Verify everything a stopped node stores, and repair it",
		Long: `Read every stored sliver of a stopped node, verify its checksums, and compare files and index. --repair removes left-overs
of crashes and what is damaged; it never removes what is good. Exit code 5 if something is damaged and was not repaired.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(file, os.LookupEnv, nil)
			if err != nil {
				return usagef("%w", err)
			}
			return checkStore(cmd.Context(), out, cfg, repair)
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "configuration file (TOML) of the node")
	_ = cmd.MarkFlagRequired("config") // fails only for a flag that does not exist
	cmd.Flags().BoolVar(&repair, "repair", false, "remove what is damaged and what nothing refers to")
	return cmd
}

func checkStore(ctx context.Context, out *console, cfg *config.Config, repair bool) (err error) {
	st, err := store.Open(cfg.Data, store.Options{Quota: int64(cfg.Storage.Quota), Reserve: int64(cfg.Storage.Reserve)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	counts := make(map[store.ProblemKind]int)
	report := func(p store.Problem) {
		counts[p.Kind]++
		out.note("problem", p.String(), map[string]any{"kind": p.Kind})
	}
	run := st.Check
	if repair {
		run = st.Repair
	}
	if err := run(ctx, report); err != nil {
		return err
	}
	u := st.Usage()
	text := fmt.Sprintf("%d slivers, %s: ", u.Slivers, formatBytes(u.Used))
	damaged := counts[store.ProblemCorrupt] + counts[store.ProblemUnreadable]
	switch left := counts[store.ProblemOrphan] + counts[store.ProblemCount]; {
	case damaged == 0 && left == 0:
		text += "all well\n"
	case repair:
		text += fmt.Sprintf("%d damaged, %d left over; repaired\n", damaged, left)
	default:
		text += fmt.Sprintf("%d damaged, %d left over; \"floe node check --repair\" removes them\n", damaged, left)
	}
	err = out.result(map[string]any{"slivers": u.Slivers, "used_bytes": u.Used, "problems": counts, "repaired": repair}, text)
	if err == nil && damaged > 0 && !repair {
		err = reported{fmt.Errorf("%w: %d slivers in %s are damaged", codec.ErrVerify, damaged, cfg.Data)}
	}
	return err
}
