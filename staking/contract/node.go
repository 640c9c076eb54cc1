package contract

import (
	"crypto/ed25519"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking/bls"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// NodeRegistration is what a node registers with.
type NodeRegistration struct {
	Name         string // 1 to 64 bytes
	PeerKey      ed25519.PublicKey
	PeerProof    []byte // PeerKey's signature of PeerMessage
	Key          bls.PublicKey
	KeyProof     bls.Signature // Key's signature of staking.Possession for the sender in the present epoch
	Payout       ptb.Address   // where commission and claims are paid
	CommissionBP uint64
	Votes        object.Votes
}

// RegisterNode registers a storage node of the sender. It gives a NodeCap.
func (d *Deployment) RegisterNode(b *ptb.Builder, r NodeRegistration) ptb.Argument {
	key, proof := r.Key.Bytes(), r.KeyProof.Bytes()
	return d.Floe(b, "staking", "register_node", d.Objects.Staking.Write(b), b.Pure(r.Name), b.Pure([]byte(r.PeerKey)), b.Pure(r.PeerProof),
		b.Pure(key[:]), b.Pure(proof[:]), b.Pure(r.Payout), b.U64(r.CommissionBP),
		b.U64(r.Votes.StoragePrice), b.U64(r.Votes.WritePrice), b.U64(r.Votes.ShardSize))
}

// SetPeerKey gives a node another peer id at once. The proof is of the sender and the node's payout address.
func (d *Deployment) SetPeerKey(b *ptb.Builder, nodeCap ptb.Argument, key ed25519.PublicKey, proof []byte) {
	d.Floe(b, "staking", "set_peer_key", d.Objects.Staking.Write(b), nodeCap, b.Pure([]byte(key)), b.Pure(proof))
}

// RotateKey gives a node another BLS key, from the next committee on that is not frozen yet.
func (d *Deployment) RotateKey(b *ptb.Builder, nodeCap ptb.Argument, key bls.PublicKey, proof bls.Signature) {
	raw, signature := key.Bytes(), proof.Bytes()
	d.Floe(b, "staking", "rotate_key", d.Objects.Staking.Write(b), nodeCap, b.Pure(raw[:]), b.Pure(signature[:]))
}

// SetAddresses sets a node's bootstrap multiaddrs, at most 4 of at most 256 bytes.
func (d *Deployment) SetAddresses(b *ptb.Builder, nodeCap ptb.Argument, addresses []string) {
	d.Floe(b, "staking", "set_addresses", d.Objects.Staking.Write(b), nodeCap, b.Pure(addresses))
}

// SetPayout sets where a node's commission and claims are paid.
func (d *Deployment) SetPayout(b *ptb.Builder, nodeCap ptb.Argument, payout ptb.Address) {
	d.Floe(b, "staking", "set_payout", d.Objects.Staking.Write(b), nodeCap, b.Pure(payout))
}

// SetVotes sets a node's votes on prices and the size of a shard, which stay until they are changed.
func (d *Deployment) SetVotes(b *ptb.Builder, nodeCap ptb.Argument, v object.Votes) {
	d.Floe(b, "staking", "set_votes", d.Objects.Staking.Write(b), nodeCap, b.U64(v.StoragePrice), b.U64(v.WritePrice), b.U64(v.ShardSize))
}

// SetCommission sets a node's commission from the rewards of the epoch after next on.
func (d *Deployment) SetCommission(b *ptb.Builder, nodeCap ptb.Argument, bp uint64) {
	d.Floe(b, "staking", "set_commission", d.Objects.Staking.Write(b), nodeCap, b.U64(bp))
}

// SetHalted refuses new stake, or takes it again.
func (d *Deployment) SetHalted(b *ptb.Builder, nodeCap ptb.Argument, halted bool) {
	d.Floe(b, "staking", "set_halted", d.Objects.Staking.Write(b), nodeCap, b.Pure(halted))
}

// Withdraw takes a node out of the next committee that is not frozen yet.
func (d *Deployment) Withdraw(b *ptb.Builder, nodeCap ptb.Argument) {
	d.Floe(b, "staking", "withdraw", d.Objects.Staking.Write(b), nodeCap)
}

// Reapply brings a node back that has withdrawn or was suspended.
func (d *Deployment) Reapply(b *ptb.Builder, nodeCap ptb.Argument) {
	d.Floe(b, "staking", "reapply", d.Objects.Staking.Write(b), nodeCap)
}

// RegisterDenyList replaces a node's deny list: encoded bytes under a root.
func (d *Deployment) RegisterDenyList(b *ptb.Builder, nodeCap ptb.Argument, root codec.Digest, size uint64) {
	d.Floe(b, "staking", "register_deny_list", d.Objects.Staking.Read(b), d.Objects.System.Write(b), nodeCap, b.Pure(root), b.U64(size))
}

// AttestTransfer says that a node has all shards of a record of the transfers.
func (d *Deployment) AttestTransfer(b *ptb.Builder, nodeCap ptb.Argument, record uint64) {
	d.Floe(b, "staking", "attest_transfer", d.Objects.Staking.Write(b), nodeCap, b.U64(record), d.Objects.Clock.Read(b))
}

// FailTransfer says that a node does not get the shards of a record of the transfers.
func (d *Deployment) FailTransfer(b *ptb.Builder, nodeCap ptb.Argument, record uint64) {
	d.Floe(b, "staking", "fail_transfer", d.Objects.Staking.Write(b), nodeCap, b.U64(record), d.Objects.Clock.Read(b))
}

// RequestShardRecovery says that a node lost shards (ascending), for which it owes.
func (d *Deployment) RequestShardRecovery(b *ptb.Builder, nodeCap ptb.Argument, shards []uint16) {
	d.Floe(b, "staking", "request_shard_recovery", d.Objects.Staking.Write(b), nodeCap, b.Pure(shards))
}

// ShardsRecovered says that a node has recovered shards (ascending).
func (d *Deployment) ShardsRecovered(b *ptb.Builder, nodeCap ptb.Argument, shards []uint16) {
	d.Floe(b, "staking", "shards_recovered", d.Objects.Staking.Write(b), nodeCap, b.Pure(shards))
}

// Report is what a member says at the end of an epoch, in bitmaps over the committee as a Certificate has them.
type Report struct {
	ChallengedBy []byte // who challenged the node
	Challenged   []byte // whom the node challenged
	Passed       []byte // who of these passed
}

// SendReport reports.
func (d *Deployment) SendReport(b *ptb.Builder, nodeCap ptb.Argument, r Report) {
	d.Floe(b, "staking", "report", d.Objects.Staking.Write(b), nodeCap, b.Pure(r.ChallengedBy), b.Pure(r.Challenged), b.Pure(r.Passed), d.Objects.Clock.Read(b))
}

// ProposePenalties proposes penalties for the next epoch.
func (d *Deployment) ProposePenalties(b *ptb.Builder, nodeCap ptb.Argument, p object.Penalties) {
	d.Floe(b, "staking", "propose_penalties", d.Objects.Staking.Write(b), nodeCap, b.U64(p.RecoverySender), b.U64(p.RecoveryReceiver),
		b.U64(p.FailAnswer), b.U64(p.FailIssue), d.Objects.Clock.Read(b))
}

// VotePenalties votes for a proposal of the epoch, or with nil for what is.
func (d *Deployment) VotePenalties(b *ptb.Builder, nodeCap ptb.Argument, proposal *uint64) {
	d.Floe(b, "staking", "vote_penalties", d.Objects.Staking.Write(b), nodeCap, ptb.Option(b, proposal), d.Objects.Clock.Read(b))
}
