package index

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/store/record"
)

func TestPlace(t *testing.T) {
	info := record.Info{Key: record.Key{Blob: codec.BlobID{1}, Shard: 2, Axis: codec.Secondary}, SymbolSize: codec.MaxSymbolSize, Size: record.MaxSize}
	for _, p := range []Place{PlaceOf(info, 0, 0), PlaceOf(info, math.MaxUint32, math.MaxUint32)} {
		got, err := decodePlace(p.encode())
		if err != nil || got != p || got.Info(info.Key) != info {
			t.Errorf("%+v: %+v, %v", p, got, err)
		}
	}
	for name, b := range map[string][]byte{
		"empty": nil, "short": make([]byte, placeSize-1), "no size": Place{Segment: 1, SymbolSize: 2}.encode(),
		"huge": Place{Segment: 1, SymbolSize: 2, Size: record.MaxSize + 1}.encode(), "offset in a file": Place{Offset: 1, SymbolSize: 2, Size: 1}.encode(),
	} {
		if _, err := decodePlace(b); !errors.Is(err, record.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKeyOrder: keys sort by shard, blob id, axis.
func TestKeyOrder(t *testing.T) {
	last := sliverKey(record.Key{})
	for _, k := range []record.Key{
		{Axis: codec.Secondary}, {Blob: codec.BlobID{31: 1}}, {Blob: codec.BlobID{1}}, {Shard: 1}, {Shard: 255, Blob: codec.BlobID{255}}, {Shard: 256},
		{Shard: codec.MaxShards - 1},
	} {
		b := sliverKey(k)
		if bytes.Compare(last, b) >= 0 {
			t.Errorf("%s is not behind the one before", k)
		}
		if got, err := parseSliverKey(b); err != nil || got != k {
			t.Errorf("%s: %s, %v", k, got, err)
		}
		last = b
	}
}

func FuzzEntries(f *testing.F) {
	f.Add(sliverKey(record.Key{Shard: 7}), Place{Segment: 1, Offset: 16, Size: 3, SymbolSize: 2}.encode(), encodeNumbers(1, 2, 3))
	f.Add([]byte{1}, []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, key, place, numbers []byte) {
		if k, err := parseSliverKey(key); err == nil && !bytes.Equal(sliverKey(k), key) {
			t.Errorf("key % x is read as % x", key, sliverKey(k))
		}
		if p, err := decodePlace(place); err == nil && !bytes.Equal(p.encode(), place) {
			t.Errorf("place % x is read as % x", place, p.encode())
		}
		var a, b, c int64
		if err := decodeNumbers(numbers, &a, &b, &c); err == nil && (min(a, b, c) < 0 || !bytes.Equal(encodeNumbers(a, b, c), numbers)) {
			t.Errorf("numbers % x are read as %d, %d, %d", numbers, a, b, c)
		}
	})
}
