package sui

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Coin is a coin and how much it has, in its smallest unit.
type Coin struct {
	ptb.ObjectRef
	Balance uint64
}

// SUI is the currency of gas.
func SUI() ptb.StructTag { return *ptb.FrameworkTag("sui", "SUI").Struct }

// Coins lists coins of an address, up to limit.
func (c *Client) Coins(ctx context.Context, owner ptb.Address, currency ptb.StructTag, limit int) ([]Coin, error) {
	objects, err := c.Owned(ctx, owner, ptb.FrameworkTag("coin", "Coin", currency.Tag()).Struct, limit)
	if err != nil {
		return nil, err
	}
	coins := make([]Coin, len(objects))
	for i, o := range objects {
		rest := o.Contents[len(o.ID):]
		if len(rest) != 8 {
			return nil, fmt.Errorf("%w: coin %s has %d bytes", endpoint.ErrGarbage, o.ID, len(o.Contents))
		}
		coins[i] = Coin{o.ObjectRef, binary.LittleEndian.Uint64(rest)}
	}
	return coins, nil
}
