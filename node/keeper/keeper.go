// Package keeper keeps a network's epochs going from a storage node: it pushes the steps of the epoch that are due, because
// nobody else has to, and collects what the node has earned.
//
// All nodes do it, in an order that changes with the epoch, each giving those before it time. So one pays for a step, as a
// rule, and a network goes on as long as one node does.
package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/floe-network/floe/staking"
)

// Chain is what the Keeper asks of the chain, in the node's name. Methods end when their context does.
type Chain interface {
	// Epochs never blocks; nil before the first committee.
	Epochs() *staking.Epochs
	// NextStep says in how long the next step of the epoch is due, by the chain's clock; not above zero: now.
	NextStep(ctx context.Context) (time.Duration, error)
	// Push does the step. It fails with staking.ErrNothingDue when somebody else was faster.
	Push(ctx context.Context) error
	// Collect has the node's earnings paid out, in FROST. What is too little for the price of a transaction stays.
	Collect(ctx context.Context) (uint64, error)
}

// Config is what a Keeper is made of. Chain and Node are required.
type Config struct {
	Chain Chain
	// Node whose turn and earnings it is about.
	Node staking.NodeID
	// Stagger is how long each node gives the one before it. Default DefaultStagger.
	Stagger time.Duration
	// Logger; nil: slog.Default().
	Logger *slog.Logger
}

// Keeper is running between New and Close.
type Keeper struct {
	cfg    Config
	cancel context.CancelFunc
	wg     sync.WaitGroup

	collected uint32 // epoch whose beginning was used to collect
	late      time.Time
}

// New starts a Keeper.
func New(cfg Config) (*Keeper, error) {
	if cfg.Chain == nil || cfg.Node == (staking.NodeID{}) || cfg.Stagger < 0 {
		return nil, errors.New("keeper: a chain and a node are required, and time between nodes is not negative")
	}
	if cfg.Stagger == 0 {
		cfg.Stagger = DefaultStagger
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	k := &Keeper{cfg: cfg}
	ctx, cancel := context.WithCancel(context.Background())
	k.cancel = cancel
	k.wg.Go(func() { k.run(ctx) })
	return k, nil
}

// Close ends it and waits.
func (k *Keeper) Close() error {
	k.cancel()
	k.wg.Wait()
	return nil
}

func (k *Keeper) run(ctx context.Context) {
	pause := firstPause
	for {
		wait, err := k.step(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			k.cfg.Logger.Warn("the epoch could not be kept going; it is tried again", "in", pause, "err", err)
			wait, pause = pause, min(2*pause, longestPause)
		default:
			pause = firstPause
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// step does what is this node's turn, and says when to look again.
func (k *Keeper) step(ctx context.Context) (time.Duration, error) {
	epochs := k.cfg.Chain.Epochs()
	k.collect(ctx, epochs)
	due, err := k.cfg.Chain.NextStep(ctx)
	if err != nil {
		return 0, fmt.Errorf("next step of the epoch: %w", err)
	}
	if due > 0 {
		k.late = time.Time{}
		return min(due, longestWait), nil
	}
	// It is due. Those before this node in the epoch's order have until its turn.
	if k.late.IsZero() {
		k.late = time.Now()
	}
	if left := time.Until(k.late.Add(k.turn(epochs))); left > 0 {
		return min(left, k.cfg.Stagger), nil
	}
	k.late = time.Time{}
	switch err := k.cfg.Chain.Push(ctx); {
	case errors.Is(err, staking.ErrNothingDue):
		return k.cfg.Stagger, nil
	case err != nil:
		return 0, fmt.Errorf("push the epoch: %w", err)
	}
	k.cfg.Logger.Debug("pushed the epoch on")
	return 0, nil
}

// turn is how long this node waits after a step is due: its place in an order that begins with another member each epoch.
// Nodes without shards come after all members. Before the first committee the order is by chance.
func (k *Keeper) turn(e *staking.Epochs) time.Duration {
	if e == nil {
		return time.Duration(k.cfg.Node[0]%firstNodes) * k.cfg.Stagger
	}
	size := e.Current.Size()
	for i := range size {
		if e.Current.Member(i).NodeID == k.cfg.Node {
			return time.Duration((i+size-int(e.Current.Epoch())%size)%size) * k.cfg.Stagger
		}
	}
	return time.Duration(size) * k.cfg.Stagger
}

// collect has earnings paid out once an epoch. What does not work is left to the next: epochs go on meanwhile.
func (k *Keeper) collect(ctx context.Context, e *staking.Epochs) {
	if e == nil || e.Current.Epoch() == k.collected {
		return // nobody has earned anything, or all is collected
	}
	epoch := e.Current.Epoch()
	k.collected = epoch
	switch amount, err := k.cfg.Chain.Collect(ctx); {
	case err != nil && ctx.Err() == nil:
		k.cfg.Logger.Warn("earnings could not be collected; it is tried again in the next epoch", "epoch", epoch, "err", err)
	case amount > 0:
		k.cfg.Logger.Info("earnings were paid out", "epoch", epoch, "frost", amount)
	}
}
