package chain_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/internal/leaktest"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
	"github.com/floe-network/floe/staking/chain"
	"github.com/floe-network/floe/staking/chain/chaintest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// blob is an encoded blob.
func blob(t *testing.T, shards int, data []byte) *codec.Metadata {
	t.Helper()
	p, err := codec.NewParams(shards)
	if err != nil {
		t.Fatal(err)
	}
	c, err := codec.New(p, codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, m, _, err := c.EncodeBytes(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// certify has all members sign.
func certify(t *testing.T, w *chaintest.World, c *staking.Committee, conf staking.Confirmation) *staking.Certificate {
	t.Helper()
	sigs := map[int]bls.Signature{}
	for i := range c.Size() {
		for _, s := range w.Secrets {
			if s.BLS.Public() == c.Member(i).PublicKey {
				sig, err := s.BLS.Sign(conf.Bytes())
				if err != nil {
					t.Fatal(err)
				}
				sigs[i] = sig
			}
		}
	}
	cert, err := staking.NewCertificate(conf, sigs)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestANetworkFromItsChain(t *testing.T) {
	const shards = 13
	w := chaintest.Start(t, 4, chaintest.Config(shards))
	c := w.Chain(w.Serve()) // two endpoints
	ctx := t.Context()
	if c.Epochs() != nil {
		t.Error("committees before anybody asked")
	}
	e, err := c.Refresh(ctx)
	if err != nil {
		t.Fatal(err)
	}
	com := e.Current
	if com.Epoch() != 1 || com.Size() != 4 || com.Params().Shards() != shards || com.Network() != "test" || e.Previous != nil || e.Next != nil || e.Changing {
		t.Fatalf("epoch %d of %d members, %+v", com.Epoch(), com.Size(), e)
	}
	if e.End.Sub(e.Start) != time.Hour {
		t.Errorf("from %v to %v", e.Start, e.End)
	}
	for i := range com.Size() {
		if len(com.Member(i).Addrs) != 1 {
			t.Errorf("member %d is at %v", i, com.Member(i).Addrs)
		}
	}

	// A follower hears of everything from the beginning.
	events := make(chan staking.Event, 100)
	following, stop := context.WithCancel(ctx)
	followed := make(chan error, 1)
	go func() {
		followed <- c.Follow(following, 0, func(_ context.Context, b staking.Batch) error {
			for _, e := range b.Events {
				events <- e
			}
			return nil
		})
	}()
	defer func() {
		stop()
		if err := <-followed; !errors.Is(err, context.Canceled) {
			t.Errorf("following ended with %v", err)
		}
	}()
	expect := func(want staking.Event) {
		t.Helper()
		select {
		case got := <-events:
			if got != want {
				t.Errorf("event %+v, want %+v", got, want)
			}
		case err := <-followed:
			t.Fatalf("following ended with %v", err)
		}
	}
	expect(staking.EpochStarted{Epoch: 1})
	expect(staking.EpochReady{Epoch: 1})

	// A blob is bought, certified, extended.
	user := w.Account(c, 20)
	if err := user.MintWAL(ctx, 10*chaintest.Frost); err != nil {
		t.Fatal(err)
	}
	m := blob(t, shards, []byte("a blob"))
	encoded, err := com.Params().EncodedSize(m.Length)
	if err != nil {
		t.Fatal(err)
	}
	order := &staking.Order{Blob: m.BlobID(), Root: m.Root(), Size: m.Length, EncodedSize: encoded, Epochs: 2, Deletable: true, Limit: 100 * chaintest.Frost}
	if s, err := c.BlobState(ctx, order.Blob); err != nil || s != (staking.BlobState{}) {
		t.Errorf("before anybody stored it: %+v, %v", s, err)
	}
	price, err := c.Price(ctx, order)
	if err != nil || price != (staking.Price{Storage: 2_000, Write: 2_000, Deposit: 2_000}) {
		t.Fatalf("price %+v, %v", price, err)
	}
	cheap := *order
	cheap.Limit = price.Total() - 1
	if _, err := user.Register(ctx, &cheap); !errors.Is(err, staking.ErrPrice) {
		t.Errorf("below the price: %v", err)
	}
	bought, err := user.Register(ctx, order)
	if err != nil {
		t.Fatal(err)
	}
	if bought.Price != price || bought.Epoch != 1 || bought.End != 3 || !bought.Kind.Deletable || bought.Kind.Object != bought.Object {
		t.Errorf("bought %+v", bought)
	}
	expect(staking.BlobRegistered{Registration: bought.Registration})
	if _, err := user.Register(ctx, order); !errors.Is(err, staking.ErrStale) {
		t.Errorf("a second time without knowing of the first: %v", err)
	}
	own, err := user.Own(ctx, order.Blob)
	if err != nil || own.Epoch != 1 || len(own.Blobs) != 1 || own.Blobs[0].Registration != bought.Registration || own.Blobs[0].Certified != 0 || own.Blobs[0].Space != encoded {
		t.Errorf("own %+v, %v", own, err)
	}
	other := certify(t, w, com, staking.Confirmation{Epoch: 2, Blob: order.Blob, Kind: bought.Kind})
	if _, err := user.Certify(ctx, bought.Object, other); !errors.Is(err, staking.ErrEpoch) {
		t.Errorf("a certificate of another epoch: %v", err)
	}
	cert := certify(t, w, com, staking.Confirmation{Epoch: 1, Blob: order.Blob, Kind: bought.Kind})
	certified, err := user.Certify(ctx, bought.Object, cert)
	if err != nil || certified.Epoch != 1 || certified.Refund != price.Deposit {
		t.Fatalf("certified %+v, %v", certified, err)
	}
	expect(staking.BlobCertified{Epoch: 1, Blob: order.Blob, Kind: bought.Kind, Object: bought.Object, End: 3})
	if _, err := user.Certify(ctx, bought.Object, cert); !errors.Is(err, staking.ErrCertified) {
		t.Errorf("certified again: %v", err)
	}
	extended, err := user.Extend(ctx, bought.Object, 3, 100*chaintest.Frost)
	if err != nil || extended.End != 6 || extended.Cost != 3_000 {
		t.Fatalf("extended %+v, %v", extended, err)
	}
	expect(staking.BlobCertified{Epoch: 1, Blob: order.Blob, Kind: bought.Kind, Object: bought.Object, End: 6, Extended: true})
	if s, err := c.BlobState(ctx, order.Blob); err != nil || s != (staking.BlobState{Size: m.Length, Certified: 1, End: 6}) || !s.Stored() {
		t.Errorf("state %+v, %v", s, err)
	}
	if _, frost, err := user.Balances(ctx); err != nil || frost != 10*chaintest.Frost-price.Storage-price.Write-extended.Cost {
		t.Errorf("left with %d FROST, %v", frost, err)
	}

	// An epoch later the same committee goes on, and the blob goes.
	w.EndEpoch(ctx, c)
	expect(staking.EpochStarted{Epoch: 2})
	expect(staking.EpochReady{Epoch: 2})
	if e := c.Epochs(); e.Current.Epoch() != 2 || e.Previous.Epoch() != 1 || e.Changing {
		t.Errorf("following has not renewed the committees: epoch %d", e.Current.Epoch())
	}
	if err := user.DeleteBlob(ctx, bought.Object); err != nil {
		t.Fatal(err)
	}
	expect(staking.BlobDeleted{Epoch: 2, Blob: order.Blob, Object: bought.Object, End: 6, Certified: true})
	if s, err := c.BlobState(ctx, order.Blob); err != nil || s.Stored() || s.Size != m.Length {
		t.Errorf("state after deletion %+v, %v", s, err)
	}

	// The storage that came back serves another blob.
	own, err = user.Own(ctx, codec.BlobID{})
	if err != nil || len(own.Storage) != 1 || own.Storage[0].Size != encoded || own.Storage[0].End != 6 {
		t.Fatalf("own %+v, %v", own, err)
	}
	again := *order
	again.Storage, again.Epochs, again.Deletable = own.Storage[0].Object, 1, false
	if price, err := c.Price(ctx, &again); err != nil || price != (staking.Price{Write: 2_000, Deposit: 2_000}) {
		t.Errorf("price with own storage %+v, %v", price, err)
	}
	if bought, err = user.Register(ctx, &again); err != nil || bought.End != 3 || bought.Kind.Deletable {
		t.Fatalf("bought %+v, %v", bought, err)
	}
	if own, err = user.Own(ctx, order.Blob); err != nil || len(own.Storage) != 1 || own.Storage[0].Start != 3 || own.Storage[0].End != 6 {
		t.Errorf("what was cut off: %+v, %v", own, err)
	}

	// The nodes earned something.
	operator := &chain.Operator{Account: w.Account(c, 1), Node: w.Nodes[0]}
	state, err := c.Node(ctx, w.Nodes[0])
	if err != nil || state.Epoch != 2 || len(state.Shards) == 0 || state.NextStake < chaintest.Stake || state.Closed {
		t.Errorf("node %+v, %v", state, err)
	}
	if amount, err := operator.Collect(ctx); err != nil || amount != 0 {
		t.Errorf("collected %d, %v: it is too little", amount, err)
	}
}
