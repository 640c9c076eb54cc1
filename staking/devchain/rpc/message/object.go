package message

import (
	"encoding/binary"
	"strings"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// coinPrefix begins the type of every coin.
var coinPrefix = ptb.ShortAddress(2).String() + "::coin::Coin<"

// Object makes the message of a Move object, but for its rendering in JSON. It fails when the type is malformed.
func Object(o *effects.Object) (*v2.Object, error) {
	encoded, err := o.AppendBCS(nil)
	if err != nil {
		return nil, err
	}
	m := &v2.Object{
		Bcs:                 Bcs("Object", encoded),
		ObjectId:            text(o.ID),
		Version:             &o.Version,
		Digest:              text(ptb.Hash("Object::", encoded)),
		Owner:               Owner(o.Owner, o.SharedAt),
		ObjectType:          &o.Type,
		HasPublicTransfer:   &o.PublicTransfer,
		Contents:            Bcs(o.Type, o.Contents),
		PreviousTransaction: text(o.PreviousTransaction),
		StorageRebate:       &o.StorageRebate,
	}
	if balance, ok := CoinBalance(o); ok {
		m.Balance = &balance
	}
	return m, nil
}

// PackageObject makes the message of a package as an object.
func PackageObject(p *effects.PublishedPackage) *v2.Object {
	encoded := p.AppendBCS(nil)
	return &v2.Object{
		Bcs:                 Bcs("Object", encoded),
		ObjectId:            text(p.ID),
		Version:             &p.Version,
		Digest:              text(ptb.Hash("Object::", encoded)),
		Owner:               Owner(objects.Owner{Kind: objects.Immutable}, 0),
		ObjectType:          pointer(packageType),
		Package:             stored(p.Package),
		PreviousTransaction: text(p.PreviousTransaction),
		StorageRebate:       &p.StorageRebate,
	}
}

// CoinBalance reads the amount in a coin of any type: its contents are its id and the amount.
func CoinBalance(o *effects.Object) (uint64, bool) {
	if !strings.HasPrefix(o.Type, coinPrefix) || len(o.Contents) != len(o.ID)+8 {
		return 0, false
	}
	return binary.LittleEndian.Uint64(o.Contents[len(o.ID):]), true
}
