package contracttest_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/contracttest"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Sizes and ids are computed by the codec before anything is sent, and by the contracts again.
func TestEncodedSizesAndIDs(t *testing.T) {
	n := contracttest.Start(t, contracttest.Config(shards))
	random := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		params, err := codec.NewParams(4 + random.IntN(4093))
		if err != nil {
			t.Fatal(err)
		}
		size := random.Uint64() >> random.IntN(64)
		switch random.IntN(3) {
		case 0:
			size = params.MaxBlobSize() - uint64(random.IntN(2))
		case 1:
			size = params.MaxBlobSize() + 1
		}
		want, wrong := params.EncodedSize(size)
		got, err := contracttest.TryLook(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[uint64] {
			return view.Of[uint64]("size", d.Floe(b, "encoding", "encoded_size", b.U64(size), b.Pure(uint16(params.Shards())), b.Pure(uint8(contract.EncodingRS2))))
		})
		if (wrong == nil) != (err == nil) || got != want || err != nil && !errors.Is(err, &contract.Abort{Module: "encoding", Name: "ETooLarge"}) {
			t.Fatalf("%d bytes in %d shards: %d, %v; the codec says %d, %v", size, params.Shards(), got, err, want, wrong)
		}
		var root codec.Digest
		for i := range root {
			root[i] = byte(random.Uint32())
		}
		id := contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[codec.BlobID] {
			return view.Of[codec.BlobID]("id", d.Floe(b, "encoding", "derive_blob_id", b.Pure(root), b.Pure(uint8(contract.EncodingRS2)), b.U64(size)))
		})
		if want := codec.DeriveBlobID(root, size); id != want {
			t.Fatalf("blob %s, the codec says %s", id, want)
		}
	}
}
