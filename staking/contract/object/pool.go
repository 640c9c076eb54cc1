package object

import (
	"math/big"

	"github.com/floe-network/floe/staking/sui/ptb"
)

// Pool is a node's pool as it was last settled: settle it first, in the same simulation, for current amounts.
type Pool struct {
	NodeID        ptb.Address
	SettledEpoch  uint32
	Shares        Uint128
	Principal     uint64 // behind the shares
	OwnPrincipal  uint64 // of it, the node's own that is not asked to leave
	Cohorts       []Cohort
	Pending       []Pending // stake that waits
	Rates         Table
	Buckets       Table // those who leave, by epoch
	Leaving       []uint32
	Evictions     []uint32
	Exposed       []uint32
	LeftPrincipal uint64
	LeftWorth     uint64
	LeftOwing     uint64
	Cash          uint64
	Debts         Debts
	Due           uint64 // to those who left, for which no cash is set aside
	DueCash       uint64
	InterestBP    uint64
	CommissionBP  uint64 // of the rewards of the current epoch
	Commissions   []Commission
	Commission    uint64 // that the node has not taken
}

// Cohort is the stake that became active in an epoch.
type Cohort struct {
	ActivationEpoch uint32
	Principal       uint64
	Shares          Uint128
}

// Pending is stake that becomes active in an epoch.
type Pending struct {
	Epoch     uint32
	Principal uint64
	Own       uint64
}

// Commission is a commission from an epoch on.
type Commission struct {
	Epoch uint32
	BP    uint64
}

// Debts is what a pool owes for penalties. Interest is in 10^-12 FROST.
type Debts struct {
	NodeID    ptb.Address
	Claims    Table
	Open      []uint64 // numbers of the claims on which something is owed
	Next      uint64   // number of the next claim
	Principal Uint128
	Interest  Uint128
	Index     Uint128
	Burns     uint64
}

// interestScale is the parts of a FROST that interest is counted in.
const interestScale = 1_000_000_000_000

// Owed is what is owed with interest, rounded up, in FROST.
func (d *Debts) Owed() *big.Int {
	interest := d.Interest.Big()
	interest.Add(interest, big.NewInt(interestScale-1))
	interest.Div(interest, big.NewInt(interestScale))
	return interest.Add(interest, d.Principal.Big())
}

// Equity is what the shares are worth, in FROST; zero when the pool owes more than it has.
func (p *Pool) Equity() uint64 {
	equity := new(big.Int)
	for _, n := range [...]uint64{p.Principal, p.LeftPrincipal, p.Cash} {
		equity.Add(equity, new(big.Int).SetUint64(n))
	}
	for _, n := range [...]*big.Int{p.Debts.Owed(), new(big.Int).SetUint64(p.LeftWorth), new(big.Int).SetUint64(p.Due)} {
		equity.Sub(equity, n)
	}
	if equity.Sign() < 0 {
		return 0
	}
	return equity.Uint64()
}

// Own is the node's own capital, active or waiting, that is not asked to leave, in FROST.
func (p *Pool) Own() uint64 {
	own := p.OwnPrincipal
	for _, w := range p.Pending {
		own += w.Own
	}
	return own
}

// Waiting is the stake that becomes active later, in FROST.
func (p *Pool) Waiting() uint64 {
	waiting := uint64(0)
	for _, w := range p.Pending {
		waiting += w.Principal
	}
	return waiting
}
