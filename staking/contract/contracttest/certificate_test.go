package contracttest_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/contracttest"
	"github.com/floe-network/floe/staking/contract/event"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Networks with more nodes than a byte has bits, and shards enough for a quorum that one node less does not have.
const (
	members    = 10
	manyShards = 100
)

// compressed is a point of a size that starts with the flag of compression and ends with x.
func compressed(size int, x byte) []byte {
	b := make([]byte, size)
	b[0], b[size-1] = 0x80, x
	return b
}

// Points of the curves outside of the subgroups, and the points at infinity.
var (
	offSubgroupKey       = compressed(48, 4)
	offSubgroupSignature = compressed(96, 2)
	infiniteKey          = append([]byte{0xc0}, make([]byte, 47)...)
	infiniteSignature    = append([]byte{0xc0}, make([]byte, 95)...)
)

// raw is a certificate as anybody could write it.
type raw struct {
	signature, bitmap, message []byte
}

func rawOf(c contract.Certificate) raw {
	s := c.Signature.Bytes()
	return raw{s[:], c.Signers, c.Message}
}

// abort is how a transaction must end; the zero abort is success.
type abort struct{ module, name string }

func (a abort) check(t *testing.T, err error) {
	t.Helper()
	if a == (abort{}) {
		if err != nil {
			t.Errorf("failed: %v", err)
		}
	} else if !errors.Is(err, &contract.Abort{Module: a.module, Name: a.name}) {
		t.Errorf("%v, want %s in %s", err, a.name, a.module)
	}
}

// What the contracts say to certificates of blobs, with the real curve, from registration of the keys to certification.
func TestBlobCertificates(t *testing.T) {
	n := contracttest.New(t, members, contracttest.Config(manyShards))
	epoch, all, quorum := n.Epoch(), n.MembersOf(n.All()), n.MembersOf(n.Quorum())
	sign := func(signers []int, c staking.Confirmation) raw { return rawOf(n.CertifyBy(signers, c.Bytes())) }
	with := func(r raw, change func(*raw)) raw {
		r.signature, r.bitmap = slices.Clone(r.signature), slices.Clone(r.bitmap)
		change(&r)
		return r
	}
	type confirmation = staking.Confirmation
	for _, c := range []struct {
		name      string
		deletable bool
		make      func(c confirmation) raw
		want      abort
	}{
		{"quorum", false, func(c confirmation) raw { return sign(quorum, c) }, abort{}},
		{"quorum, deletable", true, func(c confirmation) raw { return sign(quorum, c) }, abort{}},
		{"the last members", false, func(c confirmation) raw { return sign(all[len(all)-len(quorum):], c) }, abort{}},
		{"all", false, func(c confirmation) raw { return sign(all, c) }, abort{}},
		{"short bitmap", false, func(c confirmation) raw { return with(sign(all[:8], c), func(r *raw) { r.bitmap = r.bitmap[:1] }) }, abort{}},
		{"one short of a quorum", false, func(c confirmation) raw { return sign(quorum[1:], c) }, abort{"committee", "ENotEnough"}},
		{"validity only", false, func(c confirmation) raw { return sign(n.MembersOf(n.Validity()), c) }, abort{"committee", "ENotEnough"}},
		{"other signers than the bitmap says", false, func(c confirmation) raw {
			return with(sign(quorum, c), func(r *raw) { r.bitmap = sign(all[1:], c).bitmap })
		}, abort{"committee", "EBadSignature"}},
		{"a bit more than signed", false, func(c confirmation) raw { return with(sign(all[1:], c), func(r *raw) { r.bitmap[0] |= 1 }) }, abort{"committee", "EBadSignature"}},
		{"a bit less than signed", false, func(c confirmation) raw { return with(sign(all, c), func(r *raw) { r.bitmap[0] &^= 1 }) }, abort{"committee", "EBadSignature"}},
		{"a bit beyond the members", false, func(c confirmation) raw {
			return with(sign(quorum, c), func(r *raw) { r.bitmap[1] |= 1 << (members % 8) })
		}, abort{"committee", "EBadBitmap"}},
		{"the highest bit", false, func(c confirmation) raw { return with(sign(quorum, c), func(r *raw) { r.bitmap[1] |= 0x80 }) }, abort{"committee", "EBadBitmap"}},
		{"a byte beyond the members", false, func(c confirmation) raw {
			return with(sign(quorum, c), func(r *raw) { r.bitmap = append(r.bitmap, 0) })
		}, abort{"committee", "EBadBitmap"}},
		{"nobody", false, func(c confirmation) raw { return with(sign(quorum, c), func(r *raw) { r.bitmap = make([]byte, 2) }) }, abort{"committee", "ENoSigners"}},
		{"no bitmap", false, func(c confirmation) raw { return with(sign(quorum, c), func(r *raw) { r.bitmap = nil }) }, abort{"committee", "ENoSigners"}},
		{"the epoch before", false, func(c confirmation) raw { c.Epoch--; return sign(all, c) }, abort{"message", "EWrongEpoch"}},
		{"the epoch after", false, func(c confirmation) raw { c.Epoch++; return sign(all, c) }, abort{"message", "EWrongEpoch"}},
		{"another blob", false, func(c confirmation) raw { c.Blob[0]++; return sign(all, c) }, abort{"message", "EWrongBody"}},
		{"another object", true, func(c confirmation) raw { c.Kind.Object[0]++; return sign(all, c) }, abort{"message", "EWrongBody"}},
		{"permanent for deletable", true, func(c confirmation) raw { c.Kind = staking.BlobKind{}; return sign(all, c) }, abort{"message", "EWrongBody"}},
		{"deletable for permanent", false, func(c confirmation) raw { c.Kind.Deletable = true; return sign(all, c) }, abort{"message", "EWrongBody"}},
		{"another message than was signed", false, func(c confirmation) raw {
			old := c
			old.Epoch--
			return with(sign(all, old), func(r *raw) { r.message = c.Bytes() })
		}, abort{"committee", "EBadSignature"}},
		{"an invalid blob's certificate", false, func(c confirmation) raw {
			return rawOf(n.CertifyBy(all, staking.InvalidBlob{Epoch: epoch, Blob: c.Blob}.Bytes()))
		}, abort{"message", "EWrongIntent"}},
		{"another application", false, func(c confirmation) raw {
			message := c.Bytes()
			message[2]++
			return rawOf(n.CertifyBy(all, message))
		}, abort{"message", "EBadHeader"}},
		{"no message", false, func(confirmation) raw { return rawOf(n.CertifyBy(all, nil)) }, abort{"message", "EBadHeader"}},
		{"no signature", false, func(c confirmation) raw { return with(sign(all, c), func(r *raw) { r.signature = nil }) }, abort{"committee", "EBadSignature"}},
		{"signature at infinity", false, func(c confirmation) raw {
			return with(sign(all, c), func(r *raw) { r.signature = infiniteSignature })
		}, abort{"committee", "EBadSignature"}},
		{"signature outside of the subgroup", false, func(c confirmation) raw {
			return with(sign(all, c), func(r *raw) { r.signature = offSubgroupSignature })
		}, abort{"committee", "EBadSignature"}},
		{"changed signature", false, func(c confirmation) raw { return with(sign(all, c), func(r *raw) { r.signature[50] ^= 1 }) }, abort{"committee", "EBadSignature"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, r := n.Encode(c.deletable)
			id, _ := n.Store(r, 1)
			made := c.make(n.Confirmation(id, epoch))
			result, err := n.Try(n.User, func(b *ptb.Builder) {
				n.Deployment.Floe(b, "system", "certify_blob_and_keep", n.Deployment.Objects.System.Read(b), n.Deployment.Objects.Ledger.Write(b),
					n.Owned(b, id), b.Pure(made.signature), b.Pure(made.bitmap), b.Pure(made.message))
			})
			c.want.check(t, err)
			if certified := len(result.Events) > 0; certified != (c.want == abort{}) {
				t.Errorf("%d events", len(result.Events))
			}
		})
	}
}

// The committee of an epoch certifies nothing in the next one, and what it certified stays.
func TestCertificatesOverEpochs(t *testing.T) {
	n := contracttest.New(t, members, contracttest.Config(manyShards))
	certified := n.Stored(false, 3)
	_, r := n.Encode(false)
	late, _ := n.Store(r, 3)
	old := n.Confirm(late, n.All())
	n.NextEpoch()
	certify := func(id ptb.Address, c contract.Certificate) error {
		_, err := n.Try(n.User, func(b *ptb.Builder) { n.Deployment.CertifyBlobAndKeep(b, n.Owned(b, id), c) })
		return err
	}
	abort{"message", "EWrongEpoch"}.check(t, certify(late, old))
	abort{}.check(t, certify(late, n.Confirm(late, n.All())))
	abort{"blob", "ECertified"}.check(t, certify(certified, n.Confirm(certified, n.All())))
}

// A node passed its audit when a quorum signs so for this network, node and seed.
func TestAuditCertificates(t *testing.T) {
	n := contracttest.New(t, members, contracttest.Config(manyShards))
	d := n.Deployment
	n.Stored(false, 2)
	n.AdvanceTo(n.At(n.Config.Timing.ChallengePoint))
	seed := [32]byte(contracttest.Event[event.ChallengeStarted](n.Send(n.User, d.StartChallenge)).Seed)
	quorum, committee := n.MembersOf(n.Quorum()), n.Members()
	passed := staking.AuditPassed{Epoch: 1, System: staking.ObjectID(d.Objects.System.ID), Node: staking.NodeID(committee[3].ID), Seed: seed}
	for _, c := range []struct {
		name    string
		signers []int
		change  func(*staking.AuditPassed)
		want    abort
	}{
		{"below a quorum", quorum[1:], func(*staking.AuditPassed) {}, abort{"committee", "ENotEnough"}},
		{"another node", quorum, func(s *staking.AuditPassed) { s.Node = staking.NodeID(committee[4].ID) }, abort{"message", "EWrongBody"}},
		{"another network", quorum, func(s *staking.AuditPassed) { s.System = staking.ObjectID(d.Objects.Ledger.ID) }, abort{"message", "EWrongBody"}},
		{"another seed", quorum, func(s *staking.AuditPassed) { s.Seed[0]++ }, abort{"message", "EWrongBody"}},
		{"another epoch", quorum, func(s *staking.AuditPassed) { s.Epoch++ }, abort{"message", "EWrongEpoch"}},
		{"quorum", quorum, func(*staking.AuditPassed) {}, abort{}},
		{"again", quorum, func(*staking.AuditPassed) {}, abort{"challenge", "ECertified"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := passed
			c.change(&s)
			certificate := n.CertifyBy(c.signers, s.Bytes())
			_, err := n.Try(n.User, func(b *ptb.Builder) { d.SubmitAuditCertificate(b, committee[3].ID, certificate) })
			c.want.check(t, err)
		})
	}
}

// Keys of nodes must be proven, be elements of the group other than the identity, and belong to the peer that registers.
func TestProofsOfKeys(t *testing.T) {
	n := contracttest.New(t, 4, contracttest.Config(shards))
	other, theirs := n.Candidate(20)
	theirKey, theirProof := theirs.Key.Bytes(), theirs.KeyProof.Bytes()
	type registration struct{ peerKey, peerProof, key, keyProof []byte }
	possession := func(node *contracttest.Node, by ptb.Address, epoch uint32) []byte {
		p := n.Sign(node.BLS, staking.Possession{Epoch: epoch, Address: by, Key: node.BLS.Public()}.Bytes()).Bytes()
		return p[:]
	}
	for i, c := range []struct {
		name   string
		change func(node *contracttest.Node, r *registration)
		want   abort
	}{
		{"proven", func(*contracttest.Node, *registration) {}, abort{}},
		{"proof for another epoch", func(node *contracttest.Node, r *registration) {
			r.keyProof = possession(node, node.Address(), n.Epoch()+1)
		}, abort{"committee", "EBadProof"}},
		{"proof for another account", func(node *contracttest.Node, r *registration) {
			r.keyProof = possession(node, other.Address(), n.Epoch())
		}, abort{"committee", "EBadProof"}},
		{"proof of another key", func(_ *contracttest.Node, r *registration) { r.keyProof = theirProof[:] }, abort{"committee", "EBadProof"}},
		{"somebody else's key", func(_ *contracttest.Node, r *registration) { r.key = theirKey[:] }, abort{"committee", "EBadProof"}},
		{"somebody else's key and proof", func(_ *contracttest.Node, r *registration) { r.key, r.keyProof = theirKey[:], theirProof[:] }, abort{"committee", "EBadProof"}},
		{"proof at infinity", func(_ *contracttest.Node, r *registration) { r.keyProof = infiniteSignature }, abort{"committee", "EBadProof"}},
		{"proof outside of the subgroup", func(_ *contracttest.Node, r *registration) { r.keyProof = offSubgroupSignature }, abort{"committee", "EBadProof"}},
		{"key at infinity", func(_ *contracttest.Node, r *registration) { r.key, r.keyProof = infiniteKey, infiniteSignature }, abort{"committee", "EBadKey"}},
		{"key outside of the subgroup", func(_ *contracttest.Node, r *registration) { r.key = offSubgroupKey }, abort{"group_ops", "EInvalidInput"}},
		{"key that is no point", func(_ *contracttest.Node, r *registration) { r.key = compressed(48, 1) }, abort{"group_ops", "EInvalidInput"}},
		{"short key", func(_ *contracttest.Node, r *registration) { r.key = r.key[:47] }, abort{"committee", "EBadKey"}},
		{"peer proof of another account", func(_ *contracttest.Node, r *registration) { r.peerProof = theirs.PeerProof }, abort{"peer", "EPeerProof"}},
		{"peer key of another node", func(_ *contracttest.Node, r *registration) { r.peerKey = theirs.PeerKey }, abort{"peer", "EPeerProof"}},
		{"peer proof of nothing", func(_ *contracttest.Node, r *registration) { r.peerProof = make([]byte, 64) }, abort{"peer", "EPeerProof"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			node, good := n.Candidate(4 + i)
			key, proof := good.Key.Bytes(), good.KeyProof.Bytes()
			r := registration{good.PeerKey, good.PeerProof, key[:], proof[:]}
			c.change(node, &r)
			_, err := n.Try(node.Key, func(b *ptb.Builder) {
				nodeCap := n.Deployment.Floe(b, "staking", "register_node", n.Deployment.Objects.Staking.Write(b), b.Pure("node"), b.Pure(r.peerKey), b.Pure(r.peerProof),
					b.Pure(r.key), b.Pure(r.keyProof), b.Pure(node.Address()), b.U64(0), b.U64(1), b.U64(1), b.U64(1))
				b.Transfer(node.Address(), nodeCap)
			})
			c.want.check(t, err)
		})
	}
}

// A network over epochs: all shards stay assigned, and whoever has stake becomes a member.
func TestEpochs(t *testing.T) {
	n := contracttest.New(t, 5, contracttest.Config(shards))
	n.Register(5, 1000*contracttest.Frost)
	for range 3 {
		n.NextEpoch()
		sum, seen := 0, make(map[uint16]bool)
		for _, m := range contracttest.Look(n.Chain, view.Roster).Members {
			sum += len(m.Shards)
			for _, s := range m.Shards {
				seen[s] = true
			}
		}
		if sum != shards || len(seen) != shards {
			t.Fatalf("%d of %d shards are assigned in epoch %d", len(seen), shards, n.Epoch())
		}
	}
	if got := len(n.Members()); got != 6 {
		t.Errorf("%d members, want the newcomer too", got)
	}
	if s := contracttest.Get[object.Staking](n.Chain, n.Deployment.Objects.Staking.ID); s.Version != 1 || s.System != n.Deployment.Objects.System.ID {
		t.Errorf("%+v", s)
	}
}
