// Package objects keeps the objects of one transaction: which it was given, made, changed, handed on and ended, and the
// events it emitted, by Sui's rules and within Sui's limits. It runs no code; package framework gives its State to Move
// code as native functions.
package objects

import (
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// ID names an object for good.
type ID = types.Address

// Ownership is who may use an object.
type Ownership uint8

// The ways to own an object.
const (
	ByAddress Ownership = iota // an account, or whatever can receive at the address
	ByObject                   // it is a dynamic field of another object, or the value of one
	Shared                     // everybody may use and change it
	Immutable                  // everybody may read it
)

var ownershipNames = [...]string{"owned by", "a field of", "shared", "immutable"}

// Owner says who owns an object.
type Owner struct {
	Kind    Ownership
	Address types.Address // the account or the object; zero for shared and immutable ones
}

func (o Owner) String() string {
	if o.Kind > ByObject {
		return ownershipNames[o.Kind]
	}
	return ownershipNames[o.Kind] + " " + o.Address.String()
}

// Object is an object as a chain stores it.
type Object struct {
	ID      ID
	Version uint64
	Owner   Owner
	// SharedAt is the version at which the object was shared, 0 for others.
	SharedAt uint64
	// Type is the canonical spelling, as of types.Type.String.
	Type string
	// Contents is the BCS of the value, whose first 32 bytes are the ID.
	Contents []byte
}

// Store has the objects that a transaction finds by itself. What it returns is not changed. An error ends the
// transaction.
type Store interface {
	// Child is the object that the object parent owns under that id, nil when there is none.
	Child(parent, id ID) (*Object, error)
	// Receivable is the object of that id and version if it is owned by the address of parent, nil when there is none.
	Receivable(parent, id ID, version uint64) (*Object, error)
}

// IDOf reads the identity of an object: the address in the UID that is its first field.
func IDOf(v values.Value) (ID, error) {
	first, err := v.At(0)
	if err != nil {
		return ID{}, err
	}
	return UID(first)
}

// uidModule and uidName name the type of identities.
const (
	uidModule = "object"
	uidName   = "UID"
)

// isUID says whether t is the type of identities.
func isUID(t *types.Type) bool {
	d := t.Datatype()
	return d != nil && d.Name == uidName && d.Module == types.ModuleID{Address: ptb.ShortAddress(2), Name: uidModule}
}

// WrappedIDs adds to ids the identities of the objects inside an object, without its own.
func WrappedIDs(object values.Value, ids map[ID]struct{}) error {
	// An identity counts when it is a field of something inside the object. That leaves out the object's own.
	for i := range object.Len() {
		field, err := object.At(i)
		if err != nil {
			return err
		}
		if err := identities(field, ids); err != nil {
			return err
		}
	}
	return nil
}

func identities(v values.Value, ids map[ID]struct{}) error {
	t := values.TypeOf(v)
	if t == nil || !composite(t) || t.Kind() == types.Vector && !composite(t.Elem()) {
		return nil
	}
	for i := range v.Len() {
		part, err := v.At(i)
		if err != nil {
			return err
		}
		if inner := values.TypeOf(part); t.Kind() == types.Struct && inner != nil && isUID(inner) {
			id, err := UID(part)
			if err != nil {
				return err
			}
			ids[id] = struct{}{}
			continue
		}
		if err := identities(part, ids); err != nil {
			return err
		}
	}
	return nil
}

// composite says whether values of a type hold others.
func composite(t *types.Type) bool { return t.Datatype() != nil || t.Kind() == types.Vector }

// UID reads the address in a UID.
func UID(v values.Value) (ID, error) {
	inner, err := v.At(0)
	if err != nil {
		return ID{}, err
	}
	if inner, err = inner.At(0); err != nil {
		return ID{}, err
	}
	return inner.AsAddress()
}
