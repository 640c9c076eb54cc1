// Package effects has what transactions did, and the objects and packages that they leave behind, in Sui's form: failures,
// changes, events, gas, BCS and digests.
package effects

import (
	"bytes"
	"encoding/binary"
	"slices"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Outcome is what a transaction did. Objects, Packages and Removed are what the caller is to store; they agree with the
// Effects.
type Outcome struct {
	Effects  Effects
	Events   []Event
	Objects  []*Object           // written, by ascending id
	Packages []*PublishedPackage // in the order of publication
	Removed  []types.Address     // deleted and wrapped, ascending
	// Returned has the results of each command that succeeded, where the transaction asked for a report.
	Returned [][]Value
}

// Value is a value as the world outside reads it.
type Value struct {
	Type     ptb.TypeTag
	Contents []byte // BCS
}

// Event is a value that code told to the world.
type Event struct {
	Package  types.Address // whose function the transaction called
	Module   string
	Sender   types.Address
	Type     ptb.TypeTag
	Contents []byte // BCS
}

// Effects are shaped as Sui's TransactionEffects of version 2.
type Effects struct {
	Failure      *Failure // nil when the transaction succeeded
	Epoch        uint64
	Gas          GasUsed
	Transaction  ptb.Digest
	GasObject    int         // index into Changed, below zero where there is none
	EventsDigest *ptb.Digest // nil where there are no events
	Dependencies []ptb.Digest
	Version      uint64 // of all objects that were written
	Changed      []ObjectChange
	ReadShared   []ptb.ObjectRef // shared objects that were inputs only to be read
}

// GasUsed is what a transaction cost, in MIST.
type GasUsed struct {
	Computation   uint64
	Storage       uint64 // for everything written
	Rebate        uint64 // for everything that was there before and is not now, or was written anew
	NonRefundable uint64 // what of the rebate was kept back
}

// Net is what the gas coin loses, below zero what it gains.
func (g GasUsed) Net() int64 { return int64(g.Computation+g.Storage) - int64(g.Rebate) }

// IDOperation says what became of an identity.
type IDOperation uint8

// The operations.
const (
	IDUnchanged IDOperation = iota
	IDCreated
	IDDeleted
)

// ObjectChange is an object or package before and after.
type ObjectChange struct {
	ID        types.Address
	Before    *ObjectState // nil where it was not, or was inside another object
	After     *ObjectState // nil where it is not, or is inside another object
	Package   bool
	Operation IDOperation
}

// ObjectState is a version of an object.
type ObjectState struct {
	Version  uint64
	Digest   ptb.Digest
	Owner    objects.Owner
	SharedAt uint64
}

// Digest is the digest of the effects.
func (e *Effects) Digest() ptb.Digest {
	return blake2b.Sum256(e.AppendBCS([]byte(effectsSalt)))
}

// Numbers of variants in the BCS of effects.
const (
	effectsV2                      = 1
	statusSuccess, statusFailure   = 0, 1
	none, some                     = 0, 1
	stateAbsent, stateExists       = 0, 1
	writeObject, writePackage      = 1, 2
	sharedReadOnly                 = 0
	typeNotFound, constraintFailed = 0, 1
)

// AppendBCS appends the BCS of Sui's TransactionEffects.
func (e *Effects) AppendBCS(b []byte) []byte {
	b = append(b, effectsV2)
	b = e.Failure.appendStatus(b)
	b = binary.LittleEndian.AppendUint64(b, e.Epoch)
	for _, n := range [...]uint64{e.Gas.Computation, e.Gas.Storage, e.Gas.Rebate, e.Gas.NonRefundable} {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	b = appendDigest(b, e.Transaction)
	if e.GasObject < 0 {
		b = append(b, none)
	} else {
		b = binary.LittleEndian.AppendUint32(append(b, some), uint32(e.GasObject))
	}
	if e.EventsDigest == nil {
		b = append(b, none)
	} else {
		b = appendDigest(append(b, some), *e.EventsDigest)
	}
	b = binary.AppendUvarint(b, uint64(len(e.Dependencies)))
	for _, d := range e.Dependencies {
		b = appendDigest(b, d)
	}
	b = binary.LittleEndian.AppendUint64(b, e.Version)
	b = binary.AppendUvarint(b, uint64(len(e.Changed)))
	for _, c := range e.Changed {
		b = c.appendBCS(b)
	}
	b = binary.AppendUvarint(b, uint64(len(e.ReadShared)))
	for _, r := range e.ReadShared {
		b = append(append(b, r.ID[:]...), sharedReadOnly)
		b = binary.LittleEndian.AppendUint64(b, r.Version)
		b = appendDigest(b, r.Digest)
	}
	return append(b, none) // no auxiliary data
}

func (c *ObjectChange) appendBCS(b []byte) []byte {
	b = append(b, c.ID[:]...)
	if c.Before == nil {
		b = append(b, stateAbsent)
	} else {
		b = binary.LittleEndian.AppendUint64(append(b, stateExists), c.Before.Version)
		b = appendDigest(b, c.Before.Digest)
		b = appendOwner(b, c.Before.Owner, c.Before.SharedAt)
	}
	switch {
	case c.After == nil:
		b = append(b, stateAbsent)
	case c.Package:
		b = binary.LittleEndian.AppendUint64(append(b, writePackage), c.After.Version)
		b = appendDigest(b, c.After.Digest)
	default:
		b = appendDigest(append(b, writeObject), c.After.Digest)
		b = appendOwner(b, c.After.Owner, c.After.SharedAt)
	}
	return append(b, byte(c.Operation))
}

func (f *Failure) appendStatus(b []byte) []byte {
	if f == nil {
		return append(b, statusSuccess)
	}
	b = f.appendKind(append(b, statusFailure))
	if f.Command == NoCommand {
		return append(b, none)
	}
	return binary.LittleEndian.AppendUint64(append(b, some), uint64(f.Command))
}

// appendKind appends Sui's ExecutionFailureStatus.
func (f *Failure) appendKind(b []byte) []byte {
	u16, u64 := binary.LittleEndian.AppendUint16, binary.LittleEndian.AppendUint64
	b = append(b, byte(f.Kind))
	switch f.Kind {
	case MoveObjectTooBig, MovePackageTooBig, EffectsTooLarge, WrittenObjectsTooLarge:
		return u64(u64(b, f.Size), f.Max)
	case CircularObjectOwnership:
		return append(b, f.Object[:]...)
	case MovePrimitiveRuntimeError:
		if f.Location == nil {
			return append(b, none)
		}
		return f.Location.appendBCS(append(b, some))
	case MoveAbort:
		return u64(f.Location.appendBCS(b), f.Code)
	case CommandArgumentError:
		b = append(u16(b, f.Index), byte(f.Argument))
		switch f.Argument {
		case IndexOutOfBounds, InvalidResultArity:
			b = u16(b, f.Position)
		case SecondaryIndexOutOfBounds:
			b = u16(u16(b, f.Position), f.Secondary)
		}
		return b
	case TypeArgumentError:
		problem := byte(constraintFailed)
		if f.TypeNotFound {
			problem = typeNotFound
		}
		return append(u16(b, f.Index), problem)
	case UnusedValueWithoutDrop:
		return u16(u16(b, f.Position), f.Secondary)
	case InvalidPublicFunctionReturnType:
		return u16(b, f.Index)
	case PackageUpgradeError:
		b = append(b, byte(f.Upgrade))
		switch f.Upgrade {
		case UnableToFetchPackage:
			b = append(b, f.Object[:]...)
		case DigestDoesNotMatch:
			b = appendBytes(b, f.Digest[:])
		case UnknownUpgradePolicy:
			b = append(b, f.Policy)
		case PackageIDDoesNotMatch:
			b = append(append(b, f.Object[:]...), f.Other[:]...)
		}
	}
	return b
}

func (l *Location) appendBCS(b []byte) []byte {
	b = append(b, l.Package[:]...)
	b = appendString(b, l.Module)
	b = binary.LittleEndian.AppendUint16(b, l.Function)
	b = binary.LittleEndian.AppendUint16(b, l.Instruction)
	return appendString(append(b, some), l.FunctionName)
}

// EventsDigest is the digest of Sui's TransactionEvents, nil for none.
func EventsDigest(events []Event) *ptb.Digest {
	if len(events) == 0 {
		return nil
	}
	b := binary.AppendUvarint([]byte(eventsSalt), uint64(len(events)))
	for i := range events {
		b = events[i].AppendBCS(b)
	}
	d := ptb.Digest(blake2b.Sum256(b))
	return &d
}

// AppendBCS appends the BCS of Sui's Event.
func (e *Event) AppendBCS(b []byte) []byte {
	b = append(b, e.Package[:]...)
	b = appendString(b, e.Module)
	b = append(b, e.Sender[:]...)
	if e.Type.Struct != nil { // as the type of any event is
		b = e.Type.Struct.AppendBCS(b)
	}
	return appendBytes(b, e.Contents)
}

// SortChanges puts changes in the order of effects.
func SortChanges(list []ObjectChange) {
	slices.SortFunc(list, func(a, b ObjectChange) int { return bytes.Compare(a.ID[:], b.ID[:]) })
}

// Dependencies has each digest once, in ascending order, without the zero one that objects of a genesis have.
func Dependencies(list []ptb.Digest) []ptb.Digest {
	slices.SortFunc(list, func(a, b ptb.Digest) int { return bytes.Compare(a[:], b[:]) })
	list = slices.Compact(list)
	if len(list) > 0 && list[0] == (ptb.Digest{}) {
		list = list[1:]
	}
	return list
}
