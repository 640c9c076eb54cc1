package contracttest

import (
	"encoding/binary"
	"errors"

	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/internal/abi"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// auditor counts FROST: what all objects hold must be what there is.
type auditor struct {
	contracts *abi.Contracts
	held      map[ptb.Address]uint64 // by every object that transactions of the test made or changed
	sum       uint64
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
	tag, err := ptb.ParseTypeTag(o.Move.Type)
	if err != nil {
		c.TB.Fatal(err)
	}
	sum, currency := uint64(0), abi.TypeOf(c.Deployment.WAL(), c.Deployment.PackageName).String()
	rest, err := c.auditor.contracts.Walk(abi.TypeOf(tag, c.Deployment.PackageName), o.Move.Contents, func(t abi.Type, value []byte) {
		if t.Is("sui-framework::balance::Balance") && t.Args[0].String() == currency {
			sum += binary.LittleEndian.Uint64(value)
		}
	})
	if err != nil || len(rest) > 0 {
		c.TB.Fatalf("%s: %d bytes too many, %v", tag, len(rest), err)
	}
	return sum
}
