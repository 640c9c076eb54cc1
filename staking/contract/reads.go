package contract

import (
	"crypto/ed25519"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Symbol names a symbol of a blob: row + 65,536 x column.
type Symbol = uint32

// SymbolAt names the symbol of a row and a column.
func SymbolAt(row, column uint16) Symbol { return uint32(row) | uint32(column)<<16 }

// Offer is what a bounty is posted with.
type Offer struct {
	Blob       codec.BlobID
	Rows       []uint16 // ascending; rows and columns 1 to 64 in all
	Columns    []uint16 // ascending
	Price      uint64   // FROST for a symbol
	MaxSymbols uint64   // that are paid for
	ReceiptKey ed25519.PublicKey
	DeadlineMS uint64 // from which on anyone may close it, at most 90 days away
}

// PostBounty posts a bounty, with a coin of exactly price x symbols. It gives the bounty's id.
func (d *Deployment) PostBounty(b *ptb.Builder, o Offer, payment ptb.Argument) ptb.Argument {
	return d.Reads(b, "bounty", "post_bounty", d.Objects.System.Read(b), b.Pure(o.Blob), b.Pure(o.Rows), b.Pure(o.Columns), b.U64(o.Price),
		b.U64(o.MaxSymbols), b.Pure([]byte(o.ReceiptKey)), payment, b.U64(o.DeadlineMS), d.Objects.Clock.Read(b))
}

// ListHelper names a helper that is to be paid for symbols when all else is.
func (d *Deployment) ListHelper(b *ptb.Builder, bounty SharedObject, payout ptb.Address, symbols []Symbol) {
	d.Reads(b, "bounty", "list_helper", bounty.Write(b), b.Pure(payout), b.Pure(symbols))
}

// CloseBounty opens the dispute window.
func (d *Deployment) CloseBounty(b *ptb.Builder, bounty SharedObject) {
	d.Reads(b, "bounty", "close", bounty.Write(b), d.Objects.Clock.Read(b))
}

// ClaimBounty brings a receipt for symbols: the signature of ReceiptMessage by the bounty's receipt key.
func (d *Deployment) ClaimBounty(b *ptb.Builder, bounty SharedObject, payout ptb.Address, symbols []Symbol, signature []byte) {
	d.Reads(b, "bounty", "claim", bounty.Write(b), b.Pure(payout), b.Pure(symbols), b.Pure(signature), d.Objects.Clock.Read(b))
}

// CommitSymbols commits to symbols by their Commitments, with a coin of exactly the deposits. It gives the number of the
// commitment, a u64.
func (d *Deployment) CommitSymbols(b *ptb.Builder, bounty SharedObject, symbols []Symbol, commitments [][32]byte, deposit ptb.Argument) ptb.Argument {
	hashes := make([][]byte, len(commitments))
	for i := range commitments {
		hashes[i] = commitments[i][:]
	}
	return d.Reads(b, "bounty", "commit", bounty.Write(b), b.Pure(symbols), b.Pure(hashes), deposit, d.Objects.Clock.Read(b))
}

// Reveal is a symbol that was committed to, with its proof.
type Reveal struct {
	Commitment uint64
	Item       uint64 // number of the symbol in the commitment
	Payout     ptb.Address
	Nonce      [32]byte
	Symbol     []byte
	Proof      SymbolProof
}

// SymbolProof proves a symbol of a blob. Paths are from the leaf up, exactly as long as the tree is high.
type SymbolProof struct {
	Axis       codec.Axis   // of the sliver in whose tree the symbol is
	SymbolPath codec.Proof  // to the sliver's root
	Twin       codec.Digest // root of the other sliver of the pair
	PairPath   codec.Proof  // to the blob's root
	BlobSize   uint64
}

// NewSymbolProof makes the proof of a symbol of a sliver, which the path leads to the root of. The sliver must be one of the
// metadata's blob.
func NewSymbolProof(m *codec.Metadata, a codec.Axis, sliver int, path codec.Proof) SymbolProof {
	pair := sliver
	twin := m.Hashes[pair].Secondary
	if a == codec.Secondary {
		pair = len(m.Hashes) - 1 - sliver
		twin = m.Hashes[pair].Primary
	}
	return SymbolProof{Axis: a, SymbolPath: path, Twin: twin, PairPath: m.PairProof(pair), BlobSize: m.Length}
}

// maxPart is the most bytes of a part of a symbol, because Sui takes pure arguments of at most 16 KiB.
const maxPart = 15_360

// RevealSymbol reveals a symbol.
func (d *Deployment) RevealSymbol(b *ptb.Builder, bounty SharedObject, r Reveal) {
	var parts []ptb.Argument
	for symbol := r.Symbol; len(symbol) > 0; {
		n := min(len(symbol), maxPart)
		parts = append(parts, b.Pure(symbol[:n]))
		symbol = symbol[n:]
	}
	proof := d.symbolProof(b, r.Proof)
	d.Reads(b, "bounty", "reveal", bounty.Write(b), b.U64(r.Commitment), b.U64(r.Item), b.Pure(r.Payout), b.Pure(r.Nonce[:]),
		b.Vector(ptb.VectorOf(ptb.TypeTag{Kind: ptb.U8}), parts...), proof, d.Objects.Clock.Read(b))
}

func (d *Deployment) symbolProof(b *ptb.Builder, p SymbolProof) ptb.Argument {
	return d.Reads(b, "symbol_proof", "new", b.Pure(uint8(p.Axis)), b.Pure(digests(p.SymbolPath)), b.Pure(p.Twin[:]), b.Pure(digests(p.PairPath)), b.U64(p.BlobSize))
}

func digests(path codec.Proof) [][]byte {
	list := make([][]byte, len(path))
	for i := range path {
		list[i] = path[i][:]
	}
	return list
}

// SettleBounty pays at most so many (1 to 100) of the queued payouts.
func (d *Deployment) SettleBounty(b *ptb.Builder, bounty SharedObject, payouts uint64) {
	d.Reads(b, "bounty", "settle", bounty.Write(b), b.U64(payouts), d.Objects.Clock.Read(b))
}

// FinishBounty ends a bounty: what is left goes to its poster.
func (d *Deployment) FinishBounty(b *ptb.Builder, bounty SharedObject) {
	d.Reads(b, "bounty", "finish", bounty.Write(b), d.Objects.Treasury.Write(b), d.Objects.Clock.Read(b))
}

// RegisterLightNode registers a light node, with the signature of PeerMessage by its key for the sender, and a coin of
// exactly the bond. It gives the nonce of its first call, a u64.
func (d *Deployment) RegisterLightNode(b *ptb.Builder, key ed25519.PublicKey, signature []byte, payout ptb.Address, bond ptb.Argument) ptb.Argument {
	return d.Reads(b, "light_node", "register_light_node", d.Objects.LightNodes.Write(b), b.Pure([]byte(key)), b.Pure(signature), b.Pure(payout), bond)
}

// SetLightNodePayout sends a light node's signed SetPayoutMessage.
func (d *Deployment) SetLightNodePayout(b *ptb.Builder, key ed25519.PublicKey, signature []byte, payout ptb.Address) {
	d.Reads(b, "light_node", "set_payout", d.Objects.LightNodes.Write(b), b.Pure([]byte(key)), b.Pure(signature), b.Pure(payout))
}

// LeaveLightNode sends a light node's signed LeaveMessage.
func (d *Deployment) LeaveLightNode(b *ptb.Builder, key ed25519.PublicKey, signature []byte) {
	d.Reads(b, "light_node", "leave", d.Objects.LightNodes.Write(b), b.Pure([]byte(key)), b.Pure(signature), d.Objects.Clock.Read(b))
}

// ReturnBond returns the bond of a light node that has left.
func (d *Deployment) ReturnBond(b *ptb.Builder, key ed25519.PublicKey) {
	d.Reads(b, "light_node", "return_bond", d.Objects.LightNodes.Write(b), b.Pure([]byte(key)), d.Objects.Clock.Read(b))
}

// Blame names a symbol that a storage node did not give.
type Blame struct {
	Node        ptb.Address
	Blob        codec.BlobID
	Row, Column uint16
}

// SendBlame sends a light node's signed BlameMessage.
func (d *Deployment) SendBlame(b *ptb.Builder, key ed25519.PublicKey, signature []byte, l Blame) {
	d.Reads(b, "light_node", "blame", d.Objects.LightNodes.Write(b), d.Objects.System.Read(b), d.Objects.Ledger.Read(b), b.Pure([]byte(key)), b.Pure(signature),
		b.Pure(l.Node), b.Pure(l.Blob), b.Pure(l.Row), b.Pure(l.Column))
}
