package execution

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// computationUnits is the price of units of the interpreter, in computation units, rounded up as on Sui.
func computationUnits(used uint64) uint64 {
	var cost, carry uint64
	for i, tier := range instructionTiers {
		if used <= tier.from {
			break
		}
		n := used - tier.from
		if i+1 < len(instructionTiers) {
			n = min(n, instructionTiers[i+1].from-tier.from)
		}
		high, low := bits.Mul64(n, tier.cost)
		if cost, carry = bits.Add64(cost, low, 0); high != 0 || carry != 0 {
			return math.MaxUint64
		}
	}
	cost = cost / instructionsPerUnit
	return max(transaction.BaseUnits, (cost+roundingUnits-1)/roundingUnits*roundingUnits)
}

// interpreterUnits is how many units of the interpreter a number of computation units buys.
func interpreterUnits(units uint64) uint64 {
	left := units * instructionsPerUnit
	bought := uint64(0)
	for i, tier := range instructionTiers {
		n := left / tier.cost
		if i+1 < len(instructionTiers) {
			n = min(n, instructionTiers[i+1].from-tier.from)
		}
		bought += n
		left -= n * tier.cost
	}
	return bought
}

// allowance is the gas of the interpreter for a transaction.
func allowance(l transaction.Limits, tx *transaction.Transaction) uint64 {
	switch {
	case tx.Mode == transaction.System:
		return unmetered
	case tx.Gas == nil:
		return interpreterUnits(l.ComputationUnits)
	default:
		return interpreterUnits(min(tx.Gas.Budget/tx.Gas.Price, l.ComputationUnits))
	}
}

// smash merges the gas coins into the first, whose value is then what code may spend: all but the budget. It returns the
// first coin.
func smash(state *objects.State, coins []*objects.Input, budget uint64) (*objects.Input, error) {
	sum := uint64(0)
	for _, c := range coins {
		n, err := amount(c.Cell.Peek())
		if err != nil {
			return nil, err
		}
		var carry uint64
		if sum, carry = bits.Add64(sum, n, 0); carry != 0 {
			return nil, transaction.RefuseFor(transaction.Gas, "the gas coins are worth more than 2^64-1 MIST")
		}
	}
	if sum < budget {
		return nil, transaction.RefuseFor(transaction.Gas, "the gas coins are worth %d MIST, the budget is %d", sum, budget)
	}
	for _, c := range coins[1:] {
		if _, err := c.Cell.Take(); err != nil {
			return nil, err
		}
		if err := state.DeleteID(c.Object.ID); err != nil {
			return nil, err
		}
	}
	return coins[0], setAmount(coins[0].Cell.Borrow(true), sum-budget)
}

// coinAmount is where the amount is in the BCS of a coin: after the id.
const coinAmount = len(types.Address{})

// credit adds to the amount of a coin in BCS. What is added may be negative.
func credit(contents []byte, budget uint64, net int64) error {
	if len(contents) != coinAmount+8 {
		return effects.Fail(effects.InvariantViolation, "the gas coin has %d bytes", len(contents))
	}
	at := contents[coinAmount:]
	sum, carry := bits.Add64(binary.LittleEndian.Uint64(at), budget, 0)
	if carry != 0 {
		return effects.Fail(effects.CoinBalanceOverflow, "the gas coin is worth more than 2^64-1 MIST")
	}
	if net >= 0 {
		sum -= uint64(net)
	} else if sum, carry = bits.Add64(sum, uint64(-net), 0); carry != 0 {
		return effects.Fail(effects.CoinBalanceOverflow, "the gas coin is worth more than 2^64-1 MIST")
	}
	binary.LittleEndian.PutUint64(at, sum)
	return nil
}

// storageCost is the price of storing bytes, in MIST.
func storageCost(size uint64) uint64 { return size * byteUnits * storagePrice }

// rebate splits a storage cost that is no longer needed into what comes back and what is kept.
func rebate(cost uint64) (back, kept uint64) {
	high, low := bits.Mul64(cost, rebateBasisPoints)
	low, carry := bits.Add64(low, basisPoints/2, 0)
	back, _ = bits.Div64(high+carry, low, basisPoints)
	return back, cost - back
}
