package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light"
)

type getFlags struct {
	network, out, rng, axis, check string
	withoutChain                   bool
}

func newGet(out *console) *cobra.Command {
	var f getFlags
	cmd := &cobra.Command{
		Use:   "get --network NET ID",
		Short: "Read a blob, verified",
		Long: `Ask the chain whether blob ID is stored, fetch enough of its slivers, check each against the blob id, decode, and check that
the blob was encoded consistently. It goes to the file named with -o, which appears only when all of it is verified, or to
standard output.

--range A-B reads bytes A to B inclusive, as in HTTP ("A-" is from A to the end). It fetches only the slivers that hold them;
each is checked as a whole, but whether the blob is consistently encoded is not known then.`,
		Example: `  floe get --network net/network.json ID -o photo.jpg
  floe get --network net/network.json ID --range 0-1023 | xxd`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runGet(cmd.Context(), out, f, args[0]) },
	}
	networkFlag(cmd, &f.network)
	cmd.Flags().StringVarP(&f.out, "out", "o", "-", "file to write; \"-\" is standard output")
	cmd.Flags().StringVar(&f.rng, "range", "", "bytes A-B, both inclusive")
	cmd.Flags().BoolVar(&f.withoutChain, "unchecked", false, "read what nodes still give, without asking the chain whether the blob is certified, over or barred")
	cmd.Flags().StringVar(&f.axis, "slivers", "", "decode from \"primary\" or \"secondary\" slivers only; default: primary, then secondary if those do not suffice")
	cmd.Flags().StringVar(&f.check, "check", codec.Default.String(), "consistency check: \"strict\" encodes the blob again, \"default\" checks its systematic slivers, \"skip\" trusts the writer")
	return cmd
}

func runGet(ctx context.Context, out *console, f getFlags, text string) error {
	id, err := codec.ParseBlobID(text)
	if err != nil {
		return err
	}
	check, err := codec.ParseCheck(f.check)
	if err != nil {
		return err
	}
	var axes []codec.Axis
	if f.axis != "" {
		a, err := codec.ParseAxis(f.axis)
		if err != nil {
			return err
		}
		axes = []codec.Axis{a}
	}
	toStdout := f.out == "-"
	if toStdout && out.json {
		return usagef("--json prints the result on standard output; name a file for the data with -o")
	}
	if o, ok := out.out.(*os.File); toStdout && ok && term.IsTerminal(int(o.Fd())) {
		return usagef("standard output is a terminal; name a file with -o, or pipe the data somewhere")
	}
	if f.rng != "" {
		if axes != nil {
			return usagef("--range reads primary slivers; leave out --slivers")
		}
		return getRange(ctx, out, f, id, check)
	}
	return withSession(ctx, f.network, func(s *session) error {
		dst, commit, discard, err := openOutput(out, f.out)
		if err != nil {
			return err
		}
		defer discard()
		start := time.Now()
		events, stop := follow(out)
		res, err := s.Get(ctx, id, dst, light.GetOptions{WithoutChain: f.withoutChain, Axes: axes, Check: check, Events: events})
		stop()
		if err != nil {
			return err
		}
		if err := commit(); err != nil {
			return err
		}
		took := time.Since(start)
		out.note("read", fmt.Sprintf("%s from %d %s slivers in %s, verified (%s check)", formatBytes(int64(res.Size)), res.Slivers, res.Axis, formatDuration(took), check), nil)
		if toStdout {
			return nil
		}
		return out.result(struct {
			*light.GetResult
			Axis   string `json:"axis"`
			Check  string `json:"check"`
			Out    string `json:"out"`
			TookMS int64  `json:"took_ms"`
		}{res, res.Axis.String(), check.String(), f.out, took.Milliseconds()}, "")
	})
}

// openOutput gives the file to decode into. commit makes it, or its copy on standard output, the result.
func openOutput(out *console, name string) (dst *os.File, commit func() error, discard func(), err error) {
	if name != "-" {
		p, err := createPending(name)
		if err != nil {
			return nil, nil, nil, err
		}
		return p.File, p.commit, p.discard, nil
	}
	f, err := os.CreateTemp("", "floe-get-*")
	if err != nil {
		return nil, nil, nil, err
	}
	commit = func() error {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		_, err := io.Copy(out.out, f)
		return err
	}
	return f, commit, func() { f.Close(); os.Remove(f.Name()) }, nil
}

// parseRange reads "A-B" or "A-". A negative length means up to the end.
func parseRange(s string) (offset, length int64, err error) {
	bad := usagef("--range %.60q: want A-B, the first and last byte, or A- for all from A on", s)
	from, to, ok := strings.Cut(s, "-")
	if !ok {
		return 0, 0, bad
	}
	if offset, err = strconv.ParseInt(from, 10, 64); err != nil || offset < 0 {
		return 0, 0, bad
	}
	if to == "" {
		return offset, -1, nil
	}
	last, err := strconv.ParseInt(to, 10, 64)
	if err != nil || last < offset || last-offset == 1<<63-1 {
		return 0, 0, bad
	}
	return offset, last - offset + 1, nil
}

func getRange(ctx context.Context, out *console, f getFlags, id codec.BlobID, check codec.Check) error {
	offset, length, err := parseRange(f.rng)
	if err != nil {
		return err
	}
	return withSession(ctx, f.network, func(s *session) error {
		w, commit := out.out, func() error { return nil }
		if f.out != "-" {
			p, err := createPending(f.out)
			if err != nil {
				return err
			}
			defer p.discard()
			w, commit = p, p.commit
		}
		events, stop := follow(out)
		res, err := s.GetRange(ctx, id, offset, length, w, light.RangeOptions{WithoutChain: f.withoutChain, Check: check, Events: events})
		stop()
		if err != nil {
			return err
		}
		if res.Length == 0 && uint64(offset) >= res.Size && offset > 0 {
			return fmt.Errorf("%w: it has %d bytes, the range starts at %d", light.ErrRange, res.Size, offset)
		}
		if err := commit(); err != nil {
			return err
		}
		said := "its slivers are verified; the blob as a whole was not checked"
		if res.WholeBlobChecked {
			said = "the whole blob had to be read, and was checked"
		}
		out.note("read", fmt.Sprintf("bytes %d to %d of %d: %s", res.Offset, res.Offset+res.Length-1, res.Size, said), nil)
		if f.out == "-" {
			return nil
		}
		return out.result(res, "")
	})
}
