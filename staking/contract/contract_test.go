package contract_test

import (
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking/bls"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/internal/abi"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// id makes an address that is like no other.
func id(n byte) ptb.Address { return ptb.Address{0: 0xf0, 31: n} }

func shared(n byte) contract.SharedObject {
	return contract.SharedObject{ID: id(n), InitialVersion: uint64(n) + 1}
}

// deployment is one of which every address is different.
func deployment() *contract.Deployment {
	return &contract.Deployment{
		Packages: contract.Packages{Wal: id(1), Floe: id(2), FloeLatest: id(3), FloeReads: id(4)},
		Objects: contract.Objects{System: shared(5), Ledger: shared(6), Staking: shared(7), UpgradeManager: shared(8), Treasury: shared(9),
			LightNodes: shared(10), Clock: contract.SharedObject{ID: ptb.ShortAddress(6), InitialVersion: 1},
			Random: contract.SharedObject{ID: ptb.ShortAddress(8), InitialVersion: 9}},
	}
}

// stage has a Builder, and objects of all types to call functions with.
type stage struct {
	*ptb.Builder
	d     *contract.Deployment
	world abi.World
	count byte
}

func newStage(t *testing.T) *stage {
	t.Helper()
	d := deployment()
	s := &stage{Builder: ptb.NewBuilder(), d: d, count: 100, world: abi.World{
		Packages: map[ptb.Address]string{d.Packages.Wal: "wal", d.Packages.FloeLatest: "floe", d.Packages.FloeReads: "floe_reads",
			ptb.ShortAddress(1): "move-stdlib", ptb.ShortAddress(2): "sui-framework"},
		Objects: make(map[ptb.Address]abi.Type),
	}}
	for name, o := range map[string]contract.SharedObject{
		"floe::system::System": d.Objects.System, "floe::ledger::Ledger": d.Objects.Ledger, "floe::staking::Staking": d.Objects.Staking,
		"floe::upgrade::UpgradeManager": d.Objects.UpgradeManager, "wal::wal::ProtectedTreasury": d.Objects.Treasury,
		"floe_reads::light_node::LightNodes": d.Objects.LightNodes, "sui-framework::clock::Clock": d.Objects.Clock,
		"sui-framework::random::Random": d.Objects.Random,
	} {
		s.world.Objects[o.ID] = structType(t, name)
	}
	return s
}

func structType(t *testing.T, name string) abi.Type {
	t.Helper()
	st, err := abi.StructType(name)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// owned is an object of a type, or a coin of WAL.
func (s *stage) owned(t *testing.T, name string) ptb.Argument {
	t.Helper()
	s.count++
	ref := ptb.ObjectRef{ID: id(s.count), Version: 1}
	object := structType(t, name)
	if name == "sui-framework::coin::Coin" {
		object.Args = []abi.Type{structType(t, "wal::wal::WAL")}
	}
	s.world.Objects[ref.ID] = object
	return s.Owned(ref)
}

func (s *stage) shared(t *testing.T, name string) contract.SharedObject {
	t.Helper()
	s.count++
	o := shared(s.count)
	s.world.Objects[o.ID] = structType(t, name)
	return o
}

func keys(t *testing.T) (bls.PublicKey, bls.Signature) {
	t.Helper()
	secret, err := bls.ParseSecretKey(append(make([]byte, 31), 7))
	if err != nil {
		t.Fatal(err)
	}
	signature, err := secret.Sign([]byte("message"))
	if err != nil {
		t.Fatal(err)
	}
	return secret.Public(), signature
}

// calls makes all calls, once each.
func calls(t *testing.T, s *stage) {
	t.Helper()
	d, b := s.d, s.Builder
	own := func(name string) ptb.Argument { t.Helper(); return s.owned(t, name) }
	coin := own("sui-framework::coin::Coin")
	storage, blob := own("floe::storage_resource::Storage"), own("floe::blob::Blob")
	staked, due := own("floe::staked_wal::StakedWal"), own("floe::due_wal::DueWal")
	node, emergency := own("floe::node_cap::NodeCap"), own("floe::upgrade::EmergencyUpgradeCap")
	lightCap := own("floe_reads::light_node::LightNodesCap")
	sharedBlob, bounty := s.shared(t, "floe::shared_blob::SharedBlob"), s.shared(t, "floe_reads::bounty::Bounty")
	key, signature := keys(t)
	peer := ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey)
	proof := make([]byte, ed25519.SignatureSize)
	c := contract.Certificate{Signature: signature, Signers: []byte{1}, Message: []byte("message")}
	votes := object.Votes{StoragePrice: 1, WritePrice: 2, ShardSize: 3}
	proposal := uint64(1)

	params, err := codec.NewParams(10)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Store(b, params, 2, contract.Registration{Blob: codec.DeriveBlobID(codec.Digest{}, 1000), Size: 1000}, coin); err != nil {
		t.Fatal(err)
	}
	d.CertifyBlob(b, blob, c)
	d.CertifyBlobAndKeep(b, blob, c)
	d.ExtendBlob(b, blob, 1, coin)
	d.ExtendBlobWithStorage(b, blob, storage)
	d.DeleteBlob(b, blob)
	d.BurnBlob(b, blob)
	d.BurnDeposit(b, id(50))
	d.BurnDeposits(b)
	d.SetAttribute(b, blob, "name", "value")
	d.RemoveAttribute(b, blob, "name")
	d.ShareBlob(b, blob, d.EmptyWAL(b))
	d.FundSharedBlob(b, sharedBlob, coin)
	d.ExtendSharedBlob(b, sharedBlob, 3)
	d.SplitStorageByEpoch(b, storage, 2)
	d.SplitStorageBySize(b, storage, 2)
	d.JoinStoragePeriods(b, storage, storage)
	d.JoinStorageSizes(b, storage, storage)
	d.DestroyStorage(b, storage)
	d.InvalidateBlob(b, c)
	d.DenyBlob(b, c)
	d.ConfirmDenyList(b, c)
	d.UpdateProtocolVersion(b, c)
	d.BurnWAL(b, d.MintWAL(b, 5))

	d.RegisterNode(b, contract.NodeRegistration{Name: "node", PeerKey: peer, PeerProof: proof, Key: key, KeyProof: signature, Payout: id(51), Votes: votes})
	d.SetPeerKey(b, node, peer, proof)
	d.RotateKey(b, node, key, signature)
	d.SetAddresses(b, node, []string{"/ip4/1.2.3.4/udp/1/quic-v1"})
	d.SetPayout(b, node, id(52))
	d.SetVotes(b, node, votes)
	d.SetCommission(b, node, 100)
	d.SetHalted(b, node, true)
	d.Withdraw(b, node)
	d.Reapply(b, node)
	d.RegisterDenyList(b, node, codec.Digest{1}, 100)
	d.AttestTransfer(b, node, 0)
	d.FailTransfer(b, node, 0)
	d.RequestShardRecovery(b, node, []uint16{1, 2})
	d.ShardsRecovered(b, node, []uint16{1, 2})
	d.SendReport(b, node, contract.Report{ChallengedBy: []byte{1}})
	d.ProposePenalties(b, node, object.Penalties{RecoverySender: 1})
	d.VotePenalties(b, node, &proposal)
	d.VotePenalties(b, node, nil)

	d.Stake(b, coin, id(53))
	d.StakeOwn(b, node, coin)
	d.Unstake(b, staked)
	d.CancelStake(b, staked)
	d.Redeem(b, staked)
	d.JoinStake(b, staked, d.SplitStake(b, staked, 5))
	d.CollectDue(b, due)
	d.DestroyDue(b, due)
	d.PayDebt(b, id(53), coin)
	d.CollectClaim(b, id(53), 0, id(54))
	d.CollectCommission(b, id(53))
	d.Settle(b, id(53))
	d.BurnPenalties(b)
	d.Push(b)
	d.StartChallenge(b)
	d.SubmitAuditCertificate(b, id(53), c)

	d.VoteUpgrade(b, node, [32]byte{1})
	d.Upgrade(b, move.Package{}, d.AuthorizeUpgrade(b, [32]byte{1}))
	d.Upgrade(b, move.Package{}, d.AuthorizeEmergencyUpgrade(b, emergency, [32]byte{1}))
	d.BurnEmergencyCap(b, emergency)
	d.VotePause(b, node, true)
	d.Migrate(b)
	d.StartNetwork(b, own("floe::genesis::GenesisCap"), own("sui-framework::package::UpgradeCap"), contract.Parameters{Shards: 10})

	d.CreateLightNodes(b, lightCap, 1, 2, 3)
	d.CreateDefaultLightNodes(b, lightCap, 3)
	d.PostBounty(b, contract.Offer{Rows: []uint16{1}, Columns: []uint16{2}, ReceiptKey: peer}, coin)
	d.ListHelper(b, bounty, id(55), []contract.Symbol{contract.SymbolAt(1, 2)})
	d.CloseBounty(b, bounty)
	d.ClaimBounty(b, bounty, id(55), []contract.Symbol{1}, proof)
	d.CommitSymbols(b, bounty, []contract.Symbol{1}, [][32]byte{{1}}, coin)
	d.RevealSymbol(b, bounty, contract.Reveal{Symbol: make([]byte, 40_000), Proof: contract.SymbolProof{SymbolPath: make(codec.Proof, 4)}})
	d.SettleBounty(b, bounty, 100)
	d.FinishBounty(b, bounty)
	d.RegisterLightNode(b, peer, proof, id(55), coin)
	d.SetLightNodePayout(b, peer, proof, id(55))
	d.LeaveLightNode(b, peer, proof)
	d.ReturnBond(b, peer)
	d.SendBlame(b, peer, proof, contract.Blame{Node: id(53)})
}

func TestEveryFunctionHasACallWithItsSignature(t *testing.T) {
	contracts, err := abi.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := newStage(t)
	calls(t, s)
	program, err := s.Program()
	if err != nil {
		t.Fatal(err)
	}
	called, err := contracts.CheckProgram(program, s.world)
	if err != nil {
		t.Fatal(err)
	}
	var missing []string
	for name, f := range contracts.Functions {
		own := strings.HasPrefix(name, "wal::") || strings.HasPrefix(name, "floe")
		if own && (f.Public || f.Entry) && !abi.Excused(name) && !slices.Contains(called, name) && !f.IsView() {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	if missing != nil {
		t.Errorf("there are no calls of %s", strings.Join(missing, ", "))
	}
}

func TestWrongCallsAreNoticed(t *testing.T) {
	contracts, err := abi.Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]func(s *stage){
		"another type":       func(s *stage) { s.d.Withdraw(s.Builder, s.owned(t, "floe::blob::Blob")) },
		"another function":   func(s *stage) { s.d.Floe(s.Builder, "staking", "withdraws") },
		"a private function": func(s *stage) { s.d.Floe(s.Builder, "debt", "up", s.U64(1)) },
		"an argument less":   func(s *stage) { s.d.Floe(s.Builder, "staking", "settle", s.d.Objects.Staking.Write(s.Builder)) },
		"a short number": func(s *stage) {
			s.d.Floe(s.Builder, "staking", "settle", s.d.Objects.Staking.Write(s.Builder), s.U64(1))
		},
		"an object that is only read": func(s *stage) {
			s.d.Floe(s.Builder, "staking", "settle", s.d.Objects.Staking.Read(s.Builder), s.Pure(id(1)))
		},
		"an object that is mutable for nothing": func(s *stage) {
			s.d.Floe(s.Builder, "staking", "epoch", s.d.Objects.Staking.Write(s.Builder))
		},
	} {
		s := newStage(t)
		call(s)
		program, err := s.Program()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := contracts.CheckProgram(program, s.world); err == nil {
			t.Errorf("%s: not noticed", name)
		}
	}
}

func TestStoreOfWhatIsNoBlob(t *testing.T) {
	params, err := codec.NewParams(4)
	if err != nil {
		t.Fatal(err)
	}
	b := ptb.NewBuilder()
	large := contract.Registration{Blob: codec.DeriveBlobID(codec.Digest{1}, 1<<60), Root: codec.Digest{1}, Size: 1 << 60}
	if _, err := deployment().Store(b, params, 1, large, ptb.GasCoin()); !errors.Is(err, codec.ErrTooLarge) {
		t.Error(err)
	}
	other := contract.Registration{Blob: codec.DeriveBlobID(codec.Digest{1}, 5), Root: codec.Digest{1}, Size: 6}
	if _, err := deployment().Store(b, params, 1, other, ptb.GasCoin()); !errors.Is(err, contract.ErrRegistration) {
		t.Error(err)
	}
	if p, err := b.Program(); err != nil || len(p.Commands) != 0 {
		t.Errorf("%d commands, %v", len(p.Commands), err)
	}
}
