package rpc

import (
	"github.com/floe-network/floe/staking/devchain/rpc/endpoint"
	"github.com/floe-network/floe/staking/devchain/rpc/mask"
)

// Limits bound what one request asks for. Where Sui's API has a bound, it is that.
type Limits struct {
	PageSize         int // entries of a list when a client says nothing
	MaxPageSize      int // and at most
	PackagesPageSize int // the same for versions of packages
	Batch            int // objects or transactions asked for by one request
	PageBytes        int // of entries, after which a page ends before it is full
	HeavyStep        int // entries read at a time where they are wanted with their contents
	ResponseBytes    int // of a batch or a checkpoint
	Signatures       int // with a transaction
	SubscriberLag    int // checkpoints that a subscriber may be behind before it is told to catch up by itself
	Mask             mask.Limits
	Endpoint         endpoint.Limits
}

// DefaultLimits are those of a chain at home.
func DefaultLimits() Limits {
	e := endpoint.DefaultLimits()
	return Limits{
		PageSize:         50,
		MaxPageSize:      1000, // as many as the ledger lists at a time
		PackagesPageSize: 1000,
		Batch:            1000,
		PageBytes:        2 << 20, // half of what clients take unless told otherwise
		HeavyStep:        8,       // objects of 250 KB, twice
		ResponseBytes:    e.ResponseBytes,
		Signatures:       4,     // two are the most that a transaction needs
		SubscriberLag:    1_000, // three minutes at the usual interval; checkpoints wait in the ledger, not here
		Mask:             mask.DefaultLimits(),
		Endpoint:         e,
	}
}
