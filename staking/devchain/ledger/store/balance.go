package store

import (
	"bytes"
	"cmp"
	"math/big"
	"slices"

	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// BalanceChanges are what addresses have more and less when some objects are replaced by others, gas included, by owner and
// currency; those of nothing are left out. As on Sui, coins that an object owns count for its address, and shared and
// immutable ones for nobody.
func BalanceChanges(before, after []*Object) []BalanceChange {
	type account struct {
		owner    ptb.Address
		coinType string
	}
	sums := make(map[account]*big.Int)
	add := func(o *Object, sign int64) {
		coinType, amount, ok := Coin(o)
		if !ok || o.Move.Owner.Kind != objects.ByAddress && o.Move.Owner.Kind != objects.ByObject {
			return
		}
		a := account{o.Move.Owner.Address, coinType}
		if sums[a] == nil {
			sums[a] = new(big.Int)
		}
		n := new(big.Int).SetUint64(amount)
		sums[a].Add(sums[a], n.Mul(n, big.NewInt(sign)))
	}
	for _, o := range before {
		add(o, -1)
	}
	for _, o := range after {
		add(o, 1)
	}
	var list []BalanceChange
	for a, sum := range sums {
		if sum.Sign() != 0 {
			list = append(list, BalanceChange{Owner: a.owner, CoinType: a.coinType, Amount: sum})
		}
	}
	slices.SortFunc(list, func(a, b BalanceChange) int {
		return cmp.Or(bytes.Compare(a.Owner[:], b.Owner[:]), cmp.Compare(a.CoinType, b.CoinType))
	})
	return list
}
