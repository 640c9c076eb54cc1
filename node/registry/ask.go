package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/ipfs/go-datastore"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
)

// ErrChanged: events told something about a blob while the chain was asked about it; ask again.
var ErrChanged = errors.New("the blob changed meanwhile")

// Lose notes that history is lost: the events go on at a later cursor, and there is a Gap before it. It stays until Mend.
func (r *Registry) Lose(ctx context.Context, first staking.Cursor) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.draft(ctx)
	d.position.Cursor, d.position.Gap = first, true
	if err := r.commit(d); err != nil {
		return err
	}
	r.gaps++
	return nil
}

// Gaps returns how often Lose was called; the argument of Mend.
func (r *Registry) Gaps() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gaps
}

// Mend notes that everything was asked about since Gaps returned the argument. It does nothing when more was lost since.
func (r *Registry) Mend(ctx context.Context, gaps int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if gaps != r.gaps {
		return nil
	}
	d := r.draft(ctx)
	d.position.Gap = false
	return r.commit(d)
}

// Questions returns up to limit blobs that the chain has to be asked about, because events spoke of objects that were never heard of.
func (r *Registry) Questions(ctx context.Context, limit int) (list []codec.BlobID, err error) {
	keys, err := r.keys(ctx, askPrefix, 0, limit)
	for _, k := range keys {
		id, err := blobOf(k)
		if err != nil {
			return nil, err
		}
		list = append(list, id)
	}
	return list, err
}

// Asked reports whether the chain has to be asked about a blob before anything of it is removed.
func (r *Registry) Asked(ctx context.Context, id codec.BlobID) (bool, error) {
	ok, err := r.books.Has(ctx, askKey(id))
	if err != nil {
		return false, fmt.Errorf("registry: %w", err)
	}
	return ok, nil
}

// Question is about one blob, from Ask to Tell.
type Question struct {
	id      codec.BlobID
	changed bool
}

// Ask begins a question to the chain. One question about a blob is open at a time; Tell or Drop ends it.
func (r *Registry) Ask(id codec.BlobID) *Question {
	r.mu.Lock()
	defer r.mu.Unlock()
	q := &Question{id: id}
	r.asked[id] = q
	return q
}

// Drop ends a question that got no answer.
func (r *Registry) Drop(q *Question) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(q)
}

// drop is Drop for callers that hold mu.
func (r *Registry) drop(q *Question) {
	if r.asked[q.id] == q {
		delete(r.asked, q.id)
	}
}

// Tell notes the chain's answer, which takes the place of what was heard of certified objects: some of them may be gone. It
// fails with ErrChanged when events about the blob came since Ask. An answer that is an ErrContradiction is left out.
func (r *Registry) Tell(ctx context.Context, q *Question, s staking.BlobState) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(q)
	if q.changed {
		return ErrChanged
	}
	d := r.draft(ctx)
	b, err := d.blob(q.id)
	if err != nil {
		return err
	}
	d.values[askKey(q.id)] = nil
	if s.Certified != 0 { // it ever was
		if b.Sized && b.Size != s.Size {
			err := fmt.Errorf("%w: blob %s has %d bytes and %d", ErrContradiction, q.id, b.Size, s.Size)
			return errors.Join(err, r.commit(d))
		}
		b.Size, b.Sized = s.Size, true
	}
	if b.Barred == staking.NotBarred {
		b.Barred = s.Barred
	}
	b.told = s.End
	err = r.objects(ctx, q.id, func(key datastore.Key, o Object) {
		if o.Certified && o.Deletable && !o.Deleted {
			b.add(o, true)
			d.values[key] = nil
		}
	})
	if err != nil {
		return err
	}
	d.setBlob(q.id, b)
	d.due(now, q.id)
	if s.End != 0 {
		d.due(s.End, q.id)
	}
	return r.commit(d)
}
