package registry

import (
	"context"
	"errors"

	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/query"

	"github.com/floe-network/floe/codec"
)

// Sweep calls look for every blob that is due: of which something ended, was deleted, or that was barred. look decides, by
// what Blob says at that moment, whether the blob stays or goes, and removes what has to go; it is false when that cannot
// be said yet, and the blob is due again in the next Sweep, as it is after an error or a crash. Books of what is over are
// cleared here. Only one Sweep runs at a time; errors of look are joined.
func (r *Registry) Sweep(ctx context.Context, look func(context.Context, codec.BlobID) (bool, error)) error {
	p := r.Position()
	left, err := r.sweep(ctx, now, look)
	errs := []error{err}
	for epoch := p.swept + 1; epoch <= p.Epoch && epoch > now && ctx.Err() == nil; epoch++ {
		n, err := r.sweep(ctx, epoch, look)
		left += n
		errs = append(errs, err)
	}
	if err := errors.Join(append(errs, ctx.Err())...); err != nil || left > 0 || p.swept == p.Epoch {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.draft(ctx)
	d.position.swept = p.Epoch
	return r.commit(d)
}

// sweep looks at what is due in one epoch and returns how many blobs are still.
func (r *Registry) sweep(ctx context.Context, epoch uint32, look func(context.Context, codec.BlobID) (bool, error)) (left int, err error) {
	var errs []error
	for {
		page, err := r.keys(ctx, dueIn(epoch), left, sweepPage)
		if err != nil || len(page) == 0 {
			return left, errors.Join(append(errs, err)...)
		}
		for _, key := range page {
			id, err := blobOf(key)
			if err != nil {
				return left, errors.Join(append(errs, err)...)
			}
			done, err := look(ctx, id)
			if err == nil && done {
				done, err = r.settle(ctx, id, epoch)
			}
			if err != nil {
				errs = append(errs, err)
			}
			if err != nil || !done {
				left++
			}
			if ctx.Err() != nil {
				return left, errors.Join(errs...)
			}
		}
	}
}

// settle clears the books of a blob of what is over, and says that it is no longer due in an epoch; false when there are
// too many objects to do it at once.
func (r *Registry) settle(ctx context.Context, id codec.BlobID, epoch uint32) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.draft(ctx)
	over := 0
	err := r.objects(ctx, id, func(key datastore.Key, o Object) {
		if o.End <= d.position.Epoch && over < settlePage {
			over++
			d.values[key] = nil
		}
	})
	if err != nil {
		return false, err
	}
	b, err := d.blob(id)
	if err != nil {
		return false, err
	}
	d.setBlob(id, b)
	all := over < settlePage
	if all {
		d.values[dueKey(epoch, id)] = nil
	}
	return all, r.commit(d)
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
