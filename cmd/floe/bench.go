package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/floe-network/floe/codec"
)

func newCodecBench(out *console) *cobra.Command {
	var shards, rounds int
	var size int64
	var files bool
	cmd := &cobra.Command{
		Use:   "bench --shards N --size BYTES",
		Short: "Measure the codec on this machine",
		Long: `Measure, on all cores and warm, medians of some rounds:

  encode       metadata and every sliver
  metadata     metadata and blob id only, as "codec id" does
  decode_all   the blob from n-2f primary slivers, all systematic
  decode_half  the same, half of them systematic
  decode_none  the same, none of them systematic

The slivers of a decode are verified beforehand, and no consistency check is made. Blob and slivers are in memory; --files
keeps them in temporary files, as put and get do, which shows what memory the codec itself takes.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if rounds < 1 {
				return usagef("--rounds %d: want at least 1", rounds)
			}
			b := &bench{shards: shards, size: size, rounds: rounds}
			if files {
				dir, err := os.MkdirTemp("", "floe-bench-*")
				if err != nil {
					return err
				}
				defer os.RemoveAll(dir)
				b.dir = dir
			}
			return b.run(cmd.Context(), out)
		},
	}
	shardsFlag(cmd, &shards)
	cmd.Flags().Int64Var(&size, "size", 0, "size of the blob in bytes")
	_ = cmd.MarkFlagRequired("size") // fails only for a flag that does not exist
	cmd.Flags().IntVar(&rounds, "rounds", 5, "measured rounds of each step, after one that warms up")
	cmd.Flags().BoolVar(&files, "files", false, "keep blob and slivers in temporary files")
	return cmd
}

// figures are what one step took.
type figures struct {
	WallMS float64 `json:"wall_ms"`
	// CPUMS is user and system time of the whole process.
	CPUMS float64 `json:"cpu_ms"`
	// MBPerS is the blob's size by wall time, in 10^6 bytes a second.
	MBPerS float64 `json:"mb_s"`
	// PeakRSS is the most memory the process had resident during the step, in bytes; 0 where the system does not tell.
	PeakRSS int64 `json:"peak_rss"`
}

// bench measures the codec on one blob.
type bench struct {
	shards, rounds int
	size           int64
	dir            string // for files; empty: in memory

	codec   *codec.Codec
	blob    io.ReaderAt
	sum     [sha256.Size]byte
	meta    *codec.Metadata
	slivers *sliverBank
	out     codec.Output
}

func (b *bench) run(ctx context.Context, out *console) error {
	params, err := codec.NewParams(b.shards)
	if err != nil {
		return err
	}
	if _, err := params.SymbolSize(uint64(max(b.size, 0))); err != nil || b.size < 0 {
		return usagef("--size %d: %d shards hold 0 to %d bytes in one blob", b.size, b.shards, params.MaxBlobSize())
	}
	if b.codec, err = codec.New(params, codec.Options{}); err != nil {
		return err
	}
	if err := b.setup(ctx, params); err != nil {
		return err
	}
	defer b.slivers.Close()
	rows := params.Rows()
	steps := []struct {
		name string
		f    func(context.Context) error
	}{
		{"encode", func(ctx context.Context) error { return b.encode(ctx, true) }},
		{"metadata", func(ctx context.Context) error { return b.encode(ctx, false) }},
		{"decode_all", func(ctx context.Context) error { return b.decode(ctx, rows) }},
		{"decode_half", func(ctx context.Context) error { return b.decode(ctx, (rows+1)/2) }}, // rounded as the comparison does
		{"decode_none", func(ctx context.Context) error { return b.decode(ctx, 0) }},
	}
	result := make(map[string]figures, len(steps))
	table := newTable("STEP", "WALL MS", "CPU MS", "MB/S", "PEAK MIB")
	for _, s := range steps {
		f, err := b.measure(ctx, s.f)
		if err == nil && strings.HasPrefix(s.name, "decode") {
			err = b.check()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		result[s.name] = f
		table.row(s.name, fmt.Sprintf("%.1f", f.WallMS), fmt.Sprintf("%.1f", f.CPUMS), fmt.Sprintf("%.0f", f.MBPerS), f.PeakRSS>>20)
	}
	return out.result(result, fmt.Sprintf("%d shards, blob of %s, medians of %d rounds\n%s", b.shards, formatBytes(b.size), b.rounds, table))
}

// setup makes the blob and its primary slivers.
func (b *bench) setup(ctx context.Context, params codec.Params) error {
	random := rand.NewChaCha8(sha256.Sum256(binary.LittleEndian.AppendUint64(nil, uint64(b.size))))
	if b.dir == "" {
		blob := make([]byte, b.size)
		_, _ = random.Read(blob) // ChaCha8 does not fail
		b.blob, b.out = bytes.NewReader(blob), codec.NewBuffer()
	} else {
		f, err := os.Create(filepath.Join(b.dir, "blob"))
		if err != nil {
			return err
		}
		if _, err := io.CopyN(f, random, b.size); err != nil {
			return err
		}
		o, err := os.Create(filepath.Join(b.dir, "decoded"))
		if err != nil {
			return err
		}
		b.blob, b.out = f, o
	}
	sum, err := digest(io.NewSectionReader(b.blob, 0, b.size))
	if err != nil {
		return err
	}
	copy(b.sum[:], sum)
	e, err := b.codec.Prepare(ctx, b.blob, b.size)
	if err != nil {
		return err
	}
	defer e.Close()
	b.meta = e.Metadata()
	// Those that the decodes use: the systematic ones, and as many after them.
	count := min(2*params.Rows(), params.Shards())
	if b.slivers, err = newSliverBank(b.dir, count, params.Cols()*e.SymbolSize(), e.SymbolSize()); err != nil {
		return err
	}
	want := func(a codec.Axis, index int) bool { return a == codec.Primary && index < count }
	return e.Slivers(ctx, want, func(_ context.Context, batch []codec.Sliver) error {
		for i := range batch {
			if err := b.slivers.put(&batch[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// measure runs a step once to warm up and then for the figures.
func (b *bench) measure(ctx context.Context, step func(context.Context) error) (figures, error) {
	if err := step(ctx); err != nil {
		return figures{}, err
	}
	resetPeak()
	var wall, cpu []float64
	for range b.rounds {
		start, before := time.Now(), cpuTime()
		if err := step(ctx); err != nil {
			return figures{}, err
		}
		wall = append(wall, float64(time.Since(start).Nanoseconds())/1e6)
		cpu = append(cpu, float64((cpuTime()-before).Nanoseconds())/1e6)
	}
	f := figures{WallMS: median(wall), CPUMS: median(cpu), PeakRSS: peakRSS()}
	f.MBPerS = float64(b.size) / 1e6 / (max(f.WallMS, 1e-6) / 1e3)
	return f, nil
}

func median(v []float64) float64 {
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

func (b *bench) encode(ctx context.Context, slivers bool) error {
	e, err := b.codec.Prepare(ctx, b.blob, b.size)
	if err != nil {
		return err
	}
	defer e.Close()
	if e.BlobID() != b.meta.BlobID() {
		return errMismatch
	}
	if !slivers {
		return nil
	}
	count := 0
	err = e.Slivers(ctx, nil, func(_ context.Context, batch []codec.Sliver) error {
		count += len(batch)
		return nil
	})
	if err == nil && count != 2*b.shards {
		err = fmt.Errorf("%d slivers, want %d", count, 2*b.shards)
	}
	return err
}

// decode restores the blob from the given number of systematic slivers and as many others as it takes.
func (b *bench) decode(ctx context.Context, systematic int) error {
	d, err := b.codec.NewDecoder(b.meta, codec.Primary, b.out)
	if err != nil {
		return err
	}
	rows := b.codec.Params().Rows()
	for i := range rows {
		index := i
		if i >= systematic {
			index = rows + i - systematic
		}
		s, err := b.slivers.get(index)
		if err != nil {
			return err
		}
		if err := d.AddVerified(ctx, s); err != nil {
			return err
		}
	}
	return d.Finish(ctx, codec.Skip)
}

// check compares what was decoded last.
func (b *bench) check() error {
	sum, err := digest(io.NewSectionReader(b.out, 0, b.size))
	if err == nil && !bytes.Equal(sum, b.sum[:]) {
		err = errMismatch
	}
	return err
}

// sliverBank holds primary slivers in memory or in a file.
type sliverBank struct {
	length, symbol int
	data           []byte
	file           *os.File
	buf            []byte
}

func newSliverBank(dir string, count, length, symbol int) (*sliverBank, error) {
	s := &sliverBank{length: length, symbol: symbol}
	if dir == "" {
		s.data = make([]byte, count*length)
		return s, nil
	}
	f, err := os.Create(filepath.Join(dir, "slivers"))
	s.file, s.buf = f, make([]byte, length)
	return s, err
}

func (s *sliverBank) put(v *codec.Sliver) error {
	if s.file == nil {
		copy(s.data[v.Index*s.length:], v.Data)
		return nil
	}
	_, err := s.file.WriteAt(v.Data, int64(v.Index)*int64(s.length))
	return err
}

// get returns a sliver that is valid until the next call.
func (s *sliverBank) get(index int) (*codec.Sliver, error) {
	v := &codec.Sliver{Axis: codec.Primary, Index: index, SymbolSize: s.symbol}
	if s.file == nil {
		v.Data = s.data[index*s.length:][:s.length]
		return v, nil
	}
	v.Data = s.buf
	_, err := s.file.ReadAt(s.buf, int64(index)*int64(s.length))
	return v, err
}

// Close closes the file.
func (s *sliverBank) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// cpuTime is what the process has used of all cores.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resetPeak makes the kernel forget the peak of resident memory (proc(5), clear_refs). Where it cannot, the peak is that
// since the process began.
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peakRSS returns VmHWM in bytes, or 0.
func peakRSS() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	kib, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, err := strconv.ParseInt(kib, 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}
