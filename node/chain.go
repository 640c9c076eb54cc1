package node

import (
	"time"

	"github.com/floe-network/floe/node/follower"
	"github.com/floe-network/floe/staking"
)

// Chain is what a node follows.
type Chain = follower.Chain

// epochs returns the function that tells a node of the committees.
func (c *Config) epochs() func() *staking.Epochs {
	if c.Chain != nil {
		return c.Chain.Epochs
	}
	return func() *staking.Epochs {
		com := c.Committee()
		if com == nil {
			return nil
		}
		return &staking.Epochs{Current: com}
	}
}

// lag returns how old the node's picture of the chain is, 0 without one.
func (c *custody) lag() time.Duration {
	if c.follower == nil {
		return 0
	}
	lag, _ := c.follower.State()
	return lag
}

// wake lets the sweeper look again.
func (c *custody) wake() {
	select {
	case c.sweeping <- struct{}{}:
	default:
	}
}
