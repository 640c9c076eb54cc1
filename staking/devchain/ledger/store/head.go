package store

import (
	"fmt"

	"github.com/floe-network/floe/staking/devchain/checkpoint"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Head is where the chain stands.
type Head struct {
	Chain    ptb.Digest // of the genesis checkpoint
	Next     uint64     // number of the next transaction
	Sequence uint64     // of the next checkpoint
	Last     ptb.Digest // of the last checkpoint
	Lowest   uint64     // checkpoint that is still there

	Epoch      uint64
	EpochStart uint64         // milliseconds since 1970
	EpochFirst uint64         // first checkpoint of the epoch
	Gas        checkpoint.Gas // of the epoch so far
	Round      uint64         // of randomness, the next in the epoch

	// Open says that the next checkpoint has begun: its first transactions are executed.
	Open  bool
	First uint64 // number of its first transaction
	Time  uint64 // of the checkpoint that is open, or of the last; milliseconds since 1970
	// Ahead is by how much the chain's clock is ahead of the host's, in milliseconds.
	Ahead uint64
}

func (h *Head) encode() []byte {
	b := append(append([]byte(nil), h.Chain[:]...), h.Last[:]...)
	for _, n := range h.numbers() {
		b = appendNumber(b, *n)
	}
	return appendFlag(b, h.Open)
}

// numbers are the numbers of a Head in the order of its record.
func (h *Head) numbers() []*uint64 {
	return []*uint64{&h.Next, &h.Sequence, &h.Lowest, &h.Epoch, &h.EpochStart, &h.EpochFirst, &h.Gas.Computation, &h.Gas.Storage,
		&h.Gas.Rebate, &h.Gas.NonRefundable, &h.Round, &h.First, &h.Time, &h.Ahead}
}

// Head is where the chain stands, nil when it has not begun.
func (r Reader) Head() (*Head, error) {
	v, err := r.v.Get([]byte{tableHead})
	if v == nil || err != nil {
		return nil, err
	}
	d := decoder{b: v}
	h := &Head{Chain: d.wide(), Last: d.wide()}
	for _, n := range h.numbers() {
		*n = d.number()
	}
	h.Open = d.flag()
	if err := d.end("the head"); err != nil {
		return nil, err
	}
	return h, nil
}

// Parameters are what the chain began with, as SetParameters had them; nil when it has not begun.
func (r Reader) Parameters() ([]byte, error) { return r.v.Get([]byte{tableParameters}) }

// Epoch is what there is to say about an epoch.
type Epoch struct {
	Number            uint64
	Start             uint64 // milliseconds since 1970
	First             uint64 // checkpoint
	ReferenceGasPrice uint64 // MIST
	Committee         []checkpoint.Member

	// Ended epochs have what follows.
	Ended bool
	End   uint64 // milliseconds since 1970
	Last  uint64 // checkpoint
	Gas   checkpoint.Gas
}

func (e *Epoch) encode() []byte {
	var b []byte
	for _, n := range e.numbers() {
		b = appendNumber(b, *n)
	}
	b = appendFlag(b, e.Ended)
	b = appendNumber(b, uint64(len(e.Committee)))
	for _, m := range e.Committee {
		b = appendNumber(append(b, m.Key[:]...), m.Stake)
	}
	return b
}

func (e *Epoch) numbers() []*uint64 {
	return []*uint64{&e.Number, &e.Start, &e.First, &e.ReferenceGasPrice, &e.End, &e.Last, &e.Gas.Computation, &e.Gas.Storage,
		&e.Gas.Rebate, &e.Gas.NonRefundable}
}

// Epoch is an epoch that has begun, nil for others.
func (r Reader) Epoch(n uint64) (*Epoch, error) {
	v, err := r.v.Get(key(tableEpoch, number(n)))
	if v == nil || err != nil {
		return nil, err
	}
	d := decoder{b: v}
	e := new(Epoch)
	for _, n := range e.numbers() {
		*n = d.number()
	}
	e.Ended = d.flag()
	for range d.count() {
		var m checkpoint.Member
		copy(m.Key[:], d.take(checkpoint.PublicKeySize))
		m.Stake = d.number()
		e.Committee = append(e.Committee, m)
	}
	if err := d.end("epoch %d", n); err != nil {
		return nil, err
	}
	if e.Number != n {
		return nil, fmt.Errorf("%w: epoch %d says that it is %d", ErrCorrupt, n, e.Number)
	}
	return e, nil
}
