package network

import (
	"bytes"
	"slices"
	"testing"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/internal/testchain"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// abort is where and with what code a transaction must abort. A nil one is success.
type abort struct {
	module string
	code   uint64
}

// Aborts of the contracts and of the framework.
var (
	badKey       = &abort{"committee", 2}
	badProof     = &abort{"committee", 3}
	badBitmap    = &abort{"committee", 4}
	noSigners    = &abort{"committee", 5}
	badSignature = &abort{"committee", 6}
	notEnough    = &abort{"committee", 7}
	badHeader    = &abort{"message", 0}
	wrongEpoch   = &abort{"message", 1}
	wrongIntent  = &abort{"message", 2}
	wrongBody    = &abort{"message", 3}
	badPeer      = &abort{"peer", 0}
	noElement    = &abort{"group_ops", 1}
	noUpgrade    = &abort{"upgrade", 1}
)

func (a *abort) check(t *testing.T, out *effects.Outcome, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	f := out.Effects.Failure
	switch {
	case a == nil && f == nil:
	case a == nil:
		t.Errorf("failed: %v", f)
	case f == nil:
		t.Errorf("succeeded, want abort %d in %s", a.code, a.module)
	case f.Kind != effects.MoveAbort || f.Location.Module != a.module || f.Code != a.code:
		t.Errorf("got %v, want abort %d in %s", f, a.code, a.module)
	}
}

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

const (
	members = 10
	shards  = 100
)

// What the contracts say to certificates of blobs, with the real curve, from registration of the keys to certification.
func TestBlobCertificates(t *testing.T) {
	n := New(t, members, shards)
	epoch := n.Epoch()
	quorum := n.Members(n.Quorum())
	all := n.Members(shards)
	for _, c := range []struct {
		name      string
		deletable bool
		make      func(b Blob) Certificate
		want      *abort
	}{
		{"quorum", false, func(b Blob) Certificate { return n.Certify(quorum, n.Message(b, epoch)) }, nil},
		{"quorum, deletable", true, func(b Blob) Certificate { return n.Certify(quorum, n.Message(b, epoch)) }, nil},
		{"the last members", false, func(b Blob) Certificate { return n.Certify(all[len(all)-len(quorum):], n.Message(b, epoch)) }, nil},
		{"all", false, func(b Blob) Certificate { return n.Certify(all, n.Message(b, epoch)) }, nil},
		{"one short of a quorum", false, func(b Blob) Certificate { return n.Certify(quorum[1:], n.Message(b, epoch)) }, notEnough},
		{"validity only", false, func(b Blob) Certificate { return n.Certify(n.Members(n.Validity()), n.Message(b, epoch)) }, notEnough},
		{"other signers than the bitmap says", false, func(b Blob) Certificate {
			c := n.Certify(quorum, n.Message(b, epoch))
			c.Bitmap = n.Certify(all[1:], n.Message(b, epoch)).Bitmap
			return c
		}, badSignature},
		{"a bit more than signed", false, func(b Blob) Certificate {
			c := n.Certify(all[1:], n.Message(b, epoch))
			c.Bitmap[0] |= 1
			return c
		}, badSignature},
		{"a bit less than signed", false, func(b Blob) Certificate {
			c := n.Certify(all, n.Message(b, epoch))
			c.Bitmap[0] &^= 1
			return c
		}, badSignature},
		{"a bit beyond the members", false, func(b Blob) Certificate {
			c := n.Certify(quorum, n.Message(b, epoch))
			c.Bitmap[1] |= 1 << (members % 8)
			return c
		}, badBitmap},
		{"the highest bit", false, func(b Blob) Certificate {
			c := n.Certify(quorum, n.Message(b, epoch))
			c.Bitmap[1] |= 0x80
			return c
		}, badBitmap},
		{"a byte beyond the members", false, func(b Blob) Certificate {
			c := n.Certify(quorum, n.Message(b, epoch))
			c.Bitmap = append(c.Bitmap, 0)
			return c
		}, badBitmap},
		{"nobody", false, func(b Blob) Certificate {
			c := n.Certify(quorum, n.Message(b, epoch))
			c.Bitmap = make([]byte, 2)
			return c
		}, noSigners},
		{"no bitmap", false, func(b Blob) Certificate {
			c := n.Certify(quorum, n.Message(b, epoch))
			c.Bitmap = nil
			return c
		}, noSigners},
		{"short bitmap", false, func(b Blob) Certificate {
			c := n.Certify(all[:8], n.Message(b, epoch))
			c.Bitmap = c.Bitmap[:1]
			return c
		}, nil},
		{"the epoch before", false, func(b Blob) Certificate { return n.Certify(all, n.Message(b, epoch-1)) }, wrongEpoch},
		{"the epoch after", false, func(b Blob) Certificate { return n.Certify(all, n.Message(b, epoch+1)) }, wrongEpoch},
		{"another blob", false, func(b Blob) Certificate {
			b.ID[0]++
			return n.Certify(all, n.Message(b, epoch))
		}, wrongBody},
		{"another object", true, func(b Blob) Certificate {
			b.Object[0]++
			return n.Certify(all, n.Message(b, epoch))
		}, wrongBody},
		{"permanent for deletable", true, func(b Blob) Certificate {
			b.Deletable = false
			return n.Certify(all, n.Message(b, epoch))
		}, wrongBody},
		{"deletable for permanent", false, func(b Blob) Certificate {
			b.Deletable = true
			return n.Certify(all, n.Message(b, epoch))
		}, wrongBody},
		{"another message than was signed", false, func(b Blob) Certificate {
			c := n.Certify(all, n.Message(b, epoch-1))
			c.Message = n.Message(b, epoch)
			return c
		}, badSignature},
		{"an invalid blob's certificate", false, func(b Blob) Certificate { return n.Certify(all, n.message(2, b.ID[:])) }, wrongIntent},
		{"another application", false, func(b Blob) Certificate {
			m := n.Message(b, epoch)
			m[2]++
			return n.Certify(all, m)
		}, badHeader},
		{"no message", false, func(Blob) Certificate { return n.Certify(all, nil) }, badHeader},
		{"no signature", false, func(b Blob) Certificate {
			c := n.Certify(all, n.Message(b, epoch))
			c.Signature = nil
			return c
		}, badSignature},
		{"signature at infinity", false, func(b Blob) Certificate {
			c := n.Certify(all, n.Message(b, epoch))
			c.Signature = infiniteSignature
			return c
		}, badSignature},
		{"signature outside of the subgroup", false, func(b Blob) Certificate {
			c := n.Certify(all, n.Message(b, epoch))
			c.Signature = offSubgroupSignature
			return c
		}, badSignature},
		{"changed signature", false, func(b Blob) Certificate {
			c := n.Certify(all, n.Message(b, epoch))
			c.Signature[50] ^= 1
			return c
		}, badSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			blob := n.NewBlob(c.deletable)
			tx := n.CertifyBlob(blob, c.make(blob))
			out, err := tx.Run()
			c.want.check(t, out, err)
			if certified := len(out.Events) > 0; certified != (c.want == nil) {
				t.Errorf("%d events", len(out.Events))
			}
		})
	}
}

// message is a message of a kind in the present epoch.
func (n *Network) message(intent byte, body ...[]byte) []byte {
	m := []byte{intent, 0, 3}
	e := n.Epoch()
	m = append(m, byte(e), byte(e>>8), byte(e>>16), byte(e>>24))
	return append(m, bytes.Join(body, nil)...)
}

// The committee of an epoch certifies nothing in the next one, and what it certified stays.
func TestCertificatesOverEpochs(t *testing.T) {
	n := New(t, members, shards)
	blob, late := n.NewBlob(false), n.NewBlob(false)
	old := n.Certify(n.Members(shards), n.Message(late, n.Epoch()))
	n.CertifyBlob(blob, n.Certify(n.Members(shards), n.Message(blob, n.Epoch()))).MustRun()
	n.NextEpoch()
	out, err := n.CertifyBlob(late, old).Run()
	wrongEpoch.check(t, out, err)
	n.CertifyBlob(late, n.Certify(n.Members(shards), n.Message(late, n.Epoch()))).MustRun()
	out, err = n.CertifyBlob(blob, n.Certify(n.Members(shards), n.Message(blob, n.Epoch()))).Run()
	if err != nil || out.Effects.Failure == nil || out.Effects.Failure.Location.Module != "blob" {
		t.Errorf("a blob is certified twice: %v, %v", err, out)
	}
}

// A blob id is declared invalid by validity, a third of the shards, and then no blob of it is certified.
func TestInvalidBlob(t *testing.T) {
	n := New(t, members, shards)
	blob := n.NewBlob(false)
	invalidate := func(c Certificate) (*effects.Outcome, error) {
		b := n.By(n.User)
		n.call(b, "system", "invalidate_blob_id", b.Shared(n.System, false), b.Shared(n.Ledger, true), b.Bytes(c.Signature), b.Bytes(c.Bitmap),
			b.Bytes(c.Message))
		return b.Run()
	}
	enough := n.Members(n.Validity())
	message := n.message(2, blob.ID[:])
	out, err := invalidate(n.Certify(enough[1:], message))
	notEnough.check(t, out, err)
	out, err = invalidate(n.Certify(enough, n.Message(blob, n.Epoch())))
	wrongIntent.check(t, out, err)
	out, err = invalidate(n.Certify(enough, message[:len(message)-1]))
	wrongBody.check(t, out, err)
	out, err = invalidate(n.Certify(enough, message))
	(*abort)(nil).check(t, out, err)
	out, err = n.CertifyBlob(blob, n.Certify(n.Members(shards), n.Message(blob, n.Epoch()))).Run()
	if err != nil || out.Effects.Failure == nil || out.Effects.Failure.Location.Module != "ledger" {
		t.Errorf("an invalid blob is certified: %v", err)
	}
}

// A node passed its audit when a quorum signs so for this network, node and seed.
func TestAuditCertificate(t *testing.T) {
	n := New(t, members, shards)
	blob := n.NewBlob(false)
	n.CertifyBlob(blob, n.Certify(n.Members(shards), n.Message(blob, n.Epoch()))).MustRun()
	n.NextEpoch()
	n.AdvanceTo(n.startOfEpoch() + challengeAt)
	n.SetRandomness(0, bytes.Repeat([]byte{7}, 32))
	b := n.By(n.User)
	n.call(b, "staking", "start_challenge", b.Shared(n.Staking, true), b.Shared(n.Ledger, false), b.Shared(testchain.Random, false),
		b.Shared(testchain.Clock, false))
	b.MustRun()
	challenge := n.Inspect("staking", "challenge", n.Staking)[0].Contents // begins with the seed
	seed := challenge[1 : 1+challenge[0]]
	node := n.Committee[3]
	submit := func(c Certificate) (*effects.Outcome, error) {
		b := n.By(n.User)
		n.call(b, "staking", "submit_audit_certificate", b.Shared(n.Staking, true), b.Shared(n.System, false), b.Address(node.ID),
			b.Bytes(c.Signature), b.Bytes(c.Bitmap), b.Bytes(c.Message), b.Shared(testchain.Clock, false))
		return b.Run()
	}
	quorum := n.Members(n.Quorum())
	message := n.message(128, n.System[:], node.ID[:], seed)
	otherSeed := slices.Clone(seed)
	otherSeed[0]++
	for _, c := range []struct {
		name string
		cert Certificate
		want *abort
	}{
		{"below a quorum", n.Certify(quorum[1:], message), notEnough},
		{"another node", n.Certify(quorum, n.message(128, n.System[:], n.Committee[4].ID[:], seed)), wrongBody},
		{"another network", n.Certify(quorum, n.message(128, n.Ledger[:], node.ID[:], seed)), wrongBody},
		{"another seed", n.Certify(quorum, n.message(128, n.System[:], node.ID[:], otherSeed)), wrongBody},
		{"another intent", n.Certify(quorum, n.message(1, n.System[:], node.ID[:], seed)), wrongIntent},
		{"quorum", n.Certify(quorum, message), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := submit(c.cert)
			c.want.check(t, out, err)
		})
	}
}

// Keys of nodes must be proven, be elements of the group other than the identity, and belong to the peer that registers.
func TestRegistration(t *testing.T) {
	n := New(t, 4, 20)
	other, theirs := n.Candidate(1000)
	for i, c := range []struct {
		name   string
		change func(node *Node, r *Registration)
		want   *abort
	}{
		{"proven", func(*Node, *Registration) {}, nil},
		{"proof for another epoch", func(node *Node, r *Registration) {
			p := n.Sign(node, staking.Possession{Epoch: n.Epoch() + 1, Address: node.Address, Key: node.BLS.Public()}.Bytes()).Bytes()
			r.KeyProof = p[:]
		}, badProof},
		{"proof for another account", func(node *Node, r *Registration) {
			p := n.Sign(node, staking.Possession{Epoch: n.Epoch(), Address: other.Address, Key: node.BLS.Public()}.Bytes()).Bytes()
			r.KeyProof = p[:]
		}, badProof},
		{"proof of another key", func(_ *Node, r *Registration) { r.KeyProof = theirs.KeyProof }, badProof},
		{"somebody else's key", func(_ *Node, r *Registration) { r.Key = theirs.Key }, badProof},
		{"somebody else's key and proof", func(_ *Node, r *Registration) { r.Key, r.KeyProof = theirs.Key, theirs.KeyProof }, badProof},
		{"proof at infinity", func(_ *Node, r *Registration) { r.KeyProof = infiniteSignature }, badProof},
		{"proof outside of the subgroup", func(_ *Node, r *Registration) { r.KeyProof = offSubgroupSignature }, badProof},
		{"key at infinity", func(_ *Node, r *Registration) { r.Key, r.KeyProof = infiniteKey, infiniteSignature }, badKey},
		{"key outside of the subgroup", func(_ *Node, r *Registration) { r.Key = offSubgroupKey }, noElement},
		{"key that is no point", func(_ *Node, r *Registration) { r.Key = compressed(48, 1) }, noElement},
		{"short key", func(_ *Node, r *Registration) { r.Key = r.Key[:47] }, badKey},
		{"peer proof of another account", func(_ *Node, r *Registration) { r.PeerProof = theirs.PeerProof }, badPeer},
		{"peer key of another node", func(_ *Node, r *Registration) { r.PeerKey = theirs.PeerKey }, badPeer},
		{"peer proof of nothing", func(_ *Node, r *Registration) { r.PeerProof = make([]byte, 64) }, badPeer},
	} {
		t.Run(c.name, func(t *testing.T) {
			node, r := n.Candidate(100 + i)
			c.change(node, &r)
			out, err := n.TryRegister(node, r)
			c.want.check(t, out, err)
		})
	}
}

// A network over epochs: all shards stay assigned, and its shared objects are never lost.
func TestEpochs(t *testing.T) {
	n := New(t, 5, 20)
	n.Register(5)
	for range 3 {
		n.NextEpoch()
		if got := n.Weight(n.Members(20)); got != 20 {
			t.Fatalf("%d of 20 shards are assigned in epoch %d", got, n.Epoch())
		}
	}
	if len(n.Committee) != 6 {
		t.Errorf("%d members, want the newcomer too", len(n.Committee))
	}
	for _, id := range []types.Address{n.System, n.Ledger, n.Staking} {
		if n.Object(id).SharedAt == 0 {
			t.Errorf("%s is not shared", id)
		}
	}
}

// The contracts are upgraded when nodes with a quorum of shards vote for the digest, and the network runs on.
func TestContractUpgrade(t *testing.T) {
	n := New(t, members, shards)
	digest := n.contracts.Digest
	vote := func(node *Node) {
		b := n.By(node.Account)
		n.call(b, "upgrade", "vote", b.Shared(n.UpgradeManager, true), b.Shared(n.System, false), b.Owned(node.Cap), b.Bytes(digest[:]))
		b.MustRun()
	}
	upgrade := func() *testchain.Builder {
		b := n.By(n.User)
		manager, system := b.Shared(n.UpgradeManager, true), b.Shared(n.System, false)
		ticket := n.call(b, "upgrade", "authorize", manager, system, b.Bytes(digest[:]))
		receipt := b.Add(ptb.Command{Upgrade: &ptb.Upgrade{Modules: testchain.Codes(n.contracts),
			Dependencies: []types.Address{testchain.Stdlib, testchain.Framework, n.Wal}, Package: n.Floe, Ticket: ticket}})
		n.call(b, "upgrade", "commit", manager, system, receipt)
		return b
	}
	quorum := n.Members(n.Quorum())
	for _, m := range quorum[1:] {
		vote(n.Committee[m])
	}
	out, err := upgrade().Run()
	noUpgrade.check(t, out, err)
	vote(n.Committee[quorum[0]])
	upgraded := upgrade().MustRun().Packages[0]
	if upgraded.Original != n.Floe || upgraded.Version != 2 {
		t.Errorf("version %d of %s", upgraded.Version, upgraded.Original)
	}
	// The same code is the next version, so that both serve the same objects.
	for _, version := range []types.Address{n.Floe, upgraded.ID} {
		n.Floe = version
		blob := n.NewBlob(false)
		n.CertifyBlob(blob, n.Certify(n.Members(n.Quorum()), n.Message(blob, n.Epoch()))).MustRun()
	}
	n.NextEpoch()
}
