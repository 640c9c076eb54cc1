package codec

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/floe-network/floe/codec/internal/arena"
	"github.com/floe-network/floe/codec/internal/gf16"
)

// Options tune a Codec. The zero value is the defaults.
type Options struct {
	// Workers is how many goroutines one call uses at most. 0: GOMAXPROCS.
	Workers int
	// MemoryBudget bounds in bytes what one call keeps besides its arguments and results. 0: DefaultMemoryBudget. A
	// larger budget saves passes over large blobs. A call that cannot work within it takes the least it can work with.
	MemoryBudget int64
}

// Codec encodes, decodes and verifies for one number of shards. It is safe for concurrent use; memory is reused between
// calls and given back to the garbage collector when it is not.
type Codec struct {
	p       Params
	workers int
	budget  int
	// codes[Primary] is the row code that expands a primary sliver, codes[Secondary] the column code.
	codes [2]*gf16.Code
	kept  arena.Pool // what encodings keep between the passes
	work  arena.Pool // what one call works with
	// scratch is a pool of *scratch. The runtime refers to pools for a while; being apart, this one does not hold the codec.
	scratch *sync.Pool
}

// New returns a codec for p.
func New(p Params, opts Options) (*Codec, error) {
	if p.n == 0 {
		return nil, fmt.Errorf("%w: Params without shards", ErrInvalid)
	}
	if opts.Workers < 0 || opts.MemoryBudget < 0 {
		return nil, fmt.Errorf("%w: negative Workers or MemoryBudget", ErrInvalid)
	}
	c := &Codec{p: p, workers: opts.Workers, budget: int(opts.MemoryBudget), scratch: new(sync.Pool)}
	if c.workers == 0 {
		c.workers = runtime.GOMAXPROCS(0)
	}
	if c.budget == 0 {
		c.budget = DefaultMemoryBudget
	}
	for _, a := range []Axis{Primary, Secondary} {
		code, err := gf16.New(p.SliverSymbols(a), p.n)
		if err != nil {
			return nil, fmt.Errorf("%s code: %w", a, err)
		}
		c.codes[a] = code
	}
	return c, nil
}

// Params returns the dimensions that the codec works for.
func (c *Codec) Params() Params { return c.p }

// worker is one goroutine of a parallel step.
type worker struct {
	*scratch
	index int // 0 to Workers-1
}

// parallel runs fn for the units 0 to count-1 on at most workers goroutines and waits for them. The first error stops
// the rest.
func (c *Codec) parallel(ctx context.Context, workers, count int, fn func(w worker, unit int) error) error {
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for index := range min(workers, count) {
		g.Go(func() error {
			w := worker{scratch: c.getScratch(), index: index}
			defer c.scratch.Put(w.scratch)
			for {
				unit := int(next.Add(1)) - 1
				if unit >= count {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := fn(w, unit); err != nil {
					return err
				}
			}
		})
	}
	return g.Wait()
}

func (c *Codec) getScratch() *scratch {
	if s, ok := c.scratch.Get().(*scratch); ok {
		return s
	}
	return new(scratch)
}
