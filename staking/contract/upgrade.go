package contract

import (
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// VoteUpgrade votes for the package of a digest, instead of what the node voted for earlier in the epoch.
func (d *Deployment) VoteUpgrade(b *ptb.Builder, nodeCap ptb.Argument, digest [32]byte) {
	d.Floe(b, "upgrade", "vote", d.Objects.UpgradeManager.Write(b), d.Objects.System.Read(b), nodeCap, b.Pure(digest[:]))
}

// AuthorizeUpgrade begins an upgrade for which a quorum voted. It gives a ticket.
func (d *Deployment) AuthorizeUpgrade(b *ptb.Builder, digest [32]byte) ptb.Argument {
	return d.Floe(b, "upgrade", "authorize", d.Objects.UpgradeManager.Write(b), d.Objects.System.Read(b), b.Pure(digest[:]))
}

// AuthorizeEmergencyUpgrade begins an upgrade without votes. It gives a ticket.
func (d *Deployment) AuthorizeEmergencyUpgrade(b *ptb.Builder, emergencyCap ptb.Argument, digest [32]byte) ptb.Argument {
	return d.Floe(b, "upgrade", "authorize_emergency", d.Objects.UpgradeManager.Write(b), emergencyCap, b.Pure(digest[:]))
}

// CommitUpgrade ends an upgrade with its receipt.
func (d *Deployment) CommitUpgrade(b *ptb.Builder, receipt ptb.Argument) {
	d.Floe(b, "upgrade", "commit", d.Objects.UpgradeManager.Write(b), d.Objects.System.Read(b), receipt)
}

// Upgrade publishes the next version of package floe, linked as Set.Link gives it, with a ticket for its digest.
func (d *Deployment) Upgrade(b *ptb.Builder, next move.Package, ticket ptb.Argument) {
	d.CommitUpgrade(b, b.Upgrade(d.Packages.FloeLatest, ticket, Modules(next), Dependencies(next)))
}

// BurnEmergencyCap gives up the right to upgrade without votes.
func (d *Deployment) BurnEmergencyCap(b *ptb.Builder, emergencyCap ptb.Argument) {
	d.Floe(b, "upgrade", "burn_emergency_cap", emergencyCap)
}

// VotePause votes to pause or to resume reserving and registering.
func (d *Deployment) VotePause(b *ptb.Builder, nodeCap ptb.Argument, paused bool) {
	d.Floe(b, "upgrade", "vote_pause", d.Objects.UpgradeManager.Write(b), d.Objects.System.Write(b), nodeCap, b.Pure(paused))
}

// Migrate brings the shared objects to the version of the package that is called, after an upgrade that changed them.
func (d *Deployment) Migrate(b *ptb.Builder) {
	d.Floe(b, "upgrade", "migrate", d.Objects.System.Write(b), d.Objects.Ledger.Write(b), d.Objects.Staking.Write(b))
}

// Parameters are what a network starts with. Prices are in FROST for a MiB of encoded data (storage: and epoch).
type Parameters struct {
	Shards        uint16
	FirstStartMS  uint64 // when the first epoch begins, or later, when there are enough nodes with stake
	Timing        object.Timing
	Economics     object.Economics
	Penalties     object.Penalties
	Prices        object.Votes
	Horizon       uint32 // epochs that can be reserved, the present one included
	WriteFactorBP uint64 // of the write price that a writer pays, deposit included
}

// StartNetwork shares the objects of a network, with the caps that publishing package floe gave. It gives an
// EmergencyUpgradeCap.
func (d *Deployment) StartNetwork(b *ptb.Builder, genesisCap, upgradeCap ptb.Argument, p Parameters) ptb.Argument {
	return d.Floe(b, "genesis", "start", genesisCap, upgradeCap, b.Pure(p.Shards), b.U64(p.FirstStartMS),
		d.timing(b, p.Timing), d.economics(b, p.Economics), d.penalties(b, p.Penalties),
		b.U64(p.Prices.StoragePrice), b.U64(p.Prices.WritePrice), b.U64(p.Prices.ShardSize), b.Pure(p.Horizon), b.U64(p.WriteFactorBP))
}

func (d *Deployment) timing(b *ptb.Builder, t object.Timing) ptb.Argument {
	return d.Floe(b, "params", "new_timing", b.U64(t.Duration), b.U64(t.Cutoff), b.U64(t.ChallengePoint), b.U64(t.AnswerWindow),
		b.U64(t.ReportWindow), b.U64(t.SyncDeadline), b.U64(t.RecoveryDeadline))
}

func (d *Deployment) economics(b *ptb.Builder, e object.Economics) ptb.Argument {
	return d.Floe(b, "params", "new_economics", b.U64(e.FloorBP), b.U64(e.InterestBP), b.U64(e.ToleranceBP), b.U64(e.MaxPenaltyBP),
		b.U64(e.MinNodes), b.U64(e.MaxNodes))
}

func (d *Deployment) penalties(b *ptb.Builder, p object.Penalties) ptb.Argument {
	return d.Floe(b, "params", "new_penalties", b.U64(p.RecoverySender), b.U64(p.RecoveryReceiver), b.U64(p.FailAnswer), b.U64(p.FailIssue))
}

// CreateLightNodes makes the light nodes of the network, with a bond in FROST, blames in an epoch, and the milliseconds
// from leaving to the return of the bond. It gives the object's id.
func (d *Deployment) CreateLightNodes(b *ptb.Builder, lightNodesCap ptb.Argument, bond, blames, leaveMS uint64) ptb.Argument {
	return d.Reads(b, "light_node", "create", lightNodesCap, d.Objects.System.Read(b), b.U64(bond), b.U64(blames), b.U64(leaveMS))
}

// CreateDefaultLightNodes is CreateLightNodes with a bond of 10 WAL and 16 blames.
func (d *Deployment) CreateDefaultLightNodes(b *ptb.Builder, lightNodesCap ptb.Argument, leaveMS uint64) ptb.Argument {
	return d.Reads(b, "light_node", "create_default", lightNodesCap, d.Objects.System.Read(b), b.U64(leaveMS))
}

// Modules are the modules of a package in the binary format.
func Modules(p move.Package) [][]byte {
	list := make([][]byte, len(p.Modules))
	for i, m := range p.Modules {
		list[i] = m.Bytecode
	}
	return list
}

// Dependencies are the packages that a package uses.
func Dependencies(p move.Package) []ptb.Address {
	list := make([]ptb.Address, len(p.Dependencies))
	for i, a := range p.Dependencies {
		list[i] = ptb.Address(a)
	}
	return list
}
