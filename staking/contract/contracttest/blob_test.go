package contracttest_test

import (
	"testing"

	"github.com/floe-network/floe/internal/leaktest"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/contracttest"
	"github.com/floe-network/floe/staking/contract/event"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// shards of the networks of tests: few, so that blobs are small, and not a multiple of the nodes.
const shards = 10

func TestBlobsLife(t *testing.T) {
	n := contracttest.New(t, 4, contracttest.Config(shards))
	d := n.Deployment
	_, r := n.Encode(false)
	size, err := n.Params.EncodedSize(r.Size)
	if err != nil {
		t.Fatal(err)
	}
	cost := contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[uint64] { return view.ReserveCost(d, b, size, 3) })
	write := contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[view.WriteCost] {
		return view.RegisterCost(d, b, r.Size)
	})
	if cost != 3000 || write.Cost != 1000 || write.Deposit != 1000 {
		t.Fatalf("%d to reserve, %+v to write", cost, write)
	}
	id, result := n.Store(r, 3)
	registered := contracttest.Event[event.BlobRegistered](result)
	if registered.BlobID != r.Blob || registered.ObjectID != id || registered.Size != r.Size || registered.EndEpoch != 4 || registered.Deletable {
		t.Errorf("%+v", registered)
	}
	if paid := contracttest.Frost - n.Balance(n.User.Address()); paid != cost+write.Cost+write.Deposit {
		t.Errorf("%d were paid", paid)
	}
	deposit := func(d *contract.Deployment, b *ptb.Builder) view.View[uint64] { return view.DepositOf(d, b, id) }
	if got := contracttest.Look(n.Chain, deposit); got != write.Deposit {
		t.Errorf("a deposit of %d", got)
	}

	// Too few signatures, those of another blob, and then the right ones.
	certify := func(c contract.Certificate) func(b *ptb.Builder) {
		return func(b *ptb.Builder) { d.CertifyBlobAndKeep(b, n.Owned(b, id), c) }
	}
	n.Refused(n.User, "committee", "ENotEnough", certify(n.Confirm(id, n.Quorum()-3)))
	wrong := n.Confirm(id, n.Quorum())
	wrong.Message = append(append([]byte(nil), wrong.Message[:8]...), wrong.Message[7:]...)
	n.Refused(n.User, "committee", "EBadSignature", certify(wrong))
	before := n.Balance(n.User.Address())
	result = n.Send(n.User, certify(n.Confirm(id, n.All())))
	if refund := n.Balance(n.User.Address()) - before; refund != write.Deposit {
		t.Errorf("a refund of %d", refund)
	}
	if e := contracttest.Event[event.BlobCertified](result); e.BlobID != r.Blob || e.IsExtension || e.EndEpoch != 4 {
		t.Errorf("%+v", e)
	}
	if e := contracttest.Event[event.BlobSequenced](result); e.Index != 0 || e.BlobID != r.Blob {
		t.Errorf("%+v", e)
	}
	n.Refused(n.User, "blob", "ECertified", certify(n.Confirm(id, n.All())))

	blob := contracttest.Get[object.Blob](n.Chain, id)
	if blob.CertifiedEpoch == nil || *blob.CertifiedEpoch != 1 || blob.Storage.StorageSize != size || blob.Storage.EndEpoch != 4 {
		t.Errorf("%+v", blob)
	}
	index := contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[*uint64] { return view.IndexOf(d, b, r.Blob) })
	if index == nil || *index != 0 || contracttest.Look(n.Chain, view.Sequenced) != 1 {
		t.Fatalf("index %v", index)
	}
	at := func(d *contract.Deployment, b *ptb.Builder) view.View[view.Sequence] { return view.BlobAt(d, b, 0, 1) }
	if s := contracttest.Look(n.Chain, at); s != (view.Sequence{Blob: r.Blob, Size: r.Size, CertifiedEpoch: 1, EndEpoch: 4, Live: 1}) {
		t.Errorf("%+v", s)
	}

	// Attributes.
	attribute := func(d *contract.Deployment, b *ptb.Builder) view.View[*string] {
		return view.AttributeOf(d, b, n.Owned(b, id), "name")
	}
	if got := contracttest.Look(n.Chain, attribute); got != nil {
		t.Errorf("an attribute %q", *got)
	}
	n.Send(n.User, func(b *ptb.Builder) { d.SetAttribute(b, n.Owned(b, id), "name", "first") })
	if got := contracttest.Look(n.Chain, attribute); got == nil || *got != "first" {
		t.Errorf("an attribute %v", got)
	}
	fields := n.Fields(id)
	if len(fields) != 1 {
		t.Fatalf("%d fields", len(fields))
	}
	if a, err := object.Decode[object.Attributes](n.Object(fields[0]).Move.Contents); err != nil || string(a.Name) != object.AttributesName || len(a.Value) != 1 || a.Value[0] != (object.Attribute{Key: "name", Value: "first"}) {
		t.Errorf("%+v", a)
	}
	n.Send(n.User, func(b *ptb.Builder) { d.RemoveAttribute(b, n.Owned(b, id), "name") })

	// Extending by money, and by a reservation that begins where the blob ends.
	n.Send(n.User, func(b *ptb.Builder) {
		coin := d.MintWAL(b, contracttest.Frost)
		d.ExtendBlob(b, n.Owned(b, id), 2, coin)
		storage := d.ReserveSpace(b, size, 7, coin)
		later := d.SplitStorageByEpoch(b, storage, 6)
		d.ExtendBlobWithStorage(b, n.Owned(b, id), later)
		d.DestroyStorage(b, storage)
		b.Transfer(n.User.Address(), coin)
	})
	if end := contracttest.Get[object.Blob](n.Chain, id).Storage.EndEpoch; end != 8 {
		t.Errorf("it ends with %d", end)
	}

	// Sharing it with funds.
	result = n.Send(n.User, func(b *ptb.Builder) { d.ShareBlob(b, n.Owned(b, id), d.MintWAL(b, 5000)) })
	shared := n.Shared(contracttest.Made[object.SharedBlob](result))
	n.Send(contracttest.Key(9), func(b *ptb.Builder) {
		d.FundSharedBlob(b, shared, d.MintWAL(b, 500))
		d.ExtendSharedBlob(b, shared, 4)
	})
	if s := contracttest.Get[object.SharedBlob](n.Chain, shared.ID); s.Funds != 1500 || s.Blob.Storage.EndEpoch != 12 || s.Blob.ID != id {
		t.Errorf("%+v", s)
	}
}

func TestStorage(t *testing.T) {
	n := contracttest.New(t, 4, contracttest.Config(shards))
	d := n.Deployment
	result := n.Send(n.User, func(b *ptb.Builder) {
		coin := d.MintWAL(b, contracttest.Frost)
		b.Transfer(n.User.Address(), d.ReserveSpace(b, 10<<20, 4, coin), coin)
	})
	id := contracttest.Made[object.Storage](result)
	if e := contracttest.Event[event.StorageReserved](result); e.StorageID != id || e.Size != 10<<20 || e.EndEpoch != 5 {
		t.Errorf("%+v", e)
	}
	result = n.Send(n.User, func(b *ptb.Builder) {
		b.Transfer(n.User.Address(), d.SplitStorageBySize(b, n.Owned(b, id), 3<<20), d.SplitStorageByEpoch(b, n.Owned(b, id), 3))
	})
	parts := contracttest.Created[object.Storage](result)
	if len(parts) != 2 {
		t.Fatalf("%d parts", len(parts))
	}
	sizes := map[uint64]object.Storage{}
	for _, part := range append(parts, id) {
		s := contracttest.Get[object.Storage](n.Chain, part)
		sizes[s.StorageSize<<8|uint64(s.StartEpoch)<<4|uint64(s.EndEpoch)] = s
	}
	for _, want := range []uint64{3<<28 | 0x13, 3<<28 | 0x35, 7<<28 | 0x15} {
		if _, ok := sizes[want]; !ok {
			t.Errorf("there is no part %x in %v", want, sizes)
		}
	}
	rest, later := sizes[7<<28|0x15].ID, sizes[3<<28|0x35].ID
	n.Refused(n.User, "storage_resource", "EIncompatible", func(b *ptb.Builder) { d.JoinStorageSizes(b, n.Owned(b, id), n.Owned(b, later)) })
	n.Send(n.User, func(b *ptb.Builder) {
		d.JoinStoragePeriods(b, n.Owned(b, id), n.Owned(b, later))
		d.JoinStorageSizes(b, n.Owned(b, id), n.Owned(b, rest))
	})
	if s := contracttest.Get[object.Storage](n.Chain, id); s != (object.Storage{ID: id, StartEpoch: 1, EndEpoch: 5, StorageSize: 10 << 20}) {
		t.Errorf("%+v", s)
	}
	space := func(d *contract.Deployment, b *ptb.Builder) view.View[view.Space] { return view.Capacity(d, b, 4) }
	if s := contracttest.Look(n.Chain, space); s != (view.Space{Capacity: shards << 30, Reserved: 10 << 20}) {
		t.Errorf("%+v", s)
	}
	n.Refused(n.User, "system", "EBeyondHorizon", func(b *ptb.Builder) {
		coin := d.MintWAL(b, contracttest.Frost)
		b.Transfer(n.User.Address(), d.ReserveSpace(b, 1, contracttest.Look(n.Chain, view.Horizon)+1, coin), coin)
	})
	n.Refused(n.User, "balance", "ENotEnough", func(b *ptb.Builder) {
		coin := d.EmptyWAL(b)
		b.Transfer(n.User.Address(), d.ReserveSpace(b, 1, 1, coin), coin)
	})
}

func TestDeletableBlobs(t *testing.T) {
	n := contracttest.New(t, 4, contracttest.Config(shards))
	d := n.Deployment
	_, r := n.Encode(true)
	id, _ := n.Store(r, 2)
	other := ptb.ShortAddress(77)
	n.Send(n.User, func(b *ptb.Builder) { b.Transfer(other, d.CertifyBlob(b, n.Owned(b, id), n.Confirm(id, n.All()))) })
	if got := n.Balance(other); got != 1000 {
		t.Errorf("a refund of %d", got)
	}
	n.Send(n.User, func(b *ptb.Builder) { b.Transfer(n.User.Address(), d.DeleteBlob(b, n.Owned(b, id))) })
	permanent := n.Stored(false, 2)
	n.Refused(n.User, "blob", "ENotDeletable", func(b *ptb.Builder) {
		b.Transfer(n.User.Address(), d.DeleteBlob(b, n.Owned(b, permanent)))
	})
	n.Send(n.User, func(b *ptb.Builder) { d.BurnBlob(b, n.Owned(b, permanent)) })

	// A deposit for a certificate that does not come.
	_, r = n.Encode(true)
	late, _ := n.Store(r, 4)
	burn := func(b *ptb.Builder) { d.BurnDeposit(b, late) }
	n.Refused(contracttest.Key(9), "ledger", "ETooEarly", burn)
	n.NextEpoch()
	n.NextEpoch()
	n.Send(contracttest.Key(9), burn)
	before := contracttest.Look(n.Chain, view.TotalSupply)
	result := n.Send(contracttest.Key(9), func(b *ptb.Builder) { d.BurnDeposits(b) })
	if e := contracttest.Event[event.DepositsBurned](result); e.Amount != 1000 || before-contracttest.Look(n.Chain, view.TotalSupply) != 1000 {
		t.Errorf("%+v", e)
	}
}

func TestBarredBlobs(t *testing.T) {
	n := contracttest.New(t, 4, contracttest.Config(shards))
	testBar(t, n)
}
