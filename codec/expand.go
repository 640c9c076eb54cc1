package codec

import (
	"fmt"

	"github.com/floe-network/floe/codec/internal/merkle"
)

// Expanded is a sliver with all of its n symbols and the Merkle tree over them. It is immutable.
type Expanded struct {
	axis    Axis
	index   int
	size    int // of a symbol
	symbols []byte
	tree    *merkle.Tree
}

// Expand computes the n symbols and the Merkle tree of a sliver. It does not keep s.Data.
func (c *Codec) Expand(s *Sliver) (*Expanded, error) {
	if err := s.validate(c.p); err != nil {
		return nil, err
	}
	symbols, leaves := make([]byte, c.p.n*s.SymbolSize), make([]byte, c.p.n*merkle.Size)
	w := c.getScratch()
	defer c.scratch.Put(w)
	if err := c.expand(w, s, symbols, leaves); err != nil {
		return nil, err
	}
	return &Expanded{axis: s.Axis, index: s.Index, size: s.SymbolSize, symbols: symbols, tree: merkle.NewTree(leaves)}, nil
}

// expand writes the n symbols of a sliver and their leaf digests.
func (c *Codec) expand(w *scratch, s *Sliver, symbols, leaves []byte) error {
	k, size := c.p.SliverSymbols(s.Axis), s.SymbolSize
	copy(symbols, s.Data)
	out := strided{b: symbols[k*size:], shard: size}
	if err := c.encode(w, s.Axis, size, 1, strided{b: symbols, shard: size}, out, nil); err != nil {
		return fmt.Errorf("expand %s sliver %d: %w", s.Axis, s.Index, err)
	}
	merkle.Leaves(leaves, merkle.Size, symbols, size, size, c.p.n)
	return nil
}

// Root returns the sliver hash: the Merkle root over the n symbols.
func (e *Expanded) Root() Digest { return e.tree.Root() }

// Symbol returns symbol i, 0 <= i < n: the one that the sliver shares with sliver i of the other axis. The slice is the
// Expanded's own and not to be changed.
func (e *Expanded) Symbol(i int) []byte { return e.symbols[i*e.size:][:e.size:e.size] }

// Proof returns the proof that symbol i belongs to Root.
func (e *Expanded) Proof(i int) Proof {
	path := e.tree.AppendProof(nil, i)
	proof := make(Proof, len(path)/merkle.Size)
	for j := range proof {
		copy(proof[j][:], path[j*merkle.Size:])
	}
	return proof
}

// RecoverySymbol returns symbol target with its proof, as the holder of this sliver gives it to whoever recovers sliver
// target of the other axis. Its data is the Expanded's own.
func (e *Expanded) RecoverySymbol(target int) *GeneralRecoverySymbol {
	return &GeneralRecoverySymbol{
		Target:         e.axis.Orthogonal(),
		TargetIndex:    target,
		RecoverySymbol: RecoverySymbol{Index: e.index, Data: e.Symbol(target), Proof: e.Proof(target)},
	}
}

// SliverRoot computes the Merkle root over all n symbols of a sliver.
func (c *Codec) SliverRoot(s *Sliver) (Digest, error) {
	if err := s.validate(c.p); err != nil {
		return Digest{}, err
	}
	w := c.getScratch()
	defer c.scratch.Put(w)
	mem := w.bytes(c.p.n * (merkle.Size + s.SymbolSize))
	leaves, symbols := mem[:c.p.n*merkle.Size], mem[c.p.n*merkle.Size:]
	if err := c.expand(w, s, symbols, leaves); err != nil {
		return Digest{}, err
	}
	return merkle.Reduce(leaves), nil
}

// VerifySliver checks a sliver against metadata that the caller has matched with the blob id. ErrInvalid: a shape that no
// sliver of the blob has; ErrVerify: other bytes than the committed ones.
func (c *Codec) VerifySliver(m *Metadata, s *Sliver) error {
	if err := c.checkShape(m, s); err != nil {
		return err
	}
	root, err := c.SliverRoot(s)
	if err != nil {
		return err
	}
	if root != m.SliverHash(s.Axis, s.Index) {
		return fmt.Errorf("%s sliver %d: %w", s.Axis, s.Index, ErrVerify)
	}
	return nil
}

// symbolSize checks that the metadata is one for c's number of shards and returns the blob's symbol size.
func (c *Codec) symbolSize(m *Metadata) (int, error) {
	if len(m.Hashes) != c.p.n {
		return 0, fmt.Errorf("%w: metadata of %d pairs, the codec is for %d shards", ErrInvalid, len(m.Hashes), c.p.n)
	}
	return c.p.SymbolSize(m.Length)
}

func (c *Codec) checkShape(m *Metadata, s *Sliver) error {
	size, err := c.symbolSize(m)
	if err != nil {
		return err
	}
	if s.SymbolSize != size {
		return fmt.Errorf("%w: %s sliver %d has symbols of %d bytes, the blob of %d", ErrInvalid, s.Axis, s.Index, s.SymbolSize, size)
	}
	return s.validate(c.p)
}
