package light

import (
	"context"
	"errors"
	"fmt"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
)

// known returns what is known of the committees, after it has checked that they fit the codec.
func (c *Client) known() (*staking.Epochs, error) {
	e := c.chain.Epochs()
	if e == nil || e.Current == nil {
		return nil, ErrNoCommittee
	}
	for _, com := range []*staking.Committee{e.Current, e.Previous, e.Next} {
		if com == nil {
			continue
		}
		if got, want := com.Params().Shards(), c.codec.Params().Shards(); got != want {
			return nil, fmt.Errorf("%w: the committee of epoch %d has %d shards, the client's codec %d", codec.ErrInvalid, com.Epoch(), got, want)
		}
	}
	return e, nil
}

// current returns the committee that takes writes.
func (c *Client) current() (*staking.Committee, error) {
	e, err := c.known()
	if err != nil {
		return nil, err
	}
	return e.Current, nil
}

// refresh has the chain asked for the present committees. If that fails, those that are known have to do.
func (c *Client) refresh(ctx context.Context) error {
	if _, err := c.chain.Refresh(ctx); err != nil {
		if cause := ended(ctx); cause != nil {
			return cause
		}
		return fmt.Errorf("%w: %w", ErrChain, err)
	}
	return nil
}

// reach returns the epochs once the current one is known to be at least the given one. Who asks for it has heard of it already,
// so a chain that does not say the same yet is asked again for a while.
func (c *Client) reach(ctx context.Context, epoch uint32) (*staking.Epochs, error) {
	pause := retryPause
	for try := 1; ; try++ {
		e, err := c.known()
		if err != nil || e.Current.Epoch() >= epoch {
			return e, err
		}
		asked := c.refresh(ctx)
		if e, err = c.known(); err != nil || e.Current.Epoch() >= epoch {
			return e, err
		}
		if try == followTries {
			return nil, errors.Join(fmt.Errorf("%w of epoch %d, only that of epoch %d: check that this client's chain endpoint follows the chain",
				ErrNoCommittee, epoch, e.Current.Epoch()), asked)
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, ended(ctx)
		}
		pause = min(2*pause, roundPauseMax)
	}
}

// newer returns the committee that has taken the place of com, or nil.
func (c *Client) newer(com *staking.Committee) *staking.Committee {
	now, err := c.current()
	if err != nil || now.Epoch() <= com.Epoch() {
		return nil
	}
	return now
}
