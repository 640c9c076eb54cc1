package staking

import (
	"errors"
	"math"

	"github.com/floe-network/floe/codec"
)

// RefundEpochs is how many epochs after that of the registration a certificate still brings a refund.
const RefundEpochs = 1

// Errors that whoever buys storage acts upon. What talks to the chain wraps them, with what the chain said.
var (
	// ErrFunds: the account has not enough. Nothing was bought.
	ErrFunds = errors.New("not enough funds")
	// ErrPrice: it costs more than the buyer's limit. Nothing was bought.
	ErrPrice = errors.New("the price is above the limit")
	// ErrStale: what the account owns is not any more what the order was made for. Nothing was bought.
	ErrStale = errors.New("the account owns something else by now")
	// ErrEpoch: a certificate is of another epoch than the chain's.
	ErrEpoch = errors.New("certificate of another epoch")
	// ErrCertified: the object is certified already.
	ErrCertified = errors.New("certified already")
	// ErrBarred: the blob id is barred for all; see Bar.
	ErrBarred = errors.New("blob is barred")
)

// Holding is a blob object of an account.
type Holding struct {
	Registration
	// Certified is the epoch of the object's certificate, 0 when it has none yet.
	Certified uint32
	// Space that it has reserved, in encoded bytes: what each further epoch costs goes by it.
	Space uint64
}

// Refundable reports whether a certificate in an epoch would still bring a refund of the deposit.
func (r Registration) Refundable(epoch uint32) bool {
	return uint64(epoch) <= uint64(r.Epoch)+RefundEpochs
}

// Reservation is storage that an account has bought and not used: Size encoded bytes from the epoch Start until End exclusive.
type Reservation struct {
	Object     ObjectID
	Size       uint64
	Start, End uint32
}

// Holdings is what an account owns at one moment, as far as it matters to one blob.
type Holdings struct {
	// Epoch of the chain.
	Epoch uint32
	// Blobs are the account's objects of the blob id.
	Blobs []Holding
	// Storage is all that the account has reserved and not used.
	Storage []Reservation
}

// Order is what an account wants to buy for a blob.
type Order struct {
	Blob codec.BlobID
	// Root of the blob's metadata, over which, with Size, the id is made.
	Root codec.Digest
	// Size in bytes before, EncodedSize after encoding.
	Size, EncodedSize uint64
	// Epochs to store it, the current one included; at least 1.
	Epochs uint32
	// Deletable blobs can be given up before their end.
	Deletable bool
	// Storage is a reservation to use in place of a new one. It covers EncodedSize and Epochs; what it has beyond them is cut off
	// and stays the account's. The zero id reserves.
	Storage ObjectID
	// Limit in FROST for all that is paid, the deposit included.
	Limit uint64
	// Known are the account's objects of the blob that the buyer knows about. If it owns another one, nothing is bought: some
	// other program of the account has stored the blob meanwhile.
	Known []ObjectID
}

// Price is what an order costs, in FROST.
type Price struct {
	// Storage for all epochs is 0 for a reservation of the account; Write is for the registration.
	Storage uint64 `json:"storage"`
	Write   uint64 `json:"write"`
	// Deposit is given back for the shards beyond a quorum that sign the certificate, if it comes in time (Refundable).
	Deposit uint64 `json:"deposit"`
}

// Total is the sum. It stops at the largest number, which nobody has.
func (p Price) Total() uint64 {
	sum := p.Storage
	for _, x := range [...]uint64{p.Write, p.Deposit} {
		if sum > math.MaxUint64-x {
			return math.MaxUint64
		}
		sum += x
	}
	return sum
}

// Bought says what a registration was paid with.
type Bought struct {
	Registration
	Price Price
	// Transaction in the chain's text form.
	Transaction string
}

// Certified says what came of a certificate.
type Certified struct {
	// Epoch of the certificate.
	Epoch uint32
	// Refund in FROST, of the deposit.
	Refund      uint64
	Transaction string
}

// Extended says what came of an extension.
type Extended struct {
	// End is the new first epoch for which nothing is paid.
	End uint32
	// Cost in FROST.
	Cost        uint64
	Transaction string
}
