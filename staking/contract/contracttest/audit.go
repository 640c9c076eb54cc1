package contracttest

import (
	"encoding/binary"
	"errors"

	"github.com/floe-network/floe/staking/contract/internal/abi"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Audit fails the test unless the FROST in all balances of all objects are what there is of them.
func (c *Chain) Audit() {
	c.TB.Helper()
	contracts, err := abi.Load()
	if err != nil {
		c.TB.Fatal(err)
	}
	currency := abi.TypeOf(c.Deployment.WAL(), c.Deployment.PackageName).String()
	held := uint64(0)
	for id := range c.seen {
		o, err := c.Ledger.Object(id, 0)
		if errors.Is(err, ledger.ErrNotFound) {
			continue
		}
		if err != nil {
			c.TB.Fatal(err)
		}
		if o.Move == nil {
			continue
		}
		tag, err := ptb.ParseTypeTag(o.Move.Type)
		if err != nil {
			c.TB.Fatal(err)
		}
		rest, err := contracts.Walk(abi.TypeOf(tag, c.Deployment.PackageName), o.Move.Contents, func(t abi.Type, value []byte) {
			if t.Is("sui-framework::balance::Balance") && t.Args[0].String() == currency {
				held += binary.LittleEndian.Uint64(value)
			}
		})
		if err != nil || len(rest) > 0 {
			c.TB.Fatalf("%s: %d bytes too many, %v", tag, len(rest), err)
		}
	}
	if supply := Look(c, view.TotalSupply); held != supply {
		c.TB.Fatalf("%d FROST are held, there are %d", held, supply)
	}
}
