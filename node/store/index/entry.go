package index

import (
	"encoding/binary"
	"fmt"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/store/record"
)

// Place is where a sliver's record is and what it holds.
type Place struct {
	Segment    uint32 // 0: a file of its own
	Offset     uint32 // in the segment
	Size       uint32 // of the body in bytes
	SymbolSize uint16
}

// PlaceOf returns the place of a sliver whose record begins at offset in a segment, or in a file of its own (0, 0).
func PlaceOf(info record.Info, segment uint32, offset int64) Place {
	return Place{
		Segment:    segment,
		Offset:     uint32(offset),          //nolint:gosec // a segment is far shorter than 4 GiB
		Size:       uint32(info.Size),       //nolint:gosec // bounded by record.Info.Validate
		SymbolSize: uint16(info.SymbolSize), //nolint:gosec // bounded by record.Info.Validate
	}
}

// Info returns what is stored there for a key.
func (p Place) Info(k record.Key) record.Info {
	return record.Info{Key: k, SymbolSize: int(p.SymbolSize), Size: int64(p.Size)}
}

// RecordSize is what the record takes in bytes, header included.
func (p Place) RecordSize() int64 { return record.Size(int64(p.Size)) }

// Segment is what a segment holds, in bytes.
type Segment struct {
	Size int64 // of the file
	Live int64 // of the records that slivers are in
}

// Totals are sums over all slivers.
type Totals struct {
	Slivers int64 // how many
	Bodies  int64 // bytes
	Files   int64 // bytes that those in files of their own count
}

const placeSize = 4 + 4 + 4 + 2

func (p Place) encode() []byte {
	b := make([]byte, 0, placeSize)
	b = binary.BigEndian.AppendUint32(b, p.Segment)
	b = binary.BigEndian.AppendUint32(b, p.Offset)
	b = binary.BigEndian.AppendUint32(b, p.Size)
	return binary.BigEndian.AppendUint16(b, p.SymbolSize)
}

func decodePlace(b []byte) (Place, error) {
	if len(b) != placeSize {
		return Place{}, fmt.Errorf("%w: index entry of %d bytes, want %d", record.ErrCorrupt, len(b), placeSize)
	}
	p := Place{
		Segment:    binary.BigEndian.Uint32(b),
		Offset:     binary.BigEndian.Uint32(b[4:]),
		Size:       binary.BigEndian.Uint32(b[8:]),
		SymbolSize: binary.BigEndian.Uint16(b[12:]),
	}
	if p.Size == 0 || p.Size > record.MaxSize || p.SymbolSize == 0 || p.Segment == 0 && p.Offset != 0 {
		return Place{}, fmt.Errorf("%w: index entry %+v", record.ErrCorrupt, p)
	}
	return p, nil
}

const sliverKeySize = 1 + 2 + 32 + 1

func sliverKey(k record.Key) []byte {
	b := make([]byte, 0, sliverKeySize+1) // and one for List
	b = append(b, tableSliver)
	b = binary.BigEndian.AppendUint16(b, uint16(k.Shard)) //nolint:gosec // bounded by record.Info.Validate
	b = append(b, k.Blob[:]...)
	return append(b, byte(k.Axis))
}

func parseSliverKey(b []byte) (record.Key, error) {
	if len(b) != sliverKeySize || b[0] != tableSliver {
		return record.Key{}, fmt.Errorf("%w: index key of %d bytes", record.ErrCorrupt, len(b))
	}
	k := record.Key{
		Shard: int(binary.BigEndian.Uint16(b[1:])),
		Blob:  codec.BlobID(b[3:35]),
		Axis:  codec.Axis(b[35]),
	}
	if k.Shard >= codec.MaxShards || !k.Axis.Valid() {
		return record.Key{}, fmt.Errorf("%w: index key of %s", record.ErrCorrupt, k)
	}
	return k, nil
}

func segmentKey(id uint32) []byte { return binary.BigEndian.AppendUint32([]byte{tableSegment}, id) }

func encodeNumbers(values ...int64) []byte {
	b := make([]byte, 0, 8*len(values))
	for _, v := range values {
		b = binary.BigEndian.AppendUint64(b, uint64(v)) //nolint:gosec // not negative
	}
	return b
}

func decodeNumbers(b []byte, values ...*int64) error {
	if len(b) != 8*len(values) {
		return fmt.Errorf("%w: index entry of %d bytes, want %d", record.ErrCorrupt, len(b), 8*len(values))
	}
	for i, v := range values {
		*v = int64(binary.BigEndian.Uint64(b[8*i:])) //nolint:gosec // a negative one is refused in the next line
		if *v < 0 {
			return fmt.Errorf("%w: index entry with %d", record.ErrCorrupt, *v)
		}
	}
	return nil
}
