package codec

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/floe-network/floe/codec/internal/merkle"
)

// SymbolID names one symbol of the expanded matrix by its row (index of a primary sliver) and column (index of a
// secondary sliver). Its text form is "row-column".
type SymbolID struct {
	Primary, Secondary uint16
}

// ParseSymbolID reads the text form, for example "73-241".
func ParseSymbolID(s string) (SymbolID, error) {
	row, col, ok := strings.Cut(s, "-")
	r, err1 := parseIndex(row)
	c, err2 := parseIndex(col)
	if !ok || err1 != nil || err2 != nil {
		return SymbolID{}, fmt.Errorf("%w: symbol id %.20q: want \"row-column\", for example \"73-241\"", ErrInvalid, s)
	}
	return SymbolID{Primary: r, Secondary: c}, nil
}

// parseIndex reads a decimal u16 in its only form: digits without sign or leading zeros.
func parseIndex(s string) (uint16, error) {
	v, err := strconv.ParseUint(s, 10, 16)
	if err != nil || strconv.FormatUint(v, 10) != s {
		return 0, ErrInvalid
	}
	return uint16(v), nil
}

// String returns the text form.
func (id SymbolID) String() string {
	return strconv.Itoa(int(id.Primary)) + "-" + strconv.Itoa(int(id.Secondary))
}

// MarshalText implements encoding.TextMarshaler.
func (id SymbolID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *SymbolID) UnmarshalText(b []byte) error {
	v, err := ParseSymbolID(string(b))
	if err != nil {
		return err
	}
	*id = v
	return nil
}

// AppendBCS appends BCS SymbolId.
func (id SymbolID) AppendBCS(b []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, id.Primary)
	return binary.LittleEndian.AppendUint16(b, id.Secondary)
}

// UnmarshalSymbolID reads BCS SymbolId and checks both indexes against p.
func UnmarshalSymbolID(p Params, b []byte) (SymbolID, error) {
	r := bcsReader{b: b}
	id := SymbolID{Primary: r.u16("row"), Secondary: r.u16("column")}
	r.index(p, int(id.Primary), "row")
	r.index(p, int(id.Secondary), "column")
	if err := r.end(); err != nil {
		return SymbolID{}, fmt.Errorf("symbol id: %w", err)
	}
	return id, nil
}

// Proof is the path of a Merkle proof (Walrus MerkleProof): the siblings from leaf to root, one for each level of a tree
// over n leaves.
type Proof []Digest

// DecodingSymbol is one symbol as input of a decoder, without proof (Walrus DecodingSymbol). Index is that of the sliver
// it was taken from, on the axis orthogonal to the target's; Data is one symbol.
type DecodingSymbol struct {
	Index int
	Data  []byte
}

// RecoverySymbol is a symbol of a target sliver, taken from the sliver Index of the orthogonal axis and proved against
// that sliver's hash in the metadata (Walrus RecoverySymbol).
type RecoverySymbol struct {
	// Index of the source sliver, 0 to n-1.
	Index int
	// Data is one symbol.
	Data []byte
	// Proof has the target's index as leaf in the source sliver's tree.
	Proof Proof
}

// GeneralRecoverySymbol is a RecoverySymbol that names its target (Walrus GeneralRecoverySymbol).
type GeneralRecoverySymbol struct {
	// Target is the axis of the sliver that is being recovered, and TargetIndex its index.
	Target      Axis
	TargetIndex int
	RecoverySymbol
}

// ID returns the symbol's place in the matrix.
func (s *GeneralRecoverySymbol) ID() SymbolID {
	if s.Target == Primary {
		return SymbolID{Primary: uint16(s.TargetIndex), Secondary: uint16(s.Index)}
	}
	return SymbolID{Primary: uint16(s.Index), Secondary: uint16(s.TargetIndex)}
}

// EitherDecodingSymbol is a DecodingSymbol that names its target's axis (Walrus EitherDecodingSymbol).
type EitherDecodingSymbol struct {
	Target Axis
	DecodingSymbol
}

// InconsistencyProof shows that a sliver's committed hash is not that of the sliver which the committed symbols give: the
// writer of the blob did not encode it correctly (Walrus InconsistencyProof). The axis of the target is told apart from it.
type InconsistencyProof struct {
	// TargetIndex is the index of the sliver that is wrong.
	TargetIndex int
	// Symbols of the target, enough to recover it: n-f for a primary target, n-2f for a secondary one.
	Symbols []RecoverySymbol
}

func appendIndex(b []byte, i int) []byte {
	return binary.LittleEndian.AppendUint16(b, uint16(i))
}

// AppendBCS appends BCS MerkleProof.
func (p Proof) AppendBCS(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(p)))
	for _, d := range p {
		b = appendDigest(b, d)
	}
	return b
}

// AppendBCS appends BCS DecodingSymbol.
func (s *DecodingSymbol) AppendBCS(b []byte) []byte {
	b = appendIndex(b, s.Index)
	b = binary.AppendUvarint(b, uint64(len(s.Data)))
	return append(b, s.Data...)
}

// AppendBCS appends BCS RecoverySymbol.
func (s *RecoverySymbol) AppendBCS(b []byte) []byte {
	d := DecodingSymbol{Index: s.Index, Data: s.Data}
	return s.Proof.AppendBCS(d.AppendBCS(b))
}

// AppendBCS appends BCS GeneralRecoverySymbol.
func (s *GeneralRecoverySymbol) AppendBCS(b []byte) []byte {
	d := EitherDecodingSymbol{Target: s.Target, DecodingSymbol: DecodingSymbol{Index: s.Index, Data: s.Data}}
	return s.Proof.AppendBCS(appendIndex(d.AppendBCS(b), s.TargetIndex))
}

// AppendBCS appends BCS EitherDecodingSymbol.
func (s *EitherDecodingSymbol) AppendBCS(b []byte) []byte {
	return s.DecodingSymbol.AppendBCS(append(b, byte(s.Target)))
}

// AppendBCS appends BCS InconsistencyProof.
func (p *InconsistencyProof) AppendBCS(b []byte) []byte {
	b = appendIndex(b, p.TargetIndex)
	b = binary.AppendUvarint(b, uint64(len(p.Symbols)))
	for i := range p.Symbols {
		b = p.Symbols[i].AppendBCS(b)
	}
	return b
}

// UnmarshalProof reads BCS MerkleProof for a tree over p.Shards() leaves.
func UnmarshalProof(p Params, b []byte) (Proof, error) {
	r := bcsReader{b: b}
	proof := r.proof(p)
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("merkle proof: %w", err)
	}
	return proof, nil
}

// UnmarshalDecodingSymbol reads BCS DecodingSymbol. Data aliases b.
func UnmarshalDecodingSymbol(p Params, b []byte) (*DecodingSymbol, error) {
	r := bcsReader{b: b}
	s := r.decodingSymbol(p)
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("decoding symbol: %w", err)
	}
	return &s, nil
}

// UnmarshalEitherDecodingSymbol reads BCS EitherDecodingSymbol. Data aliases b.
func UnmarshalEitherDecodingSymbol(p Params, b []byte) (*EitherDecodingSymbol, error) {
	r := bcsReader{b: b}
	s := EitherDecodingSymbol{Target: r.axis(), DecodingSymbol: r.decodingSymbol(p)}
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("decoding symbol: %w", err)
	}
	return &s, nil
}

// UnmarshalRecoverySymbol reads BCS RecoverySymbol. Data aliases b.
func UnmarshalRecoverySymbol(p Params, b []byte) (*RecoverySymbol, error) {
	r := bcsReader{b: b}
	s := r.recoverySymbol(p)
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("recovery symbol: %w", err)
	}
	return &s, nil
}

// UnmarshalGeneralRecoverySymbol reads BCS GeneralRecoverySymbol. Data aliases b.
func UnmarshalGeneralRecoverySymbol(p Params, b []byte) (*GeneralRecoverySymbol, error) {
	r := bcsReader{b: b}
	s := r.generalRecoverySymbol(p)
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("recovery symbol: %w", err)
	}
	return &s, nil
}

// UnmarshalInconsistencyProof reads BCS InconsistencyProof: well formed afterwards, but for VerifyInconsistency to judge.
// Symbol data aliases b.
func UnmarshalInconsistencyProof(p Params, b []byte) (*InconsistencyProof, error) {
	r := bcsReader{b: b}
	proof := &InconsistencyProof{TargetIndex: int(r.u16("target index"))}
	r.index(p, proof.TargetIndex, "target")
	n := r.length(p.n, "recovery symbols")
	for range n {
		s := r.recoverySymbol(p)
		if r.err != nil {
			break
		}
		proof.Symbols = append(proof.Symbols, s)
	}
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("inconsistency proof: %w", err)
	}
	return proof, nil
}

func (r *bcsReader) index(p Params, i int, what string) {
	if r.err == nil && i >= p.n {
		r.fail(fmt.Sprintf("%s index %d, there are %d", what, i, p.n))
	}
}

func (r *bcsReader) axis() Axis {
	a := Axis(r.u8("axis"))
	if !a.Valid() {
		r.fail(fmt.Sprintf("axis tag %d is unknown", uint8(a)))
	}
	return a
}

func (r *bcsReader) decodingSymbol(p Params) DecodingSymbol {
	s := DecodingSymbol{Index: int(r.u16("source index"))}
	r.index(p, s.Index, "source")
	s.Data = r.take(r.length(MaxSymbolSize, "symbol"), "symbol")
	if size := len(s.Data); r.err == nil && (size == 0 || size%symbolAlign != 0) {
		r.fail(fmt.Sprintf("symbol of %d bytes", size))
	}
	return s
}

func (r *bcsReader) proof(p Params) Proof {
	depth := merkle.Depth(p.n)
	n := r.length(depth, "proof path")
	if r.err == nil && n != depth {
		r.fail(fmt.Sprintf("proof path has %d nodes, a tree over %d has %d", n, p.n, depth))
	}
	if r.err != nil {
		return nil
	}
	proof := make(Proof, n)
	for i := range proof {
		proof[i] = r.digest("proof path")
	}
	return proof
}

func (r *bcsReader) generalRecoverySymbol(p Params) GeneralRecoverySymbol {
	s := GeneralRecoverySymbol{Target: r.axis()}
	d := r.decodingSymbol(p)
	s.TargetIndex = int(r.u16("target index"))
	r.index(p, s.TargetIndex, "target")
	s.RecoverySymbol = RecoverySymbol{Index: d.Index, Data: d.Data, Proof: r.proof(p)}
	return s
}

func (r *bcsReader) recoverySymbol(p Params) RecoverySymbol {
	d := r.decodingSymbol(p)
	return RecoverySymbol{Index: d.Index, Data: d.Data, Proof: r.proof(p)}
}
