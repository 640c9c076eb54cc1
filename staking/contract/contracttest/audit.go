package contracttest

import (
	"errors"

	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/audit"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// auditor counts FROST: what all objects hold must be what there is.
type auditor struct {
	count *audit.Count           // by the present Deployment; nil until there is something to count
	held  map[ptb.Address]uint64 // by every object that transactions of the test made or changed
	sum   uint64
}

// audit counts again what some objects hold, and fails the test unless all FROST are there.
func (c *Chain) audit(changed []ptb.Address) {
	c.TB.Helper()
	published := c.Deployment.Objects.Treasury != (contract.SharedObject{})
	for _, id := range changed {
		now := uint64(0)
		if published {
			now = c.holds(id)
		}
		c.auditor.sum += now - c.auditor.held[id]
		c.auditor.held[id] = now
	}
	if !published {
		return
	}
	if supply := Look(c, view.TotalSupply); c.auditor.sum != supply {
		c.TB.Fatalf("%d FROST are held, there are %d", c.auditor.sum, supply)
	}
}

// holds is the FROST in all balances of an object, or of what is inside it.
func (c *Chain) holds(id ptb.Address) uint64 {
	c.TB.Helper()
	o, err := c.Ledger.Object(id, 0)
	if errors.Is(err, ledger.ErrNotFound) {
		return 0
	}
	if err != nil {
		c.TB.Fatal(err)
	}
	if o.Move == nil {
		return 0
	}
	if c.auditor.count == nil {
		if c.auditor.count, err = audit.New(c.Deployment); err != nil {
			c.TB.Fatal(err)
		}
	}
	held, err := c.auditor.count.Of(o.Move.Type, o.Move.Contents)
	if err != nil {
		c.TB.Fatal(err)
	}
	return held
}
