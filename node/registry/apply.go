package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
)

var (
	// ErrContradiction: an event or an answer of the chain cannot be true together with what was heard before.
	ErrContradiction = errors.New("the chain contradicts itself")
	// ErrAhead: events are of an epoch that the chain's state has not reached.
	ErrAhead = errors.New("events are ahead of the chain's state")
)

// Outcome is what a batch changed.
type Outcome struct {
	// Kept has the blobs for which an object was registered, certified or extended, perhaps more than once.
	Kept []codec.BlobID
	// Contradictions are events that were left out; errors.Is ErrContradiction.
	Contradictions []error
}

// Apply makes a batch durable, all of it or nothing. limit is the epoch that the chain's state is in: a batch with events of
// a later one is refused with ErrAhead, since blobs that end before it would be removed.
func (r *Registry) Apply(ctx context.Context, batch staking.Batch, limit uint32) (Outcome, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.draft(ctx)
	d.position.Cursor = max(d.position.Cursor, batch.Next)
	if len(batch.Events) == 0 && time.Since(r.saved) < saveEvery {
		r.position.Store(&d.position)
		return Outcome{}, nil
	}
	var out Outcome
	touched := make(map[codec.BlobID]bool)
	for _, e := range batch.Events {
		if epoch := epochOf(e); epoch > limit {
			return Outcome{}, fmt.Errorf("%w: an event of epoch %d, the state is in epoch %d", ErrAhead, epoch, limit)
		}
		err := d.apply(e, &out, touched)
		switch {
		case errors.Is(err, ErrContradiction):
			out.Contradictions = append(out.Contradictions, err)
		case err != nil:
			return Outcome{}, err
		}
	}
	if err := r.commit(d); err != nil {
		return Outcome{}, err
	}
	for id := range touched {
		if q := r.asked[id]; q != nil {
			q.changed = true
		}
	}
	return out, nil
}

// epochOf returns the epoch of an event, 0 for those that are not of interest here.
func epochOf(e staking.Event) uint32 {
	switch e := e.(type) {
	case staking.BlobRegistered:
		return e.Epoch
	case staking.BlobCertified:
		return e.Epoch
	case staking.BlobDeleted:
		return e.Epoch
	case staking.BlobBarred:
		return e.Epoch
	case staking.EpochStarted:
		return e.Epoch
	case staking.EpochReady:
		return e.Epoch
	default:
		return 0
	}
}

func (d *draft) apply(e staking.Event, out *Outcome, touched map[codec.BlobID]bool) error {
	d.position.Epoch = max(d.position.Epoch, epochOf(e))
	switch e := e.(type) {
	case staking.BlobRegistered:
		touched[e.Blob] = true
		out.Kept = append(out.Kept, e.Blob)
		return d.registered(e)
	case staking.BlobCertified:
		touched[e.Blob] = true
		out.Kept = append(out.Kept, e.Blob)
		return d.certified(e)
	case staking.BlobDeleted:
		touched[e.Blob] = true
		return d.deleted(e)
	case staking.BlobBarred:
		touched[e.Blob] = true
		return d.barred(e)
	default:
		return nil
	}
}

func (d *draft) registered(e staking.BlobRegistered) error {
	if e.End <= e.Epoch || e.Kind.Deletable && e.Kind.Object != e.Object {
		return fmt.Errorf("%w: blob %s is registered in epoch %d until %d for object %s, kind %+v", ErrContradiction, e.Blob, e.Epoch, e.End, e.Object, e.Kind)
	}
	b, err := d.blob(e.Blob)
	if err != nil {
		return err
	}
	if b.Sized && b.Size != e.Size {
		return fmt.Errorf("%w: blob %s is registered with %d bytes and with %d", ErrContradiction, e.Blob, b.Size, e.Size)
	}
	b.Size, b.Sized = e.Size, true
	_, err = d.hear(e.Blob, e.Object, b, Object{Deletable: e.Kind.Deletable, Registered: e.Epoch, End: e.End})
	return err
}

func (d *draft) certified(e staking.BlobCertified) error {
	if e.Kind.Deletable && e.Kind.Object != e.Object {
		return fmt.Errorf("%w: blob %s is certified for object %s and for %s", ErrContradiction, e.Blob, e.Object, e.Kind.Object)
	}
	b, err := d.blob(e.Blob)
	if err != nil {
		return err
	}
	if !b.Sized {
		d.values[askKey(e.Blob)] = []byte{}
	}
	_, err = d.hear(e.Blob, e.Object, b, Object{Deletable: e.Kind.Deletable, Certified: true, End: e.End})
	return err
}

func (d *draft) deleted(e staking.BlobDeleted) error {
	b, err := d.blob(e.Blob)
	if err != nil {
		return err
	}
	known, err := d.hear(e.Blob, e.Object, b, Object{Deletable: true, Deleted: true, Certified: e.Certified, End: e.End})
	if err != nil {
		return err
	}
	// What the chain told of the blob may have been because of this object.
	if b.told > d.position.Epoch || !known {
		d.values[askKey(e.Blob)] = []byte{}
	}
	d.due(now, e.Blob)
	return nil
}

func (d *draft) barred(e staking.BlobBarred) error {
	if e.Why == staking.NotBarred {
		return fmt.Errorf("%w: blob %s is barred for no reason", ErrContradiction, e.Blob)
	}
	b, err := d.blob(e.Blob)
	if err != nil {
		return err
	}
	if b.Barred == staking.NotBarred {
		b.Barred = e.Why
		d.setBlob(e.Blob, b)
	}
	d.due(now, e.Blob)
	return nil
}

// hear notes what an event says about an object, and writes the blob's record. known: something had been heard of it.
func (d *draft) hear(id codec.BlobID, object staking.ObjectID, b Blob, news Object) (known bool, err error) {
	old, known, err := d.object(id, object)
	if err != nil {
		return known, err
	}
	if known && old.Deletable != news.Deletable {
		return known, fmt.Errorf("%w: object %s of blob %s is deletable and is not", ErrContradiction, object, id)
	}
	o := old.join(news)
	if o.End <= d.position.Epoch { // it is over, and perhaps forgotten
		return known, nil
	}
	if known && !old.Deleted {
		b.add(old, true)
	}
	if !o.Deleted {
		b.add(o, false)
	}
	if !o.Deletable {
		b.Permanent = max(b.Permanent, o.End)
	}
	b.prune(d.position.Epoch)
	if len(b.ends) > maxEnds {
		return known, fmt.Errorf("%w: objects of blob %s end in more than %d epochs", ErrContradiction, id, maxEnds)
	}
	d.values[objectKey(id, object)] = o.marshal()
	d.setBlob(id, b)
	d.due(o.End, id)
	if !o.Deleted {
		d.due(o.keepEnd(), id)
	}
	return known, nil
}
