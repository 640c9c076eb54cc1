package contracttest_test

import (
	"errors"
	"testing"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/contracttest"
	"github.com/floe-network/floe/staking/contract/event"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func TestChallenge(t *testing.T) {
	config := contracttest.Config(shards)
	n := contracttest.New(t, 4, config)
	d := n.Deployment
	n.Stored(false, 3)
	n.Refused(n.User, "epochs", "EOutsideChallengeSpan", d.StartChallenge)
	n.AdvanceTo(n.At(config.Timing.ChallengePoint))
	if _, err := n.Try(n.User, func(b *ptb.Builder) {
		d.StartChallenge(b)
		d.Settle(b, n.Nodes[0].ID)
	}); !errors.Is(err, transaction.ErrRefused) {
		t.Errorf("with a call after it: %v", err)
	}
	started := contracttest.Event[event.ChallengeStarted](n.Send(n.User, d.StartChallenge))
	if started.Epoch != 1 || len(started.Seed) != 32 || started.Blobs != 1 {
		t.Fatalf("%+v", started)
	}
	n.Refused(n.User, "challenge", "EStarted", d.StartChallenge)

	// The first member has a certificate, the others pass by reports, but for the last, whom nobody passes.
	members := n.Members()
	audited, faulty := members[0], members[3]
	passed := staking.AuditPassed{Epoch: 1, System: staking.ObjectID(d.Objects.System.ID), Node: staking.NodeID(audited.ID), Seed: [32]byte(started.Seed)}
	submit := func(node *contracttest.Node, message []byte, weight int) func(*ptb.Builder) {
		c := n.Certify(message, weight)
		return func(b *ptb.Builder) { d.SubmitAuditCertificate(b, node.ID, c) }
	}
	n.Refused(n.User, "committee", "ENotEnough", submit(audited, passed.Bytes(), n.Quorum()-3))
	n.Refused(n.User, "message", "EWrongBody", submit(faulty, passed.Bytes(), n.Quorum()))
	result := n.Send(n.User, submit(audited, passed.Bytes(), n.Quorum()))
	if e := contracttest.Event[event.AuditCertified](result); e.NodeID != audited.ID {
		t.Errorf("%+v", e)
	}
	report := contract.Report{ChallengedBy: []byte{0b1111}, Challenged: []byte{0b0111}, Passed: []byte{0b0110}}
	send := func(node *contracttest.Node) func(*ptb.Builder) {
		return func(b *ptb.Builder) { d.SendReport(b, n.Owned(b, node.Cap), report) }
	}
	n.Refused(faulty.Key, "epochs", "EOutsideReportWindow", send(faulty))
	n.AdvanceTo(n.At(config.Timing.Duration - config.Timing.ReportWindow))
	for _, node := range members {
		r := n.Send(node.Key, send(node))
		if e := contracttest.Event[event.Reported](r); e.NodeID != node.ID || e.ChallengedBy[0] != 0b1111 || e.Challenged[0] != 0b0111 || e.Passed[0] != 0b0110 {
			t.Errorf("%+v", e)
		}
	}
	state := contracttest.Look(n.Chain, view.Challenge)
	if !state.Certified[0] || state.Certified[3] || !state.Reported[3] || int(state.Reporters) != shards || state.Blobs != 1 || string(state.Seed) != string(started.Seed) {
		t.Errorf("%+v", state)
	}
	weight := contracttest.Look(n.Chain, view.Committee).Members[3].Weight
	closed := contracttest.Event[event.EpochClosed](n.EndEpoch())
	for i, line := range closed.Lines {
		want := uint64(0)
		if i == 3 {
			want = 5 * contracttest.Frost * uint64(weight)
		}
		if line.NodeID != members[i].ID || line.Penalty != want || (line.Reward == 0) != (i == 3) || line.Suspended {
			t.Errorf("%d: %+v, want a penalty of %d", i, line, want)
		}
	}
	if p := pool(n, faulty.ID); p.Equity() != 1000*contracttest.Frost-5*contracttest.Frost*uint64(weight) || p.Debts.Owed().Uint64() != 5*contracttest.Frost*uint64(weight) {
		t.Errorf("equity %d, %s owed", p.Equity(), p.Debts.Owed())
	}
}

func TestGovernance(t *testing.T) {
	n := contracttest.New(t, 4, contracttest.Config(shards))
	d, members := n.Deployment, n.Members()
	wanted := object.Penalties{RecoverySender: 6 * contracttest.Frost, RecoveryReceiver: 2 * contracttest.Frost, FailAnswer: 7 * contracttest.Frost, FailIssue: contracttest.Frost}
	propose := func(p object.Penalties) func(*ptb.Builder) {
		return func(b *ptb.Builder) { d.ProposePenalties(b, n.Owned(b, members[0].Cap), p) }
	}
	excessive := wanted
	excessive.FailIssue = 3 * contracttest.Frost
	n.Refused(members[0].Key, "params", "EPenaltyGrowth", propose(excessive))
	proposed := contracttest.Event[event.PenaltiesProposed](n.Send(members[0].Key, propose(wanted)))
	if proposed.Proposal != 0 || proposed.NodeID != members[0].ID || proposed.Penalties != wanted {
		t.Errorf("%+v", proposed)
	}
	vote := func(i int, proposal *uint64) func(*ptb.Builder) {
		return func(b *ptb.Builder) { d.VotePenalties(b, n.Owned(b, members[i].Cap), proposal) }
	}
	none := uint64(1)
	n.Refused(members[1].Key, "governance", "ENoProposal", vote(1, &none))
	for i := range 3 {
		r := n.Send(members[i].Key, vote(i, &proposed.Proposal))
		if e := contracttest.Event[event.PenaltiesVoted](r); e.Proposal == nil || *e.Proposal != 0 || e.Stake != 1000*contracttest.Frost {
			t.Errorf("%+v", e)
		}
	}
	if e := contracttest.Event[event.PenaltiesVoted](n.Send(members[3].Key, vote(3, nil))); e.Proposal != nil {
		t.Errorf("%+v", e)
	}
	g := contracttest.Look(n.Chain, view.Governance)
	if len(g.Proposals) != 1 || g.Proposals[0].Stake != 3000*contracttest.Frost || g.Cast != 4000*contracttest.Frost || !g.Voted[3] || g.Adopted != nil {
		t.Errorf("%+v", g)
	}
	n.NextEpoch()
	if got := contracttest.Look(n.Chain, view.Penalties); got != wanted {
		t.Errorf("%+v", got)
	}
}

func TestPause(t *testing.T) {
	n := contracttest.New(t, 4, contracttest.Config(shards))
	d := n.Deployment
	vote := func(node *contracttest.Node, paused bool) *contracttest.Result {
		return n.Send(node.Key, func(b *ptb.Builder) { d.VotePause(b, n.Owned(b, node.Cap), paused) })
	}
	for _, node := range n.Nodes {
		vote(node, true)
	}
	if !contracttest.Look(n.Chain, view.Paused) {
		t.Error("sales go on")
	}
	n.Refused(n.User, "system", "EPaused", func(b *ptb.Builder) {
		coin := d.MintWAL(b, contracttest.Frost)
		b.Transfer(n.User.Address(), d.ReserveSpace(b, 1, 1, coin), coin)
	})
	for _, node := range n.Nodes {
		vote(node, false)
	}
	if contracttest.Look(n.Chain, view.Paused) {
		t.Error("sales are paused")
	}
}

func TestUpgrades(t *testing.T) {
	n := contracttest.New(t, 4, contracttest.Config(shards))
	d := n.Deployment
	next, err := n.Set.Link("floe", map[string]move.Address{"wal": move.Address(d.Packages.Wal)})
	if err != nil {
		t.Fatal(err)
	}
	upgrade := func(b *ptb.Builder) { d.Upgrade(b, next, d.AuthorizeUpgrade(b, next.Digest)) }
	n.Refused(n.User, "upgrade", "ENoQuorum", upgrade)
	for _, node := range n.Nodes {
		n.Send(node.Key, func(b *ptb.Builder) { d.VoteUpgrade(b, n.Owned(b, node.Cap), next.Digest) })
	}
	r := n.Send(n.User, upgrade)
	upgraded := contracttest.Event[event.ContractUpgraded](r)
	if upgraded.Version != 2 || upgraded.PackageID == d.Packages.Floe {
		t.Fatalf("%+v", upgraded)
	}
	d.Packages.FloeLatest = upgraded.PackageID
	n.Stored(false, 1) // by the new package, with the types of the old
	n.Refused(n.User, "system", "EWrongVersion", d.Migrate)

	// And without votes, until the right to that is given up.
	emergency := n.Publication.EmergencyCap
	n.Send(n.User, func(b *ptb.Builder) {
		d.Upgrade(b, next, d.AuthorizeEmergencyUpgrade(b, n.Owned(b, emergency), next.Digest))
	})
	result := n.Send(n.User, func(b *ptb.Builder) { d.BurnEmergencyCap(b, n.Owned(b, emergency)) })
	if e := contracttest.Event[event.EmergencyUpgradeCapBurned](result); e.Manager != d.Objects.UpgradeManager.ID {
		t.Errorf("%+v", e)
	}
}
