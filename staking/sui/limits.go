package sui

import (
	"errors"
	"time"
)

// Limits of what is asked for.
const (
	// pageSize of objects in one call, Sui's bound.
	pageSize = 50
	// maxPages of a list: an endpoint whose list does not end is not believed. 50,000 objects.
	maxPages = 1_000
	// viewBudget is what a reading program may take, in MIST: Sui's bound on a transaction. Nobody pays it.
	viewBudget = 50_000_000_000_000
	// awaitInterval between looks for a transaction: checkpoints come a few times a second.
	awaitInterval = 250 * time.Millisecond
	// agreeInterval between looks for a checkpoint that one endpoint has and another not yet.
	agreeInterval = 500 * time.Millisecond
	// agreeLimit is how far an endpoint may be behind another.
	agreeLimit = 20 * time.Second
	// followLimit is how long checkpoints are read from one endpoint before the first in the order of preference is tried
	// again.
	followLimit = time.Hour
	// silenceLimit is how long no checkpoint may come: they come several times a second.
	silenceLimit = 30 * time.Second
	// backfillAtOnce are checkpoints that are asked for at once, so that a slow line is no bottleneck. Each may take
	// maxCheckpoint.
	backfillAtOnce = 4
	// maxCheckpoint is the most bytes of a checkpoint's events: Sui bounds a checkpoint to 30 MiB.
	maxCheckpoint = 32 << 20
)

// Errors that callers ask for. Those of endpoints, as endpoint.ErrUnreachable, come through, and so do gRPC statuses.
var (
	// ErrNotFound: the chain has no such object or transaction, or not any more.
	ErrNotFound = errors.New("not found on the chain")
	// ErrRefused: a transaction is not executed, nothing happened, and nothing will as it is.
	ErrRefused = errors.New("the chain refuses the transaction")
	// ErrStale: a transaction is refused because an object that it names has changed. Another may be made of newer versions.
	ErrStale = errors.New("an object of the transaction has changed")
	// ErrDisagree: two endpoints have different events for one checkpoint, so that one of them lies.
	ErrDisagree = errors.New("endpoints contradict each other")
	// ErrBehind: two endpoints could not be compared, because one does not have what the other has.
	ErrBehind = errors.New("an endpoint is behind another")
	// ErrInsufficientGas: a transaction failed because its budget did not do.
	ErrInsufficientGas = errors.New("the gas budget does not do")
	// ErrInsufficientBalance: a transaction failed because a coin has less than was to be taken.
	ErrInsufficientBalance = errors.New("a coin has less than was to be taken")
)
