package effects

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Object is a Move object as a chain stores it. Its Type is spelled with the ids of the packages that first had the
// datatypes, in full and without spaces.
type Object struct {
	objects.Object
	// PublicTransfer says that the type has the ability store, so that anybody may hand the object on.
	PublicTransfer      bool
	PreviousTransaction ptb.Digest
	StorageRebate       uint64 // MIST, of which most come back when the object goes
}

// PublishedPackage is a package as a chain stores it.
type PublishedPackage struct {
	*packages.Package
	PreviousTransaction ptb.Digest
	StorageRebate       uint64 // MIST
}

// Salts of digests.
const (
	objectSalt  = "Object::"
	eventsSalt  = "TransactionEvents::"
	effectsSalt = "TransactionEffects::"
)

// Numbers of variants in the BCS of objects.
const (
	dataMove, dataPackage                             = 0, 1
	typeOther, typeGasCoin, typeStaked, typeOtherCoin = 0, 1, 2, 3
	ownerAddress, ownerObject, ownerShared, ownerNone = 0, 1, 2, 3
	digestLength                                      = 32
)

// Digest is the digest of an object, as references to it have it.
func (o *Object) Digest() (ptb.Digest, error) {
	const others = 512 // bytes beside the contents, as a rule
	b, err := o.AppendBCS(append(make([]byte, 0, len(o.Contents)+others), objectSalt...))
	if err != nil {
		return ptb.Digest{}, err
	}
	return blake2b.Sum256(b), nil
}

// AppendBCS appends the BCS of Sui's Object. It fails when the type is malformed.
func (o *Object) AppendBCS(b []byte) ([]byte, error) {
	b = append(b, dataMove)
	b, err := appendObjectType(b, o.Type)
	if err != nil {
		return nil, fmt.Errorf("object %s: %w", o.ID, err)
	}
	b = appendBool(b, o.PublicTransfer)
	b = binary.LittleEndian.AppendUint64(b, o.Version)
	b = appendBytes(b, o.Contents)
	b = appendOwner(b, o.Owner, o.SharedAt)
	b = appendDigest(b, o.PreviousTransaction)
	return binary.LittleEndian.AppendUint64(b, o.StorageRebate), nil
}

// Digest is the digest of a package.
func (p *PublishedPackage) Digest() ptb.Digest {
	return blake2b.Sum256(p.AppendBCS([]byte(objectSalt)))
}

// AppendBCS appends the BCS of Sui's Object, of which the package is the contents.
func (p *PublishedPackage) AppendBCS(b []byte) []byte {
	b = p.Package.AppendBCS(append(b, dataPackage))
	b = appendOwner(b, objects.Owner{Kind: objects.Immutable}, 0)
	b = appendDigest(b, p.PreviousTransaction)
	return binary.LittleEndian.AppendUint64(b, p.StorageRebate)
}

// appendObjectType appends Sui's MoveObjectType, which has short forms for coins.
func appendObjectType(b []byte, spelling string) ([]byte, error) {
	tag, err := ptb.ParseTypeTag(spelling)
	if err != nil {
		return nil, err
	}
	s := tag.Struct
	if s == nil {
		return nil, fmt.Errorf("%w: %s is no struct", ptb.ErrTypeTag, spelling)
	}
	switch {
	case s.Address == ptb.ShortAddress(2) && s.Module == "coin" && s.Name == "Coin" && len(s.Params) == 1:
		if s.Params[0].String() == suiType {
			return append(b, typeGasCoin), nil
		}
		return s.Params[0].AppendBCS(append(b, typeOtherCoin)), nil
	case s.Address == ptb.ShortAddress(3) && s.Module == "staking_pool" && s.Name == "StakedSui" && len(s.Params) == 0:
		return append(b, typeStaked), nil
	default:
		return s.AppendBCS(append(b, typeOther)), nil
	}
}

var (
	suiType = ptb.ShortAddress(2).String() + "::sui::SUI"
	// GasCoinType is the type of the coins that pay gas.
	GasCoinType = ptb.ShortAddress(2).String() + "::coin::Coin<" + suiType + ">"
)

func appendOwner(b []byte, o objects.Owner, sharedAt uint64) []byte {
	switch o.Kind {
	case objects.ByAddress:
		return append(append(b, ownerAddress), o.Address[:]...)
	case objects.ByObject:
		return append(append(b, ownerObject), o.Address[:]...)
	case objects.Shared:
		return binary.LittleEndian.AppendUint64(append(b, ownerShared), sharedAt)
	default:
		return append(b, ownerNone)
	}
}

func appendDigest(b []byte, d ptb.Digest) []byte {
	return append(append(b, digestLength), d[:]...)
}

func appendBytes(b, s []byte) []byte { return append(binary.AppendUvarint(b, uint64(len(s))), s...) }

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// MeteredSize is what Sui counts as the size of an object for the price of storing it: its BCS, with fixed sizes for
// owner, digest and rebate.
func (o *Object) MeteredSize() (uint64, error) {
	const (
		metadata       = 40 + 32 + 8
		flagAndVersion = 1 + 8
	)
	t, err := appendObjectType(nil, o.Type)
	return uint64(len(o.Contents) + len(t) + flagAndVersion + metadata), err
}

// MeteredSize is what Sui counts as the size of a package for the price of storing it.
func (p *PublishedPackage) MeteredSize() uint64 {
	const metadata = 40 + 32 + 8
	return uint64(p.Size() + metadata)
}
