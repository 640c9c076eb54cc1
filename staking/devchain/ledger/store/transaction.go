package store

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Transaction is an executed transaction with what it did. It is not changed.
type Transaction struct {
	Digest ptb.Digest
	// Number is its place among all transactions of the chain, from 0.
	Number uint64
	// Data is the BCS of its TransactionData, as it was signed.
	Data []byte
	// Signatures are flag || signature || key, as they were given; none for transactions of the chain itself.
	Signatures    [][]byte
	Effects       *effects.Effects
	EffectsDigest ptb.Digest
	Events        []effects.Event
	Balances      []BalanceChange
	// Sealed says that it is in a checkpoint, whose number and time in milliseconds since 1970 are the fields below.
	Sealed     bool
	Checkpoint uint64
	Timestamp  uint64
}

// BalanceChange is what an address has more or less of a currency.
type BalanceChange struct {
	Owner    ptb.Address
	CoinType string // spelled in full
	Amount   *big.Int
}

func (t *Transaction) encode() []byte {
	b := make([]byte, 0, len(t.Data)+1024)
	b = append(b, t.Digest[:]...)
	b = appendBytes(b, t.Data)
	b = appendNumber(b, uint64(len(t.Signatures)))
	for _, s := range t.Signatures {
		b = appendBytes(b, s)
	}
	b = append(b, t.EffectsDigest[:]...)
	b = appendBytes(b, t.Effects.AppendBCS(nil))
	cause := ""
	if f := t.Effects.Failure; f != nil && f.Cause != nil {
		cause = f.Cause.Error()
	}
	b = appendText(b, cause[:min(len(cause), maxCause)])
	b = appendNumber(b, uint64(len(t.Events)))
	for i := range t.Events {
		b = appendBytes(b, t.Events[i].AppendBCS(nil))
	}
	b = appendNumber(b, uint64(len(t.Balances)))
	for _, c := range t.Balances {
		b = append(b, c.Owner[:]...)
		b = appendText(b, c.CoinType)
		b = appendFlag(b, c.Amount.Sign() < 0)
		b = appendBytes(b, c.Amount.Bytes())
	}
	return b
}

func decodeTransaction(number uint64, record []byte) (*Transaction, error) {
	d := decoder{b: record}
	t := &Transaction{Number: number, Digest: d.wide(), Data: d.bytes()}
	for range d.count() {
		t.Signatures = append(t.Signatures, d.bytes())
	}
	t.EffectsDigest = d.wide()
	fx, cause := d.bytes(), d.text()
	var events [][]byte
	for range d.count() {
		events = append(events, d.bytes())
	}
	for range d.count() {
		c := BalanceChange{Owner: d.wide(), CoinType: d.text()}
		negative := d.flag()
		if c.Amount = new(big.Int).SetBytes(d.bytes()); negative {
			c.Amount.Neg(c.Amount)
		}
		t.Balances = append(t.Balances, c)
	}
	err := d.end("transaction %d", number)
	if err != nil {
		return nil, err
	}
	if t.Effects, err = effects.Read(fx); err != nil {
		return nil, fmt.Errorf("%w: transaction %d: %w", ErrCorrupt, number, err)
	}
	for _, b := range events {
		e, err := effects.ReadEvent(b)
		if err != nil {
			return nil, fmt.Errorf("%w: transaction %d: %w", ErrCorrupt, number, err)
		}
		t.Events = append(t.Events, *e)
	}
	if f := t.Effects.Failure; f != nil && cause != "" {
		f.Cause = errors.New(cause)
	}
	return t, nil
}
