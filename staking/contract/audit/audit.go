// Package audit counts the WAL that objects hold, by the layouts of the compiled contracts: whatever holds a balance, however
// deep inside of it, is found. All objects of a chain together hold all there is, or a contract has lost or made some.
package audit

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/internal/abi"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Count adds up what objects hold.
type Count struct {
	contracts  *abi.Contracts
	deployment *contract.Deployment
	currency   string
	held       uint64
}

// New begins a Count of a network's WAL.
func New(d *contract.Deployment) (*Count, error) {
	contracts, err := abi.Load()
	if err != nil {
		return nil, err
	}
	return &Count{contracts: contracts, deployment: d, currency: abi.TypeOf(d.WAL(), d.PackageName).String()}, nil
}

// Add adds what an object of a type holds. It fails as Of does.
func (c *Count) Add(objectType string, contents []byte) error {
	held, err := c.Of(objectType, contents)
	c.held += min(held, math.MaxUint64-c.held)
	return err
}

// Of is what an object of a type holds, in FROST. It fails for objects of packages that are none of the network's or the
// framework's, whose layouts are not known, and for contents that are not of the type.
func (c *Count) Of(objectType string, contents []byte) (uint64, error) {
	tag, err := ptb.ParseTypeTag(objectType)
	if err != nil {
		return 0, err
	}
	var held uint64
	rest, err := c.contracts.Walk(abi.TypeOf(tag, c.deployment.PackageName), contents, func(t abi.Type, value []byte) {
		if t.Is("sui-framework::balance::Balance") && t.Args[0].String() == c.currency {
			held += min(binary.LittleEndian.Uint64(value), math.MaxUint64-held)
		}
	})
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%d bytes too many", len(rest))
	}
	if err != nil {
		return 0, fmt.Errorf("a %s: %w", tag, err)
	}
	return held, nil
}

// Held is what all objects that were added hold, in FROST.
func (c *Count) Held() uint64 { return c.held }
