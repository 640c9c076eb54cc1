package purchase

import (
	"fmt"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light"
	"github.com/floe-network/floe/staking"
)

// Owned says what becomes of objects of the blob that the account owns already and that have not ended.
type Owned uint8

// The ways. An object stands for the order if it is of the same kind and lasts as long as is asked, counted from the current
// epoch, or from its registration in this epoch or the one before: then it is the same purchase.
const (
	// Use goes on with an object that stands for the order. If there are only shorter ones, the put ends with a *ShortError.
	Use Owned = iota
	// Extend goes on with any object of the kind, and buys it the epochs that it lacks.
	Extend
	// Another stores an object beside those that are certified. One that is registered only, and stands for the order, is
	// used all the same.
	Another
)

// Options say what is bought.
type Options struct {
	// Epochs to store the blob, the current one included; at least 1.
	Epochs uint32
	// Deletable blobs can be given up before their end, for the storage that is left.
	Deletable bool
	// Owned says what becomes of what the account has.
	Owned Owned
	// Reserve buys storage even if a reservation of the account could be used.
	Reserve bool
	// Limit in FROST for all that the put pays, the deposit included; 0: none.
	Limit uint64
	// Events gets the progress; a full channel loses events. It is not closed.
	Events chan<- light.Event
}

func (o *Options) check() error {
	if o.Epochs == 0 {
		return fmt.Errorf("%w: a blob is stored for at least one epoch", codec.ErrInvalid)
	}
	if o.Owned > Another {
		return fmt.Errorf("%w: unknown way %d to treat owned objects", codec.ErrInvalid, o.Owned)
	}
	return nil
}

// Outcome says in one word what a put did.
type Outcome uint8

// The outcomes.
const (
	// Stored: the blob was registered, uploaded and certified.
	Stored Outcome = iota
	// Resumed: it was registered before, and is uploaded and certified now.
	Resumed
	// Present: it was certified before.
	Present
)

var outcomeNames = [...]string{"stored", "resumed", "present"}

// String returns the outcome's name.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return fmt.Sprintf("outcome(%d)", uint8(o))
}

// MarshalText implements encoding.TextMarshaler.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Transaction is one that the put sent.
type Transaction struct {
	// Phase is PhaseRegister, PhaseCertify or PhaseExtend.
	Phase light.Phase `json:"phase"`
	// ID in the chain's text form.
	ID string `json:"id"`
}

// Result says what a put did, and what it cost.
type Result struct {
	Blob codec.BlobID `json:"blob"`
	// Size of the blob and EncodedSize, which is paid for, in bytes.
	Size        uint64  `json:"size"`
	EncodedSize uint64  `json:"encoded_size"`
	Outcome     Outcome `json:"outcome"`
	// Object is the blob object, registered and certified in these epochs. End is the first epoch for which nothing is paid,
	// and Short by how many epochs that is sooner than was asked, counted from the current one.
	Object     staking.ObjectID `json:"object"`
	Deletable  bool             `json:"deletable"`
	Registered uint32           `json:"registered_epoch"`
	Certified  uint32           `json:"certified_epoch"`
	End        uint32           `json:"end_epoch"`
	Short      uint32           `json:"short_epochs"`
	// Paid for storage, write and deposit, Extension for further epochs, and Refund of the deposit: all in FROST, in this put.
	Paid      staking.Price `json:"paid"`
	Extension uint64        `json:"extension"`
	Refund    uint64        `json:"refund"`
	// Late: there was no refund because the certificate came later than the epoch after that of the registration.
	Late bool `json:"late"`
	// Others are further objects of the blob that the account owns, also such that have ended.
	Others []staking.ObjectID `json:"others,omitempty"`
	// Transactions that the put sent, in order.
	Transactions []Transaction `json:"transactions"`
	// Upload is nil when the blob was certified before.
	Upload *light.UploadResult `json:"upload,omitempty"`
}
