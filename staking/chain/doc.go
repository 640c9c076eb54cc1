// Package chain is a network's chain in the words of package staking: who is in the committees, what became of a blob, what
// happened since. It asks full nodes through package sui and reads the contracts through package contract.
//
// What is trusted: one endpoint for what costs no more than time when it is wrong, and two that agree, where two are
// configured, before committees, times of epochs and new versions of the contracts are adopted and before anybody hears of an
// event, as that a blob is registered. While there are not two that agree, what is known stays in use. Addresses of members
// and answers about single blobs are believed of one. A network file with one endpoint trusts it.
package chain

import (
	"errors"
	"time"
)

// Errors that callers ask for, beside those of packages staking, sui and endpoint.
var (
	// ErrNetwork: not a network file.
	ErrNetwork = errors.New("malformed network file")
	// ErrDisagree: endpoints contradict each other about a committee.
	ErrDisagree = errors.New("endpoints contradict each other about the committee")
	// ErrNonsense: what the chain says cannot be, as a committee in which nobody holds some shard.
	ErrNonsense = errors.New("what the chain says cannot be")
)

const (
	// maxNetworkFile bounds a network file, bytes: the contracts take 2 KiB, bootstrap peers some 100 bytes each.
	maxNetworkFile = 256 << 10
	// maxBootstrap bounds bootstrap peers: a few that are up suffice, the DHT knows the others.
	maxBootstrap = 64
	// heartbeat is how often a follower of events hears that there are none. Nodes call a picture of the chain old after a
	// minute; each beat is a write to their disks.
	heartbeat = 5 * time.Second
	// settleLimit is how long an endpoint may be behind another, or behind an event that was seen.
	settleLimit = 20 * time.Second
	// settleInterval is how often it is asked meanwhile.
	settleInterval = 500 * time.Millisecond
	// marketLimit is how long buying, certifying and the like may take: two transactions of a slow chain, one of which was
	// left over from before.
	marketLimit = 2 * time.Minute
	// maxCoins are merged for a payment, at most: Sui bounds the objects of a transaction to 2,048.
	maxCoins = 500
	// maxOwned bounds the objects of one type that are looked at.
	maxOwned = 50_000
	// maxCaps is how many nodes of one operator are looked at in one call.
	maxCaps = 500
	// idleStep is how long nothing is due, as far as is known.
	idleStep = time.Minute
	// maxMint is what the faucet of the development coin gives in a call, FROST.
	maxMint = 1_000_000_000_000_000
	// leastEarnings are worth collecting, FROST: 0.1 WAL.
	leastEarnings = 100_000_000
	// claimsOfPool is how many of a pool's latest claims are looked at, of which most are closed by then, and claimsAtOnce how many
	// of all pools: a program has two commands for each, of Sui's 1,024.
	claimsOfPool = 64
	claimsAtOnce = 500
)
