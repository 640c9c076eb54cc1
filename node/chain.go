package node

import (
	"time"

	"github.com/floe-network/floe/node/follower"
)

// Chain is what a node follows.
type Chain = follower.Chain

// lag returns how old the node's picture of the chain is.
func (c *custody) lag() time.Duration {
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
