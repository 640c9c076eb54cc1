package codec

import (
	"fmt"

	"github.com/floe-network/floe/codec/internal/merkle"
)

// InconsistencyError is the ErrInconsistent of RecoverSliver. It carries the proof for others to see.
type InconsistencyError struct {
	Axis  Axis
	Proof *InconsistencyProof
}

// Error implements error.
func (e *InconsistencyError) Error() string {
	return fmt.Sprintf("%s sliver %d: %s: its proven symbols do not give the committed hash", e.Axis, e.Proof.TargetIndex, ErrInconsistent)
}

// Unwrap returns ErrInconsistent.
func (e *InconsistencyError) Unwrap() error { return ErrInconsistent }

// VerifySymbol checks a symbol of the target sliver against metadata that the caller has matched with the blob id.
func (c *Codec) VerifySymbol(m *Metadata, target Axis, targetIndex int, sym *RecoverySymbol) error {
	size, err := c.symbolSize(m)
	switch {
	case err != nil:
		return err
	case !target.Valid():
		return fmt.Errorf("%w: target %s", ErrInvalid, target)
	case targetIndex < 0 || targetIndex >= c.p.n || sym.Index < 0 || sym.Index >= c.p.n:
		return fmt.Errorf("%w: symbol %d of %s sliver %d, there are %d", ErrInvalid, sym.Index, target, targetIndex, c.p.n)
	case len(sym.Data) != size:
		return fmt.Errorf("%w: symbol of %d bytes, the blob has symbols of %d", ErrInvalid, len(sym.Data), size)
	case len(sym.Proof) != merkle.Depth(c.p.n):
		return fmt.Errorf("%w: proof path of %d nodes, a tree over %d has %d", ErrInvalid, len(sym.Proof), c.p.n, merkle.Depth(c.p.n))
	}
	path := make([]byte, 0, len(sym.Proof)*merkle.Size)
	for i := range sym.Proof {
		path = append(path, sym.Proof[i][:]...)
	}
	root, ok := merkle.ProofRoot(sym.Data, targetIndex, path)
	if !ok || root != m.SliverHash(target.Orthogonal(), sym.Index) {
		return fmt.Errorf("symbol %d of %s sliver %d: %w", sym.Index, target, targetIndex, ErrVerify)
	}
	return nil
}

// RecoverSliver restores a sliver from recovery symbols, which it verifies first: at least n-f for a primary, n-2f for a
// secondary one, of distinct sources; more are ignored. When they prove but the sliver they give is not the committed one
// the error is an InconsistencyError.
func (c *Codec) RecoverSliver(m *Metadata, a Axis, index int, syms []RecoverySymbol) (*Sliver, error) {
	syms, err := c.proven(m, a, index, syms)
	if err != nil {
		return nil, err
	}
	s, err := c.restore(m, a, index, syms)
	if err != nil {
		return nil, err
	}
	root, err := c.SliverRoot(s)
	if err != nil {
		return nil, err
	}
	if root != m.SliverHash(a, index) {
		return nil, &InconsistencyError{Axis: a, Proof: &InconsistencyProof{TargetIndex: index, Symbols: syms}}
	}
	return s, nil
}

// VerifyInconsistency checks a proof that the sliver of the axis is wrong. nil means that the blob is inconsistent.
// ErrVerify: a symbol that does not prove, or a sliver that is as committed. ErrNotEnough: too few symbols.
func (c *Codec) VerifyInconsistency(m *Metadata, a Axis, p *InconsistencyProof) error {
	syms, err := c.proven(m, a, p.TargetIndex, p.Symbols)
	if err != nil {
		return fmt.Errorf("inconsistency proof: %w", err)
	}
	s, err := c.restore(m, a, p.TargetIndex, syms)
	if err != nil {
		return fmt.Errorf("inconsistency proof: %w", err)
	}
	root, err := c.SliverRoot(s)
	if err != nil {
		return fmt.Errorf("inconsistency proof: %w", err)
	}
	if root == m.SliverHash(a, p.TargetIndex) {
		return fmt.Errorf("inconsistency proof: %w: %s sliver %d is as committed", ErrVerify, a, p.TargetIndex)
	}
	return nil
}

// proven returns as many verified symbols of distinct sources as restore the sliver.
func (c *Codec) proven(m *Metadata, a Axis, index int, syms []RecoverySymbol) ([]RecoverySymbol, error) {
	if !a.Valid() || index < 0 || index >= c.p.n {
		return nil, fmt.Errorf("%w: %s sliver %d of %d", ErrInvalid, a, index, c.p.n)
	}
	need := c.p.SliverSymbols(a)
	seen := make([]bool, c.p.n)
	out := make([]RecoverySymbol, 0, need)
	for i := range syms {
		if len(out) == need {
			break
		}
		if source := syms[i].Index; source >= 0 && source < c.p.n && seen[source] {
			continue
		}
		if err := c.VerifySymbol(m, a, index, &syms[i]); err != nil {
			return nil, err
		}
		seen[syms[i].Index] = true
		out = append(out, syms[i])
	}
	if len(out) < need {
		return nil, fmt.Errorf("%w: %s sliver %d from %d symbols of distinct slivers, %d are needed", ErrNotEnough, a, index, len(out), need)
	}
	return out, nil
}

// restore decodes a sliver from exactly as many symbols as it needs, without a check.
func (c *Codec) restore(m *Metadata, a Axis, index int, syms []RecoverySymbol) (*Sliver, error) {
	size, err := c.symbolSize(m)
	if err != nil {
		return nil, err
	}
	w := c.getScratch()
	defer c.scratch.Put(w)
	s := &Sliver{Axis: a, Index: index, SymbolSize: size, Data: make([]byte, c.p.SliverSymbols(a)*size)}
	in := w.bytes(len(syms) * size)
	present := make([]int, len(syms))
	for i := range syms {
		present[i] = syms[i].Index
		copy(in[i*size:], syms[i].Data)
		if present[i] < len(syms) {
			copy(s.Data[present[i]*size:], syms[i].Data)
		}
	}
	dec, err := c.codes[a].NewDecoder(present)
	if err != nil {
		return nil, fmt.Errorf("recover %s sliver %d: %w", a, index, err)
	}
	if err := w.decode(dec, size, 1, strided{b: in, shard: size}, strided{b: s.Data, shard: size}); err != nil {
		return nil, fmt.Errorf("recover %s sliver %d: %w", a, index, err)
	}
	return s, nil
}
