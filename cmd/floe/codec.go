package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/floe-network/floe/codec"
)

func newCodec(out *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "codec",
		Short: "Encode and decode without a network",
		Long: `The Red Stuff codec on its own. Its blob ids, metadata and slivers are those of Walrus (encoding type RS2), byte for
byte.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCodecID(out), newCodecEncode(out), newCodecDecode(out), newCodecBench(out))
	return cmd
}

// shardsFlag adds --shards, which every codec command needs: the encoding depends on it.
func shardsFlag(cmd *cobra.Command, shards *int) {
	cmd.Flags().IntVar(shards, "shards", 0, fmt.Sprintf("number of shards n, %d to %d; the blob id depends on it (Walrus mainnet: 1000)", codec.MinShards, codec.MaxShards))
	_ = cmd.MarkFlagRequired("shards") // fails only for a flag that does not exist
}

func newCodecID(out *console) *cobra.Command {
	var shards int
	cmd := &cobra.Command{
		Use:     "id --shards N FILE",
		Short:   "Print a file's blob id",
		Long:    `Print the 43-character blob id of FILE ("-" reads standard input) and nothing else.`,
		Example: "  floe codec id --shards 1000 photo.jpg",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withEncoding(cmd.Context(), out, shards, args[0], func(e *codec.Encoding) error {
				return out.result(map[string]any{"blob_id": e.BlobID(), "size": e.Metadata().Length, "shards": shards}, e.BlobID().String()+"\n")
			})
		},
	}
	shardsFlag(cmd, &shards)
	return cmd
}

// withEncoding opens FILE and runs the first pass over it.
func withEncoding(ctx context.Context, out *console, shards int, file string, fn func(*codec.Encoding) error) error {
	params, err := codec.NewParams(shards)
	if err != nil {
		return err
	}
	src, err := openSource(out, file, int64(params.MaxBlobSize()))
	if err != nil {
		return err
	}
	defer src.Close()
	c, err := codec.New(params, codec.Options{})
	if err != nil {
		return err
	}
	e, err := c.Prepare(ctx, src, src.size)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	defer e.Close()
	return fn(e)
}

const metadataFile = "metadata.bcs"

// sliverFile names the file of a pair's sliver.
func sliverFile(pair int, a codec.Axis) string { return fmt.Sprintf("%d.%s.bcs", pair, a) }

func newCodecEncode(out *console) *cobra.Command {
	var shards int
	var dir string
	cmd := &cobra.Command{
		Use:   "encode --shards N --out DIR FILE",
		Short: "Write a file's metadata and slivers",
		Long: `Encode FILE ("-" reads standard input) into DIR: metadata.bcs (BCS BlobMetadataWithId) and for each sliver pair p the
files p.primary.bcs and p.secondary.bcs (BCS SliverData), as Walrus's storage nodes exchange them. All slivers together
take about 4.5 times the blob, more for small ones.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(dir, 0o777); err != nil { //nolint:gosec // the user's own output, under the user's umask
				return err
			}
			if entries, err := os.ReadDir(dir); err != nil {
				return err
			} else if len(entries) > 0 {
				return usagef("%s is not empty; name a new directory", dir)
			}
			return withEncoding(cmd.Context(), out, shards, args[0], func(e *codec.Encoding) error {
				return writeEncoding(cmd.Context(), out, e, shards, dir)
			})
		},
	}
	shardsFlag(cmd, &shards)
	cmd.Flags().StringVar(&dir, "out", "", "directory to write to, new or empty")
	_ = cmd.MarkFlagRequired("out")
	return cmd
}

func writeEncoding(ctx context.Context, out *console, e *codec.Encoding, shards int, dir string) error {
	params, err := codec.NewParams(shards)
	if err != nil {
		return err
	}
	symbol, err := params.SymbolSize(e.Metadata().Length)
	if err != nil {
		return err
	}
	total := int64(shards) * int64(params.SliverBCSSize(codec.Primary, symbol)+params.SliverBCSSize(codec.Secondary, symbol))
	bar := out.progress("writing slivers", total)
	defer bar.close()
	var written atomic.Int64
	err = e.Slivers(ctx, nil, func(ctx context.Context, batch []codec.Sliver) error {
		var buf []byte
		for i := range batch {
			if err := ctx.Err(); err != nil {
				return err
			}
			s := &batch[i]
			buf = s.AppendBCS(buf[:0])
			name := filepath.Join(dir, sliverFile(params.PairIndex(s.Index, s.Axis), s.Axis))
			if err := os.WriteFile(name, buf, 0o666); err != nil { //nolint:gosec // see above
				return err
			}
			bar.set(written.Add(int64(len(buf))))
		}
		return nil
	})
	if err != nil {
		return err
	}
	// Metadata last: a directory that has it is complete.
	if err := os.WriteFile(filepath.Join(dir, metadataFile), e.Metadata().AppendBCSWithID(nil), 0o666); err != nil { //nolint:gosec // see above
		return err
	}
	return out.result(map[string]any{
		"blob_id": e.BlobID(), "size": e.Metadata().Length, "shards": shards, "symbol_size": symbol, "slivers": 2 * shards, "sliver_bytes": total, "out": dir,
	}, fmt.Sprintf("%s\n%d slivers of %d shards, %s, in %s\n", e.BlobID(), 2*shards, shards, formatBytes(total), dir))
}

func newCodecDecode(out *console) *cobra.Command {
	var shards int
	var file string
	cmd := &cobra.Command{
		Use:   "decode --shards N --out FILE DIR",
		Short: "Restore a file from whatever slivers are there",
		Long: `Decode the blob of DIR/metadata.bcs from the sliver files in DIR (see "floe codec encode"). Slivers that do not match
the metadata are named and left out; n-2f primary or n-f secondary ones suffice.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return decodeDir(cmd.Context(), out, shards, args[0], file)
		},
	}
	shardsFlag(cmd, &shards)
	cmd.Flags().StringVar(&file, "out", "", "file to write; it appears only when the whole blob is verified")
	_ = cmd.MarkFlagRequired("out")
	return cmd
}

func decodeDir(ctx context.Context, out *console, shards int, dir, file string) error {
	params, err := codec.NewParams(shards)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Join(dir, metadataFile))
	if err != nil {
		return err
	}
	id, meta, err := codec.UnmarshalMetadataWithID(params, b)
	if err != nil {
		return err
	}
	pairs, err := findSlivers(dir, shards)
	if err != nil {
		return err
	}
	c, err := codec.New(params, codec.Options{})
	if err != nil {
		return err
	}
	dst, err := createPending(file)
	if err != nil {
		return err
	}
	defer dst.discard()

	var have [2]int
	var damaged []string
	for _, axis := range []codec.Axis{codec.Primary, codec.Secondary} {
		dec, err := c.NewDecoder(meta, axis, dst)
		if err != nil {
			return err
		}
		bad, err := addSlivers(ctx, out, dec, params, axis, dir, pairs[axis])
		if err != nil {
			return err
		}
		damaged = append(damaged, bad...)
		have[axis] = len(pairs[axis]) - len(bad)
		if dec.Need() > 0 {
			continue
		}
		if err := dec.Finish(ctx, codec.Strict); err != nil {
			return fmt.Errorf("blob %s: %w", id, err)
		}
		if err := dst.commit(); err != nil {
			return err
		}
		return out.result(map[string]any{
			"blob_id": id, "size": meta.Length, "shards": shards, "axis": axis.String(), "damaged": damaged, "out": file,
		}, fmt.Sprintf("%s\n%s from %s slivers, verified, in %s\n", id, formatBytes(int64(meta.Length)), axis, file))
	}
	err = fmt.Errorf("%w: blob %s with %d shards needs %d primary or %d secondary slivers; %s has %d and %d that verify", codec.ErrNotEnough,
		id, shards, params.SourceSlivers(codec.Primary), params.SourceSlivers(codec.Secondary), dir, have[codec.Primary], have[codec.Secondary])
	if len(damaged) > 0 {
		err = fmt.Errorf("%w (damaged: %s)", err, listSome(damaged))
	}
	return err
}

// findSlivers returns the pairs whose sliver files are in dir, by axis.
func findSlivers(dir string, shards int) (pairs [2][]int, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return pairs, err
	}
	for _, e := range entries {
		num, rest, _ := strings.Cut(e.Name(), ".")
		axis, ext, _ := strings.Cut(rest, ".")
		pair, err := strconv.Atoi(num)
		if err != nil || ext != "bcs" || pair < 0 || pair >= shards || e.Name() != sliverFile(pair, axisOf(axis)) {
			continue // metadata.bcs and whatever else lies there
		}
		a := axisOf(axis)
		pairs[a] = append(pairs[a], pair)
	}
	// Systematic slivers first, they cost nothing to decode: primary ones have low pair numbers, secondary ones high.
	slices.Sort(pairs[codec.Primary])
	slices.SortFunc(pairs[codec.Secondary], func(a, b int) int { return b - a })
	return pairs, nil
}

func axisOf(s string) codec.Axis {
	if s == codec.Secondary.String() {
		return codec.Secondary
	}
	return codec.Primary
}

// addSlivers gives the decoder slivers until it has enough. It returns the names of files that are damaged, in order.
func addSlivers(ctx context.Context, out *console, dec *codec.Decoder, params codec.Params, a codec.Axis, dir string, pairs []int) ([]string, error) {
	var mu sync.Mutex
	var damaged []string
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.GOMAXPROCS(0)) // each verifies one sliver at a time and holds it in memory
	for _, pair := range pairs {
		if dec.Need() == 0 {
			break
		}
		work.Go(func() error {
			name := sliverFile(pair, a)
			err := addSliver(ctx, dec, params, a, filepath.Join(dir, name))
			switch {
			case err == nil:
				return nil
			case errors.Is(err, codec.ErrVerify), errors.Is(err, codec.ErrInvalid):
				out.note("damaged", fmt.Sprintf("%s: %v", name, err), map[string]any{"file": name, "error": err.Error()})
				mu.Lock()
				defer mu.Unlock()
				damaged = append(damaged, name)
				return nil
			default:
				return fmt.Errorf("%s: %w", name, err)
			}
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	slices.Sort(damaged)
	return damaged, nil
}

func addSliver(ctx context.Context, dec *codec.Decoder, params codec.Params, a codec.Axis, path string) error {
	b, err := readSliver(path, params, a)
	if err != nil {
		return err
	}
	s, err := codec.UnmarshalSliver(params, a, b)
	if err != nil {
		return err
	}
	return dec.Add(ctx, s)
}

// readSliver reads a sliver file, refusing one that no sliver can be as long as before it is read.
func readSliver(path string, params codec.Params, a codec.Axis) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if limit := int64(params.SliverBCSSize(a, codec.MaxSymbolSize)); info.Size() > limit || info.Mode()&fs.ModeType != 0 {
		return nil, fmt.Errorf("%w sliver file: %d bytes, at most %d", codec.ErrInvalid, info.Size(), limit)
	}
	return os.ReadFile(path)
}

// listSome joins names, leaving out what would not fit a line.
func listSome(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
