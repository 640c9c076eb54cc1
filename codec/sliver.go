package codec

import (
	"encoding/binary"
	"fmt"
)

// Sliver is one row (Primary) or column (Secondary) of the symbol matrix (Walrus SliverData).
type Sliver struct {
	Axis Axis
	// Index is the sliver index, 0 to n-1: for a secondary sliver n-1 minus the pair index.
	Index int
	// SymbolSize in bytes: even, 2 to MaxSymbolSize.
	SymbolSize int
	// Data is the symbols back to back: Params.SliverSymbols(Axis) * SymbolSize bytes.
	Data []byte
}

// AppendBCS appends BCS SliverData: ULEB length, data, symbol size u16, index u16.
func (s *Sliver) AppendBCS(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(s.Data)))
	b = append(b, s.Data...)
	b = binary.LittleEndian.AppendUint16(b, uint16(s.SymbolSize))
	return binary.LittleEndian.AppendUint16(b, uint16(s.Index))
}

// UnmarshalSliver reads BCS SliverData of the axis and checks index, symbol size and length against p. Data aliases b.
func UnmarshalSliver(p Params, a Axis, b []byte) (*Sliver, error) {
	if !a.Valid() {
		return nil, fmt.Errorf("%w: %s", ErrInvalid, a)
	}
	r := bcsReader{b: b}
	data := r.take(r.length(p.SliverSymbols(a)*MaxSymbolSize, "symbols"), "symbols")
	s := &Sliver{Axis: a, Data: data, SymbolSize: int(r.u16("symbol size")), Index: int(r.u16("sliver index"))}
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("%s sliver: %w", a, err)
	}
	if err := s.validate(p); err != nil {
		return nil, err
	}
	return s, nil
}

// validate checks the sliver's shape.
func (s *Sliver) validate(p Params) error {
	switch {
	case !s.Axis.Valid():
		return fmt.Errorf("%w: %s", ErrInvalid, s.Axis)
	case s.Index < 0 || s.Index >= p.n:
		return fmt.Errorf("%w: %s sliver index %d, there are %d", ErrInvalid, s.Axis, s.Index, p.n)
	case s.SymbolSize <= 0 || s.SymbolSize > MaxSymbolSize || s.SymbolSize%symbolAlign != 0:
		return fmt.Errorf("%w: symbol size %d: want an even number from 2 to %d", ErrInvalid, s.SymbolSize, MaxSymbolSize)
	case len(s.Data) != p.SliverSymbols(s.Axis)*s.SymbolSize:
		return fmt.Errorf("%w: %s sliver has %d bytes, want %d symbols of %d", ErrInvalid, s.Axis, len(s.Data), p.SliverSymbols(s.Axis), s.SymbolSize)
	}
	return nil
}

// AppendTaggedBCS appends BCS Sliver, the enum over both axes.
func (s *Sliver) AppendTaggedBCS(b []byte) []byte { return s.AppendBCS(append(b, byte(s.Axis))) }

// UnmarshalTaggedSliver reads BCS Sliver, the enum over both axes. Data aliases b.
func UnmarshalTaggedSliver(p Params, b []byte) (*Sliver, error) {
	if len(b) == 0 {
		return nil, fmt.Errorf("sliver: %w BCS: empty", ErrInvalid)
	}
	return UnmarshalSliver(p, Axis(b[0]), b[1:])
}
