package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/codec/measure"
)

func newCodecBench(out *console) *cobra.Command {
	var shards int
	var size int64
	cmd := &cobra.Command{
		Use:   "bench --shards N --size BYTES",
		Short: "Measure the codec on this machine",
		Long: fmt.Sprintf(`Measure, on all cores and warm, medians of some rounds:

  encode       metadata and every sliver
  metadata     metadata and blob id only, as "codec id" does
  decode_all   the blob from n-2f primary slivers, all systematic
  decode_half  the same, half of them systematic
  decode_none  the same, none of them systematic

The slivers of a decode are verified beforehand, and no consistency check is made. Blobs of up to %s are in memory; larger
ones are in temporary files, as for put and get, so that the peak shows what memory the codec itself takes.`, formatBytes(measure.InMemory)),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			params, err := codec.NewParams(shards)
			if err != nil {
				return err
			}
			if size < 0 {
				return usagef("--size %d: want the number of bytes of a blob", size)
			}
			r, err := measure.Run(cmd.Context(), params, size, codec.Options{})
			if err != nil {
				return err
			}
			table := newTable("STEP", "WALL MS", "CPU MS", "MB/S", "PEAK MIB")
			for _, s := range []struct {
				name string
				step measure.Step
			}{
				{"encode", r.Encode}, {"metadata", r.Metadata},
				{"decode_all", r.DecodeAll}, {"decode_half", r.DecodeHalf}, {"decode_none", r.DecodeNone},
			} {
				table.row(s.name, fmt.Sprintf("%.1f", s.step.WallMS), fmt.Sprintf("%.1f", s.step.CPUMS), fmt.Sprintf("%.0f", s.step.MBS), s.step.PeakRSS>>20)
			}
			return out.result(r, fmt.Sprintf("%d shards, blob of %s\n%s", shards, formatBytes(size), table))
		},
	}
	shardsFlag(cmd, &shards)
	cmd.Flags().Int64Var(&size, "size", 0, "size of the blob in bytes")
	_ = cmd.MarkFlagRequired("size") // fails only for a flag that does not exist
	return cmd
}
