package transaction

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// Object is a Move object as a chain stores it. Its Type is spelled with the ids of the packages that first had the
// datatypes, in full and without spaces.
type Object struct {
	objects.Object
	// PublicTransfer says that the type has the ability store, so that anybody may hand the object on.
	PublicTransfer      bool
	PreviousTransaction Digest
	StorageRebate       uint64 // MIST, of which most come back when the object goes
}

// PublishedPackage is a package as a chain stores it.
type PublishedPackage struct {
	*packages.Package
	PreviousTransaction Digest
	StorageRebate       uint64 // MIST
}

// Store is the state of a chain. What it returns is not changed. An error ends the execution and is the caller's again.
type Store interface {
	// Object is the present version of a Move object, dynamic fields included; nil when there is none, and for packages.
	Object(id types.Address) (*Object, error)
	// Package is a package, nil when there is none.
	Package(id types.Address) (*PublishedPackage, error)
}

// published gives packages as their Loader wants them.
type published struct{ Store }

func (s published) Package(id types.Address) (*packages.Package, error) {
	p, err := s.Store.Package(id)
	if err != nil {
		return nil, &storeError{err}
	}
	if p == nil {
		return nil, nil
	}
	return p.Package, nil
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
func (o *Object) Digest() (Digest, error) {
	const others = 512 // bytes beside the contents, as a rule
	b, err := o.AppendBCS(append(make([]byte, 0, len(o.Contents)+others), objectSalt...))
	if err != nil {
		return Digest{}, err
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
func (p *PublishedPackage) Digest() Digest { return blake2b.Sum256(p.AppendBCS([]byte(objectSalt))) }

// AppendBCS appends the BCS of Sui's Object, of which the package is the contents.
func (p *PublishedPackage) AppendBCS(b []byte) []byte {
	b = p.Package.AppendBCS(append(b, dataPackage))
	b = appendOwner(b, objects.Owner{Kind: objects.Immutable}, 0)
	b = appendDigest(b, p.PreviousTransaction)
	return binary.LittleEndian.AppendUint64(b, p.StorageRebate)
}

// appendObjectType appends Sui's MoveObjectType, which has short forms for coins.
func appendObjectType(b []byte, spelling string) ([]byte, error) {
	tag, err := packages.ParseTypeTag(spelling)
	if err != nil {
		return nil, err
	}
	s := tag.Struct
	if s == nil {
		return nil, fmt.Errorf("%w: %s is no struct", packages.ErrTag, spelling)
	}
	switch {
	case s.Address == types.ShortAddress(2) && s.Module == "coin" && s.Name == "Coin" && len(s.Params) == 1:
		if s.Params[0].String() == suiType {
			return append(b, typeGasCoin), nil
		}
		return s.Params[0].AppendBCS(append(b, typeOtherCoin)), nil
	case s.Address == types.ShortAddress(3) && s.Module == "staking_pool" && s.Name == "StakedSui" && len(s.Params) == 0:
		return append(b, typeStaked), nil
	default:
		return s.AppendBCS(append(b, typeOther)), nil
	}
}

var (
	suiType     = types.ShortAddress(2).String() + "::sui::SUI"
	gasCoinType = types.ShortAddress(2).String() + "::coin::Coin<" + suiType + ">"
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

func appendDigest(b []byte, d Digest) []byte { return append(append(b, digestLength), d[:]...) }

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

// meteredSize is what Sui counts as the size of an object for the price of storing it: its BCS, with fixed sizes for
// owner, digest and rebate.
func (o *Object) meteredSize() (uint64, error) {
	const (
		metadata       = 40 + 32 + 8
		flagAndVersion = 1 + 8
	)
	t, err := appendObjectType(nil, o.Type)
	return uint64(len(o.Contents) + len(t) + flagAndVersion + metadata), err
}

func (p *PublishedPackage) meteredSize() uint64 {
	const metadata = 40 + 32 + 8
	return uint64(p.Size() + metadata)
}

// resident gives code the objects of a chain, as objects.Store, and remembers them.
type resident struct {
	store Store
	view  *packages.View
	seen  map[types.Address]*Object
	// digests of objects that were seen, which are asked for when they come in and when they go out
	digests map[types.Address]Digest
}

func (r *resident) digest(o *Object) (Digest, error) {
	if d, ok := r.digests[o.ID]; ok {
		return d, nil
	}
	d, err := o.Digest()
	r.digests[o.ID] = d
	return d, err
}

func (r *resident) object(id types.Address) (*Object, error) {
	if o, ok := r.seen[id]; ok {
		return o, nil
	}
	o, err := r.store.Object(id)
	if err != nil {
		return nil, &storeError{err}
	}
	r.seen[id] = o
	return o, nil
}

// storeError marks what is the caller's fault, not the transaction's.
type storeError struct{ error }

func (e *storeError) Unwrap() error { return e.error }

// inside is an object with its type as code spells it.
func (r *resident) inside(o *Object) (*objects.Object, *types.Type, error) {
	t, err := r.view.TypeOf(o.Type)
	if err != nil {
		return nil, nil, fmt.Errorf("object %s: %w", o.ID, err)
	}
	in := o.Object
	in.Type = t.String()
	return &in, t, nil
}

func (r *resident) Child(parent, id objects.ID) (*objects.Object, error) {
	o, err := r.object(id)
	if err != nil || o == nil || o.Owner != (objects.Owner{Kind: objects.ByObject, Address: parent}) {
		return nil, err
	}
	in, _, err := r.inside(o)
	return in, err
}

func (r *resident) Receivable(parent, id objects.ID, version uint64) (*objects.Object, error) {
	o, err := r.object(id)
	if err != nil || o == nil || o.Version != version || o.Owner != (objects.Owner{Kind: objects.ByAddress, Address: parent}) {
		return nil, err
	}
	in, _, err := r.inside(o)
	return in, err
}
