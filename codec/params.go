package codec

import (
	"fmt"
)

const (
	// MinShards is the smallest committee the code works for: with three shards f is 0 and no fault is tolerated.
	MinShards = 4
	// MaxShards bounds the committee so that every table in this package has a known size (leaf hashes are 32 n^2 bytes).
	MaxShards = 4096
	// MaxSymbolSize is the largest even symbol length that fits the u16 of the wire format.
	MaxSymbolSize = 65534
	// symbolAlign is the size of one GF(2^16) element in bytes: symbols are whole elements.
	symbolAlign = 2
)

// Axis names the two dimensions of the symbol matrix. A primary sliver is a row, a secondary sliver a column.
// The values are the enum tags of the Walrus formats.
type Axis uint8

// The two axes.
const (
	Primary   Axis = 0
	Secondary Axis = 1
)

// String returns "primary" or "secondary".
func (a Axis) String() string {
	switch a {
	case Primary:
		return "primary"
	case Secondary:
		return "secondary"
	default:
		return fmt.Sprintf("axis(%d)", uint8(a))
	}
}

// Valid reports whether a is one of the two axes.
func (a Axis) Valid() bool { return a == Primary || a == Secondary }

// Orthogonal returns the other axis.
func (a Axis) Orthogonal() Axis { return a ^ 1 }

// ParseAxis reads "primary" or "secondary".
func ParseAxis(s string) (Axis, error) {
	switch s {
	case "primary":
		return Primary, nil
	case "secondary":
		return Secondary, nil
	default:
		return 0, fmt.Errorf("%w: sliver axis %q: use \"primary\" or \"secondary\"", ErrInvalid, s)
	}
}

// Params are the dimensions of the code for a number of shards n (whitepaper section 4.1). With f = floor((n-1)/3) the
// message matrix has n-2f rows and n-f columns; both are expanded to n. The zero Params is not usable.
type Params struct {
	n, f int
}

// NewParams returns the dimensions for n shards, MinShards <= n <= MaxShards.
func NewParams(n int) (Params, error) {
	if n < MinShards || n > MaxShards {
		return Params{}, fmt.Errorf("%w: %d shards: the code is defined for %d to %d", ErrInvalid, n, MinShards, MaxShards)
	}
	return Params{n: n, f: (n - 1) / 3}, nil
}

// Shards returns n, the number of shards, of sliver pairs, and of symbols in an expanded sliver.
func (p Params) Shards() int { return p.n }

// Faulty returns f, the number of shards that may be lost or lie.
func (p Params) Faulty() int { return p.f }

// Rows returns n-2f: rows of the message matrix, source symbols of the column code, symbols in a secondary sliver, and
// the number of primary slivers that decode a blob.
func (p Params) Rows() int { return p.n - 2*p.f }

// Cols returns n-f: columns of the message matrix, source symbols of the row code, symbols in a primary sliver, and the
// number of secondary slivers that decode a blob.
func (p Params) Cols() int { return p.n - p.f }

// SourceSlivers returns how many slivers of the axis are systematic, which is also how many decode a blob.
func (p Params) SourceSlivers(a Axis) int {
	if a == Primary {
		return p.Rows()
	}
	return p.Cols()
}

// SliverSymbols returns how many symbols a sliver of the axis has, which is also how many recovery symbols restore it.
func (p Params) SliverSymbols(a Axis) int { return p.SourceSlivers(a.Orthogonal()) }

// MaxBlobSize returns the largest blob in bytes for this number of shards.
func (p Params) MaxBlobSize() uint64 {
	return uint64(p.Rows()) * uint64(p.Cols()) * MaxSymbolSize
}

// SymbolSize returns the symbol size in bytes for a blob of the given length: even, 2 to MaxSymbolSize. A blob that is
// too large gives an ErrTooLarge that names the limit.
func (p Params) SymbolSize(blobSize uint64) (int, error) {
	if limit := p.MaxBlobSize(); blobSize > limit {
		return 0, fmt.Errorf("%w: %d bytes; %d shards hold at most %d bytes in one blob", ErrTooLarge, blobSize, p.n, limit)
	}
	cells := uint64(p.Rows()) * uint64(p.Cols())
	s := (max(blobSize, 1) + cells - 1) / cells
	return int((s + symbolAlign - 1) / symbolAlign * symbolAlign), nil
}

// EncodedSize returns the bytes that all slivers and n copies of the metadata take, as the chain bills them:
// n((P+S)s + 64n + 32).
func (p Params) EncodedSize(blobSize uint64) (uint64, error) {
	s, err := p.SymbolSize(blobSize)
	if err != nil {
		return 0, err
	}
	n := uint64(p.n)
	return n * (uint64(p.Rows()+p.Cols())*uint64(s) + 64*n + 32), nil
}

// SliverIndex returns the index of pair's sliver of the axis: pair k is (primary k, secondary n-1-k).
func (p Params) SliverIndex(pair int, a Axis) int {
	if a == Primary {
		return pair
	}
	return p.n - 1 - pair
}

// PairIndex is the inverse of SliverIndex.
func (p Params) PairIndex(sliver int, a Axis) int { return p.SliverIndex(sliver, a) }

// PairShard returns the shard that holds a pair of the blob: (pair + id mod n) mod n, the id read as a big-endian integer.
func (p Params) PairShard(id BlobID, pair int) int { return (pair + id.mod(p.n)) % p.n }

// ShardPair returns the pair of the blob that a shard holds.
func (p Params) ShardPair(id BlobID, shard int) int { return (shard - id.mod(p.n) + p.n) % p.n }

// MetadataBCSSize returns the length of BCS BlobMetadata for n shards.
func (p Params) MetadataBCSSize() int { return 1 + 1 + 8 + ulebLen(uint64(p.n)) + 66*p.n }

// SliverBCSSize returns the length of BCS SliverData for a sliver of the axis with symbols of s bytes.
func (p Params) SliverBCSSize(a Axis, s int) int {
	data := p.SliverSymbols(a) * s
	return ulebLen(uint64(data)) + data + 4
}
