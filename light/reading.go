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
}

// newReading asks the chain about a blob, unless it is to be read without.
func (c *Client) newReading(ctx context.Context, id codec.BlobID, withoutChain bool, ev events) (*reading, error) {
	r := &reading{c: c, id: id}
	if withoutChain {
		return r, nil
	}
	if c.ledger == nil {
		return nil, fmt.Errorf("blob %s: %w: this client has no connection to it", id, ErrChain)
	}
	ev.send(Event{Phase: PhaseState, Blob: id})
	var err error
	if r.state, err = c.ledger.BlobState(ctx, id); err != nil {
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

// next returns the next committee to ask: first the one that serves the blob, then, while shards move, the other. It is nil
// when all were asked.
func (r *reading) next(ctx context.Context) (*staking.Committee, error) {
	e, err := r.c.known()
	if err != nil {
		return nil, err
	}
	first := e.Readers(r.state.Certified)
	if first == nil {
		if first = e.Of(r.state.Certified); first == nil {
			if e, err = r.c.reach(ctx, r.state.Certified); err != nil {
				return nil, fmt.Errorf("blob %s: %w", r.id, err)
			}
			first = e.Readers(r.state.Certified)
		}
	}
	order := []*staking.Committee{first, e.Current}
	if e.Changing && e.Previous != nil && r.state.Certified < e.Current.Epoch() {
		order = append(order, e.Previous)
	}
	for _, com := range order {
		if !slices.Contains(r.asked, com.Epoch()) {
			r.asked = append(r.asked, com.Epoch())
			return com, nil
		}
	}
	return nil, nil
}
