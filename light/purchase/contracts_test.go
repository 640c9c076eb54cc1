package purchase_test

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light"
	"github.com/floe-network/floe/light/internal/simnet"
	"github.com/floe-network/floe/light/purchase"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/chain"
	"github.com/floe-network/floe/staking/chain/chaintest"
)

// TestContracts buys from the real contracts on an embedded chain, for simulated nodes with the keys that are registered there:
// an upload is interrupted, the epoch changes, the same put goes on, is extended, and the blob is read.
func TestContracts(t *testing.T) {
	if raceEnabled || testing.Short() {
		t.Skip("executing the contracts takes too long")
	}
	const shards = 13
	w := chaintest.Start(t, 4, chaintest.Config(shards))
	eye := w.Chain()
	ctx := t.Context()
	epochs, err := eye.Refresh(ctx)
	if err != nil {
		t.Fatal(err)
	}
	net := simnet.New(t, 4, 3, 3, 3)
	net.Tell(epochs)
	net.Move(epochs.Current)
	client, err := light.NewClient(light.Config{Chain: eye, Network: net, Connector: net, Codec: net.Codec})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	user := w.Account(eye, 20)
	const fortune = chaintest.Frost
	if err := user.MintWAL(ctx, fortune); err != nil {
		t.Fatal(err)
	}
	buyer, err := purchase.New(user, client)
	if err != nil {
		t.Fatal(err)
	}
	blob := sample(20_000, 1)
	put := func(ctx context.Context, opts purchase.Options) (*purchase.Result, error) {
		return buyer.Put(ctx, bytes.NewReader(blob), int64(len(blob)), opts)
	}
	opts := purchase.Options{Epochs: 3, Deletable: true}

	// Interrupted among the slivers.
	cut, cancel := context.WithCancel(ctx)
	var count atomic.Int64
	net.Trace = func(k simnet.Kind) {
		if k == simnet.PutSliver && count.Add(1) == 7 {
			cancel()
		}
	}
	_, err = put(cut, opts)
	var incomplete *purchase.IncompleteError
	if !errors.As(err, &incomplete) || !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	first := incomplete.Done
	if want := (staking.Price{Storage: 3_000, Write: 2_000, Deposit: 2_000}); first.Paid != want || first.Registered != 1 || first.End != 4 || len(first.Transactions) != 1 {
		t.Errorf("%+v", first)
	}
	if _, err := client.Get(ctx, first.Blob, codec.NewBuffer(), light.GetOptions{}); !errors.Is(err, light.ErrNotCertified) {
		t.Errorf("a blob that is not certified: %v", err)
	}

	// Nodes hear of the next epoch, the client asks for it.
	net.Trace = nil
	w.EndEpoch(ctx, w.Chain())
	fresh := w.Chain()
	now, err := fresh.Refresh(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if now.Current.Epoch() != 2 || eye.Epochs().Current.Epoch() != 1 {
		t.Fatalf("epoch %d, the client knows %d", now.Current.Epoch(), eye.Epochs().Current.Epoch())
	}
	net.Tell(now)
	net.Move(now.Current)
	done, err := put(ctx, opts)
	if err != nil {
		t.Fatal(err)
	}
	if done.Outcome != purchase.Resumed || done.Object != first.Object || done.Paid.Total() != 0 || done.Certified != 2 || done.Refund != 2_000 || done.Late || done.Short != 1 {
		t.Errorf("%+v", done)
	}

	// The same again, then for longer, then something shorter beside it.
	if again, err := put(ctx, opts); err != nil || again.Outcome != purchase.Present || again.Upload != nil {
		t.Errorf("%+v, %v", again, err)
	}
	opts.Epochs = 5
	if _, err := put(ctx, opts); !errors.Is(err, purchase.ErrShort) {
		t.Errorf("longer than it is stored: %v", err)
	}
	opts.Owned = purchase.Extend
	if longer, err := put(ctx, opts); err != nil || longer.End != 7 || longer.Extension != 3_000 || longer.Object != first.Object {
		t.Errorf("%+v, %v", longer, err)
	}
	other, err := put(ctx, purchase.Options{Epochs: 1, Limit: 5_000})
	if err != nil || other.Outcome != purchase.Stored || other.Paid.Total() != 5_000 || other.Refund != 2_000 || len(other.Others) != 1 || other.Upload.Sent != 0 {
		t.Errorf("%+v, %v", other, err)
	}
	if _, err := put(ctx, purchase.Options{Epochs: 1, Owned: purchase.Another, Limit: 4_999}); !errors.Is(err, staking.ErrPrice) {
		t.Errorf("beyond the limit: %v", err)
	}
	if _, frost, err := user.Balances(ctx); err != nil || frost != fortune-3_000-2_000-3_000-3_000 {
		t.Errorf("%d FROST are left, %v", frost, err)
	}

	dst := codec.NewBuffer()
	got, err := client.Get(ctx, first.Blob, dst, light.GetOptions{})
	if err != nil || !bytes.Equal(dst.Bytes(), blob) || got.State.Certified != 2 || got.State.End != 7 || got.Unchecked {
		t.Errorf("%+v, %v", got, err)
	}

	// What the storage of a deleted blob is good for.
	if err := user.DeleteBlob(ctx, first.Object); err != nil {
		t.Fatal(err)
	}
	blob = sample(20_000, 2)
	reused, err := put(ctx, purchase.Options{Epochs: 2})
	if err != nil || reused.Paid != (staking.Price{Write: 2_000, Deposit: 2_000}) || reused.End != 4 {
		t.Errorf("%+v, %v", reused, err)
	}
	// Who has nothing left is told so.
	poor, err := purchase.New(w.Account(eye, 21), client)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := poor.Put(ctx, bytes.NewReader(blob), int64(len(blob)), purchase.Options{Epochs: 1}); !errors.Is(err, staking.ErrFunds) {
		t.Errorf("without WAL: %v", err)
	}
}

var _ purchase.Chain = (*chain.Account)(nil)
