package keeper_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floe-network/floe/internal/leaktest"
	"github.com/floe-network/floe/node/keeper"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/stakingtest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

const (
	members = 4
	shards  = 8
	every   = time.Minute // steps are due
)

// chain has a step that is due every minute.
type chain struct {
	mu        sync.Mutex
	epochs    *staking.Epochs
	due       time.Time
	pushes    []push
	collected int
	fail      error
}

type push struct {
	node  int
	after time.Duration // the step was due
}

// seat is the chain as one node uses it.
type seat struct {
	*chain
	node int
}

func (c *chain) Epochs() *staking.Epochs {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.epochs
}

func (c *chain) NextStep(context.Context) (time.Duration, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Until(c.due), c.fail
}

func (s seat) Push(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	late := time.Since(s.due)
	if late < 0 {
		return staking.ErrNothingDue
	}
	s.pushes = append(s.pushes, push{s.node, late})
	s.due = s.due.Add(every)
	return s.fail
}

func (s seat) Collect(context.Context) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.collected++
	return 1, nil
}

func newChain(t *testing.T, epoch uint32) *chain {
	com := stakingtest.Committee(t, stakingtest.Nodes(t, members), epoch, shards)
	return &chain{epochs: &staking.Epochs{Current: com}, due: time.Now().Add(every)}
}

// start runs the keepers of some nodes; node number `members` is no member.
func start(t *testing.T, c *chain, nodes ...int) (stop func()) {
	var keepers []*keeper.Keeper
	for _, i := range nodes {
		id := staking.NodeID{0xff}
		if i < members {
			id = c.epochs.Current.Member(i).NodeID
		}
		k, err := keeper.New(keeper.Config{Chain: seat{c, i}, Node: id, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		keepers = append(keepers, k)
	}
	return func() {
		for _, k := range keepers {
			if err := k.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestOneNodePushesEachStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newChain(t, 1)
		stop := start(t, c, 0, 1, 2, 3, members)
		time.Sleep(3*every + every/2)
		stop()
		if len(c.pushes) != 3 {
			t.Fatalf("%d pushes of 3 steps: %v", len(c.pushes), c.pushes)
		}
		for _, p := range c.pushes {
			if p.node != 1 || p.after != 0 {
				t.Errorf("in epoch 1 the second member begins, at once: %+v", p)
			}
		}
		if c.collected != members+1 {
			t.Errorf("%d nodes collected %d times in one epoch", members+1, c.collected)
		}
	})
}

func TestTheNextNodeStepsIn(t *testing.T) {
	for name, test := range map[string]struct {
		nodes []int
		want  int
		after time.Duration
	}{
		"the last in the order": {[]int{0}, 0, 3 * keeper.DefaultStagger},
		"two of them":           {[]int{0, 3}, 3, 2 * keeper.DefaultStagger},
		"no member is up":       {[]int{members}, members, members * keeper.DefaultStagger},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newChain(t, 1)
				stop := start(t, c, test.nodes...)
				time.Sleep(every + every/2)
				stop()
				if len(c.pushes) != 1 || c.pushes[0] != (push{test.want, test.after}) {
					t.Errorf("pushes %+v, want one by node %d after %v", c.pushes, test.want, test.after)
				}
			})
		})
	}
}

func TestAChainThatCannotBeAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newChain(t, 0)
		c.fail = errors.New("away")
		stop := start(t, c, 0)
		defer stop()
		time.Sleep(2 * every)
		c.mu.Lock()
		c.fail = nil
		c.mu.Unlock()
		time.Sleep(every + time.Second)
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.pushes) == 0 {
			t.Error("nothing was pushed when the chain was back")
		}
	})
}

func TestBeforeTheFirstCommittee(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newChain(t, 0)
		c.epochs = nil
		for _, id := range []staking.NodeID{{0: 13}, {0: 2}} {
			k, err := keeper.New(keeper.Config{Chain: seat{c, int(id[0])}, Node: id, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			defer k.Close()
		}
		time.Sleep(every + every/2)
		c.mu.Lock()
		defer c.mu.Unlock()
		if want := (push{2, 2 * keeper.DefaultStagger}); len(c.pushes) != 1 || c.pushes[0] != want {
			t.Errorf("pushes %+v, want %+v", c.pushes, want)
		}
		if c.collected != 0 {
			t.Error("collected before there was anything to earn")
		}
	})
}

func TestNewRefuses(t *testing.T) {
	c := newChain(t, 0)
	for name, cfg := range map[string]keeper.Config{
		"no chain":      {Node: staking.NodeID{1}},
		"no node":       {Chain: seat{c, 0}},
		"negative time": {Chain: seat{c, 0}, Node: staking.NodeID{1}, Stagger: -1},
	} {
		if k, err := keeper.New(cfg); err == nil {
			_ = k.Close()
			t.Errorf("%s: accepted", name)
		}
	}
}
