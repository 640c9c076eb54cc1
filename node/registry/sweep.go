package registry

import (
	"context"
	"fmt"

	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/query"

	"github.com/floe-network/floe/codec"
)

// Sweep calls look for every blob that is due: of which something ended, was deleted, or that was barred. look decides, by
// what Blob says at that moment, whether the blob stays or goes, and removes what has to go; it is false when that cannot
// be said yet, and the blob is due again in the next Sweep, as it is after an error or a crash. Books of what is over are
// cleared here. Only one Sweep runs at a time. It goes on after an error of look, and returns the first.
func (r *Registry) Sweep(ctx context.Context, look func(context.Context, codec.BlobID) (bool, error)) error {
	s := pass{Registry: r, look: look}
	p := r.Position()
	err := s.run(ctx, now)
	for epoch := p.swept + 1; err == nil && epoch <= p.Epoch && epoch > now; epoch++ {
		err = s.run(ctx, epoch)
	}
	switch {
	case err != nil:
		return err
	case s.failed > 0:
		return fmt.Errorf("%d blobs, the first of them: %w", s.failed, s.first)
	case s.left > 0 || p.swept == p.Epoch:
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.draft(ctx)
	d.position.swept = p.Epoch
	return r.commit(d)
}

// pass is one Sweep.
type pass struct {
	*Registry
	look   func(context.Context, codec.BlobID) (bool, error)
	left   int // blobs that are still due
	failed int // of these, because look failed
	first  error
}

// run looks at what is due in one epoch.
func (s *pass) run(ctx context.Context, epoch uint32) error {
	left := 0
	for {
		page, err := s.keys(ctx, dueIn(epoch), left, sweepPage)
		if err != nil || len(page) == 0 {
			s.left += left
			return err
		}
		var done []codec.BlobID
		for _, key := range page {
			id, err := blobOf(key)
			if err != nil {
				return err
			}
			s.watch(id)
			decided, err := s.look(ctx, id)
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				if s.failed++; s.failed == 1 {
					s.first = fmt.Errorf("blob %s: %w", id, err)
				}
			case decided:
				done = append(done, id)
			}
		}
		settled, err := s.settle(ctx, done, epoch)
		if err != nil {
			return err
		}
		left += len(page) - settled
	}
}

// watch begins to note whether a blob becomes due, until settle.
func (r *Registry) watch(id codec.BlobID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.again == nil {
		r.again = make(map[codec.BlobID]bool, sweepPage)
	}
	r.again[id] = false
}

// settle clears the books of blobs of what is over, and says that they are no longer due in an epoch. It returns for how
// many: not for those that became due again after they were looked at, nor for those that have too many objects to do it
// at once.
func (r *Registry) settle(ctx context.Context, ids []codec.BlobID, epoch uint32) (settled int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	again := r.again
	r.again = nil
	d := r.draft(ctx)
	over := 0
	for _, id := range ids {
		if again[id] {
			continue
		}
		err := r.objects(ctx, id, func(key datastore.Key, o Object) {
			if o.End <= d.position.Epoch && over < settlePage {
				over++
				d.values[key] = nil
			}
		})
		if err != nil {
			return 0, err
		}
		b, err := d.blob(id)
		if err != nil {
			return 0, err
		}
		d.setBlob(id, b)
		if over < settlePage {
			settled++
			d.values[dueKey(epoch, id)] = nil
		}
	}
	if len(d.values) == 0 {
		return 0, nil
	}
	return settled, r.commit(d)
}

// Remind makes a blob due when an epoch begins.
func (r *Registry) Remind(ctx context.Context, id codec.BlobID, epoch uint32) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.draft(ctx)
	d.due(epoch, id)
	return r.commit(d)
}

// objects calls visit for every object of a blob.
func (r *Registry) objects(ctx context.Context, id codec.BlobID, visit func(datastore.Key, Object)) error {
	return r.query(ctx, query.Query{Prefix: objectsOf(id)}, func(e query.Entry) error {
		o, err := parseObject(e.Value)
		if err == nil {
			visit(datastore.RawKey(e.Key), o)
		}
		return err
	})
}
