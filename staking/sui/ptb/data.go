package ptb

import (
	"github.com/floe-network/floe/staking/sui/bcs"
)

// TransactionData is what a sender signs, of version 1, the only one there is.
type TransactionData struct {
	Kind       TransactionKind
	Sender     Address
	Gas        GasData
	Expiration Expiration
}

// GasData says who pays how much. Amounts are in MIST.
type GasData struct {
	Payment []ObjectRef // coins that are merged into the first
	Owner   Address
	Price   uint64 // of a computation unit
	Budget  uint64
}

// Expiration says until when a transaction may be executed.
type Expiration struct {
	None        *struct{}
	Epoch       *uint64 // the last epoch
	ValidDuring *ValidDuring
	Validity    *bcs.Unsupported
}

// IsBcsEnum marks an enum.
func (Expiration) IsBcsEnum() {}

// Never makes the Expiration of a transaction that does not expire.
func Never() Expiration { return Expiration{None: &struct{}{}} }

// AfterEpoch makes the Expiration of a transaction that may be executed in an epoch and before.
func AfterEpoch(epoch uint64) Expiration { return Expiration{Epoch: &epoch} }

// ValidDuring bounds a transaction in epochs and time, inclusive, and to one chain, named by the digest of its genesis
// checkpoint.
type ValidDuring struct {
	MinEpoch     *uint64 `bcs:"optional"`
	MaxEpoch     *uint64 `bcs:"optional"`
	MinTimestamp *uint64 `bcs:"optional"` // milliseconds since 1970
	MaxTimestamp *uint64 `bcs:"optional"` // milliseconds since 1970
	Chain        Digest
	Nonce        uint32
}

// versioned is the TransactionData of BCS.
type versioned struct {
	V1 *TransactionData
}

// IsBcsEnum marks an enum.
func (versioned) IsBcsEnum() {}

// Limits of decoding.
const (
	// maxTransaction is the most bytes of a signed transaction (max_tx_size_bytes).
	maxTransaction = 128 << 10
	// maxSystemTransaction is the most bytes of a transaction of the chain itself: a genesis or a change of epoch has
	// packages of the framework, of which all together have less than 2 MB, and the objects of a genesis.
	maxSystemTransaction = 16 << 20
)

// Encode gives the BCS, over which the digest and the signatures are. It fails with bcs.ErrMalformed where an enum has not
// exactly one variant.
func (t *TransactionData) Encode() ([]byte, error) { return bcs.Marshal(versioned{t}) }

// DecodeTransaction reads the TransactionData of a transaction that somebody may sign, at most 128 KiB. It fails with
// bcs.ErrMalformed, also for bytes that Encode does not make, and with bcs.ErrUnsupported for transactions of the chain
// itself and others that are not implemented.
func DecodeTransaction(b []byte) (*TransactionData, error) {
	t, err := decode(b, maxTransaction)
	if err != nil {
		return nil, err
	}
	if t.Kind.Programmable == nil {
		return nil, errSystem
	}
	return t, nil
}

// DecodeAnyTransaction is DecodeTransaction for transactions of the chain itself too, at most 16 MiB.
func DecodeAnyTransaction(b []byte) (*TransactionData, error) { return decode(b, maxSystemTransaction) }

func decode(b []byte, limit int) (*TransactionData, error) {
	var v versioned
	if err := bcs.Unmarshal(b, limit, &v); err != nil {
		return nil, err
	}
	return v.V1, nil
}

// TransactionDigest names a transaction: the digest of the BCS of its TransactionData.
func TransactionDigest(encoded []byte) Digest { return Hash("TransactionData::", encoded) }

// IntentMessage is what is hashed with BLAKE2b-256 and then signed: the BCS of a TransactionData after the bytes that say
// that it is one, of version 0, of Sui.
func IntentMessage(encoded []byte) []byte { return append([]byte{0, 0, 0}, encoded...) }

// SystemTransaction makes a transaction of the chain itself: from address zero, which pays with a coin that is none.
func SystemTransaction(kind TransactionKind) *TransactionData {
	return &TransactionData{Kind: kind, Gas: GasData{Payment: []ObjectRef{{}}, Price: 1}, Expiration: Never()}
}
