package contracttest_test

import (
	"crypto/ed25519"
	"slices"
	"testing"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/contracttest"
	"github.com/floe-network/floe/staking/contract/event"
	"github.com/floe-network/floe/staking/contract/genesis"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func pool(n *contracttest.Network, node ptb.Address) object.Pool {
	n.TB.Helper()
	return contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[object.Pool] {
		d.Settle(b, node)
		return view.Pool(d, b, node)
	})
}

func info(n *contracttest.Network, node ptb.Address) object.NodeInfo {
	n.TB.Helper()
	return contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[object.NodeInfo] {
		return view.NodeInfo(d, b, node)
	})
}

func TestNodes(t *testing.T) {
	n := contracttest.Start(t, contracttest.Config(shards))
	d := n.Deployment
	node, r := n.Candidate(30)
	r.CommissionBP, r.Votes = 7, object.Votes{StoragePrice: 11, WritePrice: 12, ShardSize: 13}
	register := func(r contract.NodeRegistration) func(*ptb.Builder) {
		return func(b *ptb.Builder) { b.Transfer(node.Address(), d.RegisterNode(b, r)) }
	}
	wrong := r
	wrong.PeerProof = slices.Clone(r.PeerProof)
	wrong.PeerProof[0] ^= 1
	n.Refused(node.Key, "peer", "EPeerProof", register(wrong))
	wrong = r
	wrong.KeyProof = n.Sign(node.BLS, []byte("something else"))
	n.Refused(node.Key, "committee", "EBadProof", register(wrong))
	n.Refused(n.User, "peer", "EPeerProof", register(r)) // the proof is the node's

	first := contracttest.Event[event.NodeUpdated](n.Send(node.Key, register(r)))
	got := info(n, first.NodeID)
	key, err := bls.ParseUncompressedPublicKey(got.Key)
	if err != nil || key.Bytes() != node.BLS.Public().Bytes() {
		t.Errorf("key %s, %v", key, err)
	}
	if !slices.Equal(got.PeerKey, r.PeerKey) || got.Name != r.Name || got.Payout != node.Address() || got.Votes != r.Votes || got.Halted || len(got.Addresses) != 0 {
		t.Errorf("%+v, registered with %+v", got, r)
	}
	if p := pool(n, first.NodeID); p.CommissionBP != 7 || p.NodeID != first.NodeID {
		t.Errorf("%+v", p)
	}
	node = n.Register(0, 1_000*contracttest.Frost)

	peer := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	secret, err := bls.ParseSecretKey(append(make([]byte, 31), 9))
	if err != nil {
		t.Fatal(err)
	}
	payout := ptb.ShortAddress(77)
	possession := staking.Possession{Epoch: n.Epoch(), Address: node.Address(), Key: secret.Public()}
	result := n.Send(node.Key, func(b *ptb.Builder) {
		nodeCap := n.Owned(b, node.Cap)
		d.SetPayout(b, nodeCap, payout)
		d.SetPeerKey(b, nodeCap, peer.Public().(ed25519.PublicKey), ed25519.Sign(peer, d.PeerMessage(node.Address(), payout)))
		d.RotateKey(b, nodeCap, secret.Public(), n.Sign(secret, possession.Bytes()))
		d.SetAddresses(b, nodeCap, []string{"/ip4/192.0.2.1/udp/4001/quic-v1", "/dns4/node.example/tcp/443/wss"})
		d.SetVotes(b, nodeCap, object.Votes{StoragePrice: 1, WritePrice: 2, ShardSize: 3})
		d.SetCommission(b, nodeCap, 2_000)
		d.SetHalted(b, nodeCap, true)
		d.Withdraw(b, nodeCap)
	})
	if e := contracttest.Event[event.CommissionChanged](result); e.CommissionBP != 2_000 || e.NodeID != node.ID {
		t.Errorf("%+v", e)
	}
	got = info(n, node.ID)
	if got.Payout != payout || !slices.Equal(got.PeerKey, peer.Public().(ed25519.PublicKey)) || len(got.Addresses) != 2 ||
		got.Votes != (object.Votes{StoragePrice: 1, WritePrice: 2, ShardSize: 3}) || !got.Halted || !got.Withdrawn {
		t.Errorf("%+v", got)
	}
	if key, err := bls.ParseUncompressedPublicKey(got.Key); err != nil || key.Bytes() != secret.Public().Bytes() {
		t.Errorf("key %s, %v", key, err)
	}
	n.Refused(n.User, "staking", "ENoNewStake", func(b *ptb.Builder) {
		b.Transfer(n.User.Address(), d.Stake(b, d.MintWAL(b, contracttest.Frost), node.ID))
	})
	n.Send(node.Key, func(b *ptb.Builder) { d.Reapply(b, n.Owned(b, node.Cap)) })
	if info(n, node.ID).Withdrawn {
		t.Error("it is still withdrawn")
	}
}

func TestStake(t *testing.T) {
	n := contracttest.New(t, 4, contracttest.Config(shards))
	d, node := n.Deployment, n.Nodes[0]
	stake := func(amount uint64) ptb.Address {
		t.Helper()
		return contracttest.Made[object.StakedWal](n.Send(n.User, func(b *ptb.Builder) {
			b.Transfer(n.User.Address(), d.Stake(b, d.MintWAL(b, amount), node.ID))
		}))
	}
	n.Refused(n.User, "staked_wal", "ETooLittle", func(b *ptb.Builder) {
		b.Transfer(n.User.Address(), d.Stake(b, d.MintWAL(b, contracttest.Frost-1), node.ID))
	})
	// One that is taken back, one in two parts that leaves, and own capital.
	cancelled, leaving := stake(5*contracttest.Frost), stake(20*contracttest.Frost)
	before := n.Balance(n.User.Address())
	n.Send(n.User, func(b *ptb.Builder) { b.Transfer(n.User.Address(), d.CancelStake(b, n.Owned(b, cancelled))) })
	if got := n.Balance(n.User.Address()) - before; got != 5*contracttest.Frost {
		t.Errorf("%d came back", got)
	}
	part := contracttest.Made[object.StakedWal](n.Send(n.User, func(b *ptb.Builder) {
		b.Transfer(n.User.Address(), d.SplitStake(b, n.Owned(b, leaving), 8*contracttest.Frost))
	}))
	n.Send(n.User, func(b *ptb.Builder) { d.JoinStake(b, n.Owned(b, leaving), n.Owned(b, part)) })
	own := n.Send(node.Key, func(b *ptb.Builder) {
		b.Transfer(node.Address(), d.StakeOwn(b, n.Owned(b, node.Cap), d.MintWAL(b, 30*contracttest.Frost)))
	})
	if s := contracttest.Get[object.StakedWal](n.Chain, contracttest.Made[object.StakedWal](own)); !s.Own || s.ActivationEpoch != 2 || s.NodeID != node.ID {
		t.Errorf("%+v", s)
	}
	p := pool(n, node.ID)
	if p.Equity() != 1000*contracttest.Frost || p.Waiting() != 50*contracttest.Frost || p.Own() != 30*contracttest.Frost {
		t.Errorf("equity %d, waiting %d, own %d", p.Equity(), p.Waiting(), p.Own())
	}
	next := func(d *contract.Deployment, b *ptb.Builder) view.View[uint64] { return view.NextStake(d, b, node.ID) }
	if got := contracttest.Look(n.Chain, next); got != 1050*contracttest.Frost {
		t.Errorf("%d count next", got)
	}
	closed := func(d *contract.Deployment, b *ptb.Builder) view.View[bool] { return view.Closed(d, b, node.ID) }
	if contracttest.Look(n.Chain, closed) {
		t.Error("the pool is closed")
	}

	n.Refused(n.User, "pool", "ENotActive", func(b *ptb.Builder) { d.Unstake(b, n.Owned(b, leaving)) })
	n.NextEpoch()
	unstake := n.Send(n.User, func(b *ptb.Builder) { d.Unstake(b, n.Owned(b, leaving)) })
	if e := contracttest.Event[event.LeaveRequested](unstake); e.LeaveEpoch != 3 || e.StakeID != leaving || e.Amount != 20*contracttest.Frost {
		t.Errorf("%+v", e)
	}
	// The epoch that it still sees brings a reward.
	n.Stored(false, 1)
	n.Refused(n.User, "pool", "ENotReleased", func(b *ptb.Builder) { b.Transfer(n.User.Address(), d.Redeem(b, n.Owned(b, leaving))) })
	n.NextEpoch()
	worth := contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[uint64] {
		d.Settle(b, node.ID)
		return view.Redeemable(d, b, n.Owned(b, leaving))
	})
	before = n.Balance(n.User.Address())
	result := n.Send(n.User, func(b *ptb.Builder) { b.Transfer(n.User.Address(), d.Redeem(b, n.Owned(b, leaving))) })
	if got := n.Balance(n.User.Address()) - before; got != worth || got <= 20*contracttest.Frost {
		t.Errorf("%d were paid, %d redeemable", got, worth)
	}
	if e := contracttest.Event[event.Redeemed](result); e.Paid != worth || e.Principal != 20*contracttest.Frost || e.Due != 0 {
		t.Errorf("%+v", e)
	}
	before = n.Balance(node.Address())
	n.Send(n.User, func(b *ptb.Builder) {
		d.Settle(b, node.ID)
		d.CollectCommission(b, node.ID)
	})
	if n.Balance(node.Address()) == before {
		t.Error("there is no commission")
	}
}

func TestCommitteesAndRewards(t *testing.T) {
	n := contracttest.New(t, 5, contracttest.Config(shards))
	d := n.Deployment
	roster, committee := contracttest.Look(n.Chain, view.Roster), contracttest.Look(n.Chain, view.Committee)
	sum := 0
	for i, m := range roster.Members {
		c := committee.Members[i]
		if m.NodeID != c.NodeID || len(m.Shards) != int(c.Weight) || !slices.Equal(m.Key, c.Key) || m.Stake != 1000*contracttest.Frost {
			t.Errorf("%+v and %+v", m, c)
		}
		key, err := bls.ParseUncompressedPublicKey(m.Key)
		if err != nil || key.Bytes() != n.Node(m.NodeID).BLS.Public().Bytes() {
			t.Errorf("member %d: %s, %v", i, key, err)
		}
		of := contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[[]uint16] { return view.ShardsOf(d, b, m.NodeID) })
		if !slices.Equal(of, m.Shards) {
			t.Errorf("shards %v, %v", of, m.Shards)
		}
		sum += len(m.Shards)
	}
	if sum != shards || len(roster.Members) != 5 || committee.Epoch != 1 || committee.NShards != shards {
		t.Errorf("%d shards of %d members in epoch %d", sum, len(roster.Members), committee.Epoch)
	}
	at := func(epoch uint32) *object.Roster {
		t.Helper()
		return contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[*object.Roster] {
			return view.RosterOf(d, b, epoch)
		})
	}
	if before, next := at(0), at(2); before == nil || len(before.Members) != 0 || next != nil {
		t.Errorf("%v before, %v next", before, next)
	}

	// A sixth node with more stake takes shards of the others, in the next epoch.
	n.Register(5, 3_000*contracttest.Frost)
	n.AdvanceTo(n.At(contracttest.Config(shards).Timing.Cutoff))
	if next := at(2); next == nil || len(next.Members) != 6 {
		t.Fatalf("next %v", next)
	}
	n.Stored(false, 1)
	result := n.EndEpoch()
	closed := contracttest.Event[event.EpochClosed](result)
	if closed.Epoch != 1 || closed.Pot == 0 || len(closed.Lines) != 5 {
		t.Errorf("%+v", closed)
	}
	if e := contracttest.Event[event.EpochChangeStart](result); e.Epoch != 2 {
		t.Errorf("%+v", e)
	}
	transfers := contracttest.Look(n.Chain, view.Transfers)
	if transfers.Epoch != 2 || transfers.Open == 0 || transfers.Open != uint64(len(transfers.Records)) || transfers.Done || len(transfers.Shards) != shards {
		t.Fatalf("%+v", transfers)
	}
	moved := transfers.Records[0]
	sender, receiver := n.Node(at(1).Members[moved.Sender].NodeID), n.Node(at(2).Members[moved.Receiver].NodeID)
	if moved.State != object.Waiting || moved.State.String() != "waiting" || receiver != n.Nodes[5] {
		t.Errorf("%+v", moved)
	}
	n.Refused(sender.Key, "transfers", "ENotReceiver", func(b *ptb.Builder) { d.AttestTransfer(b, n.Owned(b, sender.Cap), 0) })
	failed := n.Send(receiver.Key, func(b *ptb.Builder) { d.FailTransfer(b, n.Owned(b, receiver.Cap), 0) })
	if e := contracttest.Event[event.TransferFailed](failed); e.Sender != sender.ID || e.Receiver != receiver.ID || !slices.Equal(e.Shards, moved.Shards) {
		t.Errorf("%+v", e)
	}
	n.AttestAll()
	if transfers = contracttest.Look(n.Chain, view.Transfers); transfers.Open != 0 || !transfers.Done || transfers.Records[0].State != object.Attested {
		t.Errorf("%+v", transfers)
	}

	// A lost disk.
	lost := moved.Shards
	result = n.Send(receiver.Key, func(b *ptb.Builder) { d.RequestShardRecovery(b, n.Owned(b, receiver.Cap), lost) })
	charged := contracttest.Event[event.PenaltyCharged](result)
	if charged.NodeID != receiver.ID || charged.Burn+charged.Shared != 5*contracttest.Frost*uint64(len(lost)) {
		t.Errorf("%+v", charged)
	}
	result = n.Send(receiver.Key, func(b *ptb.Builder) { d.ShardsRecovered(b, n.Owned(b, receiver.Cap), lost) })
	if e := contracttest.Event[event.ShardsReceived](result); !slices.Equal(e.Shards, lost) {
		t.Errorf("%+v", e)
	}
	n.Send(n.User, func(b *ptb.Builder) {
		coin := d.MintWAL(b, 100*contracttest.Frost)
		d.PayDebt(b, receiver.ID, coin)
		b.Transfer(n.User.Address(), coin)
	})
	claim := func(d *contract.Deployment, b *ptb.Builder) view.View[uint64] {
		return view.Claimable(d, b, receiver.ID, charged.Claim, n.Nodes[1].ID)
	}
	due := contracttest.Look(n.Chain, claim)
	before := n.Balance(n.Nodes[1].Address())
	n.Send(n.User, func(b *ptb.Builder) { d.CollectClaim(b, receiver.ID, charged.Claim, n.Nodes[1].ID) })
	if got := n.Balance(n.Nodes[1].Address()) - before; got != due || due == 0 {
		t.Errorf("%d were paid, %d due", got, due)
	}
	result = n.Send(n.User, func(b *ptb.Builder) { d.BurnPenalties(b) })
	if e := contracttest.Event[event.PenaltiesBurned](result); e.Amount != charged.Burn {
		t.Errorf("%+v, charged %+v", e, charged)
	}
}

func TestViewsOfTheNetwork(t *testing.T) {
	config := contracttest.Config(shards)
	config.Prices = genesis.Prices{Storage: 3_000, Write: 5_000, ShardSize: 7 << 20, WriteFactorBP: 15_000}
	n := contracttest.New(t, 4, config)
	if contracttest.Look(n.Chain, view.SystemID) != n.Deployment.Objects.System.ID || contracttest.Look(n.Chain, view.StakingEpoch) != 1 {
		t.Error("staking is of another network")
	}
	want := config.Parameters()
	if got := contracttest.Look(n.Chain, view.Timing); got != want.Timing {
		t.Errorf("%+v", got)
	}
	if got := contracttest.Look(n.Chain, view.Economics); got != want.Economics {
		t.Errorf("%+v", got)
	}
	if got := contracttest.Look(n.Chain, view.Penalties); got != want.Penalties {
		t.Errorf("%+v", got)
	}
	if got := contracttest.Look(n.Chain, view.Prices); got != (view.Price{Storage: want.Prices.StoragePrice, Write: want.Prices.WritePrice}) {
		t.Errorf("%+v", got)
	}
	if got := contracttest.Look(n.Chain, view.EpochSpan); got.EndMS-got.StartMS != want.Timing.Duration || got.StartMS < want.FirstStartMS {
		t.Errorf("%+v", got)
	}
	if got := contracttest.Look(n.Chain, view.ShardSize); got != want.Prices.ShardSize {
		t.Errorf("shards of %d bytes", got)
	}
	cost := contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[view.WriteCost] {
		return view.RegisterCost(d, b, 1)
	})
	if cost != (view.WriteCost{Cost: 5_000, Deposit: 2_500}) {
		t.Errorf("%+v", cost)
	}
	if contracttest.Look(n.Chain, view.Paused) || contracttest.Look(n.Chain, view.Horizon) != want.Horizon {
		t.Error("other parameters")
	}
	if _, err := contracttest.TryLook(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[object.NodeInfo] {
		return view.NodeInfo(d, b, ptb.ShortAddress(5))
	}); err == nil {
		t.Error("a node that is not there")
	}
}
