package registry

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/floe-network/floe/staking"
)

// errRecord wraps every complaint about bytes in the books.
var errRecord = errors.New("record of the registry: was it written by a newer version?")

// version is the first byte of every record.
const version = 1

// Sizes of records in bytes.
const (
	positionSize = 18
	objectSize   = 10
	blobHead     = 21
	endSize      = 12
)

// Flags in the second byte.
const (
	flagGap = 1 << 0 // position

	flagSized = 1 << 0 // blob

	flagDeletable = 1 << 0 // object
	flagCertified = 1 << 1
	flagDeleted   = 1 << 2
)

// Position is how far the books are.
type Position struct {
	// Cursor is where the events go on.
	Cursor staking.Cursor
	// Epoch is the latest that an event was of.
	Epoch uint32
	// Gap: events before the cursor are missing, and the chain has to be asked about what is here.
	Gap bool

	swept uint32 // nothing is due in this epoch or before
}

func (p Position) marshal() []byte {
	b := []byte{version, flag(p.Gap, flagGap)}
	b = binary.LittleEndian.AppendUint64(b, uint64(p.Cursor))
	b = binary.LittleEndian.AppendUint32(b, p.Epoch)
	return binary.LittleEndian.AppendUint32(b, p.swept)
}

func parsePosition(b []byte) (Position, error) {
	if len(b) != positionSize || b[0] != version || b[1]&^flagGap != 0 {
		return Position{}, fmt.Errorf("position of %d bytes: %w", len(b), errRecord)
	}
	return Position{
		Gap: b[1]&flagGap != 0, Cursor: staking.Cursor(binary.LittleEndian.Uint64(b[2:])),
		Epoch: binary.LittleEndian.Uint32(b[10:]), swept: binary.LittleEndian.Uint32(b[14:]),
	}, nil
}

// Object is a blob object.
type Object struct {
	Deletable, Certified, Deleted bool
	// Registered is the epoch of its registration, 0 when that was not heard. End is the first epoch for which nothing is paid.
	Registered, End uint32
}

// Live reports whether the object is registered in an epoch.
func (o Object) Live(epoch uint32) bool { return !o.Deleted && o.End > epoch }

// keepEnd is the first epoch in which the object alone is no reason to keep its blob.
func (o Object) keepEnd() uint32 {
	if o.Certified {
		return o.End
	}
	return uint32(min(uint64(o.End), uint64(o.Registered)+refundEpochs, math.MaxUint32))
}

// join returns what is known of an object when both are heard of it.
func (o Object) join(p Object) Object {
	return Object{
		Deletable: o.Deletable || p.Deletable, Certified: o.Certified || p.Certified, Deleted: o.Deleted || p.Deleted,
		Registered: max(o.Registered, p.Registered), End: max(o.End, p.End),
	}
}

func (o Object) marshal() []byte {
	b := []byte{version, flag(o.Deletable, flagDeletable) | flag(o.Certified, flagCertified) | flag(o.Deleted, flagDeleted)}
	b = binary.LittleEndian.AppendUint32(b, o.Registered)
	return binary.LittleEndian.AppendUint32(b, o.End)
}

func parseObject(b []byte) (Object, error) {
	if len(b) != objectSize || b[0] != version || b[1]&^(flagDeletable|flagCertified|flagDeleted) != 0 {
		return Object{}, fmt.Errorf("object of %d bytes: %w", len(b), errRecord)
	}
	return Object{
		Deletable: b[1]&flagDeletable != 0, Certified: b[1]&flagCertified != 0, Deleted: b[1]&flagDeleted != 0,
		Registered: binary.LittleEndian.Uint32(b[2:]), End: binary.LittleEndian.Uint32(b[6:]),
	}, nil
}

// Blob is what is known of a blob id. The zero Blob is one that nothing is known of.
type Blob struct {
	// Size in bytes, before encoding. Sized: it was heard.
	Size  uint64
	Sized bool
	// Barred ids are neither stored nor served.
	Barred staking.Bar
	// Permanent is the first epoch in which no permanent object of the blob is registered any more, 0 when none was.
	Permanent uint32

	told uint32 // first epoch in which the blob is not stored, by the chain's own word; 0: it is not, or was not asked
	ends []end  // of live objects; by epoch, ascending
}

// end counts what ends with the beginning of an epoch.
type end struct {
	epoch   uint32
	objects uint32 // objects that end
	kept    uint32 // objects that are no reason to keep the blob any more
}

// Registered reports whether an object of the blob is registered in an epoch.
func (b Blob) Registered(epoch uint32) bool { return b.End() > epoch }

// End returns the first epoch in which no object that is known is registered, 0 when none is.
func (b Blob) End() uint32 {
	last := b.told
	for _, e := range b.ends {
		if e.objects > 0 {
			last = max(last, e.epoch)
		}
	}
	return last
}

// Kept reports whether an object of the blob is reason enough to keep it in an epoch: one that is certified, or one that was
// registered in this epoch or the one before. Later an uncertified object keeps only what was confirmed in the same epoch.
func (b Blob) Kept(epoch uint32) bool {
	return b.told > epoch || slices.ContainsFunc(b.ends, func(e end) bool { return e.kept > 0 && e.epoch > epoch })
}

// Known reports whether anything was heard of the blob that is not over.
func (b Blob) Known() bool {
	return b.Barred != staking.NotBarred || b.Permanent != 0 || b.told != 0 || len(b.ends) > 0
}

// add counts an object, or takes it back.
func (b *Blob) add(o Object, back bool) {
	b.count(o.End, back, func(e *end) *uint32 { return &e.objects })
	b.count(o.keepEnd(), back, func(e *end) *uint32 { return &e.kept })
}

// count leaves alone what is not there to be taken back: it was pruned.
func (b *Blob) count(epoch uint32, back bool, of func(*end) *uint32) {
	i, found := slices.BinarySearchFunc(b.ends, epoch, func(e end, epoch uint32) int { return cmp.Compare(e.epoch, epoch) })
	switch {
	case !found && back:
		return
	case !found:
		b.ends = slices.Insert(b.ends, i, end{epoch: epoch})
	}
	n := of(&b.ends[i])
	switch {
	case !back && *n < math.MaxUint32:
		*n++
	case back && *n > 0:
		*n--
	}
	if b.ends[i].objects == 0 && b.ends[i].kept == 0 {
		b.ends = slices.Delete(b.ends, i, i+1)
	}
}

// prune forgets what is over in an epoch.
func (b *Blob) prune(epoch uint32) {
	b.ends = slices.DeleteFunc(b.ends, func(e end) bool { return e.epoch <= epoch })
	if b.told <= epoch {
		b.told = 0
	}
	if b.Permanent <= epoch {
		b.Permanent = 0
	}
}

func (b Blob) marshal() []byte {
	out := []byte{version, flag(b.Sized, flagSized), byte(b.Barred)}
	out = binary.LittleEndian.AppendUint64(out, b.Size)
	out = binary.LittleEndian.AppendUint32(out, b.Permanent)
	out = binary.LittleEndian.AppendUint32(out, b.told)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(b.ends)))
	for _, e := range b.ends {
		out = binary.LittleEndian.AppendUint32(out, e.epoch)
		out = binary.LittleEndian.AppendUint32(out, e.objects)
		out = binary.LittleEndian.AppendUint32(out, e.kept)
	}
	return out
}

func parseBlob(b []byte) (Blob, error) {
	if len(b) < blobHead || b[0] != version || b[1]&^flagSized != 0 {
		return Blob{}, fmt.Errorf("blob of %d bytes: %w", len(b), errRecord)
	}
	r := Blob{
		Sized: b[1]&flagSized != 0, Barred: staking.Bar(b[2]), Size: binary.LittleEndian.Uint64(b[3:]),
		Permanent: binary.LittleEndian.Uint32(b[11:]), told: binary.LittleEndian.Uint32(b[15:]),
	}
	count := int(binary.LittleEndian.Uint16(b[19:]))
	if count > maxEnds || len(b) != blobHead+count*endSize {
		return Blob{}, fmt.Errorf("blob of %d bytes with %d ends: %w", len(b), count, errRecord)
	}
	for rest := b[blobHead:]; len(rest) > 0; rest = rest[endSize:] {
		e := end{binary.LittleEndian.Uint32(rest), binary.LittleEndian.Uint32(rest[4:]), binary.LittleEndian.Uint32(rest[8:])}
		if n := len(r.ends); n > 0 && r.ends[n-1].epoch >= e.epoch || e.objects == 0 && e.kept == 0 {
			return Blob{}, fmt.Errorf("blob with ends out of order: %w", errRecord)
		}
		r.ends = append(r.ends, e)
	}
	return r, nil
}

func flag(set bool, bit byte) byte {
	if set {
		return bit
	}
	return 0
}
