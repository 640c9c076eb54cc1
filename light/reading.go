package light

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
)

// reading is where a blob is looked for: what the chain says about it, and the committees that were asked.
type reading struct {
	c  *Client
	id codec.BlobID
	// state is zero without the chain: the blob then counts as one of before the current epoch, as most are.
	state   staking.BlobState
	checked bool
	asked   []uint32 // epochs
	fresh   bool     // the committees are as the chain says since the reading began
}

// newReading asks the chain about a blob, unless it is to be read without.
func (c *Client) newReading(ctx context.Context, id codec.BlobID, withoutChain bool, ev events) (*reading, error) {
	r := &reading{c: c, id: id}
	if withoutChain {
		return r, nil
	}
	ev.send(Event{Phase: PhaseState, Blob: id})
	var err error
	if r.state, err = c.chain.BlobState(ctx, id); err != nil {
		if cause := ended(ctx); cause != nil {
			return nil, cause
		}
		return nil, fmt.Errorf("blob %s: %w: %w. It can be read without the chain, whose bar and end then do not count", id, ErrChain, err)
	}
	r.checked = true
	switch s := r.state; {
	case s.Barred != staking.NotBarred:
		return nil, fmt.Errorf("%w: %s is %s", ErrBarred, id, s.Barred)
	case s.Certified == 0:
		return nil, fmt.Errorf("%w: %s. Either the id is wrong, or whoever stores it has not finished", ErrNotCertified, id)
	case s.End == 0:
		return nil, fmt.Errorf("%w: no object keeps %s any more, nodes may have removed it", ErrEnded, id)
	}
	return r, nil
}

// check compares metadata, which match the id, with what the chain says.
func (r *reading) check(m *codec.Metadata) error {
	if r.checked && m.Length != r.state.Size {
		return fmt.Errorf("blob %s: %w: it says %d bytes, the blob that has this id has %d. The endpoint is not to be trusted", r.id, ErrChain, r.state.Size, m.Length)
	}
	return nil
}

// from lets read use one committee after another, as long as it fails with ErrNotFound or ErrUnavailable.
func (r *reading) from(ctx context.Context, read func(*staking.Committee) error) error {
	var failed error
	for {
		com, err := r.next(ctx)
		switch {
		case err != nil:
			return err
		case com == nil:
			return failed
		}
		err = read(com)
		unavailable := errors.Is(err, ErrUnavailable)
		if !unavailable && !errors.Is(err, ErrNotFound) {
			return err
		}
		// A committee that does not know the blob proves nothing while another one cannot be asked.
		if failed == nil || unavailable && !errors.Is(failed, ErrUnavailable) {
			failed = err
		}
	}
}

// next returns the next committee to ask, nil when all were asked. Before it gives up it has the committees refreshed: those
// that it knew may have handed the blob on.
func (r *reading) next(ctx context.Context) (*staking.Committee, error) {
	for {
		order, err := r.order(ctx)
		if err != nil {
			return nil, err
		}
		for _, com := range order {
			if !slices.Contains(r.asked, com.Epoch()) {
				r.asked = append(r.asked, com.Epoch())
				return com, nil
			}
		}
		if r.fresh || !r.checked {
			return nil, nil
		}
		r.fresh = true
		if err := r.c.refresh(ctx); err != nil {
			return nil, ended(ctx)
		}
	}
}

// order returns the committees that may have the blob: first the one that serves it, then, while shards move, the other.
func (r *reading) order(ctx context.Context) ([]*staking.Committee, error) {
	e, err := r.c.known()
	if err != nil {
		return nil, err
	}
	since := r.state.Certified
	first := e.Readers(since)
	if first == nil {
		first = e.Of(since)
	}
	if first == nil {
		if e, err = r.c.reach(ctx, since); err != nil {
			return nil, fmt.Errorf("blob %s: %w", r.id, err)
		}
		first = e.Readers(since)
	}
	order := []*staking.Committee{first, e.Current}
	if e.Changing && e.Previous != nil && since < e.Current.Epoch() {
		order = append(order, e.Previous)
	}
	return order, nil
}
