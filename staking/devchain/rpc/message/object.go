package message

import (
	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"

	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/rpc/mask"
)

// Object makes the message of an object or package, but for its rendering in JSON. Its BCS is only made where want, the mask
// of the message, has it. It fails when the object's type is malformed.
func Object(o *store.Object, want *mask.Mask) (*v2.Object, error) {
	m := &v2.Object{
		ObjectId:            text(o.ID()),
		Version:             pointer(o.Version()),
		Digest:              text(o.Digest),
		ObjectType:          pointer(o.Type()),
		PreviousTransaction: text(o.PreviousTransaction()),
		StorageRebate:       pointer(o.StorageRebate()),
	}
	if want.Has("bcs") {
		encoded, err := o.AppendBCS(nil)
		if err != nil {
			return nil, err
		}
		m.Bcs = Bcs("Object", encoded)
	}
	if o.Package != nil {
		m.Owner, m.Package = Owner(o.Owner(), 0), stored(o.Package.Package)
		return m, nil
	}
	m.Owner = Owner(o.Owner(), o.Move.SharedAt)
	m.HasPublicTransfer, m.Contents = &o.Move.PublicTransfer, Bcs(o.Move.Type, o.Move.Contents)
	if _, amount, ok := store.Coin(o); ok {
		m.Balance = &amount
	}
	return m, nil
}
