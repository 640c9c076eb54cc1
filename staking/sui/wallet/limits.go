package wallet

import (
	"errors"
	"time"
)

const (
	// DefaultBudget is the most MIST that a transaction may cost where nothing else is said: 5 SUI. Publishing all our
	// packages takes less than 1 SUI.
	DefaultBudget = 5_000_000_000
	// maxPrice of a computation unit, MIST, is a hundred times what Sui's validators have ever agreed on: an endpoint that
	// tells of another could have an account pay its whole budget for nothing.
	maxPrice = 100_000
	// firstBudget is tried first, in MIST: 0.1 SUI, of which nearly all transactions leave much. Coins that pay gas have
	// that much less for the transaction itself to spend.
	firstBudget = 100_000_000
	// budgetStep multiplies a budget that did not do.
	budgetStep = 5
	// margin is added to what a simulation used, in percent: the state may change before the execution.
	margin = 20
	// overheadUnits are added too, computation units: the least that a transaction takes.
	overheadUnits = 1_000
	// expiry is in how many epochs a transaction may still be executed, beside the present one: what was left behind for
	// longer is certain to be refused.
	expiry = 1
	// maxPayment coins pay, Sui's bound.
	maxPayment = 255
	// maxCoins are looked at.
	maxCoins = 500
	// attempts at a transaction whose objects change before it is there.
	attempts = 4
	// settleTime is how long a transaction that an earlier process sent may still be under way when it is refused: several
	// times what validators take to agree.
	settleTime     = 5 * time.Second
	settleInterval = 250 * time.Millisecond
	// awaitLimit is how long an executed transaction may take to be in a checkpoint of an endpoint: many times what it does.
	awaitLimit = time.Minute
)

// Errors that callers ask for.
var (
	// ErrNoGas: the account has no coins, or too little in them, to pay gas.
	ErrNoGas = errors.New("the account cannot pay the gas")
	// ErrPending: a transaction was signed, and it is not known what became of it. Resume finds out, and so does the next
	// Send before it does anything else.
	ErrPending = errors.New("it is not known what became of the transaction")
	// ErrUnseen: a transaction was executed, but no endpoint that was asked shows it.
	ErrUnseen = errors.New("no endpoint shows the transaction in a checkpoint")
	// ErrTooExpensive: a transaction needs more gas than it may cost.
	ErrTooExpensive = errors.New("the transaction needs more gas than it may cost")
)
