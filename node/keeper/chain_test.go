package keeper_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/floe-network/floe/node/keeper"
	"github.com/floe-network/floe/staking"
	onchain "github.com/floe-network/floe/staking/chain"
	"github.com/floe-network/floe/staking/chain/chaintest"
)

// soon is how often a Keeper looks.
const soon = 100 * time.Millisecond

// counted is an Operator whose pushes are counted.
type counted struct {
	*onchain.Operator
	pushed, vain *atomic.Int64
}

// NextStep has the Keeper look again soon, as the test sets the clock ahead while it waits.
func (c counted) NextStep(ctx context.Context) (time.Duration, error) {
	due, err := c.Operator.NextStep(ctx)
	return min(due, soon), err
}

func (c counted) Push(ctx context.Context) error {
	err := c.Operator.Push(ctx)
	switch {
	case err == nil:
		c.pushed.Add(1)
	case ctx.Err() == nil && errors.Is(err, staking.ErrNothingDue):
		c.vain.Add(1)
	}
	return err
}

// Keepers of real nodes take a network from epoch to epoch; one of them suffices.
func TestKeepersOnAChain(t *testing.T) {
	const nodes, epochs = 4, 3
	w := chaintest.Start(t, nodes, chaintest.Config(13))
	for name, up := range map[string][]int{"all": {0, 1, 2, 3}, "one": {2}} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			var pushed, vain atomic.Int64
			c := w.Chain()
			e, err := c.Refresh(ctx)
			if err != nil {
				t.Fatal(err)
			}
			first := e.Current.Epoch()
			for _, i := range up {
				k, err := keeper.New(keeper.Config{Chain: counted{&onchain.Operator{Account: w.Account(c, 1+i), Node: w.Nodes[i]}, &pushed, &vain},
					Node: w.Nodes[i], Stagger: 200 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)})
				if err != nil {
					t.Fatal(err)
				}
				defer func() {
					if err := k.Close(); err != nil {
						t.Error(err)
					}
				}()
			}
			// The clock is set ahead when nothing is due, and the events tell when the next epoch has begun.
			head, err := c.Client().Head(ctx)
			if err != nil {
				t.Fatal(err)
			}
			errEnough := errors.New("enough")
			if _, err := w.Ledger.Advance(ctx, time.Until(e.End)+time.Second); err != nil {
				t.Fatal(err)
			}
			err = c.Follow(ctx, staking.Cursor(head.Checkpoint+1), func(ctx context.Context, b staking.Batch) error {
				for _, event := range b.Events {
					ready, ok := event.(staking.EpochReady)
					if !ok {
						continue
					}
					if ready.Epoch >= first+epochs {
						return errEnough
					}
					if _, err := w.Ledger.Advance(ctx, c.Epochs().End.Sub(c.Epochs().Start)); err != nil {
						return err
					}
				}
				return nil
			})
			if !errors.Is(err, errEnough) {
				t.Fatal(err)
			}
			if n := vain.Load(); n > 3*epochs {
				t.Errorf("%d pushes in vain, %d not", n, pushed.Load())
			}
			t.Logf("%d pushes, %d in vain", pushed.Load(), vain.Load())
		})
	}
}
