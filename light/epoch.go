package light

import (
	"context"
	"fmt"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
)

// known returns what is known of the committees, after it has checked that they fit the codec.
func (c *Client) known() (*staking.Epochs, error) {
	e := c.epochs()
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

// reach waits until the current epoch is known to be at least the given one: who asked for it has heard of it already.
func (c *Client) reach(ctx context.Context, epoch uint32) (*staking.Epochs, error) {
	pause := retryPause
	for try := 1; ; try++ {
		e, err := c.known()
		if err != nil || e.Current.Epoch() >= epoch {
			return e, err
		}
		if try == followTries {
			return nil, fmt.Errorf("%w of epoch %d, only that of epoch %d: check that this client's chain endpoint follows the chain",
				ErrNoCommittee, epoch, e.Current.Epoch())
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
