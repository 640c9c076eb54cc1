package follower

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/registry"
)

// ask asks the chain about what the events leave open, until ctx ends.
func (f *Follower) ask(ctx context.Context) {
	wait := minBackoff
	for {
		err := f.askAll(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			wait = minBackoff
			select {
			case <-ctx.Done():
				return
			case <-f.asking:
			}
			continue
		}
		f.cfg.Logger.Warn("the chain could not be asked about blobs; none is removed meanwhile", "retry", wait, "err", err)
		if !sleep(ctx, wait) {
			return
		}
		wait = min(2*wait, maxBackoff)
	}
}

// askAll asks about every blob that is known or held after a gap, and about single ones.
func (f *Follower) askAll(ctx context.Context) error {
	if f.cfg.Registry.Position().Gap {
		gaps := f.cfg.Registry.Gaps()
		if err := f.resync(ctx); err != nil {
			return err
		}
		if err := f.cfg.Registry.Mend(ctx, gaps); err != nil {
			return err
		}
		f.cfg.Changed()
	}
	for {
		ids, err := f.cfg.Registry.Questions(ctx, askPage)
		if err != nil || len(ids) == 0 {
			return err
		}
		g, each := f.asker(ctx)
		for _, id := range ids {
			g.Go(func() error { return f.askAbout(each, id) })
		}
		if err := g.Wait(); err != nil {
			return err
		}
		f.cfg.Changed()
	}
}

func (f *Follower) asker(ctx context.Context) (*errgroup.Group, context.Context) {
	g, each := errgroup.WithContext(ctx)
	g.SetLimit(askers)
	return g, each
}

// resync asks about every blob that is registered, then about those that are held without that.
func (f *Follower) resync(ctx context.Context) error {
	g, each := f.asker(ctx)
	err := f.cfg.Registry.Blobs(each, func(id codec.BlobID) error {
		g.Go(func() error { return f.askAbout(each, id) })
		return nil
	})
	if err := errors.Join(g.Wait(), err); err != nil {
		return err
	}
	var after *codec.BlobID
	for {
		ids, err := f.cfg.Holdings.ListMetadata(ctx, after, askPage)
		if err != nil || len(ids) == 0 {
			return err
		}
		g, each := f.asker(ctx)
		for _, id := range ids {
			b, err := f.cfg.Registry.Blob(ctx, id)
			if err != nil {
				return errors.Join(err, g.Wait())
			}
			if !b.Known() && !f.cfg.Holdings.Pending(id) {
				g.Go(func() error { return f.askAbout(each, id) })
			}
		}
		if err := g.Wait(); err != nil {
			return err
		}
		after = &ids[len(ids)-1]
	}
}

// askAbout asks the chain about one blob, again when events overtake the answer.
func (f *Follower) askAbout(ctx context.Context, id codec.BlobID) error {
	for {
		q := f.cfg.Registry.Ask(id)
		s, err := f.cfg.Chain.BlobState(ctx, id)
		if err != nil {
			f.cfg.Registry.Drop(q)
			return err
		}
		switch err := f.cfg.Registry.Tell(ctx, q, s); {
		case errors.Is(err, registry.ErrChanged):
			continue
		case errors.Is(err, registry.ErrContradiction):
			f.contradicted(err)
			return nil
		case err != nil:
			return err
		}
		return f.cfg.Holdings.Release(ctx, id)
	}
}
