package measure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/floe-network/floe/codec"
)

// Step is what one job took: medians over several warm runs, and the peak over all of them.
type Step struct {
	// WallMS is elapsed time, CPUMS time of all cores, in milliseconds.
	WallMS float64 `json:"wall_ms"`
	CPUMS  float64 `json:"cpu_ms"`
	// MBS is the blob's size in units of 1,000,000 bytes by elapsed seconds.
	MBS float64 `json:"mb_s"`
	// PeakRSS is the most memory in bytes that the process had resident during the step, all of it; 0 where the system does
	// not tell. A blob of at most InMemory bytes is part of it.
	PeakRSS int64 `json:"peak_rss"`
}

// Report has a Step for each job.
type Report struct {
	Shards int   `json:"shards"`
	Size   int64 `json:"size"`
	// Encode is metadata, id and all slivers.
	Encode Step `json:"encode"`
	// Metadata is metadata and id alone.
	Metadata Step `json:"metadata"`
	// The blob from as many verified primary slivers as it needs, without consistency check: all of them systematic, half
	// of them, or none; recovery slivers are spread over all there are.
	DecodeAll  Step `json:"decode_all"`
	DecodeHalf Step `json:"decode_half"`
	DecodeNone Step `json:"decode_none"`
}

const (
	// InMemory is the largest blob, in bytes, that is measured from memory to memory. Larger ones are read from and decoded
	// to temporary files, so that the peak shows what the codec itself takes.
	InMemory = 64 << 20
	// A step is run until it took stepTime, at least minRuns times and once before that to warm up.
	stepTime = time.Second / 2
	minRuns  = 3
	// blobSeed makes the blob: random, so that no step can profit from its content.
	blobSeed = 1
)

// Run measures a blob of size bytes for p.
func Run(ctx context.Context, p codec.Params, size int64, opts codec.Options) (*Report, error) {
	if _, err := codec.New(p, opts); err != nil {
		return nil, err
	}
	if size < 0 {
		return nil, fmt.Errorf("%w: blob of %d bytes", codec.ErrInvalid, size)
	}
	if _, err := p.SymbolSize(uint64(size)); err != nil {
		return nil, err
	}
	b, err := newBench(p, opts, size)
	if err != nil {
		return nil, err
	}
	defer b.close()
	return b.run(ctx)
}

// storage is a file or memory.
type storage interface {
	codec.Output
	io.Closer
}

type memory struct{ *codec.Buffer }

func (memory) Close() error { return nil }

// file is a temporary file that is gone when it is closed.
type file struct{ *os.File }

func (f file) Close() error { return errors.Join(f.File.Close(), os.Remove(f.Name())) }

type bench struct {
	p               codec.Params
	opts            codec.Options
	size            int64
	blob, rows, out storage // rows has all primary slivers
}

func newBench(p codec.Params, opts codec.Options, size int64) (*bench, error) {
	b := &bench{p: p, opts: opts, size: size}
	for _, s := range []*storage{&b.blob, &b.rows, &b.out} {
		if size <= InMemory {
			*s = memory{codec.NewBuffer()}
			continue
		}
		f, err := os.CreateTemp("", "codec-bench-*")
		if err != nil {
			b.close()
			return nil, err
		}
		*s = file{f}
	}
	if err := b.fill(); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bench) close() {
	for _, s := range []storage{b.blob, b.rows, b.out} {
		if s != nil {
			_ = s.Close() // temporary: nothing to lose
		}
	}
}

// fill writes the blob.
func (b *bench) fill() error {
	if err := b.blob.Truncate(b.size); err != nil {
		return err
	}
	rng := rand.NewChaCha8([32]byte{blobSeed})
	buf := make([]byte, 1<<20)
	for at := int64(0); at < b.size; at += int64(len(buf)) {
		buf = buf[:min(int64(len(buf)), b.size-at)]
		if _, err := rng.Read(buf); err != nil {
			return err
		}
		if _, err := b.blob.WriteAt(buf, at); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) run(ctx context.Context) (*Report, error) {
	r := &Report{Shards: b.p.Shards(), Size: b.size}
	var err error
	if r.Encode, err = b.step(func(c *codec.Codec) error {
		e, err := c.Prepare(ctx, b.blob, b.size)
		if err != nil {
			return err
		}
		defer e.Close()
		return e.Slivers(ctx, nil, func(context.Context, []codec.Sliver) error { return nil })
	}); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	if r.Metadata, err = b.step(func(c *codec.Codec) error {
		e, err := c.Prepare(ctx, b.blob, b.size)
		if err == nil {
			e.Close()
		}
		return err
	}); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	m, err := b.keepRows(ctx)
	if err != nil {
		return nil, fmt.Errorf("slivers to decode from: %w", err)
	}
	k := b.p.Rows()
	for _, d := range []struct {
		step       *Step
		systematic int
	}{{&r.DecodeAll, k}, {&r.DecodeHalf, k / 2}, {&r.DecodeNone, 0}} {
		if *d.step, err = b.decodeStep(ctx, m, d.systematic); err != nil {
			return nil, fmt.Errorf("decode from %d systematic slivers: %w", d.systematic, err)
		}
	}
	return r, nil
}

// keepRows stores all primary slivers.
func (b *bench) keepRows(ctx context.Context) (*codec.Metadata, error) {
	c, err := codec.New(b.p, b.opts)
	if err != nil {
		return nil, err
	}
	e, err := c.Prepare(ctx, b.blob, b.size)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	primary := func(a codec.Axis, _ int) bool { return a == codec.Primary }
	length := int64(b.p.Cols()) * int64(e.SymbolSize())
	if err := b.rows.Truncate(int64(b.p.Shards()) * length); err != nil {
		return nil, err
	}
	return e.Metadata(), e.Slivers(ctx, primary, func(_ context.Context, batch []codec.Sliver) error {
		for _, s := range batch {
			if _, err := b.rows.WriteAt(s.Data, int64(s.Index)*length); err != nil {
				return err
			}
		}
		return nil
	})
}

// decodeStep measures decoding from the given number of systematic slivers and as many recovery slivers as that needs,
// both spread evenly.
func (b *bench) decodeStep(ctx context.Context, m *codec.Metadata, systematic int) (Step, error) {
	p, k := b.p, b.p.Rows()
	size, err := p.SymbolSize(m.Length)
	if err != nil {
		return Step{}, err
	}
	var indexes []int
	for i := range systematic {
		indexes = append(indexes, i*k/systematic)
	}
	for i := range k - systematic {
		indexes = append(indexes, k+i*(p.Shards()-k)/(k-systematic))
	}
	data := make([]byte, p.Cols()*size)
	return b.step(func(c *codec.Codec) error {
		d, err := c.NewDecoder(m, codec.Primary, b.out)
		if err != nil {
			return err
		}
		for _, i := range indexes {
			if _, err := b.rows.ReadAt(data, int64(i)*int64(len(data))); err != nil {
				return err
			}
			if err := d.AddVerified(ctx, &codec.Sliver{Axis: codec.Primary, Index: i, SymbolSize: size, Data: data}); err != nil {
				return err
			}
		}
		return d.Finish(ctx, codec.Skip)
	})
}

// step runs fn several times with a codec of its own: the memory that an earlier step has left behind is not this one's.
func (b *bench) step(fn func(c *codec.Codec) error) (Step, error) {
	c, err := codec.New(b.p, b.opts)
	if err != nil {
		return Step{}, err
	}
	debug.FreeOSMemory()
	resetPeak()
	if err := fn(c); err != nil {
		return Step{}, err
	}
	var wall, cpu []time.Duration
	for begin := time.Now(); len(wall) < minRuns || time.Since(begin) < stepTime; {
		start, busy := time.Now(), cpuTime()
		if err := fn(c); err != nil {
			return Step{}, err
		}
		wall, cpu = append(wall, time.Since(start)), append(cpu, cpuTime()-busy)
	}
	s := Step{WallMS: milliseconds(median(wall)), CPUMS: milliseconds(median(cpu)), PeakRSS: peak()}
	s.MBS = float64(b.size) / 1e3 / max(s.WallMS, 1e-6)
	return s, nil
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
