package codec

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Options tune a Codec. The zero value is the defaults.
type Options struct {
	// Workers is how many goroutines one call uses at most. 0: GOMAXPROCS.
	Workers int
	// MemoryBudget bounds in bytes what one call keeps besides its arguments and results. 0: DefaultMemoryBudget. A
	// larger budget saves passes over large blobs. A call that cannot work with it takes the least it can work with.
	MemoryBudget int64
}

// Codec encodes, decodes and verifies for one number of shards. It is safe for concurrent use.
type Codec struct {
	p       Params
	workers int
	budget  int64
	// codes[Primary] is the row code that expands a primary sliver, codes[Secondary] the column code.
	codes [2]*rsCode
}

// New returns a codec for p.
func New(p Params, opts Options) (*Codec, error) {
	if p.n == 0 {
		return nil, fmt.Errorf("%w: Params without shards", ErrInvalid)
	}
	if opts.Workers < 0 || opts.MemoryBudget < 0 {
		return nil, fmt.Errorf("%w: negative Workers or MemoryBudget", ErrInvalid)
	}
	c := &Codec{p: p, workers: opts.Workers, budget: opts.MemoryBudget}
	if c.workers == 0 {
		c.workers = runtime.GOMAXPROCS(0)
	}
	if c.budget == 0 {
		c.budget = DefaultMemoryBudget
	}
	for _, a := range []Axis{Primary, Secondary} {
		code, err := newRS(p.SliverSymbols(a), p.n)
		if err != nil {
			return nil, fmt.Errorf("%s code: %w", a, err)
		}
		c.codes[a] = code
	}
	return c, nil
}

// Params returns the dimensions that the codec works for.
func (c *Codec) Params() Params { return c.p }

// parallel runs fn for the units 0 to count-1 on the codec's workers and waits for them. The first error stops the rest.
func (c *Codec) parallel(ctx context.Context, count int, fn func(unit int) error) error {
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range min(c.workers, count) {
		g.Go(func() error {
			for {
				unit := int(next.Add(1)) - 1
				if unit >= count {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := fn(unit); err != nil {
					return err
				}
			}
		})
	}
	return g.Wait()
}
