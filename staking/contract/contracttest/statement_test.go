package contracttest_test

import (
	"testing"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/contracttest"
	"github.com/floe-network/floe/staking/contract/event"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// testBar bars two blobs, for each reason.
func testBar(t *testing.T, n *contracttest.Network) {
	t.Helper()
	d := n.Deployment
	_, invalid := n.Encode(false)
	_, denied := n.Encode(true)
	object, _ := n.Store(invalid, 1)
	n.Store(denied, 1)
	invalidate := func(weight int) func(*ptb.Builder) {
		c := n.Certify(staking.InvalidBlob{Epoch: 1, Blob: invalid.Blob}.Bytes(), weight)
		return func(b *ptb.Builder) { d.InvalidateBlob(b, c) }
	}
	n.Refused(n.User, "committee", "ENotEnough", invalidate(1))
	r := n.Send(n.User, invalidate(n.Validity()))
	if e := contracttest.Event[event.InvalidBlobID](r); e.BlobID != invalid.Blob {
		t.Errorf("%+v", e)
	}
	deny := n.Certify(staking.DeniedBlob{Epoch: 1, Blob: denied.Blob}.Bytes(), n.Validity())
	n.Refused(n.User, "message", "EWrongIntent", func(b *ptb.Builder) { d.InvalidateBlob(b, deny) })
	n.Send(n.User, func(b *ptb.Builder) { d.DenyBlob(b, deny) })
	for _, blob := range []codec.BlobID{invalid.Blob, denied.Blob} {
		i := contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[bool] { return view.Invalid(d, b, blob) })
		o := contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[bool] { return view.Denied(d, b, blob) })
		if i != (blob == invalid.Blob) || o != (blob == denied.Blob) {
			t.Errorf("%s: invalid %v, denied %v", blob, i, o)
		}
	}
	n.Refused(n.User, "ledger", "EInvalidId", func(b *ptb.Builder) {
		d.CertifyBlobAndKeep(b, n.Owned(b, object), n.Confirm(object, n.All()))
	})
}

func TestDenyListsAndVersions(t *testing.T) {
	n := contracttest.New(t, 4, contracttest.Config(shards))
	d, node := n.Deployment, n.Nodes[2]
	root := codec.Digest{1, 2, 3}
	r := n.Send(node.Key, func(b *ptb.Builder) { d.RegisterDenyList(b, n.Owned(b, node.Cap), root, 77) })
	if e := contracttest.Event[event.RegisterDenyListUpdate](r); e.Root != root || e.NodeID != node.ID || e.SequenceNumber != 1 {
		t.Errorf("%+v", e)
	}
	seen := staking.DenyList{Epoch: 1, Node: staking.NodeID(node.ID), Sequence: 1, Size: 76, Root: root}
	confirm := func() func(*ptb.Builder) {
		c := n.Certify(seen.Bytes(), n.Quorum())
		return func(b *ptb.Builder) { d.ConfirmDenyList(b, c) }
	}
	n.Refused(n.User, "deny_list", "ENotRegistered", confirm())
	seen.Size = 77
	r = n.Send(n.User, confirm())
	if e := contracttest.Event[event.DenyListUpdate](r); e.Root != root || e.NodeID != node.ID {
		t.Errorf("%+v", e)
	}
	version := n.Certify(staking.ProtocolVersion{Epoch: 1, Start: 3, Version: 9}.Bytes(), n.Quorum())
	n.Send(n.User, func(b *ptb.Builder) { d.UpdateProtocolVersion(b, version) })
	for epoch, want := range map[uint32]bool{2: false, 3: true} {
		got := contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[uint64] {
			return view.ProtocolVersion(d, b, epoch)
		})
		if (got == 9) != want {
			t.Errorf("version %d in epoch %d", got, epoch)
		}
	}
}
