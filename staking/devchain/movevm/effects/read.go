package effects

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// ErrMalformed says that bytes are not what AppendBCS makes.
var ErrMalformed = errors.New("malformed BCS")

// reader reads BCS until something is wrong.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n > len(r.b) {
		r.bad = true
		return make([]byte, min(n, digestLength)) // of what is read without a length, nothing is longer
	}
	head := r.b[:n:n]
	r.b = r.b[n:]
	return head
}

func (r *reader) u8() byte           { return r.take(1)[0] }
func (r *reader) u16() uint16        { return binary.LittleEndian.Uint16(r.take(2)) }
func (r *reader) u32() uint32        { return binary.LittleEndian.Uint32(r.take(4)) }
func (r *reader) u64() uint64        { return binary.LittleEndian.Uint64(r.take(8)) }
func (r *reader) wide() (w [32]byte) { return [32]byte(r.take(len(w))) }

// variant reads the number of one of count variants.
func (r *reader) variant(count byte) byte {
	n := r.u8()
	if n >= count {
		r.bad = true
		return 0
	}
	return n
}

func (r *reader) some() bool { return r.variant(2) == some }

// length reads a canonical ULEB128, the length of a list whose elements have at least size bytes.
func (r *reader) length(size int) int {
	n, read := binary.Uvarint(r.b)
	if r.bad || read <= 0 || read > 1 && r.b[read-1] == 0 || bits.Len64(n) > 32 || int(n) > len(r.b)/size {
		r.bad = true
		return 0
	}
	r.b = r.b[read:]
	return int(n)
}

func (r *reader) bytes() []byte { return r.take(r.length(1)) }

func (r *reader) digest() [32]byte {
	if r.u8() != digestLength {
		r.bad = true
	}
	return r.wide()
}

func (r *reader) end(what string) error {
	if r.bad || len(r.b) > 0 {
		return fmt.Errorf("%w: %s", ErrMalformed, what)
	}
	return nil
}

// Read reads Effects, all of b, as AppendBCS writes them; Failure.Cause is not there. It fails with ErrMalformed.
func Read(b []byte) (*Effects, error) {
	r := reader{b: b}
	if r.u8() != effectsV2 {
		r.bad = true
	}
	e := &Effects{GasObject: -1}
	if r.variant(2) == statusFailure {
		e.Failure = r.failure()
	}
	e.Epoch = r.u64()
	e.Gas = GasUsed{Computation: r.u64(), Storage: r.u64(), Rebate: r.u64(), NonRefundable: r.u64()}
	e.Transaction = r.digest()
	if r.some() {
		e.GasObject = int(r.u32())
	}
	if r.some() {
		d := ptb.Digest(r.digest())
		e.EventsDigest = &d
	}
	for range r.length(1 + digestLength) {
		e.Dependencies = append(e.Dependencies, r.digest())
	}
	e.Version = r.u64()
	for range r.length(digestLength) {
		e.Changed = append(e.Changed, r.change(e.Version))
	}
	for range r.length(digestLength) {
		id := r.wide()
		if r.u8() != sharedReadOnly {
			r.bad = true
		}
		e.ReadShared = append(e.ReadShared, ptb.ObjectRef{ID: id, Version: r.u64(), Digest: r.digest()})
	}
	if r.u8() != none || e.GasObject >= len(e.Changed) {
		r.bad = true
	}
	if err := r.end("effects"); err != nil {
		return nil, err
	}
	if !bytes.Equal(e.AppendBCS(nil), b) {
		return nil, fmt.Errorf("%w: effects that are not in canonical form", ErrMalformed)
	}
	return e, nil
}

func (r *reader) change(version uint64) ObjectChange {
	c := ObjectChange{ID: r.wide()}
	if r.variant(2) == stateExists {
		c.Before = &ObjectState{Version: r.u64(), Digest: r.digest()}
		c.Before.Owner, c.Before.SharedAt = r.owner()
	}
	switch r.variant(writePackage + 1) {
	case writeObject:
		c.After = &ObjectState{Version: version, Digest: r.digest()}
		c.After.Owner, c.After.SharedAt = r.owner()
	case writePackage:
		c.Package = true
		c.After = &ObjectState{Version: r.u64(), Digest: r.digest(), Owner: objects.Owner{Kind: objects.Immutable}}
	}
	c.Operation = IDOperation(r.variant(byte(IDDeleted) + 1))
	return c
}

func (r *reader) owner() (o objects.Owner, sharedAt uint64) {
	switch r.variant(ownerNone + 1) {
	case ownerAddress:
		return objects.Owner{Kind: objects.ByAddress, Address: r.wide()}, 0
	case ownerObject:
		return objects.Owner{Kind: objects.ByObject, Address: r.wide()}, 0
	case ownerShared:
		return objects.Owner{Kind: objects.Shared}, r.u64()
	default:
		return objects.Owner{Kind: objects.Immutable}, 0
	}
}

func (r *reader) failure() *Failure {
	f := &Failure{Kind: FailureKind(r.u8()), Command: NoCommand}
	if _, known := failureNames[f.Kind]; !known {
		r.bad = true
	}
	switch f.Kind {
	case MoveObjectTooBig, MovePackageTooBig, EffectsTooLarge, WrittenObjectsTooLarge:
		f.Size, f.Max = r.u64(), r.u64()
	case CircularObjectOwnership:
		f.Object = r.wide()
	case MovePrimitiveRuntimeError:
		if r.some() {
			f.Location = r.location()
		}
	case MoveAbort:
		f.Location, f.Code = r.location(), r.u64()
	case CommandArgumentError:
		f.Index, f.Argument = r.u16(), ArgumentProblem(r.variant(byte(len(argumentNames))))
		switch f.Argument {
		case IndexOutOfBounds, InvalidResultArity:
			f.Position = r.u16()
		case SecondaryIndexOutOfBounds:
			f.Position, f.Secondary = r.u16(), r.u16()
		}
	case TypeArgumentError:
		f.Index = r.u16()
		f.TypeNotFound = r.variant(2) == typeNotFound
	case UnusedValueWithoutDrop:
		f.Position, f.Secondary = r.u16(), r.u16()
	case InvalidPublicFunctionReturnType:
		f.Index = r.u16()
	case PackageUpgradeError:
		r.upgrade(f)
	}
	if r.some() {
		f.Command = int(r.u64() & math.MaxInt32)
	}
	return f
}

func (r *reader) upgrade(f *Failure) {
	f.Upgrade = UpgradeProblem(r.variant(byte(len(upgradeNames))))
	switch f.Upgrade {
	case UnableToFetchPackage:
		f.Object = r.wide()
	case DigestDoesNotMatch:
		f.Digest = r.digest()
	case UnknownUpgradePolicy:
		f.Policy = r.u8()
	case PackageIDDoesNotMatch:
		f.Object, f.Other = r.wide(), r.wide()
	}
}

func (r *reader) location() *Location {
	l := &Location{Package: r.wide(), Module: string(r.bytes()), Function: r.u16(), Instruction: r.u16()}
	if r.some() {
		l.FunctionName = string(r.bytes())
	}
	return l
}

// ReadEvent reads an Event, all of b. It fails with ErrMalformed.
func ReadEvent(b []byte) (*Event, error) {
	r := reader{b: b}
	e := &Event{Package: r.wide(), Module: string(r.bytes()), Sender: r.wide()}
	var tag ptb.StructTag
	n, err := tag.UnmarshalBCS(bytes.NewReader(r.b))
	if err != nil {
		return nil, fmt.Errorf("%w: event: %w", ErrMalformed, err)
	}
	r.take(n)
	e.Type = tag.Tag()
	e.Contents = r.bytes()
	if err := r.end("event"); err != nil {
		return nil, err
	}
	return e, nil
}
