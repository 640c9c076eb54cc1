package purchase

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/floe-network/floe/staking"
)

// choice decides what a put works on, given what the account owns.
type choice struct {
	opts  *Options
	owned *staking.Holdings
}

// want is the end epoch that was asked for.
func (c choice) want() uint64 { return uint64(c.owned.Epoch) + uint64(c.opts.Epochs) }

// holding returns the object that the put goes on with, or nil when one is to be bought. A *ShortError says that there are
// shorter ones only.
func (c choice) holding() (*staking.Holding, error) {
	var live []staking.Holding
	for _, h := range c.owned.Blobs {
		if h.Kind.Deletable == c.opts.Deletable && h.End > c.owned.Epoch {
			live = append(live, h)
		}
	}
	slices.SortFunc(live, c.compare)
	for i := range live {
		if c.usable(&live[i]) {
			return &live[i], nil
		}
	}
	if c.opts.Owned == Use && len(live) > 0 {
		return nil, &ShortError{Blob: live[0].Blob, Holding: live[0], Epoch: c.owned.Epoch, Want: c.want()}
	}
	return nil, nil
}

func (c choice) usable(h *staking.Holding) bool {
	switch c.opts.Owned {
	case Extend:
		return true
	case Another:
		return h.Certified == 0 && c.stands(h)
	default:
		return c.stands(h)
	}
}

// stands reports whether an object stands for the order; see Owned.
func (c choice) stands(h *staking.Holding) bool {
	return uint64(h.End) >= c.want() || h.Refundable(c.owned.Epoch) && uint64(h.End) >= uint64(h.Epoch)+uint64(c.opts.Epochs)
}

// compare puts what had better be used first: what waits for a certificate that brings a refund, what is certified, the rest;
// the later end first.
func (c choice) compare(a, b staking.Holding) int {
	rank := func(h *staking.Holding) int {
		switch {
		case h.Certified == 0 && h.Refundable(c.owned.Epoch):
			return 0
		case h.Certified != 0:
			return 1
		default:
			return 2
		}
	}
	return cmp.Or(cmp.Compare(rank(&a), rank(&b)), cmp.Compare(b.End, a.End), bytes.Compare(a.Object[:], b.Object[:]))
}

// storage returns the reservation that fits so many encoded bytes with the least to cut off, or the zero id.
func (c choice) storage(encoded uint64) staking.ObjectID {
	if c.opts.Reserve {
		return staking.ObjectID{}
	}
	var best *staking.Reservation
	for i := range c.owned.Storage {
		r := &c.owned.Storage[i]
		if r.Start > c.owned.Epoch || uint64(r.End) < c.want() || r.Size < encoded {
			continue
		}
		if best == nil || cmp.Or(cmp.Compare(r.Size, best.Size), cmp.Compare(r.End, best.End), bytes.Compare(r.Object[:], best.Object[:])) < 0 {
			best = r
		}
	}
	if best == nil {
		return staking.ObjectID{}
	}
	return best.Object
}

// objects returns the ids of all objects of the blob that the account owns.
func (c choice) objects() []staking.ObjectID {
	ids := make([]staking.ObjectID, len(c.owned.Blobs))
	for i := range c.owned.Blobs {
		ids[i] = c.owned.Blobs[i].Object
	}
	return ids
}
