package contract

import (
	"encoding/binary"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/staking/sui/ptb"
)

// Domains keep what ed25519 keys sign for the contracts apart from whatever else they sign.
const (
	peerDomain    = "floe-peer-v1"
	lightDomain   = "floe-light-v1"
	receiptDomain = "floe-receipt-v1"
)

// Tags of the calls that light nodes sign.
const (
	tagSetPayout = 1
	tagLeave     = 2
	tagBlame     = 3
)

// PeerMessage is what a peer key signs to be registered by a sender with a payout address.
func (d *Deployment) PeerMessage(sender, payout ptb.Address) []byte {
	b := append([]byte(peerDomain), d.Objects.System.ID[:]...)
	return append(append(b, sender[:]...), payout[:]...)
}

func (d *Deployment) callMessage(tag byte, nonce uint64) []byte {
	b := append([]byte(lightDomain), d.Objects.LightNodes.ID[:]...)
	return binary.LittleEndian.AppendUint64(append(b, tag), nonce)
}

// SetPayoutMessage is what a light node signs to be paid elsewhere. Nonces are those of view.LightNodeNonce.
func (d *Deployment) SetPayoutMessage(nonce uint64, payout ptb.Address) []byte {
	return append(d.callMessage(tagSetPayout, nonce), payout[:]...)
}

// LeaveMessage is what a light node signs to leave.
func (d *Deployment) LeaveMessage(nonce uint64) []byte { return d.callMessage(tagLeave, nonce) }

// BlameMessage is what a light node signs to blame a storage node.
func (d *Deployment) BlameMessage(nonce uint64, l Blame) []byte {
	b := append(append(d.callMessage(tagBlame, nonce), l.Node[:]...), l.Blob[:]...)
	return binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, l.Row), l.Column)
}

// ReceiptMessage is what a bounty's receipt key signs for a helper that sent symbols.
func ReceiptMessage(bounty, payout ptb.Address, symbols []Symbol) []byte {
	b := append(append([]byte(receiptDomain), bounty[:]...), payout[:]...)
	b = binary.AppendUvarint(b, uint64(len(symbols)))
	for _, s := range symbols {
		b = binary.LittleEndian.AppendUint32(b, s)
	}
	return b
}

// Commitment is what a helper commits to for a symbol: nobody knows which symbol it has before it is revealed.
func Commitment(symbol []byte, payout ptb.Address, nonce [32]byte) [32]byte {
	b := append(append(append([]byte(nil), symbol...), payout[:]...), nonce[:]...)
	return blake2b.Sum256(b)
}
